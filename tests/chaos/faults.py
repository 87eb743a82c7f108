"""Every fault: what it does, and what may be missing afterwards.

A fault is a generator: it strikes, yields while visitors go on, and heals. Whatever it does, each 302 that a visitor received is
one hit, and he received nothing else. What he may meet besides stands in `may`:

    cut     requests under way are cut: a web process is killed, or closes a kept connection just as the next request comes
    refuse  for a moment nobody listens
    lose    clicks cannot be written, and are counted as lost; he does not notice

Faults of one `part` would undo each other and are never struck together; `withholds` says that clicks cannot get into
Redis for the time being.
"""

import os
import platform
import random
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from shortlinks.clicks import journal
from shortlinks.store import TIMEOUT_SECONDS
from tests.chaos import steps
from tests.chaos.world import World
from tests.service import state_of

SLOW_CLIENTS = 2_000
# fdatasync(2), as /proc/PID/syscall has it.
_FDATASYNC = {"x86_64": "75", "aarch64": "83"}.get(platform.machine())


@dataclass(frozen=True)
class Fault:
    """One way to break the service."""

    name: str
    part: str
    may: frozenset[str]
    withholds: bool
    strike: Callable[[World], AbstractContextManager[None]]


FAULTS: dict[str, Fault] = {}


def fault(part: str, *may: str, withholds: bool = False) -> Callable[[Callable[[World], Iterator[None]]], Fault]:
    """A decorator that makes a Fault of a generator, named like it."""

    def made(strike: Callable[[World], Iterator[None]]) -> Fault:
        name = strike.__name__.replace("_", " ")
        FAULTS[name] = Fault(name, part, frozenset(may), withholds, contextmanager(strike))
        return FAULTS[name]

    return made


def _killed(world: World, kind: str) -> Iterator[None]:
    # It may just be starting again after another fault.
    old = world.service.until(lambda: world.service.pids(kind), f"there is a {kind} to kill")
    world.service.kill(kind)
    yield
    # Not as many as before: one that was at work had a process for its job beside it.
    world.service.until(lambda: world.service.pids(kind), f"{kind} is replaced", lambda pids: {*pids} - {*old})


@fault("web", "cut")
def web_worker_killed(world: World) -> Iterator[None]:
    """SIGKILL one of its workers. What it was serving is cut; what it had answered is in its journal.
    The one that takes its place knows all links, also while Redis is away."""
    yield from _killed(world, "web worker")


@fault("web", "cut", "refuse")
def web_server_killed(world: World) -> Iterator[None]:
    """SIGKILL the web server itself. Its workers leave when they notice; nobody listens until another has taken the port."""
    orphans = set(world.service.pids("web worker"))
    world.service.kill("web")
    yield
    world.service.until(
        lambda: (len(world.service.pids("web")), set(world.service.pids("web worker"))),
        "another web server and its workers run",
        lambda now: now[0] == 1 and len(now[1]) >= len(orphans) and not now[1] & orphans,
    )


@fault("web", "cut")
def rolling_restart(world: World) -> Iterator[None]:
    """SIGHUP to the web server under load: new workers start, the old ones finish what they are at. Nothing under way is cut,
    except that a kept connection may be closed just as its next request comes (RFC 9112, 9.3.1: send it again)."""
    old = set(world.service.pids("web worker"))
    os.kill(world.service.pids("web")[0], signal.SIGHUP)
    yield
    steps.replaced(world.service, "web worker", old)


@fault("web")
def slow_clients(world: World) -> Iterator[None]:
    """2,000 connections to the reverse proxy that say nothing, half a request line, half a header or half a body. Visitors who
    come through it are served beside them, none of them with an error."""
    openings = [b"", b"GET /slo", b"GET /slow HTTP/1.1\r\nHost: a", _HALF_A_BODY]
    with _descriptors(2 * SLOW_CLIENTS + 1_000):
        clients = [socket.create_connection(("127.0.0.1", world.nginx_port)) for _ in range(SLOW_CLIENTS)]
        for number, client in enumerate(clients):
            client.sendall(openings[number % len(openings)])
        world.service.until(lambda: world.nginx_connections() >= SLOW_CLIENTS, "nginx holds them all")
        with steps.crowd(world.nginx_port, world.slugs) as through:
            steps.go_on(world.service, through)
        yield
        for client in clients:
            client.close()
    assert (through.others, through.cut.total()) == ([], 0)
    world.add(through)


_HALF_A_BODY = (
    b"POST /api/v1/posts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"
)


@contextmanager
def _descriptors(number: int) -> Iterator[None]:
    """Room for so many open files in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, number), max(hard, number)))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@fault("counting")
def roll_up_worker_killed(world: World) -> Iterator[None]:
    """SIGKILL the RQ worker that counts. Cursor and counts move together, so what it was at is counted by the next."""
    yield from _killed(world, "rollup")


@fault("counting")
def job_worker_killed(world: World) -> Iterator[None]:
    """SIGKILL the RQ worker of everything else."""
    yield from _killed(world, "worker")


@fault("counting")
def clock_killed(world: World) -> Iterator[None]:
    """SIGKILL the scheduler (`rq cron`). What the ship process asks for does not need it."""
    yield from _killed(world, "clock")


@fault("webhooks")
def webhooks_killed(world: World) -> Iterator[None]:
    """SIGKILL the process that delivers to webhooks, maybe between a message and the note that it arrived. The next takes its
    place within seconds; who added up what came, each id once, has the totals at last."""
    yield from _killed(world, "webhooks")


@fault("journal")
def ship_process_killed(world: World) -> Iterator[None]:
    """SIGKILL the ship process, between any two of its calls. The next reads from the marks that Redis has."""
    yield from _killed(world, "ship")


@fault("journal")
def journal_corrupted(world: World) -> Iterator[None]:
    """A few bytes turn over in the middle of a journal that is not shipped yet. Those clicks cannot be known any more: exactly
    so many lines are told as garbled on /readyz and set aside, and all others are counted. Only bytes inside lines turn over: of
    two lines that a lost line end makes one, the count of lines would tell one."""
    with world.service.halted("ship"):
        stopped = world.service.pids("ship")
        world.service.until(
            lambda: {state_of(pid) for pid in stopped}, "it stands still", lambda states: states <= {"T"}
        )
        sizes = {path: path.stat().st_size for path in journal.files(world.service.data_dir / "journal")}
        world.go_on()
        paths = journal.files(world.service.data_dir / "journal")
        starts = {path: sizes.get(path, journal.HEADER_SIZE) for path in paths}
        garbled = [slug for path, start in starts.items() for slug in _turn_over(path, start, world.chance)]
        # Beside other faults there may be nothing to turn over.
        assert garbled or len(world.faults) > 1, "no line was turned over"
        world.garbled.update(garbled)
    yield


def _turn_over(path: Path, start: int, chance: random.Random) -> list[str]:
    """Turn over a bit in up to four lines behind `start`, none of them the first or the last. Returns whose clicks they were."""
    garbled = []
    with path.open("r+b") as file:
        lines = [(end, line, record) for end, line, record in journal.read(file.fileno(), start) if record is not None]
        for end, line, record in chance.sample(lines[1:-1], min(4, max(0, len(lines) - 2))):
            at = chance.randrange(9, len(line))
            os.pwrite(file.fileno(), bytes([line[at] ^ 1]), end - len(line) - 1 + at)
            garbled.append(record.split(b"\t")[1].decode())
    return garbled


@fault("journal", "lose")
def disk_full(world: World) -> Iterator[None]:
    """No journal may grow (RLIMIT_FSIZE on the running web processes): one write falls short in the middle of a line, the others
    fail whole. Every visitor is sent on. What could not be written is counted as lost, click by click, post by post."""
    full: list[int] = []
    for pid in world.service.pids("web worker"):
        room = _size_of_journal(pid) + 2_000 + world.chance.randrange(200)
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
            full.append(pid)
    assert full
    yield
    for pid in full:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _size_of_journal(pid: int) -> int:
    """How large the journal is that a web process has open, or will be when it has one."""
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            if entry.readlink().suffix == journal.SUFFIX:
                return entry.stat().st_size
    return journal.HEADER_SIZE


@fault("redis", withholds=True)
def redis_killed(world: World) -> Iterator[None]:
    """SIGKILL Redis. Links in memory lead on, clicks wait in the journals."""
    world.service.kill("redis")
    yield
    world.start_redis()


@fault("redis", withholds=True)
def redis_comes_and_goes(world: World) -> Iterator[None]:
    """SIGKILL Redis again and again, each time soon after it is back, when every web process has just forgotten what it held of a
    server that is not there any more."""
    for _ in range(world.chance.randrange(1, 4)):
        world.service.kill("redis")
        world.start_redis()
        world.last(world.chance.random() / 2)
    world.service.kill("redis")
    yield
    world.start_redis()


@fault("redis", withholds=True)
def redis_killed_in_fsync(world: World) -> Iterator[None]:
    """SIGKILL Redis while a thread of it is inside fdatasync(2), as /proc says, with megabytes to be synced; at a random moment
    where /proc does not say. The kernel still finishes that sync, and keeps what was written and not synced: what a power cut
    would leave is what `redis_loses_its_last_second` makes."""
    (pid,) = world.service.pids("redis")
    deadline = time.monotonic() + 1 + 2 * world.chance.random()
    while time.monotonic() < deadline:
        world.service.store.redis.set(_BURDEN, world.chance.randbytes(4_000_000))
        if any(_syncs(pid) for _ in range(2_000)):
            break
    world.service.kill("redis")
    yield
    world.start_redis()
    world.service.store.redis.delete(_BURDEN)


_BURDEN = "chaos:burden"


def _syncs(pid: int) -> bool:
    with suppress(OSError):
        return any(
            (task / "syscall").read_text().split()[0] == _FDATASYNC for task in Path(f"/proc/{pid}/task").iterdir()
        )
    return False


@fault("redis", withholds=True)
def redis_loses_its_last_second(world: World) -> Iterator[None]:
    """SIGKILL Redis, and a random share of what it wrote within its last second is gone, cut anywhere: what a power cut does with
    `appendfsync everysec`. Clicks, marks, counts and cursors are lost together, and clicks are shipped again."""
    steps.cut_last_second(world.service, lambda _: None, share=world.chance.random())
    yield
    world.start_redis()


@fault("redis", withholds=True)
def redis_paused(world: World) -> Iterator[None]:
    """SIGSTOP for longer than anyone waits for an answer, so that nobody can know which of his last calls were carried out."""
    with world.service.halted("redis"):
        world.last(TIMEOUT_SECONDS + 1)
        yield


@fault("redis", withholds=True)
def redis_out_of_memory(world: World) -> Iterator[None]:
    """`maxmemory` just below what is used, or half of it, with noeviction: Redis reads on and refuses what would grow it."""
    redis = world.service.store.redis
    used = redis.info("memory")["used_memory"]
    redis.config_set("maxmemory", world.chance.choice([used - 1, used // 2]))
    world.last(TIMEOUT_SECONDS)
    yield
    redis.config_set("maxmemory", 0)


def _network(world: World, mode: str, seconds: float) -> Iterator[None]:
    world.network.turn(mode)
    world.last(seconds)
    yield
    world.network.turn("pass")


@fault("network", withholds=True)
def network_cut(world: World) -> Iterator[None]:
    """Every connection to Redis is reset, and new ones too."""
    yield from _network(world, "cut", 1)


@fault("network", withholds=True)
def network_delayed(world: World) -> Iterator[None]:
    """Everything between the service and Redis arrives late, some of it after its sender has given up and asked again."""
    yield from _network(world, "delay", TIMEOUT_SECONDS + 1)


@fault("network", withholds=True)
def network_garbled(world: World) -> Iterator[None]:
    """Requests and replies are damaged so that the receiver can tell (see proxy.Proxy). Of a pipeline, some is carried out."""
    yield from _network(world, "garble", 1)


@fault("network", withholds=True)
def network_silent(world: World) -> Iterator[None]:
    """Nothing gets through and nobody is told; what was sent arrives when it ends, long after its sender has asked again."""
    yield from _network(world, "silence", TIMEOUT_SECONDS + 1)


@fault("network")
def connections_forgotten(world: World) -> Iterator[None]:
    """A firewall forgets all connections: they stay open and nothing comes through them any more. New ones work."""
    world.network.forget()
    yield


@fault("late")
def shipment_arrives_late(world: World) -> Iterator[None]:
    """One call that brings clicks to Redis is held up until its sender has given up, asked again and gone on. Then it arrives."""
    yield from _late(world, "ship_clicks")


@fault("late")
def commit_arrives_late(world: World) -> Iterator[None]:
    """One call that counts clicks is held up, its sender killed, and another has counted them when it arrives."""
    yield from _late(world, "commit_rollup", sender="rollup")


def _late(world: World, script: str, sender: str = "") -> Iterator[None]:
    # The call itself, as it is on the wire, not the question before it whether Redis knows the script.
    world.network.hold(b"EVALSHA\r\n$40\r\n" + world.service.store.script(script).sha.encode())
    yield
    # None comes while the disk is full.
    world.service.until(lambda: world.network.holds or world.service.settled(), f"a call of {script} is held up")
    if world.network.holds:
        if sender:
            with suppress(IndexError):  # another fault has killed it already
                world.service.kill(sender)
        world.count_on()
    world.network.release()


@fault("clock")
def clocks_jump(world: World) -> Iterator[None]:
    """All clocks are a day ahead or behind at once, and later right again: a wrong time server, a resumed machine."""
    yield from _clocks(world, "redis", "service")


@fault("clock")
def clock_of_the_service_jumps(world: World) -> Iterator[None]:
    """The same for the host of the web processes and workers alone, while that of Redis is right."""
    yield from _clocks(world, "service")


@fault("clock")
def clock_of_redis_jumps(world: World) -> Iterator[None]:
    """The same for the host of Redis alone."""
    yield from _clocks(world, "redis")


def _clocks(world: World, *hosts: str) -> Iterator[None]:
    days = world.chance.choice([-1, 1])
    for host in hosts:
        world.jump(host, days)
    if not world.withheld:
        world.count_on()
    yield
    for host in hosts:
        world.jump(host, 0)
