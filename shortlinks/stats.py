"""Intervals for rates of small counts, in closed form or by a short search: SciPy is only the reference in the tests.

A rate is `count / base`, such as clicks per view. Bounds are two-sided at `level` (0.95: in 95 of 100 such cases the
true rate lies between them). Every function raises ValueError for what cannot be: negative counts, a base of 0.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

# Up to here the sum over a Poisson distribution is short; from here on the expansion is exact to eight digits.
_LONGEST_SUM = 100


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate with its interval, the level of it, and how it was found: `wilson` or `poisson_exact`."""

    rate: float
    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True)
class Sample:
    """So many clicks (`count`) on so many views (`base`), each give or take the rounding of a typed number ("12.4K": 50)."""

    count: int
    base: int
    count_off: int = 0
    base_off: int = 0

    def __post_init__(self) -> None:
        if min(self.count, self.base, self.count_off, self.base_off) < 0:
            raise ValueError(f"no sample: {self}")

    @property
    def least(self) -> tuple[int, int]:
        """The fewest clicks on the most views that the numbers may stand for."""
        return max(self.count - self.count_off, 0), self.base + self.base_off

    @property
    def most(self) -> tuple[int, int]:
        """The most clicks on the fewest views, at least one view."""
        return self.count + self.count_off, max(self.base - self.base_off, min(self.base, 1))


def rate(count: int, base: int, level: float = 0.95, *, count_off: int = 0, base_off: int = 0) -> Estimate:
    """`count` per `base`, with the interval that fits.

    Wilson's for a share. Where `count` is larger than `base` (one viewer clicks three times, or views were noted low)
    it is none, and the interval is the exact Poisson one, which may exceed 1. Rounded numbers widen it: the lower
    bound is that of the fewest clicks on the most views they may stand for, the upper one that of the opposite.
    """
    sample = Sample(count, base, count_off, base_off)
    low, high, method = _interval(count, base, level)
    if count_off or base_off:
        low, high = min(low, _interval(*sample.least, level)[0]), max(high, _interval(*sample.most, level)[1])
    return Estimate(count / base, low, high, level, method)


def _interval(count: int, base: int, level: float) -> tuple[float, float, str]:
    if count <= base:
        return *wilson(count, base, level), "wilson"
    return *poisson_exact(count, base, level), "poisson_exact"


def wilson(count: int, base: int, level: float = 0.95) -> tuple[float, float]:
    """The score interval of the share `count` of `base`: both bounds within 0 and 1, around the share.

    Wilson (1927), Journal of the American Statistical Association 22:209-212; recommended for small counts by Brown,
    Cai and DasGupta (2001), Statistical Science 16(2):101-133.
    """
    if not 0 <= count <= base or base == 0:
        raise ValueError(f"{count} of {base} is no share")
    z = _z(level)
    # In counts instead of shares: the same formula, and nothing cancels out at a few clicks of 10^12 views.
    centre = count + z * z / 2
    reach = z * math.sqrt(count * (base - count) / base + z * z / 4)
    whole = base + z * z
    share = count / base
    # At 0 of n and n of n these hold the bounds at the very edge, whatever was rounded.
    low, high = min((centre - reach) / whole, share), max((centre + reach) / whole, share)
    return max(low, 0.0), min(high, 1.0)


def poisson_exact(count: int, exposure: float, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of the rate `count` per `exposure`, which may exceed 1.

    Its ends are the rates at which so many, or so few, would be seen with a chance of only half the rest of `level`.
    Garwood (1936), Biometrika 28:437-442.
    """
    if count < 0 or not exposure > 0:
        raise ValueError(f"{count} per {exposure} is no rate")
    z = _z(level)
    tail = (1 - level) / 2
    if count > _LONGEST_SUM:
        return _gamma_quantile(count, -z) / exposure, _gamma_quantile(count + 1, z) / exposure
    low = 0.0 if count == 0 else _falls_to(1 - tail, lambda mean: _at_most(count - 1, mean))
    return low / exposure, _falls_to(tail, lambda mean: _at_most(count, mean)) / exposure


def _z(level: float) -> float:
    """How many standard deviations around the mean hold `level` of a normal distribution: 1.96 for 0.95."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, unlike {level}")
    return NormalDist().inv_cdf((1 + level) / 2)


def _at_most(count: int, mean: float) -> float:
    """The chance that a Poisson variable with this mean is `count` or less."""
    if mean == 0:
        return 1.0
    term = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    total = term
    for below in range(count, 0, -1):
        term *= below / mean
        total += term
    return min(total, 1.0)


def _falls_to(target: float, chance: Callable[[float], float]) -> float:
    """The mean at which `chance`, which falls with it from 1, comes down to `target`: bisection, to the last digit."""
    low, high = 0.0, 1.0
    while chance(high) > target:
        low, high = high, high * 2
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if chance(middle) > target else (low, middle)
    return high


def _gamma_quantile(shape: int, z: float) -> float:
    """The quantile of a gamma distribution (scale 1) of large shape, where the normal distribution has it at `z`.

    Half the quantile of a chi-square distribution with `2 * shape` degrees of freedom, by Cornish's and Fisher's
    expansion to its fifth correction: Goldberg and Levine (1946), Annals of Mathematical Statistics 17:216-225.
    """
    root = math.sqrt(shape)
    return (
        shape
        + z * root
        + (z**2 - 1) / 3
        + (z**3 - 7 * z) / (36 * root)
        - (3 * z**4 + 7 * z**2 - 16) / (810 * shape)
        + (9 * z**5 + 256 * z**3 - 433 * z) / (38_880 * shape * root)
    )
