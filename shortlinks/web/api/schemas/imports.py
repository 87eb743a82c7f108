"""Imports of snapshots: what became of each row of a platform's file."""

from typing import Annotated, Literal

from pydantic import Field

from shortlinks.web.api.schemas.base import Out, PlatformName, PostId, Precision, Query, Time, TimeIn

_Row = Annotated[int, Field(description="Row of the file; its first is 1", examples=[2])]
_Numbers = Annotated[dict[str, int], Field(description="As in a snapshot", examples=[{"views": 12400, "likes": 931}])]


class ImportQuery(Query):
    dry_run: bool = Field(False, description="Only tell what would become of each row")
    taken_at: TimeIn | None = Field(None, description="When the file was downloaded; default: now")


class MatchedRow(Out):
    row: _Row
    post_id: PostId
    title: str = Field(description="Of the post")
    by: Literal["id", "permalink"] = Field(description="Whether the ids in the addresses agree, or the addresses")
    numbers: _Numbers
    precision: Precision
    lower: dict[str, int] = Field(
        description="Numbers noted before that are higher. The row is taken all the same; is the file of a part of the time?",
        examples=[{"views": 12500}],
    )
    early: bool = Field(description="Whether `taken_at` is before the post was out, so that it is in no rate")


class UnmatchedRow(Out):
    row: _Row
    title: str
    permalink: str | None
    published_at: Time | None
    numbers: _Numbers
    precision: Precision
    why: str = Field(examples=["no post here has its address"])
    suggested_post_id: PostId | None = Field(description="The one post of about that day that is called alike")


class LeftRow(Out):
    row: _Row
    title: str
    why: str = Field(description="To be read after the row", examples=["was taken in before"])


class ImportedSnapshots(Out):
    """What became of each row that is not empty: taken if matched, else not."""

    platform: PlatformName
    file: str = Field(description="Which file it is", examples=["Table data.csv of YouTube Studio"])
    taken_at: Time
    dry_run: bool
    matched: list[MatchedRow]
    unmatched: list[UnmatchedRow]
    left: list[LeftRow]
