"""How many clicks a post was to be expected to bring, from the creator's own other posts like it. Pure.

The range holds four posts in five: the next one lies outside by luck alone about once in five times, and clearly so (far
outside, see CLEAR) once in fifty.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from shortlinks import outcomes, placements, spread, wording
from shortlinks.outcomes import Outcome
from shortlinks.stats import Sample

Verdict = Literal["as_expected", "more", "fewer", "no_history"]

LEVEL = 0.8
CLEAR = 0.98
_HEADINGS: dict[Verdict, str] = {
    "as_expected": "As expected",
    "more": "More than usual",
    "fewer": "Fewer than usual",
    "no_history": "Not known yet",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """The range of clicks, both ends included, that as many views usually bring; None without enough other `posts`.

    `count` are the clicks there were, `base` the views; `clear` says that they lie outside CLEAR's range, too.
    Where no link hangs where viewers tap or type it, their views say nothing: `barred` tells why, in a sentence. `leaking` says
    that some step on the way is below its usual, so that not nothing went wrong; `blamed` that a grave finding says what did.
    `young`: the clicks lie outside, but they are of the first hours only, which are held against no whole post. `overfull`: they
    are more than the views, so that one of the two is wrong.
    """

    range: spread.Range | None
    count: int | None
    base: int | None
    posts: int
    verdict: Verdict
    clear: bool = False
    barred: str = ""
    leaking: bool = False
    blamed: bool = False
    young: bool = False
    overfull: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API."""
        found = self.range
        held = found and {"low": found.low, "high": found.high, "level": found.level, "posts": found.posts}
        return {
            "clicks": held,
            "verdict": self.verdict,
            "clear": self.clear,
            "undecided": self.undecided,
            "sentence": self.sentence,
        }

    @property
    def undecided(self) -> bool:
        """Whether no verdict is given on clicks that there are: they are more than the views, or outside the range while it is
        `young` or some may belong to another post."""
        if self.overfull:
            return True
        found, count = self.range, self.count
        outside = found is not None and count is not None and not found.low <= count <= found.high
        return outside and self.verdict == "as_expected"

    @property
    def shared(self) -> bool:
        """Whether no verdict is given because some of the clicks may belong to another post."""
        return self.undecided and not self.young and not self.overfull

    @property
    def heading(self) -> str:
        """The verdict in words: `As expected`."""
        if self.barred:
            return "Nothing to expect"
        return "Cannot tell" if self.undecided else _HEADINGS[self.verdict]

    @property
    def sentence(self) -> str:
        """`From your 9 other posts like this one: 800 views usually bring you 0–2 clicks; you got 0: as expected, …`"""
        if self.barred:
            return self.barred
        if self.range is None or self.count is None or self.base is None:
            return _missing(self.base, self.posts)
        usual = f"From your {wording.plural(self.range.posts, 'other post')} like this one: "
        usual += f"{wording.plural(self.base, 'view')} usually {'brings' if self.base == 1 else 'bring'} you "
        usual += wording.span(self.range.low, self.range.high, "click")
        got = wording.number(self.count)
        if self.overfull:
            return (
                f"{usual}; this brought {got}, more clicks than views: one of the two numbers is not what it seems, so nothing "
                "is said of them."
            )
        if self.young:
            again = f"note the views again {outcomes.ENOUGH}"
            return f"{usual}; you got {got} so far, but the first hours bring other people: {again}."
        if self.undecided:
            whose = (
                "some of them may be another post’s"
                if self.count > self.range.high
                else "some of another post’s may be its own"
            )
            return f"{usual}; you got {got}, but {whose}: the bio link is shared."
        if self.verdict == "as_expected":
            calm = ", nothing went wrong" if self.count <= self.range.mean and not self.blamed else ""
            after = ", though more than usual is lost at one step" if self.leaking else calm
            return f"{usual}; you got {got}: as expected{after}."
        how = f"clearly {self.verdict}" if self.clear else f"{self.verdict} than usual"
        return f"{usual}; this brought {got}: {how}."


def expect(
    sample: Sample | None, others: Sequence[Sample], *, least: int | None = None, most: int | None = None
) -> Expected:
    """What was to be expected of a post with so many clicks on so many views (None: not noted), from other posts.

    The clicks may be as few as `least` and as many as `most`, where posts share a bio link; a verdict holds for both.
    """
    posts = sum(other.base > 0 for other in others)
    if sample is None or sample.base <= 0:
        return Expected(None, None, sample.base if sample else None, posts, "no_history")
    found = spread.expected(others, sample.base, level=LEVEL, base_off=sample.base_off)
    if found is None:
        return Expected(None, sample.count, sample.base, posts, "no_history")
    lowest = sample.count if least is None else min(sample.count, least)
    highest = sample.count if most is None else max(sample.count, most)
    verdict = _verdict(found, lowest, highest)
    clear = False
    if verdict != "as_expected":
        wide = spread.expected(others, sample.base, level=CLEAR, base_off=sample.base_off)
        clear = wide is not None and _verdict(wide, lowest, highest) == verdict
    return Expected(found, sample.count, sample.base, posts, verdict, clear)


def luck(outcome: Outcome, others: Sequence[Outcome]) -> float:
    """The two-sided chance that luck alone takes a post that far from what `others` let expect; 1 where they let nothing.

    Where clicks may be another post's, or another's its own, it is that of the number that is less far off.
    """
    own = outcome.latest
    usual = [reading.sample for other in others if (reading := other.settled)]
    if own is None or not own.views or not outcomes.clickable(outcome):
        return 1.0
    views, off = own.views, own.sample.base_off
    least, most = outcome.bounds
    # With the upper end of the likely spread: far out on the tail a spread that is found too small costs most.
    cv2 = spread.fit(usual).cv2_high
    few = spread.at_most(usual, most, views, off, cv2=cv2)
    many = spread.at_least(usual, least, views, off, cv2=cv2)
    return 1.0 if few is None or many is None else min(1.0, 2 * few, 2 * many)


def of_outcome(outcome: Outcome, others: Sequence[Outcome]) -> Expected:
    """What was to be expected of a post, by `others` on the same way (see outcomes.alike)."""
    if not outcomes.clickable(outcome):
        return Expected(None, None, None, 0, "no_history", barred=_barred(outcome.spots))
    usual = [reading.sample for other in others if (reading := other.settled)]
    if outcome.latest is None:
        return expect(None, usual)
    own = outcome.latest.sample
    least, most = outcome.bounds
    found = expect(own, usual, least=least, most=most)
    if found.range and replace(own, count=least).overfull:
        return replace(found, verdict="as_expected", clear=False, overfull=True)
    if outcome.settled is None and found.verdict in ("more", "fewer"):
        return replace(found, verdict="as_expected", clear=False, young=True)
    return found


def _barred(spots: Sequence[str]) -> str:
    """Why viewers cannot come through links in these placements, none of which is in their reach."""
    dead = [placements.place(spot) for spot in spots if outcomes.before_viewers(spot)]
    if dead:
        where = "in this place" if len(dead) == 1 else "in these places"
        why = f"Nobody can tap a link {where} ({'; '.join(dead)})"
    elif spots:
        why = "No link of this post hangs where its viewers are"
    else:
        why = "No link promotes this post"
    return f"{why}, so the views say nothing about clicks."


def _verdict(found: spread.Range, lowest: int, highest: int) -> Verdict:
    if highest < found.low:
        return "fewer"
    return "more" if lowest > found.high else "as_expected"


def _missing(base: int | None, posts: int) -> str:
    if base == 0:
        return "Its views are noted as 0, so nothing can be expected of them: note them again when there are some."
    if base is None:
        return "Note the views of this post: then you see here what they usually bring you."
    if posts == 0:
        return "From your third post like this one on, you see here how many clicks its views usually bring you."
    return "With one more post like this one and its views, you see here how many clicks views usually bring you."
