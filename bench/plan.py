"""The plan on paper: from what one click costs to what a thousand to a thousand million clicks a day take. Pure arithmetic."""

import re
from collections.abc import Mapping
from math import ceil
from typing import NamedTuple

PEAK = 5
LOAD = 0.7
KEPT_DAYS = 90
SKETCH_DAYS = 3
CLICKS_A_POST = 1_000
VISIT_BYTES = 6_000
ROOM = 1.5
LARGEST_GB = 64
LOG_MB = 100
NEW_AGENTS = 0.05
HOST_VCPUS = 8
VCPU_PRICE, GB_PRICE, TRAFFIC_PRICE, OBJECT_PRICE = 20, 5, 0.05, 0.02

DAY = 86_400
PER_DAY = tuple(10**exponent for exponent in range(3, 10))


class Need(NamedTuple):
    """What `per_day` clicks take: rates in the busiest second, bytes after a year, `cost` in $ a month.

    `slim`, `slim_servers`, `objects` and `slim_cost` are memory, servers, object storage and price if minutes older than
    KEPT_DAYS were packed, and they and single clicks kept in object storage.
    """

    per_day: int
    mean: float
    peak: float
    gunicorn: int
    granian: int
    roll_ups: int
    hosts: int
    redis_cpu: float
    journal: float
    log: float
    visitors: float
    inside: float
    kept: float
    counts: float
    records: float
    sketches: float
    memory: float
    servers: int
    traffic: float
    cost: float
    slim: float
    slim_servers: int
    objects: float
    slim_cost: float


def redirects_a_core(results: str) -> dict[str, float]:
    """Redirects a second and vCPU by server (`gunicorn`, `granian`), from the text of bench/results/latest.md.

    From the CPU time of one, clicks counted at once; where the table has none, from the rate and the cores that the client
    and the counting shared. Raises ValueError without either.
    """
    cores = re.search(r"^(\d+) cores", results, re.MULTILINE)
    found = {}
    for server in ("gunicorn", "granian"):
        if cpu := re.search(
            rf"^\| {server}, ours +\| counted at once +(?:\|[^|\n]+){{3}}\| +([\d,.]+)", results, re.MULTILINE
        ):
            found[server] = 1e6 / float(cpu[1].replace(",", ""))
        elif cores and (rate := re.search(rf"^\| {server}: ours +\| ([\d,]+) redirects/s", results, re.MULTILINE)):
            found[server] = float(rate[1].replace(",", "")) / int(cores[1])
        else:
            raise ValueError(
                f"bench/results/latest.md does not tell what a redirect by {server} costs: run `make bench`"
            )
    return found


def need(per_day: int, unit: Mapping[str, float]) -> Need:
    """What so many clicks a day take, from the costs of one."""
    mean = per_day / DAY
    peak = mean * PEAK
    posts_a_year = per_day * 365 / CLICKS_A_POST
    kept = per_day * KEPT_DAYS * unit["kept bytes"]
    counts = posts_a_year * unit["year bytes"]
    records = posts_a_year * unit["post bytes"]
    sketches = per_day / CLICKS_A_POST * unit["days a year"] * SKETCH_DAYS * unit["sketch bytes"]
    memory = (kept + counts + records + sketches) * ROOM
    redis_cpu = peak * unit["Redis µs"] / 1e6
    roll_ups = ceil(peak * counting(unit) / 1e6 / LOAD)
    granian = ceil(peak / unit["redirects a vCPU, granian"] / LOAD)
    traffic = per_day * 30 * VISIT_BYTES
    servers = _servers(memory, redis_cpu)
    objects = kept + posts_a_year * unit["packed year bytes"]
    slim = (counts * KEPT_DAYS / 365 + records + sketches) * ROOM
    slim_servers = _servers(slim, redis_cpu)
    busy = ceil((peak / unit["redirects a vCPU, granian"] + peak * counting(unit) / 1e6 + redis_cpu) / LOAD)
    sent = traffic / 1e9 * TRAFFIC_PRICE
    return Need(
        per_day=per_day,
        mean=mean,
        peak=peak,
        gunicorn=ceil(peak / unit["redirects a vCPU, gunicorn"] / LOAD),
        granian=granian,
        roll_ups=roll_ups,
        hosts=ceil((granian + roll_ups) / HOST_VCPUS),
        redis_cpu=redis_cpu,
        journal=peak * unit["journal bytes"],
        log=peak * unit["Redis log bytes"],
        visitors=peak * VISIT_BYTES,
        inside=peak * (unit["Redis received bytes"] + unit["Redis sent bytes"]),
        kept=kept,
        counts=counts,
        records=records,
        sketches=sketches,
        memory=memory,
        servers=servers,
        traffic=traffic,
        cost=max(busy, servers) * VCPU_PRICE + memory / 1e9 * GB_PRICE + sent,
        slim=slim,
        slim_servers=slim_servers,
        objects=objects,
        slim_cost=max(busy, slim_servers) * VCPU_PRICE + slim / 1e9 * GB_PRICE + objects / 1e9 * OBJECT_PRICE + sent,
    )


def limits(unit: Mapping[str, float]) -> list[tuple[str, str, float]]:
    """What gives out as the service is built today: (what, the sum, clicks a day), the first to give out first."""
    a_day = DAY / PEAK * LOAD
    a_click = need(10**9, unit).memory / 1e9
    found = [
        (
            f"memory of one Redis of {LARGEST_GB} GB, after a year",
            f"{LARGEST_GB} GB / {a_click:,.0f} bytes of memory for each click a day",
            LARGEST_GB * 1e9 / a_click,
        ),
        (
            f"the one slot of all posts and links, in a Redis of {LARGEST_GB} GB, after a year",
            f"{LARGEST_GB} GB / ({unit['post bytes']:,.0f} bytes × {ROOM:g} × 365 days / {CLICKS_A_POST:,})",
            LARGEST_GB * 1e9 / (unit["post bytes"] * ROOM * 365 / CLICKS_A_POST),
        ),
        (
            "the processors of one host with 2 vCPUs, under gunicorn",
            f"2 × {unit['redirects a vCPU, gunicorn']:,.0f} redirects a second × {LOAD:g} / {PEAK} × {DAY:,} s",
            2 * unit["redirects a vCPU, gunicorn"] * a_day,
        ),
        (
            "one roll-up worker",
            f"10⁶ µs / {counting(unit):.1f} µs × {LOAD:g} / {PEAK} × {DAY:,} s",
            1e6 / counting(unit) * a_day,
        ),
        (
            "the one processor that a Redis uses",
            f"10⁶ µs / {unit['Redis µs']:.1f} µs × {LOAD:g} / {PEAK} × {DAY:,} s",
            1e6 / unit["Redis µs"] * a_day,
        ),
        (
            f"a disk that takes {LOG_MB} MB/s of append-only file",
            f"{LOG_MB} MB/s / {unit['Redis log bytes']:,.0f} bytes / {PEAK} × {DAY:,} s",
            LOG_MB * 1e6 / unit["Redis log bytes"] / PEAK * DAY,
        ),
        (
            "the trim that looks at every post twice a day, after a year",
            f"12 h / {unit['trim µs']:.0f} µs / 365 days × {CLICKS_A_POST:,}",
            DAY / 2 * 1e6 / unit["trim µs"] / 365 * CLICKS_A_POST,
        ),
        (
            "one ship process, of one host",
            f"10⁶ µs / {unit['ship µs']:.1f} µs × {LOAD:g} / {PEAK} × {DAY:,} s",
            1e6 / unit["ship µs"] * a_day,
        ),
    ]
    return sorted(found, key=lambda row: row[2])


def _servers(memory: float, cpu: float) -> int:
    return max(ceil(memory / 1e9 / LARGEST_GB), ceil(cpu / LOAD))


def counting(unit: Mapping[str, float]) -> float:
    """µs of a roll-up worker for a click, the agents that it has not met included."""
    return unit["roll-up µs"] + NEW_AGENTS * unit["new agent µs"]
