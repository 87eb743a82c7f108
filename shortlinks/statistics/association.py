"""Do posts with more likes get fewer clicks? Ranks, so that no form of the link is assumed; association, never cause.

Likes and views rise together, and clicks per view may fall with reach: so views are held equal. And posts differ by
more than luck: a plain Poisson regression claims a link for every second creator who has none.
"""

import math
import operator
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shortlinks.statistics import quasi

ENOUGH_POSTS = 25
"""From here on a link may be claimed: with fewer, even one that halves the rate is mostly missed."""

_LEVEL = 0.05
_SEED = 20_160_614
_PERMUTATIONS = 999
_STEPS = 400_000


@dataclass(frozen=True, slots=True)
class Association:
    """`r`: rank correlation of clicks per view with likes at equal views, -1 to 1; `p`: how often luck alone does as much.

    `low` and `high` hold 95 % of what luck alone gives. `claim`: there are enough posts, more likes go with fewer clicks,
    and that is no luck; only then does the interval of `effect` end at 1 or below. The opposite is never claimed: views that
    were noted inexactly look just like it, because the posts noted too low seem to have both more likes and more clicks than
    their views would give. `agreed`: nothing else would be said if clicks that may be another post's were counted there.
    """

    posts: int
    r: float
    p: float
    low: float
    high: float
    effect: quasi.Effect | None
    claim: bool
    agreed: bool = True


def bystanders(rows: Sequence[tuple[int, int, int]], *, seed: int = _SEED) -> Association:
    """The link of clicks per view with likes at equal views, over posts given as (views, likes, clicks).

    A partial rank correlation: what views leave of either rank is correlated, and the test shuffles the one against
    the other (Freedman and Lane 1983, Journal of Business & Economic Statistics 1:292-298). The same rows give the
    same answer. Posts without views are left out.
    """
    if any(number < 0 for row in rows for number in row):
        raise ValueError("views, likes and clicks are not negative")
    seen = [row for row in rows if row[0] > 0]
    reach = ranks([views for views, _, _ in seen])
    rate = residuals(ranks([clicks / views for views, _, clicks in seen]), reach)
    likes = residuals(ranks([likes for _, likes, _ in seen]), reach)
    if len(seen) < 4 or not _varies(rate) or not _varies(likes):
        return Association(len(seen), 0.0, 1.0, -1.0, 1.0, None, False)
    r = correlation(rate, likes)
    luck = _by_luck(rate, likes, seed)
    p = (1 + sum(abs(each) >= abs(r) - 1e-12 for each in luck)) / (1 + len(luck))
    edge = int(0.025 * len(luck))
    enough = len(seen) >= ENOUGH_POSTS
    claim = enough and r < 0 and p <= _LEVEL
    effect = _agreeing(quasi.doubling(seen), p, claim=claim) if enough else None
    return Association(len(seen), r, p, luck[edge], luck[-1 - edge], effect, claim)


def at_both_ends(counted: Association, ends: Sequence[Association]) -> Association:
    """What `counted` says that the same posts say as well with their fewest clicks and with their most (`ends`)."""
    found = (counted, *ends)
    if len({each.claim for each in found}) > 1:
        return replace(counted, p=1.0, effect=None, claim=False, agreed=False)
    effects = [each.effect for each in found if each.effect]
    effect = counted.effect
    if effect and len(effects) == len(found):
        effect = replace(effect, low=min(each.low for each in effects), high=max(each.high for each in effects))
    else:
        effect = None
    return replace(counted, p=max(each.p for each in found), effect=effect)


def _agreeing(effect: quasi.Effect | None, p: float, *, claim: bool) -> quasi.Effect | None:
    """The effect with an interval that does not deny the test: it comes from a model, the test does not, so they may differ."""
    if effect is None or (claim and effect.factor > 1):
        return None
    if claim:
        return replace(effect, high=min(effect.high, 1.0))
    return replace(effect, low=effect.low if p <= _LEVEL else min(effect.low, 1.0), high=max(effect.high, 1.0))


def ranks(numbers: Sequence[float]) -> list[float]:
    """The place of each number, from 1; equal numbers share the mean of their places."""
    order = sorted(range(len(numbers)), key=lambda index: numbers[index])
    found = [0.0] * len(numbers)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and numbers[order[end]] == numbers[order[start]]:
            end += 1
        for index in order[start:end]:
            found[index] = (start + 1 + end) / 2
        start = end
    return found


def correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Pearson's correlation, within -1 and 1; 0 where one of them does not vary. Of ranks it is Spearman's."""
    one, two = _centred(first), _centred(second)
    scale = math.sqrt(_product(one, one) * _product(two, two))
    return max(-1.0, min(1.0, _product(one, two) / scale)) if scale else 0.0


def residuals(numbers: Sequence[float], given: Sequence[float]) -> list[float]:
    """What a straight line over `given` leaves of the numbers."""
    one, two = _centred(numbers), _centred(given)
    square = _product(two, two)
    slope = _product(one, two) / square if square else 0.0
    return [a - slope * b for a, b in zip(one, two, strict=True)]


def _product(first: Sequence[float], second: Sequence[float]) -> float:
    return math.fsum(map(operator.mul, first, second))


def _centred(numbers: Sequence[float]) -> list[float]:
    mean = sum(numbers) / len(numbers) if numbers else 0.0
    return [number - mean for number in numbers]


def _varies(left: Sequence[float]) -> bool:
    """Whether anything is left beyond rounding: ranks are apart by half a place at least."""
    return _product(left, left) > 1e-9 * len(left)


def _by_luck(first: Sequence[float], second: Sequence[float], seed: int) -> list[float]:
    """The correlations of shuffled residuals, sorted; fewer shuffles for very many posts, where all lie close."""
    draws = max(199, min(_PERMUTATIONS, _STEPS // len(first)))
    generator = random.Random(seed)
    shuffled = list(second)
    scale = math.sqrt(_product(first, first) * _product(second, second))
    found = []
    for _ in range(draws):
        generator.shuffle(shuffled)
        found.append(_product(first, shuffled) / scale)
    return sorted(found)
