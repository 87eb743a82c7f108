"""Is it called coming back later by luck, and is the half-life right? Creators with reels that people see for days.

Their clicks come when the views come, at one rate per post, and from the stories beside them at many times that rate; or
they are planted to go on. Half-lives are tried on clicks that do not fade as any formula has it.
"""

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from bench import simulated
from bench.simulated import BIO, Creator, Found, World, share
from shortlinks import times
from shortlinks.funnels import outcomes
from shortlinks.funnels.outcomes import Outcome, Reading
from shortlinks.insights import fading, later
from shortlinks.insights.insight import Data

_STICKER = "instagram/story_link_sticker"
_NOW = 35 * times.DAY
_FACTOR = 4
"""How many times the clicks late views bring where it is planted."""
_FALL = 0.4
"""By which power of the views the click rate falls, and the time doubles in which half of them come."""
_POSTS, _CLICKS = 20, 15
_MEDIAN = 12.0
"""Hours in which half of the clicks come."""


class Fade(NamedTuple):
    """How clicks fade: in half-lives, or lognormal with this spread of ages; the median differs between posts by `between`."""

    name: str
    between: float = 0.0
    lognormal: float = 0.0

    def speed(self, draw: np.random.Generator) -> float:
        """How many times as long as usual the clicks of a post take."""
        return math.exp(draw.normal(0, self.between))

    def ages(self, speed: float, count: int, draw: np.random.Generator) -> np.ndarray:
        """How many hours after the post clicks come."""
        if self.lognormal:
            return speed * _MEDIAN * np.exp(draw.normal(0, self.lognormal, count))
        return draw.exponential(speed * _MEDIAN / math.log(2), count)


_FADES = (Fade("one half-life"), Fade("posts of different half-lives", between=0.5), Fade("lognormal", lognormal=1.5))


def check(creators: int, seed: int) -> list[Found]:
    """Small and larger creators, and half-lives."""
    each = max(20, creators // 4)
    worlds = (simulated.SMALL, simulated.LARGE)
    return [line for world in worlds for line in _world(world, each, seed)] + half_lives(each, seed)


def _world(world: World, creators: int, seed: int) -> list[Found]:
    def called(factor: float, fall: float) -> list[bool]:
        draw = simulated.generator(seed)
        return [_called(made, factor, fall, draw) for made in simulated.creators(world, creators, seed)]

    what = f"coming back later, or at once, is told, {world.name}"
    return [
        share(f"{what}, one rate early and late, stories beside", called(1, 0), high=0.05),
        share(f"{what}, the same, clicks fall with reach", called(1, _FALL), high=0.05),
        share(f"{what}, late views bring {_FACTOR} times the clicks", called(_FACTOR, 0)),
    ]


def _called(made: Creator, factor: float, fall: float, draw: np.random.Generator) -> bool:
    usual = float(np.median([sample.base for sample in made.samples]))
    reels = [
        _reel(sample.base, rate, (sample.base / usual) ** fall, factor, draw)
        for sample, rate in zip(made.samples, made.rates, strict=True)
    ]
    stories = [_story(int(draw.integers(100, 400)), draw) for _ in range(28)]
    found = later.answer(Data(outcomes=[*reels, *stories]), now=_NOW)
    return found.sure != "cannot_tell_yet"


def _reel(views: int, rate: float, reach: float, factor: float, draw: np.random.Generator) -> Outcome:
    """Noted after about a day or three, after about a week, and some once more."""
    half = 24 * reach * math.exp(draw.normal(0, 0.8))
    first = 24 * (1 if draw.random() < 0.7 else 3) * math.exp(draw.normal(0, 0.15))
    ages = sorted([first, 168 * math.exp(draw.normal(0, 0.15)), *([650.0] if draw.random() < 0.3 else [])])
    seen = [int(views * (1 - 0.5 ** (age / half))) for age in ages]
    came = [
        draw.poisson((new - old) * rate / reach * (1 if place == 0 else factor))
        for place, (old, new) in enumerate(pairwise([0, *seen]))
    ]
    return _post("video", BIO, ages, seen, list(accumulate(map(int, came))))


def _story(views: int, draw: np.random.Generator) -> Outcome:
    return _post("story", _STICKER, [26.0], [views], [int(draw.poisson(0.03 * views))])


def _post(kind: str, spot: str, ages: Sequence[float], views: Sequence[int], clicks: Sequence[int]) -> Outcome:
    readings = tuple(
        Reading(at=int(age * times.HOUR), counts={"views": seen}, precision={}, clicks={spot: came}, conversions=0)
        for age, seen, came in zip(ages, views, clicks, strict=True)
    )
    return _outcome(kind, spot, readings, {})


def _outcome(kind: str, spot: str, readings: tuple[Reading, ...], by_age: dict[int, int]) -> Outcome:
    return Outcome(
        post_id="",
        title="",
        platform="instagram",
        profile_id="me",
        kind=kind,
        published_at=0,
        spots=(spot,),
        readings=readings,
        clicks=readings[-1].clicks if readings else {},
        conversions=0,
        by_age=by_age,
    )


def half_lives(creators: int, seed: int) -> list[Found]:
    """How often the interval of the half-life holds the true one, of posts that are all old and of posts of any age."""
    return [
        share(
            f"half-life within its interval, {_POSTS} posts of {_CLICKS} clicks, {fade.name}{which}",
            _held(fade, youngest, creators, seed),
            low=0.9,
        )
        for fade in _FADES
        for which, youngest in (("", 28), (", some posts young", 1))
    ]


def _held(fade: Fade, youngest: int, creators: int, seed: int) -> list[bool]:
    draw = simulated.generator(seed)
    every = np.concatenate([fade.ages(fade.speed(draw), 50, draw) for _ in range(10_000)])
    held = []
    for _ in range(creators):
        found = fading.half_life([_fading(fade, draw.uniform(youngest, 35), draw) for _ in range(_POSTS)])
        if found is not None:
            true = float(np.median(every[every <= found.until / times.HOUR])) * times.HOUR
            held.append(found.low <= true and (found.high is None or true <= found.high))
    return held


def _fading(fade: Fade, days: float, draw: np.random.Generator) -> Outcome:
    came = fade.ages(fade.speed(draw), _CLICKS, draw) * times.HOUR
    return _outcome(
        "video", BIO, (), {age: int((came <= age).sum()) for age in outcomes.AGES if age <= days * times.DAY}
    )
