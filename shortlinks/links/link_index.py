"""Which links are in use, that is, not switched off, and what they are found by, so that no record is read in vain.

`link_records.stage` writes a link's entries together with its record. A store from before there was this index gets it when
somebody first asks.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from shortlinks import keys
from shortlinks.store import Store

if TYPE_CHECKING:
    from shortlinks.links.link_records import Link

Decode = Callable[[bytes], "Link"]

_WHOLE, _VERSION = "", "1"
"""The field that says that each link has its entries, and in which form."""
_AT_ONCE = 200


Entry = tuple[bytes, bytes, bytes, bytes, bytes, bytes]
"""A link in use, as it is stored: when it was made, in milliseconds with leading zeros; slug; when it ends, empty where it does
not; the post that it promotes; those that it promoted before, separated by spaces; target.

A bare tuple, because the garbage collector passes over those that hold bytes, and there may be a hundred thousand.
"""


def entry(link: "Link") -> Entry:
    """What `link` is found by."""
    until = "" if link.expires_at is None else str(link.expires_at)
    before = dict.fromkeys(turn.post_id for turn in link.history if turn.post_id != link.post_id)
    texts = (f"{link.created_at:015}", link.slug, until, link.post_id, " ".join(before), link.target)
    at, slug, until_, post_id, before_, target = (text.encode() for text in texts)
    return at, slug, until_, post_id, before_, target


def posts_of(entry: Entry) -> list[bytes]:
    """The ids of all posts that a link promotes or ever promoted, each once."""
    _at, _slug, _until, post_id, before, _target = entry
    return [post_id, *before.split()]


def stage(pipe: Any, link: "Link") -> None:
    """Add to a transaction what `link` is found by."""
    found_by = entry(link)
    if link.state == "active":
        pipe.zadd(keys.LINKS_IN_USE, {link.slug: link.created_at})
        pipe.hset(keys.LINKS_FOUND_BY, link.slug, b"\n".join(found_by))
        pipe.hdel(keys.LINKS_OUT_OF_USE, link.slug)
    else:
        pipe.zrem(keys.LINKS_IN_USE, link.slug)
        pipe.hdel(keys.LINKS_FOUND_BY, link.slug)
        pipe.hset(keys.LINKS_OUT_OF_USE, link.slug, b" ".join(posts_of(found_by)))


def drop(pipe: Any) -> None:
    """Add to a transaction that the index is made anew when somebody next asks."""
    pipe.delete(keys.LINKS_IN_USE, keys.LINKS_FOUND_BY, keys.LINKS_OUT_OF_USE)


def page(store: Store, decode: Decode, *, start: int, size: int) -> tuple[list[str], int]:
    """The slugs of up to `size` links in use from the place `start` (0) on, newest first, and how many there are of all."""

    def ask(pipe: Any) -> None:
        pipe.zcard(keys.LINKS_IN_USE)
        if size:
            pipe.zrange(keys.LINKS_IN_USE, start, start + size - 1, desc=True)

    count, *slugs = _read(store, decode, ask)
    return [slug.decode() for some in slugs for slug in some], count


def count(store: Store, decode: Decode) -> int:
    """How many links are in use."""
    return page(store, decode, start=0, size=0)[1]


def entries(store: Store, decode: Decode) -> list[Entry]:
    """Every link in use, newest first."""
    values = _values(store, decode)
    values.sort(reverse=True)
    return [tuple(raw.split(b"\n", 5)) for raw in values]  # type: ignore[misc]  # six of them


def leading_to(store: Store, decode: Decode, target: str) -> list[str]:
    """The slugs of the links in use that lead to exactly `target`, newest first; some of them may have expired."""
    end = b"\n" + target.encode("utf-8", "surrogatepass")
    found = sorted((raw for raw in _values(store, decode) if raw.endswith(end)), reverse=True)
    return [raw.split(b"\n", 2)[1].decode() for raw in found]


def out_of_use(store: Store, decode: Decode) -> Mapping[bytes, bytes]:
    """Of each link that is switched off or erased the ids of the posts it promoted, in one text, by slug."""
    (found,) = _read(store, decode, lambda pipe: pipe.hgetall(keys.LINKS_OUT_OF_USE))
    links: Mapping[bytes, bytes] = found
    return links


def _values(store: Store, decode: Decode) -> list[bytes]:
    (values,) = _read(store, decode, lambda pipe: pipe.hvals(keys.LINKS_FOUND_BY))
    return [raw for raw in values if raw != _VERSION.encode()]


def _read(store: Store, decode: Decode, ask: Callable[[Any], object]) -> list[Any]:
    """The answers to what `ask` asks, of one moment, once the index is whole. `decode` reads records of links."""
    while True:
        pipe = store.redis.pipeline(transaction=True)
        pipe.hget(keys.LINKS_FOUND_BY, _WHOLE)
        ask(pipe)
        answers: list[Any] = pipe.execute()
        version = answers.pop(0)
        if version == _VERSION.encode():
            return answers
        _fill(store, decode)


def _fill(store: Store, decode: Decode) -> None:
    names = [name.decode() for name in store.redis.zrange(keys.LINKS, 0, -1)]
    for start in range(0, len(names), _AT_ONCE):
        some = [keys.link(name) for name in names[start : start + _AT_ONCE]]

        def change(pipe: Any, some: list[str] = some) -> None:
            links = [decode(raw) for raw in pipe.mget(some) if raw is not None]
            pipe.multi()
            for link in links:
                stage(pipe, link)

        store.transact(change, *some)
    store.redis.hset(keys.LINKS_FOUND_BY, _WHOLE, _VERSION)
