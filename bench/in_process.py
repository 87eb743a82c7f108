"""What a redirect costs in this process: our Redirector, Flask's view of the same route, a bare WSGI callable."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import bare, traffic
from bench.table import Row
from shortlinks import config, times
from shortlinks import store as stores
from shortlinks.running import embedded
from shortlinks.web import create_app

TARGET = 20.0


def redirect(*, quick: bool) -> list[Row]:
    """Microseconds of a call of the Redirector, of Flask's view of the same route, and of a bare WSGI callable."""
    calls = 5_000 if quick else 20_000
    with tempfile.TemporaryDirectory(prefix="sl-bench-") as folder, embedded.Server(Path(folder)) as server:
        environ = {"REDIS_URL": server.url, "SECRET_KEY": "measured" * 4, "SHORTLINKS_DATA_DIR": folder}
        store = stores.open_store(server.url)
        made = traffic.new_posts(store, 50, times.now())
        app = create_app(config.load(environ), store=store)
        follower = app.extensions["shortlinks"].follower
        asked = requests([slug for _, slug in made], calls)
        redirector: Callable[..., Any] = app.wsgi_app
        flask = redirector._app  # type: ignore[attr-defined]
        microseconds(flask, asked[:500])
        # The quietest of five passes: what the code costs, not what the machine's neighbours do meanwhile.
        ours = min(microseconds(redirector, asked) for _ in range(5))
        beside = min(microseconds(flask, asked[: calls // 10]) for _ in range(5))
        nothing = min(microseconds(bare.app, asked) for _ in range(5))
        follower.stop()
        store.redis.close()
    return [
        Row(
            "redirect in process, link in memory",
            f"{ours:.1f} µs",
            f"≤ {TARGET:g}",
            ours <= TARGET,
        ),
        Row("the same by the Flask view", f"{beside:.0f} µs"),
        Row("a bare WSGI callable", f"{nothing:.1f} µs"),
    ]


def requests(slugs: list[str], count: int) -> list[dict[str, Any]]:
    """WSGI requests of links chosen at random."""
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


def microseconds(app: Callable[..., Any], asked: list[dict[str, Any]]) -> float:
    """Of one call, in CPU time of this thread: the median over batches of 500, so that a neighbour's burst does not count."""

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        assert status.startswith("302")

    taken = []
    for start in range(0, len(asked), 500):
        batch = asked[start : start + 500]
        began = time.thread_time()
        for environ in batch:
            app(environ, start_response)
        taken.append((time.thread_time() - began) / len(batch) * 1e6)
    return statistics.median(taken)
