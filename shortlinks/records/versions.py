"""Versions of records, so that whoever changes one can say which he has seen: what became of it meanwhile is not written over.

A version is made of what a record says. What is counted beside it, and what others make of it, is in no version.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from shortlinks import ids, keys
from shortlinks.errors import Stale
from shortlinks.records import nouns

_REMEMBERED_SECONDS = 60


@dataclass(slots=True)
class Condition:
    """A change is made only to one of the versions `seen`, or with None to any that is there. Each is for one change."""

    seen: Collection[str] | None
    done: str = field(default_factory=lambda: keys.condition(ids.new(16)))
    tried: bool = False


def of(record: Any) -> str:
    """16 hexadecimal digits for a noun (a dataclass): the same for the same content, and others for any other."""
    return sha256(nouns.dump(asdict(record)).encode()).hexdigest()[:16]


def check(only_if: Condition | None, pipe: Any, record: Any | None) -> None:
    """Raise Stale within a transaction unless `record`, which it watches, may be changed. None stands for one not there."""
    if only_if is None or (record is not None and (only_if.seen is None or of(record) in only_if.seen)):
        return
    # A broken connection can hide that an earlier run of this transaction got through.
    if not (only_if.tried and pipe.exists(only_if.done)):
        raise Stale("It was changed meanwhile, or is gone. Nothing was done; look at it again.")


def stage(only_if: Condition | None, pipe: Any) -> None:
    """Add to a transaction that it got through, for `check` to find."""
    if only_if is not None:
        only_if.tried = True
        pipe.set(only_if.done, 1, ex=_REMEMBERED_SECONDS)
