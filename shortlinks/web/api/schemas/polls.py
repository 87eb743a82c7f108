"""Polls about what held viewers back."""

from typing import Annotated, Literal

from pydantic import Field

from shortlinks.snapshots import polls
from shortlinks.web.api.schemas.base import In, NextCursor, Out, PostId, Precision, Time, TimeIn, TypedCount

Votes = Annotated[
    dict[str, TypedCount],
    Field(
        description="How many chose each answer that was offered: "
        + ", ".join(f"{code} (“{answer}”)" for code, answer in polls.MOTIVES.items()),
        examples=[{"later": 12, "no_link": 5}],
        json_schema_extra={"propertyNames": {"enum": [*polls.MOTIVES]}, "minProperties": 1},
    ),
]


class NewPoll(In):
    taken_at: TimeIn | None = Field(None, description="When the platform showed these results; default: now")
    votes: Votes


class Poll(Out):
    id: str
    post_id: PostId
    taken_at: Time
    votes: dict[str, int] = Field(examples=[{"later": 12, "no_link": 5}])
    precision: Precision
    source: Literal["typed", "pasted", "imported", "api"]


class PollPage(Out):
    """In the order of `taken_at`; of several in the same minute, the newer entry (the last) counts."""

    items: list[Poll]
    next_cursor: NextCursor
