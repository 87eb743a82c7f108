"""Whether experiments keep what they promise, on made-up creators whose posts differ as those of small ones do."""

from typing import NamedTuple

import numpy as np

from bench.table import Row
from shortlinks import spread, trials
from shortlinks.stats import Sample

NEAR = 0.025
"""How far a chance that is told may be from how often the test then finds the effect, and from the figures it is known for."""


class Plan(NamedTuple):
    """Posts an arm, views of each (with the log-scale deviation between posts) and clicks per view without the effect."""

    name: str
    per_arm: int
    views: int
    rate: float
    between: float = 0.0


REELS = Plan("8 + 8 reels of 1,000 views at 1 click per 1,000", 8, 1_000, 0.001)
STORIES = Plan("14 + 14 stories of 150 viewers at 3 % taps", 14, 150, 0.03)
QUIET = (REELS, REELS._replace(name="the same, views unequal", between=0.85), STORIES)
FIGURES = ((REELS, 0.21), (STORIES, 0.84))


def rows(seed: int, repetitions: int) -> list[Row]:
    """A row for each promise: what, found, target, kept. `repetitions` are the experiments simulated for each."""
    draw = np.random.default_rng(seed)
    luck = 2 * (trials.LEVEL * (1 - trials.LEVEL) / repetitions) ** 0.5
    found = []
    for plan in QUIET:
        share = _verdicts(draw, plan, repetitions, effect=1.0, cv=spread.USUAL_CV)
        what = f"experiments with a verdict though there is no effect: {plan.name}"
        target = f"at most 5 % (± {100 * luck:.1f} % by luck)"
        found.append(Row(what, f"{100 * share:.1f} %", target, share <= trials.LEVEL + luck))
    for plan, figure in FIGURES:
        share = _verdicts(draw, plan, repetitions, effect=2.0, cv=trials.PLANNED_CV)
        told = trials.power(per_arm=plan.per_arm, views=plan.views, rate=plan.rate)
        near = NEAR + 2 * (share * (1 - share) / repetitions) ** 0.5
        what, measured = f"experiments that find a doubling: {plan.name}", f"{100 * share:.1f} %"
        found.append(Row(what, measured, f"{100 * figure:.0f} %", abs(share - figure) <= near))
        found.append(Row(f"{what}, against what is told", measured, f"{100 * told:.1f} %", abs(share - told) <= near))
    return found


def _verdicts(draw: np.random.Generator, plan: Plan, repetitions: int, *, effect: float, cv: float) -> float:
    """The share of simulated experiments whose p is low enough for a verdict."""
    found = 0
    for _ in range(repetitions):
        yes, no = (_posts(draw, plan, factor, cv) for factor in (effect, 1.0))
        half = trials.BLOCK // 2
        blocks = [(yes[at : at + half], no[at : at + half]) for at in range(0, plan.per_arm, half)]
        found += trials.permuted(blocks, seed=1) <= trials.LEVEL
    return found / repetitions


def _posts(draw: np.random.Generator, plan: Plan, factor: float, cv: float) -> list[Sample]:
    views = np.maximum(1, plan.views * np.exp(draw.normal(0, plan.between, plan.per_arm))).astype(int)
    rates = plan.rate * factor * draw.gamma(1 / cv**2, cv**2, plan.per_arm)
    return [Sample(int(count), int(base)) for count, base in zip(draw.poisson(views * rates), views, strict=True)]
