"""How often are posts or periods called different that are not? And how often is a doubling seen?"""

import itertools
from collections.abc import Sequence

import numpy as np

from bench import simulate_rates, simulated
from bench.simulated import CV, Creator, Found, Law, World
from shortlinks.statistics import comparing
from shortlinks.statistics.stats import Sample

POSTS = 8
"""So many posts are compared with each other: 28 pairs."""


def check(creators: int, seed: int) -> list[Found]:
    """Small and larger creators."""
    return [line for world in (simulated.SMALL, simulated.LARGE) for line in _world(world, creators, seed)]


def _world(world: World, creators: int, seed: int) -> list[Found]:
    pairs, many = [], []
    for creator in simulated.creators(world, creators, seed, cv=0):
        pairs.append(_told(comparing.compare(*creator.samples[:2])))
    for creator in simulated.creators(world, creators // 4, seed + 1, cv=0):
        compared = [comparing.compare(a, b) for a, b in itertools.combinations(creator.samples[:POSTS], 2)]
        many.append(any(map(_told, comparing.together(compared))))
    periods, doubled = _periods(world, creators, seed + 2)
    return [
        simulated.share(f"two posts of the same rate called different, {world.name}", pairs, high=0.05),
        simulated.share(f"any of 28 pairs of the same rate called different, {world.name}", many, high=0.05),
        simulated.share(f"two periods of the same rate called different, {world.name}", periods, high=0.05),
        simulated.share(f"a doubled period called higher, {world.name}", doubled),
        *(
            simulated.share(
                f"two periods of the same rate called different, {world.name} ({law}, {cv})",
                _periods(world, max(1, creators // 2), seed + 3, cv, law)[0],
                high=0.05,
            )
            for cv, law in simulate_rates.OTHERS
        ),
    ]


def _periods(
    world: World, creators: int, seed: int, cv: float = CV, law: Law = "gamma"
) -> tuple[list[bool], list[bool]]:
    """Whether two periods of the same rate are called different, and whether a doubled one is called higher."""
    draw = simulated.generator(seed)
    same, doubled = [], []
    for creator in simulated.creators(world, creators, seed, cv, law):
        half = len(creator.samples) // 2
        now, before = creator.samples[:half], creator.samples[half:]
        same.append(_told(comparing.periods(now, before)))
        doubled.append(comparing.periods(_doubled(creator, now, draw), before).verdict == "higher")
    return same, doubled


def _doubled(creator: Creator, samples: Sequence[Sample], draw: np.random.Generator) -> list[Sample]:
    return [
        Sample(int(draw.poisson(2 * rate * each.base)), each.base)
        for rate, each in zip(creator.rates, samples, strict=False)
    ]


def _told(comparison: comparing.Comparison) -> bool:
    return comparison.verdict != "cannot_tell_yet"
