"""How fast clicks fade: the half-life over posts, from how many clicks had come by each of outcomes.AGES."""

import itertools
from collections.abc import Sequence

from shortlinks import decay, outcomes, times, wording
from shortlinks.decay import HalfLife
from shortlinks.outcomes import Outcome

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
    of = f"half of the clicks of the first {wording.duration(round(half.until))}"
    seen = f"{wording.plural(half.clicks, 'click')} on {wording.plural(half.posts, 'post')}"
    value, low = (wording.duration(round(age)) for age in (half.value, half.low))
    if half.high is None:
        late = f"not before {low}" if half.low >= _FINEST else "when, cannot be told yet"
        return f"{of} have come: {late} ({seen})."
    if half.high <= _FINEST:
        return f"{of} come within the first hour ({seen})."
    return f"{of} come within about {value} ({low} to {wording.duration(round(half.high))}, {seen})."
