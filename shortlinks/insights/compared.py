"""Posts side by side: each one's clicks per view, and of each pair whether one is really higher. Pure.

Decided by the data, never by a floor of clicks. Where many are compared, the p-values are adjusted so that of all the
differences that are told no more than one in twenty is luck.
"""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shortlinks.funnels import outcomes
from shortlinks.funnels.outcomes import Outcome
from shortlinks.placements import placements
from shortlinks.statistics import comparing, spread, stats
from shortlinks.statistics.comparing import Comparison
from shortlinks.words import wording
from shortlinks.words.language import _, ngettext

_NOTHING = stats.Sample(0, 0)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the posts. `sample` is None without noted views or a link in its viewers' reach, `estimate` without a view.

    `shrunk` is its rate drawn towards that of all on its way (see outcomes.way), by which `rank` (1 is best) is told among
    them: one click of 20 views does not win. Both are None with more clicks than views. `best`: it alone has rank 1 among
    several, with clicks.
    """

    outcome: Outcome
    sample: stats.Sample | None
    estimate: stats.Estimate | None
    shrunk: float | None
    rank: int | None
    best: bool

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API."""
        sample, found = self.sample, self.estimate
        return {
            "post_id": self.outcome.post_id,
            "title": self.outcome.title,
            "platform": self.outcome.platform,
            "clicks": sample.count if sample else self.outcome.human,
            "views": sample and sample.base,
            "rate": found and found.rate,
            "low": found and found.low,
            "high": found and found.high,
            "level": found and found.level,
            "method": found and found.method,
            "shrunk": self.shrunk,
            "rank": self.rank,
            "sentence": self.sentence,
        }

    @property
    def sentence(self) -> str:
        so_far = wording.plural(self.outcome.human, "click")
        if not outcomes.clickable(self.outcome):
            return _("{clicks} so far; it has no link that its viewers can tap or type.", clicks=so_far)
        if self.sample is None or self.estimate is None:
            if self.outcome.latest:
                return _("{clicks} so far; its views are noted as 0.", clicks=so_far)
            return _("{clicks} so far; its views are not noted yet.", clicks=so_far)
        return _(
            "{clicks} from {views}: {often}.",
            clicks=wording.plural(self.sample.count, "click"),
            views=wording.plural(self.sample.base, "view"),
            often=wording.one_in(self.estimate),
        )


@dataclass(frozen=True, slots=True)
class Pair:
    """Two of the posts, and how much higher the rate of `a` is than that of `b`; `siblings`: the same thing elsewhere.

    The verdict is by the adjusted p-value; `p` is the pair's own. `alike` says whether the links hang in the same places;
    if not, the difference may be the place's. `shared`: there is no verdict because clicks on a shared bio link may be
    another post's.
    """

    a: Outcome
    b: Outcome
    siblings: bool
    alike: bool
    found: Comparison
    p: float
    shared: bool

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API."""
        found = self.found
        return {
            "a": self.a.post_id,
            "b": self.b.post_id,
            "siblings": self.siblings,
            "alike": self.alike,
            "ratio": found.ratio,
            "low": found.low,
            "high": found.high,
            "p": self.p,
            "p_adjusted": found.p,
            "verdict": found.verdict,
            "views_needed": found.views_needed,
            "sentence": self.sentence,
        }

    @property
    def sentence(self) -> str:
        """Who brings more clicks per view, or how many more views it takes to tell."""
        (a, b), found = self._titles, self.found
        if found.verdict == "cannot_tell_yet":
            return self._untold(a, b)
        more, less = (a, b) if found.verdict == "higher" else (b, a)
        if found.ratio:
            times = wording.times_as(max(found.ratio, 1 / found.ratio))
            much = _("{more} brings {times} many clicks per view as {less}.", more=more, times=times, less=less)
        else:
            much = _("{more} brings more clicks per view than {less}.", more=more, less=less)
        place = "" if self.alike else _("Their links hang in different places, which alone can make the difference.")
        return " ".join(filter(None, (much, place, self._young)))

    @property
    def _young(self) -> str:
        """Whose numbers are of its first hours only, where it is not so of both."""
        young = [each for each in (self.a, self.b) if not each.settled]
        if len(young) != 1:
            return ""
        return _(
            "The numbers of “{title}” are of its first hours, which bring other people: note its views again.",
            title=young[0].title,
        )

    def _untold(self, a: str, b: str) -> str:
        """That nothing can be told of the two, and what it takes where somebody knows."""
        both = self.a, self.b
        untold = _("{a} or {b}: cannot tell yet which brings more clicks per view", a=a, b=b)
        if hidden := [wording.quoted(each.title) for each in both if not outcomes.clickable(each)]:
            return ngettext(
                "{untold}, because no link of {posts} can be tapped or typed by its viewers.",
                "{untold}, because no link of {posts} can be tapped or typed by their viewers.",
                len(hidden),
                untold=untold,
                posts=wording.listed(hidden),
            )
        if unseen := [wording.quoted(each.title) for each in both if not each.latest]:
            return _("{untold}; note the views of {posts}.", untold=untold, posts=wording.listed(unseen))
        if none := [wording.quoted(each.title) for each in both if each.latest and not each.latest.views]:
            return _("{untold}; the views of {posts} are noted as 0.", untold=untold, posts=wording.listed(none))
        if full := [wording.quoted(each.title) for each in both if each.latest and each.latest.overfull]:
            return ngettext(
                "{untold}, because {posts} has more clicks than views: one of the two numbers is wrong.",
                "{untold}, because {posts} have more clicks than views: one of the two numbers is wrong.",
                len(full),
                untold=untold,
                posts=wording.listed(full),
            )
        if self.shared:
            return _("{untold}, because some clicks may be another post’s: the bio link is shared.", untold=untold)
        if self.found.views_needed is None:
            return f"{untold}."
        return _(
            "{untold}; at this rate it takes about {views} of both posts together.",
            untold=untold,
            views=wording.rough(self.found.views_needed, "more view"),
        )

    @property
    def _titles(self) -> tuple[str, str]:
        """What the two are called; the same thing elsewhere by its platform, too."""
        if self.a.title != self.b.title or self.a.platform == self.b.platform:
            return wording.quoted(self.a.title), wording.quoted(self.b.title)
        a, b = (
            _(
                "{title} on {platform}",
                title=wording.quoted(each.title),
                platform=placements.platform_label(each.platform),
            )
            for each in (self.a, self.b)
        )
        return a, b


@dataclass(frozen=True, slots=True)
class Compared:
    """The posts as they were asked for, and their pairs: siblings first, then the surest."""

    sides: tuple[Side, ...]
    pairs: tuple[Pair, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API."""
        return {
            "posts": [side.to_dict() for side in self.sides],
            "pairs": [pair.to_dict() for pair in self.pairs],
            "sentence": self.sentence,
        }

    @property
    def sentence(self) -> str:
        """All of it in a sentence."""
        told = sum(pair.found.verdict != "cannot_tell_yet" for pair in self.pairs)
        if not any(outcomes.clickable(side.outcome) for side in self.sides):
            return _(
                "No link of these posts can be tapped or typed by their viewers: so their clicks cannot be compared by views."
            )
        if sum(side.estimate is not None for side in self.sides) < 2:
            return _("Note the views of these posts: without them their clicks cannot be compared.")
        if not told:
            return wording.none_stands_out(shared=any(pair.shared for pair in self.pairs))
        if len(self.pairs) == 1:
            return _("The two really differ.")
        return ngettext(
            "{count} of {pairs} really differs.",
            "{count} of {pairs} really differ.",
            told,
            pairs=wording.plural(len(self.pairs), "pair"),
        )


def of(found: Sequence[Outcome]) -> Compared:
    """Compare these posts, by the last reading of each. No verdict rests on one end of what a shared bio link leaves open."""
    samples = [outcome.latest.sample if outcome.latest and outcomes.clickable(outcome) else None for outcome in found]
    # Of more clicks than views one number is wrong, so nothing is held against them.
    trusted = [None if sample and sample.overfull else sample for sample in samples]
    rates = _shrunk(found, trusted)
    sides = tuple(
        _side(outcome, sample, place, rates.get(outcomes.way(outcome), {}))
        for place, (outcome, sample) in enumerate(zip(found, samples, strict=True))
    )
    duos = list(itertools.combinations(zip(found, trusted, strict=True), 2))
    counted = [comparing.compare(one or _NOTHING, two or _NOTHING) for (_, one), (_, two) in duos]
    alone = [_at_both_ends(duo, each) for duo, each in zip(duos, counted, strict=True)]
    results = zip(duos, counted, alone, comparing.together(alone), strict=True)
    pairs = [
        Pair(
            a,
            b,
            b.post_id in a.siblings,
            _same_places(a, b),
            result,
            by_itself.p,
            by_itself.verdict != by_count.verdict,
        )
        for ((a, _), (b, _)), by_count, by_itself, result in results
    ]
    return Compared(sides, tuple(sorted(pairs, key=lambda pair: (not pair.siblings, pair.found.p))))


def _shrunk(found: Sequence[Outcome], samples: Sequence[stats.Sample | None]) -> dict[outcomes.Way, dict[int, float]]:
    """By way, and place in `found`, the rates of those with views, each drawn towards that of all on its own way."""
    ways: defaultdict[outcomes.Way, dict[int, stats.Sample]] = defaultdict(dict)
    for place, (outcome, sample) in enumerate(zip(found, samples, strict=True)):
        if sample and sample.base:
            ways[outcomes.way(outcome)][place] = sample
    return {way: dict(zip(own, spread.shrunk([*own.values()]), strict=True)) for way, own in ways.items()}


def _side(outcome: Outcome, sample: stats.Sample | None, place: int, alike: Mapping[int, float]) -> Side:
    """A post, with the rates `alike` on its way, its own too, by place."""
    rate, rates = alike.get(place), [*alike.values()]
    rank = None if rate is None else 1 + sum(other > rate for other in rates)
    best = rank == 1 and len(rates) > 1 and rates.count(rate or 0.0) == 1 and bool(sample and sample.count)
    return Side(outcome, sample, _estimate(sample), rate, rank, best)


_Known = tuple[Outcome, stats.Sample | None]


def _at_both_ends(duo: tuple[_Known, _Known], counted: Comparison) -> Comparison:
    """What holds whosever the clicks on shared bio links were; `counted` is by the posts that they were recorded for."""
    (a, ours), (b, theirs) = duo
    if ours is None or theirs is None or not (a.ranged or b.ranged):
        return counted
    (our_least, our_most), (their_least, their_most) = a.bounds, b.bounds
    low = comparing.compare(replace(ours, count=our_least), replace(theirs, count=their_most))
    high = comparing.compare(replace(ours, count=our_most), replace(theirs, count=their_least))
    agreed = low.verdict == high.verdict
    return Comparison(
        ratio=counted.ratio,
        low=low.low,
        high=high.high,
        p=max(low.p, counted.p, high.p) if agreed else 1.0,
        verdict=counted.verdict if agreed else "cannot_tell_yet",
        views_needed=counted.views_needed,
    )


def _estimate(sample: stats.Sample | None) -> stats.Estimate | None:
    return stats.rate(sample.count, sample.base, base_off=sample.base_off) if sample and sample.base else None


def _same_places(a: Outcome, b: Outcome) -> bool:
    """The same spots ("bio_link"), also on different platforms; and both stories or neither."""
    one, two = outcomes.way(a), outcomes.way(b)
    return one[1] == two[1] and {_name(spot) for spot in one[2]} == {_name(spot) for spot in two[2]}


def _name(spot: str) -> str:
    return spot.rpartition("/")[2]
