"""Tables to take along: CSV for programs, workbooks for people, both with texts of the worst kind."""

import csv
import io
import zipfile
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks.exports import spreadsheet, tables
from shortlinks.exports.tables import Column, Row, Table

BERLIN = ZoneInfo("Europe/Berlin")
AT = 1_795_300_000_123  # 2026-11-21T22:26:40.123Z
HOSTILE = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", '=HYPERLINK("https://evil.example";"x")', "|calc"),
    *(
        'a"b',
        "a,b;c",
        "a\nb",
        "  led and trailed ",
        "<r></r>",
        "<r><t>x</t></r>",
        "&amp;",
        "]]>",
        "é🍂\u202e",
        "1e5",
        "00123",
    ),
]
# What openpyxl does not turn back, as Excel does: (text, as it is in the file).
ESCAPED = [
    ("\0", "_x0000_"),
    ("a\rb", "a_x000D_b"),
    ("_x0041_", "_x005F_x0041_"),
    ("\ufffe", "_xFFFE_"),
    ("\ud800", "?"),
]


def written(rows: list[Row], *columns: Column, most_rows: int = spreadsheet.MOST_ROWS) -> bytes:
    return b"".join(spreadsheet.to_xlsx(Table("mugs", columns, rows), zone=BERLIN, now=AT, most_rows=most_rows))


def read(raw: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(raw))


def column_of(raw: bytes) -> list[object]:
    return [cell.value for (cell,) in list(read(raw)["mugs"].iter_rows())[1:]]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_text_in_a_workbook(text: str) -> None:
    book = read(written([(text,)], Column("title")))
    cell = book["mugs"]["A2"]
    assert (cell.value, cell.data_type) == (text, "s")


@pytest.mark.parametrize(("text", "inside"), ESCAPED)
def test_what_xml_cannot_hold_is_escaped(text: str, inside: str) -> None:
    assert column_of(written([(text,)], Column("title"))) == [inside]


@pytest.mark.parametrize("text", ["=1+1", "@a", "-1"])
def test_a_text_stays_text_when_somebody_edits_its_cell(text: str) -> None:
    book = read(written([(text,), ("plain",)], Column("title")))
    assert [book["mugs"][place].quotePrefix for place in ("A2", "A3")] == [True, False]


def test_no_text_is_longer_than_a_cell_may_be() -> None:
    (cell,) = column_of(written([("🍂" * 20_000,)], Column("title")))
    assert cell == "🍂" * (spreadsheet.LONGEST_TEXT // 2)


def test_each_kind_is_what_a_spreadsheet_reckons_with() -> None:
    columns = (
        *(Column("n", "number"), Column("s", "share"), Column("a", "amount")),
        *(Column("i", "instant"), Column("f", "flag"), Column("t")),
    )
    summer = 1_783_000_000_000  # 2026-07-02T13:46:40Z
    rows: list[Row] = [(5, 0.25, Decimal("12.50"), AT, True, "x"), (None,) * 6, (0, 0.0, Decimal(0), summer, False, "")]
    sheet = read(written(rows, *columns))["mugs"]
    head, first, empty, second = sheet.iter_rows()
    assert [cell.value for cell in head] == ["n", "s", "a", "i (Europe/Berlin)", "f", "t"]
    assert [cell.value for cell in first[:3]] == [5, 0.25, 12.5]
    assert first[3].value.isoformat() == "2026-11-21T23:26:40.123000"
    assert second[3].value.isoformat() == "2026-07-02T15:46:40"
    assert (first[4].value, second[4].value, second[5].value) == (True, False, None)
    assert [cell.value for cell in empty] == [None] * 6
    assert (first[1].number_format, first[3].number_format) == ("0.00%", r"yyyy\-mm\-dd\ hh:mm:ss")
    assert sheet.freeze_panes == "A2"
    assert head[0].font.bold


def test_what_a_sheet_cannot_hold_goes_on_in_the_next() -> None:
    book = read(written([(number,) for number in range(7)], Column("n", "number"), most_rows=4))
    assert book.sheetnames == ["mugs", "mugs 2", "mugs 3"]
    found = [[cell.value for (cell,) in sheet.iter_rows()] for sheet in book]
    assert found == [["n", 0, 1, 2], ["n", 3, 4, 5], ["n", 6]]


def test_a_sheet_that_is_exactly_full_has_no_empty_one_behind_it() -> None:
    book = read(written([(number,) for number in range(3)], Column("n", "number"), most_rows=4))
    assert book.sheetnames == ["mugs"]


def test_without_rows_there_is_a_head() -> None:
    assert [cell.value for (cell,) in read(written([], Column("title")))["mugs"].iter_rows()] == ["title"]
    assert b"".join(tables.to_csv(Table("mugs", [Column("title")], []))) == b"title\r\n"


def test_the_columns_of_wide_tables_have_names() -> None:
    columns = [Column(f"c{number}", "number") for number in range(800)]
    sheet = read(written([tuple(range(800))], *columns))["mugs"]
    assert [sheet[place].value for place in ("Z2", "AA2", "AZ2", "BA2", "ZZ2", "AAA2", "ADT2")] == [
        *(25, 26, 51, 52, 701, 702, 799),
    ]


def test_a_workbook_is_sent_while_it_is_written() -> None:
    taken = []

    def rows() -> "object":
        for number in range(40_000):
            taken.append(number)
            yield (f"{number * 7919 % 100_003:x}",)

    pieces = spreadsheet.to_xlsx(Table("mugs", [Column("title")], rows()), zone=BERLIN, now=AT)  # type: ignore[arg-type]
    first = next(pieces)
    assert len(taken) < 35_000
    raw = first + b"".join(pieces)
    assert zipfile.ZipFile(io.BytesIO(raw)).testzip() is None
    assert len(column_of(raw)) == 40_000


@given(st.lists(st.tuples(st.text(), st.text()), max_size=8))
def test_csv_says_each_text_as_it_is(rows: list[tuple[str, str]]) -> None:
    raw = b"".join(tables.to_csv(Table("mugs", [Column("a"), Column("b")], rows)))
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(raw.decode(), newline=""), strict=True)) == [["a", "b"], *map(list, rows)]


def test_csv_writes_values_for_programs() -> None:
    columns = [
        Column("i", "instant"),
        Column("f", "flag"),
        Column("a", "amount"),
        Column("s", "share"),
        Column("n", "number"),
    ]
    rows: list[Row] = [(AT, True, Decimal("1E+3"), 0.1, 3), (None,) * 5]
    assert b"".join(tables.to_csv(Table("mugs", columns, rows))).decode().split("\r\n")[1:] == [
        "2026-11-21T22:26:40.123Z,true,1000,0.1,3",
        ",,,,",
        "",
    ]


def test_half_of_a_letter_stops_no_file() -> None:
    assert b"".join(tables.to_csv(Table("mugs", [Column("a")], [("x\ud800y",)]))) == b"a\r\nx?y\r\n"
