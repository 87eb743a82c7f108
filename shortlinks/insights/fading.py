"""How fast clicks fade: the half-life over posts, from how many clicks had come by each of outcomes.AGES."""

import itertools
from collections.abc import Sequence

from shortlinks import times
from shortlinks.funnels import decay, outcomes
from shortlinks.funnels.decay import HalfLife
from shortlinks.funnels.outcomes import Outcome
from shortlinks.words import wording
from shortlinks.words.language import _

_OLD_ENOUGH = 7 * times.DAY
"""Of how much of a post's life half is told, at least: in its first days too much is still to come."""

_FINEST = outcomes.AGES[1]
"""Clicks that come before this age are not told apart."""


def half_life(posts: Sequence[Outcome]) -> HalfLife | None:
    """By which age half of the clicks come, of those that come while a post is as old as `until` (milliseconds).

    None where too few of the posts with clicks are a week old.
    """
    found = decay.half_life(outcomes.AGES, [came(post) for post in posts])
    return found if found and found.until >= _OLD_ENOUGH else None


def came(post: Outcome) -> list[int]:
    """How many clicks had come by each of AGES that the post has reached, without those from before it was out."""
    reached = [post.by_age[age] for age in outcomes.AGES if age in post.by_age]
    return list(itertools.accumulate((max(0, by - before) for before, by in itertools.pairwise(reached)), initial=0))


def sentence(half: HalfLife) -> str:
    """`half of the clicks of the first 28 days come within about 12 hours (8 hours to 20 hours, 31 clicks on 9 posts).`"""
    first = wording.duration(round(half.until))
    seen = _(
        "{clicks} on {posts}", clicks=wording.plural(half.clicks, "click"), posts=wording.plural(half.posts, "post")
    )
    value, low = (wording.duration(round(age)) for age in (half.value, half.low))
    if half.high is None and half.low < _FINEST:
        return _(
            "half of the clicks of the first {first} have come: when, cannot be told yet ({seen}).",
            first=first,
            seen=seen,
        )
    if half.high is None:
        return _(
            "half of the clicks of the first {first} have come: not before {low} ({seen}).",
            first=first,
            low=low,
            seen=seen,
        )
    if half.high <= _FINEST:
        return _("half of the clicks of the first {first} come within the first hour ({seen}).", first=first, seen=seen)
    return _(
        "half of the clicks of the first {first} come within about {value} ({low} to {high}, {seen}).",
        first=first,
        value=value,
        low=low,
        high=wording.duration(round(half.high)),
        seen=seen,
    )
