"""Whether anything has changed: counters that only grow, of the whole service, to be read in one round trip."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from shortlinks import keys, times
from shortlinks.store import Store
from shortlinks.words import language


class Changes(NamedTuple):
    """`revision`: changes of nouns and settings; `counted`: clicks; `epochs`: whatever else was done to what is counted."""

    revision: int
    counted: int
    epochs: int


def stage(pipe: Any) -> None:
    """Add to a pipeline what `read` is then given the answers to."""
    pipe.get(keys.REVISION)
    for shard in keys.SHARDS:
        pipe.hmget(keys.progress(shard), "counted", "epoch")


def read(answers: Sequence[Any]) -> Changes:
    """The counters in what Redis answers."""
    revision, *progress = answers
    counted, epochs = (sum(int(number or 0) for number in column) for column in zip(*progress, strict=True))
    return Changes(int(revision or 0), counted, epochs)


def seen(store: Store) -> Changes:
    """The counters now. One round trip."""
    pipe = store.redis.pipeline(transaction=False)
    stage(pipe)
    return read(pipe.execute())


def mark(store: Store, *, now: int) -> str:
    """What differs whenever a noun, a setting or what is counted does, and with each minute. One round trip."""
    return marked(seen(store), now)


def marked(changes: Changes, now: int, *also: int) -> str:
    """Counters as one text, with the language that is spoken and the minute of `now`."""
    return ".".join(map(str, (language.spoken().tag, now // times.MINUTE, *also, *changes)))
