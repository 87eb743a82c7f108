"""Experiments as coin flips: the chance that one finds something, and what its posts say in the end.

An experiment has two arms, *yes* (the thing was done) and *no*, drawn by the service in blocks: of each BLOCK posts in a row
half are yes, in an order that chance decides. So the arms stay balanced while a season or a growing audience changes all
posts, and only the last post of a block can be guessed. What is random is the labels, so the test shuffles the labels,
within the blocks in which they were drawn, and nothing has to be assumed about the clicks: how much posts differ among
themselves, which makes plain Poisson tests claim too much, is in the data (Fisher 1935, The Design of Experiments; for
blocks Rosenberger and Lachin 2016, Randomization in Clinical Trials, chapter 6).
"""

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from shortlinks.experiments.trial_power import LEVEL
from shortlinks.statistics import comparing, spread
from shortlinks.statistics.stats import Estimate, Sample

_MOST_SUMS = 50_000
_SHUFFLES = 4_999

Verdict = Literal["yes_higher", "yes_lower", "cannot_tell_yet"]


@dataclass(frozen=True, slots=True)
class ArmTotal:
    """The posts of one arm together: `estimate` is clicks per view, the spread between posts in its interval."""

    posts: int
    clicks: int
    views: int
    estimate: Estimate | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What two arms say. `ratio` is yes's rate per no's, None where that cannot be, with its 95 % interval.

    A `high` of None is no limit. `p` is the chance of a difference at least so large, either way, if the labels meant
    nothing; None where there is nothing to compare. The interval holds 1 exactly when `verdict` is cannot_tell_yet, or
    ends there.
    """

    yes: ArmTotal
    no: ArmTotal
    ratio: float | None
    low: float
    high: float | None
    p: float | None
    verdict: Verdict


def judge(
    yes: Sequence[Sample],
    no: Sequence[Sample],
    *,
    seed: int,
    blocks: tuple[Sequence[int], Sequence[int]] | None = None,
) -> Trial:
    """What the clicks (`count`) and views (`base`) of the posts of two arms say; posts without views say nothing.

    `blocks` are the numbers of the blocks in which the posts of yes and of no were drawn; None: all in one. The test
    statistic is the difference of the pooled rates. All arrangements are counted where they are few; else a sample of
    them, drawn with `seed`, in which the data's own is one: p = (b + 1) / (m + 1) (Phipson and Smyth 2010, Statistical
    Applications in Genetics and Molecular Biology 9:39).
    """
    of_yes, of_no = blocks or ([0] * len(yes), [0] * len(no))
    strata: dict[int, tuple[list[Sample], list[Sample]]] = {}
    for side, samples, numbers in ((0, yes, of_yes), (1, no, of_no)):
        for sample, number in zip(samples, numbers, strict=True):
            if sample.base > 0:
                strata.setdefault(number, ([], []))[side].append(sample)
    yes = [sample for stratum in strata.values() for sample in stratum[0]]
    no = [sample for stratum in strata.values() for sample in stratum[1]]
    arms = _arm(yes), _arm(no)
    if not yes or not no or not arms[0].clicks + arms[1].clicks:
        return Trial(*arms, ratio=None, low=0.0, high=None, p=None, verdict="cannot_tell_yet")
    p = permuted([strata[number] for number in sorted(strata)], seed)
    found = comparing.periods(yes, no)
    low, high = found.low, math.inf if found.high is None else found.high
    # The interval comes from a model and p does not, so now and then one just misses 1 and the other does not.
    verdict: Verdict = "cannot_tell_yet"
    if p > LEVEL:
        low, high = min(low, 1.0), max(high, 1.0)
    elif arms[0].clicks * arms[1].views > arms[1].clicks * arms[0].views:
        low, verdict = max(low, 1.0), "yes_higher"
    else:
        high, verdict = min(high, 1.0), "yes_lower"
    return Trial(*arms, found.ratio, low, high if math.isfinite(high) else None, p, verdict)


def _arm(samples: Sequence[Sample]) -> ArmTotal:
    clicks, views = sum(sample.count for sample in samples), sum(sample.base for sample in samples)
    return ArmTotal(len(samples), clicks, views, spread.pooled(samples))


def permuted(strata: Sequence[tuple[Sequence[Sample], Sequence[Sample]]], seed: int) -> float:
    """The p-value of `judge`, from the posts of yes and no of each block: in whole numbers, so that ties are ties.

    It is the share of arrangements whose pooled rates differ at least as much as the data's. All posts have views, and
    both arms have posts.
    """
    pools = [[(sample.count, sample.base) for sample in (*yes, *no)] for yes, no in strata]
    sizes = [len(yes) for yes, _ in strata]
    clicks, views = (sum(column) for column in zip(*(pair for pool in pools for pair in pool), strict=True))

    def distance(own_clicks: int, own_views: int) -> tuple[int, int]:
        return abs(own_clicks * views - clicks * own_views), own_views * (views - own_views)

    observed, scale = distance(*_total([pair for pool, size in zip(pools, sizes, strict=True) for pair in pool[:size]]))

    def as_far(own_clicks: int, own_views: int) -> bool:
        above, below = distance(own_clicks, own_views)
        return above * scale >= observed * below

    sums = _sums(pools, sizes)
    if sums is not None:
        return sum(many for own, many in sums.items() if as_far(*own)) / sums.total()
    rng = random.Random(seed)
    beyond = 0
    for _ in range(_SHUFFLES):
        chosen = [pair for pool, size in zip(pools, sizes, strict=True) for pair in rng.sample(pool, size)]
        beyond += as_far(*_total(chosen))
    return (beyond + 1) / (_SHUFFLES + 1)


def _sums(pools: Sequence[Sequence[tuple[int, int]]], sizes: Sequence[int]) -> Counter[tuple[int, int]] | None:
    """How many arrangements give yes so many clicks on so many views; None where that would take too long."""
    sums = Counter({(0, 0): 1})
    for pool, size in zip(pools, sizes, strict=True):
        if len(sums) * math.comb(len(pool), size) > _MOST_SUMS:
            return None
        block = Counter(_total(chosen) for chosen in combinations(pool, size))
        grown: Counter[tuple[int, int]] = Counter()
        for (clicks, views), many in sums.items():
            for (more_clicks, more_views), ways in block.items():
                grown[clicks + more_clicks, views + more_views] += many * ways
        sums = grown
    return sums


def _total(chosen: Sequence[tuple[int, int]]) -> tuple[int, int]:
    clicks, views = (sum(column) for column in zip(*chosen, strict=True)) if chosen else (0, 0)
    return clicks, views
