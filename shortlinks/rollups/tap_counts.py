"""Clicks by people on many links in many spans of time, read at once: as many round trips for 500 posts as for one.

A span names the link and the post that it promoted then, so only the day sums that can hold something are asked for.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from shortlinks import keys, times
from shortlinks.funnels import bio_range
from shortlinks.links.links import Link, Turn
from shortlinks.rollups import rollups
from shortlinks.store import Store

LATE = 10 * times.MINUTE
"""How far around a turn to another post clicks of either are looked for: processes remember links, and clocks differ."""


class Span(NamedTuple):
    """The clicks of the link `slug` that were counted for a post, from `start` on and before `end` (milliseconds).

    Both are cut to whole minutes.
    """

    post_id: str
    slug: str
    start: int
    end: int


def spans(link: Link, start: int, end: int, keep: Callable[[Turn], bool] = lambda _: True) -> Iterator[Span]:
    """When, between two instants, a link promoted which post: of those of its turns that `keep` says."""
    found: defaultdict[str, list[bio_range.Interval]] = defaultdict(list)
    before: Turn | None = None
    for turn, following in zip(link.history, (*link.history[1:], None), strict=True):
        # Each post's own counts say which clicks around a turn were its own. Of the same post, only the time tells.
        first = turn.from_ - LATE if before is None or before.post_id != turn.post_id else turn.from_
        last = end if following is None else following.from_ + (LATE if following.post_id != turn.post_id else 0)
        before = turn
        if keep(turn):
            found[turn.post_id] += bio_range.clip([(first, last)], start, end)
    for post_id, intervals in found.items():
        yield from (Span(post_id, link.slug, *interval) for interval in bio_range.union(intervals))


def human(store: Store, wanted: Sequence[Span]) -> list[int]:
    """The clicks by people in each of these spans."""
    fields: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for span in wanted:
        for day in _days(span):
            fields[span.post_id][_field(day, span.slug)] = 0
    pipe = store.redis.pipeline(transaction=False)
    for post_id, row in fields.items():
        pipe.hmget(keys.days(post_id), list(row))
    for row, counts in zip(fields.values(), pipe.execute(), strict=True):
        row.update((name, int(count or 0)) for name, count in zip(list(row), counts, strict=True))
    by_minute = _minutes(
        store,
        {
            (span.post_id, day)
            for span in wanted
            for day in _days(span)
            if not _whole(span, day) and fields[span.post_id][_field(day, span.slug)]
        },
    )
    return [
        sum(
            fields[span.post_id][_field(day, span.slug)]
            if _whole(span, day)
            else _part(span, by_minute.get((span.post_id, day), {}))
            for day in _days(span)
        )
        for span in wanted
    ]


def _minutes(store: Store, days: set[tuple[str, int]]) -> dict[tuple[str, int], dict[tuple[int, str, str], int]]:
    """The counts by (minute since 1970, slug, reason) of these days of posts."""
    ordered = sorted(days)
    found = {}
    for (post_id, day), row in zip(ordered, store.hashes(keys.minutes(*each) for each in ordered), strict=True):
        first = day * times.MINUTES_PER_DAY
        found[post_id, day] = {
            (first + minute, slug, reason): number for (minute, slug, reason), number in rollups.rows(row).items()
        }
    return found


def _part(span: Span, counts: dict[tuple[int, str, str], int]) -> int:
    first, last = times.minute_of(span.start), times.minute_of(span.end)
    return sum(
        number
        for (minute, slug, reason), number in counts.items()
        if reason == "human" and slug == span.slug and first <= minute < last
    )


def _days(span: Span) -> range:
    """The UTC days that a span touches."""
    return range(times.day_of(span.start), times.day_of(span.end - 1) + 1)


def _whole(span: Span, day: int) -> bool:
    return span.start <= day * times.DAY and (day + 1) * times.DAY <= span.end


def _field(day: int, slug: str) -> str:
    return f"{day}|{slug}|human"
