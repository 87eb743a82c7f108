"""Where an experiment of this creator could succeed: told before one is started, from their own posts' numbers. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from shortlinks import times
from shortlinks.experiments import trial_power, trial_words
from shortlinks.statistics.stats import Sample

VIEWS = 1_000
RATE = 0.001
"""What is taken where the creator has no numbers yet: a post of a small creator."""

PER_ARM = 8
"""Posts an arm where nothing says how many the creator makes."""

_DAYS = 28
_FEWEST_DAYS = 7
"""Whoever has begun since then has no pace yet: two posts on the first day are not fifty in four weeks."""


@dataclass(frozen=True, slots=True)
class Usual:
    """A creator's posts of one kind: their median views, pooled clicks per view, and their pace: how many in the last days.

    `posts` is on how many the numbers rest.
    """

    platform: str
    kind: str
    views: float
    rate: float
    posts: int
    pace: int
    days: int


@dataclass(frozen=True, slots=True)
class Chance:
    """How likely an experiment sees a doubling. `own`: views and rate are the creator's own, not given or taken for usual.

    `pace` is how many such posts came out in the last `days`, None where there are none to count.
    """

    platform: str
    kind: str
    per_arm: int
    views: float
    rate: float
    own: bool
    power: float
    pace: int | None = None
    days: int = _DAYS

    @property
    def sentence(self) -> str:
        """The chance in words."""
        return trial_words.chance(
            per_arm=self.per_arm,
            platform=self.platform,
            kind=self.kind,
            views=self.views,
            rate=self.rate,
            power=self.power,
        )

    @property
    def advice(self) -> str:
        """What to make of it, and how long it takes."""
        said = trial_words.advice(per_arm=self.per_arm, power=self.power)
        if self.pace is None or self.per_arm < trial_power.FEWEST:
            return said
        return f"{said} {trial_words.pace(self.pace, planned=2 * self.per_arm, days=self.days)}".rstrip()


def pace(published_at: Iterable[int], *, now: int) -> tuple[int, int]:
    """How many of these posts came out in the last 28 days, or since the first of them, a week ago or more; and the days."""
    out = [at for at in published_at if at <= now]
    days = max(_FEWEST_DAYS, min(_DAYS, math.ceil((now - min(out, default=0)) / times.DAY)))
    return sum(now - days * times.DAY <= at for at in out), days


def usual(platform: str, kind: str, samples: Sequence[Sample], *, pace: tuple[int, int]) -> Usual:
    """What posts with these clicks on views have in common; at least one has views.

    Where nobody has clicked yet, half a click is taken, because a rate of 0 cannot double.
    """
    clicks, views = sum(each.count for each in samples), sum(each.base for each in samples)
    middle = median(each.base for each in samples)
    count, days = pace
    return Usual(platform, kind, middle, rate=max(clicks, 0.5) / views, posts=len(samples), pace=count, days=days)


def of(
    known: list[Usual],
    platform: str,
    kind: str,
    *,
    per_arm: int | None = None,
    views: float | None = None,
    rate: float | None = None,
) -> Chance:
    """The chance of an experiment; what is not given is the creator's own (from `known`), or else what small creators have."""
    own = next((each for each in known if (each.platform, each.kind) == (platform, kind)), None)
    many = per_arm or (_per_arm(own) if own else PER_ARM)
    seen = views if views is not None else own.views if own else VIEWS
    clicked = rate if rate is not None else own.rate if own else RATE
    power = trial_power.power(per_arm=many, views=seen, rate=clicked)
    is_own = own is not None and views is None and rate is None
    made = Chance(platform, kind, many, seen, clicked, is_own, power)
    return replace(made, pace=own.pace, days=own.days) if own else made


def best(known: list[Usual], *, per_arm: int | None = None) -> list[Chance]:
    """The chances of the creator's kinds of posts, the best first, each with as many posts as they make in 28 days."""
    found = [of(known, each.platform, each.kind, per_arm=per_arm) for each in known]
    return sorted(found, key=lambda chance: -chance.power)


def _per_arm(own: Usual) -> int:
    return min(max(own.pace // 2, PER_ARM), trial_power.MOST_PER_ARM)
