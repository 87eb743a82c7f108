"""What a thousand to a million links cost: to follow, to hold, to keep on disk."""

import tempfile
import time
from pathlib import Path

from bench import processes, seed
from bench.counting import empty_store, room, url
from bench.found import Found, Sizes
from bench.plot import Chart, Curve
from bench.table import Table
from shortlinks import keys, times
from shortlinks.links import follow, link_copy
from shortlinks.links import links as links_
from shortlinks.links.link_copy import Keeper
from shortlinks.store import Store

_MB = 1_000_000
_SAMPLE = 500


def links(sizes: Sizes) -> Found:
    """Links: redirects, memory, and the copy on disk."""
    rows, found, made = [], Found(), 0
    with empty_store() as store:
        for count in sizes.links:
            seed.add_links(store, made, count, times.now())
            made = count
            in_redis = _in_redis(store, count)
            with tempfile.TemporaryDirectory(prefix="sl-scale-") as folder:
                web = processes.run("web", url(store), folder, count)
                written = _write_copy(store, Path(folder))
                size = (Path(folder) / link_copy.NAME).stat().st_size
                cold = processes.run("start_without_redis", folder, seed.slug(count - 1), time.time())
            rows.append((count, in_redis, web, written, size, cold))
    found.units = {
        "link bytes in Redis": rows[-1][1],
        "link bytes on disk": rows[-1][4] / rows[-1][0],
        "redirect µs": rows[-1][2]["warm"],
        "cold redirect µs": rows[-1][2]["cold"],
    }
    found.tables = [_followed(rows), _copied(rows)]
    found.charts = _charts(rows)
    return found


_Row = tuple[int, float, dict[str, float], float, int, dict[str, float]]


def _followed(rows: list[_Row]) -> Table:
    return Table(
        "Following a link, by the number of links that the service knows",
        (
            f"A web process holds at most {follow.MEMORY_LIMIT:,} links. A redirect that is held costs CPU time only; one that "
            "is not held goes through Flask, reads the link from Redis in one question, and holds it from then on."
        ),
        ("links", "held in memory", "redirect, held", "redirect, not held", "web process", "in Redis", "per link"),
        [
            (
                f"{count:,}",
                f"{web['held']:,.0f}",
                f"{web['warm']:.1f} µs",
                f"{web['cold']:,.0f} µs",
                f"{web['full']:.0f} MB",
                f"{in_redis * count / _MB:,.1f} MB",
                f"{in_redis:.0f} bytes",
            )
            for count, in_redis, web, _, _, _ in rows
        ],
    )


def _copied(rows: list[_Row]) -> Table:
    return Table(
        "The copy of all links on a host's disk, and a start without Redis",
        (
            "The first request of a process that started while Redis is away reads through the copy once; the next ones do not. "
            "The memory is that of the process while it knows where each link stands in the copy."
        ),
        (
            "links",
            "copy",
            "per link",
            "to write it anew",
            "process up to the first request",
            "first redirect",
            "memory",
        ),
        [
            (
                f"{count:,}",
                f"{size / _MB:,.1f} MB",
                f"{size / count:.0f} bytes",
                f"{written:.2f} s",
                f"{cold['start']:.1f} s",
                f"{cold['first'] * 1e3:,.0f} ms",
                f"{cold['memory']:.0f} MB",
            )
            for count, _, _, written, size, cold in rows
        ],
    )


def _charts(rows: list[_Row]) -> list[Chart]:
    return [
        Chart(
            "scale-redirect",
            "A redirect costs the same, however many links there are",
            "links that the service knows",
            "time of one redirect, µs",
            [
                Curve("not held: Flask and Redis", [(row[0], row[2]["cold"]) for row in rows]),
                Curve("held in memory", [(row[0], row[2]["warm"]) for row in rows]),
            ],
        ),
        Chart(
            "scale-links",
            "What links take up",
            "links that the service knows",
            "MB",
            [
                Curve("Redis, all links", [(row[0], row[1] * row[0] / _MB) for row in rows]),
                Curve("copy on disk", [(row[0], row[4] / _MB) for row in rows]),
                Curve("one web process", [(row[0], row[2]["full"]) for row in rows]),
            ],
        ),
    ]


def _write_copy(store: Store, folder: Path) -> float:
    """The seconds that the ship process needs for a new copy."""
    keeper = Keeper(folder, store)
    began = time.perf_counter()
    while keeper.step():
        pass
    keeper.close()
    return time.perf_counter() - began


def _in_redis(store: Store, count: int) -> float:
    """Bytes of a link in Redis: its record and its share of the lists, as the mean over some links."""
    some = [links_.find(store, seed.slug(number))[0] for number in range(0, count, -(-count // _SAMPLE))]
    posts = {link.post_id for link in some if link}
    own = room(store, [keys.link(link.slug) for link in some if link]) / len(some)
    return (
        own
        + room(store, [keys.LINKS]) / count
        + room(store, map(keys.post_links, posts)) / len(posts) / seed.LINKS_A_POST
    )
