"""Misses: requests for slugs that do not exist. Counted per day and capped; a miss is never a click."""

from collections import Counter

from shortlinks import keys, times
from shortlinks.store import Store

MOST_SLUGS = 1_000
OTHER = "(other)"
KEPT_SECONDS = 30 * times.DAY // times.SECOND
_LONGEST = 64


def record(store: Store, slug: str, *, now: int) -> None:
    """Count one request for a slug that does not exist. Past MOST_SLUGS slugs a day, new ones count as OTHER.

    Processes that count at the same moment may pass that limit by a few.
    """
    key = keys.misses(times.day_of(now))
    name = slug[:_LONGEST].encode("utf-8", "replace")
    with store.redis.pipeline(transaction=False) as pipe:
        pipe.hexists(key, name)
        pipe.hlen(key)
        known, slugs = pipe.execute()
    with store.redis.pipeline(transaction=True) as pipe:
        pipe.hincrby(key, name if known or slugs < MOST_SLUGS else OTHER, 1)
        pipe.expire(key, KEPT_SECONDS)
        pipe.execute()


def of_day(store: Store, day: int) -> dict[str, int]:
    """Slug -> requests of a UTC day, the most frequent first; OTHER for those past the limit."""
    counts = {name.decode(): int(count) for name, count in store.redis.hgetall(keys.misses(day)).items()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def latest(store: Store, *, days: int, now: int) -> list[tuple[str, int]]:
    """(slug, requests) of the last `days` UTC days together, today included, the most frequent first."""
    today = times.day_of(now)
    counts: Counter[str] = Counter()
    for day in range(today - days + 1, today + 1):
        counts.update(of_day(store, day))
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
