"""Is a post called one to repeat, or to stop, by luck? Creators whose posts are all alike, and some with one that is not."""

from collections.abc import Iterator

from bench import simulated
from bench.simulated import Creator, Found, World, post, share
from shortlinks import times
from shortlinks.funnels.expectation import Verdict
from shortlinks.insights import advice
from shortlinks.statistics.stats import Sample

_NOW = 14 * times.DAY
_FACTOR = 10
_TRIALS = 4


def check(creators: int, seed: int) -> list[Found]:
    """Small and larger creators."""
    return [
        line for world in (simulated.SMALL, simulated.LARGE) for line in _world(world, max(20, creators // 2), seed)
    ]


def _world(world: World, creators: int, seed: int) -> list[Found]:
    usual = [_named(made.samples) for made in simulated.creators(world, creators, seed)]
    planted = [_named(made) for made in _planted(simulated.creators(world, creators, seed + 1), seed)]
    what = f"{world.name} of whom no post is"
    return [
        share(f"a post called clearly fewer, {what}", ["fewer" in named.values() for named in usual], high=0.05),
        share(f"a post called clearly more, {what}", ["more" in named.values() for named in usual], high=0.05),
        share(
            f"the post of {_FACTOR} times the clicks called clearly more, {world.name}",
            [named.get(0) == "more" for named in planted],
        ),
    ]


def _planted(found: Iterator[Creator], seed: int) -> Iterator[list[Sample]]:
    """The posts of these creators, the first of which brings _FACTOR times what it would."""
    draw = simulated.generator(seed)
    for creator in found:
        first, *others = creator.samples
        yield [Sample(int(draw.poisson(_FACTOR * creator.rates[0] * first.base)), first.base), *others]


def _named(samples: list[Sample]) -> dict[int, Verdict]:
    """Of these posts those that are named, by their place, and on which side."""
    made = [post(str(place), {"views": sample.base}, sample.count) for place, sample in enumerate(samples)]
    return {int(each.post_id): verdict for each, verdict in advice.outside(made, now=_NOW)}
