"""What is read of a service to watch it: how far the hand-overs are behind, and a number for every metric."""

import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from clicking import NOW, make_post, make_shipper, pour, record, roll_up_all
from rq import Queue

from shortlinks import keys, times
from shortlinks import store as stores
from shortlinks.arrivals import beacon
from shortlinks.clicks.journal import HEADER_SIZE, Journal
from shortlinks.links import misses
from shortlinks.rollups import rolling_up
from shortlinks.running import job_times, watch
from shortlinks.running.metrics import METRICS, SUMMED
from shortlinks.running.sums import Sums
from shortlinks.store import Store


@pytest.fixture
def own(store: Store, tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal", store.id())
    yield made
    made.close()


def test_an_empty_service_holds_nothing_back(store: Store, tmp_path: Path) -> None:
    assert watch.unshipped(store, tmp_path / "journal", now=NOW) == (0, 0)


def test_the_oldest_unshipped_click_tells_how_late_shipping_is(store: Store, own: Journal) -> None:
    post, (link,) = make_post(store, "bio_link")
    lines = [record(post.id, link.slug, NOW - seconds * times.SECOND) for seconds in (40, 5)]
    for line in lines:
        own.append(line, post.id)
    waiting = watch.unshipped(store, own.folder, now=NOW)
    assert waiting == (own.size - HEADER_SIZE, 40)

    shipper = make_shipper(store, own.folder)
    while shipper.step():
        pass
    shipper._tailed[next(iter(shipper._tailed))].levelled_at = 0
    shipper.step()
    assert watch.unshipped(store, own.folder, now=NOW) == (0, 0)


def test_what_one_shard_lacks_is_not_shipped(store: Store, own: Journal) -> None:
    own.append(record("post", "slug", NOW - times.SECOND), "post")
    assert own.path is not None
    for shard in keys.SHARDS[1:]:
        store.redis.hset(keys.marks(shard), own.path.stem, own.size)
    assert watch.unshipped(store, own.folder, now=NOW) == (own.size - HEADER_SIZE, 1)


def test_garbled_lines_have_no_age_and_a_click_of_the_future_none_yet(store: Store, own: Journal) -> None:
    assert own.append(b"neither fields nor time", "post")
    assert watch.unshipped(store, own.folder, now=NOW) == (own.size - HEADER_SIZE, 0)
    assert own.append(record("post", "slug", NOW + times.DAY), "post")
    assert watch.unshipped(store, own.folder, now=NOW).oldest_seconds == 0


def test_a_journal_of_another_store_does_not_wait(store: Store, tmp_path: Path) -> None:
    other = Journal(tmp_path, "another store")
    other.append(record("post", "slug"), "post")
    assert watch.unshipped(store, tmp_path, now=NOW + times.HOUR) == (0, 0)
    other.close()


def test_there_is_a_number_for_every_metric(store: Store, own: Journal, tmp_path: Path) -> None:
    post, (link,) = make_post(store, "bio_link")
    pour(store, [record(post.id, link.slug) for _ in range(3)])
    roll_up_all(store)
    pour(store, [record(post.id, link.slug)])
    own.append(record(post.id, link.slug, NOW - 2 * times.SECOND), post.id)
    misses.record(store, "nobody", now=NOW)
    job_times.add(store, "roll_up", 0.25, failed=False)
    job_times.add(store, "roll_up", 0.5, failed=True)
    for outcome in ("taken", "taken", "token"):
        beacon.count(store, outcome, deque(), now=NOW)
    store.redis.hset(keys.arriving(keys.shard(post.id)), f"{post.id}|{times.day_of(NOW)}", 3)
    Queue(rolling_up.QUEUE, connection=store.redis).enqueue("nowhere.nothing")
    (own.folder / "aside").mkdir()
    (own.folder / "aside" / "a.garbled").touch()

    found = watch.readings(store, store, own.folder, Sums(tmp_path / "metrics"), now=NOW)
    assert {name for name, *_ in found} == {metric.name for metric in METRICS}
    expected = {
        ("shortlinks_redis_up",): 1,
        ("shortlinks_clicks_counted_total",): 3,
        ("shortlinks_stream_batches",): 1,
        ("shortlinks_misses_today",): 1,
        ("shortlinks_arrivals_total", "taken"): 2,
        ("shortlinks_arrivals_total", "token"): 1,
        ("shortlinks_arrivals_total", "late"): 0,
        ("shortlinks_arrival_days_waiting",): 1,
        ("shortlinks_journals",): 1,
        ("shortlinks_journals_aside",): 1,
        ("shortlinks_ship_lag_seconds",): 2,
        ("shortlinks_unshipped_bytes",): own.size - HEADER_SIZE,
        ("shortlinks_queue_jobs", "rollup"): 1,
        ("shortlinks_queue_jobs", "default"): 0,
        ("shortlinks_queue_failed_jobs", "rollup"): 0,
        ("shortlinks_job_seconds", "roll_up", "count"): 2,
        ("shortlinks_job_seconds", "roll_up", "sum"): 0.75,
        ("shortlinks_jobs_failed_total", "roll_up"): 1,
    }
    assert {key: found[key] for key in expected} == expected


def test_the_reasons_of_arrivals_are_explained() -> None:
    (told,) = (metric.meaning for metric in METRICS if metric.name == "shortlinks_arrivals_total")
    assert {f"`{name}`" for name in (beacon.TAKEN, *beacon.REASONS)} == set(re.findall("`[a-z_]+`", told))


def test_without_redis_what_this_host_knows_is_told(store: Store, own: Journal, tmp_path: Path) -> None:
    away = stores.open_store(f"unix://{tmp_path}/nobody.sock")
    own.append(record("post", "slug"), "post")
    found = watch.readings(away, away, own.folder, Sums(tmp_path / "metrics"), now=NOW)
    known = {"shortlinks_build_info", "shortlinks_redis_up", "shortlinks_journals", "shortlinks_journal_bytes"}
    assert {name for name, *_ in found} == known | {"shortlinks_journals_aside"} | {name for name, *_ in SUMMED}
    assert found["shortlinks_redis_up",] == 0
    assert found["shortlinks_journal_bytes",] == own.size


def test_queues_in_another_redis_may_be_away_alone(store: Store, tmp_path: Path) -> None:
    away = stores.open_store(f"unix://{tmp_path}/nobody.sock")
    found = watch.readings(store, away, tmp_path / "journal", Sums(tmp_path / "metrics"), now=NOW)
    assert found["shortlinks_redis_up",] == 1
    assert ("shortlinks_queue_jobs", "rollup") not in found
