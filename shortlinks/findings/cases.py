"""A case: everything about one post that its findings look at. Pure; `case_reports` reads it.

Times are milliseconds UTC. Counts of clicks are of those by people, unless they are hits, which are of all reasons.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shortlinks.funnels.bio_range import Interval
from shortlinks.funnels.expectation import Expected
from shortlinks.funnels.outcomes import Outcome, Reading
from shortlinks.placements.placements import Placement

if TYPE_CHECKING:
    from shortlinks.snapshots.snapshots import Snapshot


@dataclass(frozen=True, slots=True)
class Account:
    """The profile a post is on: personal, business or creator; `followers` give or take the rounding, None: not noted.

    `then`: they are those it had when the post was published, not those it has now. `proven`: clicks came through the
    platform's spot for a link, so that it is given it whatever its followers.
    """

    kind: str
    followers: int | None = None
    followers_off: int = 0
    then: bool = False
    proven: bool = False

    @property
    def most_followers(self) -> int | None:
        """As many as it can have."""
        return None if self.followers is None else self.followers + self.followers_off


@dataclass(frozen=True, slots=True)
class Target:
    """How the page that a link leads to works, as our server saw it: ok, slow, broken or unknown, `since` when.

    `seconds` until it began to answer; `broken` are the times at which it is known not to have worked.
    """

    url: str
    state: str
    seconds: float | None = None
    since: int | None = None
    broken: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hung:
    """A link that promotes the post or once did, in `stays`: from when to when, None at the end of one that lasts.

    `working`: it promotes the post now and leads on. `clicks` cover all time, for this post alone. `short_url` is ""
    where nobody said what short links begin with. `tells_sales`: it adds its click ids to the target, or has a coupon code.
    """

    slug: str
    short_url: str
    placement: Placement
    made_at: int
    stays: tuple[tuple[int, int | None], ...]
    working: bool
    clicks: int = 0
    target: Target | None = None
    tells_sales: bool = True

    @property
    def made_for_it(self) -> bool:
        """It was made for this post, so that nobody can have known it before."""
        return self.stays[0][0] == self.made_at

    @property
    def turned_away_at(self) -> int | None:
        """Since when it promotes another post."""
        return self.stays[-1][1]


@dataclass(frozen=True, slots=True)
class Hit:
    """One recorded request of a link, with the reason it was given."""

    at: int
    slug: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The post's best time (`spans`): its first days, and the day with the most clicks.

    `clicks` and `expired` are the clicks and the hits that met a link switched off or ended; `broken` is for how long the
    target did not work, `clicks_lost` the clicks that came meanwhile.
    """

    spans: tuple[Interval, ...]
    clicks: int
    expired: int
    broken: int = 0
    clicks_lost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One post as of `as_of`, at the snapshot its funnel rests on.

    `format` is what the post's address says, as in `permalinks`.
    `clicks`, `viewers` (those of people who can have viewed the post; None where no link hangs before them) and
    `visitors` go up to the snapshot, or cover all time without one. `ledger` (hits by reason), `conversions` and what is in
    `links` cover all time. `own` is its outcome, which tells how many of the clicks may be another post's and how many of
    others' its own; `others` are those of posts on the same way, `expected` rests on these.
    `non_followers` is how many in a hundred viewers do not follow, as noted from the app.
    `first_hits` are the oldest, in order, where all are still kept; `before_publish` are clicks before it was out,
    `arrived_in` are the apps with their clicks and arrivals, most clicks first, where arrivals were measured;
    `noted_early` the times of snapshots that are dated before that, and in nothing else here.
    """

    platform: str
    kind: str
    format: str | None = None
    account: Account | None
    published_at: int
    created_at: int
    as_of: int
    snapshot: "Snapshot | None"
    links: tuple[Hung, ...]
    ledger: Mapping[str, int]
    clicks: int
    viewers: int | None
    visitors: int
    conversions: int
    non_followers: float | None
    own: Outcome
    others: tuple[Outcome, ...]
    expected: Expected
    first_hits: tuple[Hit, ...] = ()
    noted_early: tuple[int, ...] = ()
    before_publish: int = 0
    peak: Peak | None = None
    arrived_in: tuple[tuple[str, int, int], ...] = ()

    @property
    def human(self) -> int:
        """The clicks of all time."""
        return self.ledger.get("human", 0)

    @property
    def hits(self) -> int:
        """The hits of all time, whatever their reason."""
        return sum(count for reason, count in self.ledger.items() if reason not in ("visitors", "lost", "hits"))

    @property
    def clicks_after(self) -> int:
        """The clicks since the snapshot."""
        return max(0, self.human - self.clicks)

    @property
    def working(self) -> list[Hung]:
        """The links that promote the post now and lead on."""
        return [hung for hung in self.links if hung.working]

    def lacks(self, hung: Hung) -> bool:
        """Whether the link hangs where only posts of another format have a spot, and nobody came through it.

        A click is the proof that people get there: a Short may lead to the long video in whose description it hangs.
        """
        spot = hung.placement
        return spot.platform == self.platform and not spot.fits(self.format) and not hung.clicks

    @property
    def in_reach(self) -> bool:
        """Whether a link hangs, or hung, where one taps it or where it is meant to be typed."""
        return any(not hung.placement.dead and not self.lacks(hung) for hung in self.links)

    @property
    def reading(self) -> Reading | None:
        """What the app showed when its views were last noted."""
        return self.own.latest

    @property
    def snapshot_age(self) -> int | None:
        """How old the post was at its snapshot; 0 for one that is dated before the post was out."""
        return None if self.snapshot is None else max(0, self.snapshot.taken_at - self.published_at)

    def noted(self, name: str) -> tuple[int, int] | None:
        """A number of the snapshot and by how much it may be off; None where it was not noted."""
        count = getattr(self.snapshot, name, None)
        return None if self.snapshot is None or count is None else (count, self.snapshot.precision.get(name, 0))
