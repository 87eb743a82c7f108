"""What the creator's own shop says of its weeks."""

from typing import Literal

from pydantic import Field

from shortlinks.web.api.schemas.base import In, NextCursor, Out, Precision, Time, TypedCount


class NewShopTotals(In):
    """At least one number: all of the week, however people came."""

    visits: TypedCount = None
    orders: TypedCount = None


class ShopTotals(Out):
    shop: str = Field(description="Host, without www.", examples=["shop.example"])
    week: str = Field(description="ISO 8601, from Monday to Sunday", examples=["2026-W47"])
    visits: int | None = Field(examples=[60])
    orders: int | None
    precision: Precision
    source: Literal["typed", "pasted", "imported", "api"]
    noted_at: Time
    link_clicks: int = Field(description="Clicks by people on any link that led to the shop in that week", examples=[9])
    other_way: int | None = Field(description="Visits beyond those; null without visits, never negative", examples=[51])
    sentence: str = Field(examples=["The shop had 60 visits; 9 came through your links, 51 another way."])


class ShopTotalsPage(Out):
    """Newest week first."""

    items: list[ShopTotals]
    next_cursor: NextCursor
