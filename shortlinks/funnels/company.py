"""The posts that one is held against, kept in memory for as long as nothing changes: to read them is most of a funnel's work."""

from dataclasses import dataclass, field
from typing import NamedTuple

from shortlinks.funnels import gathered
from shortlinks.funnels.outcomes import Outcome
from shortlinks.posts.posts import Post
from shortlinks.records.changes import Changes
from shortlinks.sales import conversions
from shortlinks.store import Store

_MOST_KINDS = 50
_NOTHING = Changes(0, 0, 0)


class Company(NamedTuple):
    """What became of the posts that one is held against, and whether a conversion was ever reported for a newest post."""

    others: list[Outcome]
    sold: bool


def read(store: Store, post: Post, *, now: int) -> Company:
    """The company of `post` as of `now`."""
    return Memory().of(store, post, now=now, seen=_NOTHING)


@dataclass(slots=True)
class _Known:
    seen: Changes
    now: int
    newest: list[Post]
    sold: bool
    outcomes: dict[tuple[str, bool], list[Outcome]] = field(default_factory=dict)


class Memory:
    """One process's; threads share it. What it answers is never older than the `changes` that it is asked with."""

    def __init__(self) -> None:
        self._known: _Known | None = None

    def of(self, store: Store, post: Post, *, now: int, seen: Changes) -> Company:
        """What is known of `post`'s company as of `now`; `seen` is what `changes` said before this was asked."""
        known = self._known
        if known is None or (known.seen, known.now) != (seen, now):
            newest = gathered.newest(store)
            known = _Known(seen, now, newest, conversions.any_reported(store, [each.id for each in newest]))
            self._known = known
        alike = (post.profile_id, post.kind == "story")
        found = known.outcomes.get(alike)
        if found is None:
            found = gathered.first_like(store, post, known.newest, now=now)
            if len(known.outcomes) < _MOST_KINDS:
                known.outcomes[alike] = found
        others = [each for each in found if each.post_id != post.id]
        return Company(others[: gathered.NEAREST], known.sold)
