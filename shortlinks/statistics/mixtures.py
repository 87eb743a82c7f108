"""Mixtures of negative binomial distributions: what counts may come to where their spread is not known for certain. Pure."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

from shortlinks.statistics import special

# No search goes on for longer, nor for means beyond e to so much: only numbers beyond all sense need it.
_LONGEST, _FARTHEST = 60, 300.0

Counts = tuple[tuple[float, float, float], ...]
"""What clicks may come to: weight, mean and shape of negative binomial distributions, of which one is the right one."""


def mean_bounds(count: int, spreads: Sequence[tuple[float, float]], level: float) -> tuple[float, float]:
    """The interval of the mean of a variable seen once as `count`: a negative binomial one, of one of `spreads`.

    Each is a squared coefficient of variation with its weight; the weights make 1.
    """
    tail = (1 - level) / 2
    shapes = [(weight, 1 / cv2) for cv2, weight in spreads]
    middle = shapes[len(shapes) // 2][1]

    def of_mean(count: int, log_mean: float) -> float:
        return at_most(count, tuple((weight, math.exp(log_mean), shape) for weight, shape in shapes))

    def surprise(chance: float) -> float:
        """How much more likely than `tail` a chance is, on the logarithm: nearly straight over that of the mean."""
        return math.log(max(chance, 1e-300) / tail)

    start = math.log(middle * special.beta_odds_quantile(1 - tail, count + 1, middle))
    high = math.exp(_crossing(lambda log_mean: -surprise(of_mean(count, log_mean)), start))
    if count == 0:
        return 0.0, high
    start = math.log(middle * special.beta_odds_quantile(tail, count, middle))
    return math.exp(_crossing(lambda log_mean: surprise(1 - of_mean(count - 1, log_mean)), start)), high


def of_one(count: int, mean: float, shape: float) -> float:
    """The chance that a negative binomial variable is `count` or less."""
    if count < 0 or mean == 0:
        return float(count >= 0)
    return special.beta_cdf(shape / (shape + mean), shape, count + 1)


def at_most(count: int, counts: Counts) -> float:
    """The chance of `count` or less, whichever of them is the right one."""
    return math.fsum(weight * of_one(count, mean, shape) for weight, mean, shape in counts)


@lru_cache(maxsize=4096)
def quantile(chance: float, counts: Counts) -> int:
    """The smallest count that is not exceeded with `chance` or more."""
    if at_most(0, counts) >= chance:
        return 0
    low, high = 0, 1 + int(min(mean for _, mean, _ in counts))
    while at_most(high, counts) < chance:
        low, high = high, high * 4
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if at_most(middle, counts) >= chance else (middle, high)
    return high


def _crossing(rising: Callable[[float], float], start: float) -> float:
    """Where a rising function is 0, from a `start` near there on.

    The Illinois method: Dowell and Jarratt (1971), BIT 11:168-174.
    """
    low = high = start
    below = above = rising(start)
    step, side = 0.1, 0
    while above < 0 and high < _FARTHEST:
        low, below, high, step = high, above, high + step, step * 2
        above = rising(high)
    while below > 0 and low > -_FARTHEST:
        high, above, low, step = low, below, low - step, step * 2
        below = rising(low)
    for _ in range(_LONGEST):
        if high - low < 1e-9 or min(-below, above) < 1e-9:
            break
        middle = low + (high - low) * (below / (below - above) if below < above else 0.5)
        value = rising(middle)
        if value < 0:
            low, below, above, side = middle, value, above / 2 if side < 0 else above, -1
        else:
            high, above, below, side = middle, value, below / 2 if side > 0 else below, 1
    return low if -below < above else high
