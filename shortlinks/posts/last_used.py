"""Reads what the creator used last, to offer it for the next post: where it led, and the spots where its links hung."""

from collections.abc import Sequence
from dataclasses import dataclass

from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.placements import placements
from shortlinks.posts import permalinks, posts
from shortlinks.posts.posts import Post
from shortlinks.store import Store

_LOOKED_AT = 100
"""Posts, newest first, among which the last one with links is looked for."""
_MOST_TARGETS = 5

Newest = Sequence[tuple[Post, Sequence[Link]]]
"""The newest posts, newest first, each with the links that promote it."""


@dataclass(frozen=True, slots=True)
class Used:
    """`target` is None where nothing is known; `placements` are whole ids."""

    target: str | None
    placements: tuple[str, ...]


def read(store: Store) -> Newest:
    """What the other functions look at, read once."""
    found, _ = posts.list_(store, limit=_LOOKED_AT)
    return list(zip(found, links.of_posts(store, [post.id for post in found]), strict=True))


def on_platform(newest: Newest, platform: str, kind: str | None, format_: str | None = None) -> Used:
    """What the newest post of this kind there had, of what makes sense again; of any kind but stories where it is None.

    That are the spots on the platform where a link of a post of this format leads somewhere, without the bio: its one link
    is turned from post to post, and a second one would hang nowhere. Nor are those that the newest post did not have itself.
    """
    post, hung = _newest_linked(newest, platform, kind)
    its_own = permalinks.format_on(platform, post.permalink) if post else None
    spots = {row.id for row in placements.to_try(platform, format_) if not row.bio and row.fits(its_own)}
    return Used(
        hung[-1].target if hung else None,
        tuple(dict.fromkeys(link.placement for link in hung if link.placement in spots)),
    )


def on_story(store: Store, newest: Newest, whole: Post) -> Used:
    """What a story needs that promotes `whole`: that post's own target, and the spots of the last story or its sticker."""
    last = on_platform(newest, whole.platform, "story")
    own = links.of_post(store, whole.id)
    sticker = placements.of_story(whole.platform)
    return Used(own[-1].target if own else last.target, last.placements or ((sticker.id,) if sticker else ()))


def click_id_param(newest: Newest) -> str:
    """The parameter in which the newest link gives its click ids; "" where it gives none, or there is no link."""
    return next((hung[-1].click_id_param or "" for _, hung in newest if hung), "")


def targets(newest: Newest) -> list[str]:
    """Where links of the newest posts lead, the last one first, each once."""
    return list(dict.fromkeys(link.target for _, hung in newest for link in reversed(hung)))[:_MOST_TARGETS]


def _newest_linked(newest: Newest, platform: str, kind: str | None) -> tuple[Post | None, Sequence[Link]]:
    """The newest post of this kind there that has links, with these."""
    fits = ((post, hung) for post, hung in newest if post.platform == platform and _of_kind(post, kind))
    return next(((post, hung) for post, hung in fits if hung), (None, []))


def _of_kind(post: Post, kind: str | None) -> bool:
    return post.kind == kind if kind else post.kind != "story"
