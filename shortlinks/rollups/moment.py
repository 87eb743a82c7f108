"""A post's kept clicks and counts as they are at one moment."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from shortlinks import keys
from shortlinks.rollups import rollups
from shortlinks.store import Store

_CHUNKS = 16


class Moment(NamedTuple):
    """A post at one moment, its counts as Redis has them.

    `chunks` are (name, bytes) of the first few behind a place that was asked for; `first`, `last` and `length` are of all.
    """

    epoch: str
    chunks: list[tuple[str, bytes]]
    first: str
    last: str
    length: int
    tail: list[str]
    total: dict[bytes, bytes]
    days: dict[bytes, bytes]
    by: dict[str, dict[bytes, bytes]]

    def hits(self) -> Counter[int]:
        """Hits by UTC day."""
        found: Counter[int] = Counter()
        for (day, _, reason), number in rollups.rows(self.days).items():
            if reason != rollups.VISITORS:
                found[day] += number
        return found


def look(store: Store, post_id: str, after: str = "") -> Moment:
    """The post now, with chunks behind the one called `after`."""
    kept = keys.kept(post_id)
    pipe = store.redis.pipeline(transaction=True)
    pipe.hget(keys.progress(keys.shard(post_id)), "epoch")
    pipe.xrange(kept, min=_behind(after), count=_CHUNKS)
    pipe.xrange(kept, count=1)
    pipe.xrevrange(kept, count=1)
    pipe.xlen(kept)
    pipe.lrange(keys.tail(post_id), 0, -1)
    pipe.hgetall(keys.total(post_id))
    pipe.hgetall(keys.days(post_id))
    for dimension in keys.DIMENSIONS:
        pipe.hgetall(keys.by(post_id, dimension))
    epoch, page, first, last, length, tail, total, days, *by = pipe.execute()
    return Moment(
        epoch.decode() if epoch else "",
        [(name.decode(), fields[b"z"]) for name, fields in page],
        first[0][0].decode() if first else "",
        last[0][0].decode() if last else "",
        length,
        [line.decode() for line in tail],
        total,
        days,
        dict(zip(keys.DIMENSIONS, by, strict=True)),
    )


def chunks(store: Store, post_id: str, after: str = "") -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each chunk behind the one called `after`, not all of one moment."""
    while True:
        found = store.redis.xrange(keys.kept(post_id), min=_behind(after), count=_CHUNKS)
        for name, fields in found:
            after = name.decode()
            yield after, fields[b"z"]
        if len(found) < _CHUNKS:
            return


def _behind(name: str) -> str:
    return f"({name}" if name else "-"
