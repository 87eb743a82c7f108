"""The owner's own taps: the mark of this browser, the test from this network, and what became of each tap, live."""

import math
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from shortlinks import times
from shortlinks.bio_pages import bio_pages
from shortlinks.clicks import noted, own_taps, selves
from shortlinks.clicks.clicks import Kept
from shortlinks.errors import Conflict
from shortlinks.owner import own_browser
from shortlinks.posts import posts
from shortlinks.web.admin import local, proxies, taps
from shortlinks.web.services import services
from shortlinks.words.language import _

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
        flash(_("Taps in this browser count as yours from now on."))
    else:
        answer.delete_cookie(own_browser.NAME, secure=here.config.secure, httponly=True, samesite="Lax")
        flash(_("Taps in this browser count like anybody’s from now on."))
    return answer


@bp.post("/network")
def network() -> BaseResponse | tuple[str, int]:
    """Begin a test from the network of this request, or end it."""
    store, now = services().store, times.now()
    if proxies.trouble():
        return _page(), 422
    try:
        if request.form.get("testing") == "1":
            own_taps.start_test(store, _network, now=now)
            flash(_("The test has begun. Tap your links."))
        else:
            own_taps.stop_test(store, _network, now=now)
            flash(
                _("The test is over. Taps from this network count again, but not in a browser that is marked as yours.")
            )
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
        address=proxies.address(),
        trouble=proxies.trouble(),
        doubt=proxies.doubt(),
        refused=refused,
    )


def _live(now: int) -> dict[str, Any]:
    here, tz = services(), local.zone()
    mine = own_taps.read(here.store)
    ends = None if proxies.trouble() else mine.test_ends(_network(now), now)
    if ends is not None and ends % times.DAY == 0:  # it goes on past midnight
        ends = mine.test_ends(_network(ends), ends) or ends
    found = noted.newest(here.store, _SHOWN)
    where = _where(found)
    return {
        "ends": ends,
        "until": local.clock(ends, tz) if ends is not None else "",
        "left": math.ceil((ends - now) / times.MINUTE) if ends is not None else 0,
        "taps": [
            (local.clock(tap.click.at, tz), *where[tap.click.post_id], tap)
            for tap in taps.read(found, mine)
            if tap.click.post_id in where
        ],
    }


def _where(found: Sequence[Kept]) -> dict[str, tuple[str, str, str]]:
    """By what they were counted for: its title, where to read of it, and "" or its address where that is not the link's."""
    store, names = services().store, {click.post_id for click in found}
    known = posts.find_all(store, names)
    pages = bio_pages.find_all(store, names - known.keys())
    of_posts = {name: (post.title, url_for("admin.page.show", post_id=name), "") for name, post in known.items()}
    return of_posts | {
        name: (_("Page of links"), url_for("admin.bio_page.show", profile_id=name), f"@{page.name}")
        for name, page in pages.items()
    }


def _network(at: int) -> str:
    return services().follower.network(request.environ, at)
