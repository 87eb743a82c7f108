"""Posts side by side."""

from typing import Literal

from pydantic import Field

from shortlinks.web.api.schemas.base import Out, PostId, Query


class CompareQuery(Query):
    posts: str = Field(
        max_length=2_000,
        description="The ids of 2 to 20 posts, with commas between them",
        examples=["k7m2pq9x4r,b3n8wz2c5t"],
    )


class Side(Out):
    """One of the posts, by the last reading of its views."""

    post_id: PostId
    title: str
    platform: str = Field(examples=["instagram"])
    clicks: int = Field(description="Of those who can have viewed the post, up to the reading", examples=[6])
    views: int | None = Field(examples=[3000])
    rate: float | None = Field(examples=[0.002])
    low: float | None = Field(examples=[0.000917])
    high: float | None = Field(examples=[0.004357])
    level: float | None = Field(examples=[0.95])
    method: str | None = Field(examples=["wilson"])
    shrunk: float | None = Field(
        description="The rate drawn towards that of posts like it, the more, the fewer views there are"
    )
    rank: int | None = Field(
        description="By the shrunk rate, among posts whose viewers could click alike; 1 is best",
        examples=[1],
    )
    sentence: str


class Pair(Out):
    a: PostId
    b: PostId
    siblings: bool = Field(description="Whether the two are the same thing on different platforms")
    alike: bool = Field(description="Whether their links hang in the same places")
    ratio: float | None = Field(description="The rate of a over that of b; null where b has none", examples=[26.7])
    low: float = Field(examples=[5.7])
    high: float | None = Field(description="null: no limit", examples=[164.0])
    p: float = Field(description="Two-sided conditional exact test", examples=[0.000008])
    p_adjusted: float = Field(description="For as many pairs (Benjamini and Hochberg 1995)", examples=[0.000008])
    verdict: Literal["higher", "lower", "cannot_tell_yet"] = Field(description="What a is, by the adjusted p-value")
    views_needed: int | None = Field(
        description="How many more views of both posts together would tell, at the present rates"
    )
    sentence: str


class Compared(Out):
    posts: list[Side] = Field(description="In the order in which they were asked for")
    pairs: list[Pair] = Field(description="Siblings first, then the surest")
    sentence: str
