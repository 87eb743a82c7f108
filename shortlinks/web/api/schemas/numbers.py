"""What became of a post: funnel, timeline, breakdown, clicks."""

from typing import Any, Literal

from pydantic import Field

from shortlinks.web.api.schemas.base import ListQuery, NextCursor, Out, PostId, Query, Slug, Time, TimeIn
from shortlinks.web.api.schemas.conversions import Revenue, RevenueSum


class FunnelQuery(Query):
    at: TimeIn | None = Field(None, description="The funnel as it stood then; default: now")


class Step(Out):
    name: str = Field(examples=["clicks"])
    role: Literal["path", "beside"]
    count: int = Field(examples=[9])
    source: Literal["snapshot", "log"]
    at_least: int | None = Field(None, description="Without bio clicks that another post may have earned", examples=[7])
    at_most: int | None = Field(None, description="With bio clicks of other posts that this one may have earned")
    measured: int | None = Field(
        None,
        description="Only of `arrivals`, as the next: of how many of the clicks they are. Not of those before the first "
        "arrival there, in the last two minutes, or through a link without click ids",
    )
    apart: int | None = Field(None, description="Arrivals of clicks that were no person's: in no count and no rate")
    refunded: int | None = Field(
        None, description="Only of `conversions`, as all below: how many of them had a refund; they are in `count`"
    )
    sums: list[RevenueSum] | None = Field(
        None, description="What they brought, by currency, with refunds whenever these came"
    )
    unverified: Revenue | None = Field(None, description="Known from a public pixel alone: in no count and no rate")
    outside_window: Revenue | None = Field(
        None, description="Came longer after the click than the window in the settings: of no post"
    )


class Gap(Out):
    """A step that is not measured, and where its number is found. `arrivals` is one until a page tells of the first.

    `conversions` is one as long as none was ever reported: the step is there at 0, without a rate.
    """

    name: str = Field(examples=["profile_visits"])
    where: str


class Rate(Out):
    name: str = Field(examples=["clicks_per_view"])
    numerator: int = Field(examples=[9])
    denominator: int = Field(examples=[12400])
    rate: float = Field(examples=[0.000726])
    low: float = Field(examples=[0.000382])
    high: float = Field(examples=[0.001379])
    level: float = Field(examples=[0.95])
    method: str = Field(examples=["wilson"])
    sentence: str = Field(examples=["9 of 12,400 views, 0.07 %, between 0.04 % and 0.14 %"])


class Range(Out):
    """How many clicks as many views usually bring, both ends included."""

    low: int = Field(examples=[6])
    high: int = Field(examples=[31])
    level: float = Field(examples=[0.8])
    posts: int = Field(description="From how many of the creator's other posts like this one", examples=[9])


class Expected(Out):
    """What was to be expected of the post, by the creator's own other posts on that profile and in those placements."""

    clicks: Range | None = Field(
        description="From the third such post on; null where viewers can neither tap nor type any link"
    )
    verdict: Literal["as_expected", "more", "fewer", "no_history"] = Field(
        description="One post in five lies outside by luck alone. as_expected, too, where it cannot be told: see undecided"
    )
    clear: bool = Field(description="Outside by far: one in fifty would be by luck")
    undecided: bool = Field(
        description="The clicks lie outside, but some may belong to another post with the same bio link, or all are of the "
        "post's first hours, or they are more than the views, so nothing is told"
    )
    sentence: str = Field(
        examples=[
            "From your 9 other posts like this one: 800 views usually bring you 0–2 clicks; you got 0: as expected, "
            "nothing went wrong."
        ]
    )


class Leak(Out):
    """The measured step furthest below the creator's own usual one."""

    from_: str = Field(alias="from", examples=["profile_visits"])
    to: str = Field(examples=["clicks"])
    count: int = Field(examples=[11])
    base: int = Field(examples=[400])
    usual: float = Field(description="How many as large a base brings on average", examples=[79.5])
    low: int = Field(examples=[55])
    high: int = Field(examples=[104])
    level: float = Field(examples=[0.8])
    posts: int = Field(examples=[8])
    sentence: str


class PerThousand(Out):
    rate: float = Field(examples=[2.2])
    low: float = Field(examples=[0.6])
    high: float = Field(examples=[8.1])
    level: float = Field(examples=[0.95])


class Window(Out):
    """From publication to the first reading of the views, and from each reading to the next."""

    from_: Time = Field(alias="from")
    to: Time
    new_views: int = Field(examples=[900])
    clicks: int = Field(examples=[2])
    per_1000: PerThousand | None = Field(description="Clicks per 1,000 new views; null where the views did not grow")
    sentence: str


class Finding(Out):
    """One explanation of a drop."""

    code: str = Field(examples=["dead_placement"])
    severity: str = Field(examples=["high"])
    title: str
    evidence: dict[str, Any]
    next_step: str
    confidence: Literal["certain", "likely", "possible"]


class Previews(Out):
    """Link previews by app, over all time."""

    pasted: dict[str, int] = Field(
        description="Into how many chats the link was pasted, at least: only previews that the sender's own device fetches are "
        "counted so, those within ten minutes of each other once",
        examples=[{"iMessage": 2, "WhatsApp": 1}],
    )
    fetched: dict[str, int] = Field(
        description="Hits by the previews of all other apps. They are fetched again and again, by many servers, or once for "
        "many who see the link, so they are no number of people or chats",
        examples=[{"Facebook": 12, "Mastodon": 4}],
    )


class Funnel(Out):
    """From views to clicks to conversions. The clicks are those until `snapshot_at`, so both sides cover the same time."""

    post_id: PostId
    as_of: Time
    snapshot_at: Time | None
    stale_seconds: int | None = Field(description="Age of the snapshot")
    steps: list[Step]
    gaps: list[Gap]
    expected: Expected
    leak: Leak | None = Field(
        description="null where the usual range explains every step, or viewers cannot come to any link"
    )
    rates: list[Rate] = Field(
        description="Of the steps of which both sides were counted. `clicks_per_view` and the other rates of clicks on what "
        "the platform shows count only clicks of people who can have viewed the post: those on links in a newsletter, on a "
        "website or in print are in `clicks` and in no rate on views. None of these is there where viewers can neither tap nor "
        "type any link, as in a caption: `expected.sentence` says so",
    )
    ledger: dict[str, int] = Field(
        description="Every hit of all time by its reason; `hits` is their sum; `lost` could not be written",
        examples=[{"hits": 31, "human": 9, "preview": 14, "crawler": 8, "lost": 0}],
    )
    previews: Previews
    windows: list[Window]
    clicks_after_snapshot: int
    conversions_after_snapshot: int
    findings: list[Finding]


class TimelineQuery(Query):
    bucket: Literal["minute", "quarter_hour", "hour", "day"] = Field("day", description="Width of a bucket")
    tz: str | None = Field(
        None,
        max_length=80,
        description="Time zone of the days; default: the one in the settings",
        examples=["Europe/Berlin"],
    )
    from_: TimeIn | None = Field(None, alias="from", description="Default: when the post was published")
    to: TimeIn | None = Field(None, description="Not included; default: now")
    reason: str = Field("human", max_length=40, description="Clicks of this reason, or `visitors`: people, once a day")


class Bucket(Out):
    start: Time
    count: int


class Timeline(Out):
    """Oldest first, without gaps."""

    items: list[Bucket]


class BreakdownQuery(Query):
    by: Literal["app", "device", "os", "browser", "country", "referrer", "link", "placement", "reason"] = Field(
        description="What the human clicks are told apart by (all hits for `reason`). A `referrer` is the name of its network "
        "(Instagram for l.instagram.com), or its host"
    )


class Share(Out):
    key: str = Field(description="(unknown) and (other) where there is no name", examples=["Instagram"])
    count: int


class Breakdown(Out):
    """Most frequent first."""

    items: list[Share]


class ClicksQuery(ListQuery):
    post: str = Field(max_length=40, description="Clicks of this post")
    from_: TimeIn | None = Field(None, alias="from", description="Clicks at or after this moment")
    to: TimeIn | None = Field(None, description="Clicks before this moment")


class Click(Out):
    """One recorded request. No address, no visitor."""

    id: str = Field(examples=["k7m2p.19ab697e800d0f7a90c2b1e"])
    at: Time
    slug: Slug
    post_id: PostId
    target: str | None = Field(description="Where the link led at that moment")
    reason: str = Field(examples=["human"])
    app: str
    device: str
    os: str
    browser: str
    country: str = Field(description='ISO 3166, "" where unknown', examples=["DE"])
    referrer: str = Field(description="Scheme and host", examples=["https://l.instagram.com"])
    user_agent: str
    method: str = Field(examples=["GET"])


class ClickPage(Out):
    """Oldest first, as they were counted."""

    items: list[Click]
    next_cursor: NextCursor
