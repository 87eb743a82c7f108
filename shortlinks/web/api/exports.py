"""`/export`: everything, to be read in elsewhere, and tables of posts, funnels and clicks."""

from typing import Any

from flask import Response, request

from shortlinks.exports import click_rows, post_rows
from shortlinks.web import downloads
from shortlinks.web.api.blueprint import bp, needs

_EVERYTHING: Any = {
    "description": "A record a line. It is whole if its last line is of the kind `footer`, with the SHA-256 of those before",
    "content": {downloads.NDJSON: {"schema": {"type": "string"}}},
    "headers": {
        downloads.UNSHIPPED: {
            "description": "Bytes of clicks that wait on this host's disk and are in no file yet; 0 where all is well",
            "schema": {"type": "integer"},
        }
    },
}


def _answers(described: str) -> dict[int | str, dict[str, Any]]:
    """The answer of a table; `Accept` chooses the form."""
    workbook = {"schema": {"type": "string", "format": "binary", "description": "An Excel workbook"}}
    csv = {"schema": {"type": "string", "description": described}}
    return {200: {"description": "The table", "content": {downloads.CSV: csv, downloads.XLSX: workbook}}}


def _named(columns: Any) -> str:
    return f"With the columns {', '.join(column.name for column in columns)}"


@bp.get("/export")
@needs("admin")
@bp.doc(responses={200: _EVERYTHING})
def export_all() -> Response:
    """Everything, as NDJSON

    What `python -m shortlinks export` writes and `import` reads into an empty service: posts, links, numbers, sales, counts,
    kept clicks, settings. It holds the hashes of the password and of tokens, so keep it as safe as the service.
    """
    return downloads.everything()


@bp.get("/export/posts")
@needs("read")
@bp.doc(responses=_answers(_named(post_rows.COLUMNS)))
def export_posts() -> Response:
    """All posts as a table

    As CSV, or as an Excel workbook with `Accept: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet`. CSV is
    for programs: each text as it is, also one that a spreadsheet runs as a formula. The workbook is for people.
    """
    return _table("posts")


@bp.get("/export/funnels")
@needs("read")
@bp.doc(
    responses=_answers("Steps, each rate with its bounds, the verdict with the range it goes by, and sums by currency")
)
def export_funnels() -> Response:
    """The funnels of all posts as a table

    A row a post, as of now, in the forms of `/export/posts`. Bounds of clicks on a bio link that posts share may be wider than
    in `/posts/{post_id}/funnel`, because they go by whole days. Amounts are in units of their currency, a column each.
    """
    return _table("funnels")


@bp.get("/export/clicks")
@needs("read")
@bp.doc(responses=_answers(_named(click_rows.COLUMNS)))
def export_clicks() -> Response:
    """All clicks of posts that are still kept, as a table

    Post by post, in the forms of `/export/posts`. A workbook goes on in a further sheet after 1,048,576 rows.
    """
    return _table("clicks")


def _table(name: str) -> Response:
    form = request.accept_mimetypes.best_match((downloads.CSV, downloads.XLSX), downloads.CSV)
    response = downloads.table(name, form)
    response.vary.add("Accept")
    return response
