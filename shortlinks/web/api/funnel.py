"""`/posts/{id}/funnel`, `/timeline` and `/breakdown`: what became of a post."""

from typing import Any

from flask import Response

from shortlinks import posts, reports, rollups, settings, timelines, times
from shortlinks.web.api import schemas
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
    here = services()
    found = reports.funnel(here.store, post_id, now=times.now(), at=at, base_url=here.config.base_url)
    return answer(found.to_dict())


@bp.get("/posts/<post_id>/timeline")
@needs("read")
@bp.input(schemas.TimelineQuery, location="query")
@bp.output(schemas.Timeline)
def get_timeline(post_id: str, query_data: schemas.TimelineQuery) -> dict[str, Any]:
    """Clicks over time

    At most 20,000 buckets. Days are those of the time zone, 23 to 25 hours long where its clocks change.
    """
    here, now = services(), times.now()
    store = here.store
    post = posts.get(store, post_id)
    tz = query_data.tz
    zone = settings.zone(store, here.config.timezone) if tz is None else times.zone(tz, "tz")
    reason = rollups.known_reason(query_data.reason)
    start, end = instant(query_data.from_, "from"), instant(query_data.to, "to")
    end = now if end is None else end
    if start is None:
        # A post can be planned for later and already have clicks.
        start = min(post.published_at, post.created_at, end - 1)
    rows = timelines.of_post(store, post_id, start=start, end=end, bucket=query_data.bucket, tz=zone, reason=reason)
    return {"items": [{"start": times.rfc3339(at), "count": count} for at, count in rows]}


@bp.get("/posts/<post_id>/breakdown")
@needs("read")
@bp.input(schemas.BreakdownQuery, location="query")
@bp.output(schemas.Breakdown)
def get_breakdown(post_id: str, query_data: schemas.BreakdownQuery) -> dict[str, Any]:
    """Human clicks by what they came from

    Of all time, most frequent first. Where there are too many different ones, the rare are `(other)`.
    """
    rows = reports.breakdown(services().store, post_id, query_data.by)
    return {"items": [{"key": key, "count": count} for key, count in rows]}
