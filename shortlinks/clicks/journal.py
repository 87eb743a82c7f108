"""The journal: where a click is safe before Redis has it.

Each web process appends lines to a file of its own in `<data directory>/journal`; the ship process reads them all. A file is

    4,096 bytes of header    one checksummed JSON line padded with spaces: format, store id, clicks lost because a write failed
    one line a click         `<CRC-32 as 8 hex digits> <click>\\n`

The owner holds an exclusive `flock` on its file as long as it lives, so a free lock means that nobody will append again.
Loss counts are written over the header in place, which works on a full disk too: those blocks are already ours.
"""

import ctypes
import fcntl
import json
import logging
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from zlib import crc32

FORMAT = 1
HEADER_SIZE = 4096
ROTATE_BYTES = 64 * 1024 * 1024
ROTATE_SECONDS = 6 * 3_600
FOLDER = "journal"
SUFFIX = ".log"
ANY_POST = "*"
GONE = "gone:"
_LOSSES_NAMED = 100

# write(2) without giving up the interpreter lock, unlike os.write: to get it back costs a busy process more than the call
# itself, about 15 µs a click with 8 threads. Returns -1 on an error.
_write = ctypes.PyDLL(None).write
_write.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t)
_write.restype = ctypes.c_ssize_t

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Header:
    """A journal's first block: the id of the store its clicks belong to ("" when Redis was away), the losses by post, the
    name it was given, which stays its own when somebody renames or copies the file, and the format of the file."""

    store_id: str
    lost: dict[str, int] = field(default_factory=dict)
    name: str = ""
    format: int = FORMAT

    def encode(self) -> bytes:
        """The block as bytes, always HEADER_SIZE long."""
        text = json.dumps(
            {"v": self.format, "name": self.name, "store": self.store_id, "lost": self.lost}, separators=(",", ":")
        )
        return framed(text.encode().ljust(HEADER_SIZE - 10))


class Journal:
    """This process's own journal: one file at a time, appended to by all its threads.

    The file is created by `renew` or at the first append. While none can be created (disk full, no permission)
    clicks are counted as lost and another attempt is made once a second.
    """

    def __init__(self, folder: Path, store_id: str = "") -> None:
        self.folder = folder
        self.store_id = store_id
        self.path: Path | None = None
        self.size = 0
        self.appended = 0
        self.lost = 0
        self._lock = Lock()
        self._file = self._header = -1
        self._name = ""
        self._losses: dict[str, int] = {}
        self._opened_at = self._next_attempt = 0.0

    def append(self, record: bytes, post_id: str) -> bool:
        """Append one click, or count it as lost for `post_id` and return False when it could not be written whole."""
        data = framed(record)
        with self._lock:
            if self._file < 0 and not self._open():
                self._lose(post_id)
                return False
            written = _write(self._file, data, len(data))
            if written == len(data):
                self.size += written
                self.appended += 1
                return True
            # A half line would garble the next good click.
            if written > 0 and not self._cut_back():
                self._close()
            self._lose(post_id)
            return False

    def renew(self, store_id: str) -> None:
        """Go on in a new file if there is none or this one belongs to another store, was deleted under us, is large or old.

        A shipped journal is deleted once nobody appends to it any more. So that single clicks, also those of posts that
        were erased, leave the disk soon, none is kept for longer than ROTATE_SECONDS.
        """
        with self._lock:
            wrong = store_id != self.store_id or (self._file >= 0 and self._gone())
            self.store_id = store_id
            if self._file < 0 or wrong or self._full():
                self._open(instead=wrong)

    def close(self) -> None:
        """Release the file: nobody will append to it again. Losses that no file could take are at least told to the log."""
        with self._lock:
            if self._losses and self._file < 0:
                self._open()
            self._close()
            if self._losses:
                log.error("%d clicks are lost, and the journal could not even note that", sum(self._losses.values()))

    def forget(self) -> None:
        """In a forked child: drop the parent's file without touching its lock (which a close in the child would not free)."""
        self._lock = Lock()
        self._losses = {}
        self._close()

    def _open(self, *, instead: bool = False) -> bool:
        """Go on in a new file. Where none can be made, the present one serves on, unless it must not (`instead`)."""
        if instead:
            self._close()
        if time.monotonic() < self._next_attempt:
            return False
        name = secrets.token_hex(8)
        draft = self.folder / f".{name}.new"
        file = header = -1
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(draft, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX)
            header = os.open(draft, os.O_WRONLY | os.O_CLOEXEC)
            # Losses of the present file go into its own header, at `_close`.
            block = Header(self.store_id, {} if self.path else self._losses, name).encode()
            if os.write(file, block) != len(block):
                raise OSError("the disk is full")
            path = draft.rename(self.folder / f"{name}{SUFFIX}")
        except OSError:
            self._next_attempt = time.monotonic() + 1
            for opened in (file, header):
                if opened >= 0:
                    os.close(opened)
            with suppress(OSError):
                draft.unlink()
            return False
        self._close()
        self._file, self._header, self._name, self.path = file, header, name, path
        self.size, self._opened_at = len(block), time.monotonic()
        self._noted()
        return True

    def _close(self) -> None:
        if self.path and self._noted():
            # They are in this file now; what could not be written goes on to the next one.
            self._losses = {}
        for file in (self._file, self._header):
            if file >= 0:
                os.close(file)
        self._file = self._header = -1
        self.path = None

    def _lose(self, post_id: str) -> None:
        self.lost += 1
        name = post_id if post_id in self._losses or len(self._losses) < _LOSSES_NAMED else ANY_POST
        self._losses[name] = self._losses.get(name, 0) + 1
        self._noted()

    def _noted(self) -> bool:
        """Write the losses into the header, and return whether that worked. If not, the next loss or `close` tries again."""
        if self._losses and self._header >= 0:
            try:
                os.pwrite(self._header, self._block(), 0)
            except OSError:
                return False
        return self._header >= 0

    def _block(self) -> bytes:
        return Header(self.store_id, self._losses, self._name).encode()

    def _cut_back(self) -> bool:
        try:
            os.ftruncate(self._file, self.size)
        except OSError:
            return False
        return True

    def _full(self) -> bool:
        old = time.monotonic() - self._opened_at > ROTATE_SECONDS
        return self.size > ROTATE_BYTES or (old and self.size > HEADER_SIZE)

    def _gone(self) -> bool:
        try:
            return self.path is None or self.path.stat().st_ino != os.fstat(self._file).st_ino
        except OSError:
            return True


def framed(record: bytes) -> bytes:
    """A record with its checksum in front and a line end behind."""
    return b"%08x %b\n" % (crc32(record), record)


def unframed(line: bytes) -> bytes | None:
    """The record of one line (without its line end), None when the line is cut or garbled."""
    record = line[9:]
    return record if record and line[:9] == b"%08x " % crc32(record) else None


def read_header(file: int) -> Header | None:
    """The header of an open journal, None when it is garbled (or just being written over: read again).

    Of another format only that is known.
    """
    record = unframed(os.pread(file, HEADER_SIZE, 0).rstrip(b"\n"))
    try:
        fields = json.loads(record or b"")
    except (ValueError, RecursionError):
        return None
    match fields:
        case {"v": version, "store": str(store_id), "lost": dict(lost), "name": str(name)} if version == FORMAT:
            return Header(store_id, lost, name) if all(isinstance(count, int) for count in lost.values()) else None
        case {"v": int(version)} if version != FORMAT:
            return Header("", format=version)
    return None


def read(file: int, offset: int, limit: int = 1024 * 1024) -> Iterator[tuple[int, bytes, bytes | None]]:
    """The complete lines of an open journal from `offset` on, within the next `limit` bytes.

    Yields for each the offset behind it, the raw line, and its record or None when it is garbled. What follows the last
    line end is left for later, unless it alone is longer than any click can be: then it is given as one garbled line.
    """
    data = os.pread(file, limit, offset)
    end = data.rfind(b"\n") + 1
    if not end and len(data) == limit:
        yield offset + len(data), data, None
        return
    position = offset
    for line in data[: max(end - 1, 0)].split(b"\n") if end else ():
        position += len(line) + 1
        yield position, line, unframed(line)


def files(folder: Path) -> list[Path]:
    """The journals in a folder, in no order."""
    try:
        with os.scandir(folder) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if entry.name.endswith(SUFFIX) and not entry.name.startswith(".") and entry.is_file()
            ]
    except FileNotFoundError:
        return []


def abandoned(file: int) -> bool:
    """Whether an open journal's owner is gone. When it is, the lock is now ours, so the answer stays true."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Return once the names in a folder are on disk."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
