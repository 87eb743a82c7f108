"""What posts are found by, of all of them in one hash: platform, profile, tags and words, so that no record is read in vain.

`post_records.stage` writes a post's entry together with its record. A store from before there was this index gets it when
somebody first searches.
"""

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

from shortlinks import keys
from shortlinks.records import pages
from shortlinks.store import Store

if TYPE_CHECKING:
    from shortlinks.posts.post_records import Post

_WHOLE, _VERSION, _DROPPED = "", "1", "0"
"""The field that says that each post has its entry, and in which form."""
_MARKS = (_VERSION.encode(), _DROPPED.encode())
_AT_ONCE = 200
_PARTS = 2

Words = tuple[bytes, bytes, bytes]
"""When a post was made, its tags, separated by tabs, and its title, these in small letters and all as they are stored."""


def stage(pipe: Any, post: "Post") -> None:
    """Add to a transaction what `post` is found by."""
    parts = (
        *(str(post.created_at), post.id, post.platform, post.profile_id, str(int(post.archived))),
        "\t".join(post.tags).casefold(),
        "\n".join((post.title, post.notes, *post.tags, post.permalink or "")).casefold(),
    )
    pipe.hset(keys.FOUND_BY, post.id, "\n".join(parts))


def unstage(pipe: Any, post_id: str) -> None:
    """Add to a transaction that nothing finds the post any more."""
    pipe.hdel(keys.FOUND_BY, post_id)


def drop(pipe: Any) -> None:
    """Add to a transaction that the index is made anew when somebody next asks."""
    pipe.delete(keys.FOUND_BY)
    pipe.hset(keys.FOUND_BY, _WHOLE, _DROPPED)


def wanted(
    *,
    words: str = "",
    tag: str = "",
    platform: str | None = None,
    profile_id: str | None = None,
    archived: bool | None = None,
) -> Callable[[bytes], bool]:
    """Whether all of this is true of the post with an entry; None means all.

    `words` (in any case) are looked for in title, notes, tags and permalink; `tag` is a whole one.
    """
    sought, own = small(words), small(tag)
    home, kept_on = (None if name is None else small(name, fold=False) for name in (platform, profile_id))
    state = None if archived is None else b"1" if archived else b"0"
    places = (b"\n%s\n" % each for each in (home, kept_on) if each is not None)
    telling = max((sought, own, *places), key=len)

    def fits(raw: bytes) -> bool:
        # Most are passed over here, unread. To look for more than the longest would take as long as to read them.
        if telling not in raw:
            return False
        _at, _post_id, its_platform, its_profile, its_state, tags, text = raw.split(b"\n", 6)
        return (
            (home is None or home == its_platform)
            and (kept_on is None or kept_on == its_profile)
            and (state is None or state == its_state)
            and (not own or own in tags.split(b"\t"))
            and sought in text
        )

    return fits


def search(store: Store, decode: Callable[[bytes], "Post"], fits: Callable[[bytes], bool]) -> list[tuple[str, int]]:
    """The ids of the posts that `fits` (see `wanted`), and when they were made, newest first.

    `decode` reads records of posts, for a store that has no index yet.
    """
    found = [raw.split(b"\n", 2)[:2] for raw in _all(store, decode) if fits(raw)]
    return [(post_id.decode(), at) for at, post_id in sorted(((int(at), name) for at, name in found), reverse=True)]


def nearest(store: Store, fits: Callable[[bytes], bool], *, limit: int, cursor: str | None) -> list[tuple[str, int]]:
    """The first of what `search` gives behind a cursor, more than `limit` of them; none where that takes a longer look.

    Where most posts fit, they are among the next few: those of others need not be looked at.
    """
    found: list[tuple[str, int]] = []
    if limit < 1:  # `chunks` would never end
        return found
    for names in islice(pages.chunks(store, keys.POSTS, pages.position_of(cursor), limit + 1), _PARTS):
        entries = store.redis.hmget(keys.FOUND_BY, [post_id for post_id, _at in names])
        if None in entries:
            return []
        found += [each for each, raw in zip(names, entries, strict=True) if fits(raw)]
        if len(found) > limit:
            return found
    return []


def words(store: Store, decode: Callable[[bytes], "Post"]) -> dict[bytes, Words]:
    """The words of every post by its id, archived or not. `decode` as in `search`."""
    found = {}
    for raw in _all(store, decode):
        at, post_id, _platform, _profile, _state, tags, title, _rest = raw.split(b"\n", 7)
        found[post_id] = at, tags, title
    return found


def small_letters(text: bytes) -> bytes:
    """Text as it is compared without case, here and in the index of links."""
    return text.lower() if text.isascii() else text.decode().casefold().encode()


def small(text: str, *, fold: bool = True) -> bytes:
    """Text as it is stored here: in small letters, unless told otherwise."""
    return (text.casefold() if fold else text).encode("utf-8", "surrogatepass")


def _all(store: Store, decode: Callable[[bytes], "Post"]) -> list[bytes]:
    pipe = store.redis.pipeline(transaction=True)
    pipe.hget(keys.FOUND_BY, _WHOLE)
    pipe.hvals(keys.FOUND_BY)
    pipe.zcard(keys.POSTS)
    version, values, posts = pipe.execute()
    # A store that has had an index since its first post needs no field that says so.
    if version != _VERSION.encode() and (version is not None or len(values) != posts):
        _fill(store, decode)
        values = store.redis.hvals(keys.FOUND_BY)
    return [raw for raw in values if raw not in _MARKS]


def _fill(store: Store, decode: Callable[[bytes], "Post"]) -> None:
    names = [name.decode() for name in store.redis.zrange(keys.POSTS, 0, -1)]
    for start in range(0, len(names), _AT_ONCE):
        some = [keys.post(name) for name in names[start : start + _AT_ONCE]]

        def change(pipe: Any, some: list[str] = some) -> None:
            posts = [decode(raw) for raw in pipe.mget(some) if raw is not None]
            pipe.multi()
            for post in posts:
                stage(pipe, post)

        store.transact(change, *some)
    store.redis.hset(keys.FOUND_BY, _WHOLE, _VERSION)
