"""Geometry of the charts: pure functions that turn numbers into what the templates draw. Lengths are percentages."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shortlinks.funnels.funnel import Funnel, Step
from shortlinks.rollups import swapping, tally
from shortlinks.web.admin import words
from shortlinks.words import wording
from shortlinks.words.language import _, ngettext

# Where each number stands on the path. Those that are missing are shown as a gap in their place.
_BY_VIEWERS = ("clicks_per_view", "clicks_per_reach", "clicks_per_like")
_ORDER = ("views", "reach", "likes", "profile_visits", "link_taps", "clicks", "visitors", "arrivals", "conversions")
_TYPED = ("views", "likes")
_NARROWEST = 0.8


@dataclass(frozen=True)
class Row:
    """One step of the path, or the gap where it would be (`count` None).

    The bar is `length` percent long. Where a count is only known from at least to at most, it ends at the least, and a
    paler piece of `extra` percent follows, up to the most; `width` and `more` are the same as texts.
    `says` are the rates that lead to this step, in words; `unseen` is how many clicks are in none of them.
    """

    name: str
    label: str
    role: str
    count: int | None
    length: float = 0.0
    extra: float = 0.0
    bounds: tuple[int, int] | None = None
    unseen: int = 0
    precision: int = 0
    says: tuple[str, ...] = ()
    where: str = ""

    @property
    def width(self) -> str:
        return _percent(self.length)

    @property
    def more(self) -> str:
        return _percent(self.extra)

    @property
    def bounded(self) -> str:
        """From where to where the count may be, and why; "" where it is certain."""
        if self.bounds is None:
            return ""
        low, high = self.bounds
        return _(
            "At least {low}, at most {high}: the bio link is shared by posts, and its visitors may have come from another one.",
            low=low,
            high=high,
        )

    @property
    def in_no_rate(self) -> str:
        """What is said of the `unseen` ones; "" where there are none."""
        if not self.unseen:
            return ""
        if self.name == "arrivals":
            return ngettext(
                "Of {count} more click nobody knows: it came before the first arrival there, just now, or through a link without "
                "click ids.",
                "Of {count} more clicks nobody knows: they came before the first arrival there, just now, or through links "
                "without click ids.",
                self.unseen,
            )
        return ngettext(
            "{count} of them came through a link that viewers of the post do not see, such as in print: it is in no rate.",
            "{count} of them came through links that viewers of the post do not see, such as in print: they are in no rate.",
            self.unseen,
        )

    @property
    def aside(self) -> str:
        """What is said beside the name of a step that nobody passes through."""
        return _("for comparison") if self.role == "beside" else ""

    @property
    def missing(self) -> str:
        """What is said in the place of a count that there is not."""
        told = {"conversions": _("not reported"), "arrivals": _("not measured")}
        return told.get(self.name, _("not noted"))


@dataclass(frozen=True)
class Path:
    """The rows of a funnel on one logarithmic scale, and where 1, 10, 100 … are on it, in percent."""

    rows: tuple[Row, ...]
    places: tuple[float, ...]

    @property
    def ticks(self) -> tuple[str, ...]:
        """The places as texts."""
        return tuple(map(_percent, self.places))

    @property
    def scale(self) -> str:
        """What they mean."""
        return _("Each light line is ten times as many.")


@dataclass(frozen=True)
class Bar:
    """A bar of a chart over time."""

    x: str
    width: str
    y: str
    height: str
    label: str
    count: int


def path(funnel: Funnel, precision: Mapping[str, int]) -> Path:
    """The path of a funnel. Logarithmic, because 9 of 12,400 could not be seen otherwise.

    `precision` says by how much a typed number may be off.
    """
    steps = {step.name: step for step in funnel.steps}
    gaps = {gap.name: gap.where for gap in funnel.gaps}
    most = max([10, *(max(step.count, step.at_most or 0) for step in funnel.steps)])

    def length(count: int) -> float:
        return 100 * math.log1p(count) / math.log1p(most)

    rows = []
    for name in _ORDER:
        step = steps.get(name)
        if step is None or name in gaps:
            if name in gaps or name in _TYPED:
                role = "beside" if name in ("likes", "reach") else "path"
                rows.append(Row(name, words.step(name), role, None, where=gaps.get(name, "")))
            continue
        low = step.count if step.at_least is None else step.at_least
        high = step.count if step.at_most is None else step.at_most
        rows.append(
            Row(
                name,
                words.step(name),
                step.role,
                step.count,
                length=max(length(low), _NARROWEST) if low else 0.0,
                extra=length(high) - length(low),
                bounds=(low, high) if low < high else None,
                precision=precision.get(name, 0),
                unseen=_unseen(funnel, step),
                says=tuple(wording.rate(rate) for rate in funnel.rates if rate.name.partition("_per_")[0] == name),
            )
        )
    places = tuple(length(10**power) for power in range(int(math.log10(most)) + 1) if 10**power < most)
    return Path(tuple(rows), places)


def _unseen(funnel: Funnel, step: Step) -> int:
    """How many of a step's clicks are in none of its rates: no viewer of the post made them, or they were not measured."""
    if step.name == "arrivals":
        clicks = next(each.count for each in funnel.steps if each.name == "clicks")
        return max(0, clicks - (step.measured or 0))
    viewers = next((rate.numerator for rate in funnel.rates if rate.name in _BY_VIEWERS), step.count)
    return step.count - viewers if step.name == "clicks" else 0


def bars(points: Sequence[tuple[str, int]]) -> list[Bar]:
    """A bar for each (label, count), side by side, the highest as high as the chart. Empty ones are a thin line."""
    most = max((count for _label, count in points), default=0)
    slot = 100 / max(1, len(points))
    drawn = []
    for index, (label, count) in enumerate(points):
        height = max(2.0, 100 * count / most) if count else 1.5
        drawn.append(
            Bar(
                _percent(index * slot + slot * 0.1),
                _percent(slot * 0.8),
                _percent(100 - height),
                _percent(height),
                label,
                count,
            )
        )
    return drawn


@dataclass(frozen=True)
class Span:
    """A range with the value in it: where it begins, how long it is, where the value stands."""

    x: str
    width: str
    at: str


def spans(ranges: Sequence[tuple[float, float, float]]) -> list[Span]:
    """A Span for each (low, value, high), on one scale from 0 to the highest of them."""
    most = max((high for _low, _value, high in ranges), default=0) or 1
    return [
        Span(_percent(100 * low / most), _percent(100 * (high - low) / most), _percent(100 * value / most))
        for low, value, high in ranges
    ]


def shares(pairs: Sequence[tuple[str, int]], *, most_rows: int = 6) -> list[tuple[str, int, str]]:
    """(value, count, bar length) of a breakdown, the rest of a long one summed up as "other"."""
    shown = list(pairs[:most_rows])
    rest = sum(count for _value, count in pairs[most_rows:])
    if rest:
        shown.append((_("other"), rest))
    most = max((count for _value, count in shown), default=1)
    return [(_called(value), count, _percent(100 * count / most)) for value, count in shown]


def _called(value: str) -> str:
    if value == tally.UNKNOWN:
        return _("(unknown)")
    return _("(other)") if value == swapping.OTHER else value or _("unknown")


def _percent(value: float) -> str:
    return f"{value:.2f}%"


@dataclass(frozen=True)
class Interval:
    """Where an interval lies on its line: `x` and `width` of the range, and `dot`, the rate itself."""

    x: str
    width: str
    dot: str


def interval(found: wording.Bounds, most: float) -> Interval:
    """The interval of a rate on a line that ends at the rate `most`."""
    whole = most or 1.0
    low, high = 100 * found.low / whole, 100 * found.high / whole
    return Interval(_percent(low), _percent(max(high - low, _NARROWEST)), _percent(100 * found.rate / whole))
