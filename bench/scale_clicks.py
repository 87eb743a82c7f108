"""What a thousand to ten million clicks cost: to roll up, to read, to keep; and what each click costs on its way."""

import time
from collections.abc import Iterable
from itertools import cycle, islice

from bench import processes, seed, traffic
from bench.counting import empty_store, room, side_by_side, url
from bench.found import Found, Sizes
from bench.plot import Chart, Curve
from bench.table import Table
from shortlinks import keys, times
from shortlinks.clicks import classify
from shortlinks.funnels import reports
from shortlinks.posts import posts
from shortlinks.rollups import rolling_up, rollups
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

MOMENTS = 1_000
_PIECE = 50_000
_DAYS = 7


def one_post(sizes: Sizes) -> Found:
    """Clicks on one post: the roll-up, the funnel, the room they take."""
    found, now = Found(), times.now()
    start, end = traffic.last_days(now, _DAYS)
    same: list[tuple[int, float, float, float]] = []
    wide: list[tuple[int, float, int, float, float]] = []
    of_agents = seed.agents(sizes.agents)
    with empty_store() as store:
        for count in sizes.clicks:
            post = _post(store, end, now)
            lines = traffic.recorded([post], count, of_agents, start=start, end=end, instants=MOMENTS)
            seconds = count_up(store, lines)
            same.append((count, seconds, _funnel(store, post[0], now, sizes), _kept(store, post[0]) / count))
        for count in sizes.spread:
            post = _post(store, end, now)
            lines = traffic.recorded([post], count, of_agents, start=start, end=end)
            seconds = count_up(store, lines)
            edge = len(rollups.minutes(store, post[0], [times.day_of(_taken(end))]))
            all_counts = _counts(store, post[0], times.day_of(start))
            wide.append((count, seconds, edge, _funnel(store, post[0], now, sizes), all_counts / count))
    found.tables = [_same_table(same, sizes.agents), _wide_table(wide)]
    found.charts = _charts(same, wide)
    return found


def many_posts(sizes: Sizes) -> Found:
    """Waiting clicks of many posts: the memory of the roll-up process, and what an agent costs that it has not met."""
    found, now = Found(), times.now()
    of_agents = seed.agents(sizes.agents)
    start, end = traffic.last_days(now, _DAYS)
    rows = []
    with empty_store() as store:
        made = seed.add_posts(store, 100, now)
        for count in sizes.spread:
            traffic.queue(store, traffic.recorded(made, count, of_agents, start=start, end=end, seed=count))
            rows.append(processes.run("roll_up", url(store)))
    unmet = [f"{agent} unmet/{number}" for number, agent in enumerate(islice(cycle(of_agents), sizes.agents // 2))]
    began = time.perf_counter()
    for agent in unmet:
        classify.classify("GET", "", agent, "")
    found.units["new agent µs"] = (time.perf_counter() - began) / len(unmet) * 1e6
    found.tables.append(
        Table(
            f"A roll-up process that finds clicks waiting, of 100 posts, with {sizes.agents:,} agents that it has not met yet",
            (
                f"To classify an agent for the first time takes {found.units['new agent µs']:,.0f} µs; 8,192 verdicts are "
                "remembered. A worker that has just started, or one that meets many rare agents, counts that much slower."
            ),
            ("clicks waiting", "seconds", "clicks/s", "memory before", "memory at its peak"),
            [
                (
                    f"{row['clicks']:,}",
                    f"{row['seconds']:.2f}",
                    f"{row['clicks'] / row['seconds']:,.0f}",
                    f"{row['before']:.0f} MB",
                    f"{row['peak']:.0f} MB",
                )
                for row in rows
            ],
        )
    )
    return found


def count_up(store: Store, lines: Iterable[tuple[str, bytes]]) -> float:
    """Queue clicks and roll them up, piece by piece. Returns the seconds that the roll-up took."""
    lines, seconds = iter(lines), 0.0
    while piece := list(islice(lines, _PIECE)):
        traffic.queue(store, piece)
        began = time.perf_counter()
        counted = sum(rolling_up.roll_up(store, shard) for shard in keys.SHARDS)
        seconds += time.perf_counter() - began
        assert counted == len(piece), f"{counted} of {len(piece)} clicks were counted"
    return seconds


def _same_table(rows: list[tuple[int, float, float, float]], agents: int) -> Table:
    return Table(
        f"Clicks on one post, at {MOMENTS:,} different moments of a week",
        (
            f"{agents:,} distinct agents, met before; the clicks reach the roll-up {_PIECE:,} at a time. The first row is mostly "
            "set-up: 16 shards are looked at, whatever waits in them."
        ),
        ("clicks", "roll-up", "clicks/s", "funnel read", "kept, per click"),
        [
            (f"{count:,}", f"{seconds:.2f} s", f"{count / seconds:,.0f}", f"{read * 1e3:.2f} ms", f"{kept:.0f} bytes")
            for count, seconds, read, kept in rows
        ],
    )


def _wide_table(rows: list[tuple[int, float, int, float, float]]) -> Table:
    return Table(
        "The same, spread evenly over all minutes of the week",
        (
            "A funnel reads whole days as sums and the day in which it ends minute by minute. That day has a row for each "
            "minute, link and reason that occurred, and one for each minute with new visitors: the read grows until every "
            "minute of the day has them all, and no further."
        ),
        ("clicks", "roll-up", "clicks/s", "rows of the day at the edge", "funnel read", "all counts, per click"),
        [
            (
                f"{count:,}",
                f"{seconds:.2f} s",
                f"{count / seconds:,.0f}",
                f"{edge:,}",
                f"{read * 1e3:.2f} ms",
                f"{counts:.1f} bytes",
            )
            for count, seconds, edge, read, counts in rows
        ],
    )


def _charts(
    same: list[tuple[int, float, float, float]], wide: list[tuple[int, float, int, float, float]]
) -> list[Chart]:
    first, last = same[0], same[-1]
    straight = [(first[0], first[0] * last[1] / last[0]), (last[0], last[1])]
    return [
        Chart(
            "scale-roll-up",
            "The roll-up takes time in step with the clicks",
            "clicks",
            "seconds of one process",
            [
                Curve("proportional", straight, dashed=True),
                Curve("1,000 moments", [(row[0], row[1]) for row in same]),
                Curve("all minutes of a week", [(row[0], row[1]) for row in wide]),
            ],
        ),
        Chart(
            "scale-funnel",
            "A funnel is read from counts, so clicks do not matter",
            "clicks of the post",
            "time of one read, ms",
            [
                Curve("clicks in all minutes of a week", [(row[0], row[3] * 1e3) for row in wide]),
                Curve("clicks at 1,000 moments", [(row[0], row[2] * 1e3) for row in same]),
            ],
        ),
    ]


def _taken(end: int) -> int:
    """When the snapshot was taken up to which the funnel counts: within a day, not at its end."""
    return end - 40 * times.HOUR


def _post(store: Store, end: int, now: int) -> tuple[str, str]:
    with seed.hurried(store):
        [(post_id, slug)] = traffic.new_posts(store, 1, now)
        typed = {"views": 500_000_000, "taken_at": times.rfc3339(_taken(end))}
        snapshots.add(store, posts.get(store, post_id), typed, now=now)
    return post_id, slug


def _funnel(store: Store, post_id: str, now: int, sizes: Sizes) -> float:
    [seconds] = side_by_side(lambda: reports.funnel(store, post_id, now=now), rounds=sizes.repeats)
    return seconds


def _kept(store: Store, post_id: str) -> int:
    return room(store, [keys.kept(post_id), keys.tail(post_id)])


def _counts(store: Store, post_id: str, first_day: int) -> int:
    """Bytes of all counts of a post, without the visitors' sketches, which live for three days."""
    names = [keys.total(post_id), keys.days(post_id), *(keys.by(post_id, dimension) for dimension in keys.DIMENSIONS)]
    return room(store, [*names, *(keys.minutes(post_id, first_day + day) for day in range(_DAYS + 1))])
