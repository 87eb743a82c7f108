"""Forgetting in time: single clicks after the retention time, and old salts and erased posts from the server's disk."""

from typing import Any

import redis

from shortlinks import clicks, keys
from shortlinks.store import Store


def trim(store: Store, *, before: int) -> int:
    """Drop kept clicks older than `before` (milliseconds) of every post, and return how many posts there are.

    A chunk goes when it was sealed before then, so its youngest click is older. Counts stay as they are.
    """
    posts = [name.decode() for name in store.redis.zrange(keys.POSTS, 0, -1)]
    for post_id in posts:
        store.redis.xtrim(keys.kept(post_id), minid=max(0, before), approximate=False)
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

    # Watched, because a roll-up may seal these lines meanwhile and leave younger ones in their place.
    store.transact(change, key)


def rewrite_log(store: Store) -> bool:
    """Start a rewrite of the append-only file: a salt that expired is still spelled out in it until then.

    Returns False where the server keeps no such file, does not allow it, or is at it already.
    """
    try:
        store.redis.bgrewriteaof()
    except redis.ResponseError:
        return False
    return True
