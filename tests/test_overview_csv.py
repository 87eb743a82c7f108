from datetime import date

import pytest

from shortlinks import times
from shortlinks.errors import Invalid
from shortlinks.snapshots import overview_csv

HEADER = '"Date","Video Views","Profile Views","Likes","Comments","Shares"\n'


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


TODAY = day("2026-11-22")


def read(text: str, today: int = TODAY) -> overview_csv.Overview:
    return overview_csv.read(text.encode(), today=today)


def days(found: overview_csv.Overview) -> list[str]:
    return [times.day_name(row.day) for row in found.rows]


def refused(data: bytes | str, today: int = TODAY) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        overview_csv.read(data if isinstance(data, bytes) else data.encode(), today=today)
    return caught.value.errors


def test_it_reads_the_days_as_tiktok_writes_them():
    found = read(HEADER + '"August 31","1441","52","31","2","11"\n"September 1","15,000","77","57","-1","6"\n')
    assert found.left == ()
    assert found.rows == (
        overview_csv.Row(2, day("2026-08-31"), 1_441, 52),
        overview_csv.Row(3, day("2026-09-01"), 15_000, 77),
    )


@pytest.mark.parametrize(
    "encoded",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: ("sep=,\n\n" + text).encode(),
        lambda text: text.replace(",", ";").replace("\n", "\r\n").encode(),
        lambda text: text.replace(",", "\t").encode(),
        lambda text: text.replace('"', "").upper().encode(),
        lambda text: (text + "\n\n").encode(),
    ],
)
def test_it_reads_the_file_however_it_is_encoded(encoded):
    (row,) = overview_csv.read(encoded(HEADER + '"10 de febrero","5","3","0","0","0"\n'), today=TODAY).rows
    assert (row.day, row.views, row.profile_visits) == (day("2026-02-10"), 5, 3)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("31 August", "2026-08-31"),
        ("Sep 1", "2026-09-01"),
        ("1. September", "2026-09-01"),
        ("28 апреля", "2026-04-28"),
        ("1 мая", "2026-05-01"),
        ("31 août", "2026-08-31"),
        ("3 de março de 2025", "2025-03-03"),
        ("5 gennaio", "2026-01-05"),
        ("8月31日", "2026-08-31"),
        ("8월 31일", "2026-08-31"),
        ("2026-08-31", "2026-08-31"),
        ("31.8.2025", "2025-08-31"),
        ("August 31, 2024", "2024-08-31"),
        ("29 February", "2024-02-29"),
    ],
)
def test_a_day_is_read_in_the_language_of_the_account(written, meant):
    assert days(read(f'{HEADER}"{written}",1,1,0,0,0\n')) == [meant]


@pytest.mark.parametrize(
    "written", ["08/09/2026", "31 Foo", "31 February", "Ju 5", "Juli", "", "13月1日", "0 May", "2026-13-01", "Total"]
)
def test_a_day_that_could_be_another_one_or_none_refuses_the_file(written):
    (error,) = refused(f'{HEADER}"May 1",1,1,0,0,0\n"{written}",2,2,0,0,0\n')
    assert error[0] == "row 3"


def test_days_over_new_year_get_the_latest_years_that_are_not_in_the_future():
    rows = "".join(f'"{each}",1,1,0,0,0\n' for each in ("December 30", "December 31", "January 1"))
    assert days(read(HEADER + rows)) == ["2025-12-30", "2025-12-31", "2026-01-01"]
    assert days(read(HEADER + rows, today=day("2026-01-02"))) == ["2025-12-30", "2025-12-31", "2026-01-01"]
    backwards = "".join(f'"{each}",1,1,0,0,0\n' for each in ("January 1", "December 31", "December 30"))
    assert days(read(HEADER + backwards)) == ["2026-01-01", "2025-12-31", "2025-12-30"]


def test_a_file_that_ends_yesterday_is_of_this_year_and_one_that_would_end_tomorrow_of_the_last():
    assert days(read(f'{HEADER}"November 21",1,1,0,0,0\n')) == ["2026-11-21"]
    assert days(read(f'{HEADER}"November 23",1,1,0,0,0\n')) == ["2025-11-23"]


def test_a_whole_year_of_days_gets_two_years():
    dates = [date.fromordinal(date(2025, 11, 22).toordinal() + number) for number in range(365)]
    found = read(HEADER + "".join(f'"{each:%B} {each.day}",1,1,0,0,0\n' for each in dates))
    assert days(found) == [each.isoformat() for each in dates]


def test_days_in_no_order_are_refused():
    jumbled = "".join(f'"{each} 1",1,1,0,0,0\n' for each in ("May", "March", "June", "February", "July", "January"))
    assert refused(HEADER + jumbled)[0][0] == "file"
    for_ages = "".join(f'"{each}",1,1,0,0,0\n' for each in ("May 1", "March 1", "June 1", "April 1") * 700)
    assert refused(HEADER + for_ages)[0][0] == "file"


def test_more_years_than_can_be_told_are_refused_in_either_order():
    rows = [f'"{date.fromordinal(737_000 + number):%B %d}",1,1,0,0,0\n' for number in range(2_900)]
    for ordered in (rows, rows[::-1]):
        assert refused(HEADER + "".join(ordered))[0][0] == "file"


def test_a_whole_year_the_newest_day_first_is_read_as_well():
    dates = [date.fromordinal(date(2026, 11, 21).toordinal() - number) for number in range(365)]
    found = read(HEADER + "".join(f'"{each.day} {each:%B}",1,1,0,0,0\n' for each in dates))
    assert days(found) == [each.isoformat() for each in dates]


def test_today_and_days_without_numbers_are_left_with_the_reason():
    found = read(
        HEADER + '"November 20","undefined","undefined",1,1,1\n"November 21",,7,0,0,0\n"November 22",4,4,0,0,0\n'
    )
    assert found.rows == (overview_csv.Row(3, day("2026-11-21"), None, 7),)
    assert [(left.line, left.why) for left in found.left] == [
        (2, "holds no numbers"),
        (4, "is of a day that is not over"),
    ]


@pytest.mark.parametrize("cell", ["-5", "1.5", "many", "1e5", "99999999999999", "1.2K"])
def test_a_number_that_cannot_be_refuses_the_file(cell):
    assert [field for field, _ in refused(f'{HEADER}"May 1",{cell},1,0,0,0\n')] == ["row 2"]


def test_every_row_that_cannot_be_read_is_named_up_to_twenty():
    bad = '"May 40",1,1,0,0,0\n'
    assert [field for field, _ in refused(HEADER + bad * 2)] == ["row 2", "row 3"]
    assert len(refused(HEADER + bad * 50)) == 20


def test_the_same_day_twice_refuses_the_file():
    ((field, why),) = refused(HEADER + '"May 1",1,1,0,0,0\n"May 1",2,2,0,0,0\n')
    assert (field, why) == ("row 3", "is of the same day as row 2")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"\xff\xfe",
        b"PK\x03\x04 a zip",
        b"\x80\x81",
        b"hello",
        b"Date,Followers\nMay 1,5\n",
        b"Video Views,Profile Views\n1,2\n",
        b"Date,Video Views\n" + b"May 1,1\n" * 3_001,
        b'Date,Video Views\n"' + b"x" * 200_000,
        b"\0" * 50,
    ],
)
def test_what_is_no_overview_is_refused_as_a_whole(data):
    assert {field.partition(" ")[0] for field, _ in refused(data)} <= {"file", "row"}


@pytest.mark.parametrize("at", [0, 1, 2, 50, -1])
def test_zero_bytes_in_a_file_are_told_and_make_no_utf_16_of_it(at):
    data = (HEADER + '"August 31","1441","52","31","2","11"\n').encode()
    spoilt = data[:at] + b"\0" + data[at:]
    assert refused(spoilt) == [("file", "is damaged: it has zero bytes in it. Download it again")]
    assert refused(spoilt.decode().encode("utf-16")) == refused(spoilt)


@pytest.mark.parametrize("data", [HEADER, HEADER.strip(), f"sep=,\n{HEADER}\n\n"])
def test_a_header_alone_says_that_there_are_no_days(data):
    assert refused(data) == [("file", "holds no days: choose a longer time in TikTok before you download it")]


def test_a_day_before_there_were_platforms_is_refused():
    assert refused("Date,Video Views\n2004-12-31,1\n") == [("row 2", "is before 2005")]
    assert refused("Date,Video Views\n0001-01-01,1\n") == [("row 2", "is before 2005")]
    assert days(read("Date,Video Views\n2005-01-01,1\n")) == ["2005-01-01"]


def test_columns_stand_in_any_order_and_others_are_passed_over():
    (row,) = read("Net followers,Profile views,Date\n35,300,2026-09-10\n").rows
    assert (row.views, row.profile_visits) == (None, 300)
