"""What a platform says of a profile over spans of days, and what of it belongs to a week. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from shortlinks import weeks

Number = Literal["views", "profile_visits", "link_taps"]
NUMBERS: tuple[Number, ...] = get_args(Number)


@dataclass(frozen=True, slots=True)
class Span:
    """What the platform says of a profile from `first` to `last` (days, both included); None where it says nothing.

    Each number is off by `rounding` at most.
    """

    first: int
    last: int
    views: int | None = None
    profile_visits: int | None = None
    link_taps: int | None = None
    rounding: int = 0

    @property
    def days(self) -> int:
        """How many days it is long."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Measured:
    """A number of a week, off by `rounding` at most.

    `spread`: it comes from longer spans, shared out evenly over their days, so it is about right.
    """

    count: int
    spread: bool
    rounding: int = 0


def measured(spans: Sequence[Span], monday: int, number: Number) -> Measured | None:
    """What `number` was in a week, None where its days are not all known.

    A day's own number goes before that of a longer span. A span of seven days that ends within a day of the week's end is
    the week's: people look on Sunday evening or on Monday. Otherwise spans are shared out evenly over their days.
    """
    best = [span for span in _best(spans, monday, number) if span is not None]
    whole = len(best) == weeks.DAYS
    if whole and all(_inside(span, best, monday) for span in best):
        own = set(best)
        total = sum(getattr(span, number) for span in own)
        return Measured(total, spread=False, rounding=sum(span.rounding for span in own))
    if near := _near(spans, monday, number):
        return Measured(getattr(near, number), spread=False, rounding=near.rounding)
    return Measured(round(sum(getattr(span, number) / span.days for span in best)), spread=True) if whole else None


def _best(spans: Iterable[Span], monday: int, number: Number) -> list[Span | None]:
    """For each day of the week the shortest span that says something of it, of equal ones the last."""
    best: list[Span | None] = [None] * weeks.DAYS
    for span in spans:
        if getattr(span, number) is None:
            continue
        for index in range(max(0, span.first - monday), min(weeks.DAYS, span.last - monday + 1)):
            before = best[index]
            if before is None or span.days <= before.days:
                best[index] = span
    return best


def _inside(span: Span, best: Sequence[Span | None], monday: int) -> bool:
    """Whether all days of a span are in the week and none of them was taken by another one."""
    return (
        monday <= span.first
        and span.last < monday + weeks.DAYS
        and all(best[day - monday] is span for day in range(span.first, span.last + 1))
    )


def _near(spans: Iterable[Span], monday: int, number: Number) -> Span | None:
    """The span of seven days that is nearest to the week, at most a day off; of equal ones the last."""
    near = [
        span
        for span in spans
        if getattr(span, number) is not None and span.days == weeks.DAYS and abs(span.first - monday) <= 1
    ]
    return min(reversed(near), key=lambda span: abs(span.first - monday), default=None)
