"""Clicks between one reading of a post's numbers and the next, against the views that were new then. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shortlinks import times
from shortlinks.funnels import decay, outcomes
from shortlinks.funnels.outcomes import Outcome, Reading
from shortlinks.statistics import stats
from shortlinks.words import wording
from shortlinks.words.language import _


@dataclass(frozen=True, slots=True)
class Window:
    """What came from `start` to `end`: clicks by those who can have viewed the post, and new views.

    `per_1000` is clicks per 1,000 new views; None where the views did not grow for certain.
    """

    start: int
    end: int
    new_views: int
    new_views_off: int
    clicks: int
    per_1000: stats.Estimate | None

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API."""
        found = self.per_1000
        return {
            "from": times.rfc3339(self.start),
            "to": times.rfc3339(self.end),
            "new_views": self.new_views,
            "clicks": self.clicks,
            "per_1000": found and {"rate": found.rate, "low": found.low, "high": found.high, "level": found.level},
            "sentence": self.sentence,
        }

    @property
    def sentence(self) -> str:
        """`2 clicks on 900 new views: between 0.6 and 8.1 per 1,000.`"""
        clicks = wording.plural(self.clicks, "click")
        if self.per_1000 is None:
            return _("{clicks}, and no new views for certain.", clicks=clicks)
        views = wording.plural(self.new_views, "new view")
        low, high = wording.decimal(self.per_1000.low), wording.decimal(self.per_1000.high)
        if self.clicks == 0:
            return _(
                "{clicks} on {views}: very likely under {high} per {base}.",
                clicks=clicks,
                views=views,
                high=high,
                base=1_000,
            )
        return _(
            "{clicks} on {views}: between {low} and {high} per {base}.",
            clicks=clicks,
            views=views,
            low=low,
            high=high,
            base=1_000,
        )

    def title(self, published_at: int) -> str:
        """How old the post was in this time: `The first 24 hours`, `24 hours to 7 days`."""
        if self.start < self.end <= published_at:
            start, end = (_duration(published_at - at) for at in (self.start, self.end))
            return _("{start} to {end} before it was out", start=start, end=end)
        if self.end <= published_at:
            return _("Before it was out")
        end = _duration(self.end - published_at)
        if self.start > published_at:
            return _("{start} to {end}", start=_duration(self.start - published_at), end=end)
        if end == wording.plural(1, "minute"):
            return _("The first minute")
        return _("The first {duration}", duration=end)


def of(outcome: Outcome) -> list[Window]:
    """From publication to the first reading, and on to each next one. Together they have the views of the last reading.

    There are none for a post whose viewers cannot come to its links (outcomes.clickable).
    """
    found = []
    start, before, off, clicks = outcome.published_at, 0, 0, 0
    readings = outcome.readings if outcomes.clickable(outcome) else ()
    for reading, (views, own_off) in zip(readings, _never_falling(readings), strict=True):
        came = max(0, reading.sample.count - clicks)
        new, new_off = max(0, views - before), own_off + off
        rate = decay.per_1000(came, new, new_off)
        found.append(Window(start, max(start, reading.at), new, new_off, came, rate))
        start, before, off, clicks = reading.at, views, own_off, reading.sample.count
    return found


def _never_falling(readings: Sequence[Reading]) -> list[tuple[int, int]]:
    """The views at each reading, and by how much they may be off.

    Where a later reading says less, the earlier one was wrong, or the platform took views back: the later one stands.
    """
    found: list[tuple[int, int]] = []
    for own in (reading.sample for reading in reversed(readings)):
        least, off = found[-1] if found else (own.base, own.base_off)
        found.append((own.base, own.base_off) if own.base <= least else (least, max(own.base_off, off)))
    return found[::-1]


def _duration(milliseconds: int) -> str:
    """A time span of at least a minute."""
    return wording.rounded(max(milliseconds, times.MINUTE))
