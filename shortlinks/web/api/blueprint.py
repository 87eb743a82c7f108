"""The blueprint that every file of this package adds its calls to, and what those calls share."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from apiflask import APIBlueprint
from flask import Response, current_app, jsonify, request

from shortlinks import times
from shortlinks.errors import Invalid
from shortlinks.links import links
from shortlinks.web import auth, limits
from shortlinks.web.api import once

bp = APIBlueprint("api", __name__, url_prefix="/api/v1", tag="API")
_FARTHEST = 4_102_444_800_000  # 2100-01-01; clocks with time zones end in 9999
_LOST_PLUS = re.compile(r" (\d\d:\d\d)$")

limits.limiter.shared_limit(limits.api_rate, scope="api", key_func=auth.rate_key)(bp)


@bp.after_request
def _no_page(response: Response) -> Response:
    """Flask answers OPTIONS with an empty page, and takes what is empty for one."""
    if request.method == "OPTIONS":
        response.status_code = 204
    if response.status_code == 204:
        del response.headers["Content-Type"]
    return response


def needs(*scopes: str) -> Callable[[Any], Any]:
    """Open a view to tokens with any one of `scopes`; a POST of theirs may have an `Idempotency-Key`.

    Stands above `bp.input`: a view that takes no query by then is answered with 422 where there is one.
    """
    return lambda view: auth.needs(bp, *scopes)(_without_query(once.once(view)))


def _without_query(view: Callable[..., Any]) -> Callable[..., Any]:
    """`view`, which refuses every parameter of a query unless it declares one, whose schema does that then."""
    if any(location == "query" for _schema, location, *_more in getattr(view, "_spec", {}).get("args", [])):
        return view

    @wraps(view)
    def wrapper(*args: Any, **named: Any) -> Any:
        if request.args:
            raise Invalid([(name[:60], "is not known here") for name in request.args])
        return view(*args, **named)

    return wrapper


def answer(body: Any) -> Response:
    """`body` as JSON just as it is, for shapes whose absent keys mean something, and for long lists, half of whose time it
    takes to hold them against their schema: what makes those keeps to its fields and their order.
    """
    return jsonify(body)


def reserved() -> frozenset[str]:
    """Words that no slug may be: the first part of every fixed address of this service."""
    words = {rule.rule.split("/")[1] for rule in current_app.url_map.iter_rules()}
    return links.RESERVED_ALWAYS | {word for word in words if word and "<" not in word}


def instant(text: str | None, field: str) -> int | None:
    """A time from a query string in milliseconds, None when absent. Raises Invalid naming `field`.

    An offset's `+` that was not percent-encoded arrives as a space; there is only one way to read it.
    """
    if text is None:
        return None
    at = times.parse(_LOST_PLUS.sub(r"+\1", text), field)
    if at >= _FARTHEST:
        raise Invalid.field(field, "is after 2099")
    return at
