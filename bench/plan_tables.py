"""The plan as tables."""

from collections.abc import Mapping

from bench import plan
from bench.table import Table

ASSUMED = (
    ("busiest second", f"{plan.PEAK} × the mean", "evenings, and a post that takes off"),
    ("load that a processor is planned for", f"{plan.LOAD:.0%}", "the rest is for what does not come evenly"),
    (
        "clicks of a post in its first year",
        f"{plan.CLICKS_A_POST:,}",
        "fewer make each click dearer: see the table by clicks above",
    ),
    ("single clicks are kept", f"{plan.KEPT_DAYS} days", "`SHORTLINKS_CLICK_RETENTION_DAYS`"),
    (
        "traffic of a click on the network",
        f"{plan.VISIT_BYTES:,} bytes",
        "TLS handshake of a new visitor, request, redirect",
    ),
    ("memory of a Redis to its data", f"{plan.ROOM:g} ×", "what is copied while its file is rewritten; fragmentation"),
    ("largest Redis one wants", f"{plan.LARGEST_GB} GB", "a start reads all of it"),
    ("clicks by an agent that the worker has not met", f"{plan.NEW_AGENTS:.0%}", "of many platforms and devices"),
    ("vCPUs of a host for web and roll-up", f"{plan.HOST_VCPUS}", "smaller ones do as well"),
    ("a vCPU with 2 GB of memory", f"${plan.VCPU_PRICE} a month", "between a rented server and a large cloud's list"),
    ("a GB of memory more", f"${plan.GB_PRICE} a month", "the same"),
    ("a GB of traffic", f"${plan.TRAFFIC_PRICE:.2f}", "the same"),
    ("a GB in object storage", f"${plan.OBJECT_PRICE:.2f} a month", "the same; for what is not built yet"),
)

UNITS = {
    "link bytes in Redis": "a link with its share of the lists",
    "link bytes on disk": "a line of the copy of all links",
    "redirect µs": "CPU of a redirect of a link that is held, in the process alone",
    "cold redirect µs": "a redirect of a link that is not held",
    "kept bytes": f"a kept click of a post with {plan.CLICKS_A_POST:,} in its first year",
    "new agent µs": "CPU of the roll-up for an agent that it has not met",
    "journal bytes": "a line of the journal",
    "append µs": "appending it",
    "ship µs": "CPU of the ship process",
    "roll-up µs": "the roll-up worker's time, clicks over many posts, agents met",
    "Redis µs": "CPU of Redis, from shipping to counting",
    "Redis received bytes": "what Redis is sent",
    "Redis sent bytes": "what Redis answers",
    "Redis log bytes": "what is appended to its file",
    "waiting bytes": "a click in Redis that waits for the roll-up",
    "post bytes": "a post with two links and three snapshots",
    "trim µs": "a post, when old clicks are trimmed",
    "year bytes": f"the counts of a post with {plan.CLICKS_A_POST:,} clicks in its first year",
    "packed year bytes": "the minutes of such a post, if they were compressed",
    "days a year": "days on which such a post was clicked",
    "sketch bytes": "the sketch of the visitors of such a day",
    "redirects a vCPU, gunicorn": "redirects a second, by `make bench`",
    "redirects a vCPU, granian": "the same",
}


def tables(unit: Mapping[str, float]) -> dict[str, Table]:
    """The tables of the plan: `units`, `assumed`, `limits`, `load`, `room`, `slim`."""
    needs = [plan.need(per_day, unit) for per_day in plan.PER_DAY]
    return {
        "units": Table(
            "What one costs",
            "Measured above, or by `make bench`.",
            ("unit", "measured", "of what"),
            [(name, _figure(value), UNITS[name]) for name, value in unit.items()],
        ),
        "assumed": Table("What is assumed", "Put your own into `bench/plan.py`.", ("what", "figure", "why"), ASSUMED),
        "limits": Table(
            "What gives out first, as it is built",
            "Each line by itself, as if there were plenty of everything else. Memory is that after a year.",
            ("what", "the sum", "clicks a day"),
            [(what, how, _figure(at)) for what, how, at in plan.limits(unit)],
        ),
        "load": Table(
            "Load in the busiest second",
            "Whole vCPUs, workers and hosts, rounded up; hosts for web (granian) and roll-up. A roll-up worker meets new agents "
            "as assumed. Redis CPUs are not rounded: each Redis has one to use.",
            (
                "clicks a day",
                "a second, mean",
                "busiest",
                "web vCPUs, gunicorn",
                "granian",
                "roll-up workers",
                "hosts",
                "Redis CPUs",
                "journal",
                "Redis's file",
                "to and from Redis",
                "to and from visitors",
            ),
            [
                (
                    f"{row.per_day:,}",
                    _figure(row.mean),
                    _figure(row.peak),
                    f"{row.gunicorn:,}",
                    f"{row.granian:,}",
                    f"{row.roll_ups:,}",
                    f"{row.hosts:,}",
                    f"{row.redis_cpu:.1%}" if row.redis_cpu < 1 else _figure(row.redis_cpu),
                    f"{_bytes(row.journal)}/s",
                    f"{_bytes(row.log)}/s",
                    f"{_bytes(row.inside)}/s",
                    f"{_bytes(row.visitors)}/s",
                )
                for row in needs
            ],
        ),
        "room": Table(
            "Room after a year, and what it costs",
            "Kept = clicks a day × days × kept bytes; counts and posts = clicks of a year / clicks of a post × bytes of one; "
            "sketches = posts a day × days a year × 3 × bytes of one. Memory is their sum with room to spare. Redis servers are "
            "as many as memory or CPU needs. The price is that of the vCPUs that web (granian), roll-up and Redis need together, "
            "at least one for each Redis, of all memory, and of the traffic.",
            (
                "clicks a day",
                f"clicks kept {plan.KEPT_DAYS} days",
                "counts",
                "posts, links",
                "sketches",
                "memory of Redis",
                "Redis servers",
                "traffic a month",
                "a month",
            ),
            [
                (
                    f"{row.per_day:,}",
                    _bytes(row.kept),
                    _bytes(row.counts),
                    _bytes(row.records),
                    _bytes(row.sketches),
                    _bytes(row.memory),
                    f"{row.servers:,}",
                    _bytes(row.traffic),
                    f"${_figure(row.cost)}",
                )
                for row in needs
            ],
        ),
        "slim": Table(
            "The same, if old minutes were packed and left Redis together with single clicks",
            f"Not built. Minutes stay in Redis for {plan.KEPT_DAYS} days: counts × {plan.KEPT_DAYS} / 365 of the table above. "
            f"Object storage holds the clicks kept {plan.KEPT_DAYS} days and a year of packed minutes.",
            ("clicks a day", "memory of Redis", "Redis servers", "object storage", "a month"),
            [
                (
                    f"{row.per_day:,}",
                    _bytes(row.slim),
                    f"{row.slim_servers:,}",
                    _bytes(row.objects),
                    f"${_figure(row.slim_cost)}",
                )
                for row in needs
            ],
        ),
    }


def _figure(value: float) -> str:
    """Three digits that count."""
    if value >= 100:
        digits = max(0, len(f"{value:.0f}") - 3)
        return f"{round(value, -digits):,.0f}"
    return f"{value:.3g}"


def _bytes(value: float) -> str:
    """Bytes in the unit that gives one to three digits before the point."""
    for name in ("bytes", "kB", "MB", "GB", "TB"):
        if value < 999.5:
            return f"{_figure(value)} {name}"
        value /= 1_000
    return f"{_figure(value)} PB"
