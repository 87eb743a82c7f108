"""Snapshots: what platforms say about posts."""

from typing import Literal

from pydantic import Field

from shortlinks.web.api.schemas.base import In, NextCursor, Out, PostId, Precision, Time, TimeIn, TypedCount, TypedShare


class NewSnapshot(In):
    """At least one number."""

    taken_at: TimeIn | None = Field(None, description="When the platform showed these numbers; default: now")
    views: TypedCount = None
    likes: TypedCount = None
    reach: TypedCount = None
    comments: TypedCount = None
    shares: TypedCount = None
    saves: TypedCount = None
    profile_visits: TypedCount = None
    link_taps: TypedCount = None
    non_followers: TypedShare = None


class Snapshot(Out):
    id: str
    post_id: PostId
    taken_at: Time
    views: int | None = Field(examples=[12400])
    likes: int | None = Field(examples=[931])
    reach: int | None
    comments: int | None
    shares: int | None
    saves: int | None
    profile_visits: int | None
    link_taps: int | None
    non_followers: float | None = Field(
        description="Share of the viewers who do not follow, in per cent", examples=[84.2]
    )
    precision: Precision
    source: Literal["typed", "pasted", "imported", "api"]


class SnapshotWarning(Out):
    code: str = Field(examples=["lower_than_before"])
    message: str


class NotedSnapshot(Snapshot):
    warnings: list[SnapshotWarning] = Field(
        description="What may be a slip: views lower than those noted before (`lower_than_before`), or numbers dated before the "
        "post is out, which are in no rate (`before_publication`). They are kept all the same"
    )


class SnapshotPage(Out):
    """In the order of `taken_at`; of several in the same minute, the newer entry (the last) of each number counts."""

    items: list[Snapshot]
    next_cursor: NextCursor
