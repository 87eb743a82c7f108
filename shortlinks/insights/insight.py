"""What an insight is made of: the data that all rest on, the answer, and the picture as plain numbers."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeVar

from shortlinks import times
from shortlinks.funnels import outcomes
from shortlinks.funnels.funnel import Rate
from shortlinks.funnels.outcomes import Outcome
from shortlinks.statistics import spread, stats
from shortlinks.words import wording
from shortlinks.words.language import N_, _, ngettext

Sure = Literal["certain", "likely", "possible", "cannot_tell_yet"]
Kind = Literal["bars", "scatter"]
Key = TypeVar("Key")
ALL_TIME = N_("all time")
LATELY = N_("the last 28 days")
NO_WAY = N_("No post has a link that its viewers can tap or type, so nobody can get through.")
HANG_ONE = N_("A link where viewers can tap it, or a word that they can type: then there can be clicks on their views.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """All that insights rest on. `outcomes` are the newest posts, newest first; `older` so many were left out.

    `handles` are the profiles' by id: "Instagram @me"; `weeks` the rates of their last weeks (see profile_weeks). `votes`
    are those of all story polls, by what people answered; `orders` those of the shop's weeks on its visits; `running`
    are the experiments under way, each as a sentence; `better` and `worse` is what those that ended lately say brings more
    clicks per view, and fewer.
    """

    outcomes: Sequence[Outcome]
    handles: Mapping[str, str] = field(default_factory=dict)
    older: int = 0
    weeks: Mapping[str, Sequence[Rate]] = field(default_factory=dict)
    votes: Mapping[str, int] = field(default_factory=dict)
    orders: Sequence[stats.Sample] = ()
    running: Sequence[str] = ()
    better: Sequence[str] = ()
    worse: Sequence[str] = ()

    def profile(self, profile_id: str) -> str:
        """What a profile is called."""
        return self.handles.get(profile_id, _("a profile that is gone"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing in a picture, `text` says its numbers in words. `value` None is a gap, `low` and `high` hold 95 %.

    In a scatter, where alone there is an `x`, these are the least and the most that `value` may be, None where it is known.
    Points of the same `group` belong together.
    """

    label: str
    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    x: float | None = None
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Numbers to be drawn. `title` says what they are, `unit` what is counted, and `x_unit` what goes to the right."""

    kind: Kind
    title: str
    unit: str
    points: tuple[Point, ...]
    x_unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """An answer in a few sentences, how sure it is, the numbers it rests on (ready for JSON), and what would settle it."""

    code: str
    question: str
    answer: str
    sure: Sure
    how_sure: str
    settle: str
    evidence: Mapping[str, Any]
    picture: Picture

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API."""
        return asdict(self)


def out_of_reach(found: Iterable[Outcome]) -> bool:
    """Whether there are posts, and viewers of none of them can come: then it is not the numbers that are missing."""
    reach = [outcomes.clickable(outcome) for outcome in found]
    return bool(reach) and not any(reach)


def recent(found: Iterable[Outcome], now: int) -> tuple[list[Outcome], str]:
    """The posts of the last 28 days with settled numbers, or else all that have some; and which these are: LATELY or ALL_TIME."""
    settled = sound(found)
    new = [outcome for outcome in settled if now - times.FOUR_WEEKS <= outcome.published_at]
    return (new, LATELY) if new else (settled, ALL_TIME)


def sound(found: Iterable[Outcome]) -> list[Outcome]:
    """The posts with settled numbers. Those with more clicks than views only where there is no other: one of both is wrong."""
    settled = [outcome for outcome in found if outcome.settled]
    return [outcome for outcome in settled if outcomes.measures(outcome)] or settled


def left_out(found: Iterable[Outcome], told: Iterable[Outcome], when: str, now: int) -> str:
    """Which posts of `recent`'s time are not among those `told`, and why, in a sentence; "" for none."""
    counted = {outcome.post_id for outcome in told}
    all_time = when == ALL_TIME
    rest = [
        outcome
        for outcome in found
        if outcome.post_id not in counted and (all_time or now - times.FOUR_WEEKS <= outcome.published_at)
    ]
    hidden = sum(not outcomes.clickable(outcome) for outcome in rest)
    waiting = sum(outcomes.clickable(outcome) and outcome.settled is None for outcome in rest)
    overfull = sum(
        outcomes.clickable(outcome) and outcome.settled is not None and not outcomes.measures(outcome)
        for outcome in rest
    )
    other = len(rest) - hidden - waiting - overfull
    reasons = (
        (
            other,
            ngettext(
                "{count} post of another kind, place or profile",
                "{count} posts of another kind, place or profile",
                other,
            ),
        ),
        (
            waiting,
            ngettext(
                "{count} post without views noted {enough}",
                "{count} posts without views noted {enough}",
                waiting,
                enough=_(outcomes.ENOUGH),
            ),
        ),
        (
            hidden,
            ngettext(
                "{count} post without a link that viewers can tap or type",
                "{count} posts without a link that viewers can tap or type",
                hidden,
            ),
        ),
        (
            overfull,
            ngettext("{count} post with more clicks than views", "{count} posts with more clicks than views", overfull),
        ),
    )
    parts = [told for number, told in reasons if number]
    return _("Left out: {posts}.", posts=wording.listed(parts)) if parts else ""


def grouped(found: Iterable[Outcome], key: Callable[[Outcome], Key]) -> dict[Key, list[Outcome]]:
    """Posts by something, the group with the most posts first."""
    groups: defaultdict[Key, list[Outcome]] = defaultdict(list)
    for outcome in found:
        groups[key(outcome)].append(outcome)
    return dict(sorted(groups.items(), key=lambda item: -len(item[1])))


def samples(found: Iterable[Outcome]) -> list[stats.Sample]:
    """Viewers' clicks on the views of each post with settled numbers."""
    return [reading.sample for outcome in found if (reading := outcome.settled)]


def pooled(found: Sequence[stats.Sample]) -> stats.Estimate | None:
    """One rate over all of these, None without a base."""
    estimate = spread.pooled(found)
    return stats.bounded(estimate) if estimate else None


def point(label: str, text: str, estimate: stats.Estimate | None, group: str = "") -> Point:
    """A rate and its range as so many per 1,000; a gap where there is none."""
    if estimate is None:
        return Point(label=label, text=text, group=group)
    value, low, high = (1000 * each for each in (estimate.rate, estimate.low, estimate.high))
    return Point(label=label, text=text, value=value, low=low, high=high, group=group)


def numbers(estimate: stats.Estimate | None) -> dict[str, float | None]:
    """A rate for the evidence."""
    if estimate is None:
        return {"rate": None, "low": None, "high": None, "level": None}
    return {"rate": estimate.rate, "low": estimate.low, "high": estimate.high, "level": estimate.level}
