"""Reads what was noted of a post before, and says what a new reading makes doubtful. Nothing is refused for it."""

from zoneinfo import ZoneInfo

from shortlinks.posts.posts import Post
from shortlinks.snapshots import snapshots
from shortlinks.snapshots.snapshots import Snapshot
from shortlinks.store import Store
from shortlinks.words import wording
from shortlinks.words.language import _

Warnings = list[tuple[str, str]]
"""As (code, message)."""


def of(store: Store, post: Post, row: Snapshot, *, tz: ZoneInfo) -> Warnings:
    """The warnings of a snapshot of `post` that was just kept; `tz` is the creator's, in which times are told."""
    return [*_early(post, row, tz), *_fallen(store, row, tz)]


def _early(post: Post, row: Snapshot, tz: ZoneInfo) -> Warnings:
    if not snapshots.is_early(row, post.published_at):
        return []
    said = _(
        "The numbers are dated before the post is out ({time}), so they are in no rate: one of the two times is wrong.",
        time=wording.moment(post.published_at, tz),
    )
    return [("before_publication", said)]


def _fallen(store: Store, row: Snapshot, tz: ZoneInfo) -> Warnings:
    before = snapshots.fallen_from(snapshots.of_post(store, row.post_id), row)
    if before is None:
        return []
    said = _(
        "The views, {views}, are lower than the {more} you noted on {time}. If one of them was a slip, note it again with the "
        "same time.",
        views=row.views or 0,
        more=before.views or 0,
        time=wording.moment(before.taken_at, tz),
    )
    return [("lower_than_before", said)]
