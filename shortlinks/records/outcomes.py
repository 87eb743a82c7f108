"""How many of what pages and shops send was taken, and why the rest was refused: sums by UTC day, kept for 30 days."""

from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress

import redis

from shortlinks import times
from shortlinks.store import Store

TAKEN = "taken"
_KEPT_SECONDS = 30 * times.DAY // times.SECOND

Owed = deque[tuple[int, str]]
"""UTC day and outcome of what is not counted yet."""


def count(
    store: Store, key: Callable[[int], str], outcome: str, owed: Owed, *, now: int, sums: str | None = None
) -> None:
    """Count an outcome under the day's `key`, and in `sums` that are for good, and those of `owed` with it.

    While Redis is away they stay there.
    """
    owed.append((times.day_of(now), outcome))
    counts = Counter[tuple[int, str]]()
    with suppress(IndexError):  # another thread has taken the rest
        while owed:
            counts[owed.popleft()] += 1
    try:
        with store.redis.pipeline(transaction=True) as pipe:
            for (day, name), number in counts.items():
                pipe.hincrby(key(day), name, number)
                pipe.expire(key(day), _KEPT_SECONDS)
                if sums:
                    pipe.hincrby(sums, name, number)
            pipe.execute()
    except redis.RedisError:
        owed.extend(counts.elements())


def read(store: Store, key: Callable[[int], str], *, days: int, now: int) -> tuple[int, list[tuple[str, int]]]:
    """Of the last `days` UTC days, today included: how many were taken, and (why, how many) of those refused, most
    frequent first."""
    today = times.day_of(now)
    counts = Counter[str]()
    for day in range(today - days + 1, today + 1):
        counts.update({name.decode(): int(number) for name, number in store.redis.hgetall(key(day)).items()})
    taken = counts.pop(TAKEN, 0)
    return taken, sorted(counts.items(), key=lambda item: (-item[1], item[0]))
