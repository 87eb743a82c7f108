"""What people call a post: its id, the beginning of it, one of its links, or its address on the platform."""

from contextlib import suppress
from itertools import islice

from shortlinks.command_line.statuses import Ambiguous
from shortlinks.errors import NotFound
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.store import Store

MOST_NAMED = 10


def post(store: Store, name: str, *, base_url: str) -> str:
    """The id of the post that `name` means. Raises NotFound, and Ambiguous, which lists those that it may mean.

    A link may be its slug or its whole address below `base_url`.
    """
    wanted = name.strip()
    if posts.find(store, wanted) is not None:
        return wanted
    found = dict.fromkeys(_called(store, wanted, base_url))
    if not found:
        raise NotFound("post", name)
    if len(found) > 1:
        named = posts.find_all(store, list(found)[:MOST_NAMED])
        lines = [f"  {each.id}  {each.title}" for each in named.values()]
        rest = [f"  and {len(found) - MOST_NAMED:,} more"] if len(found) > MOST_NAMED else []
        raise Ambiguous("\n".join([f"{name!r} may be any of {len(found):,} posts:", *lines, *rest]))
    return next(iter(found))


def slug(name: str, *, base_url: str) -> str:
    """The slug in what somebody calls a link: the slug, or the whole address."""
    return name.strip().removeprefix(base_url).removeprefix(base_url.partition("://")[2]).lstrip("/")


def _called(store: Store, name: str, base_url: str) -> list[str]:
    found = []
    with suppress(NotFound):
        found.append(links.get(store, slug(name, base_url=base_url)).post_id)
    if "/" in name:
        return found + [each.id for each in islice(posts.all_with_permalink(store, name), MOST_NAMED + 1)]
    return found + (posts.beginning(store, name.lower()) if name else [])
