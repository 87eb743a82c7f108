"""Clicks by people up to moments of the past, for many posts at once.

Such sums hardly ever change, and a busy post has thousands of rows to add up. So each post keeps what was added up
(`keys.cuts`), marked with all that it was counted from; under another mark it is not believed.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zlib import crc32

import orjson

from shortlinks import keys, times
from shortlinks.store import Store, fields_of

EVER = 1 << 62
"""A moment after all clicks."""

Sums = dict[int, Counter[str]]
"""By moment (milliseconds, on a whole minute): clicks by people before it, by slug."""

_KEPT_MILLISECONDS = 30 * times.DAY


def human(store: Store, wanted: Mapping[str, Iterable[int]], *, keep: bool = True) -> dict[str, Sums]:
    """For each post (by its id) the clicks by people before each of the moments asked for.

    Moments that move on with the clock are not worth to `keep`: nobody asks for them again.
    """
    ids = list(wanted)
    marks, known = _known(store, ids)
    missing = {name: [at for at in wanted[name] if at not in known[name]] for name in ids}
    added = _added_up(store, {name: moments for name, moments in missing.items() if moments})
    pipe = store.redis.pipeline(transaction=False)
    for name, sums in added.items():
        known[name] |= sums
        if not keep:
            continue
        record = {"mark": marks[name], "sums": {str(at): counted for at, counted in known[name].items()}}
        pipe.set(keys.cuts(name), json.dumps(record, separators=(",", ":")), px=_KEPT_MILLISECONDS)
    pipe.execute()
    return {name: {at: known[name][at] for at in wanted[name]} for name in ids}


def _known(store: Store, ids: Sequence[str]) -> tuple[dict[str, str], dict[str, Sums]]:
    """The mark of each post now, and what was added up under the same mark.

    A mark is read before what is added up under it. So clicks that come in between change it for the next reader.
    """
    shards = [keys.shard(name) for name in ids]
    of_shards = sorted(set(shards))
    read, totals, kept = store.read(
        ("HGET", [keys.progress(shard) for shard in of_shards], "epoch"),
        ("HGETALL", [keys.total(name) for name in ids]),
        ("GET", [keys.cuts(name) for name in ids]),
    )
    epochs = dict(zip(of_shards, read, strict=True))
    marks: dict[str, str] = {}
    known: dict[str, Sums] = {}
    for name, shard, total, raw in zip(ids, shards, totals, kept, strict=True):
        counted = b"\n".join(sorted(b"%s=%s" % pair for pair in fields_of(total).items()))
        marks[name] = f"{int(epochs[shard] or 0)}.{crc32(counted):08x}"
        record: dict[str, Any] = orjson.loads(raw) if raw else {}
        sums = record["sums"] if record.get("mark") == marks[name] else {}
        known[name] = {int(at): Counter(of_link) for at, of_link in sums.items()}
    return marks, known


def _added_up(store: Store, wanted: Mapping[str, Sequence[int]]) -> dict[str, Sums]:
    """The sums from the rows: whole UTC days from the sums of days, the day of each moment minute by minute."""
    days = dict(zip(wanted, map(_human, store.hashes(map(keys.days, wanted))), strict=True))
    edges = [
        (name, day)
        for name, moments in wanted.items()
        for day in sorted({at // times.DAY for at in moments if at % times.DAY} & {day for day, _ in days[name]})
    ]
    minutes = dict(zip(edges, map(_human, store.hashes(keys.minutes(*edge) for edge in edges)), strict=True))
    return {
        name: {at: _before(at, days[name], minutes.get((name, at // times.DAY), {})) for at in moments}
        for name, moments in wanted.items()
    }


def _human(row: Mapping[bytes, bytes]) -> dict[tuple[int, str], int]:
    """Clicks by people by (day or minute of the day, slug) in a hash of days, or of a day's minutes."""
    found = {}
    for field, number in row.items():
        if field.endswith(b"|human"):
            at, slug, _ = field.decode().split("|")
            found[int(at), slug] = int(number)
    return found


def _before(at: int, days: Mapping[tuple[int, str], int], minutes: Mapping[tuple[int, str], int]) -> Counter[str]:
    last_day, last_minute = at // times.DAY, at % times.DAY // times.MINUTE
    sums: defaultdict[str, int] = defaultdict(int)
    for (day, slug), number in days.items():
        if day < last_day:
            sums[slug] += number
    for (minute, slug), number in minutes.items():
        if minute < last_minute:
            sums[slug] += number
    return Counter(sums)
