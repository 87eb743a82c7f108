"""Counting arrivals, a post's UTC day at a time, and all of it anew: from the ids that were told and the clicks that are kept.

So a click that changes its reason moves its arrival with it: whoever counts clicks again asks for their day in the same step.
Days of which clicks were forgotten stay as they were counted. To count a day all its clicks are read, and ids come from the open
web: where they were of no kept click, the day is left alone for longer each time, up to PATIENCE.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from shortlinks import keys, times
from shortlinks.arrivals import beacon, spans
from shortlinks.clicks.clicks import Kept
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.records.outcomes import Owed
from shortlinks.rollups import kept_clicks, rollups, tally
from shortlinks.store import Store

PATIENCE = times.HOUR
"""How long a told id waits for its click to be rolled up."""

FIRST_REST = times.MINUTE
_READ_SECONDS = 2 * PATIENCE // times.SECOND

APP, OF = "app:", "of:"


class _Read(NamedTuple):
    """When a day was read last, of which epoch, and for how long it is left alone then."""

    epoch: int = -1
    at: int = 0
    rest: int = 0


@dataclass(slots=True)
class _Day:
    """What was read of one post's day: ids that have `arrived`, by the reason of their clicks, and people's clicks."""

    hits: int = 0
    found: set[str] = field(default_factory=set)
    minutes: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    people: list[tuple[str, int, int, str, bool]] = field(default_factory=list)


def count(store: Store, *, now: int) -> int:
    """Count the arrivals of all days that wait for it, and return of how many. Harmless when run twice or side by side."""
    due = list(_due(store))
    done = sum(_count(store, post_id, day, asked, now=now) for post_id, day, asked in due)
    if done:
        store.redis.incr(keys.REVISION)
    if beacon.token(store) is not None:
        spans.counted_until(store, now)
    return done


def waiting(store: Store) -> int:
    """How many days of posts wait for their arrivals to be counted, or for the clicks that arrivals name."""
    pipe = store.redis.pipeline(transaction=False)
    for shard in keys.SHARDS:
        pipe.hlen(keys.arriving(shard))
    return sum(pipe.execute())


def _due(store: Store) -> Iterator[tuple[str, int, int]]:
    """The post, the day, and how often it was asked for."""
    for shard in keys.SHARDS:
        for name, asked in store.redis.hgetall(keys.arriving(shard)).items():
            post_id, _bar, day = name.decode().rpartition("|")
            yield post_id, int(day), int(asked)


def _count(store: Store, post_id: str, day: int, asked: int, *, now: int) -> bool:
    """Count one day. Returns whether its sums were written."""
    epoch = _epoch(store.redis, post_id)
    told = {name.decode() for name in store.redis.smembers(keys.arrived(post_id, day))}
    if not told or not store.redis.exists(keys.post(post_id)):
        _done(store, post_id, day, asked)
        return False
    last = _last(store, post_id, day)
    if last.epoch == epoch and 0 <= now - last.at < last.rest:
        return False
    hung = {link.slug: link for link in links.ever_of_post(store, post_id)}
    hits = sum(
        number
        for (of_day, _slug, reason), number in rollups.days(store, post_id).items()
        if of_day == day and reason != rollups.VISITORS
    )
    read = _read(store, post_id, day, told)
    known = sum(map(int, store.redis.hvals(keys.arrivals(post_id, day))))
    fruitless = last.epoch == epoch and read.minutes.total() == known
    _note(store, post_id, day, _Read(epoch, now, min(2 * last.rest or FIRST_REST, PATIENCE) if fruitless else 0))
    if read.hits < hits:  # some are forgotten
        _done(store, post_id, day, asked)
        return False
    _begin(store, read, hung)
    _by_app(read, hung, spans.read(store), day)
    missing = told - read.found
    gone = [name for name in missing if int(name.partition(".")[2][:11], 16) < now - PATIENCE]
    if not _put(store, post_id, day, read, epoch=epoch, asked=asked, gone=gone, waiting=len(missing) > len(gone)):
        return False
    owed = Owed()
    for _each in gone:
        beacon.count(store, "click", owed, now=now)
    return True


def _read(store: Store, post_id: str, day: int, told: set[str]) -> _Day:
    read = _Day()
    for kept in kept_clicks.since(store, post_id, day * times.DAY):
        if times.day_of(kept.at) != day:
            continue
        read.hits += 1
        arrived = kept.id in told
        if arrived:
            read.found.add(kept.id)
            read.minutes[f"{kept.at % times.DAY // times.MINUTE}|{kept.slug}|{kept.reason}"] += 1
            read.days[f"{day}|{kept.slug}|{kept.reason}"] += 1
        if kept.reason == "human":
            read.people.append(_person(kept, arrived))
    return read


def _person(kept: Kept, arrived: bool) -> tuple[str, int, int, str, bool]:
    return kept.slug, kept.rev, kept.at, kept.app or tally.UNKNOWN, arrived


def _begin(store: Store, read: _Day, hung: Mapping[str, Link]) -> None:
    """Note the first arrivals of people where none was told before. What is told while the beacon is off begins nothing."""
    if beacon.token(store) is None:
        return
    known = spans.read(store).of
    first: dict[str, int] = {}
    for slug, rev, at, _app, arrived in read.people:
        link = hung.get(slug)
        if not arrived or link is None or not link.click_id_param:
            continue
        where = spans.place(link, link.history[rev])
        if where and spans.begins(known.get(where, []), at):
            first[where] = min(at, first.get(where, at))
    spans.open_(store, first)


def _by_app(read: _Day, hung: Mapping[str, Link], known: spans.Known, day: int) -> None:
    for slug, rev, at, app, arrived in read.people:
        link = hung.get(slug)
        if link is None or at < (link.ids_since or 0):
            continue
        if any(start <= at and (end is None or at < end) for start, end in known.at(link, link.history[rev])):
            read.days[f"{day}||{OF}{app}"] += 1
            read.days[f"{day}||{APP}{app}"] += arrived


def _put(
    store: Store, post_id: str, day: int, read: _Day, *, epoch: int, asked: int, gone: list[str], waiting: bool
) -> bool:
    """Put the day's sums in the place of what is there, unless clicks were re-counted or erased meanwhile."""
    due, sums = keys.arriving(keys.shard(post_id)), keys.arrivals(post_id)

    def change(pipe: Any) -> bool:
        same = _epoch(pipe, post_id) == epoch
        last = int(pipe.hget(due, f"{post_id}|{day}") or 0) == asked
        old = [name for name in pipe.hkeys(sums) if name.startswith(b"%d|" % day)]
        pipe.multi()
        if not same:
            return False
        if old:
            pipe.hdel(sums, *old)
        pipe.delete(keys.arrivals(post_id, day))
        if read.days:
            pipe.hset(sums, mapping=dict(read.days))
        if read.minutes:
            pipe.hset(keys.arrivals(post_id, day), mapping=dict(read.minutes))
        if gone:
            pipe.srem(keys.arrived(post_id, day), *gone)
        if last and not waiting:
            pipe.hdel(due, f"{post_id}|{day}")
        return True

    return bool(store.transact(change, due, sums, keys.progress(keys.shard(post_id))))


def _done(store: Store, post_id: str, day: int, asked: int) -> None:
    """The day need not be looked at again, unless it was asked for since."""
    due = keys.arriving(keys.shard(post_id))

    def change(pipe: Any) -> None:
        last = int(pipe.hget(due, f"{post_id}|{day}") or 0) == asked
        pipe.multi()
        if last:
            pipe.hdel(due, f"{post_id}|{day}")

    store.transact(change, due)


def _last(store: Store, post_id: str, day: int) -> _Read:
    raw = store.redis.get(keys.arrivals_read(post_id, day))
    return _Read() if raw is None else _Read(*map(int, raw.split()))


def _note(store: Store, post_id: str, day: int, read: _Read) -> None:
    said = f"{read.epoch} {read.at} {read.rest}"
    store.redis.set(keys.arrivals_read(post_id, day), said, ex=_READ_SECONDS)


def _epoch(redis: Any, post_id: str) -> int:
    return int(redis.hget(keys.progress(keys.shard(post_id)), "epoch") or 0)
