"""Posts."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from shortlinks.posts import post_fields
from shortlinks.web.api.schemas.base import (
    In,
    ListQuery,
    NextCursor,
    Out,
    PlatformName,
    PostId,
    PostKind,
    Precision,
    Query,
    Time,
    TimeIn,
    TypedCount,
)
from shortlinks.web.api.schemas.experiments import DrawnArm
from shortlinks.web.api.schemas.links import Link, NewLink
from shortlinks.web.api.schemas.snapshots import Snapshot

_title_size: JsonDict = {"minLength": 1, "maxLength": post_fields.LONGEST_TITLE}
_part_of = Field(None, description="The post that this one promotes (a story of a reel)")
_permalink = Field(None, description="Public address on the platform", examples=["https://www.instagram.com/reel/C1/"])
_tags = Field(
    None,
    description="Of at most 40 characters each, without commas",
    examples=[["sale", "autumn"]],
    max_length=post_fields.MOST_TAGS,
)
_siblings = Field(
    None, description="The same content as other posts, on other platforms", max_length=post_fields.MOST_SIBLINGS
)
_notes = Field(None, description="At most 5,000 characters")


class NewPost(In):
    permalink: str | None = _permalink
    platform: PlatformName | None = Field(
        None, description="Default: what the permalink tells; required if it does not", validate_default=True
    )
    title: str = Field(description="1 to 200 characters", examples=["Autumn drop"], json_schema_extra=_title_size)
    profile_id: str | None = Field(None, description="Default: the platform's first profile, made if there is none")
    kind: PostKind | None = Field(
        None, description="Default: what the permalink tells, or else what is most often made on the platform"
    )
    part_of: str | None = _part_of
    siblings: list[str] | None = _siblings
    published_at: TimeIn | None = Field(None, description="Default: now")
    tags: list[str] | None = _tags
    followers: TypedCount = None
    notes: str | None = _notes
    links: list[NewLink] | None = Field(
        None, description="Made together with the post, or nothing is", max_length=post_fields.MOST_LINKS
    )
    experiment: bool | None = Field(
        None, description="false: take no part in the experiment that runs for such posts; default: take part"
    )

    @field_validator("platform")
    @classmethod
    def _told(cls, platform: str | None, info: ValidationInfo) -> str | None:
        # With what else is wrong; whether a permalink does tell it is known once that was read.
        if platform is None and not info.data.get("permalink", True):
            raise PydanticCustomError("untold", "is required, or a permalink that tells it")
        return platform


class PostChanges(In):
    """What is absent stays as it is; null clears what can be empty."""

    title: str = Field("", description="1 to 200 characters", json_schema_extra=_title_size)
    kind: PostKind = ""
    part_of: str | None = _part_of
    siblings: list[str] | None = _siblings
    permalink: str | None = _permalink
    published_at: TimeIn = ""
    tags: list[str] | None = _tags
    followers: TypedCount = None
    notes: str | None = _notes
    archived: bool = False


class Totals(Out):
    """Of all time."""

    hits: int = Field(description="All clicks whatever their reason")
    human: int
    visitors: int
    conversions: int


class PostWarning(Out):
    """Something that is allowed but will not work as hoped."""

    code: str = Field(examples=["profile_permalink"])
    message: str


class Post(Out):
    id: PostId
    platform: PlatformName
    profile_id: str
    kind: Literal["video", "image", "story", "text", "live", "pin"]
    part_of: str | None
    siblings: list[str]
    title: str = Field(examples=["Autumn drop"])
    permalink: str | None
    published_at: Time
    tags: list[str] = Field(description="An arm that was drawn is among them, as `say-the-address:yes`; it stays there")
    followers: int | None = Field(description="Of the profile, when it was published")
    precision: Precision
    notes: str
    archived: bool
    created_at: Time
    links: list[Link] = Field(description="Those that promote it now")
    totals: Totals
    latest_snapshot: Snapshot | None
    experiment: DrawnArm | None = Field(description="What to do on this post, if an experiment drew an arm for it")
    warnings: list[PostWarning] = Field(description="The permalink may be a profile's (`profile_permalink`)")


class PostPage(Out):
    items: list[Post]
    next_cursor: NextCursor


class PostsQuery(ListQuery):
    platform: str | None = Field(None, max_length=40, description="Only posts on this platform")
    tag: str | None = Field(None, max_length=100, description="Only posts with this tag")
    q: str | None = Field(None, max_length=200, description="Only posts with this in title, notes, tags or permalink")
    archived: bool = Field(False, description="The archived posts instead of the others")


class PurgeQuery(Query):
    purge: bool = Field(False, description="Erase the post with its links, clicks and numbers for good")
