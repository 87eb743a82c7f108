"""Posts side by side: each one's clicks per view, and of each pair whether one is really higher. Pure.

Decided by the data, never by a floor of clicks. Where many are compared, the p-values are adjusted so that of all the
differences that are told no more than one in twenty is luck.
"""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shortlinks import comparing, outcomes, placements, spread, stats, wording
from shortlinks.comparing import Comparison
from shortlinks.outcomes import Outcome

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
        if not outcomes.clickable(self.outcome):
            return f"{wording.plural(self.outcome.human, 'click')} so far; it has no link that its viewers can tap or type."
        if self.sample is None or self.estimate is None:
            noted = "noted as 0" if self.outcome.latest else "not noted yet"
            return f"{wording.plural(self.outcome.human, 'click')} so far; its views are {noted}."
        counts = f"{wording.plural(self.sample.count, 'click')} from {wording.plural(self.sample.base, 'view')}"
        return f"{counts}: {wording.one_in(self.estimate)}."


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
            return f"{a} or {b}: cannot tell yet which brings more clicks per view{self._missing}."
        more, less = (a, b) if found.verdict == "higher" else (b, a)
        if found.ratio:
            much = f"{wording.times_as(max(found.ratio, 1 / found.ratio))} many clicks per view as {less}"
        else:
            much = f"more clicks per view than {less}"
        place = "" if self.alike else " Their links hang in different places, which alone can make the difference."
        return f"{more} brings {much}.{place}{self._young}"

    @property
    def _young(self) -> str:
        """Whose numbers are of its first hours only, where it is not so of both; with a space before it."""
        young = [each for each in (self.a, self.b) if not each.settled]
        if len(young) != 1:
            return ""
        return f" The numbers of “{young[0].title}” are of its first hours, which bring other people: note its views again."

    @property
    def _missing(self) -> str:
        """What it takes to tell, as the end of a sentence; empty where nobody knows."""
        both = self.a, self.b
        if hidden := [f"“{each.title}”" for each in both if not outcomes.clickable(each)]:
            whose = "its" if len(hidden) == 1 else "their"
            return f", because no link of {wording.listed(hidden)} can be tapped or typed by {whose} viewers"
        if unseen := [f"“{each.title}”" for each in both if not each.latest]:
            return f"; note the views of {wording.listed(unseen)}"
        if none := [f"“{each.title}”" for each in both if each.latest and not each.latest.views]:
            return f"; the views of {wording.listed(none)} are noted as 0"
        if full := [f"“{each.title}”" for each in both if each.latest and each.latest.overfull]:
            have = "has" if len(full) == 1 else "have"
            return f", because {wording.listed(full)} {have} more clicks than views: one of the two numbers is wrong"
        if self.shared:
            return ", because some clicks may be another post’s: the bio link is shared"
        if self.found.views_needed is None:
            return ""
        views = wording.rough(self.found.views_needed)
        return (
            f"; at this rate it takes about {views} more {'view' if views == '1' else 'views'} of both posts together"
        )

    @property
    def _titles(self) -> tuple[str, str]:
        """What the two are called; the same thing elsewhere by its platform, too."""
        if self.a.title != self.b.title or self.a.platform == self.b.platform:
            return f"“{self.a.title}”", f"“{self.b.title}”"
        a, b = (f"“{each.title}” on {placements.platform_label(each.platform)}" for each in (self.a, self.b))
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
            return "No link of these posts can be tapped or typed by their viewers: so their clicks cannot be compared by views."
        if sum(side.estimate is not None for side in self.sides) < 2:
            return "Note the views of these posts: without them their clicks cannot be compared."
        if not told:
            return wording.none_stands_out(shared=any(pair.shared for pair in self.pairs))
        if len(self.pairs) == 1:
            return "The two really differ."
        return f"{told} of {wording.plural(len(self.pairs), 'pair')} really {'differs' if told == 1 else 'differ'}."


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
