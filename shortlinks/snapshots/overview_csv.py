"""Reading Overview.csv, which TikTok's analytics offer for download: a profile's views and visits day by day. Pure.

The files that are known (public importers' fixtures, 2026) have the header
`Date,Video Views,Profile Views,Likes,Comments,Shares` in English whatever the language, days without a year in the
language of the account ("August 31", "31 August", "10 de febrero", "28 апреля"), oldest first and ending yesterday, and
"undefined" where TikTok has no number. They come as UTF-8, mostly with a byte order mark, and other exports as UTF-16.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shortlinks.errors import Invalid
from shortlinks.snapshots import month_names, table_csv
from shortlinks.words.language import _

PLATFORM = "tiktok"
"""Whose file it is."""
MOST_ROWS = 3_000
MOST_ERRORS = 20
FIELD = table_csv.FIELD

_DATE = "date"
_EARLIEST = 12_784  # 2005-01-01: older than every platform here
_COLUMNS = {"video views": "views", "profile views": "profile_visits"}


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
    table = table_csv.read(data, _is_header)
    if not table:
        raise Invalid.field(FIELD, _("is empty"))
    header, *body = table
    names = [cell.strip().casefold() for cell in header[1]]
    wanted = {_COLUMNS[name]: index for index, name in enumerate(names) if name in _COLUMNS}
    if _DATE not in names or not wanted:
        wrong = _(
            "is no Overview.csv: it needs the columns Date and Video Views or Profile Views, and has {columns}",
            columns=table_csv.names(header[1]),
        )
        raise Invalid.field(FIELD, wrong)
    if not body:
        raise Invalid.field(FIELD, _("holds no days: choose a longer time in TikTok before you download it"))
    if len(body) > MOST_ROWS:
        raise Invalid.field(FIELD, _("has more than {most} rows", most=MOST_ROWS))
    errors: list[tuple[str, str]] = []
    dates: dict[int, month_names.Date] = {}
    numbers: dict[int, dict[str, int]] = {}
    for line, cells in body:
        try:
            dates[line] = month_names.read(table_csv.cell(cells, names.index(_DATE)), f"row {line}")
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
            raise Invalid.field(f"row {line}", _("is of the same day as row {row}", row=str(lines[day])))
        if day < _EARLIEST:
            raise Invalid.field(f"row {line}", _("is before 2005"))
        lines[day] = line
        if not numbers[line]:
            left.append(Left(line, _("holds no numbers"), day))
        elif day >= today:
            left.append(Left(line, _("is of a day that is not over"), day))
        else:
            counts = numbers[line]
            rows.append(Row(line, day, counts.get("views"), counts.get("profile_visits")))
    return Overview(tuple(rows), tuple(left))


def _is_header(cells: Iterable[str]) -> bool:
    return any(cell.strip().casefold() == _DATE for cell in cells)


def _numbers(cells: list[str], wanted: Mapping[str, int], line: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, index in wanted.items():
        text = table_csv.cell(cells, index)
        count = table_csv.number(text, f"row {line}")
        if count is None:
            continue
        if count.precision:
            rounded = _("holds a rounded number, {number}: the file has exact ones", number=repr(text[:40]))
            raise Invalid.field(f"row {line}", rounded)
        found[name] = count.value
    return found
