"""A copy of all links on this host's disk, for web processes that start while Redis is away.

The ship process, of which there is one a host, keeps it (`Keeper`); web processes only read it (`LinkCopy`). The file
`links.copy` in the data folder holds one checksummed JSON line each (see `journal.framed`):

    {"v": 1, "store": id}            first, and nowhere else
    [slug, post id, rev, target, …]  a link, as `memory.Held` takes it; a later line of the same slug replaces it
    "<position>"                     everything above includes all changes up to there in the feed

It is written aside and renamed, then appended to as links change. It is written anew by each ship process that begins, when it
has grown to double its size, when a link was erased (its target must leave the disk), and when what changed cannot be known.
"""

import json
import os
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from threading import Lock
from typing import IO, Any

from shortlinks import keys
from shortlinks.clicks import journal
from shortlinks.links import feed, links
from shortlinks.links.memory import Held
from shortlinks.records import stream_ids
from shortlinks.store import Store

NAME = "links.copy"
FORMAT = 1
PACE_SECONDS = 0.2
_ROWS = 500
_SLACK = 64 * 1024
_LONGEST_LINE = 64 * 1024


class LinkCopy:
    """The copy as it is read. In memory is only where each link stands, from the first question until `release`.

    `store_id` is the store it is a copy of, "" for none.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._lock = Lock()
        self._file: IO[bytes] | None = None
        self._begin()

    def _begin(self) -> None:
        self.store_id = ""
        self._position = stream_ids.NOWHERE
        self._read_to = 0
        self._places: dict[bytes, int] = {}

    def open(self) -> None:
        """Read in what is there by now."""
        with self._lock:
            self._catch_up()

    def find(self, slug: str) -> tuple[Held | None, str]:
        """The link called `slug` (normalised), None when the copy does not have it, and up to where in the feed it is true."""
        with self._lock:
            self._catch_up()
            place = self._places.get(slug.encode())
            if place is None or self._file is None:
                return None, self._position
            line = os.pread(self._file.fileno(), _LONGEST_LINE, place).partition(b"\n")[0]
            record = journal.unframed(line)
            return (None if record is None else Held(*json.loads(record))), self._position

    def release(self) -> None:
        """Forget what was read until it is needed again."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
                self._begin()

    def begin_again(self) -> None:
        """In a forked child: whoever held the lock is not here."""
        self._lock = Lock()

    def _catch_up(self) -> None:
        """Read what is new in the file, or all of it when another one stands in its place."""
        try:
            found = self._path.stat()
            if self._file is None or os.fstat(self._file.fileno()).st_ino != found.st_ino:
                fresh = self._path.open("rb")
                if self._file is not None:
                    self._file.close()
                self._file = fresh
                self._begin()
        except OSError:
            # Never made, or just being replaced: then what is open serves.
            return
        if found.st_size > self._read_to:
            self._read_on(self._file)

    def _read_on(self, file: IO[bytes]) -> None:
        file.seek(self._read_to)
        for line in file:
            if not line.endswith(b"\n"):
                return
            # Of a link whose line is garbled an earlier one goes on serving.
            record = journal.unframed(line[:-1])
            if record is not None and record.startswith(b'["'):
                # A million links need no parsing to know their slugs, which hold nothing that JSON escapes. Lines under the
                # header of another format are none that we can read.
                if self.store_id:
                    self._places[record[2 : record.index(b'"', 2)]] = self._read_to
            elif record is not None:
                self._note(json.loads(record))
            self._read_to += len(line)

    def _note(self, value: Any) -> None:
        if isinstance(value, str):
            self._position = value
        elif value.get("v") == FORMAT:
            self.store_id = value["store"]


class Keeper:
    """Keeps the copy true. `step` does one small piece of the work, so that shipping beside it never waits long."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._folder = folder
        self._path = folder / NAME
        self._store = store
        self._file: IO[bytes] | None = None
        # Up to where in the feed the file holds all changes; None when it must be written anew.
        self._position: str | None = None
        self._size = self._fresh_size = 0
        self._rewriting: Generator[None] | None = None
        self._run = ""
        self._next = 0.0

    def step(self) -> bool:
        """Append what changed, or write a piece of a new copy. Returns whether there is more of that at once.

        Raises redis.RedisError and OSError; then call it again.
        """
        if self._rewriting is None and time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + PACE_SECONDS
        try:
            if self._position is not None:
                self._append_changes(self._position)
            else:
                self._rewriting = self._rewriting or self._rewrite()
                if next(self._rewriting, "done") == "done":
                    self._rewriting = None
        except BaseException:
            self._rewriting = None
            raise
        return self._rewriting is not None

    def close(self) -> None:
        """Close the file: the copy stays as it is."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append_changes(self, position: str) -> None:
        changes = feed.since(self._store, position)
        # After a restart of the server it may have lost a change that we have, and kept the entry that tells of it.
        unknown = changes.slugs is None or changes.run != self._run
        if unknown or self._size > 2 * self._fresh_size + _SLACK or self._file is None:
            self._position = None
        elif changes.slugs:
            changed = self._read(changes.slugs)
            if any(held.state == "erased" for held in changed):
                self._position = None
                return
            self._append(self._file, [*(held.record() for held in changed), changes.position])
            self._position = changes.position

    def _rewrite(self) -> Generator[None]:
        """Write a new copy aside, some links at a time, and put it in the place of the old one."""
        begun = feed.since(self._store, "")
        aside = self._path.with_name(f".{NAME}.new")
        aside.unlink(missing_ok=True)
        self.close()
        self._file = file = aside.open("xb", buffering=0)
        aside.chmod(0o600)
        self._size = start = 0
        self._append(file, [{"v": FORMAT, "store": self._store.id()}])
        # By rank: links are only ever added at the end, so none is passed over.
        while slugs := self._store.redis.zrange(keys.LINKS, start, start + _ROWS - 1):
            self._append(file, [held.record() for held in self._read(slug.decode() for slug in slugs)])
            start += len(slugs)
            yield
        self._append(file, [begun.position])
        os.fsync(file.fileno())
        aside.rename(self._path)
        journal.sync_folder(self._folder)
        self._position, self._run, self._fresh_size = begun.position, begun.run, self._size

    def _read(self, slugs: Iterable[str]) -> list[Held]:
        """The links as they are now."""
        raws = self._store.redis.mget([keys.link(slug) for slug in slugs])
        return [Held.of(links.decode(raw)) for raw in raws if raw is not None]

    def _append(self, file: IO[bytes], values: list[Any]) -> None:
        data = b"".join(journal.framed(json.dumps(value, separators=(",", ":")).encode()) for value in values)
        # Until it is known to be written whole: a cut line would garble the next one.
        self._position = None
        if file.write(data) != len(data):
            raise OSError("the disk is full")
        self._size += len(data)
