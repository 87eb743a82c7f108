"""How often is a link between likes and clicks claimed that is not there, and how often is a real one found?"""

import math
from collections.abc import Sequence

import numpy as np

from bench import simulated
from bench.simulated import CV, Found
from shortlinks.statistics import association

POSTS = (25, 50, 100)
POWER = {25: 0.30, 50: 0.48, 100: 0.80}
TRIALS = 4
"""One trial a case for so many creators: shuffling 999 times takes long."""

Row = tuple[int, int, int]


def small(creators: int, seed: int) -> list[Found]:
    """Posts of a thousand views with 1.5 clicks."""
    return [line for posts in POSTS for line in of(posts, 1_000, 0.0015, max(1, creators // TRIALS), seed)]


def larger(creators: int, seed: int) -> list[Found]:
    """Posts of ten thousand views with 50 clicks."""
    return [line for posts in POSTS for line in of(posts, 10_000, 0.005, max(1, creators // TRIALS), seed)]


def of(posts: int, views: int, rate: float, trials: int, seed: int) -> list[Found]:
    """So many trials with so many posts in each of four worlds: nothing there, two that deceive, a real link."""
    draw = simulated.generator(seed + posts)
    size = f"{posts} posts of {views:,} views and {views * rate:g} clicks"
    cases = (
        (f"likes link claimed, none there, {size}", {}, 0.0, 0.08),
        (f"likes link claimed, clicks fall with reach, {size}", {"reach": -0.4}, 0.0, 0.08),
        (f"likes link claimed, views noted 30 % off, {size}", {"error": 0.3}, 0.0, 0.10),
        (f"likes link claimed, clicks fall by 0.5 per deviation, {size}", {"slope": -0.5}, POWER[posts], 1.0),
    )
    return [
        simulated.share(
            what,
            [association.bystanders(_rows(draw, posts, views, rate, **world)).claim for _ in range(trials)],
            low,
            high,
        )
        for what, world, low, high in cases
    ]


def _rows(
    draw: np.random.Generator, posts: int, views: int, rate: float,
    *, slope: float = 0.0, reach: float = 0.0, error: float = 0.0,
) -> Sequence[Row]:  # fmt: skip
    """Views, likes and clicks of posts. Log click rate changes by `slope` per standard deviation of log likes per view
    and by `reach` per standard deviation of log views; views are noted with a relative `error`."""
    size, liked = draw.normal(size=posts), draw.normal(size=posts)
    true = np.maximum(1, views * np.exp(0.8 * size))
    likes = draw.poisson(0.06 * true * np.exp(0.5 * liked))
    own = draw.gamma(1 / CV**2, CV**2, posts) * np.exp(slope * liked + reach * size)
    clicks = draw.poisson(true * rate * own)
    noted = np.maximum(1, true * np.exp(draw.normal(0, error, posts)) if error else true)
    return [(math.floor(n), int(liking), int(count)) for n, liking, count in zip(noted, likes, clicks, strict=True)]
