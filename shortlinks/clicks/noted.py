"""The creator's own taps, and what else came while they were testing, as they came: the newest of an hour.

The roll-up notes them beside counting them (see `tally`), so that whoever taps a link can look at once what became of it.
"""

from shortlinks import keys
from shortlinks.clicks import clicks
from shortlinks.clicks.clicks import Kept
from shortlinks.store import Store


def newest(store: Store, limit: int) -> list[Kept]:
    """At most `limit` of them, the newest first, with the reasons they had when they came. Their posts may be gone."""
    pipe = store.redis.pipeline(transaction=False)
    for shard in keys.SHARDS:
        pipe.lrange(keys.tests(shard), -limit, -1)
    notes = [note.decode().split("\t", 1) for notes in pipe.execute() for note in reversed(notes)]
    found = [clicks.parse_kept(post_id, line) for post_id, line in notes]
    return sorted(found, key=lambda kept: kept.at, reverse=True)[:limit]


def erase(store: Store, post_id: str) -> None:
    """Forget those of a post that is erased."""
    key = keys.tests(keys.shard(post_id))
    for note in store.redis.lrange(key, 0, -1):
        if note.startswith(f"{post_id}\t".encode()):
            store.redis.lrem(key, 0, note)
