"""How long a visitor waits at half load, also while the service has other work to do."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from bench import clients, traffic
from bench.clients import Steady, Wrk
from bench.table import Row, Table
from shortlinks import times
from shortlinks.running import supervise
from tests.phone import PASSWORD
from tests.service import Service

P99, P999 = 5.0, 50.0
SECONDS = 10
_POLL = 1.0


def half_load(*, quick: bool) -> tuple[list[Row], list[Table]]:
    """Latencies at a fixed rate of half of what each server can give, idle and beside each of _WORKS."""
    seconds, clicks = (3, 50_000) if quick else (SECONDS, 1_000_000)
    rows: list[Row] = []
    cells = []
    for server in ("gunicorn", "granian"):
        with tempfile.TemporaryDirectory(prefix="sl-bench-") as name, _service(Path(name)) as service:
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


def _service(folder: Path) -> Service:
    return Service(folder, SHORTLINKS_ADMIN_PASSWORD=PASSWORD)


def _start(service: Service, server: str) -> None:
    if server == "gunicorn":
        service.start("web", "rollup")
        return
    service.start("rollup")
    service.launch("web", [sys.executable, "-m", "shortlinks.running.granian_server"], REDIS_URL=service.redis.url)
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


@contextmanager
def _an_open_page(service: Service, made: dict[str, str], clicks: int) -> Iterator[None]:
    """The page of the post whose link is followed, asking for what changes as a browser does."""
    place = f"http://localhost:{service.port}/admin/"
    opener = build_opener(HTTPCookieProcessor())
    with opener.open(f"{place}sign-in", timeout=30) as form:
        token = re.search(rb'name="csrf_token" value="([^"]+)"', form.read())
    assert token
    opener.open(f"{place}sign-in", urlencode({"csrf_token": token[1], "password": PASSWORD}).encode(), timeout=30)
    path, done, tag = f"{place}posts/{next(iter(made.values()))}/live", Event(), ""

    def look() -> None:
        nonlocal tag
        while not done.wait(_POLL):
            try:
                with opener.open(Request(path, headers={"If-None-Match": tag}), timeout=30) as answer:
                    tag = answer.headers["ETag"]
            except HTTPError as answer:
                if answer.code != 304:
                    raise
                tag = answer.headers["ETag"]

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            yield
        finally:
            done.set()
        looking.result()


_WORKS: dict[str, Work] = {
    "nothing else": _nothing,
    "an open page": _an_open_page,
    "a roll-up": _a_roll_up,
    "an export": _an_export,
    "Redis rewriting its file": _a_backup,
}
