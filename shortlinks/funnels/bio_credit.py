"""Reads how many clicks on shared bio links may be another post's, and how many of another's this one's."""

from collections.abc import Collection, Mapping, Sequence

from shortlinks.funnels import bio_range
from shortlinks.links import links
from shortlinks.placements import placements
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.rollups import rollups
from shortlinks.snapshots import snapshots
from shortlinks.snapshots.snapshots import Snapshot
from shortlinks.store import Store

_AT_ONCE = 100


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
    gaining = _spans(store, other_ids)
    span = bio_range.elsewhere(bio_range.gaining(post.published_at, seen), cut)
    contested = 0
    for slug, names in shared.items():
        times_shared = bio_range.contested(cut, [gaining[name] for name in names if name in gaining])
        contested += rollups.between(store, post.id, times_shared)[slug, "human"]
    elsewhere = 0
    for name, counted in zip(gaining, rollups.between_of_posts(store, list(gaining), [span]), strict=True):
        elsewhere += sum(counted[slug, "human"] for slug, names in shared.items() if name in names)
    return contested, elsewhere


def of_posts(store: Store, cuts: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """What `of_post` gives, for many posts (by id, each up to its cut) at once, or somewhat more: see bio_range.by_day.

    Posts that share no bio link are not in it.
    """
    shared = {
        link.slug: {turn.post_id for turn in link.history}
        for ever in links.ever_of_posts(store, list(cuts))
        for link in ever
        if placements.by_id(link.placement).bio and len({turn.post_id for turn in link.history}) > 1
    }
    names = sorted(set().union(*shared.values()))
    spans = _spans(store, names)
    by_slug = _by_slug(store, names, shared.keys())
    found: dict[str, tuple[int, int]] = {}
    for slug, sharing in shared.items():
        gaining = {name: spans[name] for name in sharing if name in spans}
        asked = {name: cuts[name] for name in sharing if name in cuts}
        for name, (contested, elsewhere) in bio_range.by_day(by_slug[slug], gaining, asked).items():
            before = found.get(name, (0, 0))
            found[name] = before[0] + contested, before[1] + elsewhere
    return found


def _spans(store: Store, names: Sequence[str]) -> dict[str, tuple[int, int | None]]:
    """When each of these posts gains views; those that are gone are not in it."""
    known = posts.find_all(store, names)
    seen = zip(names, snapshots.of_posts(store, names), strict=True)
    return {
        name: bio_range.gaining(
            known[name].published_at, snapshots.with_views(snapshots.once_out(rows, known[name].published_at))
        )
        for name, rows in seen
        if name in known
    }


def _by_slug(store: Store, names: Sequence[str], slugs: Collection[str]) -> dict[str, dict[int, dict[str, int]]]:
    """Clicks by people on each of these links, by UTC day and post."""
    found: dict[str, dict[int, dict[str, int]]] = {slug: {} for slug in slugs}
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        for name, counted in zip(some, rollups.days_of_posts(store, some), strict=True):
            for (day, slug, reason), number in counted.items():
                if reason == "human" and slug in found:
                    found[slug].setdefault(day, {})[name] = number
    return found
