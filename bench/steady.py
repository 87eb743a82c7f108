"""How long a visitor waits at half load, also while the service has other work to do."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import clients, traffic
from bench.clients import Steady, Wrk
from bench.table import Row, Table
from shortlinks import supervise, times
from tests.service import Service

P99, P999 = 5.0, 50.0
SECONDS = 10


def half_load(*, quick: bool) -> tuple[list[Row], list[Table]]:
    """Latencies at a fixed rate of half of what each server can give, idle and beside a roll-up, an export, a backup."""
    seconds, clicks = (3, 50_000) if quick else (SECONDS, 1_000_000)
    rows: list[Row] = []
    cells = []
    for server in ("gunicorn", "granian"):
        with tempfile.TemporaryDirectory(prefix="sl-bench-") as name, Service(Path(name)) as service:
            _start(service, server)
            made = service.new_posts(50)
            rate = max(Wrk(Path(name), list(made), 3).run(service.port).rate for _ in range(2)) / 2
            slug = next(iter(made))
            for beside, work in _WORKS.items():
                service.settle()
                with work(service, made, clicks):
                    seen = clients.hey(service.port, slug, rate=rate, seconds=seconds)
                cells.append((server, beside, *_cells(seen)))
                good = seen.p99 <= P99 and seen.p999 <= P999
                figure = f"p99 {seen.p99:.1f}, p99.9 {seen.p999:.1f} ms"
                rows.append(Row(f"{server} at half load, {beside}", figure, f"≤ {P99:g}, ≤ {P999:g}", good))
            service.settle()
    head = ("server", "beside", "requests/s", "p50 ms", "p99 ms", "p99.9 ms", "longest ms")
    text = (
        f"hey at a fixed rate over {clients.STEADY_CONNECTIONS} connections, half of what wrk was given at most; "
        f"{seconds} seconds each. The roll-up is one of {clicks:,} clicks that wait when the run begins."
    )
    return rows, [Table("At half load", text, head, cells)]


def _start(service: Service, server: str) -> None:
    if server == "gunicorn":
        service.start("web", "rollup")
        return
    service.start("rollup")
    service.launch("web", [sys.executable, "-m", "shortlinks.granian_server"], REDIS_URL=service.redis.url)
    service.until(service.answers, "the web server answers")


def _cells(seen: Steady) -> tuple[str, ...]:
    times_ = (f"{each:.1f}" for each in (seen.p50, seen.p99, seen.p999, seen.longest))
    return (f"{seen.rate:,.0f}", *times_)


Work = Callable[[Service, dict[str, str], int], object]


@contextmanager
def _nothing(service: Service, made: dict[str, str], clicks: int) -> Iterator[None]:
    yield


@contextmanager
def _a_roll_up(service: Service, made: dict[str, str], clicks: int) -> Iterator[None]:
    now = times.now()
    posts = [(post_id, slug) for slug, post_id in made.items()]
    with service.halted("rollup"):
        lines = traffic.recorded(posts, clicks, traffic.agents(1_000), start=now - times.HOUR, end=now)
        traffic.queue(service.store, lines)
    yield


@contextmanager
def _an_export(service: Service, made: dict[str, str], clicks: int) -> Iterator[None]:
    again = f"while :; do {sys.executable} -m shortlinks export {service.folder / 'export.ndjson'}; done"
    export = subprocess.Popen(
        ["/bin/sh", "-c", again],
        cwd=supervise.ROOT,
        env=service.environ | {"REDIS_URL": service.redis.url},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(export.pid, signal.SIGKILL)
        export.wait()


@contextmanager
def _a_backup(service: Service, made: dict[str, str], clicks: int) -> Iterator[None]:
    service.store.redis.bgrewriteaof()
    yield


_WORKS: dict[str, Work] = {
    "nothing else": _nothing,
    "a roll-up": _a_roll_up,
    "an export": _an_export,
    "Redis rewriting its file": _a_backup,
}
