"""Dates as exports write them: with a month's name in some language, often without a year. Pure.

Names are those of Unicode CLDR (format-wide, 46), in the forms that stand beside a day's number.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from shortlinks.errors import Invalid
from shortlinks.words.language import _

MOST_YEARS = 2
"""Days without a year that would be further apart than this are in no order."""

_EPOCH = date(1970, 1, 1)
_LEAP = 4 * 2
"""29 February is at most so many years away (1896 to 1904)."""
_NAMES = (
    "january february march april may june july august september october november december",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "januari februari maret april mei juni juli agustus september oktober november desember",
)
_MONTHS = [(name, month) for names in _NAMES for month, name in enumerate(names.split(), 1)]
_SHORTEST = 3

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?:[T ].*)?")
_DOTTED = re.compile(r"(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{4})?")
_HAN = re.compile(r"(?:(?P<year>\d{4})[年년] ?)?(?P<month>\d\d?)[月월] ?(?P<day>\d\d?)[日일]")
_NUMBERS = (_ISO, _DOTTED, _HAN)
_DAY_FIRST = re.compile(r"(?P<day>\d\d?)\.? (?:de )?(?P<name>[^\W\d_]+)\.?(?:,? (?:de )?(?P<year>\d{4}))?")
_MONTH_FIRST = re.compile(r"(?P<name>[^\W\d_]+)\.? (?P<day>\d\d?)(?:,? (?P<year>\d{4}))?")


class Date(NamedTuple):
    """A day of a month, with its year if that was said."""

    month: int
    day: int
    year: int | None


def read(text: str, field: str) -> Date:
    """The date in `text`: "August 31", "10 de febrero", "28 апреля", "8月31日", "2026-08-31", "31.8.2026".

    Raises Invalid naming `field`, also for "08/09/2026", which is one day in America and another one in Europe.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text[:80]).casefold().split())
    shape = next(filter(None, (form.fullmatch(plain) for form in (*_NUMBERS, _DAY_FIRST, _MONTH_FIRST))), None)
    if shape is None:
        unclear = _("{text} is no date that can be read in one way only, such as August 31", text=repr(text[:40]))
        raise Invalid.field(field, unclear)
    parts = shape.groupdict()
    month = _month(parts["name"]) if "name" in parts else int(parts["month"])
    found = Date(month, int(parts["day"]), int(parts["year"]) if parts["year"] else None)
    # 2000 was a leap year, as the year that is not known may be.
    if not month or _since_epoch(found, found.year or 2000) is None:
        raise Invalid.field(field, _("{text} is no date", text=repr(text[:40])))
    return found


def years_apart(dates: Sequence[Date], *, latest: int, field: str) -> list[int]:
    """The days (since 1970) of `dates`, which follow each other, forwards or backwards, and end by the day `latest`.

    Those without a year get the latest one for which that holds, in the order that spreads them least.
    Raises Invalid naming `field` when they are in no order.
    """
    backwards, forwards = _years(dates, latest), _years(dates[::-1], latest)
    both = [found for found in (forwards and forwards[::-1], backwards) if found is not None]
    days = min(both, key=lambda found: max(found, default=0) - min(found, default=0), default=None)
    without = [day for day, each in zip(days or [], dates, strict=False) if each.year is None]
    if days is None or (without and max(without) - min(without) > MOST_YEARS * 366):
        raise Invalid.field(field, _("holds days without a year in no order, so nobody can tell their years"))
    return days


def _years(dates: Sequence[Date], latest: int) -> list[int] | None:
    """The days of `dates`, each no later than the one before it, None when they go back beyond the first year."""
    days: list[int] = []
    for each in dates:
        day = _latest(each, latest) if each.year is None else _since_epoch(each, each.year)
        if day is None:
            return None
        latest = min(latest, day)
        days.append(day)
    return days


def _latest(found: Date, bound: int) -> int | None:
    """The latest day of that name by the day `bound`."""
    last = date.fromordinal(bound + _EPOCH.toordinal()).year
    return next((day for day in _days(found, last) if day <= bound), None)


def _days(found: Date, last: int) -> Iterator[int]:
    for year in range(last, last - _LEAP - 1, -1):
        if (day := _since_epoch(found, year)) is not None:
            yield day


def _since_epoch(found: Date, year: int) -> int | None:
    try:
        return (date(year, found.month, found.day) - _EPOCH).days
    except ValueError:
        return None


def _month(name: str) -> int:
    """The month that a name or its beginning means in whatever language, 0 when it is none or could be two."""
    months = {month for full, month in _MONTHS if full == name} or {
        month for full, month in _MONTHS if len(name) >= _SHORTEST and full.startswith(name)
    }
    return months.pop() if len(months) == 1 else 0
