"""What was counted of links, over all posts that each promoted."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from shortlinks.links import link_search
from shortlinks.links.links import Link
from shortlinks.rollups import rollups
from shortlinks.store import Store


class LinkTotal(NamedTuple):
    """All hits of a link, and those by people."""

    hits: int
    human: int


def of_links(store: Store, found: Sequence[Link]) -> dict[str, LinkTotal]:
    """The totals of each of these links, by slug; read at once, from the day sums of their posts."""
    hits: Counter[str] = Counter()
    human: Counter[str] = Counter()
    for days in rollups.days_of_posts(store, link_search.posts_of(found)):
        for (_day, slug, reason), number in days.items():
            if reason == rollups.VISITORS:
                continue
            hits[slug] += number
            if reason == "human":
                human[slug] += number
    return {link.slug: LinkTotal(hits[link.slug], human[link.slug]) for link in found}
