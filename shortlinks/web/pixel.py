"""`/c/<token>`: the conversion pixel. A shop's page never breaks by it: whatever comes in is answered with a transparent GIF,
or to a beacon with nothing. A header tells why a report was refused. No cookie, no sign-in, no address kept.

Which beacons need no preflight is in the Fetch standard ("CORS-safelisted request-header", 2025): forms and text/plain. One
with a Blob of application/json is preceded by OPTIONS, and comes with credentials, for which `*` is no answer.
"""

import base64
import re
from typing import Any

import redis
from flask import Blueprint, Response, current_app, request
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import HTTPException

from shortlinks import times
from shortlinks.errors import Unavailable
from shortlinks.sales import pixel
from shortlinks.web import limits, webhooks
from shortlinks.web.services import services

bp = Blueprint("pixel", __name__)

_GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
_ORIGIN = re.compile(r"[\x21-\x7e]{1,300}")
_A_DAY = "86400"


@bp.route("/c/<token>", methods=["GET", "POST", "OPTIONS"], strict_slashes=False, provide_automatic_options=False)
@limits.limiter.limit(limits.pixel_rate, methods=["GET", "POST"])
def report(token: str) -> Response:
    """Take down what a page tells of an order: `GET /c/<token>.gif?…`, or `POST /c/<token>` as a form or as JSON."""
    if request.method in ("HEAD", "OPTIONS"):
        return answer()
    store = services().store
    if token.removesuffix(".gif") != pixel.token(store):
        raise pixel.Refused("token")
    # One for all who tell by it, so a page that many people open in vain cannot fill the database.
    with limits.limiter.limit(limits.pixel_token_rate, key_func=lambda: "pixel"):
        pixel.report(store, given(), now=times.now())
    webhooks.wake()
    return _told(pixel.TAKEN)


@bp.errorhandler(Exception)
def refused(error: Exception) -> Response:
    """What is wrong with a report, or with us, is no business of the page that sent it."""
    match error:
        case pixel.Refused():
            return _told(error.reason)
        case RateLimitExceeded():
            return _told("limit")
        case redis.RedisError() | Unavailable():
            return _told("away")
    current_app.logger.exception("a report of the pixel could not be taken")
    return _told("broken")


def given() -> dict[str, str]:
    """What the page tells. Raises Refused for a body that is none."""
    try:
        return request.args.to_dict() | (_body() if request.method == "POST" else {})
    except (HTTPException, ValueError) as error:
        raise pixel.Refused("body") from error


def _body() -> dict[str, str]:
    if request.mimetype in ("application/json", "text/plain"):
        return _of_json(request.get_data())
    form = request.form.to_dict()
    if not form and request.get_data():
        raise ValueError("a body of another type")
    return form


def _of_json(body: bytes) -> dict[str, str]:
    if not body:
        return {}
    told: Any = current_app.json.loads(body)
    if not isinstance(told, dict):
        raise ValueError("no object")
    return {name: _text(value) for name, value in told.items() if name in pixel.PARAMETERS and value is not None}


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("neither text nor number")
    return str(value)


def _told(outcome: str) -> Response:
    """The answer to a report, which is counted."""
    here = services()
    pixel.count(here.store, outcome, here.owed, now=times.now())
    taken = outcome == pixel.TAKEN
    return answer("Conversion", "taken" if taken else f'refused; reason="{pixel.REASONS[outcome]}"')


def answer(name: str = "Conversion", said: str | None = None) -> Response:
    """What every page gets, whatever it told: a transparent GIF, or to a beacon nothing. The header `name` says more."""
    made = Response(status=204) if request.method in ("POST", "OPTIONS") else Response(_GIF, mimetype="image/gif")
    if made.status_code == 204:
        del made.headers["Content-Type"]
    made.headers["Cache-Control"] = "no-store"
    made.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    made.vary.add("Origin")
    if said is not None:
        made.headers[name] = said
    origin = request.headers.get("Origin", "")
    if _ORIGIN.fullmatch(origin):
        made.headers["Access-Control-Allow-Origin"] = origin
        made.headers["Access-Control-Allow-Credentials"] = "true"
        made.headers["Access-Control-Expose-Headers"] = name
    if request.method == "OPTIONS":
        made.headers["Access-Control-Allow-Methods"] = "POST"
        made.headers["Access-Control-Allow-Headers"] = "Content-Type"
        made.headers["Access-Control-Max-Age"] = _A_DAY
    return made
