"""Since when, and up to when, arrivals are told at the hosts that links lead to.

A host's pages begin to tell when the first click of a person arrives there: only from then on can a click be missing. The
parameter belongs to it, because code on a page reads one.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from shortlinks import keys
from shortlinks.links.link_records import Link, Turn
from shortlinks.sales import shops
from shortlinks.store import Store

Span = tuple[int, int | None]
"""From the first click that arrived up to when the beacon was switched off or renewed, None as long as it was not."""

_UNTIL = "|until"


class Known(NamedTuple):
    """The spans by `place`, and up to when all arrivals that were told are counted."""

    of: dict[str, list[Span]]
    until: int

    def at(self, link: Link, turn: Turn) -> list[Span]:
        """Where the clicks of a link's turn could arrive and be told; none for a link without click ids."""
        return self.of.get(place(link, turn), []) if link.click_id_param and turn.target else []


def place(link: Link, turn: Turn) -> str:
    """Where a link's clicks arrive, and under which parameter pages there find their ids."""
    return f"{shops.host_of(turn.target)}|{link.click_id_param}" if turn.target else ""


def read(store: Store) -> Known:
    """All spans there are."""
    row = {field.decode(): json.loads(value) for field, value in store.redis.hgetall(keys.MEASURED).items()}
    until = int(row.pop(_UNTIL, 0))
    return Known({name: [(start, end) for start, end in spans] for name, spans in row.items()}, until)


def begins(known: Sequence[Span], at: int) -> bool:
    """Whether a click at this instant, which arrived, says that arrivals are told from earlier on than is known."""
    if not known:
        return True
    start, end = known[-1]
    closed = known[-2][1] if end is None and len(known) > 1 else end
    return (closed is None or at > closed) and (end is not None or at < start)


def check(name: str, value: Any) -> None:
    """Raise ValueError or TypeError for what is no field and value of these records."""
    if name == _UNTIL:
        int(value)
        return
    if not name.partition("|")[2] or not all(
        isinstance(start, int) and (end is None or isinstance(end, int)) for start, end in value
    ):
        raise ValueError("no spans of arrivals")


def open_(store: Store, first: Mapping[str, int]) -> None:
    """Arrivals are told at these places, of clicks from so early on; see `begins`."""

    def change(pipe: Any) -> None:
        found = {name: json.loads(pipe.hget(keys.MEASURED, name) or "[]") for name in first}
        for name, spans in found.items():
            if begins(spans, first[name]):
                earlier = spans[:-1] if spans and spans[-1][1] is None else spans
                found[name] = [*earlier, [first[name], None]]
        pipe.multi()
        for name, spans in found.items():
            pipe.hset(keys.MEASURED, name, json.dumps(spans))

    if first:
        store.transact(change, keys.MEASURED)


def close(store: Store, *, now: int) -> None:
    """Nothing is told from `now` on, anywhere."""

    def change(pipe: Any) -> None:
        row = {name: json.loads(value) for name, value in pipe.hgetall(keys.MEASURED).items()}
        pipe.multi()
        for name, spans in row.items():
            if isinstance(spans, list) and spans[-1][1] is None:
                pipe.hset(keys.MEASURED, name, json.dumps([*spans[:-1], [spans[-1][0], max(now, spans[-1][0])]]))

    store.transact(change, keys.MEASURED)


def counted_until(store: Store, at: int) -> None:
    """Note that all that was told up to `at` is counted, and that it may not have been before."""

    def change(pipe: Any) -> None:
        known = int(pipe.hget(keys.MEASURED, _UNTIL) or 0)
        pipe.multi()
        pipe.hset(keys.MEASURED, _UNTIL, max(at, known))

    store.transact(change, keys.MEASURED)
