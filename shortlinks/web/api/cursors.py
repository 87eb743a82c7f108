"""Cursors: where a page of a list ended, sealed so that each goes with its own list, filters and service only.

A cursor holds a position in an order, and not an item: it stays good when what stood there is gone, and when others come
before it or after it.
"""

import binascii
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import request

from shortlinks.errors import Invalid
from shortlinks.web.api import schemas
from shortlinks.web.services import services

T = TypeVar("T")
_SEAL_BYTES = 9


def opened(query: schemas.ListQuery) -> str | None:
    """The position in the cursor of `query`, None without one. Raises Invalid for one that was not given out for it."""
    return None if query.cursor is None else unseal(query, "cursor", query.cursor).decode()


def sealed(query: schemas.ListQuery, position: str | None) -> str | None:
    """The cursor for the page behind `position`, if there is one."""
    return None if position is None else seal(query, "cursor", position.encode())


def unseal(query: schemas.Query, field: str, text: str) -> bytes:
    """The position that `seal` made `text` of, which `query` has in its `field`. Raises Invalid naming that for any other."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    given, position = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
    # Encoded again, because letters that belong to no alphabet are passed over when it is decoded.
    if not hmac.compare_digest(given, _seal(query, field, position)) or _text(raw) != text:
        raise Invalid.field(field, "does not belong to this list with these filters")
    return position


def seal(query: schemas.Query, field: str, position: bytes) -> str:
    """A position in the list that `query` asks for, as its `field` takes it."""
    return _text(_seal(query, field, position) + position)


def page_of(
    items: Sequence[T], place: Callable[[T], tuple[Any, ...]], query: schemas.ListQuery
) -> tuple[list[T], str | None]:
    """The page of a whole list that `query` asks for, and its next cursor. For lists that are read whole anyway.

    `items` are in the rising order of their `place`. Where several have the same one, only the last of them may be new.
    """
    met: Counter[tuple[Any, ...]] = Counter()
    places = []
    for item in items:
        own = place(item)
        met[own] += 1
        places.append([*own, met[own]])
    position = opened(query)
    start = 0 if position is None else bisect_right(places, json.loads(position))
    end = start + query.limit
    last = json.dumps(places[end - 1], separators=(",", ":")) if end < len(items) else None
    return list(items[start:end]), sealed(query, last)


def listed(
    items: Sequence[T],
    place: Callable[[T], tuple[Any, ...]],
    shape: Callable[[T], dict[str, Any]],
    query: schemas.ListQuery,
) -> dict[str, Any]:
    """The answer to `query`, as in `page_of`."""
    found, following = page_of(items, place, query)
    return {"items": [shape(item) for item in found], "next_cursor": following}


def _seal(query: schemas.Query, field: str, position: bytes) -> bytes:
    filters = query.model_dump(exclude={"limit", field})
    of = json.dumps(["cursor", request.path, filters]).encode()
    return hmac.digest(services().config.secret_key.encode(), of + b"\n" + position, "sha256")[:_SEAL_BYTES]


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
