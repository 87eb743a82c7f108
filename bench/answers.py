"""How long answers take: of one post among many, and over all posts."""

import time

from bench import traffic
from bench.counting import count_all, empty_store, side_by_side
from bench.table import Row
from shortlinks import times
from shortlinks.clicks import classify
from shortlinks.funnels import reports
from shortlinks.insights import insight_reports
from shortlinks.posts import posts
from shortlinks.snapshots import snapshots

FUNNEL_TARGET = 0.030
INSIGHTS_TARGET = 2.0
_OTHERS = 60


def funnel(*, quick: bool) -> list[Row]:
    """A post with 200 clicks a day for a year, and 60 with 50 clicks each, all with noted views."""
    days = 60 if quick else 365
    now = times.now()
    people = [agent for agent in traffic.agents(200) if classify.classify("GET", "", agent, "").reason == "human"]
    start, end = traffic.last_days(now, days)
    with empty_store() as store:
        made = traffic.new_posts(store, 1 + _OTHERS, start)
        for number, (post_id, _) in enumerate(made):
            for age in (1, 7, days - 1):
                at = start + age * times.DAY + 10 * times.HOUR
                typed = {"views": 1_000 * age * (number + 1), "taken_at": times.rfc3339(at)}
                snapshots.add(store, posts.get(store, post_id), typed, now=now)
        count_all(store, traffic.recorded(made[:1], 200 * days, people, start=start, end=end))
        count_all(store, traffic.recorded(made[1:], 50 * _OTHERS, people, start=start, end=start + 7 * times.DAY))
        began = time.perf_counter()
        found = reports.funnel(store, made[0][0], now=now)
        cold = time.perf_counter() - began
        assert found.expected.range
        (warm,) = side_by_side(lambda: reports.funnel(store, made[0][0], now=now))
    name = f"funnel of a post with {200 * days:,} clicks in {days} days, {_OTHERS} others"
    return [
        Row(name, f"{warm * 1e3:.1f} ms", f"≤ {FUNNEL_TARGET * 1e3:.0f} ms", warm <= FUNNEL_TARGET),
        Row("  the first time", f"{cold * 1e3:.1f} ms"),
    ]


def insights(*, quick: bool) -> list[Row]:
    """All answers over 500 posts with three readings each, in this process as in the worker's."""
    number = 100 if quick else 500
    now = times.now()
    people = [agent for agent in traffic.agents(200) if classify.classify("GET", "", agent, "").reason == "human"]
    start, end = traffic.last_days(now, 56)
    with empty_store() as store:
        made = traffic.new_posts(store, number, start)
        for place, (post_id, _) in enumerate(made):
            for age in (1, 7, 14):
                at = start + age * times.DAY + 10 * times.HOUR
                typed = {"views": 300 * age + place, "likes": 20 * age, "taken_at": times.rfc3339(at)}
                snapshots.add(store, posts.get(store, post_id), typed, now=now)
        count_all(store, traffic.recorded(made, 4 * number, people, start=start, end=end))
        began = time.perf_counter()
        insight_reports.refresh(store, now=now)
        first = time.perf_counter() - began
    return [
        Row(f"answers over {number} posts", f"{first:.2f} s", f"≤ {INSIGHTS_TARGET:.0f} s", first <= INSIGHTS_TARGET)
    ]
