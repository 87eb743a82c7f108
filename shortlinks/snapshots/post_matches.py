"""Which posts the rows of a platform's file are of. Pure.

A row is of the post with its address: by the platform's own id in it, or else by the address as it is written. A post of
that title and day is only suggested, because a wrong match would put one post's views under another.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from shortlinks import weeks
from shortlinks.posts import permalinks
from shortlinks.posts.post_records import Post
from shortlinks.snapshots.post_exports import Row
from shortlinks.words import wording
from shortlinks.words.language import _

K = TypeVar("K")
By = Literal["id", "permalink"]

_SHORTEST_TITLE = 8
"""Titles that agree in so many letters are alike when one is cut short."""
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Match:
    """A row with its post, found `by` what; or without one, `why`, and which post it may be (`suggested`)."""

    row: Row
    post: Post | None = None
    by: By | None = None
    suggested: Post | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Index:
    """The posts of a platform by the id in their address, by the address, and by day."""

    platform: str
    ids: Mapping[str, Sequence[Post]]
    addresses: Mapping[str, Sequence[Post]]
    days: Mapping[int, Sequence[Post]]
    tz: ZoneInfo


def of_rows(rows: Iterable[Row], posts: Sequence[Post], *, platform: str, tz: ZoneInfo) -> list[Match]:
    """The match of each row among these posts, all of them on `platform`. Days are those of `tz`."""
    index = _Index(
        platform,
        ids=_by(posts, lambda post: _key(post.permalink)),
        addresses=_by(posts, lambda post: _plain(post.permalink)),
        days=_by(posts, lambda post: weeks.day_at(post.published_at, tz)),
        tz=tz,
    )
    return [_match(row, index) for row in rows]


def may_be(row: Row, post: Post) -> bool:
    """Whether a row can be of a post: not when each has an address of its own."""
    return _fits(_key(row.permalink), post)


def _fits(own: str | None, post: Post) -> bool:
    other = _key(post.permalink)
    return own is None or other is None or own == other


def nearest(row: Row, posts: Iterable[Post], number: int) -> list[Post]:
    """The posts that a row may be of, those first that were published around the same time; the newest for want of one."""
    own, at = _key(row.permalink), row.published_at
    fitting = (post for post in posts if _fits(own, post))
    if at is None:
        return heapq.nlargest(number, fitting, key=lambda post: post.published_at)
    return heapq.nsmallest(number, fitting, key=lambda post: abs(post.published_at - at))


def _match(row: Row, index: _Index) -> Match:
    """By an id first: of several posts with one address none is taken."""
    tried: tuple[tuple[By, Sequence[Post]], ...] = (
        ("id", index.ids.get(_key(row.permalink) or "", ())),
        ("id", index.ids.get(f"{index.platform}/{row.native_id}", ())),
        ("permalink", index.addresses.get(_plain(row.permalink) or "", ())),
    )
    for by, found in tried:
        if len(found) == 1:
            return Match(row, found[0], by)
        if found:
            named = wording.listed([wording.quoted(post.title) for post in found[:_MOST_NAMED]])
            return Match(row, why=_("{count} posts have its address: {posts}", count=len(found), posts=named))
    why = _("no post here has its address") if row.permalink else _("the file does not say its address")
    return Match(row, suggested=_suggested(row, index), why=why)


def _suggested(row: Row, index: _Index) -> Post | None:
    """The one post of about that day that is called alike."""
    if row.published_at is None or not row.title:
        return None
    day = weeks.day_at(row.published_at, index.tz)
    around = (post for near in (day - 1, day, day + 1) for post in index.days.get(near, ()))
    alike = [post for post in around if _alike(row.title, post.title) and may_be(row, post)]
    return alike[0] if len(alike) == 1 else None


def _alike(one: str, other: str) -> bool:
    one, other = (" ".join(title.casefold().rstrip("…. ").split()) for title in (one, other))
    short, long = sorted((one, other), key=len)
    return short == long or (len(short) >= _SHORTEST_TITLE and long.startswith(short))


def _by(posts: Iterable[Post], name: Callable[[Post], K | None]) -> dict[K, list[Post]]:
    found: dict[K, list[Post]] = defaultdict(list)
    for post in posts:
        if (key := name(post)) is not None:
            found[key].append(post)
    return found


@lru_cache(maxsize=20_000)
def _key(permalink: str | None) -> str | None:
    """The platform with the post's own id there, None where the address does not tell it."""
    found = permalinks.recognise(permalink) if permalink else None
    return found.key if found is not None and found.post_id else None


def _plain(permalink: str | None) -> str | None:
    """An address without what makes no difference: scheme, www, a slash at the end, a fragment."""
    if not permalink:
        return None
    parts = urlsplit(permalink)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    return f"{host}{parts.path.rstrip('/')}?{parts.query}"
