"""The biggest leak: the measured step of a post's path that is furthest below the creator's own usual one. Pure."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from shortlinks import expectation, outcomes, path_words, placements, spread, wording
from shortlinks.outcomes import Outcome, Reading


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
        base = wording.plural(self.base, path_words.NOUNS[self.above])
        usual = wording.span(self.range.low, self.range.high, path_words.NOUNS[self.below])
        return (
            f"More than usual is lost {path_words.BETWEEN[self.above, self.below]}: {base} usually "
            f"{'brings' if self.base == 1 else 'bring'} you {usual}, here {'it was' if self.count == 1 else 'there were'} "
            f"{wording.number(self.count)}."
        )


def biggest(outcome: Outcome, others: Sequence[Outcome], *, contested: int = 0, elsewhere: int = 0) -> Leak | None:
    """The step furthest below what `others` (see outcomes.alike) let expect; None where each is within its range.

    None, too, where viewers cannot come at all: that is what loses them. `contested` of the clicks may be another post's, and
    `elsewhere` as many others its own.
    """
    own = outcome.latest
    if own is None or not outcomes.clickable(outcome):
        return None
    readings = [reading for other in others if (reading := other.settled)]
    found = []
    for above, below in _steps(outcome, own):
        sample = own.step(above, below)
        usual = [one for reading in readings if (one := reading.step(above, below))]
        more = contested if above == "clicks" else 0
        if sample is None or sample.base <= more:
            continue
        most = sample.count + sample.count_off + (elsewhere if below == "clicks" else 0)
        expected = expectation.expect(sample, usual, most=most)
        if expected.verdict != "fewer" or expected.range is None:
            continue
        # The base may be smaller than it seems, so what was to be expected may be, too.
        if more and expectation.expect(replace(sample, base=sample.base - more), usual, most=most).verdict != "fewer":
            continue
        mean = expected.range.mean
        left = spread.shrunk([*usual, sample])[-1] * sample.base / mean
        found.append(Leak(above, below, sample.count, sample.base, mean, expected.range, left))
    return min(found, key=lambda leak: leak.share, default=None)


def _steps(outcome: Outcome, own: Reading) -> list[tuple[str, str]]:
    """The steps that were measured: through the profile where all go that way and its visits were noted."""
    path = ["views"]
    if all(placements.by_id(spot).audience == "profile" for spot in outcomes.way(outcome)[2]):
        path += [name for name in ("profile_visits", "link_taps") if name in own.counts]
    path += ["clicks", "conversions"]
    return [step for step in itertools.pairwise(path) if step in path_words.BETWEEN]
