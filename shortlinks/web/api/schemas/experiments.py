"""Experiments."""

from typing import Annotated, Literal

from pydantic import Field

from shortlinks.experiments import experiments, trial_power
from shortlinks.web.api.schemas.base import In, NextCursor, Out, PlatformName, PostId, PostKind, Query, Time

_Yes = Literal["yes", "no"]
_Share = Annotated[float, Field(ge=0, le=1)]
_question = Field(
    description="What is done on half of the posts, as an order to yourself; at most 120 characters",
    examples=["Say the address in the first 3 seconds"],
)
_tag = Field(description="Short for the question, made from it", examples=["say-the-address"])


class NewExperiment(In):
    question: str = _question
    platform: PlatformName
    kind: PostKind
    per_arm: int = Field(
        description=f"Posts planned for each arm, {experiments.FEWEST_PER_ARM} to {trial_power.MOST_PER_ARM}",
        examples=[14],
    )
    placement: str | None = Field(
        None, description="Read only clicks on links in this spot", examples=["instagram/story_link_sticker"]
    )
    days: int | None = Field(None, description="It ends after these days at the latest; default 28", examples=[28])


class ExperimentChanges(In):
    state: Literal["stopped"] = Field(description="Ends it early, without a verdict", examples=["stopped"])


class Experiment(Out):
    id: str
    question: str = _question
    tag: str = _tag
    platform: PlatformName
    kind: Literal["video", "image", "story", "text", "live", "pin"]
    placement: str | None
    per_arm: int
    days: int
    state: Literal["running", "ended", "stopped"] = Field(
        description="It has ended when its posts are all there or its days are over"
    )
    started_at: Time
    ends_at: Time = Field(description="When it ended, or will at the latest")
    ended_at: Time | None = Field(description="When it was stopped or its last post was made")
    day: int = Field(description="Of `days`, from 1", examples=[9])
    posts: dict[_Yes, int] = Field(description="How many posts got which arm", examples=[{"yes": 5, "no": 4}])
    progress: str = Field(examples=["Day 9 of 28; 5 posts with, 4 without."])


class ArmResult(Out):
    posts: int
    clicks: int = Field(description="Of those who can have viewed the posts, up to the newest views")
    views: int
    rate: float | None = Field(description="Clicks per view")
    low: float | None
    high: float | None


class ExperimentResult(Out):
    """Both arms, and what they say."""

    yes: ArmResult
    no: ArmResult
    ratio: float | None = Field(description="The rate of yes per that of no")
    low: float = Field(description="95 % interval of the ratio")
    high: float | None = Field(description="null: without limit")
    p: float | None = Field(description="The chance of such a difference if the arms meant nothing: permutation test")
    verdict: Literal["yes_higher", "yes_lower", "cannot_tell_yet"]


class ExperimentReport(Experiment):
    waiting: list[PostId] = Field(
        description="Posts whose views, 18 hours or more after publication, are not noted yet"
    )
    erased: int = Field(description="Posts that were erased since their arm was drawn")
    unlinked: int = Field(description="Posts without a link that their viewers can tap, or without one in `placement`")
    result: ExperimentResult | None = Field(
        description="null until it has ended as planned and all views are noted, or seven days later; and if it was stopped"
    )
    sentence: str = Field(description="All of it in words")


class ExperimentPage(Out):
    items: list[Experiment]
    next_cursor: NextCursor


class PowerQuery(Query):
    platform: PlatformName
    kind: PostKind
    placement: str | None = Field(
        None,
        description="What is your own is of clicks in this spot alone, on posts that have a link there",
        examples=["instagram/story_link_sticker"],
    )
    per_arm: int | None = Field(
        None, ge=1, le=trial_power.MOST_PER_ARM, description="Default: half of what you make in 28 days"
    )
    views: float | None = Field(None, ge=0, le=10**12, description="Of a post; default: your own median, or 1,000")
    rate: float | None = Field(None, ge=0, le=1_000, description="Clicks per view; default: your own, or 0.001")


class Chance(Out):
    """How likely an experiment sees a doubling of clicks per view."""

    platform: PlatformName
    kind: Literal["video", "image", "story", "text", "live", "pin"]
    per_arm: int
    views: float
    rate: float
    own: bool = Field(description="Whether views and rate are those of your own posts")
    power: _Share
    sentence: str = Field(
        examples=["14 + 14 stories of 150 views at about 3 clicks per 100 views see a doubling 85 % of the time."]
    )


class ChanceReport(Chance):
    advice: str
    best: list[Chance] = Field(description="Your own kinds of posts, where a test is likeliest to succeed first")


class DrawnArm(Out):
    """The arm that was drawn for a post when it was made."""

    experiment_id: str
    tag: str = _tag
    arm: _Yes
    question: str = _question
    instruction: str = Field(examples=["This post: YES – say the address in the first 3 seconds."])
