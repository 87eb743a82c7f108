"""Do intervals and expected ranges hold the truth as often as they say, and are shrunken rates nearer to it?

Creators' rates vary by simulated.CV, and in `others` by half of that, by nearly twice as much, and with a heavier tail than
the service takes for given.
"""

import math
from collections import defaultdict
from typing import NamedTuple

from bench import simulated
from bench.simulated import CV, Found, Law, World
from shortlinks.statistics import spread, stats

BANDS = (1, 5, 20, 100)
"""Cells are by expected clicks: from each of these on, up to the next."""


class Aims(NamedTuple):
    """What the shares have to lie between, or at most be."""

    intervals: tuple[float, float]
    cells: float
    ranges: tuple[float, float]
    fewer: float
    more: float
    either: float
    nearer: float


AIMS = Aims(intervals=(0.93, 0.98), cells=0.90, ranges=(0.77, 0.90), fewer=0.15, more=0.25, either=0.25, nearer=0.20)
ELSEWHERE = Aims(intervals=(0.90, 1.0), cells=0.85, ranges=(0.70, 0.93), fewer=0.15, more=0.30, either=0.30, nearer=0.0)
"""Where rates vary otherwise than is usual. Not all can be held at once: from a few posts nobody can tell a creator whose rates
vary by 0.3 from one by 1.0."""


def check(creators: int, seed: int) -> list[Found]:
    """Small and larger creators, and the errors of rates of all of them."""
    lines, errors = [], []
    for world in (simulated.SMALL, simulated.LARGE):
        aims = AIMS if world is simulated.SMALL else AIMS._replace(nearer=0.0)
        found, error = _world(world, creators, seed, aims)
        lines += found
        errors.append(error)
    raw, shrunk = map(sum, zip(*errors, strict=True))
    return [
        *lines,
        Found("less error of shrunken rates, all creators", 1 - math.sqrt(shrunk / raw), 2 * creators, 0.20),
    ]


OTHERS: tuple[tuple[float, Law], ...] = ((0.3, "gamma"), (1.0, "gamma"), (1.0, "lognormal"))
_PART = 4
"""Other worlds are tried with one creator for so many of the usual one."""


def others(creators: int, seed: int) -> list[Found]:
    """The same, in short, where rates vary otherwise."""
    return [
        line
        for world in (simulated.SMALL, simulated.LARGE)
        for cv, law in OTHERS
        for line in _world(
            world._replace(name=f"{world.name} ({law}, {cv})"), max(1, creators // _PART), seed + 1, ELSEWHERE, cv, law
        )[0]
        if line.low > 0 or line.high < 1
    ]


def _world(
    world: World, creators: int, seed: int, aims: Aims, cv: float = CV, law: Law = "gamma"
) -> tuple[list[Found], tuple[float, float]]:
    """What is found, and the squared errors of raw and of shrunken rates."""
    posts = _Cells(f"95 % interval of a post's rate, {world.name}")
    pooled = _Cells(f"95 % interval of the pooled rate, {world.name}")
    first = _Cells(f"95 % interval of the pooled rate of the first 3 posts, {world.name}")
    ranges = defaultdict[str, list[bool]](list)
    fewer, more, counts = [], [], []
    raw = shrunk = 0.0
    for creator in simulated.creators(world, creators, seed, cv, law):
        samples = creator.samples
        counts += [each.count for each in samples]
        for truth, each in zip(creator.rates, samples, strict=True):
            estimate = stats.rate(each.count, each.base)
            posts.add(truth * each.base, estimate.low <= truth <= estimate.high)
        for cells, some in ((pooled, samples), (first, samples[:3])):
            total = spread.pooled(some)
            assert total is not None
            cells.add(creator.rate * sum(each.base for each in some), total.low <= creator.rate <= total.high)
        for name, post, before in (
            ("from 2 posts", samples[2], samples[:2]),
            ("from 5 posts", samples[5], samples[:5]),
            ("from all other posts", samples[0], samples[1:]),
        ):
            usual = spread.expected(before, post.base)
            assert usual is not None
            ranges[name].append(usual.low <= post.count <= usual.high)
            ranges["from 0" if usual.low == 0 else "from 1 or more"].append(ranges[name][-1])
            fewer.append(post.count < usual.low)
            more.append(post.count > usual.high)
        nearer = spread.shrunk(samples)
        for truth, each, rate in zip(creator.rates, samples, nearer, strict=True):
            raw += (each.count / each.base / creator.rate - truth / creator.rate) ** 2
            shrunk += (rate / creator.rate - truth / creator.rate) ** 2
    inside = [not (a or b) for a, b in zip(fewer, more, strict=True)]
    what = f"80 % range of what a post brings, {world.name}"
    lines = [
        *(
            simulated.share(f"posts with {few}, {world.name}", [count < below for count in counts])
            for few, below in (("no click", 1), ("fewer than 5", 5), ("fewer than 20", 20))
        ),
        *posts.found(aims.intervals, aims.cells),
        *pooled.found(aims.intervals, aims.cells),
        *first.found((0.90, 1.0), aims.cells),
        simulated.share(f"{what}: overall", inside, *aims.ranges),
        *(simulated.share(f"{what}: {name}", hits) for name, hits in sorted(ranges.items())),
        simulated.share(f"called fewer than expected, {world.name}", fewer, high=aims.fewer),
        simulated.share(f"called more than expected, {world.name}", more, high=aims.more),
        simulated.share(
            f"called fewer or more (nominal 20 %), {world.name}", [not hit for hit in inside], high=aims.either
        ),
        Found(f"less error of shrunken rates, {world.name}", 1 - math.sqrt(shrunk / raw), creators, aims.nearer),
    ]
    return lines, (raw, shrunk)


class _Cells:
    """How often an interval held the truth, by the clicks that were to be expected."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.hits = defaultdict[int, list[bool]](list)

    def add(self, clicks: float, hit: bool) -> None:
        self.hits[max((band for band in BANDS if band <= clicks), default=0)].append(hit)

    def found(self, overall: tuple[float, float], cell: float) -> list[Found]:
        """Overall, and each cell with at least one expected click; a handful of cases is shown, but proves nothing."""
        lines = [
            simulated.share(f"{self.what}: overall", [hit for hits in self.hits.values() for hit in hits], *overall)
        ]
        for band, hits in sorted(self.hits.items()):
            name = (
                f"{self.what}: {band} or more clicks expected" if band else f"{self.what}: less than 1 click expected"
            )
            lines.append(simulated.share(name, hits, cell if band and len(hits) >= 100 else 0.0))
        return lines
