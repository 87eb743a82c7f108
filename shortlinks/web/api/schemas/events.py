"""Events: what changed in the last 24 hours."""

from typing import Literal

from pydantic import Field

from shortlinks.web.api.schemas.base import LIMIT_DEFAULT, LIMIT_MOST, Out, PostId, Query, Time

_CHANGES = (
    *(
        "counted",
        "recounted",
        "added",
        "created",
        "refunded",
        "beside",
        "removed",
        "made",
        "turned",
        "changed",
        "ended",
    ),
    *("broken", "mended", "archived", "erased"),
)


class Event(Out):
    id: str = Field(description="Goes into `after` for what comes behind this event", examples=["sQx0pW3k1b"])
    type: Literal["rollup", "snapshot", "conversion", "link", "post"]
    change: str = Field(
        description="rollup: `counted`, `recounted`. snapshot: `added`. conversion: `created`, `refunded`, `beside` (reported, "
        "and none of the post's number), `removed`. link: `made`, `turned` to another target or post, `ended` by hand, "
        "`changed` otherwise, `broken` and `mended` (its target). post: `made`, `changed`, `archived`, `erased`",
        examples=["counted"],
        json_schema_extra={"enum": [*_CHANGES]},
    )
    post_id: PostId
    human: int | None = Field(description="rollup: clicks of the post by people, over all time; else null")
    hits: int | None = Field(description="rollup: all requests of the post's links, over all time; else null")
    slug: str | None = Field(description="link: which one; else null")
    snapshot_id: str | None = Field(description="snapshot: which one; else null")
    external_id: str | None = Field(description="conversion: which one; else null")
    at: Time


class EventPage(Out):
    items: list[Event]
    next: str = Field(description="Goes into `after` for what comes then; always there")


class EventsQuery(Query):
    limit: int = Field(LIMIT_DEFAULT, ge=1, le=LIMIT_MOST, description="How many at most")
    after: str | None = Field(
        None,
        max_length=400,
        description="The `id` of an event, or `next`: what happened behind it. `latest`: nothing yet, only `next`. "
        "Default: all that is kept",
    )
