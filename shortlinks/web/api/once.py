"""`Idempotency-Key`: a POST that is sent again is answered as the first time, and carried out once."""

import hashlib
import json
import re
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

import redis
from flask import Response, make_response, request

from shortlinks import idempotency
from shortlinks.errors import Invalid
from shortlinks.web import auth
from shortlinks.web.services import services

HEADER = idempotency.FIELD
REPLAY = "Idempotent-Replay"

_KEY = re.compile(r"[!-~]{1,255}")
_REPEATED = ("Content-Type", "Location", "Cache-Control")
"""The headers that belong to an answer; the others are of the request that it is given to."""


def once(view: Callable[..., Any]) -> Callable[..., Any]:
    """Carry out a POST with an `Idempotency-Key` once, and give its answer to all that are sent with the same key.

    The view stands behind the check of the token, so each token has keys of its own.
    """

    @wraps(view)
    def wrapper(*args: Any, **named: Any) -> Any:
        caller = auth.caller()
        if request.method != "POST" or HEADER not in request.headers or caller is None:
            return view(*args, **named)
        here = services()
        secret = here.config.secret_key
        wanted = idempotency.Request(caller.id, _key(request.headers[HEADER]), _content())
        claim = idempotency.claim(here.store, wanted, secret=secret)
        if isinstance(claim, bytes):
            return _unpacked(claim)
        try:
            with idempotency.under(claim):
                answer = make_response(view(*args, **named))
        except BaseException:
            with suppress(redis.RedisError):  # then the next one waits until the lease is over
                idempotency.release(here.store, claim)
            raise
        with suppress(redis.RedisError):  # then what was changed is not changed again, but the next one gets no answer
            idempotency.keep(here.store, claim, _packed(answer), secret=secret)
        return answer

    return wrapper


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise Invalid.field(HEADER, "must be 1 to 255 visible ASCII characters")
    return text


def _content() -> str:
    """What tells this request from another one: path, query and body. A form is taken apart: its boundary is by chance."""
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    if request.mimetype == "multipart/form-data":
        # A part may have no name.
        fields = sorted((name or "", value) for name, value in request.form.items(multi=True))
        files = []
        for name, file in sorted(request.files.items(multi=True), key=lambda item: item[0] or ""):
            files.append((name, file.filename, hashlib.sha256(file.read()).hexdigest()))
            file.seek(0)
        digest.update(json.dumps([fields, files]).encode())
    else:
        digest.update(request.get_data())
    return digest.hexdigest()


def _packed(answer: Response) -> bytes:
    headers = [(name, answer.headers[name]) for name in _REPEATED if name in answer.headers]
    return zlib.compress(json.dumps([answer.status_code, headers]).encode() + b"\n" + answer.get_data())


def _unpacked(kept: bytes) -> Response:
    head, _line, body = zlib.decompress(kept).partition(b"\n")
    status, headers = json.loads(head)
    answer = Response(body, status)
    answer.headers.update(headers)
    answer.headers[REPLAY] = "true"
    return answer
