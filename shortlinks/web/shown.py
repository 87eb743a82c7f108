"""`/shown/<token>`: a post's path for whoever has its secret address. No sign-in, no cookie, no script, and no click."""

from flask import Blueprint, Response, abort, render_template

from shortlinks.posts import posts, shown
from shortlinks.web import limits
from shortlinks.web.admin.showing import Shown
from shortlinks.web.services import services

bp = Blueprint("shown", __name__)

_HEADERS = {
    "Cache-Control": "private, no-store",
    # The address is the secret.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


@bp.get("/shown/<token>")
@limits.limiter.limit(limits.check_rate)
def page(token: str) -> str:
    """The path of the post whose address this is. 404 for any other, whether it ever was one or not."""
    return render_template("public/shown.html", shown=_found(token), token=token)


@bp.get("/shown/<token>/path.png")
@limits.limiter.limit(limits.check_rate)
def picture(token: str) -> Response:
    """The same as a picture."""
    return Response(_found(token).picture(), mimetype="image/png")


@bp.after_request
def _secret(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response


def _found(token: str) -> Shown:
    store = services().store
    post_id = shown.find(store, token)
    post = posts.find(store, post_id) if post_id else None
    if post is None:
        abort(404)
    return Shown.of_post(post)
