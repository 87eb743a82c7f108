"""Writes a calendar that phones subscribe to: iCalendar, RFC 5545 (2009), with the refresh hints of RFC 7986 (2016). Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from shortlinks import times

KIND = "text/calendar; charset=utf-8"
_OWNER = "from-likes-to-clicks"
_LONGEST = 75
"""Octets of a line before it is folded: RFC 5545, 3.1."""
_REFRESH = "PT1H"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`name` stays the same for the same event, whatever else changes: it makes its UID. Times are instants.

    `changed_at` is when it came to be. A reminder is shown when it begins.
    """

    name: str
    title: str
    text: str
    link: str
    start: int
    minutes: int
    changed_at: int


def text(name: str, events: Iterable[Event]) -> str:
    """The whole calendar. The same events give the same text."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{_OWNER}//reminders//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_escaped(name)}",
        f"X-WR-CALNAME:{_escaped(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{_REFRESH}",
        f"X-PUBLISHED-TTL:{_REFRESH}",
        *(line for event in events for line in _event(event)),
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(event: Event) -> Iterator[str]:
    title, told = _escaped(event.title), _escaped("\n".join((event.text, event.link)))
    yield from (
        "BEGIN:VEVENT",
        f"UID:{event.name}@{_OWNER}",
        f"DTSTAMP:{_moment(event.changed_at)}",
        f"DTSTART:{_moment(event.start)}",
        f"DTEND:{_moment(event.start + event.minutes * times.MINUTE)}",
        f"SUMMARY:{title}",
        f"DESCRIPTION:{told}",
        f"URL:{event.link}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:PT0S",
        f"DESCRIPTION:{title}",
        "END:VALARM",
        "END:VEVENT",
    )


def _moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at // times.SECOND, UTC):%Y%m%dT%H%M%SZ}"


def _escaped(value: str) -> str:
    """Text as a property's value: RFC 5545, 3.3.11. Control characters may not be in it at all."""
    for sign in ("\\", ";", ","):
        value = value.replace(sign, f"\\{sign}")
    lines = "\\n".join(value.splitlines())
    return "".join(letter for letter in lines if letter >= " " and letter != "\x7f")


def _folded(line: str) -> str:
    """A line in pieces of at most 75 octets, none of which cuts a character in two."""
    pieces, size = [""], 0
    for letter in line:
        width = len(letter.encode())
        if size + width > _LONGEST:
            pieces.append(" ")
            size = 1
        pieces[-1] += letter
        size += width
    return "\r\n".join(pieces)
