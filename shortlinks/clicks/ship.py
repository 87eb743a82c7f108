"""The ship process: starting it, keeping it single by a lock file, ending it. What it does is in `shipper`."""

import argparse
import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Event

import redis
from rq import Queue

from shortlinks import config as configs
from shortlinks import store as stores
from shortlinks.clicks import aside, journal
from shortlinks.clicks.shipper import Shipper
from shortlinks.config import Config
from shortlinks.links.link_copy import Keeper
from shortlinks.rollups import rolling_up
from shortlinks.running import logs, priority

TICK_SECONDS = 0.05
ALONE_SECONDS = 30.0
DRAIN_SECONDS = 5.0
SWEEP_SECONDS = 3_600.0
_LOCK = "ship.lock"

# Ship processes started here, kept so that they are reaped.
_started: list[subprocess.Popen[bytes]] = []

# By name: this module is also run as __main__.
log = logging.getLogger("shortlinks.clicks.ship")


def run(config: Config, held: int | None = None) -> int:
    """Ship until SIGTERM, then until everything is shipped (at most DRAIN_SECONDS). Returns an exit status.

    `held` is the open lock, where it was taken for this process by whoever started it.
    """
    logs.configure(config.log)
    folder = config.data_dir / journal.FOLDER
    # Before the lock file names us as the one to be told.
    stopping = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lock = _lock(folder) if held is None else held
    if lock is None:
        return 0
    _name(lock, f"{os.getpid()} {socket.gethostname()}")
    priority.give_way()
    log.info("shipping begins", extra={"pid": os.getpid()})
    store = stores.open_store(config.redis_url or "")
    queue = Queue(rolling_up.QUEUE, connection=stores.open_store(config.queue_url or "").redis)
    shipper = Shipper(folder, store, queue)
    keeper = Keeper(config.data_dir, store)
    deadline: float | None = None
    alone_since: float | None = None
    sweep_at = 0.0
    away, copying = False, True
    while True:
        try:
            more = shipper.step()
            if away:
                log.warning("shipping goes on")
            away = False
        except (redis.RedisError, OSError) as error:
            more = False
            shipper.forget()
            if not away:
                log.warning("shipping stands still, clicks wait in the journals: %s", error)
            away = True
            with suppress(OSError):
                shipper.secure()
        if not away and not stopping.is_set():
            try:
                more |= keeper.step()
                copying = True
            except (redis.ConnectionError, redis.TimeoutError):
                pass  # the next round of shipping says so
            except (redis.RedisError, OSError) as error:
                if copying:
                    log.warning("the copy of the links cannot be kept up to date: %s", error)
                copying = False
        if stopping.is_set():
            deadline = deadline or time.monotonic() + DRAIN_SECONDS
            if (not away and shipper.drained()) or time.monotonic() > deadline:
                with suppress(redis.RedisError):
                    shipper.waker.ask(last=True)
                log.info("shipping ends", extra={"pid": os.getpid(), "drained": not away and shipper.drained()})
                return 0
        if time.monotonic() >= sweep_at:
            sweep_at = time.monotonic() + SWEEP_SECONDS
            with suppress(OSError):
                aside.sweep(folder, before=time.time() - config.click_retention_days * 86_400)
        if not _is_ours(folder, lock):
            # The folder was deleted or moved; who finds the new one without a ship process starts another.
            return 0
        # With no journal left for a while there is no web process either; the next one starts a new ship process.
        alone_since = (alone_since or time.monotonic()) if shipper.idle() else None
        if alone_since is not None and time.monotonic() - alone_since > ALONE_SECONDS:
            return 0
        if not more:
            # After SIGTERM the event is set and wait() returns at once; the drain still wants a breath between rounds.
            time.sleep(0.01) if stopping.is_set() else stopping.wait(TICK_SECONDS)


def ensure_running(data_dir: Path) -> None:
    """Start a ship process of this host if none holds the lock. Called by web processes now and then; cheap when one does.

    It gets the lock that was found free, so that there is never a second one on its way.
    """
    _started[:] = [process for process in _started if process.poll() is None]
    lock = _lock(data_dir / journal.FOLDER)
    if lock is None:
        return
    try:
        _started.append(
            subprocess.Popen(
                [sys.executable, "-m", "shortlinks.clicks.ship", "--lock", str(lock)],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd=Path(__file__).parent.parent.parent,
                env=os.environ | {"SHORTLINKS_DATA_DIR": str(data_dir)},
                pass_fds=(lock,),
            )
        )
    finally:
        os.close(lock)


def stop_and_wait(data_dir: Path, seconds: float = 10.0) -> bool:
    """Ask this host's ship process to ship what is left and end. Returns whether it has ended within `seconds`."""
    path = data_dir / journal.FOLDER / _LOCK
    deadline = time.monotonic() + seconds
    told = ""
    while time.monotonic() < deadline:
        lock = _lock(data_dir / journal.FOLDER)
        if lock is not None:
            os.close(lock)
            return True
        with suppress(ValueError, OSError):
            pid, host = path.read_text().split()
            if host != socket.gethostname():
                # Of another container that shares our folder: it ships our journals too, and is not ours to stop.
                return False
            if pid != told:
                os.kill(int(pid), signal.SIGTERM)
                told = pid
        time.sleep(0.05)
    return False


def deliver(data_dir: Path) -> None:
    """For a web server that ends: have the ship process deliver what the journals hold, or say that the next start will."""
    try:
        stop_and_wait(data_dir)
    except OSError as error:
        log.error("the journals could not be shipped now (%s); the next start does it", error)


def _lock(folder: Path) -> int | None:
    """The ship lock, open, or None while another process holds it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    _name(file, "")
    return file


def _name(lock: int, holder: str) -> None:
    """Write into the lock who, on this host, may be asked to stop by SIGTERM: nobody who only tries it."""
    # Written over in place, which works on a full disk too.
    with suppress(OSError):
        os.pwrite(lock, holder.ljust(100).encode(), 0)


def _is_ours(folder: Path, lock: int) -> bool:
    """Whether the lock file we hold is still the one that others would try."""
    with suppress(OSError):
        return (folder / _LOCK).stat().st_ino == os.fstat(lock).st_ino
    return False


def main() -> int:
    """`python -m shortlinks.clicks.ship`: the ship process by itself."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--lock", type=int, help="the open file that is its lock, from who started it")
    return run(configs.load_connected(), parser.parse_args().lock)


if __name__ == "__main__":
    sys.exit(main())
