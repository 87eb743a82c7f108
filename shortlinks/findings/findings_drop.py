"""Findings on a step that lost more than it usually does for this creator. Pure.

What is usual is a range from the creator's own other posts on the same way (see `expectation`); a step is only told when
it lies clearly below it, whichever end of the bio clicks is taken. Nobody else's average is used.
"""

from collections.abc import Callable
from dataclasses import replace
from statistics import median

from shortlinks import times
from shortlinks.findings import findings_links
from shortlinks.findings.cases import Case
from shortlinks.findings.finding import Finding
from shortlinks.funnels import expectation, outcomes
from shortlinks.funnels.outcomes import Reading
from shortlinks.placements import placements
from shortlinks.statistics import spread
from shortlinks.statistics.stats import Sample
from shortlinks.words import wording
from shortlinks.words.language import _

STRANGERS = 60
"""From this many in a hundred viewers on who do not follow, a post was shown mostly to strangers."""
FEWEST_SALES = 3
"""Below, the shop's own rate is a guess."""
BUYING = times.DAY
"""A rule of thumb of ours: the sales of a younger post, which come after its clicks, are held against no others of all time."""
NO_SALE = 0.05
"""No sale is told where chance alone does it less often."""
CLEARLY = (1 - expectation.CLEAR) / 2
"""How seldom as few as that come by chance where they are clearly fewer than usual: once in a hundred times."""
_FEWEST_VISITS = 5


def shown_to_strangers(case: Case) -> Finding | None:
    """Fewer clicks than usual, and most who watched do not follow."""
    own, expected = case.own.settled, case.expected
    if own is None or expected.verdict != "fewer" or expected.range is None:
        return None
    typed = case.non_followers
    usual = median([reading.views for reading in _usual(case)] or [own.views])
    wider = own.views >= 2 * usual
    people = own.counts.get("reach", own.views)
    followers = case.account.most_followers if case.account else None
    # Views count those who watch again, so followers are taken to do it once each.
    most = None if followers is None else min(1.0, followers * (1 if "reach" in own.counts else 2) / max(people, 1))
    if typed is not None:
        if typed < STRANGERS:
            return None
        title = _(
            "Shown mostly to strangers: {share} of those who watched do not follow you",
            share=wording.percent(typed / 100),
        )
    elif followers is not None and most is not None and wider and 100 * (1 - most) >= STRANGERS:
        title = _few_followers(followers, wording.plural(people, "viewer"))
    else:
        return None
    usual_clicks = wording.span(expected.range.low, expected.range.high, "click")
    return Finding(
        code="shown_to_strangers",
        severity="medium",
        title=title,
        evidence={
            "clicks": own.sample.count,
            "usual_low": expected.range.low,
            "usual_high": expected.range.high,
            "views": own.views,
            "usual_views": float(usual),
            "non_followers_percent": typed,
            "followers_at_most": followers,
        },
        next_step=_(
            "So many views usually bring you {clicks}. People who see you for the first time follow before they buy: ask "
            "them to follow, say in one sentence what you sell, and judge the post by new followers as well.",
            clicks=usual_clicks,
        ),
        confidence="likely" if wider else "possible",
    )


def likes_without_clicks(case: Case) -> Finding | None:
    """It was liked as much as usual, and far fewer of those came than usual."""
    return _kept_back(
        case,
        "likes",
        _(
            "A like costs nothing and may be meant as support. Tell people what else helps: say in the post what you sell, "
            "for whom, and where the link is."
        ),
    )


def saves_without_clicks(case: Case) -> Finding | None:
    """It was saved as much as usual, and far fewer of those came than usual."""
    return _kept_back(
        case,
        "saves",
        _(
            "Who saves a post means to come back. Give a reason to come now, such as a last day or a last piece, and remind "
            "them some days later."
        ),
    )


def profile_visits_without_taps(case: Case) -> Finding | None:
    """People went to the profile and did not tap there: no link hung there, or far fewer tapped it than usual."""
    visits = case.noted("profile_visits")
    if visits is None or visits[0] - visits[1] < _FEWEST_VISITS:
        return None
    if not _tappable(case):
        if findings_links.no_link(case) or findings_links.withheld(case.platform, case.account):
            return None  # no_link, no_tappable_spot or dead_placement says it
        return Finding(
            code="profile_visits_without_taps",
            severity="high",
            title=_(
                "{profile_visits}, and no link of this post to tap",
                profile_visits=wording.plural(visits[0], "profile visit"),
            ),
            evidence={"profile_visits": visits[0], "links_there": 0},
            next_step=_(
                "Who looks at your profile looks for a link: let the {spot} lead to what this post is about while it is "
                "being watched.",
                spot=wording.small(placements.of_profile(case.platform).label),
            ),
            confidence="certain",
        )
    below = _clearly_below(case, _taps)
    if below is None:
        return None
    sample, found = below
    return Finding(
        code="profile_visits_without_taps",
        severity="medium",
        title=_(
            "{profile_visits} brought {clicks} on the link there, clearly fewer than your usual {usual}",
            profile_visits=_base(sample, "profile visit"),
            clicks=wording.plural(sample.count, "click"),
            usual=_span(found, "click"),
        ),
        evidence=_evidence(sample, found, "clicks", "profile_visits"),
        next_step=_(
            "Look at your profile as a stranger does: does its text name the thing from the post, and is the link the first "
            "of the list?"
        ),
        confidence="likely",
    )


def clicks_without_conversions(case: Case) -> Finding | None:
    """So many clicks without a sale that at the shop's own rate chance alone hardly explains it."""
    if case.conversions or not case.clicks or case.as_of - case.published_at < BUYING or findings_links.untold(case):
        return None
    usual = [Sample(other.conversions, other.human) for other in case.others if other.human]
    sales = sum(sample.count for sample in usual)
    if sales < FEWEST_SALES:
        return None
    chance = spread.at_most(usual, 0, case.clicks)
    if chance is None or chance >= NO_SALE:
        return None
    found = spread.expected(usual, case.clicks, expectation.LEVEL)
    if found is None:
        return None
    return Finding(
        code="clicks_without_conversions",
        severity="high",
        title=_(
            "{clicks} and no sale, where your other posts let expect {sales}",
            clicks=wording.plural(case.clicks, "click"),
            sales=wording.span(found.low, found.high, "sale"),
        ),
        evidence={
            "clicks": case.clicks,
            "conversions": 0,
            "usual_low": found.low,
            "usual_high": found.high,
            "level": found.level,
            "chance_of_none": chance,
            "other_clicks": sum(sample.base for sample in usual),
            "other_conversions": sales,
            "posts": found.posts,
        },
        next_step=_(
            "Follow the link on a phone to the very end: does it lead to the thing from the post, is it in stock, and does "
            "the shop still report its sales here?"
        ),
        confidence="likely",
    )


_Step = Callable[[Reading], Sample | None]


def _kept_back(case: Case, what: str, next_step: str) -> Finding | None:
    """Clicks per `what` clearly below the usual, while `what` per view is usual or above."""
    below = _clearly_below(case, lambda reading: reading.step(what, "clicks"))
    if below is None or case.viewers is None or case.expected.barred or shown_to_strangers(case):
        return None  # strangers click less whatever they like or save
    if not _as_usual(case, lambda reading: reading.step("views", what)):
        return None
    sample, found = below
    return Finding(
        code=f"{what}_without_clicks",
        severity="medium",
        title=_(
            "{clicks} beside {kept}, clearly fewer than your usual {usual}",
            clicks=wording.plural(sample.count, "click"),
            kept=_base(sample, what.removesuffix("s")),
            usual=_span(found, "click"),
        ),
        evidence=_evidence(sample, found, "clicks", what),
        next_step=next_step,
        confidence="likely",
    )


def _clearly_below(case: Case, step: _Step) -> tuple[Sample, spread.Range] | None:
    """The post's sample and the usual range, where it is clearly below that even with all clicks that may be its own."""
    own = case.own.settled
    sample = own and step(own)
    if not sample:
        return None
    usual = [one for reading in _usual(case) if (one := step(reading))]
    most = sample.count + sample.count_off + case.own.elsewhere
    chance = spread.at_most(usual, most, sample.base, sample.base_off)
    if chance is None or chance >= CLEARLY:
        return None
    found = spread.expected(usual, sample.base, expectation.LEVEL, sample.base_off)
    return (sample, found) if found else None


def _as_usual(case: Case, step: _Step) -> bool:
    """Whether the rate is known to be within the creator's usual range or above it."""
    own = case.own.settled
    sample = own and step(own)
    usual = [one for reading in _usual(case) if (one := step(reading))]
    if not sample:
        return False
    chance = spread.at_most(usual, sample.count + sample.count_off, sample.base, sample.base_off)
    return chance is not None and chance >= (1 - expectation.LEVEL) / 2


def _few_followers(most: int, viewers: str) -> str:
    if not most:
        return _("Shown mostly to strangers: none of those {viewers} can be followers", viewers=viewers)
    return _(
        "Shown mostly to strangers: at most {followers} of those {viewers} can be followers",
        followers=most,
        viewers=viewers,
    )


def _usual(case: Case) -> list[Reading]:
    return [reading for other in case.others if (reading := other.settled)]


def _taps(reading: Reading) -> Sample | None:
    """The clicks through the profile, per visit to it."""
    visits = reading.step("profile_visits", "clicks")
    spots = {spot: placements.by_id(spot).audience for spot in reading.clicks if spot}
    taps = sum(reading.clicks[spot] for spot, who in spots.items() if who == "profile")
    return visits and replace(visits, count=taps)


def _tappable(case: Case) -> bool:
    """Whether a link that can be tapped ever hung in the profile, or before the post's own viewers."""
    return any(hung.placement.clickable and outcomes.before_viewers(hung.placement.id) for hung in case.links)


def _base(sample: Sample, noun: str) -> str:
    return wording.plural(sample.base, noun)


def _span(found: spread.Range, noun: str) -> str:
    return wording.span(found.low, found.high, noun)


def _evidence(sample: Sample, found: spread.Range, above: str, below: str) -> dict[str, int | float]:
    return {
        above: sample.count,
        below: sample.base,
        "usual_low": found.low,
        "usual_high": found.high,
        "level": found.level,
        "posts": found.posts,
    }
