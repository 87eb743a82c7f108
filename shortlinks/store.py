"""Opens Redis and hides what differs between its kinds: single and Sentinel, with `WAITAOF` and without.

`lua/*.lua` are loaded here as named callables; the noun modules that own the keys call them.
"""

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Generic, NamedTuple, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

from shortlinks import keys
from shortlinks.running import sentinels
from shortlinks.words.language import _

TIMEOUT_SECONDS = 2.0
REST_SECONDS = 1.0
SCRIPTS = ("ship_clicks", "tell_lost", "commit_rollup", "swap_recount", "read_each")
_AT_ONCE = 1_000

Asked = tuple[Any, ...]
"""A command that reads, the keys that it is for (a list), and what follows the key."""
T = TypeVar("T")


class Question(NamedTuple, Generic[T]):
    """What is asked of the store, together with other questions, and what its answers mean."""

    asked: Asked
    meaning: Callable[[list[Any]], T]


def fields_of(answer: Sequence[bytes]) -> dict[bytes, bytes]:
    """A hash, of `HGETALL`'s answer to a script."""
    return dict(zip(answer[::2], answer[1::2], strict=True))


@dataclass
class Store:
    """A connection pool to one Redis, with our scripts.

    `redis` answers bytes. Its timeouts are short (a command fails within two seconds instead of a minute), and it
    repeats one on a broken connection once: whoever calls knows better than the driver what is safe to repeat.
    """

    redis: Any
    timeout: float = TIMEOUT_SECONDS
    scripts: dict[str, Script] = field(default_factory=dict)
    _fsync_known: bool = True

    def script(self, name: str) -> Script:
        """The script `lua/<name>.lua` as a callable taking `keys`, `args` and optionally `client` (a pipeline)."""
        return self.scripts[name]

    def read(self, *asked: Asked) -> list[list[Any]]:
        """The answers to some reading commands, each for many keys; asked at once."""
        arguments = [part for command, names, *rest in asked for part in (command, len(names), len(rest), *rest)]
        found: list[list[Any]] = self.script("read_each")(
            keys=[name for _command, names, *_rest in asked for name in names], args=arguments
        )
        return found

    def answers(self, *questions: Question[Any]) -> list[Any]:
        """What the answers to each of these questions mean; all are asked at once."""
        found = self.read(*(question.asked for question in questions))
        return [question.meaning(answers) for question, answers in zip(questions, found, strict=True)]

    def each(self, command: str, names: Iterable[str], *rest: str | int) -> list[Any]:
        """The answers to one reading command for each of these keys, with `rest` after the key; asked at once."""
        wanted = list(names)
        parts = (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
        return [answer for part in parts for answer in self.read((command, part, *rest))[0]]

    def hashes(self, names: Iterable[str]) -> list[dict[bytes, bytes]]:
        """All fields of each of these hashes, however large; read at once.

        In a pipeline: a script makes text of its own of each field, and of thousands that takes twice as long.
        """
        pipe = self.redis.pipeline(transaction=False)
        for name in names:
            pipe.hgetall(name)
        found: list[dict[bytes, bytes]] = pipe.execute()
        return found

    @property
    def patience(self) -> Any:
        """How long it waits for a silent server (see `Impatience`), for other clients of the same one to wait with it."""
        return self.redis.get_retry()

    def settle(self) -> bool:
        """Wait until all that was written before is on the server's disk, and return whether it is.

        A noun is answered (201) only after this, so that a slug that was handed out cannot be lost with the server's last
        second and handed out again. Servers without `WAITAOF` (Redis before 7.2) or without an append-only file keep
        their own promise, whatever it is. `WAITAOF` waits for what its own connection wrote, hence the write before it.
        """
        if not self._fsync_known:
            return True
        pipe = self.redis.pipeline(transaction=False)
        pipe.incr(keys.SETTLED)
        pipe.execute_command("WAITAOF", 1, 0, int(self.timeout * 1000) - 200)
        try:
            return bool(pipe.execute()[1][0])
        except redis.ResponseError as error:
            if "WAITAOF" not in str(error).upper():
                raise
            self._fsync_known = False
            return True

    def id(self) -> str:
        """This store's own id, drawn when first asked for. A restored or emptied Redis has another."""
        drawn = secrets.token_hex(8)
        # One command, so that nothing can be emptied between setting and reading it.
        found = self.redis.set(keys.STORE, drawn, nx=True, get=True)
        return str(found.decode()) if found else drawn

    def warnings(self) -> list[str]:
        """What about this server puts clicks, or their being forgotten, at risk, a sentence each; empty where it does not say."""
        try:
            policy = self.redis.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
            lasting = self.redis.config_get("appendonly").get("appendonly", "yes")
            rewritten = self.redis.info("persistence").get("aof_last_bgrewrite_status", "ok")
        except redis.ResponseError:  # hosted servers keep their settings to themselves
            return []
        found = []
        if policy != "noeviction":
            found.append(
                _(
                    "Redis may throw away clicks and links when its memory is full: maxmemory-policy is {policy}.",
                    policy=policy,
                )
            )
        if lasting != "yes":
            found.append(_("Redis forgets everything since its last dump when it ends: appendonly is off."))
        if rewritten != "ok":
            found.append(
                _(
                    "Old salts and erased posts stay on the disk: Redis could not rewrite its append-only file. Is the disk "
                    "full?"
                )
            )
        return found

    def transact(self, change: Callable[[Any], Any], *watched: str) -> Any:
        """Run `change(pipe)` as one optimistic transaction (WATCH, MULTI, EXEC) and return what it returns.

        `change` reads through `pipe`, then calls `pipe.multi()` and writes. It runs again when a watched key moved
        meanwhile, so it must have no other effect. All keys must be in one slot.
        """
        return self.redis.transaction(change, *watched, value_from_callable=True)


def open_store(url: str, *, timeout: float = TIMEOUT_SECONDS) -> Store:
    """A store on the Redis at `url` (see `connect`). Nothing is sent yet, so this works while Redis is away."""
    return on(connect(url, timeout=timeout), timeout=timeout)


def connect(url: str, *, timeout: float = TIMEOUT_SECONDS) -> Any:
    """A client of the Redis at `url`: `redis://`, `rediss://`, `unix://`, or `redis+sentinel://host:port[,...]/name[/db]`.

    `timeout` is seconds to connect and for one answer. A command that failed on a broken connection is repeated once at
    once; one that got no answer is not, and for a second after it others fail at once.
    """
    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": Impatience(),
    }
    watched = sentinels.parse(url)
    if watched is None:
        client = redis.Redis.from_url(url, **options)
    else:
        client = redis.Sentinel(watched.hosts, **options).master_for(
            watched.name, redis.Redis, db=watched.db, **options
        )
    options["retry"].pool = client.connection_pool
    return client


class Impatience(Retry):
    """Shared by all connections of a client: after a time-out, `REST_SECONDS` of failing at once.

    A server that takes connections and never answers would otherwise hold a thread for each request that needs it, until
    none is left for the redirects that do not. The idle connections of `pool` are closed then: when a firewall has forgotten
    them, each would cost somebody a time-out of his own.
    """

    def __init__(self) -> None:
        super().__init__(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        self.pool: redis.ConnectionPool | None = None
        self._silent_until = 0.0

    def __deepcopy__(self, memo: dict[int, Any]) -> "Impatience":
        return self

    def call_with_retry(self, do: Any, *rest: Any, **named: Any) -> Any:
        """Call `do`; raises redis.ConnectionError without calling it while the server is known to be silent."""
        if time.monotonic() < self._silent_until:
            raise redis.ConnectionError("Redis did not answer a moment ago")
        try:
            return super().call_with_retry(do, *rest, **named)
        except (redis.TimeoutError, TimeoutError):
            self._silent_until = time.monotonic() + REST_SECONDS
            if self.pool is not None:
                self.pool.disconnect(inuse_connections=False)
            raise


def on(client: Any, *, timeout: float = TIMEOUT_SECONDS) -> Store:
    """A store on a client that already exists (tests hand in fakeredis or a real one)."""
    store = Store(client, timeout)
    for name in SCRIPTS:
        store.scripts[name] = client.register_script(script_text(name))
    return store


def script_text(name: str) -> str:
    """The source of `lua/<name>.lua`."""
    return resources.files("shortlinks").joinpath("lua", f"{name}.lua").read_text("utf-8")
