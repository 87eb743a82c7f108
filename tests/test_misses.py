from concurrent.futures import ThreadPoolExecutor

import pytest

from shortlinks import keys, times
from shortlinks.links import misses


def test_misses_are_counted_per_day(fake, now):
    for slug in ("b", "a", "a", "c"):
        misses.record(fake, slug, now=now)
    misses.record(fake, "a", now=now + times.DAY)
    assert list(misses.of_day(fake, times.day_of(now)).items()) == [("a", 2), ("b", 1), ("c", 1)]
    assert misses.of_day(fake, times.day_of(now) + 1) == {"a": 1}
    assert misses.of_day(fake, 0) == {}


def test_a_thousand_slugs_are_told_apart_and_the_others_counted_together(fake, now):
    for number in range(misses.MOST_SLUGS + 3):
        misses.record(fake, f"s{number}", now=now)
    misses.record(fake, "s1", now=now)
    counts = misses.of_day(fake, times.day_of(now))
    assert len(counts) == misses.MOST_SLUGS + 1
    assert (counts[misses.OTHER], counts["s1"]) == (3, 2)
    assert sum(counts.values()) == misses.MOST_SLUGS + 4


@pytest.mark.parametrize("slug", ["", "x" * 8_000, "\ud800", "é\n", "wp-login.php"])
def test_any_slug_can_be_a_miss_and_long_ones_are_cut(fake, now, slug):
    misses.record(fake, slug, now=now)
    (name,) = misses.of_day(fake, times.day_of(now))
    assert len(name) <= 64


def test_misses_live_thirty_days(fake, now):
    misses.record(fake, "a", now=now)
    assert 29 * 86_400 < fake.redis.ttl(keys.misses(times.day_of(now))) <= 30 * 86_400


def test_threads_lose_no_miss(store, now):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: misses.record(store, f"s{number % 3}", now=now), range(60)))
    assert misses.of_day(store, times.day_of(now)) == {"s0": 20, "s1": 20, "s2": 20}


def test_misses_of_several_days_are_added_up(fake, now):
    for slug, days_ago in (("a", 0), ("b", 1), ("b", 6), ("c", 7)):
        misses.record(fake, slug, now=now - days_ago * times.DAY)
    assert misses.latest(fake, days=7, now=now) == [("b", 2), ("a", 1)]
    assert misses.latest(fake, days=7, now=now + 40 * times.DAY) == []
