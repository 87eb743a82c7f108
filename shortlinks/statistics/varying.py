"""How much the rates of a creator's posts may differ beyond luck: the squared coefficient of variation of a gamma distribution.

A post's clicks are Poisson around its views times its own rate. A grid of spreads is weighed by how well each explains the
posts, and three that stand for all of them are what others average over. Pure.
"""

import itertools
import math
import operator
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from shortlinks.statistics.stats import Sample

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
GRID = tuple(map(math.exp, _LOGS))
_PRIOR = tuple(
    -(_FREEDOM + 1) / 2 * math.log1p((step / (_BELOW if step < 0 else _ABOVE)) ** 2 / _FREEDOM) for step in _STEPS
)
# Gauss's and Hermite's three points: how many standard deviations from the mean, and the weight of each.
_POINTS = ((-math.sqrt(3), 1 / 6), (0.0, 2 / 3), (math.sqrt(3), 1 / 6))


class Posterior(NamedTuple):
    """What the squared spread may be: its mean, what it lies below in 90 of 100 cases, and three values, each with its weight,
    that stand for all."""

    mean: float
    high: float
    likely: tuple[tuple[float, float], ...]


def posterior(groups: Sequence[Sequence[Sample]]) -> Posterior:
    """What the clicks of posts with views say of their spread, in groups that each have a rate of their own."""
    return _posterior(tuple(map(tuple, groups)))


@lru_cache(maxsize=512)
def _posterior(groups: tuple[tuple[Sample, ...], ...]) -> Posterior:
    # Remembered: one page asks for the same posts several times, and the next page again.
    weights = [sum(terms) for terms in zip(_PRIOR, *map(log_likelihoods, groups), strict=True)]
    top = max(weights)
    chances = [math.exp(weight - top) for weight in weights]
    whole = sum(chances)
    mean = _product(GRID, chances) / whole
    below = itertools.accumulate(chances)
    high = next((cv2 for cv2, total in zip(GRID, below, strict=True) if total >= 0.9 * whole), GRID[-1])
    centre = _product(_LOGS, chances) / whole
    width = math.sqrt(sum(chance * (log - centre) ** 2 for log, chance in zip(_LOGS, chances, strict=True)) / whole)
    likely = tuple((math.exp(centre + width * point), weight) for point, weight in _POINTS)
    return Posterior(mean, high * math.exp(_STEP / 2), likely)


def log_likelihoods(samples: Sequence[Sample]) -> list[float]:
    """For each spread of the grid how well it explains the posts, whatever their rate is, but for a constant.

    That is the likelihood at the rate that fits best, times how widely that rate may vary: where it may be fitted to few
    posts, the best fit alone takes them for more alike than they are (Tierney and Kadane 1986, Journal of the American
    Statistical Association 81:82-86).
    """
    bases = [each.base for each in samples]
    counts = [each.count for each in samples]
    clicks = sum(counts)
    if not clicks:
        return [0.0] * len(GRID)
    clicked = Counter(count for count in counts if count)
    rate, found = clicks / sum(bases), []
    for cv2 in GRID:
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


def _product(first: Sequence[float], second: Sequence[float]) -> float:
    return math.fsum(map(operator.mul, first, second))
