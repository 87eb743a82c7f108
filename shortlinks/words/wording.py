"""Numbers in words that a person without statistics understands. Everything here returns plain text, never HTML."""

import math
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from shortlinks import times
from shortlinks.words.language import _, decimals, ngettext, spoken
from shortlinks.words.language import number as number
from shortlinks.words.lists import either as either
from shortlinks.words.lists import listed as listed
from shortlinks.words.plurals import plural as plural

_UNITS = ((365 * times.DAY, "year"), (30 * times.DAY, "month"), (times.DAY, "day"), (times.HOUR, "hour"))
_PERCENT = "\u00a0%"
"""The sign with a space before it at which no line breaks."""


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


def percent(share: float) -> str:
    """A share as a percentage of two digits, but no finer than two decimals: `12 %`, `1.8 %`, `0.73 %`, `0.07 %`.

    A share too small for that keeps its first digit (`0.004 %`), and one just short of all is not called 100 %.
    """
    hundredths = share * 100
    if hundredths == 0:
        return f"0{_PERCENT}"
    if hundredths >= 100:
        return f"{number(round(hundredths))}{_PERCENT}"
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
    return f"{decimals(text.rstrip('0').rstrip('.'))}{_PERCENT}"


def small_percent(share: float) -> str:
    """A share far below one in a hundred, to two digits however small: `0.013 %`."""
    return f"{decimals(f'{share * 100:.2g}')}{_PERCENT}"


def rate(found: Rate) -> str:
    """A rate with its interval: `9 of 12,400 views, 0.07 %, between 0.04 % and 0.14 %`.

    Below FEW events there is only the interval: a percentage of three clicks says more than it knows. Zero is a result,
    too: `0 clicks in 5,000 views: very likely under 0.08 %`. Clicks are no part of the likes, and both visitors and their
    clicks were counted, so there it is said how many there were of each.
    """
    if found.name == "clicks_per_like":
        return _beside(found)
    if found.name == "visitors_per_click":
        made, clicks = plural(found.numerator, "visitor"), plural(found.denominator, "click")
        return _("{visitors} made {clicks}", visitors=made, clicks=clicks)
    above, below = found.name.replace("_", " ").split(" per ")
    base, counted = plural(found.denominator, below), plural(found.numerator, above.removesuffix("s"))
    if found.numerator == 0:
        return _("{counted} in {base}: very likely under {high}", counted=counted, base=base, high=percent(found.high))
    # "of" would promise that the one is a part of the other.
    if found.numerator <= found.denominator:
        told = _("{number} of {base}", number=found.numerator, base=base)
    else:
        told = _("{counted} for {base}", counted=counted, base=base)
    alone = [] if found.numerator < FEW else [percent(found.rate)]
    return ", ".join([told, *alone, _("between {low} and {high}", low=percent(found.low), high=percent(found.high))])


def headline(found: Rate, low: int, high: int) -> str:
    """What views brought, in a line to show to others: `11 clicks by people from 12,400 views: about 1 per 1,100`.

    `low` and `high` are the least and the most of the clicks; where they differ, these are said and not how often, as is
    below FEW clicks.
    """
    clicks, views = people(found.numerator, low, high), plural(found.denominator, "view")
    if low < high or (found.numerator and not FEW <= found.numerator <= found.denominator):
        return _("{clicks} from {views}", clicks=clicks, views=views)
    if found.numerator == 0:
        often = one_in(found)
    else:
        share = found.rate >= _OFTEN
        often = (
            _("about {share}", share=percent(found.rate)) if share else _("about {often}", often=_one_per(found.rate))
        )
    return _("{clicks} from {views}: {often}", clicks=clicks, views=views, often=often)


def people(count: int, low: int, high: int) -> str:
    """Clicks that people made: `1 click by a person`, `3 clicks by people (at least 1, at most 4)`."""
    return _or_bounded(ngettext("{count} click by a person", "{count} clicks by people", count), low, high)


def rough(value: float, noun: str = "") -> str:
    """A count to two digits, for what is only about so much, with its noun if there is one: `1,600`, `1,600 views`."""
    return plural(_digits(value), noun) if noun else number(_digits(value))


def decimal(value: float) -> str:
    """A number that need not be whole, to two digits: `12`, `1.8`, `0.6`, `0.04`."""
    return percent(value / 100).removesuffix(_PERCENT)


def one_in(found: Bounds) -> str:
    """A rate as people count it: `about 1 per 1,000, between 1 per 660 and 1 per 1,600`.

    From one in five on it is a percentage.
    """
    if found.high == 0:
        return _("none")
    if found.rate >= _OFTEN:
        share, low, high = percent(found.rate), percent(found.low), percent(found.high)
        return _("about {share}, between {low} and {high}", share=share, low=low, high=high)
    if found.rate == 0 and found.high >= _OFTEN:
        return _("very likely under {high}", high=percent(found.high))
    if found.rate == 0:
        return _("very likely fewer than {often}", often=_one_per(found.high))
    often = percent(found.high) if found.high >= _OFTEN else _one_per(found.high)
    seldom = _one_per(found.low) if found.low > 0 else _("none")
    return _("about {usual}, between {often} and {seldom}", usual=_one_per(found.rate), often=often, seldom=seldom)


def measure(value: float, noun: str) -> str:
    """A number that need not be whole, with its noun: `1.8 visits`, `1 visit`, `0.04 sales`."""
    text = decimal(value)
    counted = plural(1 if text == "1" else 2, noun)
    return counted if text == "1" else counted.replace("2", text)


def none_stands_out(*, shared: bool, but: str = "") -> str:
    """That no post is called different, apart from those in `but`; `shared`: of some that is so only because their clicks
    may be another post's."""
    if shared and but:
        return _(
            "Apart from {posts} no post stands out for certain: some clicks may be another post’s, because the bio link is "
            "shared.",
            posts=but,
        )
    if shared:
        return _("No post stands out for certain: some clicks may be another post’s, because the bio link is shared.")
    if but:
        return _("Apart from {posts} no post stands out; the differences are views and luck.", posts=but)
    return _("No post stands out; the differences are views and luck.")


def capital(text: str) -> str:
    """The same words as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def shortened(text: str, most: int) -> str:
    """Text of at most so many characters, with an ellipsis for what is cut, between words if there are any."""
    if len(text) <= most:
        return text
    words = text[: most - 1].rpartition(" ")[0] if " " in text[: most - 1] else text[: most - 1]
    return f"{words.rstrip(' ,.;:-')}…"


def quoted(text: str) -> str:
    """Somebody else's words, such as a title: `“Mug”`."""
    return _("“{text}”", text=text)


def small(text: str) -> str:
    """A label within a sentence: `bio link`; German nouns stay large."""
    return text if spoken().language == "de" else text[:1].lower() + text[1:]


def times_as(ratio: float) -> str:
    """A ratio above 0 in words: `twice as`, `3.4 times as`, `a third as`, `0.62 times as`."""
    known = ((2, _("twice as")), (1 / 2, _("half as")), (1 / 3, _("a third as")), (1 / 4, _("a quarter as")))
    for value, text in known:
        if abs(ratio / value - 1) < 0.05:
            return text
    many = (
        decimals(f"{ratio:.1f}") if 1 <= ratio < 9.95 else number(_digits(ratio)) if ratio >= 9.95 else decimal(ratio)
    )
    return _("{many} times as", many=many)


def span(low: int, high: int, noun: str) -> str:
    """A range of counts with its noun: `0–2 clicks`, `0 or 1 click`, `1 click` where both are the same."""
    if low == high:
        return plural(low, noun)
    if high == 1:
        return _("{low} or {high}", low=low, high=plural(high, noun))
    return f"{number(low)}–{plural(high, noun)}"


def bounded(count: int, low: int, high: int, noun: str) -> str:
    """A count that may be another one: `3 clicks (at least 1, at most 4)`, `3 clicks` where it may not."""
    return _or_bounded(plural(count, noun), low, high)


def duration(milliseconds: int) -> str:
    """A time span, in the largest unit of which there are two: `3 days`, `36 hours`, `90 minutes`, `1 minute`."""
    for unit, name in _UNITS:
        if milliseconds >= 2 * unit:
            return plural(milliseconds // unit, name)
    minutes = milliseconds // times.MINUTE
    return plural(minutes, "minute") if minutes > 0 else _("less than a minute")


def rounded(milliseconds: int) -> str:
    """A time span as `duration` tells it, to the nearest instead of the last that is over: 3.9 days are `4 days`."""
    for (unit, _name), (smaller, _smaller) in zip(_UNITS, (*_UNITS[1:], (times.MINUTE, "minute")), strict=True):
        if milliseconds + smaller // 2 >= 2 * unit:
            return duration((milliseconds + unit // 2) // unit * unit)
    return duration((milliseconds + times.MINUTE // 2) // times.MINUTE * times.MINUTE)


def moment(at: int, tz: ZoneInfo) -> str:
    """An instant (milliseconds) by the clocks in `tz`: `21 Nov 2026, 22:46`."""
    local = datetime.fromtimestamp(at / times.SECOND, tz)
    month, year, time = spoken().months[local.month - 1], f"{local:%Y}", f"{local:%H:%M}"
    return _("{day} {month} {year}, {time}", day=local.day, month=month, year=year, time=time)


def age(milliseconds: int) -> str:
    """How old something is: `3 days old`."""
    return _("{duration} old", duration=duration(milliseconds))


def _or_bounded(counted: str, low: int, high: int) -> str:
    return (
        counted if low == high else _("{counted} (at least {low}, at most {high})", counted=counted, low=low, high=high)
    )


def _beside(found: Rate) -> str:
    """`9 clicks beside 931 likes: about 1 per 100 likes`; below FEW clicks only the counts."""
    clicks, beside = plural(found.numerator, "click"), plural(found.denominator, "like")
    if found.numerator < FEW:
        return _("{clicks} beside {likes}", clicks=clicks, likes=beside)
    likes = _digits(found.denominator / found.numerator)
    if likes > 1:
        return _("{clicks} beside {likes}: about 1 per {each}", clicks=clicks, likes=beside, each=plural(likes, "like"))
    each = _digits(found.numerator / found.denominator)
    return _("{clicks} beside {likes}: about {each} for each like", clicks=clicks, likes=beside, each=each)


def _one_per(rate: float) -> str:
    return _("1 per {number}", number=_digits(1 / rate))


def _first_digit(value: float) -> int:
    """Where the first digit of a positive number below 1 stands behind the point."""
    return math.ceil(-math.log10(value))


def _digits(value: float) -> int:
    """A number rounded to two digits, at least 1: 1,563 is 1,600."""
    if value < 10:
        return max(1, round(value))
    size = int(10 ** (math.floor(math.log10(value)) - 1))
    return round(value / size) * size
