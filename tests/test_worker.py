"""Background jobs: found by name, harmless when run twice, run by a real worker."""

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import far_side
import pytest
from clicking import NOW, counted, make_link, make_post, make_post_in, pour, record
from redis import Redis
from rq import Queue
from rq.cron import CronScheduler
from rq.timeouts import JobTimeoutException
from webhook_cast import config_of, hook

from shortlinks import keys, times
from shortlinks.clicks import neighbours, own_taps, selves
from shortlinks.links import target_visits
from shortlinks.links.target_health import Health
from shortlinks.posts import posts
from shortlinks.records import events
from shortlinks.rollups import retention, rolling_up, rollups
from shortlinks.running import job_times, priority, wake
from shortlinks.store import Store
from shortlinks.webhooks import delivering
from worker import jobs, schedule, workers

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, server: str, store: Store, tmp_path: Path) -> None:
    for name, value in {"REDIS_URL": server, "SECRET_KEY": "k" * 32, "SHORTLINKS_DATA_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    for cached in (jobs._config, jobs._store):
        cached.cache_clear()


@pytest.mark.parametrize(
    ("asked", "job"),
    [
        *((rolling_up.JOB, jobs.roll_up), (wake.RECOUNT_JOB, jobs.recount), (wake.INSIGHTS_JOB, jobs.insights)),
        (wake.IMPORT_JOB, jobs.import_links),
    ],
    ids=["roll_up", "recount", "insights", "import_links"],
)
def test_the_job_that_is_asked_for_by_name_exists(asked: str, job: Callable[..., int]) -> None:
    module, _, name = asked.rpartition(".")
    assert getattr(import_module(module), name) is job


def test_rolling_up_answers_how_many_clicks_there_were_and_is_harmless_twice(store: Store) -> None:
    post, (link,) = make_post(store, "bio_link")
    pour(store, [record(post.id, link.slug) for _ in range(3)])
    assert jobs.roll_up(keys.shard(post.id)) == 3
    assert jobs.roll_up(keys.shard(post.id)) == 0
    assert rollups.hits(rollups.totals(store, [post.id])[0]) == 3


def test_what_a_ship_process_left_behind_is_caught_up_with(store: Store) -> None:
    post, (link,) = make_post(store, "bio_link")
    pour(store, [record(post.id, link.slug)])
    assert jobs.catch_up() == 1
    assert jobs.catch_up() == 0
    assert rollups.hits(rollups.totals(store, [post.id])[0]) == 1


@pytest.mark.parametrize("roll_up", [lambda: jobs.roll_up(*keys.SHARDS), jobs.catch_up], ids=["roll_up", "catch_up"])
def test_a_shard_that_cannot_be_rolled_up_keeps_no_other_from_its_turn(
    store: Store, roll_up: Callable[[], int]
) -> None:
    post, link = make_post_in(store, "05")
    pour(store, [record(post.id, link.slug)])
    store.redis.set(keys.progress("00"), "not a hash")
    store.redis.set(keys.progress("03"), "not a hash")
    with pytest.raises(ExceptionGroup, match="2 of 16 shards") as caught:
        roll_up()
    assert [error.__notes__ for error in caught.value.exceptions] == [
        [f"in the roll-up of shard {n}"] for n in ("00", "03")
    ]
    assert rollups.hits(rollups.totals(store, [post.id])[0]) == 1


def test_the_time_limit_of_a_job_is_that_of_all_its_shards(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def too_slow(_: Store, shard: str, __: neighbours.Limits) -> int:
        tried.append(shard)
        raise JobTimeoutException

    monkeypatch.setattr(rolling_up, "roll_up", too_slow)
    with pytest.raises(JobTimeoutException):
        jobs.catch_up()
    assert tried == ["00"]


def test_whose_clicks_were_the_creators_is_known_as_long_as_one_of_the_day_is_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHORTLINKS_CLICK_RETENTION_DAYS", "7")
    moments = [times.now() - days * times.DAY for days in (0, 7, 9, 10, 11)]
    own_taps.add(store, *(selves.whole_day(selves.VISITOR, "me", at) for at in moments))
    jobs.trim_clicks()
    mine = own_taps.read(store)
    assert [mine.said("me", at) for at in moments] == [True, True, True, False, False]


def test_a_visitor_who_was_said_to_be_the_creator_is_counted_again(store: Store) -> None:
    post, (link,) = make_post(store, "bio_link")
    pour(store, [record(post.id, link.slug, visitor=who) for who in ("me", "you")])
    jobs.catch_up()
    mark = selves.whole_day(selves.VISITOR, "me", NOW)

    def ledger_after_recount() -> dict[str, int]:
        assert jobs.recount() == 1
        assert jobs.recount() == 0
        return {name: n for name, n in rollups.ledger(rollups.totals(store, [post.id])[0]).items() if n}

    own_taps.add(store, mark)
    assert ledger_after_recount() == {"hits": 2, "human": 1, "self": 1}
    own_taps.remove(store, mark)
    assert ledger_after_recount() == {"hits": 2, "human": 2}


@pytest.mark.parametrize("days", [1, 7, 90])
def test_trimming_forgets_clicks_after_the_retention_time_and_no_count(
    store: Store, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    if days != 90:  # what it is without the setting
        monkeypatch.setenv("SHORTLINKS_CLICK_RETENTION_DAYS", str(days))
    post, (link,) = make_post(store, "bio_link")
    now, shard = times.now(), keys.shard(post.id)
    moments = range(now - 2 * days * times.DAY, now, days * times.DAY // 100)
    for start in range(0, 200, 60):  # in chunks, and some behind them
        pour(store, [record(post.id, link.slug, at, visitor=str(at)) for at in moments[start : start + 60]])
        jobs.roll_up(shard)
    assert store.redis.llen(keys.tail(post.id))
    pour(store, [record(post.id, link.slug, moments[0], visitor="late")])
    before = counted(store, post.id)
    assert [kept.at for kept in before["kept"]] == list(moments)

    assert jobs.trim_clicks() == 1
    after = counted(store, post.id)
    assert after | {"kept": []} == before | {"kept": []}
    left = [kept.at for kept in after["kept"]]
    assert left == list(moments[-len(left) :])
    due = now - days * times.DAY
    assert due - times.DAY - times.MINUTE < left[0] <= min(at for at in moments if at > due + times.MINUTE)
    assert jobs.trim_clicks() == 1
    assert counted(store, post.id) == after

    # The one that waited is counted.
    assert jobs.roll_up(shard) == 1
    assert rollups.hits(rollups.totals(store, [post.id])[0]) == len(moments) + 1


def test_events_are_forgotten_after_a_day(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    make_post(store, "bio_link")
    now = times.now()
    assert jobs.forget_events() == 0
    assert len(events.since(store, None, limit=9).events) == 2
    monkeypatch.setattr(times, "now", lambda: now + times.DAY + times.MINUTE)
    assert jobs.forget_events() == 1
    assert events.since(store, None, limit=9).events == []


def test_a_purge_that_was_cut_short_is_finished(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    post, (link,) = make_post(store, "bio_link")
    pour(store, [record(post.id, link.slug)])
    jobs.roll_up(keys.shard(post.id))
    with monkeypatch.context() as patch:
        patch.setattr(rollups, "erase", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            posts.purge(store, post.id)
    assert store.redis.exists(keys.total(post.id))
    assert jobs.finish_purges() == 1
    assert list(store.redis.scan_iter(f"*{post.id}*")) == []
    assert jobs.finish_purges() == 0


@pytest.mark.parametrize(("asked", "visits"), [("yes", 1), ("no", 0)])
def test_targets_are_visited_unless_the_settings_say_no(
    store: Store, monkeypatch: pytest.MonkeyPatch, asked: str, visits: int
) -> None:
    monkeypatch.setenv("SHORTLINKS_CHECK_TARGETS", asked)
    monkeypatch.setenv("SHORTLINKS_ALLOW_FETCH", "127.0.0.1")
    target_visits.stage(store.redis, Health(target="https://shop.example/erased", checked_at=NOW))
    with far_side.running() as shop:
        make_link(store, target=shop.url("/mug"))
        assert jobs.visit_targets() == visits
        assert shop.asked() == ["HEAD /mug"] * visits
    assert store.redis.hlen(keys.HEALTH) == visits
    assert jobs.visit_targets() == 0


def test_rewriting_the_log_twice_at_once_is_harmless() -> None:
    assert {jobs.rewrite_log(), jobs.rewrite_log()} <= {0, 1}


def test_times_and_failures_of_jobs_are_added_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.sweep_marks()
    jobs.sweep_marks()
    monkeypatch.setattr(retention, "trim", lambda *_, **__: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        jobs.trim_clicks()
    found = job_times.read(store)
    assert {job: (taken.runs, taken.failed) for job, taken in found.items()} == {
        "sweep_marks": (2, 0),
        "trim_clicks": (1, 1),
    }
    assert all(0 < taken.seconds < 60 for taken in found.values())


def test_a_job_is_done_also_when_its_time_cannot_be_noted(store: Store) -> None:
    store.redis.set(keys.JOBS, "not a hash")
    assert jobs.sweep_marks() == 0


def test_a_job_that_took_long_says_so(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    jobs.roll_up("00")
    assert "took long" not in caplog.text
    monkeypatch.setattr(jobs, "SLOW_SECONDS", 0)
    jobs.roll_up("00", "01")
    (record,) = [record for record in caplog.records if record.message == "a job took long"]
    assert vars(record)["job"] == "roll_up"
    assert vars(record)["shards"] == ["00", "01"]
    assert vars(record)["done"] == 0


def test_the_clock_knows_every_periodic_job(store: Store) -> None:
    clock = CronScheduler(connection=store.redis)
    clock.load_config_from_file("worker.schedule")
    asked = [job.enqueue(store.redis) for job in clock.get_jobs()]
    assert {(job.func_name, job.origin) for job in asked} == {
        ("worker.jobs.catch_up", "rollup"),
        ("worker.jobs.finish_purges", "default"),
        ("worker.jobs.count_arrivals", "default"),
        ("worker.jobs.forget_events", "default"),
        ("worker.jobs.trim_clicks", "default"),
        ("worker.jobs.sweep_marks", "default"),
        ("worker.jobs.rewrite_log", "default"),
        ("worker.jobs.recount", "default"),
        ("worker.jobs.import_links", "default"),
        ("worker.jobs.insights", "default"),
        ("worker.jobs.visit_targets", "default"),
        ("worker.jobs.remind", "default"),
    }
    for job in asked:
        assert isinstance(job.func(), int)
        assert (job.result_ttl, job.failure_ttl) == (0, 3_600)
    assert {job.timeout for job in asked if job.func_name == "worker.jobs.trim_clicks"} == {6 * 3_600}


def test_the_clock_has_deliveries_asked_for_where_there_is_a_webhook(store: Store, tmp_path: Path) -> None:
    queue = Queue(delivering.QUEUE, connection=store.redis)
    jobs.catch_up()
    assert queue.count == 0
    hook(store, config_of(tmp_path), "https://shop.example/hook")
    jobs.catch_up()
    jobs.catch_up()
    assert queue.count == 1


def test_intervals_are_in_the_schedule_only() -> None:
    for path in (ROOT / "worker").glob("*.py"):
        words = {node.arg for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.keyword)}
        assert path.stem == schedule.__name__.rpartition(".")[2] or not words & {"cron", "interval"}


def test_a_real_worker_rolls_up_what_was_asked_for(store: Store, server: str, tmp_path: Path) -> None:
    made = [make_post(store, "bio_link") for _ in range(3)]
    for post, (link,) in made:
        pour(store, [record(post.id, link.slug, NOW + number) for number in range(10)])
    queue = Queue(rolling_up.QUEUE, connection=store.redis)
    for post, _ in made:
        # Twice, as two shippers would.
        queue.enqueue(rolling_up.JOB, keys.shard(post.id), result_ttl=0)
        queue.enqueue(rolling_up.JOB, keys.shard(post.id), result_ttl=0)
    command = [
        str(Path(sys.executable).parent / "rq"),
        "worker",
        "--burst",
        "--quiet",
        "--config",
        "shortlinks.running.rq_conf",
    ]
    subprocess.run(
        [*command, "--worker-class", "worker.workers.RollupWorker", rolling_up.QUEUE],
        cwd=ROOT,
        env=os.environ | {"SHORTLINKS_DATA_DIR": str(tmp_path)},
        check=True,
        timeout=120,
    )
    assert [rollups.hits(total) for total in rollups.totals(store, [post.id for post, _ in made])] == [10, 10, 10]
    assert queue.count == 0


def test_workers_look_for_redis_often_after_an_outage() -> None:
    assert workers.RollupWorker.max_connection_wait_time <= 2
    assert workers.JobWorker.max_connection_wait_time <= 5


@pytest.mark.parametrize(("kind", "own_process"), [("RollupWorker", True), ("JobWorker", False)])
def test_a_worker_goes_behind_the_redirects_and_loads_what_its_jobs_need_once(
    kind: str, own_process: bool, server: str
) -> None:
    """The one that counts keeps the verdicts on agents it has met, so it runs its jobs itself; the other in forks."""
    lines = (
        "import os, sys; from redis import Redis; from rq import Queue; from worker import workers\n"
        "queue = Queue('of-a-test', connection=Redis.from_url(sys.argv[1]))\n"
        "job = queue.enqueue('os.getpid')\n"
        f"workers.{kind}([queue], connection=queue.connection).work(burst=True)\n"
        "own = job.return_value() == os.getpid()\n"
        "print(os.nice(0), own, 'user_agents' in sys.modules, 'worker.jobs' in sys.modules)"
    )
    command = [sys.executable, "-c", lines, server]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    niceness = str(max(os.nice(0), priority.YIELDING))
    assert said.stdout.split()[-4:] == [niceness, str(own_process), str(own_process), "True"]


@pytest.mark.parametrize("kind", [workers.RollupWorker, workers.JobWorker])
def test_a_worker_whose_connection_was_forgotten_notices_within_seconds(
    kind: type[workers.RollupWorker | workers.JobWorker], server: str
) -> None:
    """Not after RQ's seven minutes: nothing would be counted so long. The real thing is in `make chaos`."""
    connection = Redis.from_url(server)
    worker = kind([Queue(connection=connection)], connection=connection)
    assert worker.dequeue_timeout < connection.connection_pool.connection_kwargs["socket_timeout"] <= 10
    connection.close()
