"""Reading the files with the numbers of single posts that platforms offer for download. Pure.

Which file it is and what its columns mean is told by their names: data in post_exports.toml, which says what each field is.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from shortlinks import urls
from shortlinks.errors import Invalid
from shortlinks.placements import placements
from shortlinks.posts import post_fields
from shortlinks.snapshots import number_labels, post_times, table_csv, typed
from shortlinks.words.language import _

FIELD = table_csv.FIELD
NUMBERS = ("views", "likes", "reach", "comments", "shares", "saves", "profile_visits", "link_taps")
MOST_ROWS = 3_000
_MOST_COLUMNS = 1_000
"""Columns in which names are looked for; the widest of these files has some fifty."""

_OTHERS = ("id", "permalink", "account", "title", "published", "span")
_DAYS = frozenset({"date", "datum", "fecha"})
_OVERVIEW = frozenset({"date", "video views", "profile views"})
_TOTALS = frozenset({"total", "totals", "gesamt", "gesamtsumme", "insgesamt", "summe", "totales", "suma", "sum"})
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ENGLISH = ("time", "date")


@dataclass(frozen=True, slots=True)
class Export:
    """A row of post_exports.toml, with names of columns as `_fold` gives them; `shown` are those it needs, for people."""

    platform: str
    name: str
    where: str
    needs: Sequence[str]
    never: frozenset[str]
    confidence: str
    source: str
    columns: Mapping[str, Sequence[str]]
    shown: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What a file says of one post. `line` is the row as a spreadsheet counts it: the first of the file is 1.

    `native_id`, `permalink` (normalised) and `title` are "" and `published_at` is None where the file does not say them.
    """

    line: int
    native_id: str
    permalink: str
    title: str
    published_at: int | None
    counts: Mapping[str, typed.Count]


@dataclass(frozen=True, slots=True)
class Left:
    """A row that is not taken, and why, to be read after "row 5". `title` is what it is called, as far as known."""

    line: int
    why: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds: which one it is, the posts in its order, and the rows to leave."""

    export: Export
    rows: tuple[Row, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the columns of an export stand, from the first to the one before `end`; a title may stand in several."""

    export: Export
    places: Mapping[str, Sequence[int]]
    english: bool

    def text(self, cells: Sequence[str], name: str) -> str:
        """What the first column called `name` holds."""
        return table_csv.cell(cells, next(iter(self.places.get(name, ())), None))


def read(data: bytes, *, now: int, tz: ZoneInfo) -> Found:
    """The posts in the file `data`. Times without a zone are of `tz`, the creator's.

    Raises Invalid naming `file` for a file that is none of those known here, or holds no rows.
    """
    table = table_csv.read(data, lambda cells: _columns(cells) is not None)
    if not table:
        raise Invalid.field(FIELD, _("is empty"))
    (_line, header), *body = table
    columns = _columns(header)
    if columns is None:
        raise Invalid.field(FIELD, _unknown(header))
    if len(body) > MOST_ROWS:
        raise Invalid.field(FIELD, _("has more than {most} rows: download a shorter time", most=MOST_ROWS))
    published = post_times.read(
        [columns.text(cells, "published") for _line, cells in body], now=now, tz=tz, american=columns.english
    )
    rows: list[Row] = []
    left: list[Left] = []
    lines: dict[str, int] = {}
    for (line, cells), at in zip(body, published, strict=True):
        row = _row(columns, line, cells, at)
        if isinstance(row, Row):
            earlier = lines.setdefault(row.permalink or row.native_id or f"row {line}", line)
            if earlier != line:
                row = Left(line, _("is of the same post as row {row}", row=str(earlier)), row.title)
        if isinstance(row, Row):
            rows.append(row)
        else:
            left.append(row)
    if not rows and not left:
        raise Invalid.field(FIELD, _("holds no posts: choose a longer time before you download it"))
    return Found(columns.export, tuple(rows), tuple(left))


@lru_cache(maxsize=1)
def all_() -> tuple[Export, ...]:
    """Every file that is known, in the order in which they are tried."""
    text = resources.files("shortlinks.snapshots").joinpath("post_exports.toml").read_text("utf-8")
    return tuple(_export(row) for row in tomllib.loads(text)["export"])


def _export(fields: dict[str, Any]) -> Export:
    columns: dict[str, list[str]] = fields["columns"]
    placements.of_platform(fields["platform"])
    if strangers := (columns.keys() - {*NUMBERS, *_OTHERS}) | (set(fields["needs"]) - columns.keys()):
        raise ValueError(f"post_exports.toml: {fields['name']} has no column {', '.join(sorted(strangers))}")
    changed = {
        "never": frozenset(map(_fold, fields["never"])),
        "columns": {column: [_fold(name) for name in names] for column, names in columns.items()},
        "shown": ", ".join(columns[need][0] for need in fields["needs"]),
    }
    return Export(**(fields | changed))


def _columns(header: Sequence[str]) -> _Columns | None:
    """Which file has this header."""
    names = [_fold(name) for name in header[:_MOST_COLUMNS]]
    if not any(names):
        return None
    fitting = (export for export in all_() if export.never.isdisjoint(names))
    return next((found for export in fitting for found in _of_export(names, export)), None)


def _of_export(names: Sequence[str], export: Export) -> Iterator[_Columns]:
    """The tables of a sheet that are this export's; some sheets have two side by side."""
    for start, end in _tables(names, export):
        own = names[start:end]
        places = {
            column: [start + own.index(alias) for alias in aliases if alias in own]
            for column, aliases in export.columns.items()
        }
        known = {column: found for column, found in places.items() if found}
        if all(need in known for need in export.needs) and not known.keys().isdisjoint(NUMBERS):
            published = names[known["published"][0]] if "published" in known else ""
            yield _Columns(export, known, any(word in published for word in _ENGLISH))


def _tables(names: Sequence[str], export: Export) -> Iterator[tuple[int, int]]:
    """Where the tables begin and end: each begins with a column of the posts' addresses, of the same name."""
    permalinks = [index for index, name in enumerate(names) if name in export.columns.get("permalink", ())]
    several = len(permalinks) > 1 and len({names[index] for index in permalinks}) == 1
    starts = permalinks if several else [0]
    yield from zip(starts, [*starts[1:], len(names)], strict=True)


def _row(columns: _Columns, line: int, cells: Sequence[str], published_at: int | None) -> Row | Left:
    titles = [table_csv.cell(cells, place) for place in columns.places.get("title", ())]
    title = post_fields.title_from(max(titles, key=len, default=""))
    own_id, address = columns.text(cells, "id"), columns.text(cells, "permalink")
    if {own_id.casefold(), address.casefold()} & _TOTALS or (not (own_id or address) and title.casefold() in _TOTALS):
        return Left(line, _("is the sum of all"))
    native_id = own_id if _ID.fullmatch(own_id) else ""
    permalink = _permalink(address)
    if not permalink and native_id and columns.export.address:
        permalink = columns.export.address.format(id=native_id)
    if not (permalink or native_id or title):
        return Left(line, _("names no post"))
    if any(letter.isdigit() for letter in columns.text(cells, "span")):
        return Left(line, _("is of one day, not of all the time since it was published"), title)
    counts: dict[str, typed.Count] = {}
    for name in NUMBERS:
        text = columns.text(cells, name)
        try:
            count = table_csv.number(text, name)
        except Invalid:
            called = number_labels.small(name)
            why = _("has {text} for its {number}, which is no count", text=repr(text[:40]), number=called)
            return Left(line, why, title)
        if count is not None:
            counts[name] = count
    if not counts:
        return Left(line, _("holds no numbers"), title)
    return Row(line, native_id, permalink, title, published_at, counts)


def _permalink(text: str) -> str:
    try:
        return urls.permalink(text, "permalink") if text else ""
    except Invalid:
        return ""


def _fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _unknown(header: Sequence[str]) -> str:
    names, shown = {_fold(name) for name in header[:_MOST_COLUMNS]}, table_csv.names(header)
    if names >= _OVERVIEW:
        return _("is TikTok's Overview.csv, which holds days, not posts: take it in on the profile's page")
    if names & _DAYS:
        return _("is none with a row for each post, it seems to hold days: its columns are {columns}", columns=shown)
    called = [(_(export.name), export.shown) for export in all_()]
    looked = "; ".join(f"{name} ({columns})" for name, columns in called)
    return _("is none that is known here. Looked for {looked}. Its columns are {columns}", looked=looked, columns=shown)
