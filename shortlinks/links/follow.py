"""Following a link: the links this process holds in memory, and recording each click in its journal.

Which side may fail: the visitor's redirect outranks our count. Nothing here waits for the network once a link is in memory,
and a click that cannot be written is counted as lost while its visitor is sent on.

A background thread keeps the memory true: a few times a second it reads the feed of
link changes and forgets what changed, adds up what was measured (`sums`), fetches the visitors' salts a day ahead, and sees
that a ship process runs.
"""

import logging
import os
import secrets
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Any, Protocol

import redis

from shortlinks import keys, times
from shortlinks.clicks import classify, clicks, journal, visitors
from shortlinks.clicks.journal import Journal
from shortlinks.config import Config
from shortlinks.links import feed, links
from shortlinks.links.link_copy import LinkCopy
from shortlinks.links.memory import Held, Memory
from shortlinks.owner.own_browser import OwnBrowsers
from shortlinks.running import metrics
from shortlinks.running.sums import Sums
from shortlinks.store import Store

POLL_SECONDS = 0.2
UPKEEP_SECONDS = 1.0
MEMORY_LIMIT = 100_000
_NONCES = 256

log = logging.getLogger(__name__)


class Recordable(Protocol):
    """What is asked for: a link in memory, or a bio page. `prefix` begins its journal lines, with `post_id` first."""

    @property
    def post_id(self) -> str: ...
    @property
    def prefix(self) -> str: ...


class Follower:
    """One web process's way of following links."""

    def __init__(self, config: Config, store: Store) -> None:
        self.store = store
        self.memory = Memory(MEMORY_LIMIT)
        self.journal = Journal(config.data_dir / journal.FOLDER)
        self._copy = LinkCopy(config.data_dir)
        # Whether Redis did not answer when the thread looked last: then nobody else needs to wait for it.
        self._away = False
        self.sums = Sums(config.data_dir / "metrics")
        self.own_browsers = OwnBrowsers(config.secret_key)
        self._trusted = config.trusted_proxies
        self._ensure_shipping: Callable[[], None] | None = None
        self._salts: dict[int, bytes] = {}
        self._own_salts: dict[int, bytes] = {}
        self._nonces: list[str] = []
        self._server_run = ""
        self._thread: Thread | None = None
        self._stop = Event()
        self._start_lock = Lock()
        myself = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _after_fork(myself()))

    def find(self, slug: str) -> Held | None:
        """The link called `slug` (normalised), from memory, else from Redis, or from the copy on disk while that is away.

        None when there is none. Raises redis.ConnectionError or TimeoutError when Redis is needed and away.
        """
        held = self.memory.get(slug)
        if held is not None:
            self.sums.add(metrics.CACHE_HITS)
            return held
        self.sums.add(metrics.CACHE_MISSES)
        self.start()
        if self._away and (copied := self._find_copied(slug)):
            return copied
        try:
            link, position = links.find(self.store, slug)
        except (redis.ConnectionError, redis.TimeoutError):
            if copied := self._find_copied(slug):
                return copied
            raise
        if link is None:
            return None
        held = Held.of(link)
        self.memory.fill(slug, held, position)
        return held

    def _find_copied(self, slug: str) -> Held | None:
        held, position = self._copy.find(slug)
        if held is not None:
            self.memory.fill(slug, held, position)
        return held

    def record(self, held: Recordable, environ: dict[str, Any], at: int, signals: str = "") -> str:
        """Record one request of a link or a bio page, and return its nonce. Never raises for what a client sends."""
        agent = environ.get("HTTP_USER_AGENT") or ""
        if len(agent) > clicks.AGENT_LIMIT or not agent.isprintable():
            agent = clicks.clean(agent, clicks.AGENT_LIMIT)
        referrer = environ.get("HTTP_REFERER")
        cookies = environ.get("HTTP_COOKIE")
        if cookies and self.own_browsers.marked(cookies, at):
            signals = f"{signals},{classify.SELF}" if signals else classify.SELF
        salt = self._salts.get(at // times.DAY) or self._salt_of(at // times.DAY)
        nonce = self._nonce()
        record = clicks.line(
            held.prefix,
            at,
            nonce,
            environ["REQUEST_METHOD"],
            clicks.signals(environ, signals),
            visitors.identify(visitors.client_address(environ, self._trusted), agent, salt),
            clicks.origin(referrer) if referrer else "",
            agent,
        )
        self.journal.append(record, held.post_id)
        return nonce

    def network(self, environ: dict[str, Any], at: int) -> str:
        """What clicks at `at`, today or tomorrow, bear of the network that this request comes from; "" without an address.

        Raises redis.RedisError when the day's salt is not known yet and cannot be fetched.
        """
        address = visitors.client_address(environ, self._trusted)
        if not visitors.packed(address):
            return ""
        day = times.day_of(at)
        salt = self._salts.get(day) or self._common_salt(day) or self._salt_of(day)
        return visitors.identify(address, "", salt).split("\t")[1]

    def _nonce(self) -> str:
        """12 random hex digits. Drawn many at a time: each draw gives up the interpreter lock (see journal._write)."""
        try:
            return self._nonces.pop()
        except IndexError:
            drawn = os.urandom(6 * _NONCES).hex()
            self._nonces.extend(drawn[start : start + 12] for start in range(0, len(drawn), 12))
            return os.urandom(6).hex()

    def start(self, ensure_shipping: Callable[[], None] | None = None) -> None:
        """Start the background thread if it does not run in this process yet.

        `ensure_shipping` is called about once a second from then on; it starts the ship process where there is none.
        """
        self._ensure_shipping = ensure_shipping or self._ensure_shipping
        if self._thread is not None:
            return
        with self._start_lock:
            if self._thread is None:
                self._upkeep()
                self._thread = Thread(target=self._run, name="follow", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop the thread and close the journal."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.journal.close()
        self._copy.release()
        self.keep_sums()
        self.sums.close()

    def keep_sums(self) -> None:
        """Bring this process's sums up to date, where others read them."""
        self.sums.level(metrics.CLICKS_RECORDED, self.journal.appended)
        self.sums.level(metrics.CLICKS_LOST, self.journal.lost)
        self.sums.keep()

    def _run(self) -> None:
        upkeep_at = time.monotonic() + UPKEEP_SECONDS
        while not self._stop.wait(POLL_SECONDS):
            try:
                # First of all: the rest may wait for Redis.
                self.keep_sums()
                if time.monotonic() >= upkeep_at:
                    upkeep_at = time.monotonic() + UPKEEP_SECONDS
                    self._upkeep()
                self.read_feed()
                self._away = False
                self._copy.release()
            except redis.RedisError:
                # Links in memory, and those of the copy, serve as they are until Redis is back.
                self._away = True
            except Exception:
                log.exception("the follow thread met an error and goes on")

    def read_feed(self) -> None:
        """Forget the links that changed since the last look; all of them when that cannot be known.

        After a restart of the server it cannot: its last second may be gone.
        """
        changes = feed.since(self.store, self.memory.position)
        if changes.slugs is None or changes.run != self._server_run:
            self.memory.clear(changes.position)
            self._server_run = changes.run
        elif changes.slugs:
            self.memory.forget(changes.slugs, changes.position)

    def _upkeep(self) -> None:
        """Whatever fails here, the rest is still done, and links are still followed."""
        now = times.now()
        today = times.day_of(now)
        store_id = self.journal.store_id
        with suppress(redis.RedisError):
            for day in salt_days(now):
                if day not in self._salts and (salt := self._common_salt(day)):
                    self._salts[day] = salt
            store_id = self.store.id()
        if not store_id:
            # A process that starts without Redis: its clicks belong to the store that the copied links are of.
            self._copy.open()
            store_id = self._copy.store_id
        self._salts = {day: salt for day, salt in self._salts.items() if day >= today}
        self._own_salts = {day: salt for day, salt in self._own_salts.items() if day >= today}
        self.journal.renew(store_id)
        if self._ensure_shipping is not None:
            try:
                self._ensure_shipping()
            except OSError as error:
                log.warning("no ship process can be started, clicks wait in the journal: %s", error)

    def _common_salt(self, day: int) -> bytes | None:
        """The day's salt in Redis, made by whoever asks first; None when the day is over by the server's clock."""
        name = keys.salt(day)
        self.store.redis.set(name, secrets.token_bytes(32), nx=True, pxat=(day + 1) * times.DAY)
        salt: bytes | None = self.store.redis.get(name)
        return salt

    def _salt_of(self, day: int) -> bytes:
        """A salt of this process's own, until the day's common one can be fetched: clicks count, visitors may twice."""
        if day not in self._own_salts:
            self._own_salts.setdefault(day, secrets.token_bytes(32))
        return self._own_salts[day]

    def begin_again(self) -> None:
        """In a forked child: the thread and the journal are the parent's."""
        self._thread = None
        self._stop = Event()
        self._start_lock = Lock()
        # Drawn by the parent, who will use them.
        self._nonces = []
        self.memory.begin_again()
        self._copy.begin_again()
        self.journal.forget()
        self.sums.forget()


def salt_days(now: int) -> range:
    """The days whose salts are fetched at `now`: today's, and from noon on tomorrow's.

    So midnight without Redis breaks nothing, and from its making to the rewrite of the append-only file that follows its
    end (see worker/schedule.py) a salt exists for less than 48 hours, also where one rewrite fails or has to be left out.
    """
    today = times.day_of(now)
    return range(today, today + (2 if now % times.DAY >= 12 * times.HOUR else 1))


def _after_fork(follower: Follower | None) -> None:
    if follower is not None:
        follower.begin_again()
