"""Pooled rates: what all posts of a profile bring through one placement, the last 28 days against the 28 before. Pure.

At a few clicks a post this is what the numbers can say first. A post counts in the days in which it was published, by its
last reading; one that was never read, or only in its first hours (outcomes.SETTLED), waits.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from shortlinks import times
from shortlinks.funnels import outcomes
from shortlinks.funnels.outcomes import Outcome
from shortlinks.placements import placements
from shortlinks.statistics import comparing, spread, stats
from shortlinks.words import wording
from shortlinks.words.language import _, ngettext

_ON_STORY = "story_link_sticker"
"""The placement whose label says that it is on a story."""
_UNNAMED: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Pool:
    """The posts of one profile with a link in one placement (whole id) that were published in the last four weeks.

    They are stories, or none is (`story`): who sees a story is not who sees a reel, wherever the link hangs.
    `clicks` are those through this placement, `estimate` clicks per view with the spread between posts in its interval,
    None without a view. `change` compares with the posts of the four weeks before, its p-value adjusted for the number of
    pools that are compared; None where there are none. `waiting` posts have no settled numbers yet, `overfull` ones more
    clicks than views, so that either is wrong. `profile` is what the profile is called where the platform alone does not tell.
    """

    profile_id: str
    platform: str
    placement: str
    posts: int
    waiting: int
    overfull: int
    clicks: int
    views: int
    estimate: stats.Estimate | None
    change: comparing.Comparison | None
    story: bool = False
    profile: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API."""
        found, change = self.estimate, self.change
        return {
            "profile_id": self.profile_id,
            "platform": self.platform,
            "placement": self.placement,
            "story": self.story,
            "posts": self.posts,
            "waiting": self.waiting,
            "overfull": self.overfull,
            "clicks": self.clicks,
            "views": self.views,
            "rate": found and found.rate,
            "low": found and found.low,
            "high": found and found.high,
            "level": found and found.level,
            "change": change and change.to_dict(),
            "sentence": self.sentence,
        }

    @property
    def where(self) -> str:
        """The placement as people call it: "Instagram, bio link", with two profiles there "Instagram @me, bio link"."""
        return f"{self.profile or placements.platform_label(self.platform)}, {self.spot}"

    @property
    def spot(self) -> str:
        """The placement without its platform, and whether it is on a story: "bio link, on a story"."""
        row = placements.by_id(self.placement)
        label = wording.small(row.label)
        return _("{spot}, on a story", spot=label) if self.story and row.name != _ON_STORY else label

    @property
    def sentence(self) -> str:
        """`22 clicks from 22,000 views of 11 posts: about 1 per 1,000, between 1 per 660 and 1 per 1,600.`"""
        return self._told(self.trend)

    @property
    def counted(self) -> str:
        """The sentence without how it compares, with the posts that do not count."""
        return self._told("")

    @property
    def clearly(self) -> str:
        """The sentence, which says how it compares only where that is clear."""
        return self._told(self.trend if self.changed else "")

    def _told(self, trend: str) -> str:
        """The rate, how it compares, and the posts that do not count."""
        told = []
        if self.estimate:
            told.append(
                _(
                    "{clicks} from {views} of {posts}: {often}.",
                    clicks=wording.plural(self.clicks, "click"),
                    views=wording.plural(self.views, "view"),
                    posts=wording.plural(self.posts, "post"),
                    often=wording.one_in(self.estimate),
                )
            )
        if trend:
            told.append(trend)
        if self.waiting:
            told.append(
                ngettext(
                    "{count} post waits for views noted {enough}.",
                    "{count} posts wait for views noted {enough}.",
                    self.waiting,
                    enough=_(outcomes.ENOUGH),
                )
            )
        if self.overfull:
            told.append(
                ngettext(
                    "{count} post does not count: it has more clicks than views.",
                    "{count} posts do not count: they have more clicks than views.",
                    self.overfull,
                )
            )
        return " ".join(told)

    @property
    def changed(self) -> bool:
        """Whether it is clearly more, or less, than in the 28 days before."""
        return self.change is not None and self.change.verdict != "cannot_tell_yet"

    @property
    def trend(self) -> str:
        """How this compares with the 28 days before, in a sentence; empty without posts then."""
        if self.change is None:
            return ""
        if not self.changed:
            return _("No clear change against the 28 days before.")
        if self.change.ratio is None:
            return _("That is more than in the 28 days before, which brought no click.")
        if not self.change.ratio:
            return _("That is not nearly as much as in the 28 days before.")
        return _("That is {times} much as in the 28 days before.", times=wording.times_as(self.change.ratio))


def of(found: Iterable[Outcome], *, now: int, handles: Mapping[str, str] = _UNNAMED) -> list[Pool]:
    """A pool for each profile and placement through which posts of the last eight weeks can be clicked, most views first.

    Stories have a pool of their own.
    What people outside see (a newsletter) is in none, nor is what nobody can tap: views there say nothing about clicks.
    `handles` are what profiles are called by: "Instagram @me".
    """
    recent: defaultdict[tuple[str, str, str, bool], list[Outcome]] = defaultdict(list)
    for outcome in found:
        if now - 2 * times.FOUR_WEEKS <= outcome.published_at < now:
            for spot in outcome.spots:
                if outcomes.in_reach(spot):
                    recent[outcome.profile_id, outcome.platform, spot, outcome.kind == "story"].append(outcome)
    pools = [_pool(*name, posts, now - times.FOUR_WEEKS) for name, posts in recent.items()]
    there = _named(_together([pool for pool in pools if pool.posts + pool.waiting + pool.overfull]), handles)
    return sorted(there, key=lambda pool: (-pool.views, pool.placement, pool.story))


def samples(posts: Iterable[Outcome], spot: str) -> list[stats.Sample]:
    """The clicks through one placement on the views of each post that is settled and has no more clicks than views."""
    readings = [post.settled for post in posts if outcomes.measures(post)]
    return [reading.of_views(reading.clicks.get(spot, 0)) for reading in readings if reading]


def _named(found: Sequence[Pool], handles: Mapping[str, str]) -> list[Pool]:
    """The same pools, with the names of profiles of which there are several on a platform."""
    names = outcomes.names(((pool.platform, pool.profile_id) for pool in found), handles)
    return [replace(pool, profile=names.get(pool.profile_id, "")) for pool in found]


def _together(found: Sequence[Pool]) -> list[Pool]:
    """The same pools, what changed told so that of all changes that are told no more than one in twenty is luck."""
    changes = comparing.together([pool.change for pool in found])
    return [replace(pool, change=change) for pool, change in zip(found, changes, strict=True)]


def _pool(profile_id: str, platform: str, spot: str, story: bool, posts: Sequence[Outcome], since: int) -> Pool:
    new = [post for post in posts if post.published_at >= since]
    now = samples(new, spot)
    before = samples((post for post in posts if post.published_at < since), spot)
    estimate = spread.pooled(now)
    waiting = sum(post.settled is None for post in new)
    return Pool(
        profile_id=profile_id,
        platform=platform,
        placement=spot,
        posts=len(now),
        waiting=waiting,
        overfull=len(new) - len(now) - waiting,
        clicks=sum(sample.count for sample in now),
        views=sum(sample.base for sample in now),
        estimate=stats.bounded(estimate) if estimate else None,
        change=comparing.periods(now, before) if now and before else None,
        story=story,
    )
