"""Forgetting in time: single clicks after the retention time, marks of journals long gone, and old salts on disk."""

from contextlib import suppress
from typing import Any

import redis

from shortlinks import keys, times
from shortlinks.clicks import clicks, journal
from shortlinks.rollups import counted
from shortlinks.store import Store

MARKS_KEPT = 3 * times.DAY
LONGER = 2 * times.DAY
"""How much longer than it should a click may be kept, because its chunk goes as a whole."""
_AT_ONCE = 500
# For how long a machine may have been off when its first rewrite comes.
_DAYS_OFF = 3_650
_SALT_MADE = b"SET " + keys.salt(0).removesuffix("0").encode()
_SLOWEST = 10_000


def trim(store: Store, *, before: int) -> int:
    """Drop kept clicks older than `before` (milliseconds) of every post and bio page, and return how many there are.

    A chunk goes when its newest click is due, by whose time it is named; its oldest is then at most a day beyond that (see
    `tally.chunks`). Counts stay as they are.
    """
    posts = counted.ids(store)
    for start in range(0, len(posts), _AT_ONCE):
        some = posts[start : start + _AT_ONCE]
        pipe = store.redis.pipeline(transaction=False)
        for post_id in some:
            pipe.xtrim(keys.kept(post_id), minid=max(0, before), approximate=False)
            pipe.lindex(keys.tail(post_id), 0)
        for post_id, oldest in zip(some, pipe.execute()[1::2], strict=True):
            if oldest is not None and clicks.parse_kept(post_id, oldest.decode()).at < before:
                _trim_tail(store, post_id, before)
    return len(posts)


def _trim_tail(store: Store, post_id: str, before: int) -> None:
    key = keys.tail(post_id)

    def change(pipe: Any) -> None:
        lines = [line.decode() for line in pipe.lrange(key, 0, -1)]
        old = 0
        while old < len(lines) and clicks.parse_kept(post_id, lines[old]).at < before:
            old += 1
        pipe.multi()
        if old:
            pipe.ltrim(key, old, -1)
            # A roll-up that has read these lines reads again, or it would keep them once more.
            pipe.hincrby(keys.progress(keys.shard(post_id)), "epoch", 1)

    # Watched, because a roll-up may seal these lines meanwhile and leave younger ones in their place.
    store.transact(change, key)


def sweep_marks(store: Store, *, now: int) -> int:
    """Drop the marks of journals deleted days ago, and return of how many. Kept so long in case a file comes back."""
    swept = 0
    for shard in keys.SHARDS:
        marks = {field.decode(): int(mark) for field, mark in store.redis.hgetall(keys.marks(shard)).items()}
        old = {
            field.removeprefix(journal.GONE)
            for field, at in marks.items()
            if field.startswith(journal.GONE) and at * times.SECOND < now - MARKS_KEPT
        }
        names = [name for name in marks if name.removeprefix(journal.GONE).partition("/")[0] in old]
        if names:
            store.redis.hdel(keys.marks(shard), *names)
        swept = max(swept, len(old))
    return swept


def rewrite_log(store: Store, *, now: int) -> bool:
    """Forget the salts of days that are over, and start a rewrite of the append-only file, which spells them out until then.

    Returns False where the server keeps no such file, does not allow it, or is at it already. Whether it succeeds shows
    later, in `Store.warnings`.
    """
    _forget_salts(store, now=now)
    try:
        store.redis.bgrewriteaof()
    except redis.ResponseError:
        return False
    return True


def _forget_salts(store: Store, *, now: int) -> None:
    """Have the server delete every salt of a day that is over, if it has not done so yet.

    Expired keys are deleted in passing, when their turn comes; until then a rewrite of the append-only file spells them out
    again. Whatever is asked for is deleted first if it has expired, by the server's own clock.
    """
    today = times.day_of(now)
    store.redis.exists(*map(keys.salt, range(today - _DAYS_OFF, today)))
    with suppress(redis.ResponseError):  # hosted servers keep it to themselves
        # A command that took long is remembered with all that it wrote.
        if any(entry["command"].startswith(_SALT_MADE) for entry in store.redis.slowlog_get(_SLOWEST)):
            store.redis.slowlog_reset()
