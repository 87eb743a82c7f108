"""`/webhooks`: made, changed, tried and erased, and what became of what was sent."""

import re
from typing import Any

import pytest
from api_cast import Person, assert_problem, click, new_post
from rq import Queue

from shortlinks import times
from shortlinks.store import Store
from shortlinks.webhooks import attempts, deliveries, delivering, queueing, webhooks
from shortlinks.webhooks.retrying import Outcome

URL = "https://shop.example/hook"
NEW = {"url": URL, "events": ["link.broken", "post.clicks"]}


def made(ada: Person, **fields: Any) -> dict[str, Any]:
    answer = ada.post("/webhooks", NEW | fields)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def asked(store: Store) -> int:
    """How many times the worker is asked to deliver."""
    queue = Queue(delivering.QUEUE, connection=store.redis)
    many = queue.count
    queue.empty()
    return int(many)


def fail(store: Store, hook: str, status: int = 500) -> None:
    """An attempt at what waits first ends like this."""
    first = next(each for each, at in deliveries.of_webhook(store, hook) if at)
    attempts.record(store, hook, first.id, Outcome(status=status, error="status", duration=9), now=times.now())


def test_it_shows_the_secret_once(ada: Person, store: Store) -> None:
    hook = ada.post("/webhooks", NEW | {"description": "Sheet"})
    shown = hook.get_json()
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{32}", shown["secret"])
    assert hook.headers["Cache-Control"] == "no-store"
    assert hook.headers["Location"] == f"/api/v1/webhooks/{shown['id']}"
    secret = shown.pop("secret")
    assert shown == ada.get(hook.headers["Location"]).get_json()
    assert shown == ada.get("/webhooks").get_json()["items"][0]
    assert (shown["events"], shown["state"], shown["failures"]) == (["post.clicks", "link.broken"], "active", 0)
    for path in ("/webhooks", f"/webhooks/{shown['id']}", f"/webhooks/{shown['id']}/deliveries", "/events"):
        assert secret not in ada.get(path).text
    rotated = ada.post(f"/webhooks/{shown['id']}/rotate-secret")
    assert rotated.headers["Cache-Control"] == "no-store"
    assert webhooks.get(store, shown["id"]).secrets(times.now()) == [rotated.get_json()["secret"], secret]


def test_the_same_key_gives_the_same_secret(ada: Person) -> None:
    hook = made(ada)["id"]
    headers = {"Idempotency-Key": "k-1"}
    first, again = (ada.post(f"/webhooks/{hook}/rotate-secret", headers=headers).get_json() for _number in "ab")
    assert first == again


@pytest.mark.parametrize("scopes", [["read"], ["write"], ["convert"]])
def test_only_a_token_that_manages_may(ada: Person, scopes: list[str]) -> None:
    other = Person(ada.app, ada.post("/tokens", {"name": "x", "scopes": scopes}).get_json()["token"])
    for method, path in (("GET", "/webhooks"), ("GET", "/webhooks/x"), ("GET", "/webhooks/x/deliveries")):
        assert_problem(other.call(method, path), 403)
    for path in ("/webhooks", "/webhooks/x/test", "/webhooks/x/rotate-secret"):
        assert_problem(other.post(path, NEW), 403)


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"url": "http://10.0.0.1/"}, {"url"}),
        ({"url": "http://localhost/"}, {"url"}),
        ({"url": "http://shop.lan/"}, set()),
        ({"url": "https://go.example/"}, {"url"}),
        ({"url": "https://a:b@shop.example/"}, {"url"}),
        ({"events": []}, {"events"}),
        ({"events": ["post.shares"]}, {"events[0]"}),
        ({"description": "x" * 201}, {"description"}),
        ({"more": 1}, {"more"}),
    ],
)
def test_what_is_wrong_is_told_by_field(ada: Person, fields: dict[str, Any], names: set[str]) -> None:
    """A name may mean another address tomorrow: it is looked at when we deliver."""
    answer = ada.post("/webhooks", NEW | fields)
    if names:
        assert_problem(answer, 422, *names)
        assert_problem(ada.patch(f"/webhooks/{made(ada)['id']}", fields), 422, *names)
    else:
        assert answer.status_code == 201


def test_it_is_changed_and_switched_off_and_on(ada: Person, store: Store) -> None:
    hook = made(ada)["id"]
    changed = ada.patch(f"/webhooks/{hook}", {"events": ["conversion.created"], "description": "Mine"}).get_json()
    assert (changed["events"], changed["description"]) == (["conversion.created"], "Mine")
    assert ada.patch(f"/webhooks/{hook}", {"description": None}).get_json()["description"] is None
    off = ada.patch(f"/webhooks/{hook}", {"state": "disabled"}).get_json()
    assert (off["state"], off["disabled_reason"]) == ("disabled", "owner")
    assert off["disabled_at"]
    assert_problem(ada.post(f"/webhooks/{hook}/test"), 409, "state")
    on = ada.patch(f"/webhooks/{hook}", {"state": "active"}).get_json()
    assert (on["state"], on["disabled_reason"], on["disabled_at"]) == ("active", None, None)
    assert ada.delete(f"/webhooks/{hook}").status_code == 204
    for path in (f"/webhooks/{hook}", f"/webhooks/{hook}/deliveries"):
        assert_problem(ada.get(path), 404)
    assert_problem(ada.post("/webhooks/x/rotate-secret"), 404)


def test_what_waits_is_tried_at_once_when_it_is_switched_on_again(ada: Person, store: Store) -> None:
    hook = made(ada)["id"]
    ada.post(f"/webhooks/{hook}/test")
    fail(store, hook, 410)
    ada.patch(f"/webhooks/{hook}", {"state": "active"})
    ada.post(f"/webhooks/{hook}/test")
    for _number in range(4):
        fail(store, hook)
    assert deliveries.of_webhook(store, hook)[0][1] > times.now() + times.MINUTE  # type: ignore[operator]
    assert ada.get(f"/webhooks/{hook}").get_json()["failures"] == 4
    ada.patch(f"/webhooks/{hook}", {"url": "https://shop.example/new"})
    assert ada.get(f"/webhooks/{hook}").get_json()["failures"] == 0
    assert deliveries.of_webhook(store, hook)[0][1] <= times.now()  # type: ignore[operator]


def test_deliveries_tell_how_they_went(ada: Person, store: Store) -> None:
    hook, post = made(ada)["id"], new_post(ada)
    click(store, post["links"][0]["slug"], times.now())
    queueing.take(store, hook, now=times.now())
    ping = ada.post(f"/webhooks/{hook}/test")
    assert ping.status_code == 201
    assert ping.get_json() | {"created_at": "", "next_at": ""} == {
        **{"id": ping.get_json()["id"], "event": "ping", "post_id": None, "state": "waiting", "attempts": 0},
        **{"status": None, "error": None, "duration_ms": None, "tried_at": None, "data": {}},
        **{"created_at": "", "next_at": ""},
    }
    waiting = {row["event"]: row["data"] for row in ada.get(f"/webhooks/{hook}/deliveries").get_json()["items"]}
    assert waiting == {"ping": {}, "post.clicks": None}
    shape = ada.get("/openapi.json").get_json()["components"]["schemas"]["Delivery"]["properties"]
    assert shape["data"]["description"] == "What it tells; of clicks null until it is sent the first time"
    fail(store, hook, 503)
    rows = ada.get(f"/webhooks/{hook}/deliveries").get_json()["items"]
    assert {each["event"] for each in rows} == {"ping", "post.clicks"}
    (tried,) = [each for each in rows if each["attempts"]]
    assert (tried["status"], tried["error"], tried["duration_ms"], tried["state"]) == (503, "status", 9, "waiting")
    assert tried["next_at"] > tried["tried_at"]
    pages = []
    cursor = ""
    while cursor is not None:
        page = ada.get(f"/webhooks/{hook}/deliveries?limit=1{cursor and f'&cursor={cursor}'}").get_json()
        pages += page["items"]
        cursor = page["next_cursor"]
    assert [each["id"] for each in pages] == [each["id"] for each in rows]
    again = ada.post(f"/webhooks/{hook}/deliveries/{tried['id']}/replay").get_json()
    assert (again["attempts"], again["id"]) == (0, tried["id"])
    assert_problem(ada.post(f"/webhooks/{hook}/deliveries/x/replay"), 404)


def test_the_worker_is_asked_at_once_and_only_where_there_is_a_webhook(ada: Person, store: Store) -> None:
    slug = new_post(ada)["links"][0]["slug"]
    sale = {"kind": "sale", "slug": slug}
    ada.post("/conversions", sale | {"external_id": "1"})
    assert asked(store) == 0
    hook = made(ada)["id"]
    ada.post("/conversions", sale | {"external_id": "2"})
    assert asked(store) == 1
    ada.post("/conversions", sale | {"external_id": "2"})
    assert asked(store) == 0
    ada.post(f"/webhooks/{hook}/test")
    assert asked(store) == 1


def test_there_are_figures_of_it(ada: Person, store: Store) -> None:
    hook, off = made(ada)["id"], made(ada)["id"]
    ada.patch(f"/webhooks/{off}", {"state": "disabled"})
    for _number in range(2):
        ada.post(f"/webhooks/{hook}/test")
    fail(store, hook)
    text = ada.app.test_client().get("/metrics", headers={"Authorization": f"Bearer {ada.token}"}).text
    for line in (
        'shortlinks_webhooks{state="active"} 1.0',
        'shortlinks_webhooks{state="off"} 1.0',
        'shortlinks_webhooks{state="disabled"} 0.0',
        "shortlinks_webhook_deliveries_waiting 2.0",
        'shortlinks_webhook_attempts_total{outcome="failed"} 1.0',
        'shortlinks_webhook_attempts_total{outcome="delivered"} 0.0',
    ):
        assert line in text


def test_a_secret_at_rest_is_read_by_nobody_who_reads_an_answer_again(ada: Person, store: Store) -> None:
    answer = ada.post("/webhooks", NEW, headers={"Idempotency-Key": "k-2"}).get_json()
    (name,) = store.redis.scan_iter("sl:{n}:idempotent:*")
    assert answer["secret"].encode() not in b"".join(store.redis.hvals(name))
