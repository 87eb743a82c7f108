"""The ship process: journals -> streams. One a host, kept single by a lock file.

It tails every journal in the data directory, whoever writes it, so a dead process's journal is picked up like any other.
Each batch goes to its shards with the journal's mark in the same script, so a retry after an ambiguous failure does nothing.

Which side may fail: Redis may be away for as long as it likes; journals wait. A journal is deleted only when every shard
has all of it and the server has that on disk.
"""

import argparse
import fcntl
import logging
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import redis
from rq import Queue

from shortlinks import config as configs
from shortlinks import journal, keys, rollups
from shortlinks import store as stores
from shortlinks.config import Config
from shortlinks.store import Store

TICK_SECONDS = 0.05
CHECK_SECONDS = 1.0
ASK_AGAIN_SECONDS = 0.5
SWEEP_SECONDS = 3600.0
MARKS_KEPT_SECONDS = 3 * 86_400
DRAIN_SECONDS = 5.0
PIECE = 256 * 1024
_FOLDER = "journal"
_LOCK = "ship.lock"
_ASIDE = "aside"
_GONE = "gone:"
_SETTLE_SECONDS = 3.0

# Ship processes started here, kept so that they are reaped.
_started: list[subprocess.Popen[bytes]] = []

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tailed:
    """A journal being read: its open file, the byte each shard has it up to, and since when all of it is shipped.

    `position` is where reading goes on. It may be ahead of the marks of shards that had no click for a while; those are
    moved along once a second, and after a failure reading goes on from the smallest mark.
    """

    path: Path
    file: int
    marks: dict[str, int] = field(default_factory=dict)
    position: int = journal.HEADER_SIZE
    levelled_at: float = 0.0
    checked: bool = False
    complete_since: float | None = None
    told: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The journal's name, as the marks know it."""
        return self.path.name.removesuffix(journal.SUFFIX)

    @property
    def shipped(self) -> int:
        """The byte up to which every shard has it."""
        return min(self.marks.values(), default=0)


class Shipper:
    """Ships the journals of one folder. `step` does one round; everything it knows it can read again from Redis."""

    def __init__(self, folder: Path, store: Store, queue: Queue) -> None:
        self.folder = folder
        self.store = store
        self.queue = queue
        self._tailed: dict[Path, Tailed] = {}
        self._store_id = ""
        self._known = False
        # Per shard: the newest entry we know of that is not rolled up, and when we last asked for its roll-up.
        self._behind: dict[str, str] = {}
        self._asked: dict[str, float] = {}
        self._checked_at = 0.0
        self._swept_at = time.monotonic()

    def step(self) -> bool:
        """Ship what there is. Returns whether there is more at once. Raises redis.RedisError; then call `forget`, and again."""
        if not self._known:
            self._look_again()
        more = False
        self._find_journals()
        for tailed in list(self._tailed.values()):
            if tailed.checked:
                more |= self._ship(tailed)
        self.wake_rollups()
        if time.monotonic() - self._checked_at >= CHECK_SECONDS:
            self._checked_at = time.monotonic()
            self._look_again()
            self._retire()
        return more

    def drained(self) -> bool:
        """Whether every journal is shipped to its present end."""
        return all(
            tailed.checked and tailed.position >= os.fstat(tailed.file).st_size for tailed in self._tailed.values()
        ) and len(self._tailed) == len(journal.files(self.folder))

    def idle(self) -> bool:
        """Whether no journal has a living owner, none is left to ship, and nothing shipped waits for its roll-up."""
        return not self._tailed and not self._behind

    def forget(self) -> None:
        """Believe nothing of what was known about Redis: it failed, or lost its last second, or is another one."""
        self._known = False

    def _look_again(self) -> None:
        """Read marks, losses and the state of the streams from Redis, which may have lost its tail since we wrote."""
        self._known = False
        self._store_id = self.store.id()
        for tailed in list(self._tailed.values()):
            self._check(tailed)
        pipe = self.store.redis.pipeline(transaction=False)
        for shard in keys.SHARDS:
            pipe.xrevrange(keys.clicks(shard), count=1)
        for shard, entries in zip(keys.SHARDS, pipe.execute(), strict=True):
            if entries:
                self._behind[shard] = entries[0][0].decode()
            else:
                self._behind.pop(shard, None)
        self._known = True

    def _find_journals(self) -> None:
        for path in journal.files(self.folder):
            if path not in self._tailed:
                try:
                    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
                except FileNotFoundError:
                    continue
                self._tailed[path] = tailed = Tailed(path, file)
                self._check(tailed)

    def _check(self, tailed: Tailed) -> None:
        """Read a journal's header and marks. One that belongs to another store is set aside once its owner is gone."""
        header = journal.read_header(tailed.file)
        if header is None and journal.abandoned(tailed.file):
            # The owner may have been writing it; now nobody does.
            header = journal.read_header(tailed.file)
        if header is None or (header.store_id and header.store_id != self._store_id):
            tailed.checked = False
            if journal.abandoned(tailed.file):
                self._set_aside(tailed, "its header is garbled" if header is None else "it belongs to another store")
            return
        pipe = self.store.redis.pipeline(transaction=False)
        for shard in keys.SHARDS:
            pipe.hget(keys.marks(shard), tailed.name)
        marks = {shard: int(mark or 0) for shard, mark in zip(keys.SHARDS, pipe.execute(), strict=True)}
        if marks != tailed.marks:
            tailed.complete_since = None
        tailed.marks = marks
        tailed.position = max(tailed.shipped, journal.HEADER_SIZE)
        tailed.checked = True
        self._tell_losses(tailed, header)

    def _tell_losses(self, tailed: Tailed, header: journal.Header) -> None:
        for post_id, lost in header.lost.items():
            if tailed.told.get(post_id) == lost:
                continue
            known = post_id != journal.ANY_POST and self.store.redis.exists(keys.post(post_id))
            shard = keys.shard(post_id) if known else keys.SHARDS[0]
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
        self._keep_garbled(tailed, garbled)
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
                    self._behind[shard] = detail.decode()
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

    def _keep_garbled(self, tailed: Tailed, lines: list[bytes]) -> None:
        if not lines:
            return
        # A look at them later is worth less than shipping the others now, so a full disk is no reason to stop.
        with suppress(OSError), (self._aside() / f"{tailed.name}.garbled").open("ab") as file:
            file.writelines(line + b"\n" for line in lines)

    def _set_aside(self, tailed: Tailed, why: str) -> None:
        try:
            tailed.path.rename(self._aside() / tailed.path.name)
        except OSError as error:
            log.warning("journal %s should be set aside (%s), but cannot: %s", tailed.name, why, error)
            return
        log.warning("journal %s is set aside, not shipped: %s", tailed.name, why)
        self._drop(tailed)

    def _aside(self) -> Path:
        folder = self.folder / _ASIDE
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    def _drop(self, tailed: Tailed) -> None:
        os.close(tailed.file)
        del self._tailed[tailed.path]

    def wake_rollups(self, *, last: bool = False) -> None:
        """Ask for the roll-up of each shard that is behind, at once the first time and again while it stays behind.

        By monotonic time and by what the streams say: no flag can get stuck when a worker dies or a clock jumps.
        The `last` time all are asked for, because nobody will ask again.
        """
        if not self._behind:
            return
        shards = list(self._behind)
        pipe = self.store.redis.pipeline(transaction=False)
        for shard in shards:
            pipe.hget(keys.progress(shard), "cursor")
        now = time.monotonic()
        asked: list[str] = []
        for shard, cursor in zip(shards, pipe.execute(), strict=True):
            if cursor and _order(cursor.decode()) >= _order(self._behind[shard]):
                del self._behind[shard]
            elif last or now - self._asked.get(shard, -ASK_AGAIN_SECONDS) >= ASK_AGAIN_SECONDS:
                asked.append(shard)
        if asked and (last or self.queue.count < 2 * len(keys.SHARDS)):
            jobs = [
                Queue.prepare_data(rollups.JOB, (shard,), result_ttl=0, failure_ttl=86_400, timeout=300)
                for shard in asked
            ]
            self.queue.enqueue_many(jobs)
            self._asked.update(dict.fromkeys(asked, now))

    def _retire(self) -> None:
        """Delete journals whose owner is gone and which every shard has whole, on disk; forget marks of those long gone."""
        for tailed in list(self._tailed.values()):
            if (
                not tailed.checked
                or tailed.shipped != os.fstat(tailed.file).st_size
                or not journal.abandoned(tailed.file)
            ):
                tailed.complete_since = None
                continue
            if tailed.complete_since is None:
                tailed.complete_since = time.monotonic()
                continue
            if time.monotonic() - tailed.complete_since < _SETTLE_SECONDS or not self.store.settle():
                continue
            header = journal.read_header(tailed.file)
            if header is None or header.lost != {name: tailed.told.get(name) for name in header.lost}:
                continue
            tailed.path.unlink(missing_ok=True)
            _sync_folder(self.folder)
            self._drop(tailed)
            pipe = self.store.redis.pipeline(transaction=False)
            for shard in keys.SHARDS:
                pipe.hset(keys.marks(shard), f"{_GONE}{tailed.name}", int(time.time()))
            pipe.execute()
        if time.monotonic() - self._swept_at >= SWEEP_SECONDS:
            self._swept_at = time.monotonic()
            self.sweep_marks(int(time.time()))

    def sweep_marks(self, now_seconds: int) -> None:
        """Drop the marks of journals deleted days ago. Kept so long in case the file system brings one back."""
        for shard in keys.SHARDS:
            marks = self.store.redis.hgetall(keys.marks(shard))
            old = {
                field.decode().removeprefix(_GONE)
                for field, at in marks.items()
                if field.startswith(_GONE.encode()) and int(at) < now_seconds - MARKS_KEPT_SECONDS
            }
            names = [name for name in marks if name.decode().removeprefix(_GONE).partition("/")[0] in old]
            if names:
                self.store.redis.hdel(keys.marks(shard), *names)


def run(config: Config) -> int:
    """Ship until SIGTERM, then until everything is shipped (at most DRAIN_SECONDS). Returns an exit status."""
    folder = config.data_dir / _FOLDER
    # Before the lock file names us as the one to be told.
    stopping = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _lock(folder, os.getpid()) is None:
        return 0
    store = stores.open_store(config.redis_url or "")
    queue = Queue(rollups.QUEUE, connection=stores.open_store(config.queue_url or "").redis)
    shipper = Shipper(folder, store, queue)
    deadline: float | None = None
    alone_since: float | None = None
    away = False
    while True:
        try:
            more = shipper.step()
            if away:
                log.warning("Redis is back; shipping goes on")
            away = False
        except redis.RedisError as error:
            more = False
            shipper.forget()
            if not away:
                log.warning("Redis does not answer (%s); clicks wait in the journals", error)
            away = True
        if stopping.is_set():
            deadline = deadline or time.monotonic() + DRAIN_SECONDS
            if not away and shipper.drained():
                with suppress(redis.RedisError):
                    shipper.wake_rollups(last=True)
                return 0
            if time.monotonic() > deadline:
                return 0
        # With no journal left for a while there is no web process either; the next one starts a new ship process.
        alone_since = (alone_since or time.monotonic()) if shipper.idle() else None
        if alone_since is not None and time.monotonic() - alone_since > 30:
            return 0
        if not more:
            # After SIGTERM the event is set and wait() returns at once; the drain still wants a breath between rounds.
            time.sleep(0.01) if stopping.is_set() else stopping.wait(TICK_SECONDS)


def ensure_running(data_dir: Path) -> None:
    """Start a ship process of this host if none holds the lock. Called by web processes now and then; cheap when one does."""
    folder = data_dir / _FOLDER
    lock = _lock(folder)
    if lock is None:
        return
    os.close(lock)
    _started[:] = [process for process in _started if process.poll() is None]
    _started.append(
        subprocess.Popen(
            [sys.executable, "-m", "shortlinks.ship"],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            cwd=Path(__file__).parent.parent,
            env=os.environ | {"SHORTLINKS_DATA_DIR": str(data_dir)},
        )
    )


def stop_and_wait(data_dir: Path, seconds: float = 10.0) -> bool:
    """Ask this host's ship process to ship what is left and end. Returns whether it has ended within `seconds`."""
    path = data_dir / _FOLDER / _LOCK
    deadline = time.monotonic() + seconds
    told = 0
    while time.monotonic() < deadline:
        lock = _lock(data_dir / _FOLDER)
        if lock is not None:
            os.close(lock)
            return True
        with suppress(ValueError, OSError):
            pid = int(path.read_text())
            if pid != told:
                os.kill(pid, signal.SIGTERM)
                told = pid
        time.sleep(0.05)
    return False


def _lock(folder: Path, pid: int | None = None) -> int | None:
    """The ship lock, or None while another process holds it. `pid` is who may be asked to stop by SIGTERM."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    # Written over in place, which works on a full disk too. Whoever only tries the lock leaves no process id in it.
    with suppress(OSError):
        os.pwrite(file, f"{pid or '':<20}".encode(), 0)
    return file


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _order(entry: str) -> tuple[int, int]:
    milliseconds, _, sequence = entry.partition("-")
    return int(milliseconds), int(sequence)


def main() -> int:
    """`python -m shortlinks.ship`: the ship process by itself."""
    argparse.ArgumentParser(description=main.__doc__).parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    return run(configs.load_connected())


if __name__ == "__main__":
    sys.exit(main())
