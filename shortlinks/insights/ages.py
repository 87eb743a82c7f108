"""Clicks on new views by how old the posts were: in their first day, and after it, each post held against itself.

What came between two readings counts at the age in which that time lies; see _age for one that lies in several.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shortlinks import times
from shortlinks.funnels import decay, outcomes, windows
from shortlinks.funnels.outcomes import Outcome
from shortlinks.funnels.windows import Window
from shortlinks.insights import fading, insight
from shortlinks.statistics import comparing, stats
from shortlinks.statistics.stats import Estimate, Sample
from shortlinks.words.language import N_

_EARLY = N_("the first day")
_EDGES = ((0, _EARLY), (1, N_("day 2 to 7")), (7, N_("week 2 to 4")), (28, N_("later")))
"""From so many days on."""
_ACROSS = N_("day 2 or later")
"""What lies in several of these, none of it in the first day."""
_NEAR = 0.2
"""By so much of an edge a reading may miss it and still count as one at it: after a day is 19 to 28 hours after."""
_EXPECTED = 10**6
"""Clicks that are expected are written as so many millionths."""


@dataclass(frozen=True, slots=True)
class Ages:
    """Posts told together: clicks on new views by age of the post, and how long until half of all clicks have come.

    `change` is the late rate over the early one of posts that have both. `unplaced` are the new views from before and
    after the first day that no reading tells apart, by post. `shared` says that late clicks of some of the posts may be
    another's.
    """

    name: str
    posts: int
    clicks: int
    spans: tuple[tuple[str, Sample, Estimate | None], ...]
    unplaced: tuple[int, ...]
    change: comparing.Comparison | None
    half_life: decay.HalfLife | None
    shared: bool

    @property
    def clear(self) -> bool:
        """Whether late views clearly bring more clicks, or fewer."""
        return self.change is not None and self.change.verdict != "cannot_tell_yet"


def of(name: str, posts: Sequence[Outcome]) -> Ages:
    """Posts on one way, or a single one, by what they are called."""
    spans: dict[str, list[Sample]] = {label: [] for label in (*dict(_EDGES).values(), _ACROSS)}
    pairs: list[tuple[Sample, Sample]] = []
    unplaced = []
    for post in posts:
        early: list[Sample] = []
        late: list[Sample] = []
        neither = 0
        for window in windows.of(post):
            if window.per_1000 is None:
                continue
            sample, label = Sample(window.clicks, window.new_views, 0, window.new_views_off), _age(window, post)
            if label is None:
                neither += window.new_views
                continue
            spans[label].append(sample)
            (early if label == _EARLY else late).append(sample)
        if early and late:
            pairs.append(_as_expected(stats.total(late), stats.total(early)))
        if neither:
            unplaced.append(neither)
    return Ages(
        name=name,
        posts=len(posts),
        clicks=sum(map(clicks, posts)),
        spans=tuple((label, stats.total(found), insight.pooled(found)) for label, found in spans.items() if found),
        unplaced=tuple(unplaced),
        change=comparing.periods([late for late, _ in pairs], [early for _, early in pairs]) if pairs else None,
        half_life=fading.half_life(posts),
        shared=any(post.ranged for post in posts),
    )


def together(groups: Sequence[Ages]) -> list[Ages]:
    """The same groups, verdicts by p-values that are adjusted for how many are compared."""
    changes = comparing.together([group.change for group in groups])
    return [replace(group, change=change) for group, change in zip(groups, changes, strict=True)]


def clicks(post: Outcome) -> int:
    """Those of its viewers, over all time."""
    return outcomes.of_viewers(post.clicks)


def _age(window: Window, post: Outcome) -> str | None:
    """How old the post was in this time, as _EDGES say it; None where that is both in the first day and after it."""
    start, end = (max(0, at - post.published_at) / times.DAY for at in (window.start, window.end))
    place = max(place for place, (edge, _) in enumerate(_EDGES) if place == 0 or (start + end) / 2 >= edge)
    edge, label = _EDGES[place]
    beyond = _EDGES[place + 1][0] if place + 1 < len(_EDGES) else end
    if start >= edge * (1 - _NEAR) and end <= beyond * (1 + _NEAR):
        return label
    return _ACROSS if start >= 1 - _NEAR else None


def _as_expected(late: Sample, early: Sample) -> tuple[Sample, Sample]:
    """The clicks of a post, late and early, on how many of them would come then if its rate stayed the same.

    So each post is held against itself: one that many strangers saw late brings fewer clicks per view at every age.
    Posts add up by indirect standardisation (Breslow and Day 1987, Statistical Methods in Cancer Research II, chapter 2).
    Where shares differ, the sum of late clicks varies less than a binomial one, as which it is tested (Hoeffding 1956,
    Annals of Mathematical Statistics 27:713-721).
    """
    clicks = late.count + early.count

    def expected(views: int, others: int) -> int:
        return round(_EXPECTED * clicks * views / (views + others))

    (_, late_most), (_, late_least) = late.least, late.most
    (_, early_most), (_, early_least) = early.least, early.most
    middle, rest = expected(late.base, early.base), expected(early.base, late.base)
    off = max(abs(expected(late_most, early_least) - middle), abs(expected(late_least, early_most) - middle))
    return Sample(late.count, middle, 0, off), Sample(early.count, rest, 0, off)
