"""`python -m bench.api [--posts N] [--clicks N]`: how long the API takes among 10,000 posts with 1,000,000 clicks.

Over HTTP from one gunicorn worker with a Redis of its own, by one client and by four at once. On a machine that others load,
judge by the CPU time of the serving process and by the least; the quantiles then say more of the others.
"""

import argparse
import http.client
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from bench import seed, traffic
from bench.clients import quantile
from bench.contenders import cpu_of
from bench.scale_clicks import count_up
from bench.table import Row, Table, keep, machine, markdown
from shortlinks import keys, times
from shortlinks.owner import tokens
from shortlinks.store import Store
from shortlinks.web import downloads
from tests.service import Service

TARGET_MS = 25.0
EXPORT_SECONDS = 60.0
EXPORT_MIB = 100.0
_BUSY_SHARE = 10
_AGENTS = 300
_CALLS_A_TOKEN = 1_000
_NDJSON = downloads.NDJSON


class Filled(NamedTuple):
    """Ids of posts: all, oldest first; one with a tenth of all clicks; one in the middle; one of the newest."""

    ids: Sequence[str]
    busy: str
    quiet: str
    recent: str


class Timed(NamedTuple):
    """Milliseconds of requests, from the least to the most, and the CPU milliseconds of the serving process for each."""

    taken: Sequence[float]
    cpu: float

    @property
    def cells(self) -> tuple[str, ...]:
        """Least, median, 95th and 99th percentile, CPU, and whether the 95th is beyond the target."""
        p95 = quantile(self.taken, 0.95)
        shown = (self.taken[0], quantile(self.taken, 0.5), p95, quantile(self.taken, 0.99), self.cpu)
        return (*(f"{each:.1f}" for each in shown), "" if p95 <= TARGET_MS else "NO")


def fill(store: Store, posts: int, clicks: int, now: int) -> Filled:
    """Posts over a year with two links and three snapshots each; each one's clicks come in its first week."""
    of_agents = seed.agents(_AGENTS)
    made = seed.add_posts(store, posts, now)
    busy = made[-max(1, posts // 50)]
    each = clicks * (_BUSY_SHARE - 1) // _BUSY_SHARE // posts
    start, end = traffic.last_days(now, 7)
    count_up(store, traffic.recorded([busy], clicks // _BUSY_SHARE, of_agents, start=start, end=end))
    count_up(store, _of_each([post for post in made if post is not busy], each, of_agents, now))
    ids = [post_id for post_id, _slug in made]
    return Filled(ids, busy[0], ids[posts // 2], ids[-1 - posts // 300])


def _of_each(made: Sequence[tuple[str, str]], each: int, of_agents: list[str], now: int) -> Iterator[tuple[str, bytes]]:
    year = 365 * times.DAY
    for number, post in enumerate(made):
        start = now - year + number * year // len(made)
        end = min(start + 7 * times.DAY, now)
        yield from traffic.recorded([post], each, of_agents, start=start, end=end, seed=number)


class Client:
    """One connection that is kept, with tokens enough for the API's rate limit."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=600)
        self._calls = 0
        self._token = ""

    def get(self, path: str, accept: str = "application/json") -> tuple[bytes, int]:
        """The end of an answer and how many bytes it had; it has to be 200."""
        if self._calls % _CALLS_A_TOKEN == 0:
            _, self._token = tokens.create(self._service.store, "bench", list(tokens.SCOPES), now=times.now())
        self._calls += 1
        # Shlink's dialect takes the token in a header of its own.
        sent = {"Authorization": f"Bearer {self._token}", "X-Api-Key": self._token, "Accept": accept}
        self._connection.request("GET", path if path.startswith("/rest/") else f"/api/v1{path}", headers=sent)
        response = self._connection.getresponse()
        last, size = b"", 0
        while piece := response.read(1 << 20):
            last, size = (last + piece)[-(1 << 20) :], size + len(piece)
        assert response.status == 200, (path, response.status, last[:500])
        return last, size


def calls(client: Client, found: Filled) -> dict[str, str]:
    """By name, the paths of the calls that are measured."""
    cursor = ""
    for _ in range(max(1, len(found.ids) // 400)):
        body, _size = client.get(f"/posts?limit=200{cursor}")
        cursor = f"&cursor={json.loads(body)['next_cursor']}"
    middle = f"/posts?limit=200{cursor}"
    several = ",".join(found.ids[-5:])
    return {
        "`/posts`, first page of 50": "/posts",
        "`/posts`, first page of 200": "/posts?limit=200",
        "`/posts`, 200 in the middle": middle,
        "`/posts?q=`, many": "/posts?q=reel",
        "`/posts?q=`, none": "/posts?q=nothing-is-called-so",
        "`/posts?tag=`, all": "/posts?tag=sale",
        "`/posts?tag=`, none": "/posts?tag=none",
        "`/posts?platform=`, all": "/posts?platform=instagram",
        "`/posts?platform=`, none": "/posts?platform=tiktok",
        "`/posts/{id}`, busy": f"/posts/{found.busy}",
        "`/posts/{id}`, quiet": f"/posts/{found.quiet}",
        "`/posts/{id}/funnel`, busy": f"/posts/{found.busy}/funnel",
        "`/posts/{id}/funnel`, quiet": f"/posts/{found.quiet}/funnel",
        "`/posts/{id}/funnel`, newest": f"/posts/{found.recent}/funnel",
        "`/links`, first page of 50": "/links",
        "`/links`, first page of 200": "/links?limit=200",
        "`/links?post=`": f"/links?post={found.busy}",
        "Shlink's `/short-urls`": "/rest/v3/short-urls",
        "`/clicks?post=`, first page": f"/clicks?post={found.busy}",
        "`/compare`, 2 posts": f"/compare?posts={found.busy},{found.recent}",
        "`/compare`, 5 posts": f"/compare?posts={several}",
        "`/compare`, 20 posts": f"/compare?posts={','.join(found.ids[-20:])}",
        "`/timeline`, busy, by the hour": f"/posts/{found.busy}/timeline?bucket=hour",
        "`/timeline`, quiet, by the day": f"/posts/{found.quiet}/timeline?bucket=day",
        "`/breakdown`, busy": f"/posts/{found.busy}/breakdown?by=browser",
        "`/conversions`": "/conversions",
        "`/insights`": "/insights",
    }


def timed(service: Service, path: str, clients: int, rounds: int) -> Timed:
    """`rounds` requests by each of so many clients at once, after two that nobody counts."""

    def ask(client: Client) -> list[float]:
        taken = []
        for _ in range(rounds):
            began = time.perf_counter()
            client.get(path)
            taken.append((time.perf_counter() - began) * 1e3)
        return taken

    asking = [Client(service) for _ in range(clients)]
    for client in asking:
        client.get(path)
    pids = service.pids("web worker")
    before = cpu_of(pids)
    with ThreadPoolExecutor(clients) as pool:
        taken = sorted(each for found in pool.map(ask, asking) for each in found)
    return Timed(taken, (cpu_of(pids) - before) / len(taken) * 1e3)


def streams(service: Service, found: Filled, clicks: int) -> list[Row]:
    """The files: seconds, CPU seconds, and the most memory of the serving process above what it had before."""
    client = Client(service)
    files = [
        ("everything as NDJSON", ["/export"], _NDJSON),
        ("`/clicks` as NDJSON, post by post", [f"/clicks?post={post_id}" for post_id in found.ids], _NDJSON),
        ("clicks as CSV", ["/export/clicks"], downloads.CSV),
        ("clicks as a workbook", ["/export/clicks"], downloads.XLSX),
        ("funnels as CSV", ["/export/funnels"], downloads.CSV),
        ("posts as CSV", ["/export/posts"], downloads.CSV),
    ]
    rows = []
    for name, paths, accept in files:
        (pid,) = service.pids("web worker")
        idle, before = _memory(pid, "VmRSS"), cpu_of([pid])
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak begins anew, see proc(5)
        began, size = time.perf_counter(), 0
        for path in paths:
            size += client.get(path, accept)[1]
        seconds, peak = time.perf_counter() - began, _memory(pid, "VmHWM") - idle
        told = f"{seconds:.1f} s, {cpu_of([pid]) - before:.1f} s of CPU, {peak:.0f} MiB more, {size / 1e6:,.0f} MB"
        bound = accept == _NDJSON
        good = seconds <= EXPORT_SECONDS * max(1.0, clicks / 1e6) and peak <= EXPORT_MIB if bound else None
        rows.append(Row(name, told, f"≤ {EXPORT_SECONDS:.0f} s, ≤ {EXPORT_MIB:.0f} MiB" if bound else "", good))
        print(*rows[-1].cells, sep="  ", flush=True)
    return rows


def _memory(pid: int, which: str) -> float:
    """Resident memory of a process in MiB, now (`VmRSS`) or at its peak (`VmHWM`)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{which}:")) / 1024


def main() -> None:
    """Fill, measure, print, and keep what was measured at full size."""
    parser = argparse.ArgumentParser(prog="python -m bench.api", description="Measure the API among many posts.")
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--clicks", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40, help="requests of each call by each client")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sl-bench-") as name, Service(Path(name), WEB_CONCURRENCY="1") as service:
        service.redis.ensure()
        print("Filling …", flush=True)
        with seed.hurried(service.store):
            found = fill(service.store, asked.posts, asked.clicks, times.now())
        service.start("web")
        rows = []
        for what, path in calls(Client(service), found).items():
            for clients in (1, 4):
                rows.append((what, str(clients), *timed(service, path, clients, asked.rounds).cells))
                print(*rows[-1], sep="  ", flush=True)
        files = streams(service, found, asked.clicks)
        count = service.store.redis.zcard(keys.POSTS)
    head = ("call", "clients", "least ms", "p50", "p95", "p99", "CPU ms each", f"p95 ≤ {TARGET_MS:.0f} ms")
    text = f"One gunicorn worker; {count:,} posts, {asked.clicks:,} clicks, a tenth of them of the busy post."
    said = f"{Table('Calls', text, head, rows).markdown()}\n\n## Files\n\n{markdown(files)}"
    print(f"\n{said}\n\n{machine()}.")
    if asked.posts >= 10_000 and asked.clicks >= 1_000_000:
        keep("api.md", "The API among many posts", f"By `make bench-api`.\n\n{said}")


if __name__ == "__main__":
    main()
