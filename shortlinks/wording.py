"""Numbers in words that a person without statistics understands. Everything here returns plain text, never HTML."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from shortlinks import times

_UNITS = ((365 * times.DAY, "year"), (30 * times.DAY, "month"), (times.DAY, "day"), (times.HOUR, "hour"))
_PERCENT = "\u00a0%"
"""The sign with a space before it at which no line breaks."""
_PEOPLE = {"reach": ("person reached", "people reached"), "person": ("person", "people")}


FEW = 5
"""Below so many events no percentage stands alone."""
_OFTEN = 0.2


class Bounds(Protocol):
    """A rate between two bounds, such as stats.Estimate."""

    @property
    def rate(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class Rate(Bounds, Protocol):
    """A rate with its interval, such as funnel.Rate."""

    @property
    def name(self) -> str: ...
    @property
    def numerator(self) -> int: ...
    @property
    def denominator(self) -> int: ...


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


def small_percent(share: float) -> str:
    """A share far below one in a hundred, to two digits however small: `0.013 %`."""
    return f"{share * 100:.2g}{_PERCENT}"


def rate(found: Rate) -> str:
    """A rate with its interval: `9 of 12,400 views, 0.07 %, between 0.04 % and 0.14 %`.

    Below FEW events there is only the interval: a percentage of three clicks says more than it knows. Zero is a result,
    too: `0 clicks in 5,000 views: very likely under 0.08 %`. Clicks are no part of the likes, and both visitors and their
    clicks were counted, so there it is said how many there were of each.
    """
    if found.name == "clicks_per_like":
        return _beside(found)
    if found.name == "visitors_per_click":
        return f"{plural(found.numerator, 'visitor')} made {plural(found.denominator, 'click')}"
    above, _, below = found.name.replace("_", " ").partition(" per ")
    base = plural(found.denominator, below)
    if found.numerator == 0:
        return f"0 {above} in {base}: very likely under {percent(found.high)}"
    # "of" would promise that the one is a part of the other.
    joint = "of" if found.numerator <= found.denominator else f"{above} for"
    bounds = f"between {percent(found.low)} and {percent(found.high)}"
    alone = "" if found.numerator < FEW else f" {percent(found.rate)},"
    return f"{number(found.numerator)} {joint} {base},{alone} {bounds}"


def rough(value: float) -> str:
    """A count to two digits, for what is only about so much: `1,600`."""
    return number(_digits(value))


def decimal(value: float) -> str:
    """A number that need not be whole, to two digits: `12`, `1.8`, `0.6`, `0.04`."""
    return percent(value / 100).removesuffix(_PERCENT)


def one_in(found: Bounds) -> str:
    """A rate as people count it: `about 1 per 1,000, between 1 per 660 and 1 per 1,600`.

    From one in five on it is a percentage.
    """
    if found.high == 0:
        return "none"
    if found.rate >= _OFTEN:
        return f"about {percent(found.rate)}, between {percent(found.low)} and {percent(found.high)}"
    if found.rate == 0 and found.high >= _OFTEN:
        return f"very likely under {percent(found.high)}"
    if found.rate == 0:
        return f"very likely fewer than 1 per {number(_digits(1 / found.high))}"
    often = percent(found.high) if found.high >= _OFTEN else f"1 per {number(_digits(1 / found.high))}"
    seldom = f"1 per {number(_digits(1 / found.low))}" if found.low > 0 else "none"
    return f"about 1 per {number(_digits(1 / found.rate))}, between {often} and {seldom}"


def measure(value: float, noun: str) -> str:
    """A number that need not be whole, with its noun: `1.8 visits`, `1 visit`, `0.04 sales`."""
    text = decimal(value)
    return f"{text} {noun if text == '1' else f'{noun}s'}"


def listed(parts: Sequence[str], joint: str = "and") -> str:
    """Several things in one phrase: `a`, `a and b`, `a, b and c`."""
    return f" {joint} ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def none_stands_out(*, shared: bool, but: str = "") -> str:
    """That no post is called different, apart from those in `but`; `shared`: of some that is so only because their clicks
    may be another post's."""
    none = f"Apart from {but} no post" if but else "No post"
    if shared:
        return f"{none} stands out for certain: some clicks may be another post’s, because the bio link is shared."
    return f"{none} stands out; the differences are views and luck."


def capital(text: str) -> str:
    """The same words as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def shortened(text: str, most: int) -> str:
    """Text of at most so many characters, with an ellipsis for what is cut, between words if there are any."""
    if len(text) <= most:
        return text
    words = text[: most - 1].rpartition(" ")[0] if " " in text[: most - 1] else text[: most - 1]
    return f"{words.rstrip(' ,.;:-')}…"


def small(text: str) -> str:
    """A label within a sentence: `bio link`."""
    return text[:1].lower() + text[1:]


def times_as(ratio: float) -> str:
    """A ratio in words: `twice as`, `3.4 times as`, `a third as`, `0.62 times as`, and for 0 `not nearly as`."""
    if not ratio:
        return "not nearly as"
    for known, text in ((2, "twice as"), (1 / 2, "half as"), (1 / 3, "a third as"), (1 / 4, "a quarter as")):
        if abs(ratio / known - 1) < 0.05:
            return text
    return (
        f"{ratio:.1f} times as"
        if 1 <= ratio < 9.95
        else f"{_digits(ratio):,} times as"
        if ratio >= 9.95
        else f"{decimal(ratio)} times as"
    )


def span(low: int, high: int, noun: str) -> str:
    """A range of counts with its noun: `0–2 clicks`, `0 or 1 click`, `1 click` where both are the same."""
    if low == high:
        return plural(low, noun)
    return f"{number(low)}{' or ' if high == 1 else '–'}{plural(high, noun)}"


def bounded(count: int, low: int, high: int, noun: str) -> str:
    """A count that may be another one: `3 clicks (at least 1, at most 4)`, `3 clicks` where it may not."""
    bounds = "" if low == high else f" (at least {number(low)}, at most {number(high)})"
    return plural(count, noun) + bounds


def duration(milliseconds: int) -> str:
    """A time span, in the largest unit of which there are two: `3 days`, `36 hours`, `90 minutes`, `1 minute`."""
    for unit, name in _UNITS:
        if milliseconds >= 2 * unit:
            return plural(milliseconds // unit, name)
    minutes = milliseconds // times.MINUTE
    return plural(minutes, "minute") if minutes > 0 else "less than a minute"


def rounded(milliseconds: int) -> str:
    """A time span as `duration` tells it, to the nearest instead of the last that is over: 3.9 days are `4 days`."""
    for (unit, _), (smaller, _) in zip(_UNITS, (*_UNITS[1:], (times.MINUTE, "minute")), strict=True):
        if milliseconds + smaller // 2 >= 2 * unit:
            return duration((milliseconds + unit // 2) // unit * unit)
    return duration((milliseconds + times.MINUTE // 2) // times.MINUTE * times.MINUTE)


def moment(at: int, tz: ZoneInfo) -> str:
    """An instant (milliseconds) by the clocks in `tz`: `21 Nov 2026, 22:46`."""
    local = datetime.fromtimestamp(at / times.SECOND, tz)
    return f"{local.day} {local:%b %Y, %H:%M}"


def age(milliseconds: int) -> str:
    """How old something is: `3 days old`."""
    return f"{duration(milliseconds)} old"


def _beside(found: Rate) -> str:
    """`9 clicks beside 931 likes: about 1 per 100 likes`; below FEW clicks only the counts."""
    counts = f"{plural(found.numerator, 'click')} beside {plural(found.denominator, 'like')}"
    if found.numerator < FEW:
        return counts
    likes = _digits(found.denominator / found.numerator)
    if likes > 1:
        return f"{counts}: about 1 per {plural(likes, 'like')}"
    return f"{counts}: about {number(_digits(found.numerator / found.denominator))} for each like"


def _first_digit(value: float) -> int:
    """Where the first digit of a positive number below 1 stands behind the point."""
    return math.ceil(-math.log10(value))


def _digits(value: float) -> int:
    """A number rounded to two digits, at least 1: 1,563 is 1,600."""
    if value < 10:
        return max(1, round(value))
    size = int(10 ** (math.floor(math.log10(value)) - 1))
    return round(value / size) * size
