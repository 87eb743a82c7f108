"""Profiles and their snapshots."""

from typing import Literal

from pydantic import Field

from shortlinks.profiles import profile_reports, profile_snapshots
from shortlinks.web.api.schemas.base import (
    In,
    NextCursor,
    Out,
    PlatformName,
    Precision,
    ProfileKindIn,
    Query,
    Time,
    TimeIn,
    TypedCount,
    example,
)
from shortlinks.web.api.schemas.numbers import Gap, Rate

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
    followers: int | None = Field(description="Of its newest snapshot that has any, or as it was set since")
    precision: Precision
    bio_slug: str | None
    shop: str | None
    created_at: Time


class ProfilePage(Out):
    items: list[Profile]
    next_cursor: NextCursor


class NewProfileSnapshot(In):
    """At least one number; up to a moment (default: now) or of a day."""

    model_config = example(day="2026-11-22", followers="12.4K", profile_visits=310, link_taps=12)

    taken_at: TimeIn | None = Field(None, description="When the platform showed these numbers; default: now")
    day: str | None = Field(
        None,
        description="The day that the numbers are of, by the creator's calendar; instead of `taken_at`",
        examples=["2026-11-22"],
        json_schema_extra={"format": "date"},
    )
    days: int | None = Field(
        None,
        ge=1,
        le=profile_snapshots.MOST_DAYS,
        description="How many days `profile_visits`, `link_taps` and `views` cover: the last ones up to `taken_at` "
        "(default: 7, what apps show), or those that end with `day` (default: 1)",
        examples=[7],
    )
    followers: TypedCount = None
    profile_visits: TypedCount = None
    link_taps: TypedCount = None
    views: TypedCount = None


class ProfileSnapshot(Out):
    id: str
    profile_id: str
    taken_at: Time | None
    day: str | None
    days: int = Field(description="How many days the next three cover, up to `taken_at` or `day`")
    profile_visits: int | None
    link_taps: int | None
    views: int | None = Field(description="Views of all posts in that span")
    followers: int | None = Field(description="At that moment")
    precision: Precision
    source: Literal["typed", "pasted", "imported", "api"]


class ProfileSnapshotPage(Out):
    items: list[ProfileSnapshot]
    next_cursor: NextCursor


class TakenDay(Out):
    row: int = Field(description="Row of the file; its first is 1", examples=[2])
    day: str = Field(examples=["2026-11-22"])
    views: int | None
    profile_visits: int | None


class LeftDay(Out):
    row: int
    day: str
    why: str = Field(examples=["was there already"])


class ImportedDays(Out):
    """What became of each row with a day."""

    taken: list[TakenDay]
    left: list[LeftDay]


class ProfileFunnelQuery(Query):
    weeks: int = Field(
        profile_reports.USUAL_WEEKS,
        ge=1,
        le=profile_reports.MOST_WEEKS,
        description="How many, with the one under way",
    )


class ProfileWeek(Out):
    """null where something is not measured."""

    week: str = Field(examples=["2026-W47"])
    starts_on: str = Field(description="Its Monday", examples=["2026-11-16"])
    over: bool = Field(description="Whether the week is over; the rates of one that is not would mislead")
    posts: int = Field(
        description="How many posts of the profile were out before its end; before the first no views are known"
    )
    views_gained: int | None = Field(description="By all posts of the profile", examples=[12400])
    open: bool = Field(
        description="There may be more views: posts were not looked at since. They are the least, unless they are in `spread`"
    )
    unread: int = Field(description="How many posts that is")
    quiet: int = Field(
        description="How many posts were not looked at since, either, but are so old that they are taken to have gained none"
    )
    profile_visits: int | None = Field(examples=[310])
    link_taps: int | None
    bio_link: Literal["tappable", "withheld", "none"] = Field(
        description="Whether a link in the bio could be tapped: `withheld` where the platform gives the profile no spot for "
        "one (a personal TikTok account under 1,000 followers), `none` where none hung yet. There is no rate of clicks then"
    )
    bio_clicks: int = Field(
        description="Clicks by people on the links in the bio, whatever these promoted", examples=[9]
    )
    page_opens: int | None = Field(
        description="How often people opened the profile's bio page; null where it had none yet", examples=[40]
    )
    page_taps: int | None = Field(description="How often they tapped a link on it; among `bio_clicks`", examples=[12])
    conversions: int = Field(description="Through the links in the bio, by when they occurred")
    spread: list[str] = Field(
        description="Numbers that come from longer spans, shared out evenly, and so are about right; there are no rates on "
        "them. `views_gained` is one where too many views lie between readings on both sides of the week's ends"
    )
    rates: list[Rate] = Field(description="Where both sides are measured in that week")


class ProfileFunnel(Out):
    """A profile's weeks, newest first. Gaps and sentences are of the newest week that is over."""

    profile_id: str
    weeks: list[ProfileWeek]
    gaps: list[Gap]
    sentences: list[str]
