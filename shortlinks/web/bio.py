"""`/@<name>`: a profile's page of links, for everybody. No session, no sign-in, no cookie, no script.

Off the redirects' path: no slug has an `@`, so no link is in its way. What it shows is read at most once a second and
process (see `_FRESH`), and an open is recorded as a request of a link is: by a line in the journal, waiting for nobody.
"""

from time import monotonic

import redis
from flask import Blueprint, Response, abort, render_template, request

from shortlinks import times
from shortlinks.bio_pages import bio_pages
from shortlinks.bio_pages.bio_pages import Shown
from shortlinks.web.services import services

bp = Blueprint("bio", __name__)

_FRESH = 1.0
"""Seconds for which a page is shown as it was read: a change is seen as soon as that of a link."""


@bp.route("/@<name>", methods=["GET"], strict_slashes=False)
def page(name: str) -> Response:
    """The page, and its open recorded. 404 where no page of that name is online, which is nobody's open."""
    found = _found(bio_pages.normalise(name))
    if found is None:
        abort(404)
    follower = services().follower
    follower.start()
    follower.record(found, request.environ, times.now())
    answer = Response(render_template("public/bio.html", page=found.page, rows=found.rows))
    # Kept nowhere: an open that something in between answers would not be counted.
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _found(name: str) -> Shown | None:
    """The page called `name`; as it was when Redis was there last, while that is away."""
    here = services()
    until, kept = here.bio_pages.get(name, (0.0, None))
    if monotonic() < until:
        return kept
    try:
        found = bio_pages.shown(here.store, name, now=times.now())
    except (redis.ConnectionError, redis.TimeoutError):
        if kept is None:
            raise
        found = kept
    if found is None:
        here.bio_pages.pop(name, None)
    else:
        here.bio_pages[name] = (monotonic() + _FRESH, found)
    return found
