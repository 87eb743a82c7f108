"""Two rates against each other: which is higher, by how much, and how many views it would take to tell.

The test is exact given the sum of both counts: if the rates are the same, each click falls on `a` with the chance that
is its part of the views. Przyborowski and Wilenski (1940), Biometrika 31:313-323. It is decided by the data; no floor
of clicks is needed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

from shortlinks import special, spread
from shortlinks.stats import Sample

Verdict = Literal["higher", "lower", "cannot_tell_yet"]

POWER = 0.8
"""With what chance the views that are called needed show a difference of the size seen now."""

_MOST_VIEWS = 10**15
_NO_LIMIT = 1e100


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rate of `a` over that of `b`, None where b has none, with its interval; a `high` of None is no limit.

    `p` is the two-sided chance of a difference like this between equal rates. `verdict` says what `a` is.
    `views_needed` is how many more views, of both together and divided as they are, would tell; None where there is a
    verdict or where there is no telling (equal rates, no clicks, no views).
    """

    ratio: float | None
    low: float
    high: float | None
    p: float
    verdict: Verdict
    views_needed: int | None


def compare(a: Sample, b: Sample, level: float = 0.95) -> Comparison:
    """Compare the rates of two samples. Rounded numbers are taken so that the rates differ least, and bounds most."""
    if not a.base or not b.base:
        return Comparison(None, 0.0, None, 1.0, "cannot_tell_yet", None)
    higher = a.count * b.base > b.count * a.base
    near_a, near_b = (a.least, b.most) if higher else (a.most, b.least)
    crossed = (near_a[0] * near_b[1] > near_b[0] * near_a[1]) != higher
    p = 1.0 if crossed else _p(near_a[0], near_a[0] + near_b[0], near_a[1] / (near_a[1] + near_b[1]))
    low = _bounds(a.least[0], b.most[0], a.least[1] / b.most[1], level)[0]
    high = _bounds(a.most[0], b.least[0], a.most[1] / b.least[1], level)[1]
    return _compared(a, b, low, high, p, level)


def periods(now: Sequence[Sample], before: Sequence[Sample], level: float = 0.95) -> Comparison:
    """Compare a creator's posts of one period with those of another, counting the spread between posts as luck too.

    The spread makes the counts worth fewer: they are divided by how much more than a binomial one the count of `now`
    varies given both, and then tested as in `compare` (Rao and Scott 1992, Biometrics 48:577-585).
    """
    a, b = _sum(now), _sum(before)
    if not a.base or not b.base:
        return Comparison(None, 0.0, None, 1.0, "cannot_tell_yet", None)
    groups = [[each for each in group if each.base] for group in (now, before)]
    cv2 = spread.between(groups)[0]
    extra = cv2 * (spread.concentration(groups[0]) + spread.concentration(groups[1]))
    share = a.base / (a.base + b.base)
    worth = 1 / (1 + max(a.count + b.count - 1, 0) * extra * share * (1 - share))
    higher = a.count * b.base > b.count * a.base
    near_a, near_b = (a.least, b.most) if higher else (a.most, b.least)
    crossed = (near_a[0] * near_b[1] > near_b[0] * near_a[1]) != higher
    part = near_a[1] / (near_a[1] + near_b[1])
    ours, theirs = near_a[0] * worth, near_b[0] * worth
    p = (
        1.0
        if crossed
        else min(
            1.0,
            2
            * min(
                special.beta_cdf(1 - part, theirs, ours + 1) if theirs else 1.0,
                special.beta_cdf(part, ours, theirs + 1) if ours else 1.0,
            ),
        )
    )
    low = _bounds(a.least[0] * worth, b.most[0] * worth, a.least[1] / b.most[1], level)[0]
    high = _bounds(a.most[0] * worth, b.least[0] * worth, a.most[1] / b.least[1], level)[1]
    return _compared(a, b, low, high, p, level, worth)


def adjusted(ps: Sequence[float]) -> list[float]:
    """The p-values of many comparisons, made larger so that of all that are called different 5 in 100 are not.

    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57:289-300.
    """
    order = sorted(range(len(ps)), key=lambda index: ps[index], reverse=True)
    found, smallest = [1.0] * len(ps), 1.0
    for place, index in enumerate(order):
        smallest = min(smallest, ps[index] * len(ps) / (len(ps) - place))
        found[index] = smallest
    return found


def together(comparisons: Sequence[Comparison], level: float = 0.95) -> list[Comparison]:
    """The same comparisons with adjusted p-values, and verdicts by these."""
    return [
        replace(each, p=p, verdict=each.verdict if p <= 1 - level else "cannot_tell_yet")
        for each, p in zip(comparisons, adjusted([each.p for each in comparisons]), strict=True)
    ]


def _compared(
    a: Sample, b: Sample, low: float, high: float | None, p: float, level: float, worth: float = 1.0
) -> Comparison:
    ratio = (a.count / a.base) / (b.count / b.base) if b.count else None
    verdict: Verdict = "cannot_tell_yet"
    if p <= 1 - level:
        verdict = "higher" if low > 1 else "lower" if high is not None and high < 1 else "cannot_tell_yet"
    needed = _views_needed(a, b, level, worth) if verdict == "cannot_tell_yet" else None
    return Comparison(ratio, low, high, p, verdict, needed)


def _sum(samples: Sequence[Sample]) -> Sample:
    return Sample(
        sum(each.count for each in samples),
        sum(each.base for each in samples),
        sum(each.count_off for each in samples),
        sum(each.base_off for each in samples),
    )


def _p(count: int, whole: int, share: float) -> float:
    """The exact two-sided binomial test: the chance of all outcomes that are no more likely than `count` of `whole`."""
    if not whole:
        return 1.0
    seen = special.binomial_log_pmf(count, whole, share) + 1e-7
    mode = min(int((whole + 1) * share), whole)
    if special.binomial_log_pmf(mode, whole, share) <= seen:
        return 1.0
    if count < mode:
        # The first outcome beyond the mode that is no more likely.
        low, high = mode, whole + 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if special.binomial_log_pmf(middle, whole, share) <= seen else (middle, high)
        return min(1.0, _binomial_at_most(count, whole, share) + _binomial_at_least(high, whole, share))
    low, high = -1, mode
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if special.binomial_log_pmf(middle, whole, share) <= seen else (low, middle)
    return min(1.0, _binomial_at_most(low, whole, share) + _binomial_at_least(count, whole, share))


def _binomial_at_most(count: int, whole: int, share: float) -> float:
    if count < 0 or count >= whole:
        return float(count >= whole)
    return special.beta_cdf(1 - share, whole - count, count + 1)


def _binomial_at_least(count: int, whole: int, share: float) -> float:
    if count <= 0 or count > whole:
        return float(count <= 0)
    return special.beta_cdf(share, count, whole - count + 1)


def _bounds(ours: float, theirs: float, bases: float, level: float) -> tuple[float, float | None]:
    """The interval of the ratio of rates: Clopper's and Pearson's of the share, as odds, over `bases` = a's / b's."""
    tail = (1 - level) / 2
    low = special.beta_odds_quantile(tail, ours, theirs + 1) / bases if ours else 0.0
    high = special.beta_odds_quantile(1 - tail, ours + 1, theirs) / bases if theirs else None
    return low, high if high is not None and high < _NO_LIMIT else None


def _views_needed(a: Sample, b: Sample, level: float, worth: float) -> int | None:
    """How many more views of both it takes until a binomial test shows the shares seen now, with `POWER`.

    The usual formula with the correction for whole counts: Fleiss, Tytun and Ury (1980), Biometrics 36:343-346.
    """
    clicks, views = a.count + b.count, a.base + b.base
    if not clicks:
        return None
    null, seen = a.base / views, a.count / clicks
    gap = abs(seen - null)
    if gap < 1e-9:
        return None
    z_level, z_power = NormalDist().inv_cdf((1 + level) / 2), NormalDist().inv_cdf(POWER)
    needed = ((z_level * math.sqrt(null * (1 - null)) + z_power * math.sqrt(seen * (1 - seen))) / gap) ** 2
    needed *= (1 + math.sqrt(1 + 2 / (needed * gap))) ** 2 / 4
    more = views * (needed / (clicks * worth) - 1)
    return max(1, math.ceil(more)) if more < _MOST_VIEWS else None
