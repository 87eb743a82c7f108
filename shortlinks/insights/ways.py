"""Groups of posts that can be told together: those on one way, whose viewers could have clicked alike.

Who sees a story is not who sees a reel, and who looks at a profile not who reads a caption. So a rate is one of a way (see
outcomes.way), and never one over several.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shortlinks.funnels import outcomes
from shortlinks.funnels.outcomes import Outcome
from shortlinks.insights import insight
from shortlinks.placements import placements
from shortlinks.statistics import stats
from shortlinks.words import wording
from shortlinks.words.language import _

SHOWN = 3
"""So many ways are drawn, those with the most clicks: a phone's page has room for as many."""


@dataclass(frozen=True, slots=True)
class Group:
    """The posts on one way, the newest first; `name` says which in words: `Stories on Instagram (link sticker on a story)`."""

    name: str
    posts: Sequence[Outcome]

    @property
    def samples(self) -> list[stats.Sample]:
        """As insight.samples."""
        return insight.samples(self.posts)

    @property
    def total(self) -> stats.Sample:
        """Viewers' clicks on the views of all posts with settled numbers."""
        return sums(self.posts)

    @property
    def estimate(self) -> stats.Estimate | None:
        """The rate of the way; None without views."""
        return insight.pooled(self.samples)


def of(found: Iterable[Outcome], handles: Mapping[str, str]) -> list[Group]:
    """Posts by way, the one with the most clicks first. `handles` are the profiles' as in insight.Data."""
    posts = list(found)
    called = outcomes.names(((post.platform, post.profile_id) for post in posts), handles)
    groups = [Group(_name(own[0], called), own) for own in insight.grouped(posts, outcomes.way).values()]
    return sorted(groups, key=lambda group: (-group.total.count, -group.total.base, group.name))


def sums(posts: Iterable[Outcome]) -> stats.Sample:
    """Clicks and views of posts with settled numbers, added up."""
    return stats.total(insight.samples(posts))


def numbers(posts: Sequence[Outcome]) -> dict[str, Any]:
    """What posts on one way brought, for the evidence."""
    total = sums(posts)
    estimate = insight.pooled(insight.samples(posts))
    return {"posts": len(posts), "clicks": total.count, "views": total.base, **insight.numbers(estimate)}


def _name(post: Outcome, called: Mapping[str, str]) -> str:
    """What the posts on the way of this one are called."""
    spots = [placements.by_id(spot) for spot in outcomes.way(post)[2] if spot]
    where = wording.listed([wording.small(spot.label) for spot in spots])
    profile = called.get(post.profile_id) or placements.platform_label(post.platform)
    story = post.kind == "story"
    name = _("Stories on {profile}", profile=profile) if story else _("Posts on {profile}", profile=profile)
    return name + (f" ({where})" if where else "")
