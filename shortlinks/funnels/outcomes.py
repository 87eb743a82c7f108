"""Outcomes: what became of a post, at each reading of its numbers. Pure; `gathered` reads them from the store.

Two outcomes are compared only where the same people could have clicked: on the same profile, a story with stories, and
with links hanging in the same placements. See `way`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from shortlinks import times
from shortlinks.placements import placements
from shortlinks.placements.placements import Placement
from shortlinks.statistics import stats
from shortlinks.words.language import N_

_STEP = 1.5
"""Of readings close to each other only some are kept: each this many times as old as the one before it."""
_YOUNGEST = times.HOUR

AGES = (
    0,
    *(hours * times.HOUR for hours in (1, 3, 6, 12)),
    *(days * times.DAY for days in (1, 2, 3, 7, 14, 28)),
)
"""Up to which ages of a post its clicks are told apart, in milliseconds."""

SETTLED = 18 * times.HOUR
"""How old a post must have been at its reading for it to be held against others: the first hours bring other people.

Less than a day, because numbers are noted on the next one, and those of a story before it is over.
"""
ENOUGH = N_("18 hours or more after publication")
"""When to note the views of a post, in words: SETTLED after it came out."""

FEWEST_LOST = 5
"""Of clicks that do not arrive fewer say nothing: a page closed at once or two explain them."""

_QUIET = 8 * 7 * times.DAY
"""So long after it came out a post is taken to gain no more views; engagement halves within a day on most platforms."""
_STORY = times.DAY
"""How long a story is shown."""
# Graffius 2018 (scottgraffius.com): engagement halves in 6 days on YouTube and in 3.5 months on Pinterest, where people search.
_LASTING = frozenset({"pinterest", "youtube"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an app showed at the instant `at`, and what had been counted up to the end of that minute.

    `counts` are the numbers of the snapshot that were given, `precision` by how much each may be off through rounding.
    `clicks` are those by people, by placement ("" where it is not known).
    """

    at: int
    counts: Mapping[str, int]
    precision: Mapping[str, int]
    clicks: Mapping[str, int]
    conversions: int

    @property
    def views(self) -> int:
        return self.counts["views"]

    def of_views(self, count: int) -> stats.Sample:
        """`count` per the views of this reading, as exact as those were given."""
        return stats.Sample(count, self.views, 0, self.precision.get("views", 0))

    @property
    def sample(self) -> stats.Sample:
        """The clicks of those who can have viewed the post, per its views."""
        return self.of_views(of_viewers(self.clicks))

    @property
    def overfull(self) -> bool:
        """As that of its `sample`."""
        return self.sample.overfull

    def number(self, name: str) -> int | None:
        """A number of the path (see path_words), the clicks those of `sample`; None where it was not given."""
        if name == "clicks":
            return self.sample.count
        return self.conversions if name == "conversions" else self.counts.get(name)

    def step(self, above: str, below: str) -> stats.Sample | None:
        """How many of `above` got to `below`, as exact as both were given; None where one is not known, or above is 0.

        Conversions are of everybody who clicked, people outside too, so their clicks are all clicks.
        """
        base = sum(self.clicks.values()) if (above, below) == ("clicks", "conversions") else self.number(above)
        count = self.number(below)
        if not base or count is None:
            return None
        return stats.Sample(count, base, self.precision.get(below, 0), self.precision.get(above, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What four weeks brought a post of whatever age: people's clicks, conversions, and growth from reading to reading.

    `views` and `likes` are None where they grew by an unknown number, because nobody noted where they stood. What a post that
    is done (see quiet_from) gained without being noted is none.
    """

    clicks: int
    conversions: int
    views: int | None
    likes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A post with its readings that have views, the oldest first.

    `spots` are the placements in which its links hang or ever hung; `clicks` (by placement), `conversions` and those of them
    that were reported `by_click` id cover all time; `followers` is how many the profile had when it was published. Where they
    were asked for, `by_age` are the clicks of those who can have viewed the post by the time it was so old, for those of AGES
    that it has reached, and `gains` what the last four weeks brought, and the four before. Of the clicks up to the last reading
    `contested` may be another post's, and `elsewhere` as many of others' its own, where a bio link is shared and that was asked
    for (see gathered.credited and all_credited). Of the `measured` clicks of all time `arrived` did; see arrivals.measured.
    """

    post_id: str
    title: str
    platform: str
    profile_id: str
    kind: str
    published_at: int
    spots: tuple[str, ...]
    readings: tuple[Reading, ...]
    clicks: Mapping[str, int]
    conversions: int
    tags: tuple[str, ...] = ()
    siblings: tuple[str, ...] = ()
    followers: int | None = None
    precision: Mapping[str, int] = field(default_factory=dict)
    by_age: Mapping[int, int] = field(default_factory=dict)
    gains: tuple[Gain, Gain] | None = None
    contested: int = 0
    elsewhere: int = 0
    by_click: int = 0
    measured: int = 0
    arrived: int = 0

    @property
    def latest(self) -> Reading | None:
        """The reading that counts: the last."""
        return self.readings[-1] if self.readings else None

    @property
    def settled(self) -> Reading | None:
        """The last reading, if the post was old enough then (SETTLED) and had views: what others are held against."""
        last = self.latest
        return last if last and last.views and last.at - self.published_at >= SETTLED else None

    @property
    def ranged(self) -> bool:
        """Whether its clicks are known only as a range, because a bio link is shared: some may be of another post's viewers."""
        return bool(self.contested or self.elsewhere)

    @property
    def bounds(self) -> tuple[int, int]:
        """The fewest and the most clicks up to the last reading that may be its viewers', whoever else shares its bio link."""
        count = self.latest.sample.count if self.latest else 0
        return max(0, count - self.contested), count + self.elsewhere

    @property
    def lost(self) -> stats.Sample | None:
        """The clicks that did not arrive, of those that were measured; None without one."""
        return stats.Sample(self.measured - self.arrived, self.measured) if self.measured else None

    @property
    def human(self) -> int:
        """The clicks by people over all time."""
        return sum(self.clicks.values())


Way = tuple[str, bool, tuple[str, ...]]


def way(outcome: Outcome) -> Way:
    """The way people take from a post to its target: the profile, whether it is a story, and where its links hang.

    Spots where nobody can tap count only where there is no other, as do those that people outside see.
    """
    return way_of(outcome.profile_id, outcome.kind, outcome.spots)


def way_of(profile_id: str, kind: str, spots: Iterable[str]) -> Way:
    """`way`, of a post of a kind with links in these spots."""
    inside = {spot for spot in spots if before_viewers(spot)}
    alive = {spot for spot in inside if in_reach(spot)}
    return profile_id, kind == "story", tuple(sorted(alive or inside))


def names(profiles: Iterable[tuple[str, str]], handles: Mapping[str, str]) -> dict[str, str]:
    """What profiles (each a platform and its id) are called by, of platforms on which there are several of them.

    `handles` are by id: "Instagram @me"; one that is gone has no name.
    """
    there = set(profiles)
    several = Counter(platform for platform, _ in there)
    return {id_: handles.get(id_, "") for platform, id_ in there if several[platform] > 1}


def alike(outcome: Outcome, others: Iterable[Outcome], most: int | None = None) -> list[Outcome]:
    """Those of `others`, without `outcome` itself, on the same way, that can be held against it: the first `most` if given.

    One with more clicks than views cannot: either its views were noted wrong, or people came another way.
    """
    own = way(outcome)
    found = (other for other in others if other.post_id != outcome.post_id and measures(other) and way(other) == own)
    return list(islice(found, most))


def measures(outcome: Outcome) -> bool:
    """Whether the post has settled numbers, and no more clicks than views."""
    return outcome.settled is not None and not outcome.settled.overfull


def before_viewers(spot: str) -> bool:
    """Whether those who see a link in this placement can have viewed the post. Where nobody can know, they can."""
    found = _placement(spot)
    return found is None or found.audience != "outside"


def in_reach(spot: str) -> bool:
    """Whether viewers of the post can come through a link in this placement: it hangs before them, to be tapped or typed."""
    found = _placement(spot)
    return found is None or (before_viewers(spot) and not found.dead)


def clickable(outcome: Outcome) -> bool:
    """Whether viewers of the post can come to the target at all. Where they cannot, its views say nothing about clicks."""
    return any(map(in_reach, outcome.spots))


def of_viewers(clicks: Mapping[str, int]) -> int:
    """Of clicks by placement those of people who can have viewed the post."""
    return sum(count for spot, count in clicks.items() if before_viewers(spot))


def quiet_from(platform: str, kind: str, published_at: int) -> int | None:
    """From when on a post is taken to gain no more views that nobody noted; None where people go on to find it."""
    if kind == "story":
        return published_at + _STORY
    return None if platform in _LASTING else published_at + _QUIET


def thinned(ages: Sequence[int]) -> list[int]:
    """Which of these ages (rising, milliseconds) of a post are worth a reading: the first, the last, and some between."""
    kept: list[int] = []
    last = 0
    for index, age in enumerate(ages):
        older = max(age, _YOUNGEST)
        if not kept or index == len(ages) - 1 or older >= _STEP * last:
            kept.append(index)
            last = older
    return kept


def _placement(spot: str) -> Placement | None:
    return placements.by_id(spot) if spot else None
