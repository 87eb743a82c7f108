"""Intervals for rates of small counts, in closed form: SciPy is only the reference in the tests.

A rate is `count / base`, such as clicks per view. Bounds are two-sided at `level` (0.95: in 95 of 100 such cases the
true rate lies between them). Every function raises ValueError for what cannot be: negative counts, a base of 0.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from shortlinks.statistics import special


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate with its interval, the level of it, and how it was found.

    `wilson`, `poisson_exact`, or `gamma_poisson`, which counts how posts differ among themselves (spread.py).
    """

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

    @property
    def overfull(self) -> bool:
        """Whether there are more clicks than views, whatever the rounding of these: then one of both is wrong."""
        return self.count > self.base + self.base_off


def total(samples: Sequence[Sample]) -> Sample:
    """All samples as one; what rounding may have taken or added is added up too, as if it all went the same way."""
    return Sample(
        sum(each.count for each in samples),
        sum(each.base for each in samples),
        sum(each.count_off for each in samples),
        sum(each.base_off for each in samples),
    )


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


def bounded(found: Estimate) -> Estimate:
    """The same, with no bound above 1 unless the rate itself is: of a part of something there is no more than all."""
    return replace(found, high=min(found.high, 1.0)) if found.rate <= 1 else found


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
    z = NormalDist().inv_cdf((1 + _checked(level)) / 2)
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
    tail = (1 - _checked(level)) / 2
    low = special.gamma_quantile(tail, count) if count else 0.0
    return low / exposure, special.gamma_quantile(1 - tail, count + 1) / exposure


def _checked(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, unlike {level}")
    return level
