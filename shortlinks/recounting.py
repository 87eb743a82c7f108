"""Counting kept clicks again, by today's rules: one post, a visitor's day, or everything; see `draft` for how."""

from collections import Counter
from collections.abc import Collection, Iterator

from shortlinks import clicks, keys, moment, neighbours
from shortlinks.draft import Changed, Draft
from shortlinks.errors import Unavailable
from shortlinks.neighbours import Limits
from shortlinks.store import Store
from shortlinks.swapping import Outcome

_ATTEMPTS = 20
_ROWS = 500


def recount(
    store: Store,
    post_id: str,
    limits: Limits = neighbours.LIMITS,
    *,
    now: int,
    days: Collection[int] | None = None,
    of: str = "",
) -> Outcome:
    """Count the kept clicks of a post again: of all days that are kept whole, or of those among `days` (UTC days).

    `of` is the re-count of everything that this is a part of; what came of it is then noted in the same step. May be killed
    at any point, and run twice or side by side. Raises Unavailable when others keep changing the post.
    """
    for _ in range(_ATTEMPTS):
        attempt = Draft(store, post_id, limits, now=now, only=days, of=of)
        try:
            return attempt.put_in_place()
        except Changed:
            continue
        finally:
            attempt.discard()
    raise Unavailable(f"Post {post_id} kept changing while it was counted again. It is as it was; try again later.")


def of_visitor(store: Store, day: int, visitor: str, limits: Limits = neighbours.LIMITS, *, now: int) -> Outcome:
    """Count a UTC day again on every post that a visitor (a hash) left a kept click on that day."""
    recounted, moved = 0, Counter[tuple[str, str]]()
    mark = f"\t{visitor}\t"
    for post_id in _hit_on(store, day):
        if any(mark in line for line in _lines(store, post_id)):
            found = recount(store, post_id, limits, now=now, days={day})
            recounted += found.clicks
            moved += found.moved
    return Outcome(recounted, 0, moved)


def _hit_on(store: Store, day: int) -> Iterator[str]:
    """The posts that were hit on a UTC day."""
    names = [name.decode() for name in store.redis.zrange(keys.POSTS, 0, -1)]
    for start in range(0, len(names), _ROWS):
        some = names[start : start + _ROWS]
        pipe = store.redis.pipeline(transaction=False)
        for post_id in some:
            pipe.hkeys(keys.days(post_id))
        for post_id, fields in zip(some, pipe.execute(), strict=True):
            if any(name.startswith(b"%d|" % day) for name in fields):
                yield post_id


def _lines(store: Store, post_id: str) -> Iterator[str]:
    for _, chunk in moment.chunks(store, post_id):
        yield from clicks.unpack(chunk)
    yield from (line.decode() for line in store.redis.lrange(keys.tail(post_id), 0, -1))
