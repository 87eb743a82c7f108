"""What changed, for a day: each event is written in the same step as the change that it tells of.

The nouns share a stream, and each shard has one of the posts whose counts changed, in which a post has its newest entry only:
the counts in it tell all that those before it did. So there are 17 streams, each in its own order, and a *place* in all of
them: whoever goes on behind a place misses nothing and meets nothing twice, also where an entry comes late by the clock.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from shortlinks import keys
from shortlinks.errors import Invalid, Missed
from shortlinks.records import stream_ids
from shortlinks.store import Store
from shortlinks.words.language import _

ERASED = "erased"
_NOUNS = "n"
_STREAMS = (_NOUNS, *keys.SHARDS)
_MARK_BYTES = 4
_AT_ONCE = 1_000

Ids = list[tuple[int, int]]
"""The id of the entry that was read last, of each stream, as `stream_ids.order` gives it."""


@dataclass(frozen=True, slots=True)
class Event:
    """`change` is what became of the post, or of its link, snapshot or conversion called `of` (slug, id, external id).

    `human` and `hits` are the post's counts after a roll-up or re-count, else None. `place` is right behind it.
    """

    type: str
    change: str
    post_id: str
    of: str
    human: int | None
    hits: int | None
    at: int
    place: bytes


class Page(NamedTuple):
    """Events in the order of time, as far as each stream's own allows, and the place behind the last."""

    events: list[Event]
    place: bytes


def tell(pipe: Any, type_: str, change: str, post_id: str, of: str = "") -> None:
    """Add an event to the transaction that makes the change."""
    pipe.xadd(keys.EVENTS, {"type": type_, "change": change, "post": post_id, "of": of})


def tell_post(pipe: Any, change: str, post_id: str) -> None:
    """Add the event that a post was made, changed, archived or ERASED."""
    tell(pipe, "post", change, post_id)


def tell_snapshot(pipe: Any, post_id: str, snapshot_id: str) -> None:
    """Add the event that there is a new snapshot of a post."""
    tell(pipe, "snapshot", "added", post_id, snapshot_id)


def since(store: Store, place: bytes | None, *, limit: int) -> Page:
    """At most `limit` events behind `place`, the oldest first; None: of all that are kept. One round trip.

    Raises Invalid naming `after` for a place in another store, and Missed when events behind it are gone by their age.
    """
    asked = None if place is None else _unpacked(place)
    pipe = store.redis.pipeline(transaction=False)
    for name, (at, number) in zip(_STREAMS, asked[1] if asked else [(0, 0)] * len(_STREAMS), strict=True):
        pipe.xrange(_key(name), min=f"({at}-{number}", count=limit)
    mark, found, forgotten = _answered(store, pipe)
    ids = forgotten
    if asked:
        if asked[0] != mark:
            raise Invalid.field("after", _("is no place among these events"))
        ids = asked[1]
        if any(gone > own for gone, own in zip(forgotten, ids, strict=True)):
            raise Missed(_("Events behind this place are gone: they are kept for 24 hours."))
    # Not by the time alone: within a stream the order is its own, and that of the streams is always the same.
    entries = sorted(
        (at, stream, number, fields)
        for stream, rows in enumerate(found)
        for (at, number), fields in ((stream_ids.order(name.decode()), fields) for name, fields in rows)
    )
    return Page(list(_read(mark, ids, entries[:limit])), _packed(mark, ids))


def newest(store: Store) -> Page:
    """No event, and the place behind all that there are."""
    pipe = store.redis.pipeline(transaction=False)
    for name in _STREAMS:
        pipe.xrevrange(_key(name), count=1)
    mark, found, forgotten = _answered(store, pipe)
    last = [stream_ids.order(rows[0][0].decode() if rows else "") for rows in found]
    return Page([], _packed(mark, list(map(max, last, forgotten))))


def erase(store: Store, post_id: str) -> None:
    """Forget what became of a post whose record is gone already, but for that: of it no event is written any more."""
    start = "-"
    while entries := store.redis.xrange(keys.EVENTS, min=start, count=_AT_ONCE):
        own = [name for name, fields in entries if fields[b"post"] == post_id.encode() and not _is_erasing(fields)]
        if own:
            store.redis.xdel(keys.EVENTS, *own)
        start = f"({entries[-1][0].decode()}"
    shard = keys.shard(post_id)
    if entry := store.redis.hget(keys.told(shard), post_id):
        store.redis.xdel(keys.events(shard), entry)
        store.redis.hdel(keys.told(shard), post_id)


def forget(store: Store, *, before: int) -> int:
    """Drop the events from before an instant (milliseconds). Returns in how many streams there were any."""
    pipe = store.redis.pipeline(transaction=False)
    for name in _STREAMS:
        pipe.xrevrange(_key(name), max=f"({before}-0", count=1)
    old = {name: rows[0][0] for name, rows in zip(_STREAMS, pipe.execute(), strict=True) if rows}
    if not old:
        return 0

    def change(pipe: Any) -> None:
        known = pipe.hgetall(keys.FORGOTTEN)
        pipe.multi()
        for name, entry in old.items():
            if _order(entry) > _order(known.get(name.encode())):
                pipe.hset(keys.FORGOTTEN, name, entry)

    # First of all: who reads what is left of a stream must know what is gone.
    store.transact(change, keys.FORGOTTEN)
    pipe = store.redis.pipeline(transaction=False)
    for name, entry in old.items():
        pipe.xtrim(_key(name), minid=stream_ids.after(entry.decode()), approximate=False)
    pipe.execute()
    return len(old)


def _key(name: str) -> str:
    return keys.EVENTS if name == _NOUNS else keys.events(name)


def _is_erasing(fields: dict[bytes, bytes]) -> bool:
    return (fields[b"type"], fields[b"change"]) == (b"post", ERASED.encode())


def _order(entry: bytes | None) -> tuple[int, int]:
    return stream_ids.order(entry.decode() if entry else "")


def _answered(store: Store, pipe: Any) -> tuple[bytes, list[Any], Ids]:
    """The store's mark, what the pipe was asked for so far, and up to where each stream is forgotten, read after that."""
    pipe.hgetall(keys.FORGOTTEN)
    pipe.get(keys.STORE)
    *found, forgotten, store_id = pipe.execute()
    mark = sha256(store_id or store.id().encode()).digest()[:_MARK_BYTES]
    return mark, found, [_order(forgotten.get(name.encode())) for name in _STREAMS]


def _read(mark: bytes, ids: Ids, entries: Sequence[tuple[int, int, int, dict[bytes, bytes]]]) -> Iterator[Event]:
    """The events in entries (milliseconds, number of the stream, sequence, fields). `ids` are moved behind the last."""
    for at, stream, number, fields in entries:
        ids[stream] = at, number
        text = {name.decode(): value.decode() for name, value in fields.items()}
        counts = {name: int(text[name]) if name in text else None for name in ("human", "hits")}
        yield Event(
            type=text.get("type", "rollup"),
            change=text["change"],
            post_id=text["post"],
            of=text.get("of", ""),
            at=at,
            place=_packed(mark, ids),
            **counts,
        )


def _packed(mark: bytes, ids: Ids) -> bytes:
    """A place: the store's mark, the newest time, and of each stream how much earlier its own is."""
    latest = max(at for at, _number in ids)
    packed = bytearray(mark) + _varint(latest)
    for at, number in ids:
        packed += _varint((1 + latest - at) << 1 | (number > 0)) if (at, number) != (0, 0) else b"\0"
        packed += _varint(number) if number else b""
    return bytes(packed)


def _unpacked(place: bytes) -> tuple[bytes, Ids]:
    """What `_packed` made a place of. Raises Invalid naming `after`."""
    numbers = _varints(place[_MARK_BYTES:])
    ids: Ids = []
    try:
        latest = next(numbers)
        for _stream in _STREAMS:
            code = next(numbers)
            ids.append((latest + 1 - (code >> 1), next(numbers) if code & 1 else 0) if code else (0, 0))
    except StopIteration:
        raise Invalid.field("after", _("is no place among these events")) from None
    return place[:_MARK_BYTES], ids


def _varint(number: int) -> bytes:
    """A whole number in groups of 7 bits, the lowest first; all but the last are marked (LEB128)."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])


def _varints(packed: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0
