"""The owner's own taps: the mark of this browser, the test from this network, and what became of each tap, live."""

import math
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from shortlinks import noted, own_browser, own_taps, posts, selves, times, visitors
from shortlinks.errors import Conflict
from shortlinks.web.admin import local, taps
from shortlinks.web.services import services

bp = Blueprint("testing", __name__, url_prefix="/testing")

_SHOWN = 30


@bp.get("/")
def show() -> str:
    """The whole page."""
    return _page()


@bp.get("/browser")
@bp.get("/network")
def reloaded() -> BaseResponse:
    """A refused form stands at its own address; who asks for that again means the page that holds the form."""
    return redirect(url_for(".show"), 303)


@bp.get("/live")
def live() -> Response:
    """What changes while one looks: how long the test still runs, and the taps. Cheap to ask for again (304)."""
    response = Response(render_template("admin/_testing.html", **_live(times.now())))
    response.add_etag()
    response.make_conditional(request)
    return response


@bp.post("/browser")
def browser() -> BaseResponse:
    """Mark this browser as the owner's, or take the mark away."""
    here = services()
    answer = redirect(url_for(".show"), 303)
    if request.form.get("mine") == "1":
        answer.set_cookie(
            own_browser.NAME,
            here.follower.own_browsers.cookie(now=times.now()),
            max_age=own_browser.LASTS // times.SECOND,
            secure=here.config.secure,
            httponly=True,
            samesite="Lax",
        )
        flash("Taps in this browser count as yours from now on.")
    else:
        answer.delete_cookie(own_browser.NAME, secure=here.config.secure, httponly=True, samesite="Lax")
        flash("Taps in this browser count like anybody’s from now on.")
    return answer


@bp.post("/network")
def network() -> BaseResponse | tuple[str, int]:
    """Begin a test from the network of this request, or end it."""
    store, now = services().store, times.now()
    if _trouble():
        return _page(), 422
    try:
        if request.form.get("testing") == "1":
            own_taps.start_test(store, _network, now=now)
            flash("The test has begun. Tap your links.")
        else:
            own_taps.stop_test(store, _network, now=now)
            flash("The test is over. Taps from here count again.")
    except Conflict as error:
        return _page(error.message), 422
    return redirect(url_for(".show"), 303)


def _page(refused: str = "") -> str:
    here, now = services(), times.now()
    at_home = urlsplit(f"//{request.host}").hostname in here.config.own_hosts
    return render_template(
        "admin/testing.html",
        tab="settings",
        **_live(now),
        marked=here.follower.own_browsers.marked(request.environ.get("HTTP_COOKIE", ""), now),
        elsewhere="" if at_home else here.config.base_url,
        minutes=selves.TEST // times.MINUTE,
        address=visitors.client_address(request.environ, here.config.trusted_proxies),
        trouble=_trouble(),
        doubt=_doubt(),
        refused=refused,
    )


def _live(now: int) -> dict[str, Any]:
    here, tz = services(), local.zone()
    mine = own_taps.read(here.store)
    ends = None if _trouble() else mine.test_ends(_network(now), now)
    if ends is not None and ends % times.DAY == 0:  # it goes on past midnight
        ends = mine.test_ends(_network(ends), ends) or ends
    found = noted.newest(here.store, _SHOWN)
    titles = {post_id: posts.find(here.store, post_id) for post_id in {click.post_id for click in found}}
    return {
        "ends": ends,
        "until": local.clock(ends, tz) if ends is not None else "",
        "left": math.ceil((ends - now) / times.MINUTE) if ends is not None else 0,
        "taps": [
            (local.clock(tap.click.at, tz), post, tap)
            for tap in taps.read(found, mine)
            if (post := titles[tap.click.post_id])
        ],
    }


def _network(at: int) -> str:
    return services().follower.network(request.environ, at)


def _trouble() -> str:
    """Why no test can be made from here; "" when it can.

    Behind a proxy that we do not believe, everybody comes from the proxy's network: all visitors would be the owner.
    """
    trusted = services().config.trusted_proxies
    if not trusted and any(name in request.headers for name in ("X-Forwarded-For", "Forwarded")):
        return (
            "A reverse proxy stands in front of this service, which does not know of it: everybody seems to come from the "
            "proxy’s network, and a test would take all your visitors for you. Start the service with "
            "SHORTLINKS_TRUSTED_PROXIES=1."
        )
    if not visitors.packed(visitors.client_address(request.environ, trusted)):
        return (
            "The service does not see the address that you come from, so it cannot know your network. Behind a reverse "
            "proxy, have it send X-Forwarded-For and start the service with SHORTLINKS_TRUSTED_PROXIES=1."
        )
    return ""


def _doubt() -> str:
    """What may be wrong with the network that we see; "" when nothing seems to be."""
    trusted = services().config.trusted_proxies
    named = [part for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if trusted and len(named) > trusted:
        return (
            f"Your request names {len(named)} addresses on its way, and this service believes {trusted}. If one more of them "
            "is a proxy of this service, all visitors seem to come from that one’s network, and a test would take them for "
            "you. Is the address above yours? Else raise SHORTLINKS_TRUSTED_PROXIES."
        )
    return ""
