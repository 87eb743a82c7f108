"""Reads how many clicks on shared bio links may be another post's, and how many of another's this one's."""

from collections.abc import Sequence

from shortlinks import bio_range, links, placements, posts, rollups, snapshots
from shortlinks.posts import Post
from shortlinks.snapshots import Snapshot
from shortlinks.store import Store


def of_post(
    store: Store, post: Post, ever: Sequence[links.Link], seen: Sequence[Snapshot], cut: int
) -> tuple[int, int]:
    """How many of the post's bio clicks another post may have earned, and how many recorded for others it may have earned.

    Both up to `cut`, over the bio links that promoted this post and another one. `seen` are this post's views.
    """
    shared = {
        link.slug: {turn.post_id for turn in link.history} - {post.id}
        for link in ever
        if placements.by_id(link.placement).bio
    }
    other_ids = sorted(set().union(*shared.values()))
    if not other_ids:
        return 0, 0
    others = posts.find_all(store, other_ids)
    gaining = {
        name: bio_range.gaining(other.published_at, snapshots.with_views(snapshots.of_post(store, name)))
        for name, other in others.items()
    }
    span = bio_range.elsewhere(bio_range.gaining(post.published_at, seen), cut)
    contested = 0
    for slug, names in shared.items():
        times_shared = bio_range.contested(cut, [gaining[name] for name in names if name in gaining])
        contested += rollups.between(store, post.id, times_shared)[slug, "human"]
    elsewhere = 0
    for name in gaining:
        counted = rollups.between(store, name, [span])
        elsewhere += sum(counted[slug, "human"] for slug, names in shared.items() if name in names)
    return contested, elsewhere
