"""Forgetting in time: single clicks after the retention time, marks of journals long gone, and old salts on disk."""

from typing import Any

import redis

from shortlinks import clicks, journal, keys, times
from shortlinks.store import Store

MARKS_KEPT = 3 * times.DAY
_AT_ONCE = 500


def trim(store: Store, *, before: int) -> int:
    """Drop kept clicks older than `before` (milliseconds) of every post, and return how many posts there are.

    A chunk goes when its newest click is due, by whose time it is named; its oldest is then at most a day beyond that (see
    `tally.chunks`). Counts stay as they are.
    """
    posts = [name.decode() for name in store.redis.zrange(keys.POSTS, 0, -1)]
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


def rewrite_log(store: Store) -> bool:
    """Start a rewrite of the append-only file: a salt that expired is still spelled out in it until then.

    Returns False where the server keeps no such file, does not allow it, or is at it already.
    """
    try:
        store.redis.bgrewriteaof()
    except redis.ResponseError:
        return False
    return True
