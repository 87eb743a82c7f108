"""What tests of faults do: send a crowd of visitors, wait until they go on, kill, and wait for what takes its place."""

import os
import time
from collections.abc import Callable, Sequence

import redis

from tests.service import Service, Visit, Visitors

CLIENTS = 8
LINKS = 10
PAUSE = 0.005


def crowd(port: int, slugs: Sequence[str], *, clients: int = CLIENTS, pause: float = PAUSE) -> Visitors:
    """Visitors who follow all links round and round, each beginning with another one."""
    plans = [[Visit(slug) for slug in [*slugs[start:], *slugs[:start]]] for start in range(clients)]
    return Visitors(port, plans, forever=True, pause=pause)


def go_on(service: Service, visitors: Visitors, laps: int = 2) -> None:
    """Wait until each visitor has followed all links some times more over one connection.

    Then the web process behind that connection holds them all in memory.
    """
    before = visitors.laps_since()
    service.until(lambda: visitors.laps_since(before), "visitors go on", lambda more: min(more) >= laps)


def replaced(service: Service, kind: str, old: set[int]) -> None:
    """Wait until as many processes of a kind run as before, none of them an old one."""
    service.until(
        lambda: service.pids(kind),
        f"{kind} runs again instead of {old}",
        lambda pids: not old & set(pids) and len(pids) >= len(old),
    )


def heal(service: Service, kind: str) -> None:
    """Kill one process of a kind and wait until another has taken its place."""
    before = service.pids(kind)
    service.kill(kind)
    service.until(lambda: service.pids(kind), f"{kind} is replaced", lambda pids: len(pids) >= len(before))
    service.until(service.shipping, "one ship process is at work")


def redis_answers(service: Service) -> bool:
    """Whether Redis is there."""
    try:
        return bool(service.store.redis.ping())
    except redis.RedisError:
        return False


def cut_last_second(service: Service, say: Callable[[str], None], share: float = 0.5) -> None:
    """Kill Redis and cut a share of what it wrote within its last second off its append-only file, as a power cut does.

    Nothing that somebody was told is on the disk: Redis writes there once a second, and is killed before it does so again.
    """
    service.until(
        lambda: not service.store.redis.info("persistence")["aof_rewrite_in_progress"], "no file is rewritten"
    )
    log = max((service.data_dir / "appendonlydir").glob("*.incr.aof"), key=lambda path: path.stat().st_mtime_ns)
    service.until(service.store.settle, "Redis has written to the disk")
    before, since = log.stat().st_size, time.monotonic()
    service.until(
        lambda: time.monotonic() - since > 0.7 and log.stat().st_size > before, "Redis writes for most of a second"
    )
    service.kill("redis")
    size = log.stat().st_size
    end = size - int((size - before) * share)
    os.truncate(log, end)
    say(f"{size - end:,} of the {size - before:,} bytes that Redis wrote in its last second are gone")
