"""How fast clicks come and fade: the half-life of a post's clicks, and clicks per 1,000 new views."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from shortlinks import stats

FEWEST_CLICKS = 2
"""With fewer, there is nothing to take a time between."""


@dataclass(frozen=True, slots=True)
class HalfLife:
    """How long it takes until half of all clicks have come, in the unit of the ages given, with its interval.

    `growing`: clicks do not fade yet, and there is no half-life (None). `high` is None where they may not fade yet.
    """

    clicks: int
    growing: bool
    value: float | None
    low: float | None
    high: float | None
    level: float


def half_life(ages: Sequence[float], until: float, level: float = 0.95) -> HalfLife | None:
    """The half-life from the ages of the clicks so far (time since the post), none of them above `until`.

    The clicks of days to come are missing, so the median so far is too short. The ages are taken as exponential, cut
    off at `until` (Deemer and Votaw 1955, Annals of Mathematical Statistics 26:498-504). None with too few clicks.
    """
    return pooled_half_life([(ages, until)], level)


def pooled_half_life(posts: Sequence[tuple[Sequence[float], float]], level: float = 0.95) -> HalfLife | None:
    """The half-life that several posts share, each given as its clicks' ages and its own `until`."""
    for ages, until in posts:
        if until < 0 or any(not 0 <= age <= until for age in ages):
            raise ValueError(f"clicks are between 0 and {until} old")
    seen = [(len(ages), until) for ages, until in posts if ages and until > 0]
    clicks = sum(count for count, _ in seen)
    if clicks < FEWEST_CLICKS:
        return None
    total = math.fsum(age for ages, _ in posts for age in ages)
    value = _solve(seen, total)
    if value == 0:
        return HalfLife(clicks, False, 0.0, 0.0, 0.0, level)
    rate = math.log(2) / value if value else 0.0
    # So far the sum of ages may lie off by luck, at the fading that was found.
    luck = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(sum(n * _variance(rate, until) for n, until in seen))
    low, high = _solve(seen, total - luck), _solve(seen, total + luck)
    return HalfLife(clicks, value is None, value, low, high, level)


def per_1000(clicks: int, views: int, views_off: int = 0, level: float = 0.95) -> stats.Estimate | None:
    """Clicks per 1,000 new views, those give or take `views_off`; None where the views did not grow for certain.

    Those who come back later raise it when the views have stopped.
    """
    if views <= views_off:
        return None
    found = stats.rate(clicks, views, level, base_off=views_off)
    return stats.Estimate(found.rate * 1000, found.low * 1000, found.high * 1000, level, found.method)


def _solve(seen: Sequence[tuple[int, float]], total: float) -> float | None:
    """The half-life at which the ages are expected to sum up to `total`; None where no fading gives so much."""
    if 2 * total >= sum(count * until for count, until in seen):
        return None
    if total <= 0:
        return 0.0
    longest = max(until for _, until in seen)
    # Bisection over the logarithm of the rate of fading: at the one end nothing fades, at the other all is over.
    low, high = -30.0 - math.log(longest), 60.0 - math.log(longest)
    for _ in range(100):
        middle = (low + high) / 2
        rate = math.exp(middle)
        if sum(count * _mean(rate, until) for count, until in seen) > total:
            low = middle
        else:
            high = middle
    return math.log(2) / math.exp(high)


def _mean(rate: float, until: float) -> float:
    """The mean age of clicks that fade at `rate` and are seen up to `until`."""
    x = rate * until
    if x < 1e-4:
        return until * (0.5 - x / 12)
    return (1 / x - (1 / math.expm1(x) if x < 700 else 0.0)) * until


def _variance(rate: float, until: float) -> float:
    """The variance of the age of such a click."""
    x = rate * until
    if x < 1e-2:
        return until**2 * (1 / 12 - x * x / 240)
    return (1 / x**2 - (0.25 / math.sinh(x / 2) ** 2 if x < 700 else 0.0)) * until**2
