from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks.errors import Invalid
from shortlinks.snapshots import table_csv

TEXT = "Name,Views\ncafé,5\n"


def read(data: bytes) -> list[table_csv.Line]:
    return table_csv.read(data, lambda cells: "Name" in cells)


def refused(data: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        read(data)
    ((field, message),) = caught.value.errors
    assert field == "file"
    return message


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode(),
        TEXT.replace("\n", "\r\n").encode(),
    ],
)
def test_the_same_table_is_read_however_it_is_encoded(data):
    assert read(data) == [(1, ["Name", "Views"]), (2, ["café", "5"])]


def test_what_stands_above_the_header_and_empty_rows_are_passed_over_and_counted():
    assert read(b"Numbers,of,all\nName,Views\na,5\n")[0] == (2, ["Name", "Views"])
    assert read(b'sep=,\n"Numbers, of all"\n\nName,Views\n,\na,5\n') == [(4, ["Name", "Views"]), (6, ["a", "5"])]


def test_the_separator_is_the_one_that_makes_a_header_even_where_another_is_more_frequent():
    assert read(b"Name;Views, of all, ever\na;5\n")[1] == (2, ["a", "5"])
    endless = read(b'Name;Views\nsaid,"well;5\n' + b"a;5\n" * 40_000)
    assert endless[1] == (2, ['said,"well', "5"])


def test_a_table_without_a_known_header_is_given_whole():
    assert read(b"a;b;c\n1;2;3\n") == [(1, ["a", "b", "c"]), (2, ["1", "2", "3"])]


@pytest.mark.parametrize("data", [b"PK\x03\x04..[Content_Types].xml", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_a_spreadsheet_is_told_to_be_saved_as_csv(data):
    assert "save the sheet with the posts as CSV" in refused(data)


@pytest.mark.parametrize("data", [b"PK\x03\x04\xff\x01", b"\x89PNG\r\n\x1a\n\xff\xff", b"\xff\xfea", b"\x81\x8d"])
def test_what_is_no_text_is_refused(data):
    assert "is no text" in refused(data)


@pytest.mark.parametrize("cell", ["", "undefined", "--", "–", "N/A", "null", "nan", " "])
def test_a_cell_may_say_that_there_is_no_number(cell):
    assert table_csv.number(cell, "row 2") is None


@pytest.mark.parametrize(
    ("cell", "value"), [("15,000", 15_000), ("1.500", 1_500), ("12.00", 12), ("1\u202f234", 1_234)]
)
def test_numbers_are_read_as_spreadsheets_write_them(cell, value):
    found = table_csv.number(cell, "row 2")
    assert found is not None
    assert (found.value, found.precision) == (value, 0)


@pytest.mark.parametrize("cell", ["12²", "①2", "-5", "many"])
def test_what_is_no_count_is_refused(cell):
    with pytest.raises(Invalid, match="row 2"):
        table_csv.number(cell, "row 2")


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_do_more_than_be_refused(data):
    rows: list[table_csv.Line] = []
    with suppress(Invalid):
        rows = read(data)
    assert all(cells for _, cells in rows)
