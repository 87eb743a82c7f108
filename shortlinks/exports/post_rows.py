"""Posts as a table: a row a post, archived ones too, the newest first."""

from collections.abc import Iterator

from shortlinks.exports.tables import Column, Row, Table
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profiles
from shortlinks.rollups import rollups
from shortlinks.sales import conversions
from shortlinks.store import Store

AT_ONCE = 100
BETWEEN = ", "
"""Stands between the values of a cell that holds several. No tag, slug or id has a comma."""
ABOUT = (
    Column("post_id"),
    Column("platform"),
    Column("handle"),
    Column("kind"),
    Column("title"),
    Column("permalink"),
    Column("published_at", "instant"),
    Column("archived", "flag"),
    Column("tags"),
)
"""What says which post a row is about."""
COLUMNS = (
    *ABOUT,
    Column("created_at", "instant"),
    Column("profile_id"),
    Column("part_of"),
    Column("siblings"),
    Column("followers", "number"),
    Column("experiment_id"),
    Column("arm"),
    Column("notes"),
    Column("links"),
    Column("hits", "number"),
    Column("clicks", "number"),
    Column("visitors", "number"),
    Column("conversions", "number"),
)
"""`links` are those that promote the post now, `clicks` the hits by people; all counts are of all time."""


def table(store: Store) -> Table:
    """All posts."""
    return Table("posts", COLUMNS, _rows(store))


def each(store: Store) -> Iterator[list[Post]]:
    """All posts, archived ones too, the newest first, some at a time."""
    cursor: str | None = None
    while True:
        found, cursor = posts.list_(store, limit=AT_ONCE, cursor=cursor, archived=None)
        if found:
            yield found
        if cursor is None:
            return


def handles(store: Store, found: list[Post]) -> dict[str, str | None]:
    """The handles of the profiles of these posts, by the profile's id; None where it is not known."""
    there = profiles.find_all(store, (post.profile_id for post in found))
    return {id_: None if each.handle == profiles.UNNAMED else each.handle for id_, each in there.items()}


def about(post: Post, handle: str | None) -> Row:
    """The cells of ABOUT."""
    return (
        post.id,
        post.platform,
        handle,
        post.kind,
        post.title,
        post.permalink,
        post.published_at,
        post.archived,
        BETWEEN.join(post.tags),
    )


def _rows(store: Store) -> Iterator[Row]:
    for found in each(store):
        post_ids = [post.id for post in found]
        known = handles(store, found)
        for post, hung, total, reported in zip(
            found,
            links.of_posts(store, post_ids),
            rollups.totals(store, post_ids),
            conversions.numbers(store, post_ids),
            strict=True,
        ):
            drawn = post.experiment
            yield (
                *about(post, known.get(post.profile_id)),
                post.created_at,
                post.profile_id,
                post.part_of,
                BETWEEN.join(post.siblings),
                post.followers,
                drawn and drawn.experiment_id,
                drawn and drawn.arm,
                post.notes,
                BETWEEN.join(link.slug for link in hung),
                rollups.hits(total),
                total["human"],
                total[rollups.VISITORS],
                reported,
            )
