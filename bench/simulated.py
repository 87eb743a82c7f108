"""Made-up creators whose true rates are known, so that what is said of their posts can be held against the truth.

Small ones are those the service is for: 10 to 30 posts, views around a thousand, about one click per 1,000 views. Half
of their posts have no click, 91 % fewer than 5, 99 % fewer than 20. A creator's posts vary by `CV` beyond luck, and so that
nothing is only right where the model is, by less or more in other worlds (see simulate_rates), and in one not as it says.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from bench.table import Row
from shortlinks import times
from shortlinks.funnels.outcomes import Outcome, Reading
from shortlinks.statistics.stats import Sample

BIO = "instagram/bio_link"
CV = 0.6
"""How much the true rates of a creator's posts vary, as a share of their mean."""


Law = Literal["gamma", "lognormal"]
"""How the rates of a creator's posts are distributed: as the service takes them to be, or with a heavier tail."""


class World(NamedTuple):
    """What creators are drawn from: medians, and standard deviations of logarithms."""

    name: str
    views: float
    views_between_creators: float
    views_between_posts: float
    rate: float
    rate_between_creators: float
    posts: tuple[int, int]


SMALL = World("small creators", 1_000, 0.3, 0.8, 0.0008, 0.8, (10, 30))
LARGE = World("larger creators", 40_000, 1.0, 1.0, 0.002, 0.8, (10, 40))


class Creator(NamedTuple):
    """`rate`: the true clicks per view of a creator's posts on average; `rates`: of each post; and what was seen."""

    rate: float
    rates: list[float]
    samples: list[Sample]


class Found(NamedTuple):
    """A share that was found `of` so many cases, and what it has to lie between, where that is decided."""

    what: str
    share: float
    of: int
    low: float = 0.0
    high: float = 1.0

    def good(self, errors: float = 0.0) -> bool:
        """Whether it lies there, give or take so many standard errors."""
        off = errors * math.sqrt(max(self.share * (1 - self.share), 0.01) / self.of)
        return self.low - off <= self.share <= self.high + off

    @property
    def row(self) -> Row:
        """The line of the table."""
        low, high = f"{100 * self.low:.0f}", f"{100 * self.high:.0f}"
        decided = self.low > 0 or self.high < 1
        target = (
            f"at most {high} %" if self.low == 0 else f"at least {low} %" if self.high == 1 else f"{low} to {high} %"
        )
        figure = f"{100 * self.share:.1f} % of {self.of:,}"
        return Row(self.what, figure, target if decided else "", self.good() if decided else None)


def share(what: str, hits: Sequence[bool], low: float = 0.0, high: float = 1.0) -> Found:
    """How often something was so."""
    return Found(what, sum(hits) / len(hits), len(hits), low, high)


def generator(seed: int) -> np.random.Generator:
    """Luck that is the same for the same seed."""
    return np.random.default_rng(seed)


def creators(world: World, count: int, seed: int, cv: float = CV, law: Law = "gamma") -> Iterator[Creator]:
    """So many creators with their posts, the rates of which vary by `cv` (none at 0) as `law` says."""
    draw = generator(seed)
    for _ in range(count):
        posts = int(draw.integers(world.posts[0], world.posts[1] + 1))
        rate = world.rate * math.exp(draw.normal(0, world.rate_between_creators))
        usual = world.views * math.exp(draw.normal(0, world.views_between_creators))
        views = np.maximum(1, usual * np.exp(draw.normal(0, world.views_between_posts, posts))).astype(int)
        rates = rate * _factors(draw, posts, cv, law)
        clicks = draw.poisson(views * rates)
        samples = [Sample(int(count), int(base)) for count, base in zip(clicks, views, strict=True)]
        yield Creator(rate, rates.tolist(), samples)


def _factors(draw: np.random.Generator, posts: int, cv: float, law: Law) -> np.ndarray:
    """What each post's rate is of the creator's: 1 on average."""
    if not cv:
        return np.ones(posts)
    if law == "gamma":
        return draw.gamma(1 / cv**2, cv**2, posts)
    variance = math.log1p(cv**2)
    return np.exp(draw.normal(-variance / 2, math.sqrt(variance), posts))


def post(name: str, counts: dict[str, int], clicks: int, conversions: int = 0) -> Outcome:
    """A reel with a bio link, read a week after it was published."""
    reading = Reading(at=7 * times.DAY, counts=counts, precision={}, clicks={BIO: clicks}, conversions=conversions)
    return Outcome(
        post_id=name,
        title="",
        platform="instagram",
        profile_id="me",
        kind="video",
        published_at=0,
        spots=(BIO,),
        readings=(reading,),
        clicks=reading.clicks,
        conversions=conversions,
    )
