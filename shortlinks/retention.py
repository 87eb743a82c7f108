"""Forgetting in time: single clicks after the retention time, and old salts and erased posts from the server's disk."""

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
        lines = [line.decode() for line in store.redis.lrange(keys.tail(post_id), 0, -1)]
        old = 0
        while old < len(lines) and clicks.parse_kept(post_id, lines[old]).at < before:
            old += 1
        if old:
            # The roll-up only appends on the right, so the first `old` lines are still these.
            store.redis.ltrim(keys.tail(post_id), old, -1)
    return len(posts)


def rewrite_log(store: Store) -> bool:
    """Start a rewrite of the append-only file: a salt that expired is still spelled out in it until then.

    Returns False where the server keeps no such file, does not allow it, or is at it already.
    """
    try:
        store.redis.bgrewriteaof()
    except redis.ResponseError:
        return False
    return True
