"""Weeks as in ISO 8601: they begin on Monday, and the first of a year is the one with its first Thursday.

A week is an `int`: the day of its Monday, in days since 1970 by the calendar of whoever reads it. Its instants depend on the
time zone.
"""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shortlinks import times
from shortlinks.errors import Invalid
from shortlinks.words.language import _

DAYS = 7

_EPOCH = date(1970, 1, 1)
_NAME = re.compile(r"([0-9]{4})-?W([0-9]{2})", re.IGNORECASE)
_EARLIEST = (date(2005, 1, 3) - _EPOCH).days


def name(monday: int) -> str:
    """A week as `2026-W47`. The year is the week's own: 29 December 2025 is in 2026-W01."""
    year, week, _day = _date(monday).isocalendar()
    return f"{year}-W{week:02d}"


def parse(value: object, field: str = "week") -> int:
    """The week called `2026-W47`. Raises Invalid naming `field`, also for a week 53 of a year that has none."""
    shape = _NAME.fullmatch(value.strip()) if isinstance(value, str) else None
    if shape is None:
        raise Invalid.field(field, _("must be a week such as 2026-W47"))
    try:
        monday = (date.fromisocalendar(int(shape[1]), int(shape[2]), 1) - _EPOCH).days
    except ValueError as error:
        none = _("is no week: {year} has none with the number {number}", year=shape[1], number=int(shape[2]))
        raise Invalid.field(field, none) from error
    if monday < _EARLIEST:
        raise Invalid.field(field, _("is before 2005"))
    return monday


def day_at(at: int, tz: ZoneInfo) -> int:
    """The day (days since 1970) that the calendar shows in `tz` at the instant `at`."""
    return (datetime.fromtimestamp(at / times.SECOND, tz).date() - _EPOCH).days


def of_day(day: int) -> int:
    """The week that holds a day. 1970 began on a Thursday."""
    return day - (day + 3) % DAYS


def start(day: int, tz: ZoneInfo) -> int:
    """The instant at which a day begins in `tz`: midnight, the first where it comes twice, or what comes in its place."""
    found = _date(day)
    return int(datetime(found.year, found.month, found.day, tzinfo=tz).timestamp()) * times.SECOND


def latest(now: int, tz: ZoneInfo, number: int) -> list[int]:
    """The week that is under way in `tz` and those before it, `number` in all, newest first."""
    present = of_day(day_at(now, tz))
    return [present - DAYS * back for back in range(number)]


def _date(day: int) -> date:
    return _EPOCH + timedelta(days=day)
