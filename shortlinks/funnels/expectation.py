"""How many clicks a post was to be expected to bring, from the creator's own other posts like it. Pure.

The range holds four posts in five: the next one lies outside by luck alone about once in five times, and clearly so (far
outside, see CLEAR) once in fifty.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from shortlinks.funnels import outcomes
from shortlinks.funnels.outcomes import Outcome
from shortlinks.placements import placements
from shortlinks.statistics import spread
from shortlinks.statistics.stats import Sample
from shortlinks.words import wording
from shortlinks.words.language import N_, _, ngettext

Verdict = Literal["as_expected", "more", "fewer", "no_history"]

LEVEL = 0.8
CLEAR = 0.98
_HEADINGS: dict[Verdict, str] = {
    "as_expected": N_("As expected"),
    "more": N_("More than usual"),
    "fewer": N_("Fewer than usual"),
    "no_history": N_("Not known yet"),
}


_OUTSIDE: dict[tuple[Verdict, bool], str] = {
    ("more", True): N_("{usual}; this brought {got}: clearly more."),
    ("more", False): N_("{usual}; this brought {got}: more than usual."),
    ("fewer", True): N_("{usual}; this brought {got}: clearly fewer."),
    ("fewer", False): N_("{usual}; this brought {got}: fewer than usual."),
}
"""What is said of clicks outside the range, by verdict and whether they are clearly so."""


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
            return _("Nothing to expect")
        return _("Cannot tell") if self.undecided else _(_HEADINGS[self.verdict])

    @property
    def sentence(self) -> str:
        """`From your 9 other posts like this one: 800 views usually bring you 0–2 clicks; you got 0: as expected, …`"""
        if self.barred:
            return self.barred
        if self.range is None or self.count is None or self.base is None:
            return _missing(self.base, self.posts)
        usual = _usual(self.range, self.base)
        if self.undecided:
            return self._doubtful(usual, self.range, self.count)
        if self.verdict != "as_expected":
            return _(_OUTSIDE[self.verdict, self.clear], usual=usual, got=self.count)
        if self.leaking:
            return _(
                "{usual}; you got {got}: as expected, though more than usual is lost at one step.",
                usual=usual,
                got=self.count,
            )
        if self.count <= self.range.mean and not self.blamed:
            return _("{usual}; you got {got}: as expected, nothing went wrong.", usual=usual, got=self.count)
        return _("{usual}; you got {got}: as expected.", usual=usual, got=self.count)

    def _doubtful(self, usual: str, found: spread.Range, got: int) -> str:
        """Why no verdict is given on these clicks."""
        if self.overfull:
            return _(
                "{usual}; this brought {got}, more clicks than views: one of the two numbers is not what it seems, so nothing "
                "is said of them.",
                usual=usual,
                got=got,
            )
        if self.young:
            return _(
                "{usual}; you got {got} so far, but the first hours bring other people: note the views again {enough}.",
                usual=usual,
                got=got,
                enough=_(outcomes.ENOUGH),
            )
        if got > found.high:
            return _(
                "{usual}; you got {got}, but some of them may be another post’s: the bio link is shared.",
                usual=usual,
                got=got,
            )
        return _(
            "{usual}; you got {got}, but some of another post’s may be its own: the bio link is shared.",
            usual=usual,
            got=got,
        )


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
        return ngettext(
            "Nobody can tap a link in this place ({places}), so the views say nothing about clicks.",
            "Nobody can tap a link in these places ({places}), so the views say nothing about clicks.",
            len(dead),
            places="; ".join(dead),
        )
    if spots:
        return _("No link of this post hangs where its viewers are, so the views say nothing about clicks.")
    return _("No link promotes this post, so the views say nothing about clicks.")


def _usual(found: spread.Range, base: int) -> str:
    """`From your 9 other posts like this one: 800 views usually bring you 0–2 clicks`."""
    source = ngettext(
        "From your {count} other post like this one", "From your {count} other posts like this one", found.posts
    )
    return ngettext(
        "{source}: {count} view usually brings you {clicks}",
        "{source}: {count} views usually bring you {clicks}",
        base,
        source=source,
        clicks=wording.span(found.low, found.high, "click"),
    )


def _verdict(found: spread.Range, lowest: int, highest: int) -> Verdict:
    if highest < found.low:
        return "fewer"
    return "more" if lowest > found.high else "as_expected"


def _missing(base: int | None, posts: int) -> str:
    if base == 0:
        return _("Its views are noted as 0, so nothing can be expected of them: note them again when there are some.")
    if base is None:
        return _("Note the views of this post: then you see here what they usually bring you.")
    if posts == 0:
        return _("From your third post like this one on, you see here how many clicks its views usually bring you.")
    return _("With one more post like this one and its views, you see here how many clicks views usually bring you.")
