"""Files to take along: everything as NDJSON, and the tables of `exports`, streamed as they are read."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice

from flask import Response

from shortlinks import times
from shortlinks.backups import export
from shortlinks.clicks import journal
from shortlinks.errors import Unavailable
from shortlinks.exports import click_rows, funnel_rows, post_rows, spreadsheet, tables
from shortlinks.exports.tables import Table
from shortlinks.owner import settings
from shortlinks.web.services import services

NDJSON = "application/x-ndjson"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS = {CSV: "csv", XLSX: "xlsx"}
TABLES = ("posts", "funnels", "clicks")
UNSHIPPED = "Unshipped-Bytes"
"""The header that says how many bytes of clicks wait on this host's disk, and are not in the file: mostly 0."""
_PIECE_BYTES = 64 * 1024


def everything() -> Response:
    """What `python -m shortlinks export` writes. Raises Unavailable while an import is under way, or was cut off."""
    here, now = services(), times.now()
    left = export.await_journals(here.store, here.config.data_dir / journal.FOLDER)
    try:
        response = _streamed(_joined(export.lines(here.store, now=now)), NDJSON, _name("shortlinks", "ndjson", now))
    except export.ExportError as error:
        raise Unavailable(str(error)) from error
    response.headers[UNSHIPPED] = str(left)
    return response


def table(name: str, form: str) -> Response:
    """One of TABLES as CSV or XLSX."""
    now = times.now()
    found = _table(name, now)
    if form == CSV:
        return _streamed(tables.to_csv(found), f"{CSV}; charset=utf-8; header=present", _name(name, "csv", now))
    here = services()
    pieces = spreadsheet.to_xlsx(found, zone=settings.zone(here.store, here.config.timezone), now=now)
    return _streamed(pieces, XLSX, _name(name, "xlsx", now))


def _table(name: str, now: int) -> Table:
    store = services().store
    match name:
        case "posts":
            return post_rows.table(store)
        case "funnels":
            return funnel_rows.table(store, now=now)
    return click_rows.table(store)


def _name(name: str, ending: str, now: int) -> str:
    """A file's name, with the day that it is for the creator."""
    here = services()
    day = datetime.fromtimestamp(now / times.SECOND, settings.zone(here.store, here.config.timezone)).date()
    return f"{name}-{day}.{ending}"


def _joined(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that are worth sending."""
    piece = bytearray()
    for line in lines:
        piece += line
        if len(piece) >= _PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def _streamed(pieces: Iterator[bytes], content_type: str, name: str) -> Response:
    # The first piece is made before the answer begins, so that a Redis that is away still becomes a 503.
    first = list(islice(pieces, 1))
    response = Response(chain(first, pieces), content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
