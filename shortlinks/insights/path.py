"""Where does it drop off? The path of all posts of a profile together, with what is not measured left open."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shortlinks.funnels import outcomes, path_words
from shortlinks.funnels.funnel import Rate
from shortlinks.funnels.outcomes import Outcome, Reading
from shortlinks.insights import chain, insight
from shortlinks.insights.insight import Data, Insight, Picture, Point
from shortlinks.placements import placements
from shortlinks.statistics.stats import Estimate, Sample
from shortlinks.words import wording
from shortlinks.words.language import N_, _

QUESTION = N_("Where does it drop off?")

_OF_WEEKS = {
    ("views", "profile_visits"): "profile_visits_per_view",
    ("profile_visits", "link_taps"): "link_taps_per_profile_visit",
    ("profile_visits", "clicks"): "bio_clicks_per_profile_visit",
}
"""What a profile's weeks know where no post knows it: many apps show visits only of the whole profile."""
_OF_PROFILES = ("profile_visits", "link_taps")
_DRAWN = 1_000
"""Of so many views it is drawn how many got how far."""

Way = tuple[str, bool, bool]
"""The profile, whether it is a story, and whether all links hang in the profile."""


@dataclass(frozen=True, slots=True)
class Step:
    """How many of `above` got to `below`, over the `known` posts (or weeks) for which both are known.

    `estimate` is None where there are none, as for conversions while the shop has reported none of any post; `weekly` says
    that they are weeks of the whole profile.
    """

    above: str
    below: str
    known: int
    count: int
    base: int
    estimate: Estimate | None
    weekly: bool


@dataclass(frozen=True, slots=True)
class Route:
    """The steps of the posts that share a way, from views on; `gaps` are those in between that nobody noted."""

    way: Way
    name: str
    platform: str
    posts: int
    views: int
    steps: tuple[Step, ...]
    gaps: Mapping[str, str]

    @property
    def weakest(self) -> Step | None:
        """The measured step that keeps the fewest of those who reach it."""
        known = [step for step in self.steps if step.estimate and (step.count or step.below != "conversions")]
        return min(known, key=lambda step: step.estimate.rate if step.estimate else 1.0, default=None)


def answer(data: Data, *, now: int) -> Insight:
    """The paths of the profiles, the one with the most views first."""
    found, when = insight.recent(filter(outcomes.clickable, data.outcomes), now)
    ways = insight.grouped(found, _way)
    routes = sorted(
        (_route(data, way, posts) for way, posts in ways.items()), key=lambda route: (-route.views, route.name)
    )
    evidence = {"posts": len(found), "of": when, "paths": [_evidence(route) for route in routes]}
    told = routes[0] if routes else None
    return Insight(
        code="path",
        question=_(QUESTION),
        answer=f"{_answer(told, when)} {insight.left_out(data.outcomes, ways[told.way], when, now)}".rstrip()
        if told
        else _nothing(data),
        sure="cannot_tell_yet" if not told else "likely" if _apart(told) else "possible",
        how_sure=_how_sure(told),
        settle=_(insight.HANG_ONE) if insight.out_of_reach(data.outcomes) else _settle(told),
        evidence=evidence,
        picture=Picture(
            kind="bars",
            title=_("Of {number} views", number=_DRAWN),
            unit=_("of {number} views", number=_DRAWN),
            points=tuple(p for r in routes[:4] for p in _points(r)),
        ),
    )


def _way(outcome: Outcome) -> Way:
    spots = [placements.by_id(spot) for spot in outcomes.way(outcome)[2] if spot]
    return outcome.profile_id, outcome.kind == "story", all(spot.audience == "profile" for spot in spots)


def _route(data: Data, way: Way, posts: Sequence[Outcome]) -> Route:
    profile_id, story, through_profile = way
    reporting = any(post.conversions for post in data.outcomes)
    platform = posts[0].platform
    readings = [reading for post in posts if (reading := post.settled)]
    names = [name for name in _OF_PROFILES if through_profile or name == "link_taps"]
    weeks = data.weeks.get(profile_id, ()) if through_profile and not story else ()
    noted = [name for name in names if any(name in reading.counts for reading in readings)]
    if "profile_visits" not in noted and any(rate.name == "profile_visits_per_view" for rate in weeks):
        noted.insert(0, "profile_visits")
    order = ["views", *noted, "clicks", "conversions"]
    # A story's own link has no number of its own in the app, only one of the whole profile.
    shown = {} if story else {name: where for name in names if (where := _where(platform, name))}
    gaps = {name: where for name, where in shown.items() if name not in noted}
    return Route(
        way=way,
        name=_name(data.profile(profile_id), story=story, through_profile=through_profile),
        platform=platform,
        posts=len(posts),
        views=sum(reading.views for reading in readings),
        steps=tuple(
            _step(readings if reporting or below != "conversions" else (), weeks, above, below)
            for above, below in itertools.pairwise(order)
        ),
        gaps=gaps,
    )


def _name(profile: str, *, story: bool, through_profile: bool) -> str:
    if story:
        return _("{profile}, stories", profile=profile)
    if through_profile:
        return _("{profile}, posts", profile=profile)
    return _("{profile}, posts with links of their own", profile=profile)


def _where(platform: str, name: str) -> str | None:
    return placements.where(platform, name) or placements.where_of_profile(platform, name)


def _step(readings: Sequence[Reading], weeks: Sequence[Rate], above: str, below: str) -> Step:
    both = [sample for reading in readings if (sample := reading.step(above, below))]
    weekly = not both
    if weekly:
        name = _OF_WEEKS.get((above, below))
        both = [Sample(rate.numerator, rate.denominator) for rate in weeks if rate.name == name]
    estimate = insight.pooled(both)
    return Step(above, below, len(both), sum(s.count for s in both), sum(s.base for s in both), estimate, weekly)


def _answer(route: Route, when: str) -> str:
    weakest = route.weakest
    start = _("{posts} of {when}.", posts=wording.plural(route.posts, "post"), when=_(when))
    if weakest is None or weakest.estimate is None:
        nobody = _("{path}: no views yet, so nothing can get lost.", path=route.name)
        return f"{start} {nobody}"
    told = _(
        "{base} brought {reached}, {often}",
        base=wording.plural(weakest.base, path_words.noun(weakest.above)),
        reached=wording.plural(weakest.count, path_words.noun(weakest.below)),
        often=wording.one_in(weakest.estimate),
    )
    lost = f"{route.name}: {told}."
    # Of a single step nobody knows whether it keeps fewer than others.
    if _others(route):
        lost = _(
            "{path}: the step from {above} to {below} keeps the fewest of those who reach it: {told}.",
            path=route.name,
            above=_(path_words.NAMES[weakest.above]),
            below=_(path_words.NAMES[weakest.below]),
            told=told,
        )
    unseen = ""
    if within := [name for name in route.gaps if _within(name, weakest)]:
        missing = wording.listed([_(path_words.NAMES[name]) for name in within])
        unseen = _("Where exactly in between cannot be seen: the {numbers} are not noted.", numbers=missing)
    return f"{start} {lost} {unseen}".rstrip()


def _nothing(data: Data) -> str:
    if not data.outcomes:
        return _("There are no posts yet. Make one with a link, and note its views a day later.")
    if insight.out_of_reach(data.outcomes):
        return _(insight.NO_WAY)
    return _(
        "The views are missing: note those of each post a day or more after it is out, and the path shows where "
        "people get lost."
    )


def _apart(route: Route) -> bool:
    """Whether the weakest step is so beyond luck: its whole range lies below those of the others, of which there are some."""
    weakest, others = route.weakest, _others(route)
    return bool(weakest and weakest.estimate and others and all(weakest.estimate.high < each.low for each in others))


def _others(route: Route) -> list[Estimate]:
    """The steps that people got through, but for the weakest."""
    return [step.estimate for step in route.steps if step.estimate and step is not route.weakest and step.count]


def _how_sure(route: Route | None) -> str:
    if route is None:
        return _("There are no views yet of people who can tap or type a link.")
    if _apart(route):
        return _("Likely: the ranges of the other steps lie clearly above this one’s.")
    if not _others(route):
        return _("Possible: no other step has numbers to hold this one against.")
    return _("Possible: the ranges of the steps overlap, so another one may be the weakest.")


def _settle(route: Route | None) -> str:
    if route is None:
        return _("The views of some posts, noted a day or more after they are out.")
    if route.gaps:
        return _("Note next: {numbers}.", numbers=wording.either(list(route.gaps.values())))
    if not route.steps[-1].count:
        return _("A conversion reported by the shop: then the last step shows, too.")
    return _("More posts with all their numbers: the ranges get narrower with every one.")


def _points(route: Route) -> Iterator[Point]:
    yield Point(label=_label("views"), text=wording.plural(route.views, "view"), value=1000.0, group=route.name)
    parts: list[chain.Part] = []
    for step in route.steps:
        yield from (_gap(route, name) for name in route.gaps if _within(name, step))
        label = _label(step.below)
        if step.estimate is None:
            text = _("none reported yet") if step.below == "conversions" else _("not known yet")
            yield Point(label=label, text=text, group=route.name)
            continue
        parts.append(chain.Part(step.estimate.rate, step.estimate.low, step.estimate.high))
        share, low, high = (1000 * each for each in chain.through(parts))
        yield Point(label=label, text=_through(route, step), value=share, low=low, high=high, group=route.name)


def _label(name: str) -> str:
    return wording.capital(_(path_words.NAMES[name]))


def _through(route: Route, step: Step) -> str:
    """How many got through a step, and of how many posts or weeks that is known: `9 of 800 views, known for 3 of 7 posts`."""
    told = _("{count} of {base}", count=step.count, base=wording.plural(step.base, path_words.noun(step.above)))
    if step.weekly:
        return _("{told}, in {weeks} of the profile", told=told, weeks=wording.plural(step.known, "week"))
    if step.known != route.posts:
        posts = wording.plural(route.posts, "post")
        return _("{told}, known for {known} of {posts}", told=told, known=step.known, posts=posts)
    return told


def _within(gap: str, step: Step) -> bool:
    """Whether what nobody noted lies within a step."""
    order = ("views", *_OF_PROFILES, "clicks", "conversions")
    return order.index(step.above) < order.index(gap) < order.index(step.below)


def _gap(route: Route, name: str) -> Point:
    return Point(label=_label(name), text=_("not noted. {where}", where=route.gaps[name]), group=route.name)


def _evidence(route: Route) -> dict[str, Any]:
    return {
        "path": route.name,
        "posts": route.posts,
        "views": route.views,
        "steps": [
            {
                "from": step.above,
                "to": step.below,
                "weeks" if step.weekly else "posts": step.known,
                "base": step.base,
                "count": step.count,
                **insight.numbers(step.estimate),
            }
            for step in route.steps
        ],
        "not_measured": dict(route.gaps),
    }
