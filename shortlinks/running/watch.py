"""Watching the service: everything that `/metrics` tells (see docs/operations.md), and how far hand-overs are behind.

Read when it is asked for, in a few round trips; nothing of it costs anything in between.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import redis
from rq import Queue
from rq.registry import FailedJobRegistry

import shortlinks
from shortlinks import keys, times
from shortlinks.arrivals import arrival_counts, beacon
from shortlinks.clicks import aside, clicks, journal
from shortlinks.links import misses
from shortlinks.rollups import rolling_up, rollups
from shortlinks.running import job_times, metrics
from shortlinks.running.metrics import Key
from shortlinks.running.sums import Sums
from shortlinks.store import Store
from shortlinks.webhooks import attempts, deliveries, delivering, webhooks

LATE_SECONDS = 30.0
"""From when on a hand-over counts as late. Clicks are shown within two seconds when all is well."""

QUEUES = (rolling_up.QUEUE, "default", delivering.QUEUE)
_PIECE = 64 * 1024


class Unshipped(NamedTuple):
    """What this host's journals hold that not every shard has: bytes, and seconds since the oldest click of it."""

    bytes: int
    oldest_seconds: float


def readings(store: Store, queue_store: Store, folder: Path, sums: Sums, *, now: int) -> dict[Key, float]:
    """A number for each metric, where `folder` holds this host's journals; only what the host knows while Redis is away."""
    found: dict[Key, float] = {("shortlinks_build_info", shortlinks.__version__): 1}
    found |= sums.read()
    found |= _folder(folder)
    up = 1
    try:
        found |= _host(store, folder, now)
        found |= _service(store, now)
    except redis.RedisError:
        up = 0
    # It may be another Redis.
    with suppress(redis.RedisError):
        found |= _queues(queue_store)
    found["shortlinks_redis_up",] = up
    return found


def unshipped(store: Store, folder: Path, *, now: int) -> Unshipped:
    """How far shipping is behind, of the journals in a folder. Raises redis.RedisError.

    Marks of shards without clicks are moved along once a second, so a busy journal may seem a second older than it is.
    """
    waiting, oldest = 0, now
    for end, start in left(store, list(ends(folder))):
        waiting += end.size - start
        oldest = min(oldest, _first_click_at(end.path, start) or now)
    return Unshipped(waiting, (now - oldest) / times.SECOND)


class End(NamedTuple):
    """How far a journal was written at some moment."""

    path: Path
    header: journal.Header
    size: int


def ends(folder: Path) -> Iterator[End]:
    """The journals of a folder as they are now, without those that are set aside, not shipped: none of ours."""
    for path in journal.files(folder):
        with suppress(OSError), path.open("rb") as file:
            header = journal.read_header(file.fileno())
            if header is not None and header.format == journal.FORMAT:
                yield End(path, header, os.fstat(file.fileno()).st_size)


def left(store: Store, of: Sequence[End]) -> Iterator[tuple[End, int]]:
    """Those of which not every shard has all yet, each with the byte from which on it is missing somewhere.

    Those of another store than this one are not shipped and not named. Raises redis.RedisError.
    """
    pipe = store.redis.pipeline(transaction=False)
    pipe.get(keys.STORE)
    if of:
        for shard in keys.SHARDS:
            pipe.hmget(keys.marks(shard), [end.header.name for end in of])
    store_id, *rows = pipe.execute()
    for end, marks in zip(of, zip(*rows, strict=True), strict=True):
        start = max(min(int(mark or 0) for mark in marks), journal.HEADER_SIZE)
        if end.size > start and end.header.store_id in ("", (store_id or b"").decode()):
            yield end, start


def _first_click_at(path: Path, start: int) -> int | None:
    with suppress(OSError), path.open("rb") as file:
        for _, _, record in journal.read(file.fileno(), start, _PIECE):
            if record is not None:
                with suppress(ValueError):
                    return clicks.parse(record).at
    return None


def _folder(folder: Path) -> dict[Key, float]:
    sizes = []
    for path in journal.files(folder):
        with suppress(OSError):
            sizes.append(path.stat().st_size)
    there = folder / aside.NAME
    return {
        ("shortlinks_journals",): len(sizes),
        ("shortlinks_journal_bytes",): sum(sizes),
        ("shortlinks_journals_aside",): len(list(there.iterdir())) if there.is_dir() else 0,
    }


def _host(store: Store, folder: Path, now: int) -> dict[Key, float]:
    waiting = unshipped(store, folder, now=now)
    return {
        ("shortlinks_unshipped_bytes",): waiting.bytes,
        ("shortlinks_ship_lag_seconds",): waiting.oldest_seconds,
    }


def _service(store: Store, now: int) -> dict[Key, float]:
    lag, progress, memory = rollups.lag(store), rollups.progress(store), store.redis.info("memory")
    found: dict[Key, float] = {
        ("shortlinks_redis_memory_bytes",): memory["used_memory"],
        ("shortlinks_redis_memory_limit_bytes",): memory.get("maxmemory", 0),
        ("shortlinks_stream_batches",): lag["pending_batches"],
        ("shortlinks_rollup_lag_seconds",): lag["oldest_seconds"],
        ("shortlinks_misses_today",): sum(misses.of_day(store, times.day_of(now)).values()),
        ("shortlinks_lines_garbled_total",): progress["garbled"],
    }
    for name in ("shipped", "counted", "rejected", "dropped"):
        found[f"shortlinks_clicks_{name}_total",] = progress[name]
    found |= _webhooks(store)
    found |= {("shortlinks_arrivals_total", name): number for name, number in beacon.sums(store).items()}
    found["shortlinks_arrival_days_waiting",] = arrival_counts.waiting(store)
    for job, taken in job_times.read(store).items():
        found["shortlinks_job_seconds", job, metrics.COUNT] = taken.runs
        found["shortlinks_job_seconds", job, metrics.SUM] = taken.seconds
        found["shortlinks_jobs_failed_total", job] = taken.failed
    return found


def _webhooks(store: Store) -> dict[Key, float]:
    known, sums = webhooks.list_(store), attempts.sums(store)
    found: dict[Key, float] = {("shortlinks_webhook_attempts_total", name): sums[name] for name in attempts.OUTCOMES}
    states = Counter("off" if each.disabled_reason == webhooks.OWNER else each.state for each in known)
    for state in (webhooks.ACTIVE, "off", webhooks.DISABLED):
        found["shortlinks_webhooks", state] = states[state]
    found["shortlinks_webhook_deliveries_waiting",] = sum(each.waiting for each in deliveries.standings(store, known))
    return found


def _queues(store: Store) -> dict[Key, float]:
    pipe = store.redis.pipeline(transaction=False)
    for name in QUEUES:
        queue = Queue(name, connection=store.redis)
        pipe.llen(queue.key)
        # Not the registry's own count, which removes expired ones on the way.
        pipe.zcard(FailedJobRegistry(queue=queue).key)
    counts = pipe.execute()
    found: dict[Key, float] = {}
    for name, waiting, failed in zip(QUEUES, counts[0::2], counts[1::2], strict=True):
        found["shortlinks_queue_jobs", name] = waiting
        found["shortlinks_queue_failed_jobs", name] = failed
    return found
