"""The biggest leak: the measured step of a post's path that is furthest below the creator's own usual one. Pure."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from shortlinks.funnels import expectation, outcomes, path_words
from shortlinks.funnels.outcomes import Outcome, Reading
from shortlinks.placements import placements
from shortlinks.statistics import spread
from shortlinks.words import wording
from shortlinks.words.language import _, ngettext


@dataclass(frozen=True, slots=True)
class Leak:
    """From `above` to `below` only `count` of `base` came through, where the creator's other posts let `usual` expect.

    `range` is what was to be expected at 80 %; `share` is how much of the usual is left, shrunk towards all of it.
    """

    above: str
    below: str
    count: int
    base: int
    usual: float
    range: spread.Range
    share: float

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API."""
        return {
            "from": self.above,
            "to": self.below,
            "count": self.count,
            "base": self.base,
            "usual": self.usual,
            "low": self.range.low,
            "high": self.range.high,
            "level": self.range.level,
            "posts": self.range.posts,
            "sentence": self.sentence,
        }

    @property
    def sentence(self) -> str:
        between = _(path_words.BETWEEN[self.above, self.below])
        base = wording.plural(self.base, path_words.noun(self.above))
        usual = wording.span(self.range.low, self.range.high, path_words.noun(self.below))
        if self.base == 1:
            return ngettext(
                "More than usual is lost {between}: {base} usually brings you {usual}, here there was {count}.",
                "More than usual is lost {between}: {base} usually brings you {usual}, here there were {count}.",
                self.count,
                between=between,
                base=base,
                usual=usual,
            )
        return ngettext(
            "More than usual is lost {between}: {base} usually bring you {usual}, here there was {count}.",
            "More than usual is lost {between}: {base} usually bring you {usual}, here there were {count}.",
            self.count,
            between=between,
            base=base,
            usual=usual,
        )


def biggest(outcome: Outcome, others: Sequence[Outcome]) -> Leak | None:
    """The step furthest below what `others` (see outcomes.alike) let expect; None where each is within its range.

    No step up to the clicks is told where these are as expected and no fewer than on average: what one step lost, another made
    up for. None, too, where viewers cannot come at all: that is what loses them;
    and in its first hours (outcomes.SETTLED), which bring other people than the rest.
    """
    own = outcome.settled
    if own is None or not outcomes.clickable(outcome):
        return None
    explained = _explained(expectation.of_outcome(outcome, others))
    readings = [reading for other in others if (reading := other.settled)]
    found = []
    for above, below in _steps(outcome, own):
        if explained and below != "conversions":
            continue
        sample = own.step(above, below)
        usual = [one for reading in readings if (one := reading.step(above, below))]
        more = outcome.contested if above == "clicks" else 0
        if sample is None or sample.base <= more:
            continue
        most = sample.count + sample.count_off + (outcome.elsewhere if below == "clicks" else 0)
        expected = expectation.expect(sample, usual, most=most)
        if expected.verdict != "fewer" or expected.range is None:
            continue
        # The base may be smaller than it seems, so what was to be expected may be, too.
        if more and expectation.expect(replace(sample, base=sample.base - more), usual, most=most).verdict != "fewer":
            continue
        mean = expected.range.mean
        left = spread.shrunk([*usual, sample])[-1] * sample.base / mean
        found.append(Leak(above, below, sample.count, sample.base, mean, expected.range, left))
    if lost := _on_the_way(outcome, others):
        found.append(lost)
    return min(found, key=lambda leak: leak.share, default=None)


def _on_the_way(outcome: Outcome, others: Sequence[Outcome]) -> Leak | None:
    """The step from the clicks to their arrivals, of all time: told by the lost ones, which are few."""
    own = outcome.lost
    if own is None or own.count < outcomes.FEWEST_LOST:
        return None
    expected = expectation.expect(own, [lost for other in others if (lost := other.lost)])
    usual, base = expected.range, outcome.measured
    if expected.verdict != "more" or usual is None:
        return None
    low, high, mean = max(0, base - usual.high), base - usual.low, max(1.0, base - usual.mean)
    there = replace(usual, low=low, high=high, mean=mean)
    return Leak("clicks", "arrivals", outcome.arrived, base, mean, there, outcome.arrived / mean)


def _explained(expected: expectation.Expected) -> bool:
    """Whether the clicks leave nothing to explain.

    Not as soon as they are within their range: a post that lost three in four at one step is so in about one case in
    seven, by the simulation in bench.
    """
    if expected.range is None or expected.count is None or expected.verdict != "as_expected":
        return False
    return expected.undecided or expected.count >= expected.range.mean


def _steps(outcome: Outcome, own: Reading) -> list[tuple[str, str]]:
    """The steps that were measured: through the profile where all go that way and its visits were noted."""
    path = ["views"]
    if all(placements.by_id(spot).audience == "profile" for spot in outcomes.way(outcome)[2]):
        path += [name for name in ("profile_visits", "link_taps") if name in own.counts]
    path += ["clicks", "conversions"]
    return [step for step in itertools.pairwise(path) if step in path_words.BETWEEN]
