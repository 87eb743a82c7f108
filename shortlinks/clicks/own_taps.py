"""The marks of the creator's own taps (see `selves`), kept in Redis as long as clicks are, so that a re-count finds them."""

import json
from collections.abc import Callable
from typing import Any

from shortlinks import keys, times
from shortlinks.clicks import selves
from shortlinks.clicks.selves import NETWORK, VISITOR, Mark, Selves
from shortlinks.errors import Conflict
from shortlinks.records import nouns
from shortlinks.store import Store
from shortlinks.words.language import _

MOST_MARKS = 2_000


def read(store: Store) -> Selves:
    """All marks of `store`."""
    return selves.parse(store.redis.hgetall(keys.SELVES))


def add(store: Store, *marks: Mark) -> None:
    """Keep marks. Clicks that come from now on are counted by them; those that came before, by `recount`.

    Raises Conflict when there are too many already, Unavailable as every change does.
    """

    def change(pipe: Any) -> None:
        found = {mark: pipe.hget(keys.SELVES, selves.field(mark)) for mark in marks}
        if pipe.hlen(keys.SELVES) + sum(value is None for value in found.values()) > MOST_MARKS:
            raise Conflict("marks", _("There are {number} marks of your own taps already.", number=MOST_MARKS))
        spans: dict[str, list[list[int]]] = {}
        for mark, value in found.items():
            spans.setdefault(selves.field(mark), json.loads(value or "[]")).append([mark.start, mark.end])
        pipe.multi()
        for field, known in spans.items():
            pipe.hset(keys.SELVES, field, selves.to_keep(selves.joined(known)))
        for mark in marks:
            _ask(pipe, mark)

    _commit(store, change)


def remove(store: Store, mark: Mark) -> None:
    """Take back all marks of this visitor or network on the day of `mark`."""

    def change(pipe: Any) -> None:
        pipe.multi()
        pipe.hdel(keys.SELVES, selves.field(mark))
        _ask(pipe, mark)

    _commit(store, change)


def asked(store: Store) -> list[tuple[int, str, int]]:
    """Whose clicks of which day are to be counted again, because of a mark: UTC day, visitor, and a number for `answered`."""
    found = []
    for field, number in store.redis.hgetall(keys.SAID).items():
        day, _bar, visitor = field.decode().partition("|")
        found.append((int(day), visitor, int(number)))
    return found


def answered(store: Store, day: int, visitor: str, number: int) -> None:
    """They were counted again; unless there was another mark since."""
    field = f"{day}|{visitor}"

    def change(pipe: Any) -> None:
        last = int(pipe.hget(keys.SAID, field) or 0) == number
        pipe.multi()
        if last:
            pipe.hdel(keys.SAID, field)

    store.transact(change, keys.SAID)


def start_test(store: Store, network: Callable[[int], str], *, now: int) -> None:
    """From `now` on, for `selves.TEST`, every tap from a network is the creator's. `network` gives its hash at an instant.

    Raises Conflict and Unavailable as `add` does.
    """
    add(store, *selves.of_test(network, now))


def stop_test(store: Store, network: Callable[[int], str], *, now: int) -> None:
    """End the test that runs from this network, also what it would have had of tomorrow."""
    for mark in selves.of_test(network, now):
        _end_test(store, mark.who, now=mark.start)


def _end_test(store: Store, network: str, *, now: int) -> None:
    """End the test that runs from this network: taps from `now` on count again, earlier ones stay the creator's."""

    def change(pipe: Any) -> None:
        field = selves.field(Mark(NETWORK, network, now, now))
        value = pipe.hget(keys.SELVES, field)
        spans = [[start, min(end, now)] for start, end in json.loads(value or "[]") if start < now]
        pipe.multi()
        if spans:
            pipe.hset(keys.SELVES, field, selves.to_keep(spans))
        else:
            pipe.hdel(keys.SELVES, field)

    _commit(store, change)


def forget(store: Store, *, before: int) -> int:
    """Drop the marks of days that ended before `before` (milliseconds): no click of theirs is kept. Returns how many."""
    last = times.day_of(before)
    days = {field: field.partition(b"|")[0] for field in store.redis.hkeys(keys.SELVES)}
    # One of no day names nobody.
    old = [field for field, day in days.items() if not day.isdigit() or int(day) < last]
    return int(store.redis.hdel(keys.SELVES, *old)) if old else 0


def _ask(pipe: Any, mark: Mark) -> None:
    if mark.kind == VISITOR:
        pipe.hincrby(keys.SAID, f"{times.day_of(mark.start)}|{mark.who}", 1)


def _commit(store: Store, change: Callable[[Any], None]) -> None:
    """Change the marks. A roll-up that has read them already, and commits its clicks later, reads again."""
    try:
        nouns.commit(store, change, keys.SELVES)
    finally:  # it may be written and only not be on disk yet
        _tell(store)


def _tell(store: Store) -> None:
    pipe = store.redis.pipeline(transaction=False)
    for shard in keys.SHARDS:
        pipe.hincrby(keys.progress(shard), "epoch", 1)
    pipe.execute()
