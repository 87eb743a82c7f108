"""Reading an export into an empty service.

The file is read three times. First it is checked whole: footer, format, every record; nothing is written. Then everything
goes in but links and waiting clicks, so nothing can be clicked and no roll-up meddles with the counts. Links and waiting
clicks come last.

Each command may be given twice, so an import that is cut off is finished by importing the same file again. The setting
`importing` says how far it was, and the checksum of the file; until it is gone no other file is taken, and no noun changes
(see `nouns.commit`).
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import redis

from shortlinks import keys, times
from shortlinks.backups import export_format, restore_records
from shortlinks.backups.export_format import ExportError, Record
from shortlinks.owner import settings
from shortlinks.records import nouns
from shortlinks.store import Store

_COUNTS, _LINKS = "counts", "links"
_PHASES = (_COUNTS, _LINKS)
_BY_PHASE = {"link": _LINKS, "pending": _LINKS}
_FLUSH_BYTES = 256 * 1024
_SETTLE_ATTEMPTS = 10
_FULL = ("OOM", "MISCONF", "READONLY")
_THERE_ALREADY = "equal or smaller than the target stream top item"


class _Told:
    """A file that is read three times, and tells how much of that is done."""

    def __init__(self, file: IO[bytes], told: Callable[[int, int], object]) -> None:
        self._file = file
        self._told = told
        self._size = file.seek(0, os.SEEK_END)

    def lines(self, reading: int) -> Iterator[bytes]:
        """The lines from the first on; `reading` counts from 0."""
        self._file.seek(0)
        done = reading * self._size
        for line in self._file:
            done += len(line)
            yield line
            self._told(done, 3 * self._size)


def read(store: Store, path: Path, *, told: Callable[[int, int], object] = lambda done, of: None) -> None:
    """Put what `export.write` wrote to `path` (`-`: standard input) into `store`, which must be empty.

    `told` hears how much of all the reading is done, in bytes.

    A password or time zone that is set already is replaced, tokens are added. Raises ExportError for a file that is cut,
    changed or of another format (nothing is written then), for a service that is not empty, and when Redis takes no more
    writes; OSError; redis.RedisError. After the last two, import the same file again.
    """
    with _opened(path) as opened:
        file = _Told(opened, told)
        posts, checksum = _checked(file)
        try:
            _import(store, file, posts, checksum)
        except redis.ResponseError as error:
            if not any(word in str(error) for word in _FULL) and not isinstance(error, redis.OutOfMemoryError):
                raise
            raise ExportError(
                f"Redis takes no more writes ({error}). Give it more room, then import the same file again."
            ) from error


def _import(store: Store, file: _Told, posts: frozenset[str], checksum: str) -> None:
    phase = _begin(store, checksum)
    for each in _PHASES[_PHASES.index(phase) :]:
        _mark(store, f"{each} {checksum}")
        _write(store, file, each, posts, checksum)
    _mark(store, None)
    for shard in keys.SHARDS:
        # Only now: it is what keeps waiting clicks from being added twice.
        store.redis.hdel(keys.marks(shard), _journal(checksum))


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    standard = str(path) == export_format.STANDARD
    with nullcontext(sys.stdin.buffer) if standard else path.open("rb") as file:
        if file.seekable() and not standard:
            yield file
            return
        # A pipe can be read once only.
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(file, copy)
            yield copy


def _checked(file: _Told) -> tuple[frozenset[str], str]:
    """The ids of the posts and bio pages in the file and its checksum, once everything in it is known to be sound."""
    digest = sha256()
    footer: Record | None = None
    number = 0
    posts: set[str] = set()
    writer = restore_records.Writer(restore_records.Nowhere(), posts, made_at=0)
    for number, line in enumerate(file.lines(0), 1):
        if footer is not None:
            raise ExportError("This is no export: it goes on after its last line.")
        try:
            record = json.loads(line)
            if record["kind"] == "footer":
                footer = record
                continue
            digest.update(line)
            if number == 1:
                _check_header(record)
                continue
            if record["kind"] == "post":
                posts.add(record["record"]["id"])
            if record["kind"] == "bio_page":
                posts.add(record["record"]["profile_id"])
            writer.take(record)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            if not line.endswith(b"\n"):
                break
            raise ExportError(f"Line {number} is none of an export: {type(error).__name__}: {error}.") from error
    if footer is None:
        raise ExportError("The file is cut off: its last line, which says that it is whole, is missing.")
    if footer != {"kind": "footer", "lines": number - 1, "sha256": digest.hexdigest()} or number == 1:
        raise ExportError("The file was changed or damaged: its checksum does not fit.")
    return frozenset(posts), digest.hexdigest()


def _check_header(record: Record) -> None:
    if record["kind"] != "header":
        raise ExportError("This is no export: its first line is not the header of one.")
    times.parse(record["at"], "at")
    if record["format"] != export_format.FORMAT:
        raise ExportError(f"The file has format {record['format']!r}; this version reads {export_format.FORMAT}.")


def _begin(store: Store, checksum: str) -> str:
    """Claim an empty store for this file, or one where its import was cut off. Returns the phase to begin with."""

    def change(pipe: Any) -> str:
        mark = pipe.hget(keys.SETTINGS, nouns.IMPORTING)
        if mark is not None:
            phase, _, other = json.loads(mark).partition(" ")
            if other != checksum:
                raise ExportError("The import of another file was cut off here. Import that one again, or empty Redis.")
            return str(phase)
        if pipe.exists(keys.POSTS, keys.LINKS, keys.PROFILES, keys.EXPERIMENTS):
            raise ExportError(
                "There are posts, links, profiles or experiments here already: a file is read into an empty service only."
            )
        pipe.multi()
        pipe.hset(keys.SETTINGS, nouns.IMPORTING, json.dumps(f"{_COUNTS} {checksum}"))
        return _COUNTS

    return nouns.commit_always(store, change, keys.SETTINGS, keys.POSTS, keys.LINKS, keys.PROFILES, keys.EXPERIMENTS)


def _mark(store: Store, text: str | None) -> None:
    """Note how far the import is (None: done), once everything before is on disk."""
    for _ in range(_SETTLE_ATTEMPTS):
        if store.settle():
            break
    settings.put(store, nouns.IMPORTING, text)


def _write(store: Store, file: _Told, phase: str, posts: frozenset[str], checksum: str) -> None:
    pipe = store.redis.pipeline(transaction=False)
    lines = file.lines(1 + _PHASES.index(phase))
    made_at = times.parse(json.loads(next(lines))["at"], "at")
    ship = _shipping(store, pipe, _journal(checksum))
    writer = restore_records.Writer(pipe, posts, made_at=made_at, ship=ship)
    size = 0
    for line in lines:
        record = json.loads(line)
        if record["kind"] == "footer":
            break
        if _BY_PHASE.get(record["kind"], _COUNTS) == phase:
            writer.take(record)
            size += len(line)
        if size > _FLUSH_BYTES:
            _flush(pipe)
            size = 0
    writer.finish()
    if phase == _COUNTS:
        writer.progress()
    _flush(pipe)


def _flush(pipe: Any) -> None:
    """Send what waits in the pipe."""
    for answer in pipe.execute(raise_on_error=False):
        # An import is repeated, and the driver repeats what it got no answer to: a chunk may be there already.
        if isinstance(answer, redis.ResponseError) and _THERE_ALREADY not in str(answer):
            raise answer


def _shipping(store: Store, pipe: Any, journal: str) -> restore_records.Ship:
    """Hand waiting clicks over as a ship process would, with a mark, so that none gets in twice."""
    script = store.script("ship_clicks")

    def ship(shard: str, mark: int, lines: list[bytes]) -> None:
        script(
            keys=[keys.clicks(shard), keys.marks(shard), keys.progress(shard)],
            args=[journal, mark, mark + len(lines), len(lines), b"\n".join(lines), 0],
            client=pipe,
        )

    return ship


def _journal(checksum: str) -> str:
    return f"import-{checksum[:16]}"
