"""The import of links as it is kept: how far it is, its rows in pieces, and what is left over. One at a time.

Whatever moves it on does so in the transaction that writes what it did, so that it may be killed anywhere.
"""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shortlinks import ids, keys, times
from shortlinks.link_imports import rows, verdicts
from shortlinks.link_imports.rows import Row
from shortlinks.link_imports.verdicts import KINDS, Kind
from shortlinks.store import Store
from shortlinks.words.language import _

Stage = Literal["reading", "looking", "looked", "taking", "done", "failed"]
Fields = dict[str, str | int]
"""What is written into the record of an import."""

UNDER_WAY = ("reading", "looking", "taking")

PIECE = 250
"""Rows of one step: as many posts are written at once, which holds Redis for some 20 ms."""
KEPT_SECONDS = 7 * times.DAY // times.SECOND
MOST_ROWS = 250_000
KEY = "link_import_key"
"""The setting that holds the key for a service while its links are read."""
_NO_CLASH, _CLASH = "=", "!"
_PARTS = ("file", "rows", "slugs", "left")


@dataclass(frozen=True, slots=True)
class LinkImport:
    """`origin` is the file's name or the service's address. Of `rows` (`total` of them are expected, as far as known)
    `done` were looked at, or taken in; `counts` says how many of which verdict. `host` is the short domain of the first.

    `size` (bytes) and `encoding` are the file's, 0 and "" where a service is asked; `error` is why it failed, or what makes it
    wait. Instants are milliseconds.
    """

    id: str
    source: str
    origin: str
    stage: Stage
    begun: int
    rows: int
    total: int | None
    done: int
    counts: Mapping[Kind, int]
    host: str = ""
    size: int = 0
    encoding: str = ""
    error: str = ""
    ended: int | None = None
    at: int = 0
    pages: int = 0
    tries: int = 0

    @property
    def under_way(self) -> bool:
        """Whether there is something to do for `link_imports.step`."""
        return self.stage in UNDER_WAY

    @property
    def left(self) -> int:
        """How many were not, or are not to be, taken in."""
        return sum(count for kind, count in self.counts.items() if kind != "take")


def read(client: Any) -> LinkImport | None:
    """The import there is, by a client or within a transaction; None when there is none."""
    found = {name.decode(): value.decode() for name, value in client.hgetall(keys.LINK_IMPORT).items()}
    if not found:
        return None
    stage: Any = found["stage"]
    many = {name: int(found.get(name, 0)) for name in ("rows", "done", "at", "pages", "tries", "size")}
    return LinkImport(
        id=found["id"],
        source=found["source"],
        origin=found["origin"],
        stage=stage,
        begun=int(found["begun"]),
        total=int(found["total"]) if found.get("total") else None,
        counts={kind: int(found.get(kind, 0)) for kind in KINDS},
        host=found.get("host", ""),
        encoding=found.get("encoding", ""),
        error=found.get("error", ""),
        ended=int(found["ended"]) if found.get("ended") else None,
        **many,
    )


def new_id() -> str:
    """An id for an import."""
    return ids.new(16)


def stage_begun(pipe: Any, before: LinkImport | None, import_id: str, fields: Fields) -> None:
    """Add to a transaction that another import takes the place of the one `before`."""
    stage_gone(pipe, before)
    pipe.hset(keys.LINK_IMPORT, mapping={"id": import_id} | fields)
    pipe.expire(keys.link_import(import_id, "file"), KEPT_SECONDS)


def stage_gone(pipe: Any, found: LinkImport | None) -> None:
    """Add to a transaction that an import is forgotten, with the key that it used."""
    pipe.delete(keys.LINK_IMPORT)
    pipe.hdel(keys.SETTINGS, KEY)
    if found is not None:
        pipe.unlink(*(keys.link_import(found.id, part) for part in _PARTS))


def failed(why: str) -> Fields:
    """What is noted of an import that cannot go on, for this reason."""
    return {"stage": "failed", "error": why, "ended": times.now()}


def stage_failed(pipe: Any, found: LinkImport, why: str) -> None:
    """Add to a transaction that an import cannot go on, for this reason, and that nothing else is kept of it."""
    pipe.hset(keys.LINK_IMPORT, mapping=failed(why))
    pipe.hdel(keys.SETTINGS, KEY)
    pipe.unlink(*(keys.link_import(found.id, part) for part in _PARTS))


def left_too_long() -> str:
    """Why one cannot go on whose rows or file are not kept any more."""
    return _("It was left for more than a week: begin again.")


def is_still(pipe: Any, found: LinkImport) -> bool:
    """Whether nobody else has moved the import on, or begun another one."""
    there = read(pipe)
    return there is not None and _place(there) == _place(found)


def _place(found: LinkImport) -> tuple[str, str, int, int]:
    return found.id, found.stage, found.at, found.pages


def forget_rows(pipe: Any, import_id: str) -> None:
    """Add to a transaction that nothing but what is left over is needed any more."""
    pipe.unlink(keys.link_import(import_id, "rows"), keys.link_import(import_id, "slugs"))


def seen_slugs(pipe: Any, import_id: str, found: Sequence[Row]) -> dict[str, str]:
    """What is to be noted of the slugs of these rows, for `stage_rows`. Reads."""
    names = list(dict.fromkeys(verdicts.key(row) for row in found))
    noted = pipe.hmget(keys.link_import(import_id, "slugs"), names) if names else []
    known = {name: value.decode() for name, value in zip(names, noted, strict=True) if value is not None}
    changed: dict[str, str] = {}
    for row in found:
        name, leads_to = verdicts.key(row), verdicts.target(row)
        first = known.get(name)
        if first is None:
            known[name] = changed[name] = f"{row.number}{_NO_CLASH}{leads_to}"
        elif _NO_CLASH in first and first.partition(_NO_CLASH)[2] != leads_to:
            known[name] = changed[name] = f"{first.partition(_NO_CLASH)[0]}{_CLASH}"
    return changed


def stage_rows(pipe: Any, import_id: str, found: Sequence[Row], slugs: Mapping[str, str]) -> None:
    """Add to a transaction a piece of an import: PIECE rows at most."""
    _push(pipe, import_id, "rows", [rows.dump(row) for row in found])
    if slugs:
        name = keys.link_import(import_id, "slugs")
        pipe.hset(name, mapping=dict(slugs))
        pipe.expire(name, KEPT_SECONDS)


def piece(pipe: Any, import_id: str, at: int) -> list[tuple[Row, int | None, bool]] | None:
    """A piece of the rows: each with the number of an earlier one that is the same, and whether others clash with it.

    None where it is gone: it was left for too long.
    """
    raw = pipe.lindex(keys.link_import(import_id, "rows"), at)
    if raw is None:
        return None
    found = [rows.load(fields) for fields in _unpacked(raw)]
    noted = pipe.hmget(keys.link_import(import_id, "slugs"), [verdicts.key(row) for row in found])
    told = []
    for row, value in zip(found, noted, strict=True):
        text = value.decode() if value is not None else f"{row.number}{_NO_CLASH}"
        clashes = _NO_CLASH not in text
        first = int(text.partition(_CLASH if clashes else _NO_CLASH)[0])
        told.append((row, None if first == row.number else first, clashes))
    return told


def stage_left(pipe: Any, import_id: str, found: Sequence[tuple[Row, Kind, str]]) -> None:
    """Add to a transaction rows that are left over, each with its verdict and the reason."""
    if found:
        _push(pipe, import_id, "left", [[rows.dump(row), kind, why] for row, kind, why in found])


def left_over(store: Store, import_id: str) -> Iterator[tuple[Row, Kind, str]]:
    """The rows that are left over, each with its verdict and the reason, in their order."""
    at = 0
    while (raw := store.redis.lindex(keys.link_import(import_id, "left"), at)) is not None:
        yield from ((rows.load(fields), kind, why) for fields, kind, why in _unpacked(raw))
        at += 1


def first_rows(store: Store, found: LinkImport, most: int) -> list[Row]:
    """The first rows of an import, as they were read."""
    raw = store.redis.lindex(keys.link_import(found.id, "rows"), 0)
    return [] if raw is None else [rows.load(fields) for fields in _unpacked(raw)[:most]]


def _push(pipe: Any, import_id: str, part: str, value: list[Any]) -> None:
    name = keys.link_import(import_id, part)
    pipe.rpush(name, zlib.compress(json.dumps(value, separators=(",", ":")).encode()))
    pipe.expire(name, KEPT_SECONDS)


def _unpacked(raw: bytes) -> list[Any]:
    found: list[Any] = json.loads(zlib.decompress(raw))
    return found
