"""Tables to take along: named columns of one kind each, and rows that are made as they are written. Pure.

As CSV (RFC 4180, UTF-8, CRLF) a table is for programs: each value as it is, an instant in RFC 3339, a share as a fraction.
Nothing in it is changed for spreadsheets, which run a text that begins with `=` as a formula; for those see `spreadsheet`.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from shortlinks import times

Kind = Literal["text", "number", "share", "amount", "instant", "flag"]
Row = Sequence[Any]

_ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, and what its cells hold where they are not None.

    `text` is a str, `number` an int, `share` a float, `amount` a Decimal, `instant` milliseconds UTC, `flag` a bool.
    """

    name: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the name of what a row is. Its `rows` are read once; each has a cell for each column."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Row]


def whole(text: str) -> str:
    """`text` without halves of surrogate pairs, which no UTF-8 can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def to_csv(table: Table) -> Iterator[bytes]:
    """The table as CSV, piece by piece: a line with the names of the columns, then a line a row."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    kinds = [column.kind for column in table.columns]
    writer.writerow(column.name for column in table.columns)
    rows = iter(table.rows)
    while True:
        piece = list(islice(rows, _ROWS_AT_ONCE))
        writer.writerows([_cell(kind, value) for kind, value in zip(kinds, row, strict=True)] for row in piece)
        yield buffer.getvalue().encode()
        if not piece:
            return
        buffer.seek(0)
        buffer.truncate()


def _cell(kind: Kind, value: Any) -> str:
    if value is None:
        return ""
    match kind:
        case "text":
            return whole(value)
        case "instant":
            return times.rfc3339(value)
        case "flag":
            return "true" if value else "false"
        case "amount":
            return f"{value:f}"
    return str(value)
