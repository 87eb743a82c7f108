"""What it takes: how many visits, and how many views, one sale stands for, and what doubling each step would buy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shortlinks import times
from shortlinks.funnels import outcomes
from shortlinks.funnels.outcomes import Outcome
from shortlinks.insights import chain as steps
from shortlinks.insights import insight, sales, ways
from shortlinks.insights.insight import Data, Insight, Picture, Point
from shortlinks.insights.sales import Sales, Share, Takes
from shortlinks.statistics.stats import Sample
from shortlinks.words import wording
from shortlinks.words.language import N_, _, ngettext

QUESTION = N_("What does one sale take?")


@dataclass(frozen=True, slots=True)
class _Chain:
    """From views to a sale on one way: of its newest posts `visits` per view, None without views, and its own `sales`.

    `views` is how many of them a sale takes; `lately` are the posts of the last 28 days.
    """

    name: str
    posts: Sequence[Outcome]
    clicks: int
    visits: Share | None
    sales: Sales
    lately: Sequence[Outcome]

    @property
    def views(self) -> Takes | None:
        return _both(self.visits, self.sales.share) if self.visits else None

    @property
    def known(self) -> bool:
        """Whether both steps are the creator's own numbers, and more than an upper bound."""
        return bool(self.sales.own and self.sales.share.rate and self.visits and self.visits.rate)


def answer(data: Data, *, now: int) -> Insight:
    """Visits per view of the last 28 days times sales per visit of all time, or a guess of those; each way by itself.

    Told is the way with the most clicks, which knows the most.
    """
    found, when = insight.recent(filter(outcomes.clickable, data.outcomes), now)
    chains = _chains(data, found, now)
    told = chains[0]
    first, *others = map(_evidence, chains)
    left_out = insight.left_out(data.outcomes, told.posts, when, now) if told.visits else ""
    return Insight(
        code="takes",
        question=_(QUESTION),
        answer=" ".join(filter(None, (_answer(data, told), left_out))),
        sure="cannot_tell_yet" if told.visits is None else "likely" if told.known else "possible",
        how_sure=_how_sure(told),
        settle=_settle(told),
        evidence={"of": when, **first, "others": others},
        picture=Picture(
            kind="bars",
            title=_("One sale takes"),
            unit=_("for one sale"),
            points=(
                Point(label=_("Sales"), text=wording.plural(1, "sale"), value=1.0),
                *(point for chain in chains[: ways.SHOWN] for point in _points(chain)),
            ),
        ),
    )


def _chains(data: Data, found: Sequence[Outcome], now: int) -> list[_Chain]:
    """A chain for each way with views in `found`, the most clicks first; where there is none, what is known without."""
    reporting = any(post.conversions for post in data.outcomes)
    recent = {post.post_id for post in found}
    chains = [
        _chain(group, [post for post in group.posts if post.post_id in recent], data.orders, now, reporting=reporting)
        for group in ways.of(filter(outcomes.clickable, data.outcomes), data.handles)
    ]
    seen = sorted((chain for chain in chains if chain.visits), key=lambda chain: -chain.clicks)
    return seen or chains[:1] or [_Chain("", (), 0, None, sales.of((), data.orders, reporting=reporting), ())]


def _chain(
    group: ways.Group, recent: Sequence[Outcome], orders: Sequence[Sample], now: int, *, reporting: bool
) -> _Chain:
    return _Chain(
        name=group.name,
        posts=recent,
        clicks=ways.sums(recent).count,
        visits=sales.share_of(insight.samples(recent)),
        sales=sales.of(group.posts, orders, reporting=reporting),
        lately=[post for post in recent if now - times.FOUR_WEEKS <= post.published_at],
    )


def _both(first: Share, second: Share) -> Takes:
    """How many it takes through both steps."""
    joint = steps.through([steps.Part(each.rate or 0.0, each.low, each.high) for each in (first, second)])
    return Share(joint.rate or None, joint.low, joint.high).takes


def _answer(data: Data, told: _Chain) -> str:
    visits = f"{told.sales.share.takes.words('visit')}{told.sales.note}"
    if told.name:
        takes = _("{group}: one sale takes {visits}", group=told.name, visits=visits)
    else:
        takes = _("One sale takes {visits}", visits=visits)
    if insight.out_of_reach(data.outcomes):
        nobody = _(insight.NO_WAY)
        return f"{takes}. {nobody}"
    if told.visits is None or told.views is None:
        unknown = _("How many views that is cannot be said: note the views.")
        return f"{takes}. {unknown}"
    have = _per_views(told.visits)
    said = _("{takes}, or {views}: you have {have}.", takes=takes, views=told.views.words("view"), have=have)
    if told.visits.rate is None:
        first = _("The first thing to change is that anybody comes at all.")
        return f"{said} {first}"
    if told.views.number is None:
        buying = _("People come; how many of them buy, only a first order will tell.")
        return f"{said} {buying}"
    buys = _(
        "Twice the visits per view, or twice the sales per visit, would each bring that down to about {half} views; "
        "twice the views would leave it as it is and bring sales twice as often.",
        half=wording.rough(told.views.number / 2),
    )
    return " ".join(filter(None, (said, _pace(told.lately, told.views.number), buys)))


def _pace(lately: Sequence[Outcome], takes: float) -> str:
    """What the estimate makes of the last 28 days beside what was reported then; "" without views."""
    views = ways.sums(lately).base
    if not views:
        return ""
    return ngettext(
        "In 28 days {posts} had {views}: by this estimate about {sales}, and {count} was reported.",
        "In 28 days {posts} had {views}: by this estimate about {sales}, and {count} were reported.",
        sum(post.conversions for post in lately),
        posts=wording.plural(len(lately), "post"),
        views=wording.plural(views, "view"),
        sales=wording.measure(views / takes, "sale"),
    )


def _per_views(visits: Share) -> str:
    """`1.8 visits per 1,000 views, very likely between 0.8 and 4`."""
    high = wording.decimal(visits.high * 1000)
    if visits.rate is None:
        return _("no visit yet, very likely fewer than {high} per {base} views", high=high, base=1_000)
    rate, low = wording.measure(visits.rate * 1000, "visit"), wording.decimal(visits.low * 1000)
    return _(
        "{visits} per {base} views, very likely between {low} and {high}", visits=rate, base=1_000, low=low, high=high
    )


def _how_sure(told: _Chain) -> str:
    if told.visits is None:
        return _("Without clicks on views only the second step can be told.")
    if told.known:
        return _("Likely: both steps are your own numbers; the ranges say how much luck is in them.")
    if not told.sales.own:
        return _("Possible: the sales per visit are a guess.")
    return _("Possible: nobody has come yet.") if told.visits.rate is None else _("Possible: nobody has bought yet.")


def _settle(told: _Chain) -> str:
    if not told.sales.own:
        return _("Sales reported by your shop, or typed in: then your own rate stands in the place of the guess.")
    if told.visits and told.visits.width > told.sales.share.width:
        return _("More posts with their views noted: the range of the first step is the wider one.")
    return _("More sales reported by the shop: the range of the second step is the wider one.")


def _evidence(chain: _Chain) -> dict[str, Any]:
    bought = chain.sales
    return {
        "group": chain.name,
        "posts": len(chain.posts),
        "visits_per_view": _numbers(chain.visits),
        "sales_per_visit": {**(_numbers(bought.share) or {}), "own": bought.own, "source": bought.source},
        "visits_per_sale": _numbers(bought.share.takes),
        "views_per_sale": _numbers(chain.views),
    }


def _numbers(found: Share | Takes | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"value": found.rate if isinstance(found, Share) else found.number, "low": found.low, "high": found.high}


_LABELS = {"reported": N_("Visits"), "shop": N_("Visits (whole shop)"), "guess": N_("Visits (a guess)")}


def _points(chain: _Chain) -> Iterator[Point]:
    yield _point(_(_LABELS[chain.sales.source]), "visit", chain.sales.share.takes, chain.name)
    if chain.views:
        yield _point(_("Views"), "view", chain.views, chain.name)


def _point(label: str, noun: str, found: Takes, group: str) -> Point:
    return Point(label=label, text=found.words(noun), value=found.number, low=found.low, high=found.high, group=group)
