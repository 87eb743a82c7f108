"""Is a planted leak named? Creators whose posts lose four times more than usual at one step, and others that do not."""

import random

from shortlinks import leaks, outcomes, times
from shortlinks.outcomes import Outcome, Reading

_STEPS = (("views", "profile_visits"), ("profile_visits", "clicks"), ("clicks", "conversions"))
_SHARES = {"profile_visits": 0.03, "clicks": 0.2, "conversions": 0.1}
_VARIES = {"profile_visits": 0.45, "clicks": 0.35, "conversions": 0.3}
_BIO = "instagram/bio_link"
_FACTOR = 4
_ENOUGH = 50


def named(seed: int, creators: int) -> tuple[int, int]:
    """How many planted leaks were named first, and how many there were: each usually leaves 50 clicks (or sales)."""
    draw = random.Random(seed)
    found = planted = 0
    while planted < creators:
        views, step = _views(draw), draw.choice(_STEPS)
        if _usual(views, step[1]) < _ENOUGH * _FACTOR:
            continue
        planted += 1
        others, own = _posts(draw, draw.randrange(8, 30)), _post(draw, views, step)
        leak = leaks.biggest(own, outcomes.alike(own, others))
        found += leak is not None and (leak.above, leak.below) == step
    return found, planted


def accused(seed: int, creators: int) -> tuple[int, int]:
    """How many steps were called a leak though nothing was planted, and how many steps there were."""
    draw = random.Random(seed)
    found = 0
    for _ in range(creators):
        others = _posts(draw, draw.randrange(8, 30))
        own = _post(draw, _views(draw), None)
        found += leaks.biggest(own, outcomes.alike(own, others)) is not None
    return found, creators * len(_STEPS)


def _views(draw: random.Random) -> int:
    return int(20_000 * draw.lognormvariate(0, 1)) + 100


def _posts(draw: random.Random, number: int) -> list[Outcome]:
    return [_post(draw, _views(draw), None) for _ in range(number)]


def _post(draw: random.Random, views: int, leak: tuple[str, str] | None) -> Outcome:
    counts = {"views": views}
    for above, below in _STEPS:
        cv2 = _VARIES[below] ** 2
        rate = _SHARES[below] * draw.gammavariate(1 / cv2, cv2) / (_FACTOR if leak == (above, below) else 1)
        counts[below] = _poisson(draw, counts[above] * rate)
    clicks, conversions = counts.pop("clicks"), counts.pop("conversions")
    reading = Reading(at=7 * times.DAY, counts=counts, precision={}, clicks={_BIO: clicks}, conversions=conversions)
    return Outcome(
        post_id=f"{draw.getrandbits(64):x}",
        title="",
        platform="instagram",
        profile_id="me",
        kind="video",
        published_at=0,
        spots=(_BIO,),
        readings=(reading,),
        clicks=reading.clicks,
        conversions=conversions,
    )


def _usual(views: int, name: str) -> float:
    """How many usually come through to the step `name`, or to the clicks where that is fewer."""
    through = views * 1.0
    seen = []
    for _, below in _STEPS:
        through *= _SHARES[below]
        seen.append(through)
        if below == name:
            break
    return min(seen) if name == "conversions" else views * _SHARES["profile_visits"] * _SHARES["clicks"]


def _poisson(draw: random.Random, mean: float) -> int:
    """By the normal distribution where that cannot be told apart, else by multiplying (Knuth)."""
    if mean > 500:
        return max(0, round(draw.gauss(mean, mean**0.5)))
    left, count = 2.718281828459045**-mean, -1
    product = 1.0
    while product > left:
        product *= draw.random()
        count += 1
    return max(0, count)
