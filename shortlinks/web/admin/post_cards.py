"""A post as a card: what the list shows of it at a glance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shortlinks.funnels.expectation import Expected
from shortlinks.placements import placements
from shortlinks.posts.posts import Post
from shortlinks.rollups import rollups
from shortlinks.snapshots import asking, snapshots
from shortlinks.snapshots.snapshots import Snapshot
from shortlinks.web.admin import words
from shortlinks.words import wording
from shortlinks.words.language import _

_BEYOND = 1.15
"""How much further than the most that it shows a whisker's line goes on."""


@dataclass(frozen=True, slots=True)
class Whisker:
    """The usual range of clicks on a line from 0, with the post's own as a dot; in percent of its width.

    `side` is where the verdict sees the dot: one that may be out of the range by another post's clicks counts as within.
    """

    x: str
    width: str
    dot: str
    side: Literal["fewer", "within", "more"]
    says: str


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows. `views` are those noted last, None without any; `mark` stands for the platform.

    `clicks` are those that these views brought, up to when they were noted; `human` all clicks by people so far. `finding` is the
    gravest there is, and `nudge` why its numbers are to be noted now; both "" where there is nothing to say.
    """

    post: Post
    platform: str
    mark: str
    kind: str
    age: str
    clicks: int
    human: int
    hits: int
    views: int | None
    expected: Expected
    whisker: Whisker | None
    finding: str
    nudge: str


def cards(
    found: Sequence[Post],
    totals: Sequence[dict[str, int]],
    taken: Sequence[Sequence[Snapshot]],
    expected: Mapping[str, Expected],
    findings: Mapping[str, str],
    *,
    now: int,
) -> list[Card]:
    """The cards of these posts, each with its totals (`rollups.totals`) and snapshots; by post id what was expected of it, and
    the title of its gravest finding."""
    return [
        _card(post, total, rows, expected[post.id], findings.get(post.id, ""), now)
        for post, total, rows in zip(found, totals, taken, strict=True)
    ]


def _card(
    post: Post, total: dict[str, int], taken: Sequence[Snapshot], expected: Expected, finding: str, now: int
) -> Card:
    human = total["human"]
    clicks = human if expected.count is None else expected.count
    wanted = asking.of_noted(post, taken, since=human - clicks, now=now)
    return Card(
        post=post,
        platform=placements.platform_label(post.platform),
        mark=_mark(post.platform),
        kind=words.kind(post.platform, post.kind),
        age=words.age(now - post.published_at),
        clicks=clicks,
        human=human,
        hits=rollups.hits(total),
        views=_views(post, taken),
        expected=expected,
        whisker=whisker(expected),
        finding=finding,
        nudge=wanted.why if wanted.is_now and not post.archived else "",
    )


def _views(post: Post, taken: Sequence[Snapshot]) -> int | None:
    """The views that a post's rates rest on."""
    noted = snapshots.basis(snapshots.once_out(taken, post.published_at))
    return noted.views if noted else None


def whisker(expected: Expected) -> Whisker | None:
    """The range that the post's views usually bring, and what they brought; None where nothing was to be expected."""
    usual, count = expected.range, expected.count
    if usual is None or count is None:
        return None
    end = max(usual.high, count, 1) * _BEYOND
    return Whisker(
        x=_percent(usual.low / end),
        width=_percent((usual.high - usual.low) / end),
        dot=_percent(count / end),
        side=verdict if (verdict := expected.verdict) == "more" or verdict == "fewer" else "within",
        says=_("usually {span}", span=wording.span(usual.low, usual.high, "click")),
    )


def _mark(platform: str) -> str:
    """Two letters that stand for a platform: `Ig`."""
    return _MARKS.get(platform) or placements.platform_label(platform)[:2]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


_MARKS = {"instagram": "Ig", "tiktok": "Tt", "youtube": "Yt", "facebook": "Fb", "x": "X", "threads": "Th"} | {
    "linkedin": "in",
    "bluesky": "Bs",
}
