"""`/snapshots/import`: what platforms say of many posts at once, in their own files."""

from collections.abc import Mapping
from typing import Any

from shortlinks import times
from shortlinks.owner import settings
from shortlinks.snapshots import import_plans, snapshot_imports, typed
from shortlinks.snapshots.post_matches import Match
from shortlinks.web.api import schemas, uploads
from shortlinks.web.api.blueprint import bp, instant, needs
from shortlinks.web.services import services


@bp.post("/snapshots/import")
@needs("write")
@bp.input(schemas.ImportQuery, location="query")
@bp.output(schemas.ImportedSnapshots)
@bp.doc(responses=[400, 413, 415, 422])
def import_snapshots(query_data: schemas.ImportQuery) -> dict[str, Any]:
    """Take in a platform's own file with the numbers of posts

    As a `file` in a form, or as the body with `text/csv`: the CSV of YouTube Studio, TikTok, Meta Business Suite (Instagram,
    Facebook), X, LinkedIn or Pinterest. Rows are matched with posts by the platform's id in their address, or by the
    address; all matched ones are taken at once. Sending the same file again adds nothing. A row that cannot be read is
    left and told; a file that is none of these refuses the whole.
    """
    here, now = services(), times.now()
    found = import_plans.read(
        here.store,
        uploads.sent(),
        taken_at=instant(query_data.taken_at, "taken_at"),
        now=now,
        tz=settings.zone(here.store, here.config.timezone),
    )
    if not query_data.dry_run:
        snapshot_imports.take(here.store, found, now=now)
    return {
        "platform": found.export.platform,
        "file": found.export.name,
        "taken_at": times.rfc3339(found.taken_at),
        "dry_run": query_data.dry_run,
        "matched": [_matched(entry) for entry in found.entries],
        "unmatched": [_unmatched(match) for match in found.unmatched],
        "left": [{"row": left.line, "title": left.title, "why": left.why} for left in found.left],
    }


def _matched(entry: import_plans.Entry) -> dict[str, Any]:
    return {
        "row": entry.match.row.line,
        "post_id": entry.post.id,
        "title": entry.post.title,
        "by": entry.match.by,
        **_numbers(entry.match.row.counts),
        "lower": dict(entry.lower),
        "early": entry.early,
    }


def _unmatched(match: Match) -> dict[str, Any]:
    row = match.row
    return {
        "row": row.line,
        "title": row.title,
        "permalink": row.permalink or None,
        "published_at": None if row.published_at is None else times.rfc3339(row.published_at),
        **_numbers(row.counts),
        "why": match.why,
        "suggested_post_id": match.suggested.id if match.suggested else None,
    }


def _numbers(counts: Mapping[str, typed.Count]) -> dict[str, Any]:
    return {"numbers": {name: count.value for name, count in counts.items()}, "precision": typed.rounding(counts)}
