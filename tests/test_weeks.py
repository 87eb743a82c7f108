from datetime import date
from zoneinfo import ZoneInfo

import pytest

from shortlinks import times, weeks
from shortlinks.errors import Invalid

BERLIN = ZoneInfo("Europe/Berlin")


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("name", "monday"),
    [
        ("2026-W47", "2026-11-16"),
        ("2026-W01", "2025-12-29"),
        ("2026-W53", "2026-12-28"),
        ("2020-W53", "2020-12-28"),
        ("2005-W01", "2005-01-03"),
    ],
)
def test_a_week_is_known_by_its_monday(name, monday):
    assert weeks.parse(name) == day(monday)
    assert weeks.name(day(monday)) == name


def test_a_week_may_be_typed_in_other_ways():
    assert weeks.parse(" 2026-w47 ") == weeks.parse("2026W47") == day("2026-11-16")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("2025-W53", "none with the number 53"),
        ("2026-W54", "none with the number 54"),
        ("2026-W00", "none with the number 0"),
        ("0000-W01", "has none"),
        ("2004-W53", "before 2005"),
        ("2026-11-16", "such as 2026-W47"),
        ("2026-W4", "such as 2026-W47"),
        ("", "such as 2026-W47"),
        (47, "such as 2026-W47"),
        (None, "such as 2026-W47"),
        ("２０２６-W47", "such as 2026-W47"),
    ],
)
def test_what_is_no_week_is_refused(name, why):
    with pytest.raises(Invalid, match=why) as caught:
        weeks.parse(name)
    assert [field for field, _ in caught.value.errors] == ["week"]


def test_every_day_is_in_the_week_of_the_iso_calendar():
    for each in range(day("2019-12-20"), day("2027-01-12")):
        found = date(1970, 1, 1).fromordinal(date(1970, 1, 1).toordinal() + each)
        year, number, weekday = found.isocalendar()
        assert weeks.name(weeks.of_day(each)) == f"{year}-W{number:02d}"
        assert each - weeks.of_day(each) == weekday - 1


def test_a_week_begins_at_midnight_where_the_creator_is_also_over_a_change_of_clocks():
    monday = day("2026-10-19")
    start, end = weeks.start(monday, BERLIN), weeks.start(monday + 7, BERLIN)
    assert times.rfc3339(start) == "2026-10-18T22:00:00Z"
    assert times.rfc3339(end) == "2026-10-25T23:00:00Z"
    assert end - start == 7 * times.DAY + times.HOUR


def test_the_newest_week_is_the_one_under_way_there():
    sunday_night = times.parse("2026-11-22T23:30:00Z", "at")
    assert weeks.latest(sunday_night, ZoneInfo("UTC"), 2) == [day("2026-11-16"), day("2026-11-09")]
    assert weeks.latest(sunday_night, BERLIN, 1) == [day("2026-11-23")]


def test_a_midnight_that_is_left_out_is_the_moment_that_comes_in_its_place():
    # Cairo went from 23:59 on Thursday to 01:00 on Friday, 26 April 2024.
    assert times.rfc3339(weeks.start(day("2024-04-26"), ZoneInfo("Africa/Cairo"))) == "2024-04-25T22:00:00Z"
