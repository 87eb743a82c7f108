"""Is a planted leak named? Creators whose posts lose four times more than usual at one step, and others that do not."""

import math
import random
from collections.abc import Callable

from bench.simulated import Found, post, share
from shortlinks.funnels import leaks, outcomes
from shortlinks.funnels.outcomes import Outcome

_STEPS = (("views", "profile_visits"), ("profile_visits", "clicks"), ("clicks", "conversions"))
_SHARES = {"profile_visits": 0.03, "clicks": 0.2, "conversions": 0.1}
_VARIES = {"profile_visits": 0.45, "clicks": 0.35, "conversions": 0.3}
_FACTOR = 4
_ENOUGH = 50


def check(creators: int, seed: int) -> list[Found]:
    """How often a planted leak is named, by readings of "with 50 clicks", and how often one is told that is not there."""
    number = max(20, creators // 5)
    usual = _named(seed, number, lambda own, views, step: _usual(views, "clicks"))
    seen = _named(seed + 1, number, lambda own, views, step: own.human)
    left = _named(seed + 2, number, lambda own, views, step: _usual(views, step[1]) / _FACTOR)
    return [
        *_lines("where its views usually bring 50 clicks or more", usual),
        *_lines("where 50 clicks or more are left", seen),
        _line("where 50 clicks, or sales, usually are left", [hit for hits in left.values() for hit in hits], 0.9),
        share("leak told where none was planted, in any of 3 steps of 10 % each", _accused(seed, number), high=0.3),
    ]


def _lines(where: str, found: dict[tuple[str, str], list[bool]]) -> list[Found]:
    """Up to the clicks, and each step by itself. Of 50 clicks there are five sales, too few to be held to it."""
    *before, _ = found.values()
    return [
        _line(f"up to the clicks, {where}", [hit for hits in before for hit in hits], 0.9),
        *(_line(f"between {_name(step)}, {where}", hits) for step, hits in found.items()),
    ]


def _line(where: str, hits: list[bool], low: float = 0.0) -> Found:
    return share(f"planted leak of factor {_FACTOR} named first, {where}", hits, low)


def _name(step: tuple[str, str]) -> str:
    return " and ".join(step).replace("_", " ")


def _named(
    seed: int, number: int, count: Callable[[Outcome, int, tuple[str, str]], float]
) -> dict[tuple[str, str], list[bool]]:
    """Whether the leak that is told is the planted one, by its step.

    Of posts with enough, by `count` of a post, its views and its step.
    """
    draw = random.Random(seed)
    found: dict[tuple[str, str], list[bool]] = {step: [] for step in _STEPS}
    while sum(map(len, found.values())) < number:
        views, step = _views(draw), draw.choice(_STEPS)
        own = _post(draw, views, step)
        if count(own, views, step) < _ENOUGH:
            continue
        leak = leaks.biggest(own, outcomes.alike(own, _posts(draw)))
        found[step].append(leak is not None and (leak.above, leak.below) == step)
    return found


def _usual(views: int, name: str) -> float:
    """How many usually come through to the clicks, or to the sales where those are named."""
    clicks = views * _SHARES["profile_visits"] * _SHARES["clicks"]
    return clicks * _SHARES["conversions"] if name == "conversions" else clicks


def _accused(seed: int, number: int) -> list[bool]:
    """Whether a leak is told of posts that have none."""
    draw = random.Random(seed)
    return [leaks.biggest(_post(draw, _views(draw)), _posts(draw)) is not None for _ in range(number)]


def _views(draw: random.Random) -> int:
    return int(20_000 * draw.lognormvariate(0, 1)) + 100


def _posts(draw: random.Random) -> list[Outcome]:
    return [_post(draw, _views(draw)) for _ in range(draw.randrange(8, 30))]


def _post(draw: random.Random, views: int, leak: tuple[str, str] | None = None) -> Outcome:
    counts = {"views": views}
    for above, below in _STEPS:
        cv2 = _VARIES[below] ** 2
        rate = _SHARES[below] * draw.gammavariate(1 / cv2, cv2) / (_FACTOR if leak == (above, below) else 1)
        counts[below] = _poisson(draw, counts[above] * rate)
    clicks, conversions = counts.pop("clicks"), counts.pop("conversions")
    return post(f"{draw.getrandbits(64):x}", counts, clicks, conversions)


def _poisson(draw: random.Random, mean: float) -> int:
    """By the normal distribution where that cannot be told apart, else by multiplying (Knuth)."""
    if mean > 500:
        return max(0, round(draw.gauss(mean, mean**0.5)))
    left, count = math.exp(-mean), -1
    product = 1.0
    while product > left:
        product *= draw.random()
        count += 1
    return max(0, count)
