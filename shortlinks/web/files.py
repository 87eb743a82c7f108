"""Files that are made when they are asked for: `/robots.txt` and `/favicon.ico`, which programs ask every host for, and what the
pages say of themselves as an app on the home screen."""

from contextlib import suppress
from typing import Any

import redis
from flask import Blueprint, Response, current_app, jsonify, request

from shortlinks.owner import settings
from shortlinks.web import speaking
from shortlinks.web.services import services
from shortlinks.words import language
from shortlinks.words.language import _

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


@bp.get("/static/admin.webmanifest")
def manifest() -> Response:
    """The admin pages as an app, in the creator's language: a browser asks without a cookie, so nobody has to be signed in."""
    with suppress(redis.RedisError):  # then in the browser's language: nothing else of it needs the store
        speaking.as_chosen(settings.language(services().store))
    answer = jsonify(_manifest())
    answer.mimetype = "application/manifest+json"
    answer.headers["Cache-Control"] = "no-cache"
    answer.vary.add("Accept-Language")
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _manifest() -> dict[str, Any]:
    sizes = (("icon-192", "192x192"), ("icon-512", "512x512"))
    icons = [{"src": f"/static/{name}.png", "sizes": size, "type": "image/png"} for name, size in sizes]
    maskable = {"src": "/static/icon-maskable-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"}
    return {
        "id": "/admin/",
        "name": "From likes to clicks",
        "short_name": _("Clicks"),
        "description": _("Which of your posts bring people, and where the others lose them."),
        # Each of our languages is written from left to right, as browsers take it to be without `dir`.
        "lang": language.spoken().tag,
        "start_url": "/admin/",
        "scope": "/admin/",
        "display": "standalone",
        "background_color": "#f6f5f2",
        "theme_color": "#ffffff",
        "icons": [*icons, maskable],
        "shortcuts": [{"name": _("New post"), "url": "/admin/posts/new"}],
        "share_target": {
            "action": "/admin/posts/new",
            "method": "GET",
            "enctype": "application/x-www-form-urlencoded",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
    }
