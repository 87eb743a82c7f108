"""Tables that platforms offer for download as CSV: their bytes as rows of cells. Pure.

They come as UTF-8, mostly with a byte order mark, as UTF-16, and, saved again by a spreadsheet, in a code page of Windows;
with commas, semicolons or tabs between, and sometimes a line such as `sep=,` or a sentence above the header.
"""

import codecs
import csv
import io
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice

from shortlinks.errors import Invalid
from shortlinks.snapshots import typed
from shortlinks.words.language import N_, _

FIELD = "file"
"""What a file is called in errors, and in forms."""

Line = tuple[int, list[str]]
"""A row with its number as a spreadsheet counts it: the first of the file is 1."""

_HEAD = 20
_ABOVE = 20
"""A header stands within so many rows."""
_SEPARATORS = ",;\t"
_NO_NUMBER = frozenset({"", "undefined", "-", "--", "–", "—", "n/a", "null", "none", "nan"})
_OLE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
_SHEET = b"[Content_Types].xml"
_NO_TEXT = N_("is no text: is it the .csv file itself, taken out of the .zip?")
# Spreadsheets run what begins like this as a formula (OWASP, CSV Injection, 2024).
_FORMULA = (*"=+-@＝＋－＠", "\t", "\r", "\n")
_BINARY = frozenset({*range(9), *range(14, 32)})


def read(data: bytes, is_header: Callable[[Sequence[str]], bool]) -> list[Line]:
    """The rows from the header on, without empty ones; where none is a header, from the first with several cells on.

    Raises Invalid naming `file` for what is no text or no CSV.
    """
    text = _text(data)
    for separator in _SEPARATORS:
        with suppress(Invalid):  # one that is not the file's may run a quoted cell on and on
            above = islice(_rows(text, separator), _ABOVE)
            begins = next((index for index, (_line, cells) in enumerate(above) if is_header(cells)), None)
            if begins is not None:
                return list(islice(_rows(text, separator), begins, None))
    first = next((line for line in text.splitlines() if line.strip()), "")
    rows = list(_rows(text, max(_SEPARATORS, key=first.count)))
    begins = next((index for index, (_line, cells) in enumerate(rows[:_ABOVE]) if sum(map(bool, cells)) > 1), 0)
    return rows[begins:]


def cell(cells: Sequence[str], index: int | None) -> str:
    """What stands in a column, "" where a row has no such column or the file has none."""
    return cells[index].strip() if index is not None and index < len(cells) else ""


def number(text: str, field: str) -> typed.Count | None:
    """The count in a cell, None where the platform has no number. Raises Invalid naming `field`, as typed.count does."""
    plain = unicodedata.normalize("NFKC", text[:200]).strip()
    # As it stands: typed.count refuses a raised number, which NFKC makes a plain one.
    return None if plain.casefold() in _NO_NUMBER else typed.count(text, field)


def harmless(value: object) -> str:
    """A value as a cell of a table of ours: what a spreadsheet would run as a formula gets a leading '."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def names(header: Sequence[str]) -> str:
    """The names of a header, to be told to whoever has another file than is asked for."""
    return ", ".join(filter(None, (name.strip() for name in header)))[:200]


def _text(data: bytes) -> str:
    """The file as text, which has no zero bytes but for UTF-16."""
    if data.startswith(_OLE) or (data.startswith(_ZIP) and _SHEET in data):
        raise Invalid.field(
            FIELD, _("is a spreadsheet: open it, save the sheet with the posts as CSV, and choose that file")
        )
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig" or not _BINARY.isdisjoint(data):
            raise Invalid.field(FIELD, _(_NO_TEXT)) from error
        text = _of_windows(data)
    if "\0" in text:
        raise Invalid.field(FIELD, _("is damaged: it has zero bytes in it. Download it again"))
    return text


def _of_windows(data: bytes) -> str:
    """What Excel saves as CSV, unless it is told to use UTF-8."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise Invalid.field(FIELD, _(_NO_TEXT)) from error


def _encoding(data: bytes) -> str:
    """UTF-16 without a mark is known by its header, in English, in which every second byte is zero and no other."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = data[:_HEAD:2], data[1:_HEAD:2]
    if odd and all(even) and not any(odd):
        return "utf-16-le"
    return "utf-16-be" if odd and all(odd) and not any(even) else "utf-8-sig"


def _rows(text: str, separator: str) -> Iterator[Line]:
    """The rows that are not empty, as far as they are asked for."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        yield from ((number, cells) for number, cells in enumerate(reader, 1) if any(cell.strip() for cell in cells))
    except csv.Error as error:
        raise Invalid.field(FIELD, _("is no CSV: {reason}", reason=str(error))) from error
