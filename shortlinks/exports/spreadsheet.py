"""A table as an Excel workbook (.xlsx, ECMA-376), which Excel and LibreOffice open in every language by a double click. Pure.

Text is text there, whatever it begins with: formulas are cells of another kind, and none is written. The file is written
front to back as it is sent, in constant memory and without a file on disk. XlsxWriter, made for this otherwise, takes text
that begins with `<r>` for markup when it writes so, and needs twice the unpacked size on disk.
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from shortlinks import times
from shortlinks.exports import tables
from shortlinks.exports.tables import Kind, Table

MOST_ROWS = 1_048_576
"""Rows of a sheet, its head included. What is more goes on in further sheets."""
LONGEST_TEXT = 32_767
"""Characters of a cell, counted in UTF-16."""

# Beyond 2 GiB a part would need ZIP64, which Excel does not read in a file that was written front to back.
_MOST_BYTES = 1_500_000_000
_PIECE_BYTES = 64 * 1024
_ROWS_AT_ONCE = 100
_EPOCH = 25_569  # 1970-01-01 in days as spreadsheets count them
_STYLES: dict[Kind, int] = {"instant": 2, "share": 3, "amount": 4}
_HEAD, _QUOTED = 1, 5
# What XML cannot hold is written `_xHHHH_` (ECMA-376-1, 22.9.2.19), and so is a text that looks like that.
_ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_RUNS = tuple("=+-@\t\r\n＝＋－＠")
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLE_SHEET = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="1">'
    r'<numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="6">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="10" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class _Sink:
    """What was written to the file and not sent yet."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, piece: bytes) -> int:
        self._held += piece
        return len(piece)

    def flush(self) -> None:
        pass

    def full(self) -> bool:
        return len(self._held) >= _PIECE_BYTES

    def taken(self) -> bytes:
        piece = bytes(self._held)
        self._held.clear()
        return piece


def to_xlsx(table: Table, *, zone: ZoneInfo, now: int, most_rows: int = MOST_ROWS) -> Iterator[bytes]:
    """The table as a workbook, piece by piece, with instants in the time of `zone`, which their columns name.

    Numbers are numbers, instants are dates; the head stays in sight. A sheet holds `most_rows`.
    """
    sink = _Sink()
    made_at = datetime.fromtimestamp(now / times.SECOND, UTC).timetuple()[:6]
    kinds = [column.kind for column in table.columns]
    letters = [_letters(number) for number in range(len(kinds))]
    named = [f"{column.name} ({zone})" if column.kind == "instant" else column.name for column in table.columns]
    head = "".join(_cell(at, 1, "text", name, _HEAD) for at, name in zip(letters, named, strict=True))
    rows = iter(table.rows)
    row, sheets = next(rows, None), 0
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name, text in (
            ("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])),
            ("xl/styles.xml", _STYLE_SHEET),
        ):
            archive.writestr(_part(name, made_at), text)
        while row is not None or not sheets:
            sheets += 1
            with archive.open(_part(f"xl/worksheets/sheet{sheets}.xml", made_at), "w") as sheet:
                written = sheet.write(_opening(len(kinds), first=sheets == 1, head=head))
                number, waiting = 1, []
                while row is not None and number < most_rows and written < _MOST_BYTES:
                    number += 1
                    cells = "".join(
                        _cell(at, number, kind, _seen(kind, value, zone))
                        for at, kind, value in zip(letters, kinds, row, strict=True)
                        if value is not None and value != ""
                    )
                    waiting.append(f'<row r="{number}">{cells}</row>')
                    row = next(rows, None)
                    if len(waiting) == _ROWS_AT_ONCE:
                        written += sheet.write("".join(waiting).encode())
                        waiting.clear()
                        if sink.full():
                            yield sink.taken()
                sheet.write(("".join(waiting) + "</sheetData></worksheet>").encode())
        for name, text in _closing(table.name, sheets):
            archive.writestr(_part(name, made_at), text)
    yield sink.taken()


def _part(name: str, made_at: Any) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name, made_at)
    found.compress_type = zipfile.ZIP_DEFLATED
    return found


def _seen(kind: Kind, value: Any, zone: ZoneInfo) -> Any:
    """A value as its cell holds it: an instant in days, by the clocks of `zone`."""
    if kind != "instant":
        return value
    offset = datetime.fromtimestamp(value // times.SECOND, zone).utcoffset()
    return _EPOCH + (value + (offset.total_seconds() * times.SECOND if offset else 0)) / times.DAY


def _cell(at: str, number: int, kind: Kind, value: Any, style: int = 0) -> str:
    if kind == "text":
        style = style or (_QUOTED if value.startswith(_RUNS) else 0)
        return f'<c r="{at}{number}" s="{style}" t="inlineStr">{_text(value)}</c>'
    if kind == "flag":
        return f'<c r="{at}{number}" t="b"><v>{value:d}</v></c>'
    return f'<c r="{at}{number}" s="{_STYLES.get(kind, 0)}"><v>{value}</v></c>'


@lru_cache(maxsize=4_096)
def _text(value: str) -> str:
    fits = value
    if len(value) * 2 > LONGEST_TEXT:
        fits = value.encode("utf-16-le", "replace")[: LONGEST_TEXT * 2].decode("utf-16-le", "ignore")
    clean = _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", tables.whole(fits))
    return f'<is><t xml:space="preserve">{clean.translate(_MARKUP)}</t></is>'


def _letters(number: int) -> str:
    """The name of a column, from 0: A to Z, AA, …"""
    first, last = divmod(number, 26)
    return (_letters(first - 1) if first else "") + chr(ord("A") + last)


def _opening(columns: int, *, first: bool, head: str) -> bytes:
    selected = ' tabSelected="1"' if first else ""
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView{selected} workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<cols><col min="1" max="{columns}" width="20" customWidth="1"/></cols>'
        f'<sheetData><row r="1">{head}</row>'
    ).encode()


def _closing(name: str, sheets: int) -> Iterator[tuple[str, str]]:
    """The parts that say how many sheets there are."""
    numbers = range(1, sheets + 1)
    listed = "".join(
        f'<sheet name="{name if number == 1 else f"{name} {number}"}" sheetId="{number}" r:id="rId{number}"/>'
        for number in numbers
    )
    yield (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{listed}</sheets></workbook>",
    )
    parts = [("worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    yield "xl/_rels/workbook.xml.rels", _relations([*parts, ("styles", "styles.xml")])
    overrides = "".join(
        f'<Override PartName="/xl/{path}" ContentType="{_TYPE}.{kind}+xml"/>'
        for path, kind in (
            ("workbook.xml", "sheet.main"),
            ("styles.xml", "styles"),
            *((path, kind) for kind, path in parts),
        )
    )
    yield (
        "[Content_Types].xml",
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
    )


def _relations(targets: list[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'
