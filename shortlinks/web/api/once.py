"""`Idempotency-Key`: a POST that is sent again is answered as the first time, and carried out once."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import request

from shortlinks.errors import Invalid
from shortlinks.records import idempotency
from shortlinks.web import auth
from shortlinks.web.once import carry_out, content

HEADER = idempotency.FIELD
REPLAY = "Idempotent-Replay"

_KEY = re.compile(r"[!-~]{1,255}")


def once(view: Callable[..., Any]) -> Callable[..., Any]:
    """Carry out a POST with an `Idempotency-Key` once, and give its answer to all that are sent with the same key.

    The view stands behind the check of the token, so each token has keys of its own.
    """

    @wraps(view)
    def wrapper(*args: Any, **named: Any) -> Any:
        caller = auth.caller()
        if request.method != "POST" or HEADER not in request.headers or caller is None:
            return view(*args, **named)
        wanted = idempotency.Request(caller.id, _key(request.headers[HEADER]), content())
        answer, _aside, again = carry_out(wanted, lambda: view(*args, **named))
        if again:
            answer.headers[REPLAY] = "true"
        return answer

    return wrapper


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise Invalid.field(HEADER, "must be 1 to 255 visible ASCII characters")
    return text
