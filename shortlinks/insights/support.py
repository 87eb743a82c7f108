"""Support without buying? Likes, saves and clicks side by side, and what numbers cannot say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shortlinks import outcomes, stats, wording
from shortlinks.insights import insight, ways
from shortlinks.insights.insight import Data, Insight, Picture, Point
from shortlinks.outcomes import Outcome
from shortlinks.stats import Estimate, Sample

QUESTION = "Do people support without buying?"

_SHOWN = ("likes", "comments", "shares", "saves", "clicks")
_NO_MOTIVES = "Why, numbers cannot say: “can’t afford it” and “forgot” look the same from here."
_ASK = (
    "Ask in a story poll “What held you back?” and type in the results: it is the only source of motives. It speaks only "
    "for those who answer."
)


@dataclass(frozen=True, slots=True)
class _Shown:
    name: str
    posts: int
    count: int
    views: int
    estimate: Estimate


def answer(data: Data, *, now: int) -> Insight:
    """What the posts of the last 28 days got per 1,000 views, as far as it was noted, each way by itself.

    Told is the way with the most likes, of those on which viewers can click.
    """
    found, when = insight.recent(data.outcomes, now)
    groups = sorted(
        ways.of(found, data.handles), key=lambda group: (not outcomes.clickable(group.posts[0]), -_likes_of(group))
    )
    first, *others = groups or [ways.Group("", ())]
    shown = _rows(first)
    by_name = {row.name: row for row in shown}
    likes, clicks = by_name.get("likes"), by_name.get("clicks")
    both = bool(likes and clicks and likes.count)
    return Insight(
        code="support",
        question=QUESTION,
        answer=f"{_answer(data, first, when)} {_polled(data)}".rstrip(),
        sure="likely" if both and clicks and clicks.count >= wording.FEW else "possible" if both else "cannot_tell_yet",
        how_sure=(
            "Likely, as far as it is about what people do; why they do it is beyond all counting."
            if both and clicks and clicks.count >= wording.FEW
            else f"Possible: fewer than {wording.FEW} clicks leave much to luck."
            if both
            else "Nothing to set side by side yet."
        ),
        settle=_ASK,
        evidence={
            "of": when,
            "poll": dict(data.votes),
            **_evidence(first),
            "others": [_evidence(group) for group in others],
        },
        picture=Picture(
            kind="bars",
            title="Per 1,000 views",
            unit="per 1,000 views",
            points=tuple(_point(row, group.name) for group in groups[: ways.SHOWN] for row in _rows(group)),
        ),
    )


def _likes_of(group: ways.Group) -> int:
    return sum(noted.count for post in group.posts if (noted := _sample(post, "likes")))


def _rows(group: ways.Group) -> list[_Shown]:
    return [row for name in _SHOWN if (row := _row(group.posts, name))]


def _evidence(group: ways.Group) -> dict[str, Any]:
    rows = [
        {"name": row.name, "posts": row.posts, "count": row.count, "views": row.views, **insight.numbers(row.estimate)}
        for row in _rows(group)
    ]
    return {"group": group.name, "numbers": rows}


def _row(found: Sequence[Outcome], name: str) -> _Shown | None:
    noted = [each for outcome in found if (each := _sample(outcome, name))]
    estimate = insight.pooled(noted)
    if estimate is None:
        return None
    return _Shown(name, len(noted), sum(each.count for each in noted), sum(each.base for each in noted), estimate)


def _sample(outcome: Outcome, name: str) -> Sample | None:
    reading = outcome.settled
    if reading is None or (name == "clicks" and not outcomes.clickable(outcome)):
        return None
    return reading.step("views", name)


def _answer(data: Data, group: ways.Group, when: str) -> str:
    if insight.out_of_reach(data.outcomes):
        return f"{insight.NO_WAY} {_NO_MOTIVES}"
    pairs = [
        Sample(reading.sample.count, reading.counts["likes"])
        for outcome in group.posts
        if outcomes.clickable(outcome) and (reading := outcome.settled) and "likes" in reading.counts
    ]
    if not pairs:
        return f"Likes and views are missing: note both of a post a day or more after it is out. {_NO_MOTIVES}"
    whole = stats.total(pairs)
    start = f"{group.name}: {wording.plural(whole.base, 'like')} and {wording.plural(whole.count, 'click')}"
    start += f" on {wording.plural(len(pairs), 'post')} of {when}"
    if not whole.base:
        return f"{start}. Without likes there is no support to set beside the clicks. {_NO_MOTIVES}"
    if not whole.count:
        return f"{start}: people show support, and nobody has come. {_NO_MOTIVES}"
    no_step = "A like costs nothing and is no step on the way: nobody passes through it."
    return f"{start}{_per_click(pairs)}. {no_step} {_NO_MOTIVES}"


def _per_click(pairs: Sequence[Sample]) -> str:
    """How many likes there are for each click, of few clicks the range alone; empty where that is not known either."""
    whole = stats.total(pairs)
    if whole.count >= wording.FEW:
        return f": for each click there {_about(whole.base / whole.count)}"
    clicks = insight.pooled(pairs)
    if clicks is None or not clicks.low:
        return ""
    return (
        f": for each click there are very likely between {_likes(1 / clicks.high)} and {_likes(1 / clicks.low)} likes"
    )


def _polled(data: Data) -> str:
    """What people answered in story polls, the most votes first; empty without an answer."""
    voted = sorted(((count, motive) for motive, count in data.votes.items() if count), key=lambda pair: -pair[0])
    if not voted:
        return ""
    parts = wording.listed([f"{wording.number(count)} “{motive}”" for count, motive in voted])
    return f"In your story polls {wording.plural(sum(count for count, _ in voted), 'person')} answered: {parts}."


def _about(ratio: float) -> str:
    if round(ratio) == 1:
        return "is about 1 like"
    return f"are about {_likes(ratio)} likes"


def _likes(ratio: float) -> str:
    return wording.rough(ratio) if ratio > 1 else wording.decimal(ratio)


def _point(row: _Shown, group: str) -> Point:
    text = f"{wording.plural(row.count, row.name.removesuffix('s'))} on {wording.plural(row.views, 'view')}"
    return insight.point(wording.capital(row.name), text, row.estimate, group)
