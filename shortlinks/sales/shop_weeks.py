"""A shop's weeks: all its visits and orders, beside the clicks by people on the links that led to it, whoever's they were."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shortlinks.links import links
from shortlinks.profiles import profile_weeks, profile_words
from shortlinks.rollups import tap_counts
from shortlinks.sales import shops
from shortlinks.sales.shops import ShopTotals
from shortlinks.store import Store


@dataclass(frozen=True, slots=True)
class ShopWeek:
    """`link_clicks` led to the shop in that week; `other_way` is what its visits have beyond them, None without visits."""

    totals: ShopTotals
    link_clicks: int
    other_way: int | None
    sentence: str


def of_totals(store: Store, rows: Sequence[ShopTotals], tz: ZoneInfo) -> list[ShopWeek]:
    """Each of these totals with the clicks of its week, by the calendar in `tz`."""
    hung = links.all_(store) if rows else []
    calendar = [profile_weeks.calendar_of(row.week, tz) for row in rows]
    spans = [
        (index, span)
        for index, (row, week) in enumerate(zip(rows, calendar, strict=True))
        for link in hung
        for span in _to_shop(link, week, row.shop)
    ]
    clicks = [0] * len(rows)
    for (index, _), number in zip(spans, tap_counts.human(store, [span for _, span in spans]), strict=True):
        clicks[index] += number
    return [_week(row, number) for row, number in zip(rows, clicks, strict=True)]


def _to_shop(link: links.Link, week: profile_weeks.Calendar, shop: str) -> Iterator[tap_counts.Span]:
    return tap_counts.spans(link, week.start, week.end, lambda turn: shops.leads_there(turn.target, shop))


def _week(row: ShopTotals, clicks: int) -> ShopWeek:
    other_way = None if row.visits is None else max(0, row.visits - clicks)
    sentence = profile_words.shop(row.visits, row.orders, clicks, exact="visits" not in row.precision)
    return ShopWeek(row, clicks, other_way, sentence)
