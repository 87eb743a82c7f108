"""Numbers in words that a person without statistics understands. Everything here returns plain text, never HTML."""

import math
from typing import Protocol

from shortlinks import times

_UNITS = ((365 * times.DAY, "year"), (30 * times.DAY, "month"), (times.DAY, "day"), (times.HOUR, "hour"))
_PERCENT = "\u00a0%"
"""The sign with a space before it at which no line breaks."""
_PEOPLE = {"reach": ("person reached", "people reached")}


class Rate(Protocol):
    """A rate with its interval, such as funnel.Rate."""

    @property
    def name(self) -> str: ...
    @property
    def numerator(self) -> int: ...
    @property
    def denominator(self) -> int: ...
    @property
    def rate(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def number(value: int) -> str:
    """A count with its thousands apart: `12,400`."""
    return f"{value:,}"


def plural(count: int, noun: str) -> str:
    """A count with its noun: `1 click`, `12,400 views`, `0 likes`. `noun` is the singular."""
    one, many = _PEOPLE.get(noun, (noun, f"{noun}s"))
    return f"{number(count)} {one if count == 1 else many}"


def percent(share: float) -> str:
    """A share as a percentage of two digits, but no finer than two decimals: `12 %`, `1.8 %`, `0.73 %`, `0.07 %`.

    A share too small for that keeps its first digit (`0.004 %`), and one just short of all is not called 100 %.
    """
    hundredths = share * 100
    if hundredths == 0:
        return f"0{_PERCENT}"
    if hundredths >= 100:
        return f"{hundredths:,.0f}{_PERCENT}"
    if hundredths > 99:
        text = f"{math.floor(hundredths * 100) / 100:.2f}"
    elif hundredths >= 10:
        return f"{hundredths:.0f}{_PERCENT}"
    elif hundredths >= 1:
        text = f"{hundredths:.1f}"
    elif hundredths >= 0.01:
        text = f"{hundredths:.2f}"
    else:
        text = f"{hundredths:.{_first_digit(hundredths)}f}"
    return f"{text.rstrip('0').rstrip('.')}{_PERCENT}"


def rate(found: Rate) -> str:
    """A rate with its interval: `9 of 12,400 views, 0.07 %, between 0.04 % and 0.14 %`.

    The interval always stands beside the percentage: alone, a percentage of five clicks says more than it knows. Zero
    is a result too: `0 clicks in 5,000 views: very likely under 0.08 %`.
    """
    above, _, below = found.name.replace("_", " ").partition(" per ")
    base = plural(found.denominator, below)
    if found.numerator == 0:
        return f"0 {above} in {base}: very likely under {percent(found.high)}"
    # "of" would promise that the one is a part of the other.
    joint = "of" if found.numerator <= found.denominator else f"{above} for"
    bounds = f"between {percent(found.low)} and {percent(found.high)}"
    return f"{number(found.numerator)} {joint} {base}, {percent(found.rate)}, {bounds}"


def duration(milliseconds: int) -> str:
    """A time span, in the largest unit of which there are two: `3 days`, `36 hours`, `90 minutes`, `1 minute`."""
    for unit, name in _UNITS:
        if milliseconds >= 2 * unit:
            return plural(milliseconds // unit, name)
    minutes = milliseconds // times.MINUTE
    return plural(minutes, "minute") if minutes > 0 else "less than a minute"


def age(milliseconds: int) -> str:
    """How old something is: `3 days old`."""
    return f"{duration(milliseconds)} old"


def _first_digit(value: float) -> int:
    """Where the first digit of a positive number below 1 stands behind the point."""
    return math.ceil(-math.log10(value))
