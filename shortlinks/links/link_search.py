"""Links found by something else than their slug: where they lead to. Reads one record after the other."""

from collections.abc import Callable, Iterable

from shortlinks import keys
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.records import nouns, pages
from shortlinks.store import Store


def in_use(store: Store) -> list[Link]:
    """Every link that is not switched off, newest first; some of them may have expired."""
    return [link for link in links.all_(store) if link.state == "active"]


def with_target(
    store: Store, target: str, *, now: int, keep: Callable[[Link], bool] = lambda _link: True
) -> Link | None:
    """The newest link that leads to exactly `target` at `now`, of those that `keep` says. None where there is none."""
    part = nouns.in_record(target)

    def same(raw: bytes) -> bool:
        if part not in raw:
            return False
        link = links.decode(raw)
        return link.target == target and links.state_at(link, now) == "active" and keep(link)

    found, _ = pages.page(store, keys.LINKS, keys.link, bytes, limit=1, cursor=None, keep=same)
    return links.decode(found[0]) if found else None


def posts_of(found: Iterable[Link]) -> list[str]:
    """The ids of all posts that these links promote or ever promoted, each once."""
    return list(dict.fromkeys(turn.post_id for link in found for turn in link.history))
