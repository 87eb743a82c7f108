"""Counting kept clicks again, by today's rules: one post, a visitor's day, or everything; see `draft` for how."""

import logging
from collections import Counter
from collections.abc import Collection, Iterator

import redis

from shortlinks import keys, times
from shortlinks.clicks import neighbours, own_taps
from shortlinks.clicks.neighbours import Limits
from shortlinks.errors import Unavailable
from shortlinks.rollups import counted, kept_clicks
from shortlinks.rollups.draft import Changed, Draft
from shortlinks.rollups.swapping import Outcome
from shortlinks.store import Store
from shortlinks.words.language import _

_ATTEMPTS = 20
_ROWS = 500

log = logging.getLogger(__name__)


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
    for _attempt in range(_ATTEMPTS):
        attempt = Draft(store, post_id, limits, now=now, only=days, of=of)
        try:
            return attempt.put_in_place()
        except Changed:
            continue
        finally:
            attempt.discard()
    raise Unavailable(
        _("Post {post} kept changing while it was counted again. It is as it was; try again later.", post=post_id)
    )


def of_all_asked(store: Store, limits: Limits = neighbours.LIMITS, *, now: int) -> int:
    """Count again for every visitor that was said to be the creator, or not to be. Returns how many there were.

    May be killed: whoever had no turn has it the next time.
    """
    asked = own_taps.asked(store)
    for day, visitor, number in asked:
        of_visitor(store, day, visitor, limits, now=now)
        own_taps.answered(store, day, visitor, number)
    return len(asked)


def of_visitor(store: Store, day: int, visitor: str, limits: Limits = neighbours.LIMITS, *, now: int) -> Outcome:
    """Count a UTC day again on every post that a visitor (a hash) left a kept click on that day.

    A post that cannot be counted again is logged, and keeps no other from its turn.
    """
    recounted, left, moved = 0, 0, Counter[tuple[str, str]]()
    start = day * times.DAY
    for post_id in _hit_on(store, day):
        try:
            kept = kept_clicks.stream(store, post_id, start=start, end=start + times.DAY)
            if not any(click.visitor == visitor for click in kept):
                continue
            found = recount(store, post_id, limits, now=now, days={day})
        except (redis.ConnectionError, redis.TimeoutError, redis.OutOfMemoryError):
            raise
        except Exception as error:
            log.error("a post could not be counted again", extra={"post": post_id, "error": repr(error)})
            continue
        recounted, left = recounted + found.clicks, left + found.left
        moved += found.moved
    return Outcome(recounted, left, moved)


def _hit_on(store: Store, day: int) -> Iterator[str]:
    """The posts that were hit on a UTC day, as far as their counts can be read."""
    names = counted.ids(store)
    for start in range(0, len(names), _ROWS):
        some = names[start : start + _ROWS]
        pipe = store.redis.pipeline(transaction=False)
        for post_id in some:
            pipe.hkeys(keys.days(post_id))
        for post_id, fields in zip(some, pipe.execute(raise_on_error=False), strict=True):
            if isinstance(fields, list) and any(name.startswith(b"%d|" % day) for name in fields):
                yield post_id
