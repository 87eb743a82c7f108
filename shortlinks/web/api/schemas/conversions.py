"""What the target site reports: sales, sign-ups, refunds."""

from typing import Literal

from pydantic import Field

from shortlinks.sales import money
from shortlinks.web.api.schemas.base import In, ListQuery, NextCursor, Out, PostId, Slug, Time, TimeIn, example


class NewConversion(In):
    """Found by click id, by slug or by coupon: the first of them that is there. A refund is found by its sale."""

    model_config = example(
        external_id="order-1001",
        kind="sale",
        click_id="k7m2p.19ab697e800d0f7a90c2b1e",
        amount_minor=1999,
        currency="EUR",
    )

    external_id: str = Field(
        description="Your own id; reporting it again changes nothing, and differently is a 409", examples=["order-1001"]
    )
    kind: str = Field(description="What happened", examples=["sale"])
    click_id: str | None = Field(
        None, description="In any case; `_` may stand for its dot", examples=["k7m2p.19ab697e800d0f7a90c2b1e"]
    )
    slug: str | None = Field(None, examples=["k7m2p"])
    coupon: str | None = Field(
        None,
        description="Code that the customer used, in any case and with any spaces; alone it must be that of a link now",
        examples=["MUG10"],
    )
    amount_minor: int | None = Field(
        None,
        ge=-money.LARGEST,
        le=money.LARGEST,
        description="In minor units of ISO 4217 (cents; JPY has none), below 0 for a refund",
        examples=[1999],
    )
    currency: str | None = Field(None, description="ISO 4217, in use at any time since 2005", examples=["EUR"])
    occurred_at: TimeIn | None = Field(None, description="Default: now")
    refunds: str | None = Field(
        None,
        description="The `external_id` of the sale that a refund takes back, in part or whole. It goes where the sale went, "
        "and waits for one that was not reported yet",
        examples=["order-1000"],
    )


class Conversion(Out):
    id: str
    external_id: str
    kind: str
    post_id: PostId | None = Field(description="null where it counts for no post: `credit` says why")
    slug: Slug | None = Field(description="null for a refund that waits and names no link")
    click_id: str | None
    coupon: str | None = Field(description="Code that the customer used, if one was told")
    amount_minor: int | None
    currency: str | None
    occurred_at: Time
    refunds: str | None = Field(description="The `external_id` of the sale that it takes back")
    source: str = Field(description="Where it came from: typed, api, pixel, or the name of a shop", examples=["api"])
    verified: bool = Field(description="false for what only a public pixel told of: it is in no count and no rate")
    credit: Literal["post", "outside_window", "waiting", "no_amount", "other_currency", "more_than_sale"] = Field(
        description="`post`: it counts for `post_id`. `outside_window`: it came too long after its click. `waiting`: a refund "
        "whose sale was not reported yet. The others are of refunds that came before their sale and did not fit it"
    )


class RevenueSum(Out):
    """In minor units of one currency; currencies are never added up."""

    currency: str = Field(examples=["EUR"])
    amount_minor: int = Field(description="Of the conversions, refunded or not", examples=[8400])
    refunded_minor: int = Field(description="What of that was taken back", examples=[2800])
    net_minor: int = Field(description="The rest", examples=[5600])


class Revenue(Out):
    count: int = Field(description="Conversions; a refunded one is one of them", examples=[3])
    refunded: int = Field(description="How many of them had a refund", examples=[1])
    sums: list[RevenueSum]


class ConversionsQuery(ListQuery):
    post: str | None = Field(None, max_length=40, description="Conversions and refunds that are credited to this post")
    from_: TimeIn | None = Field(None, alias="from", description="Those that occurred at or after this moment")
    to: TimeIn | None = Field(None, description="Those that occurred before this moment")


class ConversionPage(Out):
    """Oldest first, by when they occurred. `count` to `outside_window` are of the whole list, not of the page."""

    items: list[Conversion]
    next_cursor: NextCursor
    count: int = Field(
        description="Conversions, without refunds and what is not credited or not verified", examples=[3]
    )
    refunded: int = Field(description="How many of them had a refund among these", examples=[1])
    sums: list[RevenueSum]
    unverified: Revenue
    outside_window: Revenue
