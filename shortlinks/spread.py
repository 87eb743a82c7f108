"""How much a creator's posts differ beyond luck, and what that means for the next one: gamma-Poisson.

A post's clicks are Poisson around its views times its own rate, and the rates of a creator's posts follow a gamma
distribution with mean `rate` and squared coefficient of variation `cv2`; so clicks are negative binomial. All is in
closed form but for the spread itself, which is averaged over a grid of values, each weighed by how well it explains
the posts (Greenwood and Yule 1920, Journal of the Royal Statistical Society 83:255-279, for the model).
"""

import itertools
import math
import operator
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from shortlinks import special, stats
from shortlinks.stats import Estimate, Sample

USUAL_CV = 0.6
"""How much the click rates of a creator's posts vary, as a share of their mean, before their own posts tell.

No published figure was found. It is the one that these statistics were tried with; few posts of the usual size
(a thousand views, a click) cannot tell it from 0.4 or 0.9, and many posts override it.
"""

# The prior of the logarithm of the spread: Student's t around USUAL_CV squared, in two of three cases within a factor of
# 1.7. Its tails give way to the posts where they are all the same, or very different. With it, intervals and ranges
# hold what they promise from the second post on (`make simulate`).
_STEP, _WIDTH, _FREEDOM = 0.4, 0.5, 4
_STEPS = tuple(_STEP * step for step in range(-20, 8))
_GRID = tuple(USUAL_CV**2 * math.exp(step - _WIDTH**2 / 2) for step in _STEPS)
_PRIOR = tuple(-(_FREEDOM + 1) / 2 * math.log1p((step / _WIDTH) ** 2 / _FREEDOM) for step in _STEPS)


@dataclass(frozen=True, slots=True)
class Spread:
    """`rate`: clicks per view over all posts; `cv2`: the squared coefficient of variation of the posts' own rates.

    It lies below `cv2_high` with a chance of 90 %. Without a view in any post there is no rate: None.
    """

    rate: float | None
    cv2: float
    cv2_high: float
    posts: int
    clicks: int
    views: int


@dataclass(frozen=True, slots=True)
class Range:
    """How many clicks a post usually gets: `low` to `high` with a chance of `level`, `mean` on average; from `posts`."""

    low: int
    high: int
    mean: float
    level: float
    posts: int


def fit(samples: Sequence[Sample]) -> Spread:
    """The rate and the spread of a creator's posts. Posts without views tell nothing and are left out."""
    seen = _seen(samples)
    clicks, views = _sums(seen)
    cv2, high = between([seen])
    return Spread(clicks / views if views else None, cv2, high, len(seen), clicks, views)


def pooled(samples: Sequence[Sample], level: float = 0.95) -> Estimate | None:
    """Clicks per view over all posts, with an interval for what such posts bring; None without a view.

    The sum of clicks is taken as negative binomial too, with the spread that is left after summing, and the interval
    is exact for it: at its ends so many, or so few, have half the rest of `level`. Without spread it is Garwood's.
    """
    seen = _seen(samples)
    whole = stats.total(seen)
    if not whole.base:
        return None
    remaining = fit(seen).cv2 * concentration(seen)
    (fewest, most_views), (most, fewest_views) = whole.least, whole.most
    low = mean_bounds(fewest, remaining, level)[0] / most_views
    high = mean_bounds(most, remaining, level)[1] / fewest_views
    return Estimate(whole.count / whole.base, low, high, level, "gamma_poisson")


def expected(
    others: Sequence[Sample], base: int, level: float = 0.8, base_off: int = 0, *, cv2: float | None = None
) -> Range | None:
    """How many clicks a post with `base` views usually gets, by the creator's `others`; None with fewer than two.

    What the lower tail leaves unused, because no count is below 0, is given to the upper one: so the range is not
    wider than it need be where most posts have no click at all. `cv2` is the spread, if it was fitted before: who asks
    for each of many posts fits it once.
    """
    found = _next(others, base, base_off, cv2)
    if found is None:
        return None
    fewest, most = max(base - base_off, 0) * found.per_view, (base + base_off) * found.per_view
    tail = (1 - level) / 2
    low = _quantile(tail, fewest, found.shape)
    below = _at_most(low - 1, fewest, found.shape)
    high = max(low, _quantile(level + below, most, found.shape))
    return Range(low, high, base * found.rate, level, found.posts)


def at_most(
    others: Sequence[Sample], count: int, base: int, base_off: int = 0, *, cv2: float | None = None
) -> float | None:
    """The chance of `count` clicks or fewer on `base` views, on the fewest they stand for; None where `expected` has none.

    Below half the rest of a level, `count` is below the range of that level; and it takes no search to know.
    """
    found = _next(others, base, base_off, cv2)
    if found is None:
        return None
    return _at_most(count, max(base - base_off, 0) * found.per_view, found.shape)


def at_least(
    others: Sequence[Sample], count: int, base: int, base_off: int = 0, *, cv2: float | None = None
) -> float | None:
    """The chance of `count` clicks or more on `base` views, on the most they stand for; None where `expected` has none."""
    found = _next(others, base, base_off, cv2)
    if found is None:
        return None
    return 1 - _at_most(count - 1, (base + base_off) * found.per_view, found.shape)


_ROUNDS = 4
"""Enough for weights and rate to agree to three digits."""


class _Next(NamedTuple):
    """The creator's next post: the weighed rate of the others (`posts` of them), and mean and shape of what is to be expected.

    Quasi-likelihood weights of a negative binomial: Wedderburn (1974), Biometrika 61:439-447.
    """

    rate: float
    per_view: float
    shape: float
    posts: int


def _next(others: Sequence[Sample], base: int, base_off: int, cv2: float | None = None) -> _Next | None:
    if base < 0 or base_off < 0:
        raise ValueError(f"no views: {base} ± {base_off}")
    seen = _seen(others)
    if len(seen) < 2:
        return None
    clicks, views = _sums(seen)
    cv2 = fit(seen).cv2 if cv2 is None else cv2
    rate, told = clicks / views, float(views)
    for _ in range(_ROUNDS if clicks else 0):
        # A post counts by what it tells of the others: one that very many saw, little more than any other.
        weights = [1 / (1 + rate * each.base * cv2) for each in seen]
        told = math.fsum(weight * each.base for weight, each in zip(weights, seen, strict=True))
        rate = math.fsum(weight * each.count for weight, each in zip(weights, seen, strict=True)) / told
    # So many clicks, weighed, stand behind the rate: what is left to luck of the posts and of the clicks together.
    unsure = 1 / (rate * told + 0.5)
    shape = 1 / (cv2 + unsure + cv2 * unsure)
    # The creator's mean is the found one over, not times, the luck of these posts: on average above it.
    return _Next(rate, (rate + 0.5 / told) * (1 + cv2 / len(seen)), shape, len(seen))


def shrunk(samples: Sequence[Sample]) -> list[float]:
    """Each post's clicks per view, drawn towards the creator's mean the more, the fewer views stand behind it.

    (clicks + a) / (views + b), the posterior mean: Robbins (1956), Proceedings of the Third Berkeley Symposium
    1:157-163. A post without views gets the creator's mean, and 0 where no post has any.
    """
    found = fit(samples)
    if not found.rate:
        return [0.0 for _ in samples]
    a = 1 / found.cv2
    b = a / found.rate
    return [(each.count * (each.base > 0) + a) / (each.base + b) for each in samples]


def concentration(samples: Sequence[Sample]) -> float:
    """Which share of the posts' spread is left in their sum: 1 / posts for equal views, up to 1 where one has them all."""
    views = sum(each.base for each in samples)
    return sum((each.base / views) ** 2 for each in samples) if views else 1.0


def mean_bounds(count: int, cv2: float, level: float) -> tuple[float, float]:
    """The interval of the mean of a negative binomial variable of spread `cv2`, seen once as `count`."""
    tail, shape = (1 - level) / 2, 1 / cv2
    low = 0.0 if count == 0 else shape * special.beta_odds_quantile(tail, count, shape)
    return low, shape * special.beta_odds_quantile(1 - tail, count + 1, shape)


def between(groups: Sequence[Sequence[Sample]]) -> tuple[float, float]:
    """The squared coefficient of variation of posts' rates within their group, and what it lies below in 90 of 100 cases.

    The average over a prior around `USUAL_CV`, weighed by the likelihood of the posts' clicks.
    """
    return _between(tuple(tuple(group) for group in groups))


@lru_cache(maxsize=512)
def _between(groups: tuple[tuple[Sample, ...], ...]) -> tuple[float, float]:
    # Remembered: one page asks for the same posts several times, and the next page again.
    weights = [sum(terms) for terms in zip(_PRIOR, *map(_log_likelihoods, groups), strict=True)]
    top = max(weights)
    chances = [math.exp(weight - top) for weight in weights]
    whole = sum(chances)
    mean = sum(cv2 * chance for cv2, chance in zip(_GRID, chances, strict=True)) / whole
    below = itertools.accumulate(chances)
    high = next((cv2 for cv2, total in zip(_GRID, below, strict=True) if total >= 0.9 * whole), _GRID[-1])
    return mean, high * math.exp(_STEP / 2)


def _seen(samples: Sequence[Sample]) -> list[Sample]:
    return [each for each in samples if each.base > 0]


def _sums(samples: Sequence[Sample]) -> tuple[int, int]:
    return sum(each.count for each in samples), sum(each.base for each in samples)


def _log_likelihoods(samples: Sequence[Sample]) -> list[float]:
    """For each spread of the grid how well it explains the posts, at the rate that fits it best, but for a constant."""
    clicks, views = _sums(samples)
    if not clicks:
        return [0.0] * len(_GRID)
    bases = [each.base for each in samples]
    counts = [each.count for each in samples]
    clicked = Counter(count for count in counts if count)
    rate, found = clicks / views, []
    for cv2 in _GRID:
        shape = 1 / cv2
        for _ in range(2):
            weights = [1 / (1 + rate * base * cv2) for base in bases]
            rate = _product(weights, counts) / _product(weights, bases)
        odds = rate * cv2
        found.append(
            sum(times * (math.lgamma(count + shape) - math.lgamma(shape)) for count, times in clicked.items())
            + clicks * math.log(odds)
            - sum((count + shape) * math.log1p(odds * base) for count, base in zip(counts, bases, strict=True))
        )
    return found


def _at_most(count: int, mean: float, shape: float) -> float:
    """The chance that a negative binomial variable is `count` or less."""
    if count < 0 or mean == 0:
        return float(count >= 0)
    return special.beta_cdf(shape / (shape + mean), shape, count + 1)


@lru_cache(maxsize=4096)
def _quantile(chance: float, mean: float, shape: float) -> int:
    """The smallest count that a negative binomial variable does not exceed with `chance` or more."""
    if _at_most(0, mean, shape) >= chance:
        return 0
    # Clicks scatter little around what the post's own rate brings: the quantile of that is near, and the search starts there.
    low = int(mean / shape * special.gamma_quantile(chance, shape))
    reach = 1 + int(math.sqrt(low))
    while low and _at_most(low, mean, shape) >= chance:
        low, reach = max(0, low - reach), reach * 2
    high = low + reach
    while _at_most(high, mean, shape) < chance:
        low, high, reach = high, high + reach, reach * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _at_most(middle, mean, shape) < chance else (low, middle)
    return high


def _product(first: Sequence[float], second: Sequence[float]) -> float:
    return math.fsum(map(operator.mul, first, second))
