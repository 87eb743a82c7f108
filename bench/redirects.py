"""What a redirect costs: in this process, and under a server with a client that does nothing but ask."""

import http.client
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import bare, traffic
from bench.table import Row
from shortlinks import config, embedded, rollups, times
from shortlinks import store as stores
from shortlinks.web import create_app
from tests.service import Service, free_port

IN_PROCESS_TARGET = 20.0
RATIO_TARGET = 0.8
CONNECTIONS = 32
_HINT = "wrk is not installed; on Debian and Ubuntu: sudo apt install wrk"


def in_process(*, quick: bool) -> list[Row]:
    """Microseconds of a call of the Redirector, of Flask's view of the same route, and of a bare WSGI callable."""
    calls = 5_000 if quick else 20_000
    with tempfile.TemporaryDirectory(prefix="sl-bench-") as folder, embedded.Server(Path(folder)) as server:
        environ = {"REDIS_URL": server.url, "SECRET_KEY": "measured" * 4, "SHORTLINKS_DATA_DIR": folder}
        store = stores.open_store(server.url)
        made = traffic.new_posts(store, 50, times.now())
        app = create_app(config.load(environ), store=store)
        follower = app.extensions["shortlinks"].follower
        requests = _requests([slug for _, slug in made], calls)
        redirector: Callable[..., Any] = app.wsgi_app
        flask = redirector._app  # type: ignore[attr-defined]
        _microseconds(flask, requests[:500])
        # The quietest of five passes: what the code costs, not what the machine's neighbours do meanwhile.
        ours = min(_microseconds(redirector, requests) for _ in range(5))
        beside = min(_microseconds(flask, requests[: calls // 10]) for _ in range(5))
        nothing = min(_microseconds(bare.app, requests) for _ in range(5))
        follower.stop()
        store.redis.close()
    return [
        Row(
            "redirect in process, link in memory",
            f"{ours:.1f} µs",
            f"≤ {IN_PROCESS_TARGET:g}",
            ours <= IN_PROCESS_TARGET,
        ),
        Row("the same by the Flask view", f"{beside:.0f} µs"),
        Row("a bare WSGI callable", f"{nothing:.1f} µs"),
    ]


def _requests(slugs: list[str], count: int) -> list[dict[str, Any]]:
    chance = random.Random(1)
    base = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "HTTP_ACCEPT": "text/html",
        "HTTP_HOST": "localhost:8000",
    }
    return [
        base
        | {
            "PATH_INFO": f"/{chance.choice(slugs)}",
            "HTTP_USER_AGENT": chance.choice(traffic.SAMPLE),
            "HTTP_REFERER": "https://l.instagram.com/?u=https%3A%2F%2Fgo.example",
            "REMOTE_ADDR": traffic.address(chance),
        }
        for _ in range(count)
    ]


def _microseconds(app: Callable[..., Any], requests: list[dict[str, Any]]) -> float:
    """Of one call, in CPU time of this thread: the median over batches of 500, so that a neighbour's burst does not count."""

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        assert status.startswith("302")

    taken = []
    for start in range(0, len(requests), 500):
        batch = requests[start : start + 500]
        began = time.thread_time()
        for environ in batch:
            app(environ, start_response)
        taken.append((time.thread_time() - began) / len(batch) * 1e6)
    return statistics.median(taken)


def served(*, quick: bool) -> list[Row]:
    """Redirects a second under gunicorn (the service's own settings) and granian, beside a bare callable on the same."""
    if not shutil.which("wrk"):
        return [Row("redirects a second", _HINT)]
    rounds, seconds = (3, 2) if quick else (5, 5)
    with tempfile.TemporaryDirectory(prefix="sl-bench-") as folder, Service(Path(folder)) as service:
        service.start("web", "rollup")
        made = service.new_posts(50)
        wrk = _Wrk(Path(folder), list(made), seconds)
        ports = {"gunicorn, bare": free_port(), "granian, bare": free_port(), "granian, ours": free_port()}
        _launch_beside(service, ports)
        ports["gunicorn, ours"] = ports["gunicorn, ours, counted later"] = service.port
        for port in ports.values():
            service.until(lambda port=port: wrk.answers(port), f"port {port} answers")
        rates: dict[str, list[float]] = {name: [] for name in ports}
        asked = runs = 0
        for _ in range(rounds):
            for name, port in ports.items():
                service.settle()
                if name.endswith("later"):
                    with service.halted("rollup"):
                        rate, answered = wrk.run(port)
                else:
                    rate, answered = wrk.run(port)
                rates[name].append(rate)
                if "ours" in name:
                    asked, runs = asked + answered, runs + 1
        service.settle()
        hits = sum(rollups.hits(total) for total in rollups.totals(service.store, list(made.values())))
        # What each connection had asked last was answered after wrk had stopped counting.
        exact = asked <= hits <= asked + runs * CONNECTIONS
    middle = {name: statistics.median(found) for name, found in rates.items()}
    return [
        *_compared("gunicorn", middle["gunicorn, bare"], middle["gunicorn, ours"], RATIO_TARGET),
        *_compared("gunicorn, roll-up halted", middle["gunicorn, bare"], middle["gunicorn, ours, counted later"])[1:],
        *_compared("granian", middle["granian, bare"], middle["granian, ours"]),
        Row("302s that wrk received, and hits", f"{asked:,} and {hits:,}", f"+ ≤ {runs * CONNECTIONS}", exact),
    ]


def _launch_beside(service: Service, ports: dict[str, int]) -> None:
    gunicorn = ["gunicorn", "--config", "python:shortlinks.gunicorn_conf", "bench.bare:app"]
    granian = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--workers", "2", "--blocking-threads", "8"]
    granian += ["--backlog", "2048", "--log-level", "error"]
    url = service.redis.url
    service.launch("bare", gunicorn, PORT=str(ports["gunicorn, bare"]), REDIS_URL=url)
    for name, app in (("granian, bare", "bench.bare:app"), ("granian, ours", "shortlinks.wsgi:app")):
        service.launch(name, [*granian, "--port", str(ports[name]), app], REDIS_URL=url)


def _compared(server: str, bare_rate: float, rate: float, target: float | None = None) -> list[Row]:
    ratio = rate / bare_rate
    good = None if target is None else ratio >= target
    return [
        Row(f"{server}: bare WSGI callable", f"{bare_rate:,.0f} redirects/s"),
        Row(f"{server}: ours", f"{rate:,.0f} redirects/s"),
        Row(f"{server}: ours / bare", f"{ratio:.2f}", "" if target is None else f"≥ {target:g}", good),
    ]


class _Wrk:
    """The load generator, over all links with agents of the sample."""

    def __init__(self, folder: Path, slugs: list[str], seconds: int) -> None:
        self._seconds = seconds
        self._script = folder / "requests.lua"
        paths = ",".join(f'"/{slug}"' for slug in slugs)
        agents = ",".join(f"[==[{agent}]==]" for agent in traffic.SAMPLE)
        self._script.write_text(
            f"local paths, agents, requests, at = {{{paths}}}, {{{agents}}}, {{}}, 0\n"
            "init = function()\n"
            "  for n = 1, 997 do\n"
            "    local headers = {['User-Agent'] = agents[n % #agents + 1], ['Host'] = 'localhost'}\n"
            "    requests[n] = wrk.format('GET', paths[n % #paths + 1], headers)\n"
            "  end\n"
            "end\n"
            "request = function() at = at % 997 + 1; return requests[at] end\n"
        )

    def answers(self, port: int) -> bool:
        """Whether somebody listens on a port."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            return bool(connection.getresponse().status)
        except OSError:
            return False
        finally:
            connection.close()

    def run(self, port: int) -> tuple[float, int]:
        """Redirects a second, and how many."""
        command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{self._seconds}s"]
        command += ["--script", str(self._script), f"http://127.0.0.1:{port}"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        count = re.search(r"(\d+) requests in", said)
        rate = re.search(r"Requests/sec:\s*([\d.]+)", said)
        if count is None or rate is None or "Non-2xx or 3xx" in said or "Socket errors" in said:
            raise RuntimeError(f"not everything was answered by a redirect:\n{said}")
        return float(rate[1]), int(count[1])
