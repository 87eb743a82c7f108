"""The finding on clicks that never arrived at the target page. Pure.

Few get lost, so the lost are counted and not those who arrive: of a rare event a Poisson range holds well.
"""

from typing import NamedTuple

from shortlinks.findings.cases import Case
from shortlinks.findings.finding import Finding
from shortlinks.funnels import expectation, outcomes
from shortlinks.rollups.tally import UNKNOWN
from shortlinks.statistics import comparing, spread
from shortlinks.statistics.stats import Sample
from shortlinks.words import wording
from shortlinks.words.language import _

CLEARLY = (1 - expectation.CLEAR) / 2
"""How seldom so many get lost by chance where clearly more than usual do: once in a hundred times."""
SURE = 0.01
"""An app is told where chance alone parts it so far from the others less often, divided by how many there are."""


class _App(NamedTuple):
    name: str
    clicks: int
    arrived: int
    other_clicks: int
    other_arrived: int


def lost_on_the_way(case: Case) -> Finding | None:
    """Clearly more clicks than usual never arrived, or of those in one app clearly more than of all others."""
    own = case.own.lost
    if own is None or own.count < outcomes.FEWEST_LOST:
        return None
    usual = [lost for other in case.others if (lost := other.lost)]
    chance = spread.at_least(usual, own.count, own.base)
    app = _worst(case)
    if app is None and (chance is None or chance >= CLEARLY):
        return None
    found = spread.expected(usual, own.base, expectation.LEVEL)
    clicks, arrived = case.own.measured, case.own.arrived
    low, high = (None, None) if found is None else (max(0, clicks - found.high), clicks - found.low)
    return Finding(
        code="lost_on_the_way",
        severity="medium",
        title=_title(clicks, arrived, app, low, high),
        evidence={
            "clicks": clicks,
            "arrived": arrived,
            "usual_low": low,
            "usual_high": high,
            "level": expectation.LEVEL,
            "app": None if app is None else app.name,
            "apps": [{"app": name, "clicks": made, "arrived": there} for name, made, there in case.arrived_in],
        },
        next_step=_next(app),
        confidence="likely",
    )


def _title(clicks: int, arrived: int, app: _App | None, low: int | None, high: int | None) -> str:
    if app is not None:
        return _(
            "Inside {app} clicks get lost: {arrived} of {clicks} arrived at your page, of all others {others}",
            app=app.name,
            arrived=app.arrived,
            clicks=app.clicks,
            others=_("{part} of {whole}", part=app.other_arrived, whole=app.other_clicks),
        )
    return _(
        "{arrived} of {clicks} arrived at your page, clearly fewer than your usual {usual}",
        arrived=arrived,
        clicks=wording.plural(clicks, "click"),
        usual=wording.span(low or 0, high or 0, "arrival"),
    )


def _next(app: _App | None) -> str:
    if app is not None:
        return _(
            "Open the link inside {app} yourself: a page that is slow to begin, a banner that covers it, or a redirect that "
            "the app’s own browser does not follow loses people there. Where it cannot be mended, ask people to open the "
            "link in their browser.",
            app=app.name,
        )
    return _(
        "Open the link on a phone without Wi-Fi: a page that is slow to begin, or one redirect after another, loses people, "
        "and some redirects lose the click’s id. If all is well, see whether the code for arrivals is still on that page."
    )


def _worst(case: Case) -> _App | None:
    """The app in which clearly the most get lost, against all others together."""
    clicks, arrived = sum(made for _name, made, _there in case.arrived_in), sum(row[2] for row in case.arrived_in)
    found = []
    for name, made, there in case.arrived_in:
        lost = Sample(made - there, made)
        rest = Sample(clicks - arrived - lost.count, clicks - made)
        if name == UNKNOWN or lost.count < outcomes.FEWEST_LOST or not rest.base:
            continue
        if lost.count * rest.base <= rest.count * lost.base:
            continue
        p = comparing.compare(lost, rest).p
        if p < SURE / len(case.arrived_in):
            found.append((p, _App(name, made, there, rest.base, rest.base - rest.count)))
    return min(found)[1] if found else None
