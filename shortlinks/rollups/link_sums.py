"""What was counted of each link for each post, over all days: in two hashes a shard, so that many are read at once.

The roll-up and a re-count add to them in the same step as to the day sums. A store from before there were these sums gets them
when somebody first asks. Fields are those of `tally.by_link`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from shortlinks import keys
from shortlinks.rollups import tally
from shortlinks.store import Store

MARK, _WHOLE = "links", b"1"
"""The field of a shard's progress that says that the sums of each of its posts are there."""
_AT_ONCE = 200


class Sums(NamedTuple):
    """By field all hits, and those by people; zero where there is none."""

    hits: Mapping[bytes, bytes]
    human: Mapping[bytes, bytes]


def of_all(store: Store) -> Sums:
    """The sums of all links."""
    _ready(store)
    rows = store.hashes(key_of(shard) for shard in keys.SHARDS for key_of in (keys.link_hits, keys.link_human))
    return Sums(_joined(rows[0::2]), _joined(rows[1::2]))


def of_fields(store: Store, fields: Iterable[bytes]) -> Sums:
    """The sums of these links and posts."""
    _ready(store)
    by_shard = _by_shard(fields)
    pipe = store.redis.pipeline(transaction=False)
    for shard, some in by_shard.items():
        pipe.hmget(keys.link_hits(shard), some)
        pipe.hmget(keys.link_human(shard), some)
    rows = [
        {field: number for field, number in zip(some, row, strict=True) if number is not None}
        for some, row in zip((some for some in by_shard.values() for _ in range(2)), pipe.execute(), strict=True)
    ]
    return Sums(_joined(rows[0::2]), _joined(rows[1::2]))


def without(store: Store, fields: Iterable[bytes]) -> tuple[int, int]:
    """All hits of all links and those by people, but for those of these fields."""
    _ready(store)
    left_out = _by_shard(fields)
    found = [0, 0]
    for shard in keys.SHARDS:
        some = left_out.get(shard, [])
        pipe = store.redis.pipeline(transaction=True)
        for key in (keys.link_hits(shard), keys.link_human(shard)):
            pipe.hvals(key)
            if some:
                pipe.hmget(key, some)
        rows = pipe.execute()
        step = 2 if some else 1
        for which in range(2):
            found[which] += sum(map(int, rows[which * step]))
            if some:
                found[which] -= sum(int(number) for number in rows[which * step + 1] if number is not None)
    return found[0], found[1]


def drop(store: Store) -> None:
    """Have the sums made anew when somebody next asks."""
    for shard in keys.SHARDS:
        pipe = store.redis.pipeline(transaction=True)
        pipe.hdel(keys.progress(shard), MARK)
        pipe.unlink(keys.link_hits(shard), keys.link_human(shard))
        pipe.execute()


def field(slug: bytes, post_id: bytes) -> bytes:
    """The field of a link and a post."""
    return slug + b"|" + post_id


def _by_shard(fields: Iterable[bytes]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for each in fields:
        found.setdefault(keys.shard(each.rpartition(b"|")[2].decode()), []).append(each)
    return found


def _joined(rows: Iterable[Mapping[bytes, bytes]]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for row in rows:
        found.update(row)
    return found


def _ready(store: Store) -> None:
    pipe = store.redis.pipeline(transaction=False)
    for shard in keys.SHARDS:
        pipe.hget(keys.progress(shard), MARK)
    missing = {shard for shard, mark in zip(keys.SHARDS, pipe.execute(), strict=True) if mark != _WHOLE}
    if missing:
        _fill(store, missing)


def _fill(store: Store, shards: Collection[str]) -> None:
    posts: dict[str, list[str]] = {shard: [] for shard in shards}
    for name in store.redis.zrange(keys.POSTS, 0, -1):
        if (shard := keys.shard(post_id := name.decode())) in posts:
            posts[shard].append(post_id)
    for shard, names in posts.items():
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            store.transact(_filling(store, shard, some), *(keys.days(post_id) for post_id in some))
        store.redis.hset(keys.progress(shard), MARK, _WHOLE)


def _filling(store: Store, shard: str, post_ids: list[str]) -> Callable[[Any], None]:
    def change(pipe: Any) -> None:
        reading = store.redis.pipeline(transaction=False)
        for post_id in post_ids:
            reading.hgetall(keys.days(post_id))
        rows = reading.execute()
        pipe.multi()
        for post_id, row in zip(post_ids, rows, strict=True):
            hits, human = tally.by_link(post_id, {name.decode(): int(number) for name, number in row.items()})
            if hits:
                pipe.hset(keys.link_hits(shard), mapping=hits)
                # None by people is written, too: a re-count may have taken away what was not there yet.
                pipe.hset(keys.link_human(shard), mapping={name: human[name] for name in hits})

    return change
