"""Webhooks with the real processes: a click is told at once, and a process that is killed loses nothing."""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import far_side
import pytest
import redis
from clicking import NOW, make_post, pour, record
from far_side import FarSide
from rq import Queue
from service import Service
from webhook_cast import PATH, Hooked, added_up, config_of, headers_of, hook, tap, verified

from shortlinks import keys, times
from shortlinks import store as stores
from shortlinks.links.links import Link
from shortlinks.rollups import rolling_up, rollups
from shortlinks.sales import conversions
from shortlinks.store import Store
from shortlinks.webhooks import deliveries, delivering, leases, waking, webhooks

OK = far_side.says("200 OK")


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Redis, and the process that counts. Nothing else asks for deliveries than what these do."""
    folder = tmp_path_factory.mktemp("workers")
    with Service(folder, SHORTLINKS_ALLOW_FETCH="127.0.0.1", BASE_URL="https://go.example") as running:
        running.start("rollup", "webhooks")
        yield running


@pytest.fixture
def side() -> Iterator[FarSide]:
    with far_side.running() as made:
        yield made


def count(store: Store, link: Link, many: int) -> None:
    """Clicks that come in, and that somebody is asked to count."""
    pour(store, [record(link.post_id, link.slug) for _ in range(many)])
    Queue(rolling_up.QUEUE, connection=store.redis).enqueue(rolling_up.JOB, keys.shard(link.post_id), result_ttl=0)


def test_a_click_is_told_when_it_is_counted_and_a_killed_process_loses_nothing(
    workers: Service, side: FarSide, tmp_path: Path
) -> None:
    """Killed with a delivery under way: what was queued is told by the next process, with the same id."""
    store = workers.store
    (_, (link,)), (_, (other,)) = (make_post(store, "bio_link", now=times.now() - times.HOUR) for _number in "ab")
    webhook = hook(store, config_of(tmp_path), side.url(PATH), now=times.now())
    count(store, link, 2)
    workers.until(lambda: side.bodies, "the click is told")
    held, going = threading.Event(), threading.Event()

    def holds(method: str, path: str, connection: object) -> None:
        held.set()
        going.wait(60)

    side.replies[PATH] = holds
    for number in range(3):
        sale = {"external_id": f"{webhook.id}-{number}", "kind": "sale", "slug": link.slug}
        conversions.report(store, sale, now=times.now())
    waking.wake(store, store)
    assert held.wait(60)
    workers.kill("webhooks")
    count(store, other, 3)
    side.replies[PATH] = OK
    going.set()
    workers.start("webhooks")
    workers.until(lambda: not [at for _each, at in deliveries.of_webhook(store, webhook.id) if at], "all is told")
    seen = [verified(webhook.secret, headers_of(head), body) for head, body in zip(side.seen, side.bodies, strict=True)]
    sales = Counter(each["data"]["external_id"] for each in seen if each["type"] == "conversion.created")
    assert sorted(sales.values()) == [1, 1, 2]
    assert len({each["id"] for each in seen if each["type"] == "conversion.created"}) == 3
    assert [added_up(seen)[each.post_id, "human"] for each in (link, other)] == [2, 3]


@dataclass
class Noting(Store):
    """A store that knows how much of what was written is on the disk for certain."""

    log: Path = Path()
    certain: int = 0
    settled: int = 0

    def settle(self) -> bool:
        size = self.log.stat().st_size
        done = super().settle()
        if done:
            self.certain, self.settled = size, self.settled + 1
        return done


def test_what_was_sent_under_an_id_is_never_another_message_after_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power goes while a message is answered, again and again, and with it all that was not on the disk for certain."""
    monkeypatch.setattr(leases, "DEAD_SECONDS", 0.3)
    with Service(tmp_path) as service, far_side.running() as side:
        service.redis.ensure()
        (log,) = (service.data_dir / "appendonlydir").glob("*.incr.aof")
        plain = stores.open_store(service.redis.url, timeout=10.0)
        store = Noting(plain.redis, plain.timeout, plain.scripts, log=log)
        config = config_of(tmp_path)
        mine = Hooked(store, config, side, hook(store, config, side.url(PATH)))
        made = [make_post(store, "bio_link")[1][0] for _number in range(6)]

        def goes_out(method: str, path: str, connection: object) -> None:
            if len(side.seen) in (1, 4, 6):
                service.kill("redis")
                os.truncate(log, store.certain)
            OK(method, path, connection)  # type: ignore[arg-type]

        side.replies[PATH] = goes_out
        for number, link in enumerate(made):
            tap(store, link, number + 1)
        assert store.settle()
        before = store.settled
        for _number in range(4):
            service.redis.ensure()
            service.until(lambda: _answers(store), "Redis answers")
            with suppress(BaseExceptionGroup, redis.RedisError):
                mine.run(after=times.MINUTE)
        assert not mine.waiting()
        said = Counter((each["id"], body) for each, body in zip(mine.got(), side.bodies, strict=True))
        assert len({name for name, _body in said}) == len(said) == len(made)
        assert said.total() >= len(made) + 3
        for link in made:
            assert added_up(mine.got())[link.post_id, "human"] == rollups.totals(store, [link.post_id])[0]["human"]
        assert store.settled - before <= 4, "many messages are written to the disk at once"


def _answers(store: Store) -> bool:
    with suppress(redis.RedisError):
        return bool(store.redis.ping())
    return False


def test_what_redis_lost_before_it_was_on_the_disk_is_written_there_anew_before_it_is_sent(
    store: Store, server: str, tmp_path: Path, side: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Hooked(store, config_of(tmp_path), side, hook(store, config_of(tmp_path), side.url(PATH)))
    link = make_post(store, "bio_link")[1][0]
    tap(store, link, 1)
    settle, sent = store.settle, list[int]()

    def loses() -> bool:
        """The first time the power goes just before: what the message says is gone, and more is counted meanwhile."""
        sent.append(len(side.seen))
        if len(sent) == 1:
            ((delivery, _at),) = mine.all()
            assert delivery.data is not None
            pipe = store.redis.pipeline(transaction=True)
            deliveries.put(pipe, mine.webhook.id, replace(delivery, data=None, told=None, totals=None))
            waiting = deliveries.Ledger(waiting=delivery.id)
            deliveries.keep(pipe, mine.webhook.id, link.post_id, waiting)
            pipe.execute()
            tap(store, link, 2)
        return settle()

    monkeypatch.setattr(store, "settle", loses)
    mine.run()
    assert sent == [0, 0]
    assert [each["data"]["human"] for each in mine.got()] == [3]


def test_nothing_is_sent_as_long_as_the_disk_has_no_time(
    store: Store, server: str, tmp_path: Path, side: FarSide
) -> None:
    made = hook(store, config_of(tmp_path), side.url(PATH), now=NOW)
    mine = Hooked(store, config_of(tmp_path), side, made)
    deliveries.ping(store, made.id, now=NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "settle", lambda: False)
        address = webhooks.address(mine.config)
        ran = delivering.run(store, mine.fetcher, address, clock=lambda: mine.now, seconds=0.1, linger=0)
    assert (ran, side.seen) == ((0, True), [])
    assert mine.run() == (1, False)


def test_nobody_is_asked_where_there_is_no_webhook(store: Store, server: str, tmp_path: Path) -> None:
    queue = Queue(delivering.QUEUE, connection=store.redis)
    waking.wake(store, store)
    assert queue.count == 0
    hook(store, config_of(tmp_path), "https://shop.example/hook", now=NOW)
    for _number in range(3):
        waking.wake(store, store)
    assert queue.count == 1
