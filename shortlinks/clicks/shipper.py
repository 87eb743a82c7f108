"""Journals -> streams: the work of the ship process.

It tails every journal of a folder, whoever writes it, so a dead process's journal is picked up like any other. Each batch
goes to its shards with the journal's mark in the same script, so a retry after an ambiguous failure does nothing.

Which side may fail: Redis may be away for as long as it likes; journals wait. A journal is deleted only when every shard
has all of it and the server has that on disk.
"""

import logging
import os
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rq import Queue

from shortlinks import keys
from shortlinks.clicks import aside, journal
from shortlinks.running.wake import Waker
from shortlinks.store import Store

CHECK_SECONDS = 1.0
PIECE = 256 * 1024
_SETTLE_SECONDS = 3.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tailed:
    """A journal being read: its open file, the `name` in its header, the byte each shard has it up to, and since when all
    of it is shipped.

    `position` is where reading goes on. It may be ahead of the marks of shards that had no click for a while; those are
    moved along once a second, and after a failure reading goes on from the smallest mark.
    """

    path: Path
    file: int
    name: str = ""
    marks: dict[str, int] = field(default_factory=dict)
    position: int = journal.HEADER_SIZE
    levelled_at: float = 0.0
    checked: bool = False
    complete_since: float | None = None
    told: dict[str, int] = field(default_factory=dict)

    @property
    def shipped(self) -> int:
        """The byte up to which every shard has it."""
        return min(self.marks.values(), default=0)


class Shipper:
    """Ships the journals of one folder. `step` does one round; everything it knows it can read again from Redis."""

    def __init__(self, folder: Path, store: Store, queue: Queue) -> None:
        self.folder = folder
        self.store = store
        self.waker = Waker(store, queue)
        self._tailed: dict[Path, Tailed] = {}
        self._store_id = ""
        self._known = False
        self._unreadable: set[Path] = set()
        self._checked_at = self._secured_at = 0.0

    def step(self) -> bool:
        """Ship what there is. Returns whether there is more at once. Raises redis.RedisError; then call `forget`, and again."""
        if not self._known:
            self._look_again()
        more = False
        self._find_journals()
        for tailed in list(self._tailed.values()):
            if tailed.checked:
                more |= self._ship(tailed)
        self.waker.ask()
        if time.monotonic() - self._checked_at >= CHECK_SECONDS:
            self._checked_at = time.monotonic()
            self._look_again()
            self._retire()
        return more

    def drained(self) -> bool:
        """Whether every journal is shipped to its present end."""
        return all(
            tailed.checked and tailed.shipped >= os.fstat(tailed.file).st_size for tailed in self._tailed.values()
        ) and len(self._tailed) == len(journal.files(self.folder))

    def idle(self) -> bool:
        """Whether no journal has a living owner, none is left to ship, and nothing shipped waits for its roll-up."""
        return not self._tailed and self.waker.idle

    def secure(self) -> None:
        """Have what the journals hold on this host's disk: while Redis is away, nothing else keeps it from a power cut."""
        if time.monotonic() - self._secured_at >= CHECK_SECONDS:
            self._secured_at = time.monotonic()
            for tailed in self._tailed.values():
                os.fdatasync(tailed.file)

    def forget(self) -> None:
        """Believe nothing of what was known about Redis: it failed, or lost its last second, or is another one."""
        self._known = False

    def _look_again(self) -> None:
        """Read marks, losses and the state of the streams from Redis, which may have lost its tail since we wrote."""
        self._known = False
        self._store_id = self.store.id()
        for tailed in list(self._tailed.values()):
            self._check(tailed)
        self.waker.look()
        self._known = True

    def _find_journals(self) -> None:
        for path in journal.files(self.folder):
            if path not in self._tailed:
                try:
                    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
                except OSError as error:
                    if path not in self._unreadable and not isinstance(error, FileNotFoundError):
                        log.warning("journal %s cannot be opened and is left alone: %s", path, error)
                        self._unreadable.add(path)
                    continue
                self._tailed[path] = tailed = Tailed(path, file)
                self._check(tailed)

    def _check(self, tailed: Tailed) -> None:
        """Read a journal's header and marks. One that is not to be shipped is set aside once its owner is gone."""
        header = journal.read_header(tailed.file)
        if header is None and journal.abandoned(tailed.file):
            # The owner may have been writing it; now nobody does.
            header = journal.read_header(tailed.file)
        why = self._why_not(tailed, header)
        if header is None or why:
            tailed.checked = False
            if journal.abandoned(tailed.file):
                self._set_aside(tailed, why, unreadable=header is None)
            return
        tailed.name = header.name
        pipe = self.store.redis.pipeline(transaction=False)
        for shard in keys.SHARDS:
            pipe.hget(keys.marks(shard), tailed.name)
        for post_id in header.lost:
            pipe.hget(keys.marks(keys.shard(post_id)), f"{tailed.name}/{post_id}")
        found = [int(mark or 0) for mark in pipe.execute()]
        marks = dict(zip(keys.SHARDS, found, strict=False))
        tailed.told = dict(zip(header.lost, found[len(keys.SHARDS) :], strict=True))
        if marks != tailed.marks:
            tailed.complete_since = None
        tailed.marks = marks
        tailed.position = max(tailed.shipped, journal.HEADER_SIZE)
        tailed.checked = True
        self._tell_losses(tailed, header)

    def _why_not(self, tailed: Tailed, header: journal.Header | None) -> str:
        """Why a journal is not to be shipped, "" when it is. A renamed one goes by the name in its header."""
        if header is None:
            return "its header is garbled"
        if header.format != journal.FORMAT:
            return f"it has format {header.format!r}, which another version reads"
        if header.store_id and header.store_id != self._store_id:
            return "it belongs to another store"
        original = self.folder / f"{header.name}{journal.SUFFIX}"
        return "it is a copy of another journal" if original != tailed.path and original.exists() else ""

    def _tell_losses(self, tailed: Tailed, header: journal.Header) -> None:
        for post_id, lost in header.lost.items():
            if tailed.told.get(post_id) == lost:
                continue
            known = post_id != journal.ANY_POST and self.store.redis.exists(*keys.counted(post_id))
            # In the post's own shard also when the post is gone: there it is known how many were told before.
            shard = keys.shard(post_id)
            self.store.script("tell_lost")(
                keys=[keys.marks(shard), keys.total(post_id) if known else keys.progress(shard)],
                args=[f"{tailed.name}/{post_id}", lost],
            )
            tailed.told[post_id] = lost

    def _ship(self, tailed: Tailed) -> bool:
        """Ship the next piece of one journal and return whether there is more of it."""
        batches: dict[str, list[bytes]] = defaultdict(list)
        garbled: list[bytes] = []
        end = tailed.position
        for end, line, record in journal.read(tailed.file, tailed.position, PIECE):
            if record is None:
                if end > tailed.marks[keys.SHARDS[0]]:
                    garbled.append(line)
                continue
            shard = keys.shard(record.partition(b"\t")[0].decode("utf-8", "replace"))
            if end > tailed.marks[shard]:
                batches[shard].append(record)
        if end == tailed.position:
            end, garbled = self._cut_line(tailed)
        aside.keep(self.folder, tailed.name, garbled)
        more = end - tailed.position > PIECE // 2
        self._commit(tailed, end, batches, len(garbled))
        return more

    def _commit(self, tailed: Tailed, end: int, batches: dict[str, list[bytes]], garbled: int) -> None:
        """Hand the piece up to `end` over to its shards; once a second move the marks of the others along."""
        level = time.monotonic() - tailed.levelled_at >= CHECK_SECONDS
        if level:
            tailed.levelled_at = time.monotonic()
        first = keys.SHARDS[0]
        calls = [
            (shard, batches.get(shard, []), garbled if shard == first else 0)
            for shard in keys.SHARDS
            if tailed.marks[shard] < end and (level or shard in batches or (garbled and shard == first))
        ]
        if calls:
            for (shard, records, _), (done, detail) in zip(calls, self._run(tailed, end, calls), strict=True):
                if not done:
                    # Somebody else moved it, or Redis lost its tail: go on from what it has.
                    self.forget()
                    continue
                tailed.marks[shard] = end
                if records:
                    self.waker.shipped(shard, detail.decode())
        tailed.position = end

    def _run(self, tailed: Tailed, end: int, calls: list[tuple[str, list[bytes], int]]) -> list[Any]:
        script = self.store.script("ship_clicks")
        pipe = self.store.redis.pipeline(transaction=False)
        for shard, records, garbled in calls:
            script(
                keys=[keys.clicks(shard), keys.marks(shard), keys.progress(shard)],
                args=[tailed.name, tailed.marks[shard], end, len(records), b"\n".join(records), garbled],
                client=pipe,
            )
        return list(pipe.execute())

    def _cut_line(self, tailed: Tailed) -> tuple[int, list[bytes]]:
        """A dead process's last line may be cut: nobody will complete it, so it is set aside and counted."""
        size = os.fstat(tailed.file).st_size
        if size <= tailed.position or not journal.abandoned(tailed.file):
            return tailed.position, []
        rest = os.pread(tailed.file, size - tailed.position, tailed.position)
        return (tailed.position, []) if b"\n" in rest else (size, [rest])

    def _set_aside(self, tailed: Tailed, why: str, *, unreadable: bool) -> None:
        if unreadable:
            self._count_garbled(tailed)
        try:
            aside.put(tailed.path)
        except OSError as error:
            log.warning("journal %s should be set aside (%s), but cannot: %s", tailed.path.name, why, error)
            return
        log.warning("journal %s is set aside, not shipped: %s", tailed.path.name, why)
        self._drop(tailed)

    def _count_garbled(self, tailed: Tailed) -> None:
        """Count all clicks of a journal as garbled, once: nobody can tell whose they are."""
        size, clicks = os.fstat(tailed.file).st_size, 0
        end = journal.HEADER_SIZE
        while lines := list(journal.read(tailed.file, end)):
            end = lines[-1][0]
            clicks += len(lines)
        shard = keys.SHARDS[0]
        self.store.script("ship_clicks")(
            keys=[keys.clicks(shard), keys.marks(shard), keys.progress(shard)],
            args=[tailed.path.stem, 0, size, 0, b"", clicks],
        )

    def _drop(self, tailed: Tailed) -> None:
        os.close(tailed.file)
        del self._tailed[tailed.path]

    def _retire(self) -> None:
        """Delete journals whose owner is gone and which every shard has whole, on disk."""
        due = [tailed for tailed in self._tailed.values() if self._complete(tailed)]
        if not due or not self.store.settle():
            return
        pipe = self.store.redis.pipeline(transaction=False)
        for tailed in due:
            for shard in keys.SHARDS:
                pipe.hset(keys.marks(shard), f"{journal.GONE}{tailed.name}", int(time.time()))
        pipe.execute()
        for tailed in due:
            tailed.path.unlink(missing_ok=True)
            self._drop(tailed)
        journal.sync_folder(self.folder)

    def _complete(self, tailed: Tailed) -> bool:
        """Whether nobody appends to a journal any more and all of it, its losses too, has been with Redis for a while."""
        # It may be shorter than its marks: a copy that was restored, or what a power cut left.
        whole = tailed.checked and tailed.shipped >= os.fstat(tailed.file).st_size and journal.abandoned(tailed.file)
        if not whole:
            tailed.complete_since = None
            return False
        if tailed.complete_since is None:
            tailed.complete_since = time.monotonic()
            return False
        if time.monotonic() - tailed.complete_since < _SETTLE_SECONDS:
            return False
        header = journal.read_header(tailed.file)
        return header is not None and header.lost == {name: tailed.told.get(name) for name in header.lost}
