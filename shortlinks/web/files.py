"""`/robots.txt` and `/favicon.ico`, which programs ask every host for."""

from flask import Blueprint, Response, current_app

bp = Blueprint("files", __name__)

# A short link is no page of its own, so search engines have nothing to read here, and would only be counted. Those that
# show a preview of a link that somebody posted keep to this file, too, and are welcome.
PREVIEWS = ("Twitterbot", "facebookexternalhit", "LinkedInBot", "Pinterestbot")
_ROBOTS = (
    "User-agent: *\nDisallow: /\n\n" + "".join(f"User-agent: {name}\n" for name in PREVIEWS) + "Disallow: /admin\n"
)


@bp.get("/robots.txt")
def robots() -> Response:
    """Nothing to be searched. Names no link."""
    return Response(_ROBOTS, mimetype="text/plain")


@bp.get("/favicon.ico")
def favicon() -> Response:
    """The icon, for who does not read that the pages name it themselves."""
    return current_app.send_static_file("favicon.svg")
