"""Links that are left over of an import, as CSV: to be mended and brought again. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator

from shortlinks import times
from shortlinks.link_imports.rows import Row
from shortlinks.link_imports.verdicts import Kind
from shortlinks.snapshots import table_csv

COLUMNS = ("slug", "target", "title", "created_at", "tags", "expires_at", "clicks", "row", "what", "why")


def lines(found: Iterable[tuple[Row, Kind, str]]) -> Iterator[str]:
    """A header, then a line a link (RFC 4180). What a spreadsheet would run as a formula gets a leading '."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for row, kind, why in found:
        cells = (
            *(row.slug, row.target, row.title, _time(row.created_at), ",".join(row.tags), _time(row.expires_at)),
            *("" if row.clicks is None else row.clicks, row.number, kind, why),
        )
        writer.writerow([table_csv.harmless(cell) for cell in cells])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _time(at: int | None) -> str:
    return "" if at is None else times.rfc3339(at)
