"""Support without buying? Likes, saves and clicks side by side, and what numbers cannot say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shortlinks.funnels import outcomes
from shortlinks.funnels.outcomes import Outcome
from shortlinks.insights import insight, ways
from shortlinks.insights.insight import Data, Insight, Picture, Point, Sure
from shortlinks.statistics import stats
from shortlinks.statistics.stats import Estimate, Sample
from shortlinks.words import wording
from shortlinks.words.language import N_, _, ngettext

QUESTION = N_("Do people support without buying?")

_SHOWN = {
    "likes": N_("Likes"),
    "comments": N_("Comments"),
    "shares": N_("Shares"),
    "saves": N_("Saves"),
    "clicks": N_("Clicks"),
}
_NO_MOTIVES = N_("Why, numbers cannot say: “can’t afford it” and “forgot” look the same from here.")
_ASK = N_(
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
    sure: Sure = "cannot_tell_yet"
    if both:
        sure = "likely" if clicks and clicks.count >= wording.FEW else "possible"
    return Insight(
        code="support",
        question=_(QUESTION),
        answer=" ".join(filter(None, (_answer(data, first, when), _(_NO_MOTIVES), _polled(data)))),
        sure=sure,
        how_sure=_how_sure(sure),
        settle=_(_ASK),
        evidence={
            "of": when,
            "poll": dict(data.votes),
            **_evidence(first),
            "others": [_evidence(group) for group in others],
        },
        picture=Picture(
            kind="bars",
            title=_("Per {base} views", base=1_000),
            unit=_("per {base} views", base=1_000),
            points=tuple(_point(row, group.name) for group in groups[: ways.SHOWN] for row in _rows(group)),
        ),
    )


def _how_sure(sure: Sure) -> str:
    if sure == "likely":
        return _("Likely, as far as it is about what people do; why they do it is beyond all counting.")
    if sure == "possible":
        return _("Possible: fewer than {few} clicks leave much to luck.", few=wording.FEW)
    return _("Nothing to set side by side yet.")


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
        return _(insight.NO_WAY)
    pairs = [
        Sample(reading.sample.count, reading.counts["likes"])
        for outcome in group.posts
        if outcomes.clickable(outcome) and (reading := outcome.settled) and "likes" in reading.counts
    ]
    if not pairs:
        return _("Likes and views are missing: note both of a post a day or more after it is out.")
    whole = stats.total(pairs)
    counted = _(
        "{group}: {likes} and {clicks} on {posts} of {when}",
        group=group.name,
        likes=wording.plural(whole.base, "like"),
        clicks=wording.plural(whole.count, "click"),
        posts=wording.plural(len(pairs), "post"),
        when=_(when),
    )
    if not whole.base:
        none = _("Without likes there is no support to set beside the clicks.")
        return f"{counted}. {none}"
    if not whole.count:
        return _("{counted}: people show support, and nobody has come.", counted=counted)
    no_step = _("A like costs nothing and is no step on the way: nobody passes through it.")
    return f"{_per_click(counted, pairs)} {no_step}"


def _per_click(counted: str, pairs: Sequence[Sample]) -> str:
    """With how many likes there are for each click, of few clicks the range alone, where that is known."""
    whole = stats.total(pairs)
    if whole.count >= wording.FEW:
        ratio = whole.base / whole.count
        return ngettext(
            "{counted}: for each click there is about {likes} like.",
            "{counted}: for each click there are about {likes} likes.",
            round(ratio),
            counted=counted,
            likes=_likes(ratio) if round(ratio) != 1 else "1",
        )
    clicks = insight.pooled(pairs)
    if clicks is None or not clicks.low:
        return f"{counted}."
    return _(
        "{counted}: for each click there are very likely between {low} and {high} likes.",
        counted=counted,
        low=_likes(1 / clicks.high),
        high=_likes(1 / clicks.low),
    )


def _polled(data: Data) -> str:
    """What people answered in story polls, the most votes first; empty without an answer."""
    voted = sorted(((count, motive) for motive, count in data.votes.items() if count), key=lambda pair: -pair[0])
    if not voted:
        return ""
    parts = wording.listed([f"{wording.number(count)} {wording.quoted(motive)}" for count, motive in voted])
    return ngettext(
        "In your story polls {count} person answered: {answers}.",
        "In your story polls {count} people answered: {answers}.",
        sum(count for count, motive in voted),
        answers=parts,
    )


def _likes(ratio: float) -> str:
    return wording.rough(ratio) if ratio > 1 else wording.decimal(ratio)


def _point(row: _Shown, group: str) -> Point:
    counted, views = wording.plural(row.count, row.name.removesuffix("s")), wording.plural(row.views, "view")
    text = _("{counted} on {views}", counted=counted, views=views)
    return insight.point(_(_SHOWN[row.name]), text, row.estimate, group)
