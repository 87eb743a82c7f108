"""Whose click a click on a shared bio link was: when posts gain views, and when two do so at once. Pure.

A bio link promotes one post at a time, but a viewer may come from an older post that is still gaining views. Times are
milliseconds UTC; an interval `(a, b)` of time holds `a` and not `b`.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from shortlinks import times

if TYPE_CHECKING:
    from shortlinks.snapshots.snapshots import Snapshot

Interval = tuple[int, int]

STILL = times.DAY
"""How long views must stay the same for a post to have stopped: views come in daily waves, and a night proves nothing."""

HIDDEN = 0.01
"""The growth, as a share of the views, that a rounded number may hide and still be called the same: "12.4K" hides 100."""


def gaining(published_at: int, snapshots: Sequence["Snapshot"]) -> tuple[int, int | None]:
    """From when to when a post gains views, told from its snapshots with views (oldest first, one a minute).

    It begins when it is published, and ends with the first of the last snapshots that all say the same views, where they
    prove it: they span STILL, and what the rounding of each leaves open is at most HIDDEN of the views ("1.2M", twice,
    may hide 100,000 more). None as the end: it is still gaining, for all we know.
    """
    still = list(takewhile(lambda snapshot: snapshot.views == snapshots[-1].views, reversed(snapshots)))
    if not still or still[0].taken_at - still[-1].taken_at < STILL or any(map(_hides_growth, still)):
        return published_at, None
    return published_at, max(published_at, still[-1].taken_at)


def _hides_growth(snapshot: "Snapshot") -> bool:
    return 2 * snapshot.precision.get("views", 0) > HIDDEN * (snapshot.views or 0)


def contested(cut: int, others: Iterable[tuple[int, int | None]]) -> list[Interval]:
    """The times up to `cut` at which any of the other posts was gaining views: their bio clicks may be those posts'."""
    return union(clip(((start, cut if end is None else end) for start, end in others), 0, cut))


def elsewhere(own: tuple[int, int | None], cut: int) -> Interval:
    """The time up to `cut` at which this post was gaining views, when bio clicks of other posts may be its own.

    Empty (both ends equal) when it only began later.
    """
    start, end = own
    return start, max(start, cut if end is None else min(end, cut))


def by_day(
    clicks: Mapping[int, Mapping[str, int]], spans: Mapping[str, tuple[int, int | None]], cuts: Mapping[str, int]
) -> dict[str, tuple[int, int]]:
    """For each post how many of its clicks on one shared link may be another post's, and how many of others' its own.

    `clicks` are those by UTC day and post, `spans` when each post gains views, `cuts` up to when each is asked for. A day
    counts as a whole, so neither number is below what `contested` and `elsewhere` let count minute by minute.
    """
    found: dict[str, list[int]] = {name: [0, 0] for name in cuts}
    for day, of_post in clicks.items():
        gaining = {name for name, span in spans.items() if _touches(day, *span)}
        whole = sum(of_post.values())
        for name, cut in cuts.items():
            if day * times.DAY < cut:
                own = of_post.get(name, 0)
                found[name][0] += own if len(gaining) > (name in gaining) else 0
                found[name][1] += whole - own if name in gaining else 0
    return {name: (contested, elsewhere) for name, (contested, elsewhere) in found.items()}


def _touches(day: int, start: int, end: int | None) -> bool:
    return start < (day + 1) * times.DAY and (end is None or day * times.DAY < end)


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same times as `intervals` together, in order, without overlaps, gaps of nothing or empty ones."""
    joined: list[Interval] = []
    for start, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def clip(intervals: Iterable[Interval], start: int, end: int) -> list[Interval]:
    """What of each interval lies within `(start, end)`."""
    within = ((max(first, start), min(last, end)) for first, last in intervals)
    return [(first, last) for first, last in within if first < last]
