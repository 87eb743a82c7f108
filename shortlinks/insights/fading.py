"""How fast clicks fade: the half-life over posts, from how many clicks had come by each of outcomes.AGES."""

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence

from shortlinks import decay, outcomes, wording
from shortlinks.decay import HalfLife
from shortlinks.outcomes import Outcome

_MOST_AGES = 400
_ROUNDS = 4


def half_life(posts: Sequence[Outcome], now: int) -> HalfLife | None:
    """How long until half of all clicks have come, those of days to come as well.

    When in an hour or a day a click came is not known; where in it clicks lie on average follows from how they fade.
    """
    found, fading = None, 0.0
    for _ in range(_ROUNDS):
        together: defaultdict[float, list[float]] = defaultdict(list)
        for post in posts:
            ages, until = click_ages(post, now, fading)
            together[until] += ages
        found = decay.pooled_half_life([(ages, until) for until, ages in together.items()])
        if found is None or not found.value:
            break
        fading = math.log(2) / found.value
    return found


def click_ages(post: Outcome, now: int, fading: float = 0.0) -> tuple[list[float], float]:
    """About how old the post was at each click, in milliseconds, and how old it has got, up to the last of AGES.

    A click is put where those of its hour or day lie on average when clicks fade at this rate: at 0 in the middle. Of very
    many clicks a part stands for all.
    """
    reached = [age for age in outcomes.AGES if age in post.by_age]
    came = [
        (start + _mean(end - start, fading), max(0, post.by_age[end] - post.by_age[start]))
        for start, end in itertools.pairwise(reached)
    ]
    shrink = max(1.0, sum(number for _, number in came) / _MOST_AGES)
    until = float(max(0, min(now - post.published_at, max(reached, default=0))))
    return [min(age, until) for age, number in came for _ in range(round(number / shrink))], until


def _mean(width: int, fading: float) -> float:
    """How far into a span of time clicks lie on average that fade at a rate (per millisecond)."""
    x = fading * width
    return width / 2 if x < 1e-6 else width * (1 / x - (1 / math.expm1(x) if x < 700 else 0.0))


def sentence(half: HalfLife) -> str:
    """`half of all clicks come within about 12 hours (between 8 hours and 20 hours, from 31 clicks).`"""
    if half.value is None or (half.high is None and half.low is None):
        return "clicks do not fade yet."
    value = wording.duration(round(half.value))
    low = wording.duration(round(half.low or 0))
    high = wording.duration(round(half.high)) if half.high is not None else None
    bounds = f"between {low} and {high}" if high else f"at least {low}"
    clicks = wording.plural(half.clicks, "click")
    return f"half of all clicks come within about {value} ({bounds}, from {clicks})."
