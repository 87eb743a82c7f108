"""Running sums of a web process, where every process of the host can read them.

Prometheus asks one process of a host, whichever takes the connection, and wants the numbers of all of them, never going
back while the host is up: it takes a sum that fell for a restart and counts all of it again. So each process keeps its
sums in a file of its own in `<data directory>/metrics`, locked as long as it lives, and one that starts goes on with the
file of one that ended. What is read is what the files hold: there are never more of them than there were processes at
once, and a kill costs at most the last second's sums.

Why not prometheus_client's own multiprocess mode: its files are named by process id, so they pile up with each reload and
collide between containers; emptying them needs a hook that gunicorn has and granian has not; and each observation costs
1.4 µs where a redirect takes 6. Here a redirect appends one number to a deque (`hits`, 0.1 µs with taking the time), and the
follow thread adds those up (0.1 µs each) and writes the file (20 µs).
"""

import fcntl
import json
import os
import secrets
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock

from shortlinks.clicks.journal import framed, unframed
from shortlinks.running import metrics
from shortlinks.running.metrics import Key

SUFFIX = ".sums"
_BLOCK = 16 * 1024
_HITS_WAITING = 1 << 17
_NANO = 1_000_000_000
_EDGES = tuple(int(float(bound) * _NANO) for bound in metrics.BOUNDS[:-1])
# One that is being written over may come garbled.
_READS = 5


def _boot() -> str:
    """Which boot this is. A file of an earlier one may be older than what was read from it last: no disk was waited for."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return "unknown"


_BOOT = _boot()


class Sums:
    """This process's sums. `hits` takes the nanoseconds of each redirect from memory; the oldest go if nobody adds them up."""

    def __init__(self, folder: Path) -> None:
        self.hits: deque[int] = deque(maxlen=_HITS_WAITING)
        self._folder = folder
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._levels: defaultdict[str, int] = defaultdict(int)
        self._lock = Lock()
        self._file = -1
        self._written = b""

    def add(self, key: Key, number: float = 1) -> None:
        """Add to one of `metrics.SUMMED`."""
        with self._lock:
            self._sums["|".join(key)] += number

    def observe(self, outcome: str, nanoseconds: int) -> None:
        """One request for a short link was answered."""
        with self._lock:
            self._observe(outcome, [nanoseconds])

    def level(self, key: Key, total: int) -> None:
        """Add by how much a `total` that is counted elsewhere in this process has grown since the last time."""
        name = "|".join(key)
        with self._lock:
            # Two threads may come with their totals in the other order.
            if total > self._levels[name]:
                self._sums[name] += total - self._levels[name]
                self._levels[name] = total

    def keep(self) -> None:
        """Add up the hits and write everything where others read it. Where that fails the sums wait for the next time."""
        with self._lock:
            taken = [self.hits.popleft() for _ in range(len(self.hits))]
            self._observe(metrics.HIT, taken)
            self._sums["|".join(metrics.CACHE_HITS)] += len(taken)
            with suppress(OSError):
                if self._file < 0 or not os.fstat(self._file).st_nlink:
                    self._open()
                self._write()

    def read(self) -> dict[Key, float]:
        """The sums of all processes of this host together, 0 for what has none. This process's are brought up to date."""
        self.keep()
        found = _summed(self._folder)
        if self._file < 0:
            _add(found, self._sums)
        return {key: found["|".join(key)] for key in metrics.SUMMED}

    def forget(self) -> None:
        """In a forked child: sums and file are the parent's (whose lock a close in the child does not free)."""
        self._lock = Lock()
        self.hits.clear()
        self._sums.clear()
        self._levels.clear()
        self.close()

    def close(self) -> None:
        """Release the file: the next process goes on with it."""
        if self._file >= 0:
            os.close(self._file)
        self._file, self._written = -1, b""

    def _observe(self, outcome: str, taken: list[int]) -> None:
        prefix = f"{metrics.REDIRECT_SECONDS}|{outcome}|"
        for index, number in Counter(bisect_left(_EDGES, each) for each in taken).items():
            self._sums[prefix + metrics.BOUNDS[index]] += number
        self._sums[prefix + metrics.SUM] += sum(taken) / _NANO

    def _open(self) -> None:
        """Go on with the file of a process that ended, or begin one."""
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            # One that is not ours to open stays as it is.
            with suppress(OSError):
                file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
                if _locked(file):
                    _add(self._sums, _decoded(os.pread(file, _BLOCK, 0)) or {})
                    self._file = file
                    return
                os.close(file)
        name = secrets.token_hex(8)
        draft = self._folder / f".{name}.new"
        file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _locked(file)
            # Whole from the start: later it is only written over, which works on a full disk too.
            if os.write(file, _encoded(self._sums)) != _BLOCK:
                raise OSError("the disk is full")
            draft.rename(self._folder / f"{name}{SUFFIX}")
        except OSError:
            os.close(file)
            draft.unlink(missing_ok=True)
            raise
        self._file = file

    def _write(self) -> None:
        block = _encoded(self._sums)
        if block != self._written:
            os.pwrite(self._file, block, 0)
            self._written = block


def _summed(folder: Path) -> defaultdict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for path in folder.glob(f"*{SUFFIX}"):
        with suppress(OSError):
            for _ in range(_READS):
                sums = _decoded(path.read_bytes())
                if sums is not None:
                    _add(found, sums)
                    break
    return found


def _add(sums: defaultdict[str, float], more: Mapping[str, float]) -> None:
    for name, number in more.items():
        sums[name] += number


def _encoded(sums: Mapping[str, float]) -> bytes:
    text = json.dumps({"boot": _BOOT, "sums": sums}, separators=(",", ":"))
    return framed(text.encode().ljust(_BLOCK - 10))


def _decoded(block: bytes) -> dict[str, float] | None:
    """The sums in a file, none of an earlier boot; None when it is garbled."""
    record = unframed(block.rstrip(b"\n"))
    if record is None:
        return None
    content = json.loads(record)
    sums: dict[str, float] = content["sums"]
    return sums if content["boot"] == _BOOT else {}


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
