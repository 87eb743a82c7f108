"""Times as the creator reads and types them: in the time zone of the settings page."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shortlinks import times
from shortlinks.errors import Invalid
from shortlinks.owner import settings
from shortlinks.web.services import services
from shortlinks.words import wording
from shortlinks.words.language import _, spoken


def zone() -> ZoneInfo:
    """The creator's time zone."""
    found = services()
    return settings.zone(found.store, found.config.timezone)


def moment(at: int, tz: ZoneInfo) -> str:
    """An instant for reading: `Sat 21 Nov 2026, 22:46`."""
    return _("{weekday} {moment}", weekday=_weekday(_local(at, tz)), moment=wording.moment(at, tz))


def day(at: int, tz: ZoneInfo) -> str:
    """The day of an instant for reading: `Sat 21 Nov`."""
    local = _local(at, tz)
    return _("{weekday} {day} {month}", weekday=_weekday(local), day=local.day, month=_month(local))


def minute(at: int, tz: ZoneInfo) -> str:
    """An instant of these days for reading: `21 Nov, 22:46`."""
    local = _local(at, tz)
    time = f"{local:%H:%M}"
    return _("{day} {month}, {time}", day=local.day, month=_month(local), time=time)


def days_ago(days: int, now: int, tz: ZoneInfo) -> int:
    """Noon, where the clocks do not change, of the day so many days before today."""
    noon = _local(now, tz).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days)
    return int(noon.timestamp()) * times.SECOND


def clock(at: int, tz: ZoneInfo) -> str:
    """The time of day of an instant of this hour, to the second: `22:46:40`."""
    return f"{_local(at, tz):%H:%M:%S}"


def to_input(at: int, tz: ZoneInfo) -> str:
    """An instant as the value of a `datetime-local` input, to the minute: `2026-11-21T22:46`."""
    return f"{_local(at, tz):%Y-%m-%dT%H:%M}"


def asked(text: str, tz: ZoneInfo, field: str) -> int | Invalid:
    """The instant that a `datetime-local` input means in `tz`, or what is wrong with it, for the core to tell."""
    try:
        return from_input(text, tz, field)
    except Invalid as invalid:
        return invalid


def from_input(text: str, tz: ZoneInfo, field: str) -> int:
    """The instant that a `datetime-local` input means in `tz`. Raises Invalid naming `field`.

    Where the clocks go back, the first of the two hours is meant.
    """
    try:
        local = datetime.fromisoformat(text.strip())
        at = int(local.replace(tzinfo=tz).astimezone(UTC).timestamp()) * times.SECOND
    except (ValueError, OverflowError) as error:
        raise Invalid.field(field, _("must be a date and time such as 2026-11-22T18:30")) from error
    if local.tzinfo is not None:
        raise Invalid.field(field, _("must be without a zone: it is read in the time zone of the settings"))
    return at


def _local(at: int, tz: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at / times.SECOND, tz)


def _weekday(local: datetime) -> str:
    return spoken().days[local.weekday()]


def _month(local: datetime) -> str:
    return spoken().months[local.month - 1]
