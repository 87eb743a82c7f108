"""The biggest leak: the measured step of a post's path that is furthest below the creator's own usual one. Pure."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shortlinks import expectation, outcomes, placements, spread, wording
from shortlinks.outcomes import Outcome, Reading
from shortlinks.stats import Sample

_NOUNS = {
    "views": "view",
    "profile_visits": "profile visit",
    "link_taps": "link tap",
    "clicks": "click",
    "conversions": "conversion",
}
_WHERE = {
    ("views", "profile_visits"): "between watching and looking at your profile",
    ("profile_visits", "clicks"): "between your profile and the link",
    ("profile_visits", "link_taps"): "between your profile and the link",
    ("views", "link_taps"): "between watching and tapping the link",
    ("views", "clicks"): "between watching and tapping the link",
    ("link_taps", "clicks"): "between the tap and our server",
    ("clicks", "conversions"): "between arriving and buying",
}


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
        base = wording.plural(self.base, _NOUNS[self.above])
        usual = wording.span(self.range.low, self.range.high, _NOUNS[self.below])
        return (
            f"Most is lost {_WHERE[self.above, self.below]}: {base} usually {'brings' if self.base == 1 else 'bring'} "
            f"you {usual}, here {'it was' if self.count == 1 else 'there were'} {wording.number(self.count)}."
        )


def biggest(outcome: Outcome, others: Sequence[Outcome], *, contested: int = 0, elsewhere: int = 0) -> Leak | None:
    """The step furthest below what `others` (see outcomes.alike) let expect; None where each is within its range.

    `contested` of the clicks may be another post's, and `elsewhere` as many others its own.
    """
    own = outcome.latest
    if own is None:
        return None
    readings = [reading for other in others if (reading := other.settled)]
    found = []
    for above, below in _steps(outcome, own):
        base, count = _counts(own, above), _counts(own, below)
        usual = [sample for reading in readings if (sample := _sample(reading, above, below))]
        if base is None or count is None:
            continue
        slack = elsewhere if below == "clicks" else 0
        more = contested if above == "clicks" else 0
        expected = expectation.expect(Sample(count, base), usual, most=count + slack)
        if expected.verdict != "fewer" or expected.range is None or base <= more:
            continue
        # The base may be smaller than it seems, so what was to be expected may be, too.
        if more and expectation.expect(Sample(count, base - more), usual).verdict != "fewer":
            continue
        fitted = spread.shrunk([*usual, Sample(count, base)])[-1]
        mean = expected.range.mean
        found.append(Leak(above, below, count, base, mean, expected.range, fitted * base / mean))
    return min(found, key=lambda leak: leak.share, default=None)


def _steps(outcome: Outcome, own: Reading) -> list[tuple[str, str]]:
    """The steps that were measured: through the profile where all go that way and its visits were noted."""
    path = ["views"]
    if all(placements.by_id(spot).audience == "profile" for spot in outcomes.way(outcome)[2]):
        path += [name for name in ("profile_visits", "link_taps") if name in own.counts]
    path += ["clicks", "conversions"]
    return [step for step in itertools.pairwise(path) if step in _WHERE]


def _sample(reading: Reading, above: str, below: str) -> Sample | None:
    base, count = _counts(reading, above), _counts(reading, below)
    return Sample(count, base) if base and count is not None else None


def _counts(reading: Reading, name: str) -> int | None:
    if name == "clicks":
        return reading.sample.count
    if name == "conversions":
        return reading.conversions
    return reading.counts.get(name)
