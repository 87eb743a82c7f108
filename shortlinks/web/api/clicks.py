"""`/clicks`: the raw clicks that are still kept, as JSON pages, or all of them streamed as NDJSON or CSV."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any

import orjson
from flask import Response, request

from shortlinks import times
from shortlinks.clicks import clicks
from shortlinks.errors import NotFound
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.rollups import kept_clicks
from shortlinks.snapshots import table_csv
from shortlinks.store import Store
from shortlinks.web.api import cursors, schemas
from shortlinks.web.api.blueprint import answer, bp, instant, needs
from shortlinks.web.services import services

JSON = "application/json"
NDJSON = "application/x-ndjson"
CSV = "text/csv"
COLUMNS = tuple(schemas.Click.model_fields)

_ROWS_AT_ONCE = 500

_ANSWERS: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such post"},
    200: {
        "description": "The clicks; `Accept` chooses the form",
        "content": {
            NDJSON: {"schema": {"type": "string", "description": "One Click a line, all of them"}},
            CSV: {"schema": {"type": "string", "description": f"All of them, with the columns {', '.join(COLUMNS)}"}},
        },
    },
}


class Targets:
    """Where links led when they were clicked. Reads each link once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._links: dict[str, links.Link | None] = {}

    def of(self, slug: str, rev: int) -> str | None:
        """The target of the link's turn `rev`, None when the link or its earlier post was erased."""
        if slug not in self._links:
            try:
                self._links[slug] = links.get(self._store, slug)
            except NotFound:
                self._links[slug] = None
        link = self._links[slug]
        return link.history[rev].target or None if link and rev < len(link.history) else None


def shape(kept: clicks.Kept, target: str | None) -> dict[str, Any]:
    """A click as the API shows it."""
    return {
        "id": kept.id,
        "at": times.rfc3339(kept.at),
        "slug": kept.slug,
        "post_id": kept.post_id,
        "target": target,
        "reason": kept.reason,
        "app": kept.app,
        "device": kept.device,
        "os": kept.os,
        "browser": kept.browser,
        "country": kept.country,
        "referrer": kept.referrer,
        "user_agent": kept.user_agent,
        "method": kept.method,
    }


@bp.get("/clicks")
@needs("read")
@bp.input(schemas.ClicksQuery, location="query")
@bp.output(schemas.ClickPage)
@bp.doc(responses=_ANSWERS)
def list_clicks(query_data: schemas.ClicksQuery) -> Response:
    """The kept clicks of a post, oldest first

    `Accept: application/x-ndjson` or `text/csv` streams them all; `limit` and `cursor` are for JSON.
    """
    store = services().store
    post_id = posts.get(store, query_data.post).id
    start, end = instant(query_data.from_, "from"), instant(query_data.to, "to")
    targets = Targets(store)
    form = request.accept_mimetypes.best_match((JSON, NDJSON, CSV), JSON)
    if form == JSON:
        found, following = kept_clicks.page(
            store, post_id, start=start, end=end, after=cursors.opened(query_data), limit=query_data.limit
        )
        items = [shape(kept, targets.of(kept.slug, kept.rev)) for kept in found]
        page = answer({"items": items, "next_cursor": cursors.sealed(query_data, following)})
        page.vary.add("Accept")
        return page
    rows = (
        shape(kept, targets.of(kept.slug, kept.rev))
        for kept in kept_clicks.stream(store, post_id, start=start, end=end)
    )
    write = to_ndjson if form == NDJSON else to_csv
    name = f"clicks-{post_id}.{'ndjson' if form == NDJSON else 'csv'}"
    return _streamed(write, rows, f"{form}; charset=utf-8" if form == CSV else form, name)


def to_ndjson(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """One JSON object a line. All ASCII: some readers take U+2028 and U+0085 for the end of a line."""
    for row in rows:
        line = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
        yield line.decode() if line.isascii() else json.dumps(row, separators=(",", ":")) + "\n"


def to_csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """A header line, then a line a click (RFC 4180). What a spreadsheet would run as a formula gets a leading '."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for cells in chain([COLUMNS], ([table_csv.harmless(row[name]) for name in COLUMNS] for row in rows)):
        writer.writerow(cells)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _streamed(
    write: Callable[[Iterable[dict[str, Any]]], Iterator[str]],
    rows: Iterator[dict[str, Any]],
    content_type: str,
    name: str,
) -> Response:
    # The first rows are read before the answer begins, so that a Redis that is away still becomes a 503.
    first = list(islice(rows, 1))
    lines = write(chain(first, rows))
    pieces = iter(lambda: "".join(islice(lines, _ROWS_AT_ONCE)), "")
    response = Response(pieces, content_type=content_type)
    response.vary.add("Accept")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
