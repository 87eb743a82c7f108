"""What was counted of links, over all posts that each promoted."""

from collections.abc import Sequence
from typing import NamedTuple

from shortlinks.links import link_index, links
from shortlinks.links.link_index import Entry
from shortlinks.links.links import Link
from shortlinks.rollups import link_sums
from shortlinks.rollups.link_sums import Sums
from shortlinks.store import Store


class LinkTotal(NamedTuple):
    """All hits of a link, and those by people."""

    hits: int
    human: int


def of_links(store: Store, found: Sequence[Link]) -> dict[str, LinkTotal]:
    """The totals of each of these links, by slug; read at once."""
    fields = {
        link.slug: [
            link_sums.field(link.slug.encode(), post_id.encode())
            for post_id in dict.fromkeys(turn.post_id for turn in link.history)
        ]
        for link in found
    }
    sums = link_sums.of_fields(store, (each for some in fields.values() for each in some))
    return {slug: _total(sums, some) for slug, some in fields.items()}


def of_entries(store: Store, found: Sequence[Entry]) -> tuple[list[int], list[int]]:
    """All hits of each of these links, and those by people, in their order; what is read are those of all links."""
    sums = link_sums.of_all(store)
    own = [link_sums.field(slug, post_id) for _at, slug, _until, post_id, _before, _target in found]
    hits, human = ([int(row.get(field, 0)) for field in own] for row in sums)
    for place, (_at, slug, _until, _post_id, before, _target) in enumerate(found):
        if before:
            earlier = _total(sums, [link_sums.field(slug, each) for each in before.split()])
            hits[place] += earlier.hits
            human[place] += earlier.human
    return hits, human


def in_use(store: Store) -> LinkTotal:
    """The sum over all links that are not switched off."""
    left_out = link_index.out_of_use(store, links.decode)
    return LinkTotal(
        *link_sums.without(
            store, (link_sums.field(slug, post_id) for slug, posts in left_out.items() for post_id in posts.split())
        )
    )


def _total(sums: Sums, fields: Sequence[bytes]) -> LinkTotal:
    hits, human = ([int(row.get(each, 0)) for each in fields] for row in sums)
    return LinkTotal(sum(hits), sum(human))
