"""Backups: `write` puts everything of a service into one file, `read` puts such a file into an empty service.

`export_format` says what is in the file, and what is not.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from shortlinks import keys, times
from shortlinks.arrivals import arrivals
from shortlinks.backups import export_format, export_lines
from shortlinks.backups.export_format import ExportError as ExportError
from shortlinks.backups.export_format import Record
from shortlinks.backups.restore import read as read
from shortlinks.clicks import clicks, selves
from shortlinks.link_imports import import_records
from shortlinks.links import links, misses
from shortlinks.owner import settings
from shortlinks.posts import shown
from shortlinks.records import nouns, stream_ids
from shortlinks.rollups import counted, rollups
from shortlinks.running import watch
from shortlinks.store import Store
from shortlinks.webhooks import deliveries

PATIENCE_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_ROWS = 500
_CHUNKS = 16
_SPOOL_BYTES = 4 * 1024 * 1024


def write(
    store: Store, path: Path, *, now: int | None = None, told: export_lines.Told = lambda posts, of: None
) -> dict[str, int]:
    """Write everything to `path` (readable by its owner only; `-`: to standard output).

    Returns how many it holds of each: post, link (without the erased) and click. `told` hears, after each post, how many are
    written and of how many.

    The service may go on meanwhile. A post's numbers agree with each other: they are those of one moment, and clicks
    that waited then are in the file as `pending`. The file appears whole or not at all. Raises ExportError, OSError.
    """
    written = dict.fromkeys(export_lines.TALLIED, 0)
    found = lines(store, now=times.now() if now is None else now, written=written, told=told)
    if str(path) == export_format.STANDARD:
        sys.stdout.buffer.writelines(found)
        sys.stdout.buffer.flush()
        return written
    if path.exists() and not path.is_file():
        # A pipe or device that others have open would be replaced by a file that they do not read.
        raise ExportError(f"{path} is no file. For a pipe, export to - instead, which is standard output.")
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(found)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return written


def lines(
    store: Store, *, now: int, written: dict[str, int] | None = None, told: export_lines.Told = lambda posts, of: None
) -> Iterator[bytes]:
    """The lines of the file as they are read, one or many at a time.

    `written` adds up what `write` returns, `told` hears what `write` tells. Raises ExportError at the first one.
    """
    if settings.get(store, nouns.IMPORTING):
        raise ExportError("An import was cut off here, so this is not all. Import the same file again first.")
    tally = dict.fromkeys(export_lines.TALLIED, 0) if written is None else written
    yield from export_lines.sealed(export_lines.tallied(_records(store, now), tally, told))


def await_journals(store: Store, folder: Path, *, seconds: float = PATIENCE_SECONDS) -> int:
    """Wait until the clicks that this store's journals in `folder` hold by now are shipped, for `seconds` at most.

    Returns how many bytes of them still are not: they would not be in an export. Changes nothing and ships nothing.
    """
    ends = list(watch.ends(folder))
    deadline = time.monotonic() + seconds
    while True:
        missing = sum(end.size - start for end, start in watch.left(store, ends))
        if not missing or time.monotonic() >= deadline:
            return missing
        time.sleep(_LOOK_SECONDS)


def _records(store: Store, now: int) -> Iterator[Record | bytes]:
    names = {name: getattr(keys, name.upper()) for name in ("profiles", "posts", "links", "experiments")}
    counts = {name: store.redis.zcard(key) for name, key in names.items()}
    yield {
        "kind": "header",
        "format": export_format.FORMAT,
        "store": store.id(),
        "at": times.rfc3339(now),
        "counts": counts,
    }
    yield from _whole_service(store, now)
    by_shard: dict[str, list[str]] = {shard: [] for shard in keys.SHARDS}
    for post_id in counted.ids(store):
        by_shard[keys.shard(post_id)].append(post_id)
    written = {post_id for post_ids in by_shard.values() for post_id in post_ids}
    for shard, post_ids in by_shard.items():
        yield from _shard(store, shard, post_ids)
    for raw in _stored(store, keys.link, _index(store, keys.LINKS)):
        for turn in links.decode(raw).history:
            if turn.post_id not in written:  # made since we began
                written.add(turn.post_id)
                yield from _post(store, turn.post_id)
        record = json.loads(raw)
        # The mark of the transaction that made it, for that one to find again; see `links.create`.
        record.pop("claim", None)
        yield {"kind": "link", "record": record}
    # After the posts: each profile that a post is on is there by now.
    for raw in _stored(store, keys.profile, _index(store, keys.PROFILES)):
        record = json.loads(raw)
        yield {"kind": "profile", "record": record}
        taken = store.redis.lrange(keys.profile_snapshots(record["id"]), 0, -1)
        yield from _list("profile_snapshots", taken, profile=record["id"])
    # After the posts, too: one that is drawn meanwhile has its place, and if it is not in the file, it is missing there.
    for raw in _stored(store, keys.experiment, _index(store, keys.EXPERIMENTS)):
        yield {"kind": "experiment", "record": json.loads(raw)}


def _whole_service(store: Store, now: int) -> Iterator[Record]:
    for name, raw in store.redis.hgetall(keys.SETTINGS).items():
        if name.decode() not in (settings.SETUP_CODE_HASH, nouns.IMPORTING, import_records.KEY):
            yield {"kind": "setting", "name": name.decode(), "value": json.loads(raw)}
    for digest, raw in store.redis.hgetall(keys.TOKENS).items():
        yield {"kind": "token", "sha256": digest.decode(), "record": json.loads(raw)}
    for webhook_id, raw in store.redis.hgetall(keys.WEBHOOKS).items():
        yield {"kind": "webhook", "record": json.loads(raw), "told": deliveries.told(store, webhook_id.decode())}
    for field, raw in store.redis.hgetall(keys.SELVES).items():
        if marks := selves.kept(field, raw):
            yield {"kind": "self", "marks": [mark._asdict() for mark in marks]}
    for raw in store.redis.hvals(keys.HEALTH):
        yield {"kind": "health", "record": json.loads(raw)}
    for raw in store.redis.hgetall(keys.SHOPS).values():
        yield {"kind": "shop_totals", "record": json.loads(raw)}
    # Before the posts: what is credited meanwhile is in both places, and its post's is the later one.
    for raw in store.redis.hvals(keys.WAITING_REFUNDS):
        yield {"kind": "waiting", "record": json.loads(raw)}
    for day in range(times.day_of(now) - misses.KEPT_SECONDS * times.SECOND // times.DAY, times.day_of(now) + 1):
        for counts in export_format.parts(store.redis.hgetall(keys.misses(day))):
            yield {"kind": "misses", "day": day, "counts": counts}
    for name, raw in store.redis.hgetall(keys.MEASURED).items():
        yield {"kind": "measured", "name": name.decode(), "value": json.loads(raw)}
    progress = rollups.progress(store)
    yield {"kind": "uncounted", "counts": {name: progress[name] for name in export_format.UNCOUNTED if progress[name]}}


def _shard(store: Store, shard: str, post_ids: list[str]) -> Iterator[Record | bytes]:
    """The posts of one shard, then their clicks that wait in its stream.

    Those are copied first. A post is then read together with the roll-up's cursor, so a click that is rolled up in
    between is in the post's counts or behind its cursor, never both.
    """
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as waiting:
        _copy_stream(store, shard, waiting)
        cursors: dict[str, str | None] = {}
        for post_id in post_ids:
            cursors[post_id] = yield from _post(store, post_id)
        waiting.seek(0)
        for row in waiting:
            entry, batch = json.loads(row)
            lines = [line for line in batch.split("\n") if _waits(line, entry, cursors)]
            if lines:
                yield {"kind": "pending", "lines": lines}


def _copy_stream(store: Store, shard: str, waiting: IO[bytes]) -> None:
    newest = store.redis.xrevrange(keys.clicks(shard), count=1)
    low = "-"
    while newest:
        entries = store.redis.xrange(keys.clicks(shard), min=low, max=newest[0][0], count=_CHUNKS)
        for name, fields in entries:
            # The roll-up reads lines with the same replacement.
            text = fields.get(b"b", b"").decode("utf-8", "replace")
            waiting.write(json.dumps([name.decode(), text]).encode() + b"\n")
        if len(entries) < _CHUNKS:
            return
        low = f"({entries[-1][0].decode()}"


def _waits(line: str, entry: str, cursors: dict[str, str | None]) -> bool:
    try:
        cursor = cursors[clicks.parse(line.encode()).post_id]
    except (ValueError, KeyError):  # garbled, or of a post that was purged
        return False
    return cursor is not None and stream_ids.order(entry) > stream_ids.order(cursor)


def _post(store: Store, post_id: str) -> Generator[Record | bytes, None, str | None]:
    """All of one post or bio page. Returns the roll-up's cursor then ("0-0" before the first), None if it is gone."""
    pipe = store.redis.pipeline(transaction=False)
    pipe.mget(keys.counted(post_id))
    shown.ask(pipe, post_id)
    pipe.hkeys(keys.days(post_id))
    for key_of in export_format.LISTS.values():
        pipe.lrange(key_of(post_id), 0, -1)
    (raw, page), token, days, *lists = pipe.execute()
    if raw is None and page is None:
        return None
    yield {"kind": "post" if page is None else "bio_page", "record": json.loads(raw or page)}
    if address := shown.answered(token):
        yield {"kind": "shown", "post": post_id, "token": address}
    for kind, raws in zip(export_format.LISTS, lists, strict=True):
        yield from _list(kind, raws, post=post_id)
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as kept:
        counts, cursor = _counts_and_kept(store, post_id, _days(days), kept)
        for place, row in counts:
            for part in export_format.parts(row):
                yield {"kind": "counts", "post": post_id, **place, "counts": part}
        for told in arrivals.told(store, post_id, [place["day"] for place, _row in counts if place["of"] == "minutes"]):
            yield {"kind": "arrived", "post": post_id, **told}
        kept.seek(0)
        yield from export_lines.of_clicks(post_id, kept)
    return cursor


def _counts_and_kept(
    store: Store, post_id: str, days: set[int], kept: IO[bytes]
) -> tuple[list[tuple[dict[str, Any], dict[bytes, bytes]]], str]:
    """A post's counts, by where they belong, and the roll-up's cursor; its kept clicks, a line each, go into `kept`.

    Counts and cursor are read in one step, of the `days` that were counted a moment ago and again where there is another by
    now. Chunks never change but by a re-count: after one, all is read again.
    """
    progress = keys.progress(keys.shard(post_id))
    while True:
        places = list(export_format.places(days))
        pipe = store.redis.pipeline(transaction=True)
        for place in places:
            pipe.hgetall(export_format.counts_key(post_id, place))
        pipe.lrange(keys.tail(post_id), 0, -1)
        pipe.xrevrange(keys.kept(post_id), count=1)
        pipe.hmget(progress, "cursor", "swapped")
        *rows, tail, newest, (cursor, swapped) = pipe.execute()
        found = _days(rows[1])
        if not found <= days:
            days = found
            continue
        kept.seek(0)
        kept.truncate()
        kept.writelines(piece + b"\n" for piece in _kept_lines(store, post_id, newest, tail))
        if not newest or store.redis.hget(progress, "swapped") == swapped:
            return list(zip(places, rows, strict=True)), cursor.decode() if cursor else "0-0"


def _days(fields: Iterable[bytes]) -> set[int]:
    """The UTC days in the names of the sums of days."""
    return {int(field.partition(b"|")[0]) for field in fields}


def _kept_lines(store: Store, post_id: str, newest: list[Any], tail: list[bytes]) -> Iterator[bytes]:
    """The kept clicks of a moment, one line or many at a time: chunks up to the `newest` there was, and its `tail`."""
    low = "-"
    while newest:
        chunks = store.redis.xrange(keys.kept(post_id), min=low, max=newest[0][0], count=_CHUNKS)
        for _, fields in chunks:
            yield clicks.unpacked(fields[b"z"])
        if len(chunks) < _CHUNKS:
            break
        low = f"({chunks[-1][0].decode()}"
    yield from tail


def _index(store: Store, key: str) -> list[str]:
    return [name.decode() for name in store.redis.zrange(key, 0, -1)]


def _stored(store: Store, key_of: Any, names: list[str]) -> Iterator[bytes]:
    for start in range(0, len(names), _ROWS):
        raws = store.redis.mget([key_of(name) for name in names[start : start + _ROWS]])
        yield from (raw for raw in raws if raw is not None)


def _list(kind: str, raws: list[bytes], **owner: str) -> Iterator[Record]:
    for start in range(0, len(raws), _ROWS):
        records = [json.loads(raw) for raw in raws[start : start + _ROWS]]
        yield {"kind": kind, **owner, "start": start, "records": records}
