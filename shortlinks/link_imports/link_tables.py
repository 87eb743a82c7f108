"""Tables of links as CSV: Bitly's and Dub's exports, and anybody's own. Pure.

**Bitly** (*Links → Export*; the file comes by e-mail) has had several names for its columns. `Link`, `Custom Link` and
`Destination URL` are told in URLR/urlr-docs, docs/current/migration/bitly.md (2025); `Bitlink`, `Long URL`, `Title`, `Tags`,
`Created` and `Total Clicks` are what importers of others are tested with (2025); `link`, `long_url`, `created_at`,
`custom_bitlinks` are its API's (https://docs.coupler.io/sources/category/marketing/bitly/data-overview, 2025). A link with an
ending of its own has a second, made-up one: the own one is taken, because it is what people were given.

**Dub** (*Export links*, dubinc/dub, `ExportLinksModal` and lib/api/links/format-links-for-export.ts, 2025): `Short link`,
`Destination URL`, `Clicks`, `Created at`, `Updated at`, `Tags`, `Archived`, of which its user chooses some; tags have commas
between them.

**Anybody's own** has `slug` and `target`, or what people call these; see _NAMES.
"""

import csv
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from shortlinks.errors import Invalid
from shortlinks.link_imports import rows
from shortlinks.link_imports.rows import Row
from shortlinks.link_imports.text_files import FIELD
from shortlinks.snapshots import table_csv
from shortlinks.words.language import _

_NAMES = {
    "slug": (
        *("slug", "shortcode", "keyword", "backhalf", "alias", "key", "customlink", "custombitlink", "custombitlinks"),
        *("bitlink", "shortlink", "shorturl", "short", "link", "shortenedurl", "code"),
    ),
    "target": (
        *(
            "target",
            "destinationurl",
            "destination",
            "longurl",
            "originalurl",
            "url",
            "targeturl",
            "redirectto",
            "address",
        ),
    ),
    "title": ("title", "name", "description"),
    "created_at": ("createdat", "created", "createddate", "datecreated", "creationdate", "timestamp", "date"),
    "tags": ("tags", "tag", "labels"),
    "expires_at": ("expiresat", "expires", "expirationdate", "validuntil", "expirein"),
    "clicks": (
        "clicks",
        "totalclicks",
        "engagements",
        "totalengagements",
        "visits",
        "hits",
        "visitcount",
        "visitscount",
    ),
    "id": ("id", "guid", "uuid"),
}
"""What columns are called, in small letters and without anything between them, the one that goes first before others."""
_OWN_FIRST = ("customlink", "custombitlink", "custombitlinks")
_SEPARATORS = ",;\t|"
_ABOVE = 10
"""The header stands within so many rows."""
_LONGEST = 1 << 20
"""Characters of one row, of which a cell with line breaks has many lines."""
_NO_LETTERS = re.compile(r"[\W_]+")
_BETWEEN = re.compile(r"[,;|]")


def read(text: IO[str], skip: int = 0) -> Iterator[Row]:
    """The links of a table, one after the other; the first `skip` are passed over, which is many times as fast.

    Raises Invalid naming `file`, at once or later, where it is no such table.
    """
    head = list(itertools.islice(_lines(text), _ABOVE))
    columns, begins, separator = _header(head)
    table = _cells(itertools.chain(head[begins:], _lines(text)), begins, separator)
    names = next(table)
    columns["own"] = [at for at in columns["slug"] if _plain(names[at]) in _OWN_FIRST]
    for number, cells in enumerate(table, 1):
        if not any(cell.strip() for cell in cells):
            continue
        if skip:
            skip -= 1
        else:
            yield _row(number, cells, columns)


def _lines(text: IO[str]) -> Iterator[str]:
    """The lines of a text, none longer than the largest cell that csv takes."""
    longest = csv.field_size_limit()
    while line := text.readline(longest):
        if len(line) == longest:
            raise Invalid.field(FIELD, _("has a line of more than {most} characters", most=longest))
        yield line


def _cells(lines: Iterator[str], before: int, separator: str) -> Iterator[list[str]]:
    """The rows of a table, of which `before` lines were passed over. A row of which a quotation mark is not closed is none."""
    line, begins, length = before, before + 1, 0

    def row() -> Iterator[str]:
        nonlocal line, length
        for each in lines:
            line, length = line + 1, length + len(each)
            if length > _LONGEST:
                raise _too_long(begins, _LONGEST)
            yield each
        # csv asks for another line only within a row.
        if length:
            raise Invalid.field(
                FIELD, _("has a quotation mark that is not closed, in the row of line {line}", line=begins)
            )

    table = csv.reader(row(), delimiter=separator)
    while True:
        try:
            cells = next(table, None)
        except csv.Error as error:
            if line > begins:
                raise _too_long(begins, csv.field_size_limit()) from error
            raise Invalid.field(FIELD, _("is no CSV: {reason}", reason=str(error))) from error
        if cells is None:
            return
        begins, length = line + 1, 0
        yield cells


def _too_long(line: int, most: int) -> Invalid:
    told = _(
        "has a row of more than {most} characters in line {line} and those below: perhaps a quotation mark is not closed there",
        most=most,
        line=line,
    )
    return Invalid.field(FIELD, told)


def _header(head: Sequence[str]) -> tuple[dict[str, list[int]], int, str]:
    """Where each column is, in which line the header stands, and what is between its cells."""
    for begins, line in enumerate(head):
        for separator in _SEPARATORS:
            columns = _columns(next(csv.reader([line.strip("\r\n")], delimiter=separator), []))
            if columns["slug"] and columns["target"]:
                return columns, begins, separator
    first = next((line for line in head if line.strip()), "")
    named = table_csv.names(next(csv.reader([first], delimiter=max(_SEPARATORS, key=first.count)), []))
    raise Invalid.field(
        FIELD,
        _("has no column with the short link and one with its target; it has {columns}", columns=named or "–"),
    )


def _columns(header: Sequence[str]) -> dict[str, list[int]]:
    """The columns that hold each thing, the best first. None is taken for two."""
    plain = [_plain(name) for name in header]
    return {
        what: sorted(
            (index for index, name in enumerate(plain) if name in known), key=lambda at: known.index(plain[at])
        )
        for what, known in _NAMES.items()
    }


def _plain(name: str) -> str:
    return _NO_LETTERS.sub("", name).lower()


def _row(number: int, cells: Sequence[str], columns: Mapping[str, list[int]]) -> Row:
    def cell(what: str) -> str:
        for index in columns[what]:
            if text := table_csv.cell(cells, index):
                return text
        return ""

    short, own = cell("slug"), cell("own")
    # Of several endings of its own, the first one.
    host, slug = rows.split(_BETWEEN.split(own)[0].strip(' "[]') if own else short)
    return rows.made(
        number,
        slug=slug,
        host=host,
        target=cell("target"),
        title=cell("title"),
        created_at=cell("created_at"),
        tags=_BETWEEN.split(cell("tags").strip("[]").replace('"', "")),
        expires_at=cell("expires_at"),
        clicks=cell("clicks"),
        id_=cell("id") or short,
    )
