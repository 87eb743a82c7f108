"""How likely an experiment is to find what it looks for, told before it starts; `trials` tells what it found."""

import math
import random
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, combinations

BLOCK = 4
"""Posts in a block, half of them yes. The last block of a plan is shorter where the plan is no multiple of it."""

LEVEL = 0.05
"""A difference at least as large by luck alone would be seen so often, at most, when a verdict is given."""

PLANNED_CV = 0.4
"""How much the rates of posts of one kind differ where no effect tells them apart: standard deviation per mean.

Less than among all posts of a creator (varying.USUAL_CV). Found by simulation (gamma-Poisson clicks, this test): with it 8 + 8
reels of 1,000 views at 1 click per 1,000 see a doubling 19 % of the time and 14 + 14 stories of 150 viewers at 3 % taps
85 %, and 20 % and 86 % if labels were shuffled over all posts at once. With 0.3 it would be 20 % and 93 %, with 0.6 15 % and
64 %, with plain Poisson clicks 23 % and 99 %.
"""

MOST_PER_ARM = 50
_RUNS = 4_000
_POSTS_DRAWN = 40_000
_MOST_CLICKS = 40.0


def block_sizes(per_arm: int) -> list[int]:
    """The blocks of a plan of `per_arm` posts an arm: `[4, 4, 2]` for 5."""
    whole, rest = divmod(2 * per_arm, BLOCK)
    return [BLOCK] * whole + [rest] * bool(rest)


def can_find(per_arm: int) -> bool:
    """Whether `judge` could give a verdict on any clicks at all: the clearest arrangement and its mirror are rare enough."""
    return LEVEL * math.prod(math.comb(size, size // 2) for size in block_sizes(per_arm)) >= 2


FEWEST = next(filter(can_find, range(1, MOST_PER_ARM)))
"""With fewer posts an arm nothing can be found."""


def power(*, per_arm: int, views: float, rate: float, effect: float = 2.0, cv: float = PLANNED_CV) -> float:
    """The chance, 0 to 1, that `judge` gives a verdict when yes truly multiplies the rate by `effect`.

    For `per_arm` posts an arm (at most MOST_PER_ARM), each of `views` views and `rate` clicks per view. Simulated with a
    fixed seed and the exact test, so the same question has the same answer, within 2 points of the true one; about 0.1 s
    when asked first. Raises ValueError for what cannot be planned.
    """
    if not 1 <= per_arm <= MOST_PER_ARM or not (views >= 0 and rate >= 0 and effect > 0 and cv >= 0):
        raise ValueError(f"no plan: {per_arm} posts an arm, {views} views, rate {rate}, effect {effect}, CV {cv}")
    mean = views * rate
    if not 0 < mean < math.inf:
        return 0.0
    # More clicks than these say hardly more, because posts differ by more than by luck then. They only cost time.
    most = _MOST_CLICKS / max(1.0, effect)
    if mean > most:
        mean, cv = most, math.sqrt(max(0.0, cv * cv + 1 / mean - 1 / most))
    return _power(per_arm, mean, mean * effect, cv)


@lru_cache(maxsize=512)
def _power(per_arm: int, no_mean: float, yes_mean: float, cv: float) -> float:
    rng = random.Random(2)
    runs = min(_RUNS, _POSTS_DRAWN // per_arm)
    # Many clicks are counted in threes or tens: far less than posts differ by.
    grain = 1 + int(per_arm * (yes_mean + no_mean) / (200 + 8 * per_arm))
    yes, no = (_drawn(rng, mean, cv, runs * per_arm, grain) for mean in (yes_mean, no_mean))
    halves = [size // 2 for size in block_sizes(per_arm)]
    ways = math.prod(math.comb(2 * half, half) for half in halves)
    found = 0
    for start in range(0, runs * per_arm, per_arm):
        stop = start + per_arm
        found += _significant(yes[start:stop], no[start:stop], halves, ways)
    return found / runs


def _drawn(rng: random.Random, mean: float, cv: float, many: int, grain: int) -> list[int]:
    """Clicks of `many` posts, in units of `grain`: Poisson around gamma-distributed rates, a negative binomial."""
    shape = 1 / max(cv, 1e-4) ** 2
    chance = math.exp(-shape * math.log1p(mean / shape))
    chances = [chance]
    while sum(chances[-2:]) > 1e-9 or len(chances) < 2 * mean:
        chance *= (shape + len(chances) - 1) / len(chances) * mean / (shape + mean)
        chances.append(chance)
    # Every value as often as it should be, in random order: closer to the truth than drawing each by itself.
    drawn: list[int] = []
    for clicks, reached in enumerate(accumulate(chances)):
        drawn += [(clicks + grain // 2) // grain] * (round(reached * many) - len(drawn))
    drawn += [len(chances) // grain] * (many - len(drawn))
    rng.shuffle(drawn)
    return drawn


def _significant(yes: Sequence[int], no: Sequence[int], halves: Sequence[int], ways: int) -> bool:
    """Whether the exact test on posts of equal views finds a difference.

    The sums that yes can have over all arrangements are the exponents of a product of one polynomial a block; with numbers
    for polynomials (Kronecker substitution) a shift adds clicks, and the digits' sum is what is left over by division.
    """
    width = ways.bit_length() + 1
    sums, at, extreme = 1, 0, max(sum(yes), sum(no))
    for half in halves:
        block = sorted((*yes[at : at + half], *no[at : at + half]))
        # What all posts of a block have, yes has in any arrangement.
        sums *= _polynomial(half, width, *(clicks - block[0] for clicks in block))
        extreme -= half * block[0]
        at += half
    tail: int = (sums >> width * extreme) % ((1 << width) - 1)
    return 2 * tail <= LEVEL * ways and sum(yes) != sum(no)


@lru_cache(maxsize=4_096)
def _polynomial(half: int, width: int, *clicks: int) -> int:
    """The sums that `half` of a block's posts can have, as a number with digits of `width` bits."""
    return sum(1 << width * sum(chosen) for chosen in combinations(clicks, half))
