"""Insights over all posts."""

from typing import Any, Literal

from pydantic import Field

from shortlinks.web.api.schemas.base import Out, Time


class Point(Out):
    """One thing in a picture. `low` and `high` hold 95 %; in a scatter they are the least and the most that it may be."""

    label: str = Field(examples=["Clicks"])
    text: str = Field(description="Its numbers in words", examples=["22 clicks from 22,000 views"])
    value: float | None = Field(description="null: a gap, or not known yet", examples=[1.0])
    low: float | None = Field(examples=[0.62])
    high: float | None = Field(examples=[1.5])
    x: float | None = Field(description="To the right; in a scatter only")
    group: str = Field(description="Points of the same group belong together", examples=["Instagram @me, posts"])


class Picture(Out):
    kind: Literal["bars", "scatter"]
    title: str = Field(examples=["Of 1,000 views"])
    unit: str = Field(examples=["of 1,000 views"])
    points: list[Point]
    x_unit: str


class Insight(Out):
    code: Literal["month", "path", "later", "support", "bystanders", "normal", "takes"]
    question: str = Field(examples=["Where does it drop off?"])
    answer: str = Field(description="A few sentences that say it, or what is missing")
    sure: Literal["certain", "likely", "possible", "cannot_tell_yet"]
    how_sure: str
    settle: str = Field(description="What would settle it")
    evidence: dict[str, Any] = Field(description="The numbers it rests on; fields depend on `code`")
    picture: Picture


class Insights(Out):
    as_of: Time
    up_to_date: bool = Field(description="false: something has changed since; new answers are on their way")
    posts: int = Field(description="How many posts were read: the newest, at most 1,000", examples=[15])
    older: int = Field(description="How many older ones were left out", examples=[0])
    items: list[Insight]
