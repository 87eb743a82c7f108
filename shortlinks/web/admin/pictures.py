"""Geometry of the pictures of insights: pure functions that turn their numbers into what the template draws, in percent."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from shortlinks.words import wording
from shortlinks.words.language import _

_FAR = 100
"""From so many times as large on, bars stand on a logarithmic scale: the small ones could not be seen otherwise."""
_NARROWEST = 0.8


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: a filled bar of `fill`, or a range from `x` of `width` with a mark at `at`. All "" where there is a gap."""

    label: str
    text: str
    says: str
    fill: str = ""
    x: str = ""
    width: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Bars that belong together, under their common name."""

    name: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """All bars on one scale; `ticks` are where 1, 10, 100 … stand on a logarithmic one, none on another."""

    groups: tuple[Group, ...]
    ticks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dot:
    """A post in a scatter, with the ends of its bar where its number is known only as a range ("" elsewhere)."""

    x: str
    y: str
    says: str
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class Scatter:
    """Dots, and what stands at the ends of both axes, which begin at 0: `3.1 clicks per 1,000 views`."""

    dots: tuple[Dot, ...]
    right: str
    top: str


def bars(picture: Mapping[str, Any]) -> Bars:
    """The rows of a picture of kind `bars`, as insights keep it."""
    points = picture["points"]
    place, ticks = _scale([number for point in points for number in _numbers(point)])
    groups = [
        Group(name, tuple(_bar(point, picture["unit"], place) for point in some))
        for name, some in groupby(points, key=lambda point: str(point["group"]))
    ]
    return Bars(tuple(groups), ticks)


def scatter(picture: Mapping[str, Any]) -> Scatter:
    """The dots of a picture of kind `scatter`."""
    points = [point for point in picture["points"] if point["x"] is not None and point["value"] is not None]
    right = max((point["x"] for point in points), default=0) or 1
    top = max((number for point in points for number in _numbers(point)), default=0) or 1

    def up(number: float | None) -> str:
        return "" if number is None else _percent(95 - 90 * number / top)

    dots = tuple(
        Dot(
            _percent(3 + 94 * point["x"] / right),
            up(point["value"]),
            f"{point['label']}: {point['text']}",
            up(point["low"]),
            up(point["high"]),
        )
        for point in points
    )
    return Scatter(dots, _end(right, picture["x_unit"]), _end(top, picture["unit"]))


def _end(value: float, unit: str) -> str:
    """A number with its unit, whose first word is what is counted: of one it loses its s, in each language that we speak."""
    number = wording.decimal(value)
    noun, _s, per = unit.partition("s ")
    return f"{number} {noun} {per}".rstrip() if number == "1" else f"{number} {unit}"


def interval(point: Mapping[str, Any]) -> str:
    """A point's number with its range, for a table: `1 (0.62 to 1.5)`."""
    value, low, high = point["value"], point["low"], point["high"]
    if value is None and low is None:
        return "–"
    number = "" if value is None else wording.decimal(value)
    if low is None:
        return number
    least = wording.decimal(low)
    bounds = (
        _("{low} to {high}", low=least, high=wording.decimal(high))
        if high is not None
        else _("{low} or more", low=least)
    )
    return f"{number} ({bounds})".strip()


def _numbers(point: Mapping[str, Any]) -> list[float]:
    return [point[name] for name in ("value", "low", "high") if point[name]]


def _bar(point: Mapping[str, Any], unit: str, place: Callable[[float], float]) -> Bar:
    label, text = point["label"], point["text"]
    value, low, high = point["value"], point["low"], point["high"]
    says = f"{label}: {interval(point)} {unit}"
    if value is None and low is None:
        return Bar(label, text, _("{label}: not known", label=label))
    if low is None:
        return Bar(label, text, says, fill=_percent(max(place(value), _NARROWEST) if value else 0))
    start, end = place(low), place(high) if high is not None else 100.0
    at = "" if value is None else _percent(place(value))
    return Bar(label, text, says, x=_percent(start), width=_percent(max(end - start, _NARROWEST)), at=at)


def _scale(numbers: Sequence[float]) -> tuple[Callable[[float], float], tuple[str, ...]]:
    """Where a number stands, 0 to 100, and the ticks."""
    most = max(numbers, default=1.0)
    least = min(numbers, default=1.0)
    if most < _FAR * least:
        return lambda number: 100 * number / most, ()
    span = math.log(most / least) + 0.5

    def place(number: float) -> float:
        return 100 * (math.log(number / least) + 0.5) / span if number else 0.0

    powers = range(math.ceil(math.log10(least)), math.floor(math.log10(most)) + 1)
    return place, tuple(_percent(place(10.0**power)) for power in powers[:40])


def _percent(value: float) -> str:
    return f"{value:.2f}%"
