"""The calendar as a phone reads it: RFC 5545."""

import re
from typing import Any

import pytest
from clicking import NOW
from hypothesis import given
from hypothesis import strategies as st

from shortlinks.reminders import calendar_feed
from shortlinks.reminders.calendar_feed import Event


def event(**fields: Any) -> Event:
    shape: dict[str, Any] = {
        "name": "k7m2p-24h",
        "title": "Note the numbers",
        "text": "Its reading at 24 hours.",
        "link": "https://go.example/admin/posts/k7m2p#numbers",
        "start": NOW,
        "minutes": 5,
        "changed_at": NOW - 1,
    }
    return Event(**(shape | fields))


def unfolded(text: str) -> list[str]:
    """The lines that a reader of RFC 5545 sees; it takes CR LF only."""
    assert text.endswith("\r\n")
    lines = text[:-2].split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert not any(set(line) & set("\r\n") for line in lines)
    return "\r\n".join(lines).replace("\r\n ", "").split("\r\n")


def value(lines: list[str], name: str) -> str:
    """The text of the first property of that name."""
    found = next(line.partition(":")[2] for line in lines if line.startswith(f"{name}:"))
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], found)


def test_a_calendar_has_what_every_reader_asks_for() -> None:
    lines = unfolded(calendar_feed.text("Numbers", [event()]))
    assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//from-likes-to-clicks//reminders//EN"]
    assert lines[-1] == "END:VCALENDAR"
    for part in ("VCALENDAR", "VEVENT", "VALARM"):
        assert (lines.count(f"BEGIN:{part}"), lines.count(f"END:{part}")) == (1, 1)
    assert value(lines, "UID") == "k7m2p-24h@from-likes-to-clicks"
    assert value(lines, "DTSTART") == "20261121T222640Z"
    assert value(lines, "DTEND") == "20261121T223140Z"
    assert value(lines, "DTSTAMP") == "20261121T222639Z"
    assert value(lines, "TRIGGER") == "PT0S"


def test_an_event_keeps_its_uid_whatever_else_of_it_changes() -> None:
    changed = event(title="Other", text="Other", link="https://other.example/", start=NOW + 1, changed_at=NOW)
    first, second = (value(unfolded(calendar_feed.text("Numbers", [each])), "UID") for each in (event(), changed))
    assert first == second


def test_the_same_events_give_the_same_text() -> None:
    assert calendar_feed.text("Numbers", [event()]) == calendar_feed.text("Numbers", [event()])


@pytest.mark.parametrize(
    "title",
    ["a; b, c\\n: d", "x" * 200, "größer " * 30, "🏺" * 60, "END:VEVENT\r\nBEGIN:VEVENT", "a\x00b\x1b", "\ud800"],
)
def test_no_title_breaks_out_of_its_line(title: str) -> None:
    safe = title.encode("utf-8", "ignore").decode()
    lines = unfolded(calendar_feed.text("Numbers", [event(title=safe)]))
    assert lines.count("BEGIN:VEVENT") == 1
    expected = "\n".join("".join(letter for letter in line if letter >= " ") for line in safe.splitlines())
    assert value(lines, "SUMMARY") == expected


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=120))
def test_every_title_comes_back_as_it_is(title: str) -> None:
    lines = unfolded(calendar_feed.text(title, [event(title=title)]))
    assert value(lines, "SUMMARY") == value(lines, "NAME") == title
