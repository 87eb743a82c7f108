"""What it takes: how many visits, and how many views, one sale stands for, and what doubling each step would buy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shortlinks import outcomes, stats, times, wording
from shortlinks.insights import chain, insight
from shortlinks.insights.insight import Data, Insight, Picture, Point
from shortlinks.outcomes import Outcome
from shortlinks.stats import Sample

QUESTION = "What does one sale take?"

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
        low = wording.rough(self.low)
        if self.number is None:
            return f"at least {low} {noun}" + ("" if low == "1" else "s")
        high = f"to {wording.rough(self.high)}" if self.high is not None else "or more"
        about = f"{wording.rough(self.number)} {noun}" + ("" if round(self.number) == 1 else "s")
        return f"about {about} ({low} {high})"


@dataclass(frozen=True, slots=True)
class Sales:
    """Sales per visit, and where from: `reported` of links' visitors, all that the `shop` says, or a `guess`.

    `note` says in brackets what is to be known of it: empty, or with a space before it.
    """

    share: Share
    source: str
    note: str = ""

    @property
    def own(self) -> bool:
        return self.source != "guess"


_GUESS = Sales(
    Share(GUESS, GUESS_LOW, GUESS_HIGH), "guess", f" (a guess: {wording.measure(GUESS * 100, 'sale')} per 100 visits)"
)


def answer(data: Data, *, now: int) -> Insight:
    """Visits per view of the last 28 days times sales per visit of all time, or a guess of those."""
    found, when = insight.recent(filter(outcomes.clickable, data.outcomes), now)
    seen = insight.samples(found)
    visits = _share(seen)
    sales = _sales(data)
    views = _both(visits, sales.share) if visits else None
    return Insight(
        code="takes",
        question=QUESTION,
        answer=_answer(visits, sales, views, monthly=_monthly(data.outcomes, now)),
        sure="cannot_tell_yet" if visits is None else "likely" if _known(visits, sales) else "possible",
        how_sure=_how_sure(visits, sales),
        settle=(
            "More sales reported by the shop: the range of the second step is the wider one."
            if sales.own
            else "Sales reported by your shop, or typed in: then your own rate stands in the place of the guess."
        ),
        evidence={
            "of": when,
            "posts": len(found),
            "visits_per_view": _numbers(visits),
            "sales_per_visit": {**(_numbers(sales.share) or {}), "own": sales.own, "source": sales.source},
            "visits_per_sale": _numbers(sales.share.takes),
            "views_per_sale": _numbers(views),
        },
        picture=Picture(
            kind="bars",
            title="One sale takes",
            unit="for one sale",
            points=(
                Point(label="Sales", text="1 sale", value=1.0),
                _point("Visits" if sales.own else "Visits (a guess)", "visit", sales.share.takes),
                *([_point("Views", "view", views)] if views else []),
            ),
        ),
    )


def _sales(data: Data) -> Sales:
    """Sales per visit. That a shop with many visits has no order is a result, too: then the upper bound is known.

    Sales that nobody reported may be sales that nobody reports, so of those zero says nothing.
    """
    reported = [Sample(post.conversions, post.human) for post in data.outcomes if post.human or post.conversions]
    for source, found in (("reported", reported), ("shop", data.orders)):
        share = _share(found) if any(each.count for each in found) else None
        if share is not None:
            return Sales(share, source)
    none = _share(data.orders)
    if none is None or none.high >= GUESS_HIGH:
        return _GUESS
    counted = f"0 orders in {wording.plural(stats.total(data.orders).base, 'visit')}"
    return Sales(none, "shop", f" ({counted}: very likely fewer than 1 in {wording.rough(1 / none.high)})")


def _share(found: Sequence[Sample]) -> Share | None:
    estimate = insight.pooled(found)
    if estimate is None:
        return None
    return Share(estimate.rate or None, estimate.low, estimate.high)


def _both(first: Share, second: Share) -> Takes:
    """How many it takes through both steps."""
    joint = chain.through([chain.Part(each.rate or 0.0, each.low, each.high) for each in (first, second)])
    return Share(joint.rate or None, joint.low, joint.high).takes


def _monthly(found: Sequence[Outcome], now: int) -> int:
    new, _ = insight.recent([post for post in found if now - times.FOUR_WEEKS <= post.published_at], now)
    return sum(sample.base for sample in insight.samples(new))


def _answer(visits: Share | None, sales: Sales, views: Takes | None, *, monthly: int) -> str:
    takes = f"One sale takes {sales.share.takes.words('visit')}{sales.note}"
    if visits is None or views is None:
        return f"{takes}. How many views that is cannot be said: note the views."
    told = f"{takes}, or {views.words('view')}: you have {_per_views(visits)}."
    if visits.rate is None:
        return f"{told} The first thing to change is that anybody comes at all."
    if views.number is None:
        return f"{told} People come; how many of them buy, only a first order will tell."
    half = wording.rough(views.number / 2)
    buys = (
        f"Twice the visits per view, or twice the sales per visit, would each bring that down to about {half} views; "
        "twice the views would leave it as it is and bring sales twice as often."
    )
    if not monthly:
        return f"{told} {buys}"
    sold = monthly / views.number
    pace = f"With {wording.plural(monthly, 'view')} in 28 days that is about {wording.measure(sold, 'sale')}."
    return f"{told} {pace} {buys}"


def _per_views(visits: Share) -> str:
    """`1.8 visits per 1,000 views, very likely between 0.8 and 4`."""
    high = wording.decimal(visits.high * 1000)
    if visits.rate is None:
        return f"no visit yet, very likely fewer than {high} per 1,000 views"
    rate, low = wording.measure(visits.rate * 1000, "visit"), wording.decimal(visits.low * 1000)
    return f"{rate} per 1,000 views, very likely between {low} and {high}"


def _known(visits: Share, sales: Sales) -> bool:
    """Whether both steps are the creator's own numbers, and more than an upper bound."""
    return bool(sales.own and sales.share.rate and visits.rate)


def _how_sure(visits: Share | None, sales: Sales) -> str:
    if visits is None:
        return "Without views only the second step can be told."
    if _known(visits, sales):
        return "Likely: both steps are your own numbers; the ranges say how much luck is in them."
    if not sales.own:
        return "Possible: the sales per visit are a guess."
    return "Possible: nobody has come yet." if visits.rate is None else "Possible: nobody has bought yet."


def _over(value: float | None) -> float | None:
    return 1 / value if value else None


def _numbers(found: Share | Takes | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"value": found.rate if isinstance(found, Share) else found.number, "low": found.low, "high": found.high}


def _point(label: str, noun: str, found: Takes) -> Point:
    return Point(label=label, text=found.words(noun), value=found.number, low=found.low, high=found.high)
