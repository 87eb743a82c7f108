"""`/a/<token>`: what a target page tells of a click that arrived, and `/a/<token>.js`, the script that does it.

As with the pixel, a page never breaks by it, and is answered alike whatever it told; the header `Arrival` says more.
"""

import re

import redis
from flask import Blueprint, Response, current_app, request
from flask_limiter import RateLimitExceeded

from shortlinks import times
from shortlinks.arrivals import arrivals, beacon
from shortlinks.errors import Unavailable
from shortlinks.sales.pixel import Refused as Unreadable
from shortlinks.web import limits, pixel
from shortlinks.web.services import services

bp = Blueprint("beacon", __name__)

_TOKEN = re.compile(r"[A-Za-z0-9_-]{12}")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_A_DAY = 86_400


@bp.get("/a/<token>.js")
def script(token: str) -> Response:
    """The script, which is the same for a token that is worth nothing any more: Redis is not asked, and pages keep it a day.

    `?p=` names the parameter in which links add their click ids, where it is not `sl`.
    """
    parameter = request.args.get("p", beacon.PARAMETER)
    if not _TOKEN.fullmatch(token) or not _NAME.fullmatch(parameter):
        return Response(status=404)
    address = f"{services().config.base_url.rstrip('/')}/a/{token}"
    answer = Response(beacon.code(address, parameter), mimetype="text/javascript")
    answer.cache_control.public = True
    answer.cache_control.max_age = _A_DAY
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@bp.route("/a/<token>", methods=["GET", "POST", "OPTIONS"], strict_slashes=False, provide_automatic_options=False)
@limits.limiter.limit(limits.arrival_rate, methods=["GET", "POST"])
def report(token: str) -> Response:
    """Take down that a click arrived: `GET /a/<token>.gif?sl=<click id>`, or `POST /a/<token>` with the same."""
    if request.method in ("HEAD", "OPTIONS"):
        return pixel.answer("Arrival")
    here = services()
    if token.removesuffix(".gif") != beacon.token(here.store):
        raise beacon.Refused("token")
    # One for all who tell by it, so that made-up ids, which wait for an hour, cannot fill the database.
    with limits.limiter.limit(limits.arrivals_rate, key_func=lambda: "beacon"):
        told = pixel.given().get(beacon.PARAMETER, "")
        arrivals.take(here.store, told, now=times.now(), kept_days=here.config.click_retention_days)
    return _told(beacon.TAKEN)


@bp.errorhandler(Exception)
def refused(error: Exception) -> Response:
    """What is wrong with an arrival, or with us, is no business of the page that sent it."""
    match error:
        case beacon.Refused() | Unreadable():
            return _told(error.reason)
        case RateLimitExceeded():
            return _told("limit")
        case redis.RedisError() | Unavailable():
            return _told("away")
    current_app.logger.exception("an arrival could not be taken")
    return _told("broken")


def _told(outcome: str) -> Response:
    """The answer to an arrival, which is counted."""
    here = services()
    beacon.count(here.store, outcome, here.owed_arrivals, now=times.now())
    taken = outcome == beacon.TAKEN
    return pixel.answer("Arrival", "taken" if taken else f'refused; reason="{beacon.REASONS[outcome]}"')
