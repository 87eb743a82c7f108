"""The feed of link changes: how processes that hold links learn that they are out of date.

A position is the id of the entry read last. A process that reads on from there has missed nothing, as long as that entry
is still in the feed; else the feed was trimmed past it, went back (Redis lost its last second), or is another one.
"""

from dataclasses import dataclass
from typing import Any

from shortlinks import keys
from shortlinks.records import stream_ids
from shortlinks.store import Store

LENGTH = 10_000
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Changes:
    """The `slugs` that changed up to `position`, or None when that cannot be known: then anything may have changed.

    `run` names the server's process: it is another one after a restart, which may have lost a second.
    """

    slugs: set[str] | None
    position: str
    run: str


def add(pipe: Any, slug: str) -> None:
    """Tell, within a transaction, that a link is made or changed."""
    pipe.xadd(keys.FEED, {"slug": slug}, maxlen=LENGTH, approximate=True)


def ask_newest(pipe: Any) -> None:
    """Ask, in a pipeline, for what `newest` reads."""
    pipe.xrevrange(keys.FEED, count=1)


def newest(answer: list[Any]) -> str:
    """The newest position in the answer to `ask_newest`."""
    return answer[0][0].decode() if answer else stream_ids.NOWHERE


def since(store: Store, position: str) -> Changes:
    """What changed after `position` ("": never looked before), at most BATCH entries at a time."""
    pipe = store.redis.pipeline(transaction=False)
    pipe.info("server")
    pipe.xrange(keys.FEED, min=position or "-", count=BATCH)
    ask_newest(pipe)
    server, entries, last = pipe.execute()
    run = server["run_id"]
    unbroken = entries[0][0].decode() == position if entries else position == stream_ids.NOWHERE
    if not unbroken:
        return Changes(None, newest(last), run)
    slugs = {fields[b"slug"].decode() for _, fields in entries[1:]}
    return Changes(slugs, entries[-1][0].decode() if entries else position, run)
