"""`/posts/{id}/funnel`, `/timeline` and `/breakdown`: what became of a post."""

from typing import Any

from flask import Response

from shortlinks import times
from shortlinks.funnels import reports
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.rollups import rollups, timelines
from shortlinks.web.api import conditional, schemas
from shortlinks.web.api.blueprint import answer, bp, instant, needs
from shortlinks.web.services import services


@bp.get("/posts/<post_id>/funnel")
@needs("read")
@bp.input(schemas.FunnelQuery, location="query")
@bp.output(schemas.Funnel)
def get_funnel(post_id: str, query_data: schemas.FunnelQuery) -> Response:
    """Where the count drops off: views, clicks, conversions

    With the rate of each step and its 95 % interval.
    """
    at = instant(query_data.at, "at")
    here, minute = services(), conditional.this_minute()
    looked = reports.look(here.store, post_id, now=minute)
    if same := conditional.unchanged(looked.mark):
        return same
    known = reports.known(here.store, posts.get(here.store, post_id))
    held = here.company.of(here.store, known.post, now=minute, seen=looked.seen) if at is None else None
    found = reports.of_known(here.store, known, now=minute, at=at, base_url=here.config.base_url, held=held)
    return answer(found.to_dict() | ({} if at is not None else _present(found.snapshot_at, times.now())))


def _present(snapshot_at: int | None, now: int) -> dict[str, Any]:
    """What of a funnel is told to the moment, and not to the minute."""
    stale = None if snapshot_at is None else max(0, now - snapshot_at) // times.SECOND
    return {"as_of": times.rfc3339(now), "stale_seconds": stale}


@bp.get("/posts/<post_id>/timeline")
@needs("read")
@bp.input(schemas.TimelineQuery, location="query")
@bp.output(schemas.Timeline)
def get_timeline(post_id: str, query_data: schemas.TimelineQuery) -> Response | dict[str, Any]:
    """Clicks over time

    At most 20,000 buckets. Days are those of the time zone, 23 to 25 hours long where its clocks change.
    """
    here, minute = services(), conditional.this_minute()
    store = here.store
    if same := conditional.unchanged(reports.look(store, post_id, now=minute).mark):
        return same
    post = posts.get(store, post_id)
    tz = query_data.tz
    zone = settings.zone(store, here.config.timezone) if tz is None else times.zone(tz, "tz")
    reason = rollups.known_reason(query_data.reason)
    start, end = instant(query_data.from_, "from"), instant(query_data.to, "to")
    end = minute if end is None else end
    if start is None:
        # A post can be planned for later and already have clicks.
        start = min(post.published_at, post.created_at, end - 1)
    rows = timelines.of_post(store, post_id, start=start, end=end, bucket=query_data.bucket, tz=zone, reason=reason)
    return {"items": [{"start": times.rfc3339(at), "count": count} for at, count in rows]}


@bp.get("/posts/<post_id>/breakdown")
@needs("read")
@bp.input(schemas.BreakdownQuery, location="query")
@bp.output(schemas.Breakdown)
def get_breakdown(post_id: str, query_data: schemas.BreakdownQuery) -> Response | dict[str, Any]:
    """Human clicks by what they came from

    Of all time, most frequent first. Where there are too many different ones, the rare are `(other)`.
    """
    store = services().store
    if same := conditional.unchanged(reports.look(store, post_id, now=conditional.this_minute()).mark):
        return same
    rows = reports.breakdown(store, post_id, query_data.by)
    return {"items": [{"key": key, "count": count} for key, count in rows]}
