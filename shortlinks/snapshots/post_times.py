"""When posts were published, as a column of an export says it: "Tue, Jul 14, 2026", "09/15/2026 18:00", "10 de febrero". Pure."""

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shortlinks import times, weeks
from shortlinks.errors import Invalid
from shortlinks.snapshots import month_names

_EARLIEST = 1_104_537_600_000  # 2005-01-01: older than every platform here
_LONGEST = 60
_WEEKDAY = re.compile(r"[^\W\d_]+\.?, ?(?=.*\d)")
_CLOCK = re.compile(
    r"(?:[t ]|, ?| um | a las )(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?"
    r"(?: ?(?P<half>[ap])\.? ?m\.?)?(?: ?(?P<zone>z|utc|gmt|[+-]\d\d:?\d\d))?$"
)
_NAMED = re.compile(
    r"(?<![0-9])([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])|(?<![A-Za-z])([A-Za-z]{3})-([0-9]{2})-([0-9]{4})(?![0-9])"
)
_SLASHED = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})")


class _Parts(NamedTuple):
    """What a cell says: the day as it is written, the time of day in seconds, and the zone if it has one."""

    day: str
    second: int
    zone: tzinfo | None


def read(texts: Sequence[str], *, now: int, tz: ZoneInfo, american: bool) -> list[int | None]:
    """The instants that these cells of one column mean, None for each that cannot be told.

    A day without a time is its beginning, and a time without a zone is of `tz`. Days without a year are of the latest
    years in which they follow each other. "08/09/2026" is read as the other cells of the column show, or else with its
    month first where the file is `american`.
    """
    cells = [_parts(text) for text in texts]
    order = _order([cell.day for cell in cells], american=american)
    dates = [_date(cell.day, order) for cell in cells]
    days = _days(dates, weeks.day_at(now, tz))
    return [
        _instant(day, cell, tz, latest=now + times.DAY) if day is not None else None
        for day, cell in zip(days, cells, strict=True)
    ]


def _parts(text: str) -> _Parts:
    plain = " ".join(unicodedata.normalize("NFKC", text[:_LONGEST]).casefold().split())
    clock = _CLOCK.search(plain)
    day = _WEEKDAY.sub("", plain[: clock.start()] if clock else plain, count=1)
    if clock is None:
        return _Parts(day, 0, None)
    hour = int(clock["hour"])
    if clock["half"]:
        hour = hour % 12 + (12 if clock["half"] == "p" else 0)
    second = (hour * 60 + int(clock["minute"])) * 60 + int(clock["second"] or 0)
    return _Parts(day, second if second < 86_400 else 0, _zone(clock["zone"]))


def _zone(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    # No clock on earth is further away than that.
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes)) if minutes <= 14 * 60 else UTC


def _order(days: Sequence[str], *, american: bool) -> str:
    """Whether the `month` or the `day` comes first between slashes, "" when nobody can tell."""
    found = [shape for day in days if (shape := _SLASHED.fullmatch(day))]
    day_first = any(int(shape[1]) > 12 for shape in found)
    month_first = any(int(shape[2]) > 12 for shape in found)
    if day_first and month_first:
        return ""
    return "day" if day_first else "month" if month_first or american else ""


def _date(text: str, order: str) -> month_names.Date | None:
    shape = _SLASHED.fullmatch(text)
    if shape:
        month, day = (shape[1], shape[2]) if order == "month" else (shape[2], shape[1])
        text = f"{shape[3]}-{int(month):02d}-{int(day):02d}" if order else ""
    with suppress(Invalid):
        return month_names.read(text, "day")
    return None


def _days(dates: Sequence[month_names.Date | None], today: int) -> list[int | None]:
    """The days since 1970. Where those without a year are in no order, theirs are not known."""
    known = [each for each in dates if each is not None]
    if any(each.year is None for each in known):
        try:
            placed = iter(month_names.years_apart(known, latest=today, field="day"))
        except Invalid:
            known = []
        else:
            return [None if each is None else next(placed) for each in dates]
    return [None if each is None or each.year is None else _since_epoch(each) for each in dates]


def _since_epoch(each: month_names.Date) -> int:
    return date(each.year or 1970, each.month, each.day).toordinal() - date(1970, 1, 1).toordinal()


def _instant(day: int, cell: _Parts, tz: ZoneInfo, *, latest: int) -> int | None:
    try:
        midnight = datetime.combine(date.fromordinal(day + date(1970, 1, 1).toordinal()), datetime.min.time())
        local = (midnight + timedelta(seconds=cell.second)).replace(tzinfo=cell.zone or tz)
        at = int(local.timestamp()) * times.SECOND
    except (ValueError, OverflowError):
        return None
    return at if _EARLIEST <= at <= latest else None


def of_name(name: str, *, now: int, tz: ZoneInfo) -> int | None:
    """The end of the last day that a file's name names before today: `Nov-01-2026_Nov-28-2026_1.csv`. None if there is none."""
    texts = [" ".join(filter(None, shape.groups())) for shape in _NAMED.finditer(name[:300])]
    today = weeks.day_at(now, tz)
    days = [day for day in _days([_date(text, "") for text in texts], today) if day is not None and day < today]
    return weeks.start(max(days) + 1, tz) - times.MINUTE if days else None
