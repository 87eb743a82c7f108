"""The funnel of one post: how many viewed, clicked and bought, each rate with its interval, and what is not measured.

Pure: reports.py reads the numbers and hands them in. The path is views, profile visits, link taps, clicks, conversions.
Beside it stand likes (nobody passes through a like), reach (the viewers again, each counted once) and visitors (the
clicks again, likewise). Times are milliseconds UTC; an interval `(a, b)` of time holds `a` and not `b`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal

from shortlinks import stats, times
from shortlinks.findings import Finding
from shortlinks.previews import Previews

if TYPE_CHECKING:
    from shortlinks.placements import Placement
    from shortlinks.snapshots import Snapshot

Audience = Literal["viewers", "profile", "outside"]
Interval = tuple[int, int]

# What a snapshot can hold of the funnel, in the order in which it is shown.
_NOTED = {
    "views": "path",
    "reach": "beside",
    "likes": "beside",
    "profile_visits": "path",
    "link_taps": "path",
}
# Both sides of a rate count the same people. A newsletter's reader has not viewed the post, and who taps a sticker has
# not been to the profile, so their clicks are in no rate on views, or on profile visits.
_RATES = (
    ("likes_per_view", "likes", "views"),
    ("profile_visits_per_view", "profile_visits", "views"),
    ("link_taps_per_view", "link_taps", "views"),
    ("link_taps_per_profile_visit", "profile taps", "profile_visits"),
    ("clicks_per_view", "viewers' clicks", "views"),
    ("clicks_per_reach", "viewers' clicks", "reach"),
    ("clicks_per_like", "viewers' clicks", "likes"),
    ("clicks_per_profile_visit", "profile clicks", "profile_visits"),
    ("clicks_per_link_tap", "viewers' clicks", "link_taps"),
    ("visitors_per_click", "visitors", "clicks"),
    ("conversions_per_click", "conversions", "clicks"),
)
_OUTSIDE = frozenset({"newsletter", "website", "print"})

STILL = times.DAY
"""How long views must stay the same for a post to have stopped: views come in daily waves, and a night proves nothing."""

HIDDEN = 0.01
"""The growth, as a share of the views, that a rounded number may hide and still be called the same: "12.4K" hides 100."""


@dataclass(frozen=True, slots=True)
class Step:
    """A number of the funnel. `role`: `path` (people pass through it) or `beside`; `source`: `snapshot` or `log`.

    `at_least` and `at_most` belong to the step `clicks` and differ from `count` where posts share a bio link.
    """

    name: str
    role: str
    count: int
    source: str
    at_least: int | None = None
    at_most: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The step's JSON, which has only the bounds that there are."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Rate:
    """`numerator` per `denominator`, by name ("clicks_per_view"), with its interval as in stats.Estimate."""

    name: str
    numerator: int
    denominator: int
    rate: float
    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A step that was not measured, and where the platform's app shows it."""

    name: str
    where: str


@dataclass(frozen=True, slots=True)
class Funnel:
    """A post's funnel. `ledger` and `previews` cover all time, the steps the time up to the snapshot (all without one)."""

    post_id: str
    as_of: int
    snapshot_at: int | None
    stale_seconds: int | None
    steps: tuple[Step, ...]
    gaps: tuple[Gap, ...]
    rates: tuple[Rate, ...]
    ledger: dict[str, int]
    clicks_after_snapshot: int
    conversions_after_snapshot: int
    findings: tuple[Finding, ...]
    previews: Previews

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API, with times as RFC 3339."""
        return {
            "post_id": self.post_id,
            "as_of": times.rfc3339(self.as_of),
            "snapshot_at": None if self.snapshot_at is None else times.rfc3339(self.snapshot_at),
            "stale_seconds": self.stale_seconds,
            "steps": [step.to_dict() for step in self.steps],
            "gaps": [asdict(gap) for gap in self.gaps],
            "rates": [asdict(rate) for rate in self.rates],
            "ledger": dict(self.ledger),
            "previews": self.previews.to_dict(),
            "clicks_after_snapshot": self.clicks_after_snapshot,
            "conversions_after_snapshot": self.conversions_after_snapshot,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def audience(placement: "Placement") -> Audience:
    """Who sees a link that hangs there.

    `viewers` of the post; visitors of the `profile` (bio links, and the page of links that the bio leads to); or people
    `outside` who need not have seen the post at all. Where nobody can know (a chat, elsewhere) they count as viewers.
    """
    if placement.bio or placement.name == "bio_page":
        return "profile"
    return "outside" if placement.name in _OUTSIDE else "viewers"


def build(
    *,
    post_id: str,
    as_of: int,
    snapshot: "Snapshot | None",
    ledger: Mapping[str, int],
    previews: Previews,
    clicks: Mapping[Audience, int],
    visitors: int,
    conversions: int,
    conversions_after: int,
    at_least: int,
    at_most: int,
    findings: Sequence[Finding],
    gap_places: Mapping[str, str],
) -> Funnel:
    """The funnel from what was counted and noted.

    `clicks` are the human ones by audience, with a key (also at 0) for each audience before which a link of the post
    hangs. They, `visitors`, `conversions` and the bounds of the clicks go up to `cut_end` of the snapshot, or cover all
    time without one; `conversions_after` counts those since. `ledger` is hits by reason over all time, with `lost`.
    `gap_places` says, for steps that can be missing, where the platform's app shows them.
    """
    human = sum(clicks.values())
    noted = {name: count for name in _NOTED if (count := getattr(snapshot, name, None)) is not None}
    steps = [Step(name, _NOTED[name], count, "snapshot") for name, count in noted.items()]
    steps += [
        # The counts of other posts are read a moment apart from this one's, so the range is held around the count.
        Step("clicks", "path", human, "log", min(at_least, human), max(at_most, human)),
        Step("visitors", "beside", visitors, "log"),
        Step("conversions", "path", conversions, "log"),
    ]
    taken_at = snapshot.taken_at if snapshot else None
    book = _ledger(ledger)
    return Funnel(
        post_id=post_id,
        as_of=as_of,
        snapshot_at=taken_at,
        stale_seconds=None if taken_at is None else max(0, as_of - taken_at) // times.SECOND,
        steps=tuple(steps),
        gaps=tuple(Gap(name, gap_places[name]) for name in _NOTED if name not in noted and name in gap_places),
        rates=tuple(_rates(noted, clicks, visitors, conversions)),
        ledger=book,
        clicks_after_snapshot=max(0, book["human"] - human),
        conversions_after_snapshot=conversions_after,
        findings=tuple(findings),
        previews=previews,
    )


def viewers_clicks(clicks: Mapping[Audience, int]) -> int | None:
    """The clicks of those who can have viewed the post, out of `clicks` as for `build`.

    None where all its links hang before others, whose clicks say nothing about its views.
    """
    inside = [count for who, count in clicks.items() if who != "outside"]
    return sum(inside) if inside or not clicks else None


def cut_end(snapshot_at: int) -> int:
    """Up to where clicks belong to a snapshot: the end of the minute that holds it, which counts as before it."""
    return (times.minute_of(snapshot_at) + 1) * times.MINUTE


def gaining(published_at: int, snapshots: Sequence["Snapshot"]) -> tuple[int, int | None]:
    """From when to when a post gains views, told from its snapshots with views (oldest first, one a minute).

    It begins when it is published, and ends with the first of the last snapshots that all say the same views, where they
    prove it: they span STILL, and what the rounding of each leaves open is at most HIDDEN of the views ("1.2M", twice,
    may hide 100,000 more). None as the end: it is still gaining, for all we know.
    """
    still = list(takewhile(lambda snapshot: snapshot.views == snapshots[-1].views, reversed(snapshots)))
    if not still or still[0].taken_at - still[-1].taken_at < STILL or any(map(_hides_growth, still)):
        return published_at, None
    return published_at, max(published_at, still[-1].taken_at)


def _hides_growth(snapshot: "Snapshot") -> bool:
    return 2 * snapshot.precision.get("views", 0) > HIDDEN * (snapshot.views or 0)


def contested(cut: int, others: Iterable[tuple[int, int | None]]) -> list[Interval]:
    """The times up to `cut` at which any of the other posts was gaining views: their bio clicks may be those posts'."""
    return union(clip(((start, cut if end is None else end) for start, end in others), 0, cut))


def elsewhere(own: tuple[int, int | None], cut: int) -> Interval:
    """The time up to `cut` at which this post was gaining views, when bio clicks of other posts may be its own.

    Empty (both ends equal) when it only began later.
    """
    start, end = own
    return start, max(start, cut if end is None else min(end, cut))


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same times as `intervals` together, in order, without overlaps, gaps of nothing or empty ones."""
    joined: list[Interval] = []
    for start, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def clip(intervals: Iterable[Interval], start: int, end: int) -> list[Interval]:
    """What of each interval lies within `(start, end)`."""
    within = ((max(first, start), min(last, end)) for first, last in intervals)
    return [(first, last) for first, last in within if first < last]


def _ledger(counts: Mapping[str, int]) -> dict[str, int]:
    """Hits, human first, then the other reasons by size, then lost. Hits are the sum of the reasons, never counted."""
    reasons = {name: count for name, count in counts.items() if name not in ("hits", "visitors", "lost")}
    human = reasons.pop("human", 0)
    others = {name: count for name, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])) if count}
    return {"hits": human + sum(others.values()), "human": human, **others, "lost": counts.get("lost", 0)}


def _rates(noted: Mapping[str, int], clicks: Mapping[Audience, int], visitors: int, conversions: int) -> list[Rate]:
    """The rates of which both sides were counted; a denominator of 0 has none."""
    counts = {**noted, "clicks": sum(clicks.values()), "visitors": visitors, "conversions": conversions}
    if (inside := viewers_clicks(clicks)) is not None:
        counts["viewers' clicks"] = inside
    if "profile" in clicks:
        counts["profile clicks"] = clicks["profile"]
    if clicks.keys() - {"outside"} == {"profile"} and "link_taps" in noted:
        counts["profile taps"] = noted["link_taps"]
    rates = []
    for name, above, below in _RATES:
        if above in counts and counts.get(below):
            estimate = stats.rate(counts[above], counts[below])
            rates.append(Rate(name, counts[above], counts[below], **asdict(estimate)))
    return rates
