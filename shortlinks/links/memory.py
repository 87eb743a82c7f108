"""The links that a web process holds in memory, ready to be followed without looking anything up."""

from dataclasses import dataclass, field, fields
from functools import partial
from threading import Lock
from typing import Any

from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.records import stream_ids

_NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Held:
    """What it takes to follow a link: of its record what the redirect needs, and what can be made ready beforehand.

    `rev` is the turn of the link's history that is in force. `location` is where the link leads, None when that depends
    on the request (query forwarded, click id added). `prefix` begins its journal lines. `until` is when it stops leading
    there (milliseconds; 0 for a link that leads nowhere now).
    """

    slug: str
    post_id: str
    rev: int
    target: str
    state: str
    expires_at: int | None
    forward_query: bool
    utm: dict[str, str] | None
    click_id_param: str | None
    location: str | None = field(init=False)
    prefix: str = field(init=False)
    until: int = field(init=False)

    def __post_init__(self) -> None:
        active = self.state == "active"
        fixed = active and not self.forward_query and not self.click_id_param
        make_ready = partial(object.__setattr__, self)
        make_ready("location", links.location(self, query="", click_id="") if fixed else None)
        make_ready("prefix", f"{self.post_id}\t{self.slug}\t{self.rev}")
        make_ready("until", 0 if not active else _NEVER if self.expires_at is None else self.expires_at)

    def record(self) -> list[Any]:
        """What it was made of, in that order, ready for JSON."""
        return [getattr(self, each.name) for each in fields(self) if each.init]

    @classmethod
    def of(cls, link: Link) -> "Held":
        """A link made ready."""
        return cls(
            link.slug,
            link.post_id,
            link.rev,
            link.target,
            link.state,
            link.expires_at,
            link.forward_query,
            link.utm,
            link.click_id_param,
        )


class Memory:
    """The links in memory by slug: at most `limit`, those not followed for longest forgotten first.

    Two generations instead of a list in order of use: a hit in the young one costs one dictionary look-up and no lock.
    """

    def __init__(self, limit: int) -> None:
        self._half = max(1, limit // 2)
        self.young: dict[str, Held] = {}
        self._old: dict[str, Held] = {}
        self._lock = Lock()
        # Newest feed entries this process has acted upon; a link read before them may be out of date.
        self.position = ""

    def get(self, slug: str) -> Held | None:
        """The link `slug` if it is held."""
        found = self.young.get(slug)
        if found is None and (found := self._old.get(slug)) is not None:
            with self._lock:
                # Not `found`: since we looked without the lock it may have been forgotten, and read anew.
                if (present := self._old.pop(slug, None)) is not None:
                    self._keep(slug, present)
        return found

    def fill(self, slug: str, held: Held, position: str) -> None:
        """Hold a link read when the feed stood at `position`; drop it instead if the feed has moved since."""
        with self._lock:
            if stream_ids.order(self.position) <= stream_ids.order(position):
                self._keep(slug, held)

    def forget(self, slugs: set[str], position: str) -> None:
        """The feed stands at `position` and these links changed."""
        with self._lock:
            self.position = position
            for slug in slugs:
                self.young.pop(slug, None)
                self._old.pop(slug, None)

    def clear(self, position: str) -> None:
        """Forget everything: what changed cannot be known any more."""
        with self._lock:
            self.young.clear()
            self._old = {}
            self.position = position

    def begin_again(self) -> None:
        """In a forked child: whoever held the lock is not here."""
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self.young) + len(self._old)

    def _keep(self, slug: str, held: Held) -> None:
        if len(self.young) >= self._half:
            self._old = dict(self.young)
            self.young.clear()
        self.young[slug] = held
