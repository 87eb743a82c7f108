"""Whether experiments keep what they promise, on made-up creators whose posts differ as those of small ones do."""

from typing import NamedTuple

import numpy as np

from bench.simulated import CV, Found, generator, share
from shortlinks.experiments import trial_power, trials
from shortlinks.statistics.stats import Sample

NEAR = 0.025
"""How far a chance that is told may be from how often the test then finds the effect."""


class Plan(NamedTuple):
    """Posts an arm, views of each (with the log-scale deviation between posts) and clicks per view without the effect."""

    name: str
    per_arm: int
    views: int
    rate: float
    between: float = 0.0


REELS = Plan("8 + 8 reels of 1,000 views at 1 click per 1,000", 8, 1_000, 0.001)
STORIES = Plan("14 + 14 stories of 150 viewers at 3 % taps", 14, 150, 0.03)
QUIET = (REELS, REELS._replace(name="reels of unequal views", between=0.85), STORIES)


def check(creators: int, seed: int) -> list[Found]:
    """Verdicts where nothing has an effect, and how often a doubling is found, in so many experiments of each plan."""
    draw = generator(seed)
    quiet = {plan.name: _verdicts(draw, plan, creators, effect=1.0, cv=CV) for plan in QUIET}
    every = [verdict for verdicts in quiet.values() for verdict in verdicts]
    found = [share("verdict of an experiment without effect", every, high=trial_power.LEVEL)]
    # Each of them has its level from the test itself, but in a simulation luck may take it a little beyond.
    found += [share(f"verdict of an experiment without effect: {name}", verdicts) for name, verdicts in quiet.items()]
    for plan in (REELS, STORIES):
        told = trial_power.power(per_arm=plan.per_arm, views=plan.views, rate=plan.rate)
        verdicts = _verdicts(draw, plan, creators, effect=2.0, cv=trial_power.PLANNED_CV)
        what = f"doubling found by an experiment: {plan.name} (told: {100 * told:.0f} %)"
        found.append(share(what, verdicts, told - NEAR, told + NEAR))
    return found


def _verdicts(draw: np.random.Generator, plan: Plan, repetitions: int, *, effect: float, cv: float) -> list[bool]:
    """Whether p is low enough for a verdict, in simulated experiments."""
    found = []
    for _ in range(repetitions):
        yes, no = (_posts(draw, plan, factor, cv) for factor in (effect, 1.0))
        half = trial_power.BLOCK // 2
        blocks = [(yes[at : at + half], no[at : at + half]) for at in range(0, plan.per_arm, half)]
        found.append(trials.permuted(blocks, seed=1) <= trial_power.LEVEL)
    return found


def _posts(draw: np.random.Generator, plan: Plan, factor: float, cv: float) -> list[Sample]:
    views = np.maximum(1, plan.views * np.exp(draw.normal(0, plan.between, plan.per_arm))).astype(int)
    rates = plan.rate * factor * draw.gamma(1 / cv**2, cv**2, plan.per_arm)
    return [Sample(int(count), int(base)) for count, base in zip(draw.poisson(views * rates), views, strict=True)]
