"""`/events`: what changed, for who keeps a copy or waits for something to happen."""

from typing import Any

from shortlinks import times
from shortlinks.records import events
from shortlinks.web.api import cursors, schemas
from shortlinks.web.api.blueprint import bp, needs
from shortlinks.web.services import services

LATEST = "latest"


def shape(event: events.Event, query: schemas.EventsQuery) -> dict[str, Any]:
    """An event as the API shows it."""
    named = {"slug": "link", "snapshot_id": "snapshot", "external_id": "conversion"}
    return {
        "id": cursors.seal(query, "after", event.place),
        "type": event.type,
        "change": event.change,
        "post_id": event.post_id,
        "human": event.human,
        "hits": event.hits,
        **{field: event.of if event.type == type_ else None for field, type_ in named.items()},
        "at": times.rfc3339(event.at),
    }


@bp.get("/events")
@needs("read")
@bp.input(schemas.EventsQuery, location="query")
@bp.output(schemas.EventPage)
@bp.doc(responses=[410])
def list_events(query_data: schemas.EventsQuery) -> dict[str, Any]:
    """What changed in the last 24 hours, oldest first

    Ask again with `next` as `after`, as often as you like: nothing is missed and nothing comes twice. With `If-None-Match` it is
    304 while nothing has happened. What was rolled up is told once a post, with its newest counts. A place older than what
    is kept is refused (410): read what you need anew, and go on from `latest`.

    Of a post that was erased, that is all that is told. A link that expires by itself is no event.
    """
    store, after = services().store, query_data.after
    if after == LATEST:
        page = events.newest(store)
    else:
        place = None if after is None else cursors.unseal(query_data, "after", after)
        page = events.since(store, place, limit=query_data.limit)
    return {
        "items": [shape(event, query_data) for event in page.events],
        "next": cursors.seal(query_data, "after", page.place),
    }
