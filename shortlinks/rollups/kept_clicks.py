"""Reading the clicks that are kept, one by one: in chunks that were sealed, and behind them the tail of the newest."""

import re
from collections.abc import Iterator

from shortlinks import keys
from shortlinks.clicks.clicks import Kept, parse_kept, unpack
from shortlinks.errors import Invalid
from shortlinks.links import link_fields
from shortlinks.records import nouns
from shortlinks.store import Store
from shortlinks.words.language import _

_CHUNKS = 16
_START = ">0-0.-1"
_CURSOR = re.compile(r"([=>])(([0-9]{1,20})-([0-9]{1,20}))\.(-1|[0-9]{1,6})")
_LAST_ID = (1 << 64) - 1  # of a stream, and nothing follows it
_ID = re.compile(rf"(?:{link_fields.SLUG.pattern})\.([0-9a-f]{{11}})[0-9a-f]{{13,20}}")


def stream(store: Store, post_id: str, *, start: int | None = None, end: int | None = None) -> Iterator[Kept]:
    """The kept clicks of a post in the order they were counted, with `start` <= at < `end` (milliseconds) where given.

    Holds a few chunks at a time, however many clicks there are.
    """
    for record in records(store, post_id):
        kept = parse_kept(post_id, record)
        if _within(kept, start, end):
            yield kept


def records(store: Store, post_id: str) -> Iterator[str]:
    """The same of all times as `parse_kept` reads them: for who needs few of many, each for a quarter of the time."""
    for _end, record in _walk(store, post_id, _START):
        yield record


def page(
    store: Store,
    post_id: str,
    *,
    start: int | None = None,
    end: int | None = None,
    after: str | None = None,
    limit: int,
) -> tuple[list[Kept], str | None]:
    """At most `limit` kept clicks after the cursor `after`, and the cursor to go on from, None at the end.

    Raises Invalid naming `cursor` for one that was not given out here.
    """
    found: list[Kept] = []
    last = after
    for place, record in _walk(store, post_id, after or _START):
        kept = parse_kept(post_id, record)
        if _within(kept, start, end):
            if len(found) == limit:
                return found, last
            found.append(kept)
        last = place
    return found, None


def newest(store: Store, post_id: str, limit: int) -> list[Kept]:
    """The last `limit` kept clicks that were counted, the newest first. Costs the same however many there are."""
    pipe = store.redis.pipeline(transaction=True)
    pipe.lrange(keys.tail(post_id), -limit, -1)
    pipe.xrevrange(keys.kept(post_id), count=1)
    tail, chunks = pipe.execute()
    lines = [record.decode() for record in tail]
    while chunks and len(lines) < limit:
        [(name, fields)] = chunks
        lines = unpack(fields[b"z"]) + lines
        chunks = store.redis.xrevrange(keys.kept(post_id), max=b"(" + name, count=1)
    found = [parse_kept(post_id, record) for record in reversed(lines[-limit:])]
    return sorted(found, key=lambda kept: kept.at, reverse=True)


def oldest(store: Store, post_id: str, limit: int) -> list[Kept]:
    """The first `limit` clicks of those that are kept, the oldest first. Costs the same however many there are."""
    pipe = store.redis.pipeline(transaction=True)
    pipe.xrange(keys.kept(post_id), count=1)
    pipe.lrange(keys.tail(post_id), 0, limit - 1)
    chunks, tail = pipe.execute()
    lines: list[str] = []
    while chunks and len(lines) < limit:
        [(name, fields)] = chunks
        lines += unpack(fields[b"z"])
        chunks = store.redis.xrange(keys.kept(post_id), min=b"(" + name, count=1)
    lines += [record.decode() for record in tail]
    found = [parse_kept(post_id, record) for record in lines[:limit]]
    return sorted(found, key=lambda kept: kept.at)


def since(store: Store, post_id: str, start: int) -> Iterator[Kept]:
    """The kept clicks of a post with `start` <= at (milliseconds), in the order they were counted.

    Reads the chunks from that time on.
    """
    for _end, record in _walk(store, post_id, _from(start)):
        kept = parse_kept(post_id, record)
        if kept.at >= start:
            yield kept


def find(store: Store, post_id: str, id_: str) -> Kept | None:
    """The kept click of a post with this id. None when there is none, or none any more.

    Reads the chunks from the click's time on.
    """
    named = _ID.fullmatch(id_)
    if named is None:
        return None
    found = (parse_kept(post_id, record) for _end, record in _walk(store, post_id, _from(int(named[1], 16))))
    return next((kept for kept in found if kept.id == id_), None)


def _from(at: int) -> str:
    """The cursor before all chunks with clicks at `at` or later.

    A chunk is never named by a time that is still to come, and the clock that a click got its time from may be ahead.
    """
    return f">{max(0, at - nouns.SKEW)}-0.-1"


def _within(kept: Kept, start: int | None, end: int | None) -> bool:
    return (start is None or kept.at >= start) and (end is None or kept.at < end)


def _walk(store: Store, post_id: str, cursor: str) -> Iterator[tuple[str, str]]:
    """Records of kept clicks behind `cursor`, each with its own cursor.

    A cursor is `=<chunk>.<index>` for a click inside a chunk and `><chunk>.<index>` for one that followed the last chunk:
    when the tail is sealed meanwhile, as many clicks further on it is in the chunks behind. Chunks and tail are read together.
    """
    known = _CURSOR.fullmatch(cursor)
    if not known or max(int(known[3]), int(known[4])) >= _LAST_ID:
        raise Invalid.field("cursor", _("does not belong to this list"))
    side, chunk, skip = known[1], known[2], int(known[5]) + 1
    low = chunk if side == "=" else f"({chunk}"
    last = chunk
    while True:
        pipe = store.redis.pipeline(transaction=True)
        pipe.xrange(keys.kept(post_id), min=low, count=_CHUNKS)
        pipe.lrange(keys.tail(post_id), 0, -1)
        chunks, tail = pipe.execute()
        for name, fields in chunks:
            last = name.decode()
            if side == "=" and last != chunk:  # it is behind us, or was forgotten
                skip = 0
            lines = unpack(fields[b"z"])
            begin = min(skip, len(lines))
            for index, record in enumerate(lines[begin:], begin):
                yield f"={last}.{index}", record
            skip -= begin
            low = f"({last}"
        if len(chunks) < _CHUNKS:
            begin = skip if side == ">" else 0
            for index, record in enumerate(tail[begin:], begin):
                yield f">{last}.{index}", record.decode()
            return
