"""A copy of all links on this host's disk, for web processes that start while Redis is away.

The ship process, of which there is one a host, keeps it (`Keeper`); web processes only read it (`LinkCopy`). The file
`links.copy` in the data folder holds one checksummed JSON line each (see `journal.framed`):

    {"v": 1, "store": id}            first, and nowhere else
    [slug, post id, rev, target, …]  a link, as `memory.Held` takes it; a later line of the same slug replaces it
    "<position>"                     everything above includes all changes up to there in the feed

It is written aside and renamed, then appended to as links change, and written anew when it has grown to double its size.
"""

import json
import os
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from threading import Lock
from typing import IO, Any

from shortlinks import feed, journal, keys, links, stream_ids
from shortlinks.memory import Held
from shortlinks.store import Store

NAME = "links.copy"
FORMAT = 1
PACE_SECONDS = 0.2
_ROWS = 500
_SLACK = 64 * 1024
_LONGEST_LINE = 64 * 1024


class LinkCopy:
    """The copy as it is read. In memory is only where each link stands, from the first question until `release`.

    `store_id` is the store it is a copy of, "" for none; `position` is up to where in the feed it holds all changes;
    `whole` says that no line of it is cut or garbled.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._lock = Lock()
        self._file: IO[bytes] | None = None
        self._begin()

    def _begin(self) -> None:
        self.store_id = ""
        self.position = stream_ids.NOWHERE
        self.whole = True
        self.size = 0
        self._places: dict[bytes, int] = {}

    def open(self) -> None:
        """Read in what is there by now."""
        with self._lock:
            self._catch_up()

    def find(self, slug: str) -> Held | None:
        """The link called `slug` (normalised), None when the copy does not have it."""
        with self._lock:
            self._catch_up()
            place = self._places.get(slug.encode())
            if place is None or self._file is None:
                return None
            line = os.pread(self._file.fileno(), _LONGEST_LINE, place).partition(b"\n")[0]
            record = journal.unframed(line)
            return None if record is None else Held(*json.loads(record))

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
        if found.st_size > self.size:
            self._read_on(self._file)

    def _read_on(self, file: IO[bytes]) -> None:
        file.seek(self.size)
        for line in file:
            if not line.endswith(b"\n"):
                self.whole = False
                return
            record = journal.unframed(line[:-1])
            if record is None:
                # An earlier line of the same link goes on serving.
                self.whole = False
            elif record.startswith(b'["'):
                # A million links need no parsing to know their slugs, which hold nothing that JSON escapes.
                self._places[record[2 : record.index(b'"', 2)]] = self.size
            else:
                self._note(json.loads(record))
            self.size += len(line)

    def _note(self, value: Any) -> None:
        if isinstance(value, str):
            self.position = value
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
        self._resumed = False
        self._next = 0.0

    def step(self) -> bool:
        """Append what changed, or write a piece of a new copy. Returns whether there is more of that at once.

        Raises redis.RedisError and OSError; then call it again.
        """
        if self._rewriting is None and time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + PACE_SECONDS
        try:
            if not self._resumed:
                self._resume()
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

    def _resume(self) -> None:
        """Go on with the file that an earlier ship process left, if it is sound and of this store."""
        left = LinkCopy(self._folder)
        left.open()
        if left.whole and left.store_id == self._store.id():
            self._file = self._path.open("ab", buffering=0)
            self._position = left.position
            self._size = self._fresh_size = left.size
        left.release()
        self._resumed = True

    def _append_changes(self, position: str) -> None:
        changes = feed.since(self._store, position)
        if changes.slugs is None or self._size > 2 * self._fresh_size + _SLACK or self._file is None:
            self._position = None
        elif changes.slugs:
            self._append(self._file, [*self._records(changes.slugs), changes.position])
            self._position = changes.position

    def _rewrite(self) -> Generator[None]:
        """Write a new copy aside, some links at a time, and put it in the place of the old one."""
        pipe = self._store.redis.pipeline(transaction=False)
        feed.ask_newest(pipe)
        position = feed.newest(pipe.execute()[0])
        aside = self._path.with_name(f".{NAME}.new")
        aside.unlink(missing_ok=True)
        self.close()
        self._file = file = aside.open("xb", buffering=0)
        aside.chmod(0o600)
        self._size = start = 0
        self._append(file, [{"v": FORMAT, "store": self._store.id()}])
        # By rank: links are only ever added at the end, so none is passed over.
        while slugs := self._store.redis.zrange(keys.LINKS, start, start + _ROWS - 1):
            self._append(file, self._records(slug.decode() for slug in slugs))
            start += len(slugs)
            yield
        self._append(file, [position])
        os.fsync(file.fileno())
        aside.rename(self._path)
        journal.sync_folder(self._folder)
        self._position, self._fresh_size = position, self._size

    def _records(self, slugs: Iterable[str]) -> list[Any]:
        """The links as they are now."""
        raws = self._store.redis.mget([keys.link(slug) for slug in slugs])
        return [Held.of(links.decode(raw)).record() for raw in raws if raw is not None]

    def _append(self, file: IO[bytes], values: list[Any]) -> None:
        data = b"".join(journal.framed(json.dumps(value, separators=(",", ":")).encode()) for value in values)
        # Until it is known to be written whole: a cut line would garble the next one.
        self._position = None
        if file.write(data) != len(data):
            raise OSError("the disk is full")
        self._size += len(data)
