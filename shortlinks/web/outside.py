"""`/from-outside/<token>`: opened on a phone without Wi-Fi, it shows that people can reach the short links. No click."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request

from shortlinks import times
from shortlinks.owner import reach, reached
from shortlinks.web import limits
from shortlinks.web.admin import proxies
from shortlinks.web.services import services

bp = Blueprint("outside", __name__)


@bp.get("/from-outside/<token>")
@limits.limiter.limit(limits.check_rate)
def arrive(token: str) -> Response:
    """Keep the arrival if it came through the internet, by the address that short links begin with; say what it was."""
    here = services()
    base_url = here.config.base_url
    if not reached.known(here.store, here.config.secret_key, base_url, token):
        return _page("unknown", 404)
    if urlsplit(f"//{request.host}").hostname not in here.config.own_hosts:
        return _page("elsewhere")
    if not reach.outside(proxies.address()):
        return _page("inside")
    if request.method == "GET":
        reached.keep(here.store, base_url, now=times.now())
    return _page("arrived")


def _page(what: str, status: int = 200) -> Response:
    text = render_template(
        "public/from_outside.html", what=what, base_url=services().config.base_url, trouble=proxies.trouble()
    )
    answer = Response(text, status)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
