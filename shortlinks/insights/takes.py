"""What it takes: how many visits, and how many views, one sale stands for, and what doubling each step would buy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shortlinks import outcomes, times, wording
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


def answer(data: Data, *, now: int) -> Insight:
    """Visits per view of the last 28 days times sales per visit of all time, or a guess of those."""
    found, when = insight.recent(filter(outcomes.clickable, data.outcomes), now)
    seen = insight.samples(found)
    visits = _share(seen)
    sales, source = _sales(data)
    own = source != "guess"
    views = _both(visits, sales) if visits else None
    return Insight(
        code="takes",
        question=QUESTION,
        answer=_answer(visits, sales, views, own=own, monthly=_monthly(data.outcomes, now)),
        sure="cannot_tell_yet" if visits is None else "likely" if own and visits.rate else "possible",
        how_sure=_how_sure(visits, own=own),
        settle=(
            "More sales reported by the shop: the range of the second step is the wider one."
            if own
            else "Sales reported by your shop, or typed in: then your own rate stands in the place of the guess."
        ),
        evidence={
            "of": when,
            "posts": len(found),
            "visits_per_view": _numbers(visits),
            "sales_per_visit": {**(_numbers(sales) or {}), "own": own, "source": source},
            "visits_per_sale": _numbers(sales.takes),
            "views_per_sale": _numbers(views),
        },
        picture=Picture(
            kind="bars",
            title="One sale takes",
            unit="for one sale",
            points=(
                Point(label="Sales", text="1 sale", value=1.0),
                _point("Visits" if own else "Visits (a guess)", "visit", sales.takes),
                *([_point("Views", "view", views)] if views else []),
            ),
        ),
    )


def _sales(data: Data) -> tuple[Share, str]:
    """Sales per visit, and where from: those reported of links' visitors, or all that the shop says, or a guess."""
    reported = [Sample(post.conversions, post.human) for post in data.outcomes if post.human or post.conversions]
    for source, found in (("reported", reported), ("shop", data.orders)):
        share = _share(found) if any(each.count for each in found) else None
        if share is not None:
            return share, source
    return Share(GUESS, GUESS_LOW, GUESS_HIGH), "guess"


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


def _answer(visits: Share | None, sales: Share, views: Takes | None, *, own: bool, monthly: int) -> str:
    guess = "" if own else f" (a guess: {wording.measure(GUESS * 100, 'sale')} per 100 visits)"
    if visits is None or views is None:
        return f"One sale takes {sales.takes.words('visit')}{guess}. How many views that is cannot be said: note the views."
    per = "no visit yet" if visits.rate is None else f"{wording.measure(visits.rate * 1000, 'visit')} per 1,000 views"
    told = f"One sale takes {sales.takes.words('visit')}{guess}, or {views.words('view')}: you have {per}."
    if views.number is None:
        return f"{told} The first thing to change is that anybody comes at all."
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


def _how_sure(visits: Share | None, *, own: bool) -> str:
    if visits is None:
        return "Without views only the second step can be told."
    if own and visits.rate:
        return "Likely: both steps are your own numbers; the ranges say how much luck is in them."
    return "Possible: the sales per visit are a guess." if not own else "Possible: nobody has come yet."


def _over(value: float | None) -> float | None:
    return 1 / value if value else None


def _numbers(found: Share | Takes | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"value": found.rate if isinstance(found, Share) else found.number, "low": found.low, "high": found.high}


def _point(label: str, noun: str, found: Takes) -> Point:
    return Point(label=label, text=found.words(noun), value=found.number, low=found.low, high=found.high)
