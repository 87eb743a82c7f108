"""Two rates against each other: which is higher, by how much, and how many views it would take to tell.

The test is exact given the sum of both counts: if the rates are the same, each click falls on `a` with the chance that
is its part of the views. Przyborowski and Wilenski (1940), Biometrika 31:313-323. It is decided by the data; no floor
of clicks is needed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any, Literal, TypeVar

from shortlinks.statistics import special, spread, stats, varying
from shortlinks.statistics.stats import Sample

Verdict = Literal["higher", "lower", "cannot_tell_yet"]

POWER = 0.8
"""With what chance the views that are called needed show a difference of the size seen now."""

_MOST_VIEWS = 10**15
_MOST_RATIO = 1e100


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

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API, where nothing asks how many more views it takes."""
        return {"ratio": self.ratio, "low": self.low, "high": self.high, "p": self.p, "verdict": self.verdict}


Maybe = TypeVar("Maybe", Comparison, Comparison | None)

NOTHING = Comparison(None, 0.0, None, 1.0, "cannot_tell_yet", None)
"""What can be told where one of both has no views."""


def compare(a: Sample, b: Sample, level: float = 0.95) -> Comparison:
    """Compare the rates of two samples. Rounded numbers are taken so that the rates differ least, and bounds most."""
    if not a.base or not b.base:
        return NOTHING
    nearest = _nearest(a, b)
    return _compared(a, b, _p(*nearest) if nearest else 1.0, level)


def periods(now: Sequence[Sample], before: Sequence[Sample], level: float = 0.95) -> Comparison:
    """Compare a creator's posts of one period with those of another, counting the spread between posts as luck too.

    The spread makes the counts worth fewer: they are divided by how much more than a binomial one the count of `now`
    varies given both, and then tested as in `compare` (Rao and Scott 1992, Biometrics 48:577-585).
    """
    a, b = stats.total(now), stats.total(before)
    if not a.base or not b.base:
        return NOTHING
    groups = [[each for each in group if each.base] for group in (now, before)]
    extra = varying.posterior(groups).mean * sum(map(spread.concentration, groups))
    share = a.base / (a.base + b.base)
    worth = 1 / (1 + max(a.count + b.count - 1, 0) * extra * share * (1 - share))
    nearest = _nearest(a, b)
    return _compared(a, b, _p_of_parts(*nearest, worth) if nearest else 1.0, level, worth)


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


def together(comparisons: Sequence[Maybe], level: float = 0.95) -> list[Maybe]:
    """The same comparisons with adjusted p-values, and verdicts by these; one that there is not (None) counts for nothing."""
    ps = iter(adjusted([each.p for each in comparisons if each]))
    return [each and _by(each, next(ps), level) for each in comparisons]


def _by(found: Comparison, p: float, level: float) -> Comparison:
    return replace(found, p=p, verdict=found.verdict if p <= 1 - level else "cannot_tell_yet")


def _nearest(a: Sample, b: Sample) -> tuple[int, int, int, int] | None:
    """Counts and bases of both, within their rounding so that the rates differ least; None where they may be the same."""
    higher = a.count * b.base > b.count * a.base
    (ours, our_base), (theirs, their_base) = (a.least, b.most) if higher else (a.most, b.least)
    if (ours * their_base > theirs * our_base) != higher:
        return None
    return ours, theirs, our_base, their_base


def _compared(a: Sample, b: Sample, p: float, level: float, worth: float = 1.0) -> Comparison:
    """The answer, from bounds that rounding widens; a count is worth so much of one that owes nothing to spread."""
    ratio = (a.count / a.base) / (b.count / b.base) if b.count else None
    low = _low(a.least[0] * worth, b.most[0] * worth, a.least[1] / b.most[1], level)
    high = _high(a.most[0] * worth, b.least[0] * worth, a.most[1] / b.least[1], level)
    verdict: Verdict = "cannot_tell_yet"
    # Both, because the shortest test and the interval may differ by a hair, and a verdict that its own interval denies
    # would confuse.
    if p <= 1 - level and low > 1:
        verdict = "higher"
    elif p <= 1 - level and high is not None and high < 1:
        verdict = "lower"
    needed = _views_needed(a, b, level, worth) if verdict == "cannot_tell_yet" else None
    return Comparison(ratio, low, high, p, verdict, needed)


def _p(ours: int, theirs: int, our_base: int, their_base: int) -> float:
    """The exact two-sided binomial test: the chance of all outcomes that are no more likely than this one."""
    if our_base > their_base:
        return _p(theirs, ours, their_base, our_base)
    whole, share = ours + theirs, our_base / (our_base + their_base)
    if not whole:
        return 1.0
    # A hair's breadth, so that outcomes that are as likely count, whatever was rounded.
    seen = special.binomial_log_pmf(ours, whole, share) + 1e-7
    mode = min(int((whole + 1) * share), whole)
    if special.binomial_log_pmf(mode, whole, share) <= seen:
        return 1.0
    # The outcome beyond the mode, nearest to it, that is no more likely; `whole + 1` or -1 where there is none.
    likely, other = mode, whole + 1 if ours < mode else -1
    while abs(other - likely) > 1:
        middle = (likely + other) // 2
        if special.binomial_log_pmf(middle, whole, share) <= seen:
            other = middle
        else:
            likely = middle
    low, high = min(ours, other), max(ours, other)
    return min(1.0, _binomial_at_most(low, whole, share) + _binomial_at_least(high, whole, share))


def _p_of_parts(ours: int, theirs: int, our_base: int, their_base: int, worth: float) -> float:
    """The same test for counts that are worth only a part of theirs: twice the smaller tail."""
    share = our_base / (our_base + their_base)
    few = special.beta_cdf(1 - share, theirs * worth, ours * worth + 1) if theirs else 1.0
    many = special.beta_cdf(share, ours * worth, theirs * worth + 1) if ours else 1.0
    return min(1.0, 2 * few, 2 * many)


def _binomial_at_most(count: int, whole: int, share: float) -> float:
    if count < 0 or count >= whole:
        return float(count >= whole)
    return special.beta_cdf(1 - share, whole - count, count + 1)


def _binomial_at_least(count: int, whole: int, share: float) -> float:
    if count <= 0 or count > whole:
        return float(count <= 0)
    return special.beta_cdf(share, count, whole - count + 1)


# The interval of the ratio of rates: Clopper's and Pearson's of the share, as odds, over `bases` = a's / b's.


def _low(ours: float, theirs: float, bases: float, level: float) -> float:
    return special.beta_odds_quantile((1 - level) / 2, ours, theirs + 1) / bases if ours else 0.0


def _high(ours: float, theirs: float, bases: float, level: float) -> float | None:
    high = special.beta_odds_quantile(1 - (1 - level) / 2, ours + 1, theirs) / bases if theirs else None
    return None if high is None or high > _MOST_RATIO else high


def _views_needed(a: Sample, b: Sample, level: float, worth: float) -> int | None:
    """How many more views of both it takes until the test shows the shares of clicks seen now, with `POWER`.

    The usual formula, with the correction for whole counts (Fleiss, Tytun and Ury 1980, Biometrics 36:343-346) and with
    the sum of clicks left to luck: that adds the gap squared to the variance.
    """
    clicks, views = a.count + b.count, a.base + b.base
    if not clicks:
        return None
    null, seen = a.base / views, a.count / clicks
    gap = abs(seen - null)
    if gap < 1e-9:
        return None
    z_level, z_power = NormalDist().inv_cdf((1 + level) / 2), NormalDist().inv_cdf(POWER)
    needed = ((z_level * math.sqrt(null * (1 - null)) + z_power * math.sqrt(seen * (1 - seen) + gap * gap)) / gap) ** 2
    needed *= (1 + math.sqrt(1 + 2 / (needed * gap))) ** 2 / 4
    more = views * (needed / (clicks * worth) - 1)
    return max(1, math.ceil(more)) if more < _MOST_VIEWS else None
