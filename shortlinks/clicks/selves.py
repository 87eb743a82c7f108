"""Which visitors are the creator: marks that make a visitor's clicks `self`, though no cookie says so. Pure.

An app's own browser, where creators test their links, has none of the browser's cookies. So a mark names a visitor, or a
network for some minutes, by the hash that clicks carry (see `visitors`); the hashes change daily, and so each mark is of one
UTC day. `own_taps` keeps them.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import NamedTuple

from shortlinks import times

VISITOR = "visitor"
NETWORK = "network"
TEST = 10 * times.MINUTE
"""How long a test lasts: so long all taps from the network are the creator's."""

_HASH = re.compile(r"[A-Za-z0-9+/=_-]{1,64}")


class Mark(NamedTuple):
    """From `start` to before `end` (milliseconds within one UTC day) the `who` (a hash) of `kind` is the creator.

    `kind` is VISITOR, or NETWORK: a test under way, during which every tap from there is.
    """

    kind: str
    who: str
    start: int
    end: int


class Selves:
    """All marks there are. False when there is none."""

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        self._spans: dict[tuple[str, int, str], list[tuple[int, int]]] = {}
        for mark in marks:
            self._spans.setdefault((mark.kind, times.day_of(mark.start), mark.who), []).append((mark.start, mark.end))

    def __bool__(self) -> bool:
        return bool(self._spans)

    def said(self, visitor: str, at: int) -> bool:
        """Whether the creator said that this visitor's taps on the day of `at` were their own."""
        return self._marked(VISITOR, visitor, at)

    def claim(self, visitor: str, network: str, at: int) -> bool:
        """Whether a tap by this visitor from this network was the creator's own."""
        return self.said(visitor, at) or self.tested(network, at)

    def tested(self, network: str, at: int) -> bool:
        """Whether the creator was testing from this network at `at`."""
        return self._marked(NETWORK, network, at)

    def test_ends(self, network: str, at: int) -> int | None:
        """When the test from this network that runs at `at` ends; None when there is none."""
        spans = self._spans.get((NETWORK, times.day_of(at), network), ())
        return max((end for start, end in spans if start <= at < end), default=None)

    def _marked(self, kind: str, who: str, at: int) -> bool:
        spans = self._spans.get((kind, times.day_of(at), who))
        return spans is not None and any(start <= at < end for start, end in spans)


NOBODY = Selves()


def parse(row: dict[bytes, bytes]) -> Selves:
    """The marks in what Redis answers."""
    return Selves(mark for name, value in row.items() for mark in kept(name, value))


def kept(field: bytes, value: bytes) -> list[Mark]:
    """The marks of one visitor or network, as Redis keeps them under its `field`; none where they make no sense."""
    with suppress(ValueError, TypeError):
        _, kind, who = field.decode().split("|", 2)
        return [check(Mark(kind, who, start, end)) for start, end in json.loads(value)]
    return []


def to_keep(spans: Iterable[Sequence[int]]) -> str:
    """The (start, end) of the marks of one visitor or network on one day, as the value of its `field`."""
    return json.dumps(list(spans), separators=(",", ":"))


def check(mark: Mark) -> Mark:
    """`mark` itself, which came from elsewhere. Raises ValueError, or TypeError, for one that makes no sense."""
    if mark.kind not in (VISITOR, NETWORK) or not _HASH.fullmatch(mark.who):
        raise ValueError("a mark of nobody")
    if (
        type(mark.start) is not int
        or type(mark.end) is not int
        or not 0 <= mark.start < mark.end <= mark.start + times.DAY
    ):
        raise ValueError("a mark of no time")
    return mark


def whole_day(kind: str, who: str, at: int) -> Mark:
    """The mark of `who` for the UTC day that holds `at`."""
    start = times.day_of(at) * times.DAY
    return Mark(kind, who, start, start + times.DAY)


def of_test(network: Callable[[int], str], start: int) -> list[Mark]:
    """The marks of a test that begins at `start`: two when it goes on past midnight UTC, where the network gets another hash.

    `network` gives its hash at an instant.
    """
    end = start + TEST
    midnight = (times.day_of(start) + 1) * times.DAY
    edges = [start, end] if end <= midnight else [start, midnight, end]
    return [Mark(NETWORK, network(first), first, last) for first, last in pairwise(edges)]


def joined(spans: Iterable[list[int]]) -> list[list[int]]:
    """The same time in as few spans as it takes, the earliest first."""
    found: list[list[int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return found


def field(mark: Mark) -> str:
    """Where Redis keeps the marks of its visitor or network."""
    return f"{times.day_of(mark.start)}|{mark.kind}|{mark.who}"
