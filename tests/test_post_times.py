from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks import times
from shortlinks.records import nouns
from shortlinks.snapshots import post_times
from tests.conftest import NOW

BERLIN = ZoneInfo("Europe/Berlin")


def read(*texts: str, american: bool = True) -> list[str | None]:
    found = post_times.read(texts, now=NOW, tz=BERLIN, american=american)
    return [None if at is None else f"{datetime.fromtimestamp(at / 1000, BERLIN):%Y-%m-%d %H:%M}" for at in found]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Sep 15, 2026", "2026-09-15 00:00"),
        ("Tue, Jul 14, 2026", "2026-07-14 00:00"),
        ("Dienstag, 14. Juli 2026", "2026-07-14 00:00"),
        ("09/15/2026 18:00", "2026-09-15 18:00"),
        ("09/15/2026 6:00 PM", "2026-09-15 18:00"),
        ("09/15/2026 12:05 a. m.", "2026-09-15 00:05"),
        ("15.09.2026 18:00", "2026-09-15 18:00"),
        ("15. Sept. 2026, 18:00", "2026-09-15 18:00"),
        ("15 de septiembre de 2026 a las 18:00", "2026-09-15 18:00"),
        ("2026-09-20 21:03:11", "2026-09-20 21:03"),
        ("2026-08-15 13:12:39 +0000", "2026-08-15 15:12"),
        ("2026-08-15T13:12:39.000Z", "2026-08-15 15:12"),
        ("2026-08-15T13:12:39-05:00", "2026-08-15 20:12"),
        ("10 de febrero", "2026-02-10 00:00"),
        ("November 30", "2025-11-30 00:00"),
    ],
)
def test_times_are_read_as_exports_write_them(written, meant):
    assert read(written) == [meant]


@pytest.mark.parametrize(
    "written", ["", "--", "Lifetime", "31 February", "2004-12-31", "2026-11-29", "9999-12-31 23:59", "0001-01-01"]
)
def test_what_is_no_time_of_a_post_is_not_known(written):
    assert read(written, "2026-09-15") == [None, "2026-09-15 00:00"]


def test_between_slashes_the_column_tells_which_is_the_month():
    assert read("05/06/2026", "15/06/2026") == ["2026-06-05 00:00", "2026-06-15 00:00"]
    assert read("05/06/2026", "06/15/2026", american=False) == ["2026-05-06 00:00", "2026-06-15 00:00"]
    assert read("05/06/2026", american=True) == ["2026-05-06 00:00"]
    assert read("05/06/2026", american=False) == [None]
    assert read("05/16/2026", "16/05/2026") == [None, None]


def test_days_without_a_year_follow_each_other_or_are_not_known():
    assert read("January 2", "December 30", "May 1") == ["2026-01-02 00:00", "2025-12-30 00:00", "2025-05-01 00:00"]
    jumbled = ("May 1", "March 1", "June 1", "February 1", "July 1", "January 1", "2026-01-01")
    assert read(*jumbled) == [None] * 6 + ["2026-01-01 00:00"]


@given(st.lists(st.text(alphabet="0123456789/.-:, TZapmjunedl+", max_size=30), max_size=6))
def test_whatever_stands_in_the_column_is_a_believable_time_or_none(texts):
    found = post_times.read(texts, now=NOW, tz=BERLIN, american=True)
    assert len(found) == len(texts)
    assert all(at is None or nouns.EARLIEST <= at <= NOW + times.DAY for at in found)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Nov-01-2026_Nov-20-2026_1234.csv", "2026-11-20"),
        ("account_analytics_content_2026-10-01_2026-10-28.csv", "2026-10-28"),
        ("Content 2026-10-01_2099-10-28 Clay.csv", "2026-10-01"),
        ("2026-11-21.csv", None),
        ("Table data.csv", None),
        ("12026-10-011.csv", None),
        ("Foo-31-2026 2026-13-01", None),
    ],
)
def test_the_name_of_a_file_tells_its_last_day_before_today(name, day):
    at = post_times.of_name(name, now=NOW, tz=BERLIN)
    assert (at and f"{datetime.fromtimestamp(at / 1000, BERLIN):%Y-%m-%d %H:%M}") == (day and f"{day} 23:59")
