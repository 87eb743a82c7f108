"""How fast clicks are rolled up, what a funnel costs to read, and how much room a kept click takes."""

import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import traffic
from bench.table import Row
from shortlinks import keys, times
from shortlinks import store as stores
from shortlinks.clicks import classify, neighbours
from shortlinks.funnels import reports
from shortlinks.posts import posts
from shortlinks.rollups import recounts, rolling_up
from shortlinks.running import embedded
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

ROLL_UP_TARGET = 20_000
RECOUNT_TARGET = 10_000
BYTES_TARGET = 300
# What a key takes up that MEMORY USAGE does not tell: measured with 20,000 small hashes in an empty server.
_PLACE = 20


@contextmanager
def empty_store() -> Iterator[Store]:
    """A store on a Redis of its own."""
    with tempfile.TemporaryDirectory(prefix="sl-bench-") as folder, embedded.Server(Path(folder)) as server:
        store = stores.open_store(server.url, timeout=30.0)
        yield store
        store.redis.close()


def roll_up(*, quick: bool) -> list[Row]:
    """Clicks a second through `rolling_up.roll_up` in this process, 1,000 distinct agents warm: median of five runs."""
    count = 20_000 if quick else 50_000
    now = times.now()
    agents = traffic.agents(1_000)
    for agent in agents:
        classify.classify("GET", "", agent, "")
    walls, ours = [], []
    with empty_store() as store:
        made = traffic.new_posts(store, 20, now)
        for seed in range(5):
            lines = traffic.recorded(made, count, agents, start=now - times.HOUR, end=now, seed=seed)
            traffic.queue(store, lines)
            wall, cpu = time.perf_counter(), _cpu()
            counted = sum(rolling_up.roll_up(store, shard) for shard in keys.SHARDS)
            walls.append(count / (time.perf_counter() - wall))
            ours.append(count / (_cpu() - cpu))
            assert counted == count
    return [
        Row(
            "roll-up, 1,000 agents warm",
            f"{statistics.median(walls):,.0f} clicks/s",
            f"≥ {ROLL_UP_TARGET:,}",
            statistics.median(walls) >= ROLL_UP_TARGET,
        ),
        Row("the same by this process's CPU time only", f"{statistics.median(ours):,.0f} clicks/s"),
    ]


def recount(*, quick: bool) -> list[Row]:
    """Clicks a second that are counted again: of 20 posts over 20 days each, none of which turns out to be something else."""
    count = 20_000 if quick else 200_000
    now = times.now()
    with empty_store() as store:
        made = traffic.new_posts(store, 20, now)
        lines = traffic.recorded(made, count, traffic.agents(1_000), start=now - 20 * times.DAY, end=now, seed=1)
        count_all(store, lines)
        began = time.perf_counter()
        recounts.begin(store, now=now)
        recounts.step(store, seconds=3_600)
        rate = count / (time.perf_counter() - began)
        found = recounts.last(store)
    assert found is not None
    assert (found.clicks, found.moved) == (count, {})
    return [
        Row("re-count, 20 posts over 20 days", f"{rate:,.0f} clicks/s", f"≥ {RECOUNT_TARGET:,}", rate >= RECOUNT_TARGET)
    ]


def funnel_and_room(*, quick: bool) -> list[Row]:
    """What a funnel costs to read, over few clicks and over many, and the room that kept clicks take."""
    few, many, spread = 1_000, 50_000 if quick else 1_000_000, 50_000
    now = times.now()
    agents = traffic.agents(1_000)
    people = [agent for agent in agents if classify.classify("GET", "", agent, "").reason == "human"]
    start, end = traffic.last_days(now, 7)
    with empty_store() as store:
        made = traffic.new_posts(store, 3, now)
        small, large, wide = made
        for post_id, _ in made:
            typed = {"views": 5_000_000, "taken_at": times.rfc3339(end - 40 * times.HOUR)}
            snapshots.add(store, posts.get(store, post_id), typed, now=now)
        count_all(store, traffic.recorded([small], few, people, start=start, end=end))
        count_all(store, traffic.recorded([large], many, people, start=start, end=end, instants=few))
        count_all(store, traffic.recorded([wide], spread, agents, start=start, end=end))
        reads = [lambda post_id=post_id: reports.funnel(store, post_id, now=now) for post_id, _ in made]
        fast, slow, widest = side_by_side(*reads)
        big = room(store, _kept(wide[0])) / spread
    with empty_store() as store:
        made = traffic.new_posts(store, 200, now)
        before = store.redis.info("memory")["used_memory"]
        # In small batches, as clicks of many posts arrive when nobody is famous.
        for post in made:
            count_all(store, traffic.recorded([post], 100, traffic.SAMPLE, start=start, end=end), batch=5)
        small_posts = sum(room(store, _kept(post_id)) for post_id, _ in made) / (200 * 100)
        everything = (store.redis.info("memory")["used_memory"] - before) / (200 * 100)
    return [
        Row(f"funnel read, {few:,} clicks in a week", f"{fast * 1e3:.2f} ms"),
        Row(f"funnel read, {many:,} clicks in the same minutes", f"{slow * 1e3:.2f} ms", "the same", slow < 1.5 * fast),
        Row("funnel read, clicks in every minute of the week", f"{widest * 1e3:.2f} ms"),
        Row(f"kept click, one post of {spread:,}", f"{big:.0f} bytes", f"≤ {BYTES_TARGET}", big <= BYTES_TARGET),
        Row(
            "kept click, 200 posts of 100", f"{small_posts:.0f} bytes", f"≤ {BYTES_TARGET}", small_posts <= BYTES_TARGET
        ),
        Row("  with all counts made of it", f"{everything:.0f} bytes"),
    ]


def remembered(*, quick: bool) -> list[Row]:
    """What Redis remembers of an hour's clicks by people, to tell the next ones from repeats and bursts: bytes a click.

    Each is by another visitor, so this is the most there can be. It is forgotten an hour after the ten minutes' last click.
    """
    famous = 5_000 if quick else 50_000
    now = times.now()
    people = [agent for agent in traffic.agents(1_000) if classify.classify("GET", "", agent, "").reason == "human"]
    start, end = now - times.HOUR, now
    slots = range(start // neighbours.SLOT - 1, end // neighbours.SLOT + 2)
    rows = []
    for over, each in ((1, famous), (200, 100), (2_000, 1)):
        with empty_store() as store:
            made = traffic.new_posts(store, over, now)
            count_all(store, traffic.recorded(made, over * each, people, start=start, end=end))
            taken = room(store, (keys.recent(post_id, slot) for post_id, _ in made for slot in slots)) / (over * each)
        name = f"{over:,} posts of" if over > 1 else "one post of"
        rows.append(Row(f"remembered of a click for an hour, {name} {each:,}", f"{taken:.0f} bytes"))
    return rows


def count_all(store: Store, lines: Iterator[tuple[str, bytes]], batch: int = traffic.BATCH) -> None:
    traffic.queue(store, lines, batch)
    for shard in keys.SHARDS:
        rolling_up.roll_up(store, shard)


def side_by_side(*calls: Callable[[], object], rounds: int = 100) -> list[float]:
    """The median seconds of each call, measured in turn."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, seconds in zip(calls, taken, strict=True):
            began = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - began)
    return [statistics.median(seconds) for seconds in taken]


def url(store: Store) -> str:
    """Where another process finds the Redis of `empty_store`."""
    return f"unix://{store.redis.connection_pool.connection_kwargs['path']}"


def room(store: Store, names: Iterable[str]) -> int:
    """The bytes that these keys take up in Redis, their places in its own table included."""
    pipe = store.redis.pipeline(transaction=False)
    for name in names:
        pipe.memory_usage(name, samples=0)
    return sum(size + _PLACE for size in pipe.execute() if size)


def _kept(post_id: str) -> tuple[str, str]:
    return keys.kept(post_id), keys.tail(post_id)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
