"""How many redirects a second each server gives while its clicks are counted beside it, and what else that costs."""

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import redis

from bench import contenders
from bench.clients import CONNECTIONS, Run, Wrk
from bench.table import Row, Table
from shortlinks import keys
from shortlinks.clicks import journal
from shortlinks.rollups import rollups
from tests.service import Service

# Ratios of redirects a second to the bare callable's on the same server: (counted at once, counted later).
TARGETS = {"gunicorn": (0.7, 0.85), "granian": (0.42, 0.55)}
LAG_TARGET = 2.0


@dataclass
class Found:
    """What the runs of one contender in one situation gave."""

    runs: list[Run] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    drains: list[float] = field(default_factory=list)
    behind: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def rate(self) -> float:
        """Redirects a second: the median."""
        return statistics.median(run.rate for run in self.runs)


def served(*, quick: bool) -> tuple[list[Row], list[Table], dict[str, float]]:
    """Redirects a second under gunicorn and granian, beside a bare callable on the same and nginx, in turn."""
    rounds, seconds = (3, 2) if quick else (5, 5)
    found: dict[tuple[str, str], Found] = defaultdict(Found)
    with (
        tempfile.TemporaryDirectory(prefix="sl-bench-") as name,
        Service(folder := Path(name)) as service,
        contenders.running(service, folder) as all_,
    ):
        made = service.new_posts(50)
        kept = Wrk(folder, list(made), seconds)
        closing = Wrk(folder, list(made), seconds, close=True)
        asked = runs = 0
        for _ in range(rounds):
            for contender in all_:
                ways = [("counted at once", kept), ("counted later", kept)] if contender.ours else [("", kept)]
                for way, wrk in [*ways, ("connection each", closing)]:
                    service.settle()
                    run = _measure(service, contender, way, wrk, found[contender.name, way])
                    if contender.ours:
                        asked, runs = asked + run.count, runs + 1
        service.settle()
        hits = sum(rollups.hits(total) for total in rollups.totals(service.store, list(made.values())))
    # What each connection had asked last was answered after wrk had stopped counting.
    exact = asked <= hits <= asked + runs * CONNECTIONS
    rows = [row for server in TARGETS for row in _compared(server, found)]
    rows.append(Row("302s that wrk received, and hits", f"{asked:,} and {hits:,}", f"+ ≤ {runs * CONNECTIONS}", exact))
    rates = {f"{name}{f', {way}' if way else ''}": each.rate for (name, way), each in found.items()}
    return rows, [_table(found), _cpu_table(found), _lag_table(found)], rates


def _measure(service: Service, contender: contenders.Contender, way: str, wrk: Wrk, found: Found) -> Run:
    before, behind = contenders.used(service, contender), _behind(service)
    with ExitStack() as stack:
        if way == "counted later":
            for kind in ("rollup", "ship"):
                stack.enter_context(service.halted(kind))
        lags = stack.enter_context(lag_watched(service))
        run = wrk.run(contender.port)
        after = contenders.used(service, contender)
    began = time.monotonic()
    service.settle()
    found.runs.append(run)
    found.cpu.append((after.cpu - before.cpu) / run.count * 1e6)
    found.memory.append(after.memory / 1024**2)
    if contender.ours and way != "counted later":
        found.lags.append(max(lags, default=0.0))
        found.drains.append(time.monotonic() - began)
        for kind, seconds in _behind(service).items():
            found.behind[kind].append((seconds - behind[kind]) / run.count * 1e6)
    return run


def _behind(service: Service) -> dict[str, float]:
    """CPU seconds that each kind of process behind the web server has used so far."""
    return {kind: contenders.cpu_of(service.pids(kind)) for kind in ("ship", "redis", "rollup")}


@contextmanager
def lag_watched(service: Service) -> Iterator[list[float]]:
    """Inside the `with` block, every half second: for how many seconds the oldest click waits that is not counted yet."""
    lags: list[float] = []
    done = Event()

    def watch() -> None:
        while not done.wait(0.5):
            try:
                lags.append(_lag(service))
            except redis.RedisError:
                continue

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield lags
    finally:
        done.set()
        watcher.join()


def _lag(service: Service) -> float:
    waiting = [rollups.lag(service.store)["oldest_seconds"]]
    for path in journal.files(service.data_dir / "journal"):
        marks = [int(service.store.redis.hget(keys.marks(shard), path.stem) or 0) for shard in keys.SHARDS[:1]]
        with path.open("rb") as file:
            for _, _, record in journal.read(file.fileno(), max(journal.HEADER_SIZE, *marks), 4_096):
                if record is not None:
                    waiting.append(time.time() - int(record.split(b"\t")[3]) / 1e3)
                    break
    return max(waiting)


def _compared(server: str, found: dict[tuple[str, str], Found]) -> Iterator[Row]:
    bare = found[f"{server}, bare", ""].rate
    for way, target in zip(("counted at once", "counted later"), TARGETS[server], strict=True):
        ratio = found[f"{server}, ours", way].rate / bare
        yield Row(f"{server}: ours / bare, {way}", f"{ratio:.2f}", f"≥ {target:g}", ratio >= target)
    lag = max(found[f"{server}, ours", "counted at once"].lags)
    yield Row(
        f"{server}: longest wait to be counted under load", f"{lag:.1f} s", f"≤ {LAG_TARGET:g}", lag <= LAG_TARGET
    )


def _table(found: dict[tuple[str, str], Found]) -> Table:
    head = ("server", "clicks", "redirects/s", "p50 ms", "p99 ms", "CPU µs each", "memory MiB")
    rows = []
    for (name, way), each in found.items():
        rates = [run.rate for run in each.runs]
        rows.append(
            (
                name,
                way,
                f"{each.rate:,.0f} ({min(rates):,.0f}–{max(rates):,.0f})",
                f"{statistics.median(run.p50 for run in each.runs):.1f}",
                f"{statistics.median(run.p99 for run in each.runs):.1f}",
                f"{statistics.median(each.cpu):.0f}",
                f"{statistics.median(each.memory):.0f}",
            )
        )
    runs = len(next(iter(found.values())).runs)
    text = (
        f"As fast as it goes, {CONNECTIONS} connections, client and servers on the same cores: medians of {runs} "
        "interleaved runs (least–most). *Counted at once*: shipped and rolled up meanwhile. *Counted later*: shipping "
        "and roll-up stand still during the run, so nothing else runs. *Connection each*: a new one for each request."
    )
    return Table("Redirects a second", text, head, rows)


def _cpu_table(found: dict[tuple[str, str], Found]) -> Table:
    head = ("server", "answering, bare", "answering, ours", "shipping", "Redis", "roll-up", "all of ours")
    rows = []
    for server in TARGETS:
        bare, alone = found[f"{server}, bare", ""], found[f"{server}, ours", "counted later"]
        behind = found[f"{server}, ours", "counted at once"].behind
        ours = [
            statistics.median(alone.cpu),
            *(statistics.median(behind[kind]) for kind in ("ship", "redis", "rollup")),
        ]
        rows.append((server, *(f"{each:.0f}" for each in (statistics.median(bare.cpu), *ours, sum(ours)))))
    text = (
        "What stands between us and the bare callable: CPU µs of one redirect, kept connections. The bare one and ours "
        "answer through the same server; ours looks the link up, writes a line and keeps sums. Under gunicorn the bare "
        "one goes through its threads, ours does not, and nearly all that is left is gunicorn reading the request and "
        "writing the answer in Python. Counting runs in other processes, but on the same cores."
    )
    return Table("Where the CPU goes", text, head, rows)


def _lag_table(found: dict[tuple[str, str], Found]) -> Table:
    rows = [
        (name, way, f"{max(each.lags):.1f}", f"{statistics.median(each.drains):.1f} ({max(each.drains):.1f})")
        for (name, way), each in found.items()
        if each.lags
    ]
    text = (
        "The longest that any click waited from its redirect to its count while the load ran, and how long after the "
        "end of the load everything was counted: median (most)."
    )
    return Table("Behind the redirects", text, ("server", "clicks", "longest wait s", "drained after s"), rows)
