"""Webhooks with the real processes: a click is told at once, and a process that is killed loses nothing."""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import far_side
import pytest
from clicking import NOW, make_post, pour, record
from far_side import FarSide
from rq import Queue
from service import Service
from webhook_cast import PATH, added_up, config_of, headers_of, hook, verified

from shortlinks import keys, times
from shortlinks.links.links import Link
from shortlinks.rollups import rolling_up
from shortlinks.sales import conversions
from shortlinks.store import Store
from shortlinks.webhooks import deliveries, delivering, waking

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
        going.wait(30)

    side.replies[PATH] = holds
    for number in range(3):
        sale = {"external_id": f"{webhook.id}-{number}", "kind": "sale", "slug": link.slug}
        conversions.report(store, sale, now=times.now())
    waking.wake(store, store)
    assert held.wait(30)
    workers.kill("webhooks")
    count(store, other, 3)
    side.replies[PATH] = OK
    going.set()
    store.redis.delete(keys.webhook_lease(webhook.id))  # as time does
    # Whatever RQ thinks of a worker that it has heard nothing of.
    waking.wake(store, store)
    workers.start("webhooks")
    workers.until(lambda: not [at for _each, at in deliveries.of_webhook(store, webhook.id) if at], "all is told")
    seen = [verified(webhook.secret, headers_of(head), body) for head, body in zip(side.seen, side.bodies, strict=True)]
    sales = Counter(each["data"]["external_id"] for each in seen if each["type"] == "conversion.created")
    assert sorted(sales.values()) == [1, 1, 2]
    assert len({each["id"] for each in seen if each["type"] == "conversion.created"}) == 3
    assert [added_up(seen)[each.post_id, "human"] for each in (link, other)] == [2, 3]


def test_nobody_is_asked_where_there_is_no_webhook(store: Store, server: str, tmp_path: Path) -> None:
    queue = Queue(delivering.QUEUE, connection=store.redis)
    waking.wake(store, store)
    assert queue.count == 0
    hook(store, config_of(tmp_path), "https://shop.example/hook", now=NOW)
    for _number in range(3):
        waking.wake(store, store)
    assert queue.count == 1
