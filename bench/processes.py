"""What is measured in a process of its own, so that its memory is its own: `python -m bench.processes NAME ARGUMENTS`.

Each prints one JSON object. `run` starts one and reads it.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shortlinks import config, keys
from shortlinks import store as stores
from shortlinks.links import follow
from shortlinks.rollups import rolling_up

_MB = 1_000_000
_COLD = 500
_CALLS = 20_000


def run(name: str, *arguments: object) -> dict[str, float]:
    """Run one of PROGRAMS and return what it printed."""
    command = [sys.executable, "-m", "bench.processes", name, *map(str, arguments)]
    said = subprocess.run(command, cwd=Path(__file__).parent.parent, check=True, stdout=subprocess.PIPE).stdout
    found: dict[str, float] = json.loads(said)
    return found


def web(url: str, folder: str, count: str) -> dict[str, float]:
    """A web process over `count` links of `seed`: its memory, and the microseconds of a redirect, held and not held.

    As many as it may hold are held, the last ones.
    """
    from bench import in_process, seed

    app, follower = _app(url, Path(folder))
    empty = _memory()
    follower.start()
    while not follower.memory.position:  # the first look at the feed forgets everything
        time.sleep(0.05)
    last = int(count)
    held = [seed.slug(number) for number in range(max(0, last - follow.MEMORY_LIMIT), last)]
    for slug in held:
        follower.find(slug)
    full, kept = _memory(), len(follower.memory)
    warm = min(in_process.microseconds(app.wsgi_app, in_process.requests(held[-20_000:], _CALLS)) for _ in range(3))
    follower.memory.clear(follower.memory.position)
    taken = []
    for environ in in_process.requests(held, _COLD):
        began = time.perf_counter()
        app.wsgi_app(environ, _redirected)
        taken.append((time.perf_counter() - began) * 1e6)
    follower.stop()
    return {"empty": empty, "full": full, "held": kept, "warm": warm, "cold": statistics.median(taken)}


def start_without_redis(folder: str, slug: str, began: str) -> dict[str, float]:
    """A web process that starts while Redis is away: seconds from `began` (of the clock) to its first redirect."""
    from bench import in_process

    app, follower = _app(f"unix://{folder}/nobody-listens.sock", Path(folder))
    ready, first = time.time(), time.perf_counter()
    app.wsgi_app(in_process.requests([slug], 1)[0], _redirected)
    answered = time.perf_counter() - first
    found = {"start": ready - float(began), "first": answered, "memory": _memory()}
    follower.stop()
    return found


def roll_up(url: str) -> dict[str, float]:
    """A roll-up process that finds clicks waiting: how many, seconds, and its memory before and at its peak."""
    store = stores.open_store(url, timeout=30.0)
    before, began = _memory(), time.perf_counter()
    counted = sum(rolling_up.roll_up(store, shard) for shard in keys.SHARDS)
    seconds = time.perf_counter() - began
    return {"clicks": counted, "seconds": seconds, "before": before, "peak": _peak()}


def _app(url: str, folder: Path) -> tuple[Any, follow.Follower]:
    from shortlinks.web import create_app

    app = create_app(
        config.load({"REDIS_URL": url, "SECRET_KEY": "measured" * 4, "SHORTLINKS_DATA_DIR": str(folder)}),
        store=stores.open_store(url),
    )
    return app, app.extensions["shortlinks"].follower


def _redirected(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
    assert status.startswith("302"), status


def _memory() -> float:
    """This process's resident memory in MB, from /proc: Linux."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MB


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024 / _MB


PROGRAMS: dict[str, Callable[..., dict[str, float]]] = {
    "web": web,
    "start_without_redis": start_without_redis,
    "roll_up": roll_up,
}

if __name__ == "__main__":
    print(json.dumps(PROGRAMS[sys.argv[1]](*sys.argv[2:])))
