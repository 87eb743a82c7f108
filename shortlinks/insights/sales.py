"""Sales per visit, as far as they are known: of those who came on one way, of the whole shop, or a marked guess. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from shortlinks.funnels import outcomes
from shortlinks.funnels.outcomes import Outcome
from shortlinks.insights import insight
from shortlinks.statistics import stats
from shortlinks.statistics.stats import Sample
from shortlinks.words import wording
from shortlinks.words.language import _

GUESS = 0.02
"""Sales per visit where the creator's own are not known. A guess, and marked as one: no public table is to be trusted."""
GUESS_LOW, GUESS_HIGH = 0.005, 0.05


@dataclass(frozen=True, slots=True)
class Share:
    """A rate, None where only its upper bound `high` is known; `low` is 0 then."""

    rate: float | None
    low: float
    high: float

    @property
    def width(self) -> float:
        """How many times its lower bound the upper one is; infinite where there is no lower one."""
        return self.high / self.low if self.low else math.inf

    @property
    def takes(self) -> "Takes":
        """How many it takes for one."""
        return Takes(_over(self.rate), _over(self.high) or 0.0, _over(self.low))


@dataclass(frozen=True, slots=True)
class Takes:
    """How many it takes for one, at least `low`, at most `high`; None is unknown, or without bound."""

    number: float | None
    low: float
    high: float | None

    def words(self, noun: str) -> str:
        """`about 50 visits (20 to 200)`, `at least 1,300 views`."""
        if self.number is None:
            return _("at least {number}", number=wording.rough(self.low, noun))
        number, low = wording.rough(self.number, noun), wording.rough(self.low)
        if self.high is None:
            return _("about {number} ({low} or more)", number=number, low=low)
        return _("about {number} ({low} to {high})", number=number, low=low, high=wording.rough(self.high))


@dataclass(frozen=True, slots=True)
class Sales:
    """Sales per visit, and where from: `reported` of links' visitors, all that the `shop` says, or a `guess`.

    `note` says what is to be known of it, right behind the number; empty where there is nothing.
    """

    share: Share
    source: str
    note: str = ""

    @property
    def own(self) -> bool:
        return self.source != "guess"


def of(posts: Sequence[Outcome], orders: Sequence[Sample], *, reporting: bool) -> Sales:
    """Sales per visit of those who came on one way, else of all who came to the shop. `reporting`: the shop tells sales at all.

    That many visits brought no sale is a result, too: then the upper bound is known. But sales that nobody reported may
    be sales that nobody reports, so of those zero says nothing. Where a post's link also hangs outside, whose sales its
    are is not known.
    """
    own = [
        Sample(post.conversions, post.human)
        for post in posts
        if (post.human or post.conversions) and post.human == outcomes.of_viewers(post.clicks)
    ]
    for source, found in (("reported", own), ("shop", orders)):
        share = share_of(found) if any(each.count for each in found) else None
        if share is not None:
            return Sales(share, source, _(", counted over all visits to your shop") if source == "shop" else "")
    for source, noun, found in (("reported", "sale", own if reporting else ()), ("shop", "order", orders)):
        none = share_of(found)
        if none is not None and none.high < GUESS_HIGH:
            note = _(
                " ({sales} in {visits}: very likely fewer than 1 in {high})",
                sales=wording.plural(0, noun),
                visits=wording.plural(stats.total(found).base, "visit"),
                high=wording.rough(1 / none.high),
            )
            return Sales(none, source, note)
    guess = _(
        " (a guess: {sales} per {visits})",
        sales=wording.measure(GUESS * 100, "sale"),
        visits=wording.plural(100, "visit"),
    )
    return Sales(Share(GUESS, GUESS_LOW, GUESS_HIGH), "guess", guess)


def share_of(found: Sequence[Sample]) -> Share | None:
    """The rate over all of these; None without a base."""
    estimate = insight.pooled(found)
    if estimate is None:
        return None
    return Share(estimate.rate or None, estimate.low, estimate.high)


def _over(value: float | None) -> float | None:
    return 1 / value if value else None
