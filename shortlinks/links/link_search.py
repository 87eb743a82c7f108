"""Links found by something else than one slug: those in use, where they lead to. Reads the index, and few records."""

from collections.abc import Callable, Iterable

from shortlinks import keys
from shortlinks.links import link_index, links
from shortlinks.links.link_index import Entry
from shortlinks.links.links import Link
from shortlinks.store import Store

_AT_ONCE = 200


def find_all(store: Store, slugs: Iterable[str]) -> list[Link]:
    """The links with these slugs, also erased ones, in this order; those that are not there are left out."""
    wanted = [keys.link(slug) for slug in slugs]
    raws = store.redis.mget(wanted) if wanted else []
    return [links.decode(raw) for raw in raws if raw is not None]


def page(store: Store, *, start: int, size: int) -> tuple[list[Link], int]:
    """Up to `size` links that are not switched off, from the place `start` (0) on, and how many there are of all.

    Newest first; some of them may have expired.
    """
    slugs, count = link_index.page(store, links.decode, start=start, size=size)
    return find_all(store, slugs), count


def count(store: Store) -> int:
    """How many links are not switched off."""
    return link_index.count(store, links.decode)


def in_use(store: Store) -> list[Entry]:
    """What every link is found by that is not switched off, newest first; some of them may have expired."""
    return link_index.entries(store, links.decode)


def with_target(
    store: Store, target: str, *, now: int, keep: Callable[[Link], bool] = lambda _link: True
) -> Link | None:
    """The newest link that leads to exactly `target` at `now`, of those that `keep` says. None where there is none."""
    slugs = link_index.leading_to(store, links.decode, target)
    for start in range(0, len(slugs), _AT_ONCE):
        for link in find_all(store, slugs[start : start + _AT_ONCE]):
            # It may have been changed since the index was read.
            if link.target == target and links.state_at(link, now) == "active" and keep(link):
                return link
    return None
