"""How much a creator's posts differ beyond luck, and what that means for the next one: gamma-Poisson.

A post's clicks are Poisson around its views times its own rate, and the rates of a creator's posts follow a gamma
distribution with mean `rate` and squared coefficient of variation `cv2`; so clicks are negative binomial. All is in
closed form but for the spread itself: a grid of values is weighed by how well each explains the posts, and what is said
is averaged over three that stand for all of them (Greenwood and Yule 1920, Journal of the Royal Statistical Society
83:255-279, for the model).
"""

import itertools
import math
import operator
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from shortlinks import special, stats
from shortlinks.stats import Estimate, Sample

USUAL_CV = 0.8
"""How much the click rates of a creator's posts vary, as a share of their mean, before their own posts tell.

No published figure was found, so the prior is wide: from a quarter of this to twice as much is all well possible, few
posts of many clicks override it, and posts of a click or none cannot tell 0.4 from 1.2.
"""

# The prior of the logarithm of the squared spread: Student's t around that of USUAL_CV, wider below than above, because
# posts with hardly a click cannot rule out a huge spread, and their intervals would have no end. With it, intervals and
# ranges hold what they promise for creators whose rates vary by 0.3 as for those by 1.0 (`make simulate`).
_STEP, _BELOW, _ABOVE, _FREEDOM = 0.4, 1.4, 1.0, 4
_STEPS = tuple(_STEP * step for step in range(-20, 4))
_LOGS = tuple(math.log(USUAL_CV**2) + step for step in _STEPS)
_GRID = tuple(map(math.exp, _LOGS))
_PRIOR = tuple(
    -(_FREEDOM + 1) / 2 * math.log1p((step / (_BELOW if step < 0 else _ABOVE)) ** 2 / _FREEDOM) for step in _STEPS
)
# Gauss's and Hermite's three points: how many standard deviations from the mean, and the weight of each.
_POINTS = ((-math.sqrt(3), 1 / 6), (0.0, 2 / 3), (math.sqrt(3), 1 / 6))


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
    left, likely = concentration(seen), _posterior((tuple(seen),)).likely
    # One post tells nothing of how posts differ, and the interval would have no end: it takes what is usual.
    remaining = [(cv2 * left, weight) for cv2, weight in likely] if len(seen) > 1 else [(likely[1][0], 1.0)]
    (fewest, most_views), (most, fewest_views) = whole.least, whole.most
    low = mean_bounds(fewest, remaining, level)[0] / most_views
    high = mean_bounds(most, remaining, level)[1] / fewest_views
    return Estimate(whole.count / whole.base, low, high, level, "gamma_poisson")


def expected(others: Sequence[Sample], base: int, level: float = 0.8, base_off: int = 0) -> Range | None:
    """How many clicks a post with `base` views usually gets, by the creator's `others`; None with fewer than two.

    What the lower tail leaves unused, because no count is below 0, is given to the upper one: so the range is not
    wider than it need be where most posts have no click at all.
    """
    found = _next(others, base, base_off)
    if found is None:
        return None
    fewest, most = found.counts(max(base - base_off, 0)), found.counts(base + base_off)
    tail = (1 - level) / 2
    low = _quantile(tail, fewest)
    high = max(low, _quantile(level + _chance(low - 1, fewest), most))
    return Range(low, high, base * found.rate, level, found.posts)


def at_most(
    others: Sequence[Sample], count: int, base: int, base_off: int = 0, *, cv2: float | None = None
) -> float | None:
    """The chance of `count` clicks or fewer on `base` views, on the fewest they stand for; None where `expected` has none.

    Below half the rest of a level, `count` is below the range of that level; and it takes no search to know. `cv2` is the
    squared spread where not all that may be are to be averaged.
    """
    found = _next(others, base, base_off, cv2)
    if found is None:
        return None
    return _chance(count, found.counts(max(base - base_off, 0)))


def at_least(
    others: Sequence[Sample], count: int, base: int, base_off: int = 0, *, cv2: float | None = None
) -> float | None:
    """The chance of `count` clicks or more on `base` views, on the most they stand for; None where `expected` has none."""
    found = _next(others, base, base_off, cv2)
    if found is None:
        return None
    return 1 - _chance(count - 1, found.counts(base + base_off))


_CLOSE = 1e-6
"""Between weights and the rate that they make, as a share of it."""

# No search goes on for longer, nor for means beyond e to so much: only numbers beyond all sense need it.
_LONGEST, _FARTHEST = 60, 300.0

Counts = tuple[tuple[float, float, float], ...]
"""What clicks may come to: weight, mean and shape of negative binomial distributions, of which one is the right one."""


class _Next(NamedTuple):
    """The creator's next post: the weighed rate of the others (`posts` of them), and weight, mean per view and shape of what
    is to be expected, for each spread that may be."""

    rate: float
    parts: Counts
    posts: int

    def counts(self, views: int) -> Counts:
        """What to expect of so many views."""
        return tuple((weight, views * per_view, shape) for weight, per_view, shape in self.parts)


def _next(others: Sequence[Sample], base: int, base_off: int, cv2: float | None = None) -> _Next | None:
    if base < 0 or base_off < 0:
        raise ValueError(f"no views: {base} ± {base_off}")
    seen = _seen(others)
    if len(seen) < 2:
        return None
    likely = _posterior((tuple(seen),)).likely if cv2 is None else ((cv2, 1.0),)
    mean, parts = 0.0, []
    for spread, weight in likely:
        rate, told = _weighed(seen, spread)
        # So many clicks, weighed, stand behind the rate: what is left to luck of the posts and of the clicks together.
        unsure = 1 / (rate * told + 0.5)
        # The creator's mean is the found one over, not times, the luck of these posts: on average above it.
        parts.append((weight, (rate + 0.5 / told) * (1 + spread / len(seen)), 1 / (spread + unsure + spread * unsure)))
        mean += weight * rate
    return _Next(mean, tuple(parts), len(seen))


def _weighed(samples: Sequence[Sample], cv2: float) -> tuple[float, float]:
    """The creator's clicks per view, each post weighed by what it tells of the others, and how many views that makes.

    One that very many saw tells little more than any other. Quasi-likelihood weights of a negative binomial: Wedderburn
    (1974), Biometrika 61:439-447. The weights depend on the rate that they make: found by Newton's method, which comes
    from below, because what is left over falls ever more slowly with the rate.
    """
    clicks, views = _sums(samples)
    rate, told = clicks / views, float(views)
    for _ in range(_LONGEST if clicks else 0):
        weights = [1 / (1 + rate * each.base * cv2) for each in samples]
        told = math.fsum(weight * each.base for weight, each in zip(weights, samples, strict=True))
        over = math.fsum(weight * each.count for weight, each in zip(weights, samples, strict=True)) - rate * told
        slope = math.fsum(
            weight**2 * each.base * (1 + each.count * cv2) for weight, each in zip(weights, samples, strict=True)
        )
        last, rate = rate, max(rate + over / slope, rate / 10)
        if abs(rate - last) <= _CLOSE * rate:
            break
    return rate, told


def shrunk(samples: Sequence[Sample]) -> list[float]:
    """Each post's clicks per view, drawn towards the creator's mean the more, the fewer views stand behind it.

    (clicks + a) / (views + b), the posterior mean, averaged over the spreads that may be: Robbins (1956), Proceedings of
    the Third Berkeley Symposium 1:157-163. A post without views gets the creator's mean, and 0 where no post has any.
    """
    seen = _seen(samples)
    if not sum(each.count for each in seen):
        return [0.0 for _ in samples]
    found = [0.0] * len(samples)
    for cv2, weight in _posterior((tuple(seen),)).likely:
        rate, _ = _weighed(seen, cv2)
        a = 1 / cv2
        b = a / rate
        for place, each in enumerate(samples):
            found[place] += weight * (each.count * (each.base > 0) + a) / (each.base + b)
    return found


def concentration(samples: Sequence[Sample]) -> float:
    """Which share of the posts' spread is left in their sum: 1 / posts for equal views, up to 1 where one has them all."""
    views = sum(each.base for each in samples)
    return sum((each.base / views) ** 2 for each in samples) if views else 1.0


def mean_bounds(count: int, spreads: Sequence[tuple[float, float]], level: float) -> tuple[float, float]:
    """The interval of the mean of a variable seen once as `count`: a negative binomial one, of one of `spreads`.

    Each is a squared coefficient of variation with its weight; the weights make 1.
    """
    tail = (1 - level) / 2
    shapes = [(weight, 1 / cv2) for cv2, weight in spreads]
    middle = shapes[len(shapes) // 2][1]

    def at_most(count: int, log_mean: float) -> float:
        return _chance(count, tuple((weight, math.exp(log_mean), shape) for weight, shape in shapes))

    def surprise(chance: float) -> float:
        """How much more likely than `tail` a chance is, on the logarithm: nearly straight over that of the mean."""
        return math.log(max(chance, 1e-300) / tail)

    start = math.log(middle * special.beta_odds_quantile(1 - tail, count + 1, middle))
    high = math.exp(_crossing(lambda log_mean: -surprise(at_most(count, log_mean)), start))
    if count == 0:
        return 0.0, high
    start = math.log(middle * special.beta_odds_quantile(tail, count, middle))
    return math.exp(_crossing(lambda log_mean: surprise(1 - at_most(count - 1, log_mean)), start)), high


def between(groups: Sequence[Sequence[Sample]]) -> tuple[float, float]:
    """The squared coefficient of variation of posts' rates within their group, and what it lies below in 90 of 100 cases.

    The average over a prior around `USUAL_CV`, weighed by the likelihood of the posts' clicks.
    """
    found = _posterior(tuple(tuple(group) for group in groups))
    return found.mean, found.high


class _Posterior(NamedTuple):
    """What the squared spread may be: its mean, what it lies below in 90 of 100 cases, and three values, each with its weight,
    that stand for all."""

    mean: float
    high: float
    likely: tuple[tuple[float, float], ...]


@lru_cache(maxsize=512)
def _posterior(groups: tuple[tuple[Sample, ...], ...]) -> _Posterior:
    # Remembered: one page asks for the same posts several times, and the next page again.
    weights = [sum(terms) for terms in zip(_PRIOR, *map(_log_likelihoods, groups), strict=True)]
    top = max(weights)
    chances = [math.exp(weight - top) for weight in weights]
    whole = sum(chances)
    mean = _product(_GRID, chances) / whole
    below = itertools.accumulate(chances)
    high = next((cv2 for cv2, total in zip(_GRID, below, strict=True) if total >= 0.9 * whole), _GRID[-1])
    centre = _product(_LOGS, chances) / whole
    width = math.sqrt(sum(chance * (log - centre) ** 2 for log, chance in zip(_LOGS, chances, strict=True)) / whole)
    likely = tuple((math.exp(centre + width * point), weight) for point, weight in _POINTS)
    return _Posterior(mean, high * math.exp(_STEP / 2), likely)


def _seen(samples: Sequence[Sample]) -> list[Sample]:
    return [each for each in samples if each.base > 0]


def _sums(samples: Sequence[Sample]) -> tuple[int, int]:
    return sum(each.count for each in samples), sum(each.base for each in samples)


def _log_likelihoods(samples: Sequence[Sample]) -> list[float]:
    """For each spread of the grid how well it explains the posts, whatever their rate is, but for a constant.

    That is the likelihood at the rate that fits best, times how widely that rate may vary: where it may be fitted to few
    posts, the best fit alone takes them for more alike than they are (Tierney and Kadane 1986, Journal of the American
    Statistical Association 81:82-86).
    """
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
            told = _product(weights, bases)
            rate = _product(weights, counts) / told
        odds = rate * cv2
        found.append(
            sum(times * (math.lgamma(count + shape) - math.lgamma(shape)) for count, times in clicked.items())
            + clicks * math.log(odds)
            - sum((count + shape) * math.log1p(odds * base) for count, base in zip(counts, bases, strict=True))
            - math.log(rate * told + 0.5) / 2
        )
    return found


def _at_most(count: int, mean: float, shape: float) -> float:
    """The chance that a negative binomial variable is `count` or less."""
    if count < 0 or mean == 0:
        return float(count >= 0)
    return special.beta_cdf(shape / (shape + mean), shape, count + 1)


def _chance(count: int, counts: Counts) -> float:
    """The chance of `count` or less, whichever of them is the right one."""
    return math.fsum(weight * _at_most(count, mean, shape) for weight, mean, shape in counts)


@lru_cache(maxsize=4096)
def _quantile(chance: float, counts: Counts) -> int:
    """The smallest count that is not exceeded with `chance` or more."""
    if (least := _chance(0, counts)) >= chance:
        return 0
    low, below, high = 0, least - chance, 1 + int(min(mean for _, mean, _ in counts))
    while (above := _chance(high, counts) - chance) < 0:
        low, below, high = high, above, high * 4
    side = turn = 0
    while high - low > 1:
        turn += 1
        # Every third step halves what is left: where the chance hardly rises, or jumps, the others come no nearer.
        part = below / (below - above) if turn % 3 and below < above else 0.5
        aim = int(math.expm1((1 - part) * math.log1p(low) + part * math.log1p(high)))
        middle = min(max(aim, low + 1), high - 1) if turn % 3 else (low + high) // 2
        value = _chance(middle, counts) - chance
        if value < 0:
            low, below, above, side = middle, value, above / 2 if side < 0 else above, -1
        else:
            high, above, below, side = middle, value, below / 2 if side > 0 else below, 1
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


def _product(first: Sequence[float], second: Sequence[float]) -> float:
    return math.fsum(map(operator.mul, first, second))
