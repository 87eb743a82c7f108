"""Clicks as a table: a row a click of a post that is still kept, post by post, each post's in the order they were counted."""

from collections.abc import Iterable, Iterator

from shortlinks.clicks.clicks import Kept
from shortlinks.exports import post_rows
from shortlinks.exports.tables import Column, Row, Table
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.rollups import kept_clicks
from shortlinks.store import Store

COLUMNS = (
    Column("id"),
    Column("at", "instant"),
    Column("slug"),
    Column("post_id"),
    Column("target"),
    Column("reason"),
    Column("app"),
    Column("device"),
    Column("os"),
    Column("browser"),
    Column("country"),
    Column("referrer"),
    Column("user_agent"),
    Column("method"),
)
"""`target` is where the link led at that moment, None when it, or the post that it promoted, was erased."""


def table(store: Store) -> Table:
    """All clicks that are still kept."""
    return Table("clicks", COLUMNS, _rows(store))


def row(kept: Kept, ever: dict[str, Link]) -> Row:
    """The cells of a click, whose link is among `ever`, by slug, if there is one."""
    return (
        kept.id,
        kept.at,
        kept.slug,
        kept.post_id,
        target(ever.get(kept.slug), kept.rev),
        kept.reason,
        kept.app,
        kept.device,
        kept.os,
        kept.browser,
        kept.country,
        kept.referrer,
        kept.user_agent,
        kept.method,
    )


def by_slug(found: Iterable[Link]) -> dict[str, Link]:
    """These links, by slug."""
    return {link.slug: link for link in found}


def target(link: Link | None, rev: int) -> str | None:
    """Where the link led in its turn `rev`, None when it or its earlier post was erased."""
    return link.history[rev].target or None if link and rev < len(link.history) else None


def _rows(store: Store) -> Iterator[Row]:
    for found in post_rows.each(store):
        post_ids = [post.id for post in found]
        for post_id, ever in zip(post_ids, links.ever_of_posts(store, post_ids), strict=True):
            known = by_slug(ever)
            for kept in kept_clicks.stream(store, post_id):
                yield row(kept, known)
