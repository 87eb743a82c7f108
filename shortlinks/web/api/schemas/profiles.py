"""Profiles and their snapshots."""

from typing import Literal

from pydantic import Field

from shortlinks.web.api.schemas.base import (
    In,
    NextCursor,
    Out,
    PlatformName,
    Precision,
    ProfileKindIn,
    Time,
    TimeIn,
    TypedCount,
    example,
)

ProfileKind = Literal["personal", "business", "creator"]


class NewProfile(In):
    platform: PlatformName
    handle: str = Field(description="Without @", examples=["ada"])
    kind: ProfileKindIn | None = Field(None, description="Default: personal")
    followers: TypedCount = None
    shop: str | None = Field(None, description="Host of the shop it promotes", examples=["shop.example"])


class ProfileChanges(In):
    """What is absent stays as it is; null clears what can be empty."""

    handle: str = ""
    kind: ProfileKindIn = ""
    followers: TypedCount = None
    bio_slug: str | None = Field(None, description="Slug of the link in its bio")
    shop: str | None = None


class Profile(Out):
    id: str
    platform: PlatformName
    handle: str
    kind: ProfileKind
    followers: int | None
    precision: Precision
    bio_slug: str | None
    shop: str | None
    created_at: Time


class ProfilePage(Out):
    items: list[Profile]
    next_cursor: NextCursor


class NewProfileSnapshot(In):
    """At least one number; either a moment or a whole day (UTC), default: now."""

    model_config = example(day="2026-11-22", followers="12.4K", profile_visits=310, link_taps=12)

    taken_at: TimeIn | None = None
    day: str | None = Field(None, examples=["2026-11-22"], json_schema_extra={"format": "date"})
    followers: TypedCount = None
    profile_visits: TypedCount = None
    link_taps: TypedCount = None


class ProfileSnapshot(Out):
    id: str
    profile_id: str
    taken_at: Time | None
    day: str | None
    followers: int | None
    profile_visits: int | None
    link_taps: int | None
    precision: Precision
    source: Literal["typed", "pasted", "imported", "api"]


class ProfileSnapshotPage(Out):
    items: list[ProfileSnapshot]
    next_cursor: NextCursor
