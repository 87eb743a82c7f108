"""The real service for tests and measurements: its own Redis, gunicorn, the ship process that gunicorn brings, RQ's worker.

`Service` runs single lines of the Procfile over a Redis of its own, or the supervisor that runs them all, on free ports and
in a folder of its own, and can kill or halt each process. `Visitors` follow its links over HTTP and remember every answer.
Every wait is for a condition; one that does not come fails with what the processes said. It finds processes in /proc: Linux.
"""

import http.client
import itertools
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, NamedTuple, Self

import redis

from shortlinks import keys
from shortlinks import store as stores
from shortlinks.clicks import journal
from shortlinks.rollups import rollups
from shortlinks.running import embedded, supervise

TOKEN = "a-token-for-tests-only"
AGENT = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
PATIENCE = 120.0
_PORTS = itertools.count(secrets.randbelow(17_000))
_SERVERS = {"gunicorn", "shortlinks.running.granian_server"}
_LAST_WORDS = 3_000

on_linux = sys.platform == "linux"


class Service:
    """The service over `folder`. As a context manager it leaves nothing running behind."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.port = free_port()
        self.redis = embedded.Server(self.data_dir)
        self.store = stores.open_store(self.redis.url, timeout=10.0)
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        # What each process of ours gets.
        self.environ = os.environ | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            "SECRET_KEY": "only-for-tests-" * 3,
            "SHORTLINKS_API_TOKEN": TOKEN,
            "SHORTLINKS_CHECK_TARGETS": "no",
            "SHORTLINKS_DATA_DIR": str(self.data_dir),
            **settings,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The data is thrown away, so nobody needs time to finish: the parents first, who would start the others again.
        for child in self._children.values():
            child.kill()
            child.wait()
        self.store.redis.close()
        for pid in self.pids("redis"):
            os.kill(pid, signal.SIGCONT)
        self.redis.stop()
        deadline = time.monotonic() + 60
        while left := self.processes():
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            assert time.monotonic() < deadline, f"these processes cannot be killed: {left}"
            time.sleep(0.01)

    def start(self, *names: str) -> None:
        """Run these lines of the Procfile (`web`, `rollup`, …), over our own Redis, and wait until they are at work."""
        self.redis.ensure()
        for name in names:
            self.launch_line(name)
        if "web" in names:
            self._until_at_work()
        if "rollup" in names:
            self.until(lambda: self.store.redis.scard("rq:workers"), "the roll-up worker waits for jobs")

    def supervise(self, redis_url: str = "") -> None:
        """Run `python -m shortlinks`, which starts everything, and wait until it is at work.

        Redis is the one that it embeds, unless it is told the URL of another.
        """
        self.launch("all", [sys.executable, "-m", "shortlinks"], REDIS_URL=redis_url)
        self._until_at_work()

    def _until_at_work(self) -> None:
        self.until(self.answers, "the web server answers")
        self.until(self.shipping, "one ship process is at work")

    def launch_line(self, name: str) -> None:
        """Start a line of the Procfile over our own Redis, which may be away, and wait for nothing."""
        self.launch(name, ["/bin/sh", "-c", f"exec {supervise.procfile()[name]}"], REDIS_URL=self.redis.url)

    def launch(self, name: str, command: Sequence[str], **settings: str) -> None:
        """Start a process of ours; its output is told when a wait fails."""
        with (self.folder / f"{name}.out").open("ab") as output:
            self._children[name] = subprocess.Popen(
                command,
                cwd=supervise.ROOT,
                env=self.environ | settings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def child(self, name: str) -> int:
        """The process id of one that `start` or `launch` started."""
        return self._children[name].pid

    def terminate(self, name: str) -> int:
        """SIGTERM to one that `start` or `supervise` started. Returns its exit status."""
        self._children[name].terminate()
        return self.ended(name)

    def ended(self, name: str) -> int:
        """The exit status of one that has been told to stop."""
        return self.until(self._children.pop(name).poll, f"{name} ends", lambda status: status is not None)

    def pids(self, kind: str) -> list[int]:
        """Process ids of `redis`, `web` (the server itself), `web worker`, `ship`, `rollup`, `worker`, `webhooks` or `clock`."""
        return [pid for pid, its in self.processes().items() if its == kind]

    def kill(self, kind: str) -> int:
        """SIGKILL to one process of a kind. Returns its id once it is gone."""
        pid = self.pids(kind)[0]
        # One that `start` started is not missed when it ends.
        for name, child in list(self._children.items()):
            if child.pid == pid:
                del self._children[name]
                child.kill()
                child.wait()
                return pid
        os.kill(pid, signal.SIGKILL)
        self.until(lambda: pid not in self.processes(), f"{kind} is gone")
        return pid

    @contextmanager
    def halted(self, kind: str) -> Iterator[None]:
        """Inside the `with` block the processes of a kind stand still (SIGSTOP)."""
        pids = self.pids(kind)
        assert pids, f"there is no {kind}"
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def processes(self) -> dict[int, str]:
        """What runs for our data folder: kind by process id. A zombie does not run."""
        mark = b"\0SHORTLINKS_DATA_DIR=" + os.fsencode(self.data_dir) + b"\0"
        of_redis = f"unixsocket:{self.redis.socket_path}"
        words: dict[int, list[str]] = {}
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit():
                    command = (entry / "cmdline").read_bytes()
                    # Redis writes its title over its environment.
                    if os.fsencode(of_redis) in command or mark in b"\0" + (entry / "environ").read_bytes():
                        words[int(entry.name)] = command.decode().rstrip("\0").split("\0")
        web = {pid for pid, its in words.items() if _SERVERS & {Path(word).name for word in its}}
        found = {}
        for pid, its in words.items():
            if pid in web:
                # A process between its fork and its exec still looks like its parent.
                above = _parent(pid)
                found[pid] = "web" if above not in web else "web worker" if _parent(above) not in web else "other"
            elif "-server unixsocket:" in its[0]:
                found[pid] = "redis"
            elif "shortlinks.clicks.ship" in its:
                found[pid] = "ship"
            elif "worker.workers.RollupWorker" in its:
                found[pid] = "rollup"
            elif "worker.workers.JobWorker" in its:
                found[pid] = "worker"
            elif "worker.workers.WebhookWorker" in its:
                found[pid] = "webhooks"
            else:
                found[pid] = "clock" if "cron" in its else "other"
        return found

    def until(
        self,
        ask: Callable[[], Any],
        what: str,
        good: Callable[[Any], Any] = bool,
        seconds: float = PATIENCE,
    ) -> Any:
        """Ask until the answer is good and return it. Fails when that takes too long or one of ours ended by itself."""
        began = time.monotonic()
        deadline = began + seconds
        while True:
            answer = ask()
            if good(answer):
                return answer
            ended = {name: child.returncode for name, child in self._children.items() if child.poll() is not None}
            late = time.monotonic() > deadline
            if ended or late:
                why = f"ended by themselves: {ended}" if ended else f"not within {seconds:g} s; last answer: {answer!r}"
                raise AssertionError(f"waited in vain until {what} ({why})\n{self.said()}")
            # What is asked for costs those who are to answer something, too.
            time.sleep(min(0.1, 0.01 + (time.monotonic() - began) / 20))

    def said(self) -> str:
        """The last words of all processes."""
        outputs = [*sorted(self.folder.glob("*.out")), self.data_dir / "redis.log"]
        return "\n".join(
            f"--- {path.name}\n{path.read_text('utf-8', 'replace')[-_LAST_WORDS:]}"
            for path in outputs
            if path.exists() and path.stat().st_size
        )

    def answers(self) -> bool:
        """Whether the web server and its Redis are there."""
        return self._good("/readyz")

    def alive(self) -> bool:
        """Whether the web server is there."""
        return self._good("/healthz")

    def _good(self, path: str) -> bool:
        try:
            return self.call("GET", path)[0] == 200
        except OSError:
            return False

    def shipping(self) -> bool:
        """Whether there is one ship process, and it holds the lock. Two may be started side by side; one of them leaves."""
        with suppress(OSError):
            holder = (self.data_dir / "journal" / "ship.lock").read_text().split()[:1]
            return [str(pid) for pid in self.pids("ship")] == holder
        return False

    def settled(self) -> bool:
        """Whether every journal is shipped to its present end and nothing waits for its roll-up. False without Redis."""
        try:
            for path in journal.files(self.data_dir / "journal"):
                with suppress(FileNotFoundError):
                    size = path.stat().st_size
                    pipe = self.store.redis.pipeline(transaction=False)
                    for shard in keys.SHARDS:
                        pipe.hget(keys.marks(shard), path.name.removesuffix(journal.SUFFIX))
                    if min(int(mark or 0) for mark in pipe.execute()) < size:
                        return False
            return not rollups.lag(self.store)["pending_batches"]
        except redis.RedisError:
            return False

    def settle(self) -> None:
        """Wait until `settled`."""
        self.until(self.settled, "every click is shipped and rolled up")

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One request with the token. Returns status and decoded JSON, NDJSON as a list."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"} | headers
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            response = connection.getresponse()
            text = response.read().decode()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()
        kind = response.getheader("Content-Type", "")
        if "ndjson" in kind:
            return response.status, [json.loads(line) for line in text.splitlines()]
        return response.status, json.loads(text) if "json" in kind else text

    def new_posts(self, count: int) -> dict[str, str]:
        """Make posts with one link each over the API. Returns post id by slug."""
        made = {}
        for number in range(count):
            link = {"placement": "story_link_sticker", "target": f"https://shop.example/{number}"}
            fields = {"platform": "instagram", "title": f"Story {number}", "kind": "story", "links": [link]}
            status, post = self.call("POST", "/api/v1/posts", fields)
            assert status == 201, post
            made[post["links"][0]["slug"]] = post["id"]
        return made

    def ledger(self, post_id: str) -> dict[str, int]:
        """The ledger in a post's funnel, over the API."""
        status, funnel = self.call("GET", f"/api/v1/posts/{post_id}/funnel")
        assert status == 200, funnel
        found: dict[str, int] = funnel["ledger"]
        return found


class Visit(NamedTuple):
    """One request to send. `address` is whom a proxy in front would say that it is from."""

    slug: str
    method: str = "GET"
    agent: str = AGENT
    prefetch: bool = False
    address: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What it sends besides the host."""
        sent = {"User-Agent": self.agent} if self.agent else {}
        sent |= {"X-Forwarded-For": self.address} if self.address else {}
        return sent | {"Sec-Purpose": "prefetch"} if self.prefetch else sent


class Visitors:
    """Clients that follow links until `stop`, or each its list of `plans` once. Each has a thread and a connection kept alive.

    `received` counts 302s by slug; `cut` requests that were sent and not answered, by slug; `others` every other answer;
    `refused` connections that nobody took, over which nothing was sent. `slowest` is the longest wait for an answer in seconds.
    """

    def __init__(self, port: int, plans: Sequence[Sequence[Visit]], *, forever: bool = False, pause: float = 0) -> None:
        self.received: Counter[str] = Counter()
        self.cut: Counter[str] = Counter()
        self.others: list[str] = []
        self.refused = 0
        self.slowest = 0.0
        self._port = port
        self._forever = forever
        self._pause = pause
        self._stop = Event()
        self._lock = Lock()
        self._laps = [0] * len(plans)
        self._threads = [Thread(target=self._run, args=(number, plan)) for number, plan in enumerate(plans)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Let each finish the request it is at."""
        self._stop.set()
        self.join()

    def join(self) -> None:
        """Wait until all have sent what they had to."""
        for thread in self._threads:
            thread.join()

    def laps_since(self, before: Sequence[int] = ()) -> list[int]:
        """How many times each has followed its whole list over one and the same connection, less `before`."""
        return [lap - then for lap, then in zip(self._laps, before or [0] * len(self._laps), strict=True)]

    def _run(self, number: int, plan: Sequence[Visit]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._stop.is_set():
            whole = True
            for visit in plan:
                if self._stop.is_set():
                    break
                whole &= self._follow(connection, visit)
                if self._pause:
                    self._stop.wait(self._pause)
            else:
                self._laps[number] += whole
            if not self._forever:
                break
        connection.close()

    def _follow(self, connection: http.client.HTTPConnection, visit: Visit) -> bool:
        """Whether it was answered over a connection that was open before."""
        kept = connection.sock is not None
        try:
            if not kept:
                connection.connect()
        except OSError:
            # Nobody listens for the moment; nothing was sent.
            connection.close()
            with self._lock:
                self.refused += 1
            self._stop.wait(0.01)
            return False
        began = time.monotonic()
        try:
            connection.request(visit.method, f"/{visit.slug}", headers=visit.headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            with self._lock:
                self.cut[visit.slug] += 1
            return False
        with self._lock:
            self.slowest = max(self.slowest, time.monotonic() - began)
            if response.status == 302:
                self.received[visit.slug] += 1
            else:
                self.others.append(f"{response.status} for {visit}")
        return kept


def free_port() -> int:
    """A port that nobody listens on at the moment.

    Not one of those that systems hand out for connections (32,768 and up on Linux, 49,152 elsewhere): one of ours may get it
    before the server that it is for. They are handed out in turn, from a random one on: none twice, and hardly one that another
    process of tests has for a server that is about to start.
    """
    while True:
        port = 15_000 + next(_PORTS) % 17_000
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("0.0.0.0", port))
            return port


def asked_to_stop(pid: int) -> bool:
    """Whether a process that stands still has a SIGTERM waiting (proc(5), ShdPnd)."""
    status = Path(f"/proc/{pid}/status").read_text()
    (waiting,) = (line.split()[1] for line in status.splitlines() if line.startswith("ShdPnd:"))
    return bool(int(waiting, 16) & 1 << (signal.SIGTERM - 1))


def state_of(pid: int) -> str:
    """A process's state as one letter (proc(5)), "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


def runs(pid: int) -> bool:
    """Whether a process runs. A zombie, whom nobody has buried yet, does not."""
    return state_of(pid) not in ("", "Z")


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
