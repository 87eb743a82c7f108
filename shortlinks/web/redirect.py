"""Following a link over HTTP: `GET /<slug>`, and `GET /<slug>+` which only shows where it leads.

A link held in memory is answered by the Redirector, a small WSGI callable in front of Flask (2 to 20 µs instead of about
170); everything else falls through to the Flask view of the same route, which loads the link into memory. Both record
through `follow.Follower.record`. No templates beyond three small pages, no session, no sign-in.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from time import perf_counter_ns, time_ns
from typing import Any

import redis
from flask import Blueprint, Response, abort, render_template, request

from shortlinks import times
from shortlinks.clicks import clicks
from shortlinks.links import links, misses
from shortlinks.links.follow import Follower
from shortlinks.links.memory import Held
from shortlinks.running import metrics
from shortlinks.web.services import services

bp = Blueprint("redirect", __name__)

_CACHING = ("Cache-Control", "private, no-store")
_STATUS = "302 Found"
_BODY = (b"",)
_BEGAN = "shortlinks.began"


class Redirector:
    """WSGI middleware that answers a GET of a link held in memory and hands every other request to `app`."""

    def __init__(self, app: Callable[..., Iterable[bytes]], follower: Follower) -> None:
        self._app = app
        self._record = follower.record
        self._find = follower.memory.get
        self._took = follower.sums.hits.append

    def holds(self, slug: str) -> bool:
        """Whether a GET of `/<slug>` would be answered here and now."""
        held = self._find(slug)
        return held is not None and time_ns() // 1_000_000 < held.until

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = perf_counter_ns()
        held = self._find(environ["PATH_INFO"][1:])
        at = time_ns() // 1_000_000
        if held is None or at >= held.until or environ["REQUEST_METHOD"] != "GET":
            environ[_BEGAN] = began
            return self._app(environ, start_response)
        nonce = self._record(held, environ, at)
        location = held.location or _location(held, environ, at, nonce)
        start_response(_STATUS, [("Location", location), _CACHING, ("Content-Length", "0")])
        self._took(perf_counter_ns() - began)
        return _BODY


@bp.route("/<slug>", methods=["GET"], strict_slashes=False)
def follow(slug: str) -> Response:
    """302 to the target; 404 for an unknown slug (a miss), 410 for a link that leads nowhere any more (recorded)."""
    began = request.environ.get(_BEGAN) or perf_counter_ns()
    outcome, answer = metrics.UNAVAILABLE, None
    try:
        outcome, answer = _followed(slug)
    finally:
        services().follower.sums.observe(outcome, perf_counter_ns() - began)
    if answer is None:
        abort(404)
    return answer


def _followed(slug: str) -> tuple[str, Response | None]:
    """How it went, and the answer; None for what is no link's address."""
    follower = services().follower
    name = links.normalise(slug)
    if name in links.RESERVED_ALWAYS:
        return metrics.MISSING, None  # a link of that name, imported from elsewhere, must not come before the page
    held = follower.memory.get(name) if name else None
    found = follower.find(name) if name else None
    if found is None and request.path.endswith("/"):
        return metrics.MISSING, None  # no slug that somebody mistyped
    if found is None:
        return metrics.MISSING, _missed(name or slug)
    at = times.now()
    state = links.state_at(found, at)
    if state == "erased":
        return metrics.MISSING, _missed(found.slug, 410)
    if state != "active":
        follower.record(found, request.environ, at, clicks.EXPIRED)
        return metrics.EXPIRED, _page("public/gone.html", 410, slug=found.slug)
    how = metrics.HEAD if request.method == "HEAD" else metrics.HIT if held else metrics.COLD
    return how, _redirect(found, at)


@bp.route("/<slug>+", methods=["GET"])
def preview(slug: str) -> Response:
    """A page that shows where the link leads, without following it. Not a click."""
    name = links.normalise(slug)
    found = services().follower.find(name) if name and name not in links.RESERVED_ALWAYS else None
    if found is None:
        return _page("public/missing.html", 404, slug=slug)
    if links.state_at(found, times.now()) != "active":
        return _page("public/gone.html", 410, slug=found.slug)
    return _page("public/preview.html", 200, slug=found.slug, target=found.target)


def _redirect(held: Held, at: int) -> Response:
    nonce = services().follower.record(held, request.environ, at)
    response = Response(b"", 302)
    response.headers["Location"] = held.location or _location(held, request.environ, at, nonce)
    response.headers[_CACHING[0]] = _CACHING[1]
    del response.headers["Content-Type"]
    return response


def _location(held: Held, environ: dict[str, Any], at: int, nonce: str) -> str:
    """Where a link leads that forwards the query or adds the click's id."""
    click_id = clicks.click_id(held.slug, held.rev, at, nonce)
    return links.location(held, query=environ.get("QUERY_STRING", ""), click_id=click_id)


def _missed(slug: str, status: int = 404) -> Response:
    if request.method == "GET":
        # A miss is only a number for the owner; the page matters more.
        with suppress(redis.RedisError):
            misses.record(services().store, slug, now=times.now())
    return _page("public/gone.html" if status == 410 else "public/missing.html", status, slug=slug)


def _page(template: str, status: int, **values: str) -> Response:
    response = Response(render_template(template, **values), status)
    response.headers[_CACHING[0]] = _CACHING[1]
    return response
