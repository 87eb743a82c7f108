"""What the API's `Idempotency-Key` and the owner's forms share: requests that are answered as the first time."""

import hashlib
import json
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import redis
from flask import Response, make_response, request

from shortlinks.records import idempotency
from shortlinks.records.idempotency import Claim, Request
from shortlinks.web.services import services

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_REPEATED = ("Content-Type", "Location", "Cache-Control")
"""The headers that belong to an answer; the others are of the request that it is given to."""


def carry_out(
    wanted: Request,
    work: Callable[[], Any],
    *,
    keeps: Callable[[Claim, Response], bool] = lambda _claim, _answer: True,
    aside: Callable[[], Any] = lambda: None,
) -> tuple[Response, Any, bool]:
    """The answer of `work` to the request under way, now or as of the first time; and whether it is that.

    An answer that `keeps` does not want to be kept lets the key go, as an exception does. What `aside` gives after the work,
    as JSON, is kept with the answer and comes second. Raises what `idempotency.claim` and the work raise.
    """
    here = services()
    store, secret = here.store, here.config.secret_key
    claim = idempotency.claim(store, wanted, secret=secret)
    if isinstance(claim, bytes):
        return *_unpacked(claim), True
    try:
        with idempotency.under(claim):
            answer = make_response(work())
    except BaseException:
        with suppress(redis.RedisError):  # then the next one waits until the lease is over
            idempotency.release(store, claim)
        raise
    told = aside()
    with suppress(redis.RedisError):  # then what was changed is not changed again, but the next one gets no answer
        if keeps(claim, answer):
            idempotency.keep(store, claim, _packed(answer, told), secret=secret)
        else:
            idempotency.release(store, claim)
    return answer, told, False


def content() -> str:
    """What tells this request from another one: path, query and body. A form is taken apart: its boundary is by chance."""
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    if request.mimetype in _FORMS:  # whoever looked at its fields has left nothing of the body
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


def _packed(answer: Response, aside: Any) -> bytes:
    headers = [(name, answer.headers[name]) for name in _REPEATED if name in answer.headers]
    return zlib.compress(json.dumps([answer.status_code, headers, aside]).encode() + b"\n" + answer.get_data())


def _unpacked(kept: bytes) -> tuple[Response, Any]:
    head, _line, body = zlib.decompress(kept).partition(b"\n")
    status, headers, aside = json.loads(head)
    answer = Response(body, status)
    answer.headers.update(headers)
    return answer, aside
