"""What one click costs on its way, station by station, by how many posts share the clicks."""

import resource
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from rq import Queue

from bench import seed, traffic
from bench.counting import empty_store, room
from bench.found import Found, Sizes
from bench.table import Table
from shortlinks import keys, times
from shortlinks.clicks import journal
from shortlinks.clicks.shipper import Shipper
from shortlinks.rollups import rolling_up
from shortlinks.store import Store

_HOUR_AGO = times.HOUR


class Cost(NamedTuple):
    """Of `clicks`: wall and CPU seconds of the process, CPU seconds of Redis, and the bytes it received and sent."""

    clicks: int
    wall: float
    cpu: float
    redis: float
    received: float
    sent: float
    commands: float


def way(sizes: Sizes) -> Found:
    """The way of a click: journal, ship process, roll-up, with Redis's share of it."""
    found, rows, now = Found(), [], times.now()
    of_agents = seed.agents(sizes.agents)
    most = sizes.posts[-1]
    for count in (1, most // 100, most):
        with empty_store() as store, tempfile.TemporaryDirectory(prefix="sl-scale-") as folder:
            store.redis.config_set("auto-aof-rewrite-percentage", 0)
            made = seed.add_posts(store, count, now, links_each=1)
            lines = traffic.recorded(made, sizes.travelled, of_agents, start=now - times.HOUR, end=now)
            line_bytes, append = _append(store, Path(folder), lines)
            log = store.redis.info("persistence")["aof_current_size"]
            shipper = Shipper(Path(folder) / "journal", store, Queue("nobody-works", connection=store.redis))
            ship = _cost(store, sizes.travelled, lambda shipper=shipper: _ship(shipper))
            waiting = room(store, map(keys.clicks, keys.SHARDS))
            roll = _cost(store, sizes.travelled, lambda store=store: _roll_up(store))
            written = store.redis.info("persistence")["aof_current_size"] - log
            per_click = (line_bytes, append, waiting / sizes.travelled, written / sizes.travelled)
            rows.append((count, ship, roll, *per_click))
    _, ship, roll, line_bytes, append, waiting_bytes, written_bytes = rows[-1]
    found.units = {
        "journal bytes": line_bytes,
        "append µs": append * 1e6,
        "ship µs": ship.cpu / ship.clicks * 1e6,
        "roll-up µs": roll.wall / roll.clicks * 1e6,
        "Redis µs": (ship.redis + roll.redis) / roll.clicks * 1e6,
        "Redis received bytes": (ship.received + roll.received) / roll.clicks,
        "Redis sent bytes": (ship.sent + roll.sent) / roll.clicks,
        "Redis log bytes": written_bytes,
        "waiting bytes": waiting_bytes,
    }
    found.tables = [_stations(rows, sizes.agents), _burden(rows)]
    return found


_Row = tuple[int, Cost, Cost, float, float, float, float]


def _stations(rows: list[_Row], agents: int) -> Table:
    return Table(
        "One click on its way, by how many posts share the clicks of an hour",
        (
            f"{agents:,} distinct agents, met before. Ship process: its own CPU time. Roll-up: from its first look to its last "
            "commit, Redis included. A batch of some thousand clicks costs a few steps for each post in it, so clicks of one "
            "famous post are counted several times as fast as the same number over ten thousand posts."
        ),
        ("posts", "clicks", "journal line", "to append it", "ship process", "roll-up", "roll-up, clicks/s"),
        [
            (
                f"{posts:,}",
                f"{ship.clicks:,}",
                f"{line:.0f} bytes",
                f"{append * 1e6:.1f} µs",
                f"{ship.cpu / ship.clicks * 1e6:.1f} µs",
                f"{roll.wall / roll.clicks * 1e6:.1f} µs",
                f"{roll.clicks / roll.wall:,.0f}",
            )
            for posts, ship, roll, line, append, _, _ in rows
        ],
    )


def _burden(rows: list[_Row]) -> Table:
    return Table(
        "What that asks of Redis, for each click",
        (
            "Redis does one thing at a time, so its CPU time for a click is what bounds one Redis. The append-only file is what "
            "was written before any rewrite of it. The last column is the room of a click between journal and roll-up."
        ),
        (
            "posts",
            "CPU: ship",
            "CPU: roll-up",
            "commands",
            "received",
            "sent",
            "its append-only file",
            "while it waits",
        ),
        [
            (
                f"{posts:,}",
                f"{ship.redis / ship.clicks * 1e6:.1f} µs",
                f"{roll.redis / roll.clicks * 1e6:.1f} µs",
                f"{(ship.commands + roll.commands) / roll.clicks:.2f}",
                f"{(ship.received + roll.received) / roll.clicks:,.0f} bytes",
                f"{(ship.sent + roll.sent) / roll.clicks:,.0f} bytes",
                f"{written:,.0f} bytes",
                f"{waiting:.0f} bytes",
            )
            for posts, ship, roll, _, _, waiting, written in rows
        ],
    )


def _append(store: Store, folder: Path, lines: Any) -> tuple[float, float]:
    """Write clicks to a journal. Returns bytes and seconds per click."""
    own = journal.Journal(folder / "journal", store.id())
    own.renew(store.id())
    seconds, count = 0.0, 0
    while piece := list(islice(lines, 20_000)):
        began = time.perf_counter()
        for post_id, line in piece:
            own.append(line, post_id)
        seconds += time.perf_counter() - began
        count += len(piece)
    size = own.size - journal.HEADER_SIZE
    own.close()
    return size / count, seconds / count


def _ship(shipper: Shipper) -> None:
    while shipper.step():
        pass


def _roll_up(store: Store) -> None:
    for shard in keys.SHARDS:
        rolling_up.roll_up(store, shard)


def _cost(store: Store, clicks: int, work: Any) -> Cost:
    before, began = _figures(store), time.perf_counter()
    work()
    wall = time.perf_counter() - began
    return Cost(clicks, wall, *(after - earlier for after, earlier in zip(_figures(store), before, strict=True)))


def _figures(store: Store) -> tuple[float, float, float, float, float]:
    """CPU seconds of this process and of Redis, bytes that Redis received and sent, its commands."""
    own, said = resource.getrusage(resource.RUSAGE_SELF), store.redis.info()
    return (
        own.ru_utime + own.ru_stime,
        said["used_cpu_user"] + said["used_cpu_sys"],
        said["total_net_input_bytes"],
        said["total_net_output_bytes"],
        said["total_commands_processed"],
    )
