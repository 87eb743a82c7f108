"""Instants, days and time zones.

Inside the service an instant is an `int`: milliseconds since 1970-01-01 UTC. Only the edges (API, pages, export) turn it
into text. A *day* is an `int` too: UTC days since 1970-01-01; a *minute* is UTC minutes since then.
"""

import re
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from shortlinks.errors import Invalid
from shortlinks.words.language import _

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FOUR_WEEKS = 28 * DAY
MINUTES_PER_DAY = 1_440

_NO_PLACES = {"localtime", "posixrules", "Factory"}

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def now() -> int:
    """This moment by the wall clock, in milliseconds."""
    return time.time_ns() // 1_000_000


def day_of(at: int) -> int:
    """The UTC day that holds the instant `at`."""
    return at // DAY


def minute_of(at: int) -> int:
    """The UTC minute (since 1970) that holds the instant `at`."""
    return at // MINUTE


@lru_cache(maxsize=1024)
def day_name(day: int) -> str:
    """A UTC day as `2026-11-22`."""
    return datetime.fromtimestamp(day * DAY / SECOND, UTC).strftime("%Y-%m-%d")


@lru_cache(maxsize=8192)
def rfc3339(at: int) -> str:
    """An instant as RFC 3339 in UTC: `2026-11-22T10:00:00Z`, with milliseconds only where there are any."""
    # A page of posts holds thousands: `strftime` takes four times as long.
    day, within = divmod(at, DAY)
    minutes, within = divmod(within, MINUTE)
    hour, minute = divmod(minutes, 60)
    second, fraction = divmod(within, SECOND)
    clock = f"{day_name(day)}T{hour:02d}:{minute:02d}:{second:02d}"
    return f"{clock}.{fraction:03d}Z" if fraction else f"{clock}Z"


def parse(text: str, field: str) -> int:
    """An RFC 3339 instant with a zone (`2026-11-22T10:00:00+01:00`) in milliseconds; digits past those are cut.

    Raises Invalid naming `field` for anything else, also for an instant before 1970.
    """
    if not isinstance(text, str) or not _RFC3339.fullmatch(text):
        raise Invalid.field(field, _("must be a time with its zone, such as 2026-11-22T10:00:00Z"))
    try:
        moment = datetime.fromisoformat(text.upper())
        at = int((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
    except (ValueError, OverflowError) as error:
        raise Invalid.field(field, _("is not a real date and time")) from error
    if at < 0:
        raise Invalid.field(field, _("is before 1970"))
    return at


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """The names of the time zones that this machine knows, without those that mean another one on another machine."""
    return frozenset(available_timezones() - _NO_PLACES)


def zone(name: str, field: str = "tz") -> ZoneInfo:
    """The IANA time zone called `name` (`Europe/Berlin`). Raises Invalid naming `field` for an unknown one."""
    if not isinstance(name, str) or name not in zones():
        raise Invalid.field(field, _("is not a time zone: {name} (try Europe/Berlin)", name=repr(str(name)[:60])))
    return ZoneInfo(name)
