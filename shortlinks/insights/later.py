"""Do people come back later? Clicks on new views as posts get older, how fast clicks fade, and saves beside clicks.

We do not recognise a person the next day (the salt of the visitor hashes is gone by then), so returners cannot be counted;
what can be seen is whether clicks go on when views have stopped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shortlinks import comparing, decay, outcomes, stats, times, windows, wording
from shortlinks.insights import fading, insight, ways
from shortlinks.insights.insight import Data, Insight, Picture, Point, Sure
from shortlinks.outcomes import Outcome
from shortlinks.stats import Estimate, Sample

QUESTION = "Do people come back later?"

ENOUGH_CLICKS = 20
"""From here on a post is told by itself; before, the posts on a way are told together.

Ways are not mixed: stories are soon over, so their many clicks would all be early ones.
"""

_EDGES = ((0, "the first day"), (1, "day 2 to 7"), (7, "week 2 to 4"), (28, "later"))
"""From so many days on, by the middle of the time between two readings."""
_NO_RETURNERS = (
    "We do not recognise a person the next day, by design, so those who come back cannot be counted; what shows is when "
    "clicks come."
)
_OWN_POSTS = 3


@dataclass(frozen=True, slots=True)
class Ages:
    """Posts told together: clicks on new views by age of the post, and how long until half of all clicks have come."""

    name: str
    posts: int
    clicks: int
    spans: tuple[tuple[str, Sample, Estimate | None], ...]
    change: comparing.Comparison | None
    half_life: decay.HalfLife | None


def answer(data: Data, *, now: int) -> Insight:
    """What the clicks on each way do with time, and those of the posts that have enough by themselves."""
    read = [outcome for outcome in data.outcomes if outcome.readings and outcomes.clickable(outcome)]
    groups = [_ages(group.name, group.posts, now) for group in ways.of(read, data.handles)]
    busy = sorted((o for o in read if _clicks(o) >= ENOUGH_CLICKS), key=_clicks, reverse=True)
    groups += [_ages(f"“{each.title}”", [each], now) for each in busy[:_OWN_POSTS]]
    told = next((group for group in groups if group.change), None)
    saves = _saves(read)
    return Insight(
        code="later",
        question=QUESTION,
        answer=" ".join(filter(None, (_answer(told, groups), _fading(groups), _saved(saves), _NO_RETURNERS))),
        sure=_sure(told),
        how_sure=_how_sure(told),
        settle="Note the views of a post after a day and again after a week: then clicks on late views can be told apart.",
        evidence={"groups": [_evidence(group) for group in groups], "saves": saves},
        picture=Picture(
            kind="bars",
            title="Clicks per 1,000 new views, by age of the post",
            unit="clicks per 1,000 new views",
            points=tuple(_point(group, *span) for group in groups for span in group.spans),
        ),
    )


def _ages(name: str, posts: Sequence[Outcome], now: int) -> Ages:
    spans: dict[str, list[Sample]] = {label: [] for _, label in _EDGES}
    for post in posts:
        for window in windows.of(post):
            age = (window.start + window.end) // 2 - post.published_at
            label = next(label for days, label in reversed(_EDGES) if age >= days * times.DAY or not days)
            spans[label].append(Sample(window.clicks, window.new_views, 0, window.new_views_off))
    known = {label: [each for each in found if each.base > each.base_off] for label, found in spans.items()}
    first, *rest = known.values()
    late = [sample for found in rest for sample in found]
    return Ages(
        name=name,
        posts=len(posts),
        clicks=sum(map(_clicks, posts)),
        spans=tuple((label, _sum(found), insight.pooled(found)) for label, found in known.items() if found),
        change=comparing.periods(late, first) if late and first else None,
        half_life=fading.half_life(posts, now),
    )


def _clicks(post: Outcome) -> int:
    return outcomes.of_viewers(post.clicks)


def _sum(found: Sequence[Sample]) -> Sample:
    return Sample(sum(each.count for each in found), sum(each.base for each in found))


def _answer(told: Ages | None, groups: Sequence[Ages]) -> str:
    if told is None or told.change is None:
        if not groups:
            return "There are no views yet: note them a day and again a week after a post is out."
        return "Whether late views bring more clicks cannot be told yet: no post has views noted both early and late."
    verdict, ratio = told.change.verdict, told.change.ratio
    if verdict == "cannot_tell_yet" or ratio is None:
        return f"{told.name}: no clear difference between the clicks on late views and on early ones."
    more = "more" if verdict == "higher" else "fewer"
    why = (
        "That fits people who saw it earlier and come back later."
        if verdict == "higher"
        else "So those who come, come at once: nothing points to people who come back later."
    )
    return f"{told.name}: after the first day, new views bring {more} clicks, {wording.times_as(ratio)} many. {why}"


def _fading(groups: Sequence[Ages]) -> str:
    found = next((group for group in groups if group.half_life), None)
    return f"{found.name}: {fading.sentence(found.half_life)}" if found and found.half_life else ""


def _saves(read: Sequence[Outcome]) -> dict[str, int] | None:
    """Saves and clicks over the posts whose last reading has both; None where none has."""
    noted = [last for post in read if (last := post.latest) and "saves" in last.counts]
    if not noted:
        return None
    return {
        "posts": len(noted),
        "saves": sum(reading.counts["saves"] for reading in noted),
        "clicks": sum(reading.sample.count for reading in noted),
    }


def _saved(saves: dict[str, int] | None) -> str:
    if saves is None:
        return "Saves are not noted: they are the one thing that people do who mean to come back."
    count = wording.plural(saves["saves"], "save")
    return f"{count} beside {wording.plural(saves['clicks'], 'click')} on {wording.plural(saves['posts'], 'post')}."


def _sure(told: Ages | None) -> Sure:
    return "likely" if told and told.change and told.change.verdict != "cannot_tell_yet" else "cannot_tell_yet"


def _how_sure(told: Ages | None) -> str:
    if told is None or told.change is None:
        return "Nothing to compare yet: it takes views noted at two ages."
    shared = "A bio link that moves on to the next post takes late clicks along."
    if told.change.verdict == "cannot_tell_yet":
        return f"Cannot be told yet: luck can make a difference of this size, and can hide one. {shared}"
    return f"Likely: luck alone rarely makes such a difference. {shared}"


def _point(group: Ages, label: str, sample: Sample, estimate: stats.Estimate | None) -> Point:
    text = f"{wording.plural(sample.count, 'click')} on {wording.plural(sample.base, 'new view')}"
    if estimate is None:
        return Point(label=wording.capital(label), text=text, group=group.name)
    return Point(
        label=wording.capital(label),
        text=text,
        value=estimate.rate * 1000,
        low=estimate.low * 1000,
        high=estimate.high * 1000,
        group=group.name,
    )


def _evidence(group: Ages) -> dict[str, Any]:
    half, change = group.half_life, group.change
    return {
        "group": group.name,
        "posts": group.posts,
        "clicks": group.clicks,
        "ages": [
            {"age": label, "clicks": sample.count, "new_views": sample.base, **insight.numbers(estimate)}
            for label, sample, estimate in group.spans
        ],
        "late_against_early": change and change.to_dict(),
        "half_life_seconds": half
        and {
            "value": half.value and round(half.value / times.SECOND),
            "low": half.low and round(half.low / times.SECOND),
            "high": half.high and round(half.high / times.SECOND),
            "clicks": half.clicks,
            "growing": half.growing,
        },
    }
