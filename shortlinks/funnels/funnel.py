"""The funnel of one post: how many viewed, clicked and bought, each rate with its interval, and what is not measured.

Pure: reports.py reads the numbers and hands them in. The path is views, profile visits, link taps, clicks, arrivals, conversions.
Beside it stand likes (nobody passes through a like), reach (the viewers again, each counted once) and visitors (the
clicks again, likewise). Times are milliseconds UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from shortlinks import times
from shortlinks.clicks.previews import Previews
from shortlinks.findings import findings as findings_
from shortlinks.findings.finding import Finding
from shortlinks.funnels import path_words
from shortlinks.funnels.expectation import Expected
from shortlinks.funnels.funnel_steps import Gap as Gap
from shortlinks.funnels.funnel_steps import Rate as Rate
from shortlinks.funnels.funnel_steps import Step as Step
from shortlinks.funnels.leaks import Leak
from shortlinks.funnels.windows import Window
from shortlinks.sales.revenue import Shown
from shortlinks.statistics import stats
from shortlinks.words import wording

if TYPE_CHECKING:
    from shortlinks.arrivals.measured import Measured
    from shortlinks.placements.placements import Audience
    from shortlinks.snapshots.snapshots import Snapshot


# What a snapshot can hold of the funnel, in the order in which it is shown.
_NOTED = {
    "views": "path",
    "reach": "beside",
    "likes": "beside",
    "profile_visits": "path",
    "link_taps": "path",
}
_OF_SHOP = ("arrivals", "conversions")
_TYPED = {"profile_taps": "link_taps"}
# Both sides of a rate count the same people. A newsletter's reader has not viewed the post, and who taps a sticker has
# not been to the profile, so their clicks are in no rate on views, or on profile visits; nor has who typed the address tapped.
_RATES = (
    ("likes_per_view", "likes", "views"),
    ("profile_visits_per_view", "profile_visits", "views"),
    ("link_taps_per_view", "link_taps", "views"),
    ("link_taps_per_profile_visit", "profile_taps", "profile_visits"),
    ("clicks_per_view", "viewers_clicks", "views"),
    ("clicks_per_reach", "viewers_clicks", "reach"),
    ("clicks_per_like", "viewers_clicks", "likes"),
    ("clicks_per_profile_visit", "profile_clicks", "profile_visits"),
    ("clicks_per_link_tap", "tapped_clicks", "link_taps"),
    ("visitors_per_click", "visitors", "clicks"),
    ("arrivals_per_click", "arrivals", "measured_clicks"),
    ("conversions_per_click", "conversions", "clicks"),
)
RATES = tuple(name for name, _above, _below in _RATES)
_EXPECTED = ("views", "clicks")


@dataclass(frozen=True, slots=True)
class Funnel:
    """A post's funnel. `ledger` and `previews` cover all time, the steps the time up to the snapshot (all without one).

    `expected` is what was to be expected of it, `leak` the step furthest below the usual one, `windows` its clicks from
    one reading of its views to the next.
    """

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
    expected: Expected
    leak: Leak | None
    windows: tuple[Window, ...]

    @property
    def untold_leak(self) -> Leak | None:
        """The leak, where nothing else tells of that part of the path: not `expected`, nor a finding, which says what to do."""
        if self.leak is None:
            return None
        told = {path_words.BETWEEN[step] for step in {_EXPECTED, *findings_.steps(self.findings)}}
        return None if path_words.BETWEEN[self.leak.above, self.leak.below] in told else self.leak

    @property
    def headline(self) -> str:
        """What came of the post, in a line to show to others: clicks by people, from its views where those led to them."""
        clicks = next(step for step in self.steps if step.name == "clicks")
        low, high = (clicks.count if end is None else end for end in (clicks.at_least, clicks.at_most))
        found = next((rate for rate in self.rates if rate.name == "clicks_per_view"), None)
        if found is None:
            return wording.people(clicks.count, low, high)
        # Those who came without having viewed the post are no part of it; what is uncertain is those who tapped in the bio.
        others = clicks.count - found.numerator
        return wording.headline(found, max(0, low - others), high - others)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API, with times as RFC 3339."""
        return {
            "post_id": self.post_id,
            "as_of": times.rfc3339(self.as_of),
            "snapshot_at": None if self.snapshot_at is None else times.rfc3339(self.snapshot_at),
            "stale_seconds": self.stale_seconds,
            "steps": [step.to_dict() for step in self.steps],
            "gaps": [asdict(gap) for gap in self.gaps],
            "expected": self.expected.to_dict(),
            "leak": self.leak and self.leak.to_dict(),
            "rates": [rate.to_dict() for rate in self.rates],
            "ledger": dict(self.ledger),
            "previews": self.previews.to_dict(),
            "windows": [window.to_dict() for window in self.windows],
            "clicks_after_snapshot": self.clicks_after_snapshot,
            "conversions_after_snapshot": self.conversions_after_snapshot,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def build(
    *,
    post_id: str,
    as_of: int,
    snapshot: "Snapshot | None",
    ledger: Mapping[str, int],
    previews: Previews,
    clicks: Mapping["Audience", int],
    tapped: int | None,
    visitors: int,
    conversions: int,
    conversions_after: int,
    at_least: int,
    at_most: int,
    findings: Sequence[Finding],
    gap_places: Mapping[str, str],
    expected: Expected,
    leak: Leak | None,
    windows: Sequence[Window],
    brought: Shown | None = None,
    arrived: "Measured | None" = None,
) -> Funnel:
    """The funnel from what was counted and noted.

    `clicks` are the human ones by audience, with a key (also at 0) for each audience before which a link of the post hangs that
    can be tapped or typed; `tapped` are those of viewers on links that can be tapped, None where none hangs. They, `visitors`,
    `conversions` and the bounds of the clicks go up to `cut_end` of the snapshot, or cover all time without one;
    `conversions_after` counts those since, `brought` is what those until then did. `ledger` is hits by reason over all time,
    with `lost`. `gap_places` says, for steps that can be missing, where their number is found. With `conversions` among them,
    nobody reports any: their 0 is no measured one. `arrived` is what was measured of the clicks' arrivals, None where nothing
    was.
    """
    human = sum(clicks.values())
    noted = {name: count for name in _NOTED if (count := getattr(snapshot, name, None)) is not None}
    steps = [Step(name, _NOTED[name], count, "snapshot") for name, count in noted.items()]
    steps += [
        # The counts of other posts are read a moment apart from this one's, so the range is held around the count.
        Step("clicks", "path", human, "log", min(at_least, human), max(at_most, human)),
        Step("visitors", "beside", visitors, "log"),
    ]
    if arrived is not None:
        steps.append(Step("arrivals", "path", arrived.arrived, "log", measured=arrived.clicks, apart=arrived.apart))
    steps.append(Step("conversions", "path", conversions, "log", revenue=brought))
    taken_at = snapshot.taken_at if snapshot else None
    book = _ledger(ledger)
    return Funnel(
        post_id=post_id,
        as_of=as_of,
        snapshot_at=taken_at,
        stale_seconds=None if taken_at is None else max(0, as_of - taken_at) // times.SECOND,
        steps=tuple(steps),
        gaps=tuple(_gaps(noted, clicks, gap_places)),
        rates=tuple(
            _rates(
                noted,
                snapshot.precision if snapshot else {},
                clicks,
                tapped,
                visitors,
                None if "conversions" in gap_places else conversions,
                arrived,
                in_reach=not expected.barred,
            )
        ),
        ledger=book,
        clicks_after_snapshot=max(0, book["human"] - human),
        conversions_after_snapshot=conversions_after,
        findings=tuple(findings),
        previews=previews,
        expected=expected,
        leak=leak,
        windows=tuple(windows),
    )


def viewers_clicks(clicks: Mapping["Audience", int]) -> int | None:
    """The clicks of those who can have viewed the post, out of `clicks` as for `build`.

    None where it has no link, or all hang before others: neither says anything about its views.
    """
    inside = [count for who, count in clicks.items() if who != "outside"]
    return sum(inside) if inside else None


def cut_end(snapshot_at: int) -> int:
    """Up to where clicks belong to a snapshot: the end of the minute that holds it, which counts as before it."""
    return (times.minute_of(snapshot_at) + 1) * times.MINUTE


def _ledger(counts: Mapping[str, int]) -> dict[str, int]:
    """Hits, human first, then the other reasons by size, then lost. Hits are the sum of the reasons, never counted."""
    reasons = {name: count for name, count in counts.items() if name not in ("hits", "visitors", "lost")}
    human = reasons.pop("human", 0)
    others = {name: count for name, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])) if count}
    return {"hits": human + sum(others.values()), "human": human, **others, "lost": counts.get("lost", 0)}


def _gaps(noted: Mapping[str, int], clicks: Mapping["Audience", int], places: Mapping[str, str]) -> list[Gap]:
    """The steps that were not measured. Who taps a sticker need not look at the profile, so that is no step then."""
    none = {"profile_visits"} if clicks and "profile" not in clicks else set()
    return [Gap(name, places[name]) for name in (*_NOTED, *_OF_SHOP) if name in places.keys() - noted.keys() - none]


def _rates(
    noted: Mapping[str, int],
    precision: Mapping[str, int],
    clicks: Mapping["Audience", int],
    tapped: int | None,
    visitors: int,
    conversions: int | None,
    arrived: "Measured | None",
    *,
    in_reach: bool,
) -> list[Rate]:
    """The rates of which both sides were counted; a denominator of 0 has none. Rounded numbers widen them.

    Where no link is in viewers' reach, no clicks of theirs are a result: what they viewed and liked is in no rate of clicks.
    """
    counts = {**noted, "clicks": sum(clicks.values()), "visitors": visitors}
    if conversions is not None:
        counts["conversions"] = conversions
    if arrived is not None:
        counts |= {"arrivals": arrived.arrived, "measured_clicks": arrived.clicks}
    if in_reach and (inside := viewers_clicks(clicks)) is not None:
        counts["viewers_clicks"] = inside
    if in_reach and tapped is not None:
        counts["tapped_clicks"] = tapped
    if in_reach and "profile" in clicks:
        counts["profile_clicks"] = clicks["profile"]
    if clicks.keys() - {"outside"} == {"profile"} and "link_taps" in noted:
        counts["profile_taps"] = noted["link_taps"]
    rates = []
    for name, above, below in _RATES:
        if above in counts and counts.get(below):
            off = {"count_off": precision.get(_TYPED.get(above, above), 0), "base_off": precision.get(below, 0)}
            estimate = stats.rate(counts[above], counts[below], **off)
            rates.append(Rate(name, counts[above], counts[below], **asdict(estimate)))
    return rates
