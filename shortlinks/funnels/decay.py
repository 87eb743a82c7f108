"""How fast clicks come and fade: the half-life of posts' clicks, and clicks per 1,000 new views."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from shortlinks.statistics import special, stats

FEWEST = 5
"""From so few posts, or of one post so few clicks, it does not show how much luck there is."""

Came = Sequence[int]
"""How many clicks of a post had come by each of some ages, for those it has reached: from the first one on, never falling."""


@dataclass(frozen=True, slots=True)
class HalfLife:
    """By which age half of the clicks come that come up to the age `until`, with its interval, in the unit of the ages.

    `high` is None where it may be as late as `until`. It is found from the `clicks` of `posts`.
    """

    posts: int
    clicks: int
    until: float
    value: float
    low: float
    high: float | None
    level: float


def half_life(ages: Sequence[float], posts: Sequence[Came], level: float = 0.95) -> HalfLife | None:
    """The half-life of the clicks of these posts, up to the oldest of `ages` that FEWEST of those with clicks have reached.

    Nothing is assumed of how clicks fade but between two ages, where they fade at one rate. See `shares` for clicks that
    are still to come. The interval holds the ages whose share is half but for luck (Brookmeyer and Crowley 1982, Biometrics
    38:29-41). Luck falls on whole posts, which differ in how fast their clicks fade: it is found by leaving one out at a
    time (the jackknife, Miller 1974, Biometrika 61:1-15), and is no less than that of as many clicks by themselves, which is
    that of a single post. None with fewer than FEWEST posts with clicks, but for a single one, or with fewer clicks.
    """
    seen = [came for came in posts if came and came[-1] > 0]
    alone = len(seen) == 1
    if len(seen) < FEWEST and not alone:
        return None
    last = len(seen[0]) - 1 if alone else sorted(map(len, seen))[-FEWEST] - 1
    clicks = sum(came[min(last, len(came) - 1)] for came in seen)
    sums = _sums(seen, last)
    if clicks < FEWEST or not sums or not sums[-1][1]:
        return None
    found = _shares(sums)
    value = _age(ages, found, 0.5)
    off = 0.5 / math.sqrt(clicks - 1)
    if not alone:
        off = max(off, _jackknife(ages, seen, sums, value))
    off *= special.t_quantile(level, (clicks if alone else len(seen)) - 1)
    return HalfLife(
        posts=len(seen),
        clicks=clicks,
        until=ages[last],
        value=value,
        low=_age(ages, found, max(0.0, 0.5 - off)),
        high=_age(ages, found, 0.5 + off) if off < 0.5 else None,
        level=level,
    )


def shares(posts: Sequence[Came], last: int) -> list[float]:
    """The share of the clicks up to the age of number `last` that come by each age before it, and by itself: 1.

    Those of younger posts are still to come: so each step from one age to the next is taken from the posts that have
    reached both. It is the product-limit estimate for what is seen only if it came before (Lynden-Bell 1971, Monthly Notices
    of the Royal Astronomical Society 155:95-118; Lagakos, Barraj and De Gruttola 1988, Biometrika 75:515-523), and the chain
    ladder of insurers (Mack 1993, ASTIN Bulletin 23:213-225).
    """
    return _shares(_sums(posts, last))


def per_1000(clicks: int, views: int, views_off: int = 0, level: float = 0.95) -> stats.Estimate | None:
    """Clicks per 1,000 new views, those give or take `views_off`; None where the views did not grow for certain.

    Those who come back later raise it when the views have stopped.
    """
    if views <= views_off:
        return None
    found = stats.rate(clicks, views, level, base_off=views_off)
    return stats.Estimate(found.rate * 1000, found.low * 1000, found.high * 1000, level, found.method)


_Sums = list[tuple[int, int]]
"""For each age but the first: the clicks by the age before and by itself, of all posts that have reached it."""


def _sums(posts: Sequence[Came], last: int) -> _Sums:
    reached = [[came for came in posts if len(came) > place] for place in range(last + 1)]
    return [
        (sum(came[place - 1] for came in reached[place]), sum(came[place] for came in reached[place]))
        for place in range(1, last + 1)
    ]


def _shares(sums: _Sums) -> list[float]:
    found = [1.0]
    for before, by in reversed(sums):
        found.append(found[-1] * (before / by if by else 1.0))
    return found[::-1]


def _without(sums: _Sums, came: Came) -> _Sums:
    own = [(came[place], came[place + 1]) if place + 1 < len(came) else (0, 0) for place in range(len(sums))]
    return [(before - less, by - fewer) for (before, by), (less, fewer) in zip(sums, own, strict=True)]


def _jackknife(ages: Sequence[float], posts: Sequence[Came], sums: _Sums, age: float) -> float:
    """The standard error of the share that comes by `age`."""
    each = [_share(ages, _shares(_without(sums, came)), age) for came in posts]
    mean = math.fsum(each) / len(each)
    return math.sqrt(math.fsum((share - mean) ** 2 for share in each) * (len(each) - 1) / len(each))


def _age(ages: Sequence[float], found: Sequence[float], share: float) -> float:
    """The age by which so much has come."""
    place = max(1, next(place for place, by in enumerate(found) if by >= share))
    start, end = ages[place - 1], ages[place]
    left, rest = 1 - found[place - 1], 1 - found[place]
    if left <= rest or share <= found[place - 1]:
        return start
    # Where none are left at the end, no rate of fading fits: there they come evenly.
    part = math.log(left / (1 - share)) / math.log(left / rest) if rest > 0 else (share - found[place - 1]) / left
    return start + (end - start) * min(part, 1.0)


def _share(ages: Sequence[float], found: Sequence[float], age: float) -> float:
    """How much has come by this age: the inverse of `_age`."""
    place = next((place for place in range(1, len(found)) if age <= ages[place]), len(found) - 1)
    left, rest = 1 - found[place - 1], 1 - found[place]
    part = (age - ages[place - 1]) / (ages[place] - ages[place - 1])
    if left <= 0:
        return 1.0
    return 1 - (left * (rest / left) ** part if rest > 0 else left * (1 - part))
