"""Whether anything has changed: counters that only grow, of the whole service, to be read in one round trip."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from shortlinks import keys


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
