"""Lists of records, a page at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from shortlinks.errors import Invalid
from shortlinks.store import Store
from shortlinks.words.language import _

T = TypeVar("T")
_MOST_AT_ONCE = 1_000


def page(
    store: Store,
    index: str,
    key_of: Callable[[str], str],
    read: Callable[[bytes], T],
    *,
    limit: int,
    cursor: str | None,
    keep: Callable[[T], bool] = lambda item: True,
) -> tuple[list[T], str | None]:
    """Up to `limit` records of a sorted set, highest score first, and the cursor of the next page if there is one.

    The cursor names the last record given, not a distance, so records that are added meanwhile shift nothing.
    Raises Invalid for a bad `limit` or `cursor`.
    """
    return _filled(store, chunks(store, index, position_of(cursor), limit + 1), key_of, read, limit=limit, keep=keep)


def page_among(
    store: Store,
    found: Sequence[tuple[str, int]],
    key_of: Callable[[str], str],
    read: Callable[[bytes], T],
    *,
    limit: int,
    cursor: str | None,
) -> tuple[list[T], str | None]:
    """What `page` gives, of records whose names and scores are `found` already, in the order of `page`.

    Those that are gone by now are passed over. Raises what `page` raises.
    """
    position = position_of(cursor)
    left = [each for each in found if position is None or (each[1], each[0]) < position]
    parts = (left[start : start + limit + 1] for start in range(0, len(left), max(limit, 0) + 1))
    return _filled(store, parts, key_of, read, limit=limit, keep=lambda _item: True)


def _filled(
    store: Store,
    parts: Iterable[Sequence[tuple[str, int]]],
    key_of: Callable[[str], str],
    read: Callable[[bytes], T],
    *,
    limit: int,
    keep: Callable[[T], bool],
) -> tuple[list[T], str | None]:
    if limit < 1:
        raise Invalid.field("limit", _("must be at least 1"))
    found: list[T] = []
    last = ""
    for names in parts:
        for (name, score), raw in zip(names, store.redis.mget([key_of(name) for name, _score in names]), strict=True):
            if raw is None or not keep(item := read(raw)):
                continue
            if len(found) == limit:
                return found, last
            found.append(item)
            last = f"{score}:{name}"
    return found, None


def position_of(cursor: str | None) -> tuple[int, str] | None:
    """The score and name of the record that a cursor names. Raises Invalid for what is no cursor."""
    if cursor is None:
        return None
    score, _colon, name = cursor.partition(":")
    if not (score.isascii() and score.isdigit() and len(score) < 16 and name):
        raise Invalid.field("cursor", _("is not a cursor of this list"))
    return int(score), name


def chunks(store: Store, index: str, position: tuple[int, str] | None, size: int) -> Iterator[list[tuple[str, int]]]:
    """(name, score) below `position`, highest first; equal scores are in falling order of their names.

    First `size` of them, which are enough where all are kept, then more and more at once.
    """
    while True:
        pipe = store.redis.pipeline(transaction=True)
        highest = "+inf"
        if position is not None:
            # Of its own score all: to pass over so many of them would pass over others when some are removed meanwhile.
            pipe.zrange(index, position[0], position[0], desc=True, byscore=True, withscores=True)
            highest = f"({position[0]}"
        pipe.zrange(index, highest, "-inf", desc=True, byscore=True, withscores=True, offset=0, num=size)
        parts = pipe.execute()
        names = [(name.decode(), int(score)) for rows in parts for name, score in rows]
        below = [(name, score) for name, score in names if position is None or (score, name) < position]
        if below:
            position = (below[-1][1], below[-1][0])
            yield below
        if len(parts[-1]) < size:
            return
        size = min(2 * size, _MOST_AT_ONCE)
