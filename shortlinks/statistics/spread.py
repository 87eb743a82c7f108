"""What a creator's posts bring together, and what the next one is to be expected to bring: gamma-Poisson.

A post's clicks are Poisson around its views times its own rate, and the rates of a creator's posts follow a gamma
distribution with mean `rate` and squared coefficient of variation `cv2`; so clicks are negative binomial (Greenwood and
Yule 1920, Journal of the Royal Statistical Society 83:255-279). What is said is averaged over the spreads that may be, see
`varying`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from shortlinks.statistics import mixtures, stats, varying
from shortlinks.statistics.stats import Estimate, Sample


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
    whole = stats.total(seen)
    found = varying.posterior([seen])
    return Spread(
        whole.count / whole.base if whole.base else None, found.mean, found.high, len(seen), whole.count, whole.base
    )


def pooled(samples: Sequence[Sample], level: float = 0.95) -> Estimate | None:
    """Clicks per view over all posts, with an interval for what such posts bring; None without a view.

    The sum of clicks is taken as negative binomial too, with the spread that is left after summing, and the interval
    is exact for it: at its ends so many, or so few, have half the rest of `level`. Without spread it is Garwood's.
    """
    seen = _seen(samples)
    whole = stats.total(seen)
    if not whole.base:
        return None
    left, likely = concentration(seen), varying.posterior([seen]).likely
    # One post tells nothing of how posts differ, and the interval would have no end: it takes what is usual.
    remaining = [(cv2 * left, weight) for cv2, weight in likely] if len(seen) > 1 else [(likely[1][0], 1.0)]
    (fewest, most_views), (most, fewest_views) = whole.least, whole.most
    low = mixtures.mean_bounds(fewest, remaining, level)[0] / most_views
    high = mixtures.mean_bounds(most, remaining, level)[1] / fewest_views
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
    low = mixtures.quantile(tail, fewest)
    high = max(low, mixtures.quantile(level + mixtures.at_most(low - 1, fewest), most))
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
    return mixtures.at_most(count, found.counts(max(base - base_off, 0)))


def at_least(
    others: Sequence[Sample], count: int, base: int, base_off: int = 0, *, cv2: float | None = None
) -> float | None:
    """The chance of `count` clicks or more on `base` views, on the most they stand for; None where `expected` has none."""
    found = _next(others, base, base_off, cv2)
    if found is None:
        return None
    return 1 - mixtures.at_most(count - 1, found.counts(base + base_off))


_CLOSE, _ROUNDS = 1e-6, 60
"""How near weights and the rate that they make come, as a share of it, and after how many rounds at the latest."""


class _Next(NamedTuple):
    """The creator's next post: the weighed rate of the others (`posts` of them), and weight, mean per view and shape of what
    is to be expected, for each spread that may be."""

    rate: float
    parts: mixtures.Counts
    posts: int

    def counts(self, views: int) -> mixtures.Counts:
        """What to expect of so many views."""
        return tuple((weight, views * per_view, shape) for weight, per_view, shape in self.parts)


def _next(others: Sequence[Sample], base: int, base_off: int, cv2: float | None = None) -> _Next | None:
    if base < 0 or base_off < 0:
        raise ValueError(f"no views: {base} ± {base_off}")
    seen = _seen(others)
    if len(seen) < 2:
        return None
    likely = varying.posterior([seen]).likely if cv2 is None else ((cv2, 1.0),)
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
    whole = stats.total(samples)
    rate, told = whole.count / whole.base, float(whole.base)
    for _ in range(_ROUNDS if whole.count else 0):
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
    for cv2, weight in varying.posterior([seen]).likely:
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


def _seen(samples: Sequence[Sample]) -> list[Sample]:
    return [each for each in samples if each.base > 0]
