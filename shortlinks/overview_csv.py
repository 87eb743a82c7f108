"""Reading Overview.csv, which TikTok's analytics offer for download: a profile's views and visits day by day. Pure.

The files that are known (public importers' fixtures, 2026) have the header
`Date,Video Views,Profile Views,Likes,Comments,Shares` in English whatever the language, days without a year in the
language of the account ("August 31", "31 August", "10 de febrero", "28 апреля"), oldest first and ending yesterday, and
"undefined" where TikTok has no number. They come as UTF-8, mostly with a byte order mark, and other exports as UTF-16.
"""

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shortlinks import month_names, typed
from shortlinks.errors import Invalid

PLATFORM = "tiktok"
"""Whose file it is."""
MOST_ROWS = 3_000
MOST_ERRORS = 20
FIELD = "file"
"""What the file is called in errors, and in forms."""

_DATE = "date"
_HEAD = 20
_EARLIEST = 12_784  # 2005-01-01: older than every platform here
_COLUMNS = {"video views": "views", "profile views": "profile_visits"}
_NO_NUMBER = frozenset({"", "undefined", "-", "--", "–", "n/a", "null", "nan"})
_SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class Row:
    """A day (since 1970) with its numbers. `line` is the row as a spreadsheet counts it: the first of the file is 1."""

    line: int
    day: int
    views: int | None
    profile_visits: int | None

    @property
    def numbers(self) -> dict[str, int]:
        """The numbers that there are, by name."""
        both = {"views": self.views, "profile_visits": self.profile_visits}
        return {name: count for name, count in both.items() if count is not None}


@dataclass(frozen=True, slots=True)
class Left:
    """A row that is not taken, and why, to be read after "row 5"."""

    line: int
    why: str
    day: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What a file holds: the days to take, in its order, and the rows to leave."""

    rows: tuple[Row, ...]
    left: tuple[Left, ...]


def read(data: bytes, *, today: int) -> Overview:
    """The days of the file `data`. `today` (days since 1970, the creator's) is not over and is left, as later ones are.

    Days without a year are of the latest years in which they follow each other and do not lie in the future.
    Raises Invalid naming `file`, also where it holds no days, or each row that cannot be read ("row 5").
    """
    table = _table(_text(data))
    if not table:
        raise Invalid.field(FIELD, "is empty")
    header, *body = table
    names = [cell.strip().casefold() for cell in header[1]]
    wanted = {_COLUMNS[name]: index for index, name in enumerate(names) if name in _COLUMNS}
    if _DATE not in names or not wanted:
        found = ", ".join(cell.strip() for cell in header[1])[:200]
        raise Invalid.field(
            FIELD, f"is no Overview.csv: it needs the columns Date and Video Views or Profile Views, and has {found}"
        )
    if not body:
        raise Invalid.field(FIELD, "holds no days: choose a longer time in TikTok before you download it")
    if len(body) > MOST_ROWS:
        raise Invalid.field(FIELD, f"has more than {MOST_ROWS:,} rows")
    errors: list[tuple[str, str]] = []
    dates: dict[int, month_names.Date] = {}
    numbers: dict[int, dict[str, int]] = {}
    for line, cells in body:
        try:
            dates[line] = month_names.read(_cell(cells, names.index(_DATE)), f"row {line}")
            numbers[line] = _numbers(cells, wanted, line)
        except Invalid as invalid:
            errors += invalid.errors
    if errors:
        raise Invalid(errors[:MOST_ERRORS])
    days = dict(zip(dates, month_names.years_apart(list(dates.values()), latest=today, field=FIELD), strict=True))
    return _sorted_out(days, numbers, today)


def _sorted_out(days: Mapping[int, int], numbers: Mapping[int, Mapping[str, int]], today: int) -> Overview:
    rows: list[Row] = []
    left: list[Left] = []
    lines: dict[int, int] = {}
    for line, day in days.items():
        if day in lines:
            raise Invalid.field(f"row {line}", f"is of the same day as row {lines[day]}")
        if day < _EARLIEST:
            raise Invalid.field(f"row {line}", "is before 2005")
        lines[day] = line
        if not numbers[line]:
            left.append(Left(line, "holds no numbers", day))
        elif day >= today:
            left.append(Left(line, "is of a day that is not over", day))
        else:
            counts = numbers[line]
            rows.append(Row(line, day, counts.get("views"), counts.get("profile_visits")))
    return Overview(tuple(rows), tuple(left))


def _text(data: bytes) -> str:
    """The file as text, which has no zero bytes but for UTF-16."""
    try:
        text = data.decode(_encoding(data))
    except UnicodeDecodeError as error:
        raise Invalid.field(FIELD, "is no text: is it the .csv file itself, taken out of the .zip?") from error
    if "\0" in text:
        raise Invalid.field(FIELD, "is damaged: it has zero bytes in it. Download it again")
    return text


def _encoding(data: bytes) -> str:
    """UTF-16 without a mark is known by its header, in English, in which every second byte is zero and no other."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = data[:_HEAD:2], data[1:_HEAD:2]
    if odd and all(even) and not any(odd):
        return "utf-16-le"
    return "utf-16-be" if odd and all(odd) and not any(even) else "utf-8-sig"


def _table(text: str) -> list[tuple[int, list[str]]]:
    """Rows with their numbers, from the header on, without empty ones. A line such as `sep=,` may stand before it."""
    header = next((line for line in text.splitlines() if _DATE in line.casefold()), "")
    separator = max(_SEPARATORS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        rows = [(number, cells) for number, cells in enumerate(reader, 1) if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise Invalid.field(FIELD, f"is no CSV: {error}") from error
    begins = next((index for index, (_, cells) in enumerate(rows) if _is_header(cells)), 0)
    return rows[begins:]


def _is_header(cells: Iterable[str]) -> bool:
    return any(cell.strip().casefold() == _DATE for cell in cells)


def _numbers(cells: list[str], wanted: Mapping[str, int], line: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, index in wanted.items():
        text = unicodedata.normalize("NFKC", _cell(cells, index)).strip()
        if text.casefold() in _NO_NUMBER:
            continue
        count = typed.count(text, f"row {line}")
        if count.precision:
            raise Invalid.field(f"row {line}", f"holds a rounded number, {text[:40]!r}: the file has exact ones")
        found[name] = count.value
    return found


def _cell(cells: list[str], index: int) -> str:
    return cells[index] if index < len(cells) else ""
