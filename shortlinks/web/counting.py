"""`/how-we-count`: how requests become clicks, for everybody to read and try; `/how-we-count.json` says the same."""

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from shortlinks.clicks import classify, clicks, counting, neighbours, visitors
from shortlinks.web import limits
from shortlinks.web.services import services
from shortlinks.words import language

bp = Blueprint("counting", __name__)


@bp.get("/how-we-count", strict_slashes=False)
@limits.limiter.limit(limits.check_rate)
def page() -> Response:
    """The facts, how this very request would be counted, and with `?agent=` (and `&referrer=`) how another would be."""
    asked = request.args.get("agent")
    referrer = request.args.get("referrer", "")
    answer = Response(
        render_template(
            "public/how_we_count.html",
            **_facts(),
            yours=_of_this_request(),
            agent=asked,
            referrer=referrer,
            longest=clicks.AGENT_LIMIT,
            reason_name=classify.name,
            device_name=counting.device,
            found=None if asked is None else counting.check(asked, referrer),
        )
    )
    # It shows one visitor's request.
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.get("/how-we-count.json")
def facts() -> Response:
    """The facts alone, in English as all that programs read."""
    language.speak(language.ENGLISH)
    answer = jsonify(_facts())
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _facts() -> dict[str, Any]:
    config = services().config
    return counting.facts(retention_days=config.click_retention_days, limits=neighbours.limits(config.repeat_seconds))


def _of_this_request() -> dict[str, str]:
    environ = request.environ
    address = visitors.client_address(environ, services().config.trusted_proxies)
    return counting.check(
        environ.get("HTTP_USER_AGENT", ""),
        environ.get("HTTP_REFERER", ""),
        method=request.method,
        signals=clicks.signals(environ),
        country=visitors.country(address, visitors.packed(address)),
    )
