"""`/hooks/<system>/<token>`: what shop systems are answered, and what nobody is told."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from clicking import make_config, make_link
from hook_cast import FORM, SECRETS, Sent, gumroad, kofi, ordered, paid
from rq import Queue
from werkzeug.test import TestResponse

from shortlinks import keys, times, urls, web
from shortlinks import store as stores
from shortlinks.links import links
from shortlinks.records import nouns
from shortlinks.running import logs
from shortlinks.sales import conversions
from shortlinks.shop_hooks import endpoints, orders
from shortlinks.store import Store
from shortlinks.webhooks import delivering, webhooks


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Iterator[APIFlask]:
    made = web.create_app(make_config(tmp_path), store=store)
    for system in endpoints.SYSTEMS:
        endpoints.renew(store, system)
        endpoints.set_secret(store, system, SECRETS[system])
    yield made
    made.extensions["shortlinks"].follower.stop()


def address(store: Store, system: str) -> str:
    return f"/hooks/{system}/{endpoints.get(store, system).token}"


def post(app: APIFlask, store: Store, system: str, sent: Sent, path: str | None = None) -> TestResponse:
    body, headers = sent
    return app.test_client().post(path or address(store, system), data=body, headers=headers)


def of_each(now: int) -> dict[str, Sent]:
    return {"stripe": paid("pi_1", at=now), "shopify": ordered(1), "kofi": kofi("t1"), "gumroad": gumroad("g1")}


def problem(answer: TestResponse, status: int) -> str:
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    told: dict[str, Any] = answer.get_json()
    assert told["status"] == status
    assert told["title"]
    return str(told["detail"])


def test_each_shop_is_answered_200_for_what_is_new_what_comes_again_and_what_is_not_used(
    app: APIFlask, store: Store
) -> None:
    for system, sent in of_each(times.now()).items():
        for outcome in ("no_link", "again"):
            answer = post(app, store, system, sent)
            assert (answer.status_code, answer.get_json()) == (200, {"outcomes": [outcome]})
            assert answer.headers["Cache-Control"] == "no-store"
            assert "Set-Cookie" not in answer.headers
    answer = post(app, store, "shopify", ordered(1, financial_status="pending"))
    assert (answer.status_code, answer.get_json()) == (200, {"outcomes": ["unused"]})


def test_an_order_counts_for_its_link(app: APIFlask, store: Store) -> None:
    link = make_link(store, now=times.now() - times.HOUR, coupon="MUG10")
    assert post(app, store, "shopify", ordered(1, discount_codes=[{"code": "MUG10"}])).status_code == 200
    assert [each.external_id for each in conversions.of_post(store, link.post_id)] == ["shopify:1"]


def test_webhooks_are_told_of_an_order_at_once(app: APIFlask, store: Store) -> None:
    where = {"url": "https://shop.example/", "events": ["conversion.created"]}
    webhooks.create(store, where, address=urls.permalink, now=times.now())
    assert post(app, store, "shopify", ordered(1)).status_code == 200
    assert Queue(delivering.QUEUE, connection=store.redis).count == 1


REFUSED = {
    "signature": ("shopify", 401),
    "token": ("kofi", 401),
    "seller": ("gumroad", 401),
    "replay": ("stripe", 400),
    "body": ("kofi", 400),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_not_the_shops_is_refused_and_counted(app: APIFlask, store: Store, reason: str) -> None:
    system, status = REFUSED[reason]
    assert {*REFUSED} == {*orders.REFUSED}
    sent: dict[str, Sent] = {
        "signature": (b"{}", {"X-Shopify-Topic": "orders/paid"}),
        "token": kofi("t1", verification_token="x"),
        "seller": gumroad("g1", seller_id="x"),
        "replay": paid("pi_1", at=times.now() - 301 * times.SECOND),
        "body": (b"data={", {"Content-Type": FORM}),
    }
    answer = post(app, store, system, sent[reason])
    assert problem(answer, status)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert orders.counts(store, system, days=1, now=times.now()) == {reason: 1}
    assert orders.uncredited(store, system, limit=5) == []


def test_a_system_that_is_not_set_up_is_not_there(app: APIFlask, store: Store) -> None:
    now = times.now()
    old = {system: address(store, system) for system in endpoints.SYSTEMS}
    for system, sent in of_each(now).items():
        for path in (f"/hooks/{system}/x", f"/hooks/{system}/None", f"/hooks/{system}/%00", f"/hooks/{system}/é"):
            problem(post(app, store, system, sent, path), 404)
        endpoints.renew(store, system)
        problem(post(app, store, system, sent, old[system]), 404)
        assert post(app, store, system, sent).status_code == 200
        at = address(store, system)
        endpoints.stop(store, system)
        problem(post(app, store, system, sent, at), 404)
        endpoints.renew(store, system)  # its secret is forgotten
        problem(post(app, store, system, sent), 404)
    endpoints.stop(store, "stripe")
    assert not endpoints.get(store, "stripe").is_at("")
    problem(post(app, store, "etsy", ordered(1), "/hooks/etsy/x"), 404)
    problem(post(app, store, "shopify", ordered(1), f"/hooks/hook_secret_/{SECRETS['shopify']}"), 404)
    assert links.free(store, ["hooks"]) == []


def test_no_answer_to_a_shop_is_a_page(app: APIFlask, store: Store) -> None:
    at, client = address(store, "stripe"), app.test_client()
    for method in ("GET", "PUT", "DELETE"):
        problem(client.open(at, method=method), 405)
    for path in (f"{at}/", f"{at}/x", "/hooks/stripe/", "/hooks/stripe"):
        problem(client.post(path), 404)
    for path in ("/hooks", "/hooks/"):
        problem(client.post(path), 405)


def test_a_test_ping_of_gumroad_tells_the_sellers_id_while_none_is_known(app: APIFlask, store: Store) -> None:
    endpoints.stop(store, "gumroad")
    endpoints.renew(store, "gumroad")
    problem(post(app, store, "gumroad", gumroad("g1")), 404)
    assert post(app, store, "gumroad", gumroad("g1", test="true")).get_json() == {"outcomes": ["test"]}
    assert endpoints.get(store, "gumroad").found == SECRETS["gumroad"]
    problem(post(app, store, "gumroad", gumroad("g1")), 404)  # until the owner has saved it
    endpoints.set_secret(store, "gumroad", SECRETS["gumroad"])
    assert endpoints.get(store, "gumroad").found is None
    assert post(app, store, "gumroad", gumroad("g1")).status_code == 200


def test_a_body_beyond_a_mebibyte_is_too_large(app: APIFlask, store: Store) -> None:
    for system in endpoints.SYSTEMS:
        problem(post(app, store, system, (b"x" * ((1 << 20) + 1), {})), 413)


def test_while_redis_is_away_or_takes_nothing_the_shop_is_asked_to_come_again(
    app: APIFlask, store: Store, tmp_path: Path
) -> None:
    path, there = address(store, "shopify"), store.redis
    store.redis = stores.open_store(f"unix://{tmp_path}/nobody.sock").redis
    answer = post(app, store, "shopify", ordered(1), path)
    problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    store.redis = there
    store.redis.hset(keys.SETTINGS, nouns.IMPORTING, '"x"')
    problem(post(app, store, "shopify", ordered(1)), 503)
    store.redis.hdel(keys.SETTINGS, nouns.IMPORTING)
    assert post(app, store, "shopify", ordered(1)).get_json() == {"outcomes": ["no_link"]}


def test_too_many_from_one_address_are_asked_to_come_later(app: APIFlask, store: Store) -> None:
    app.config["HOOK_RATE"] = "2 per minute"
    answers = [post(app, store, "shopify", ordered(number)) for number in range(1, 5)]
    assert [answer.status_code for answer in answers] == [200, 200, 503, 503], "Gumroad sends nothing again after a 429"
    problem(answers[3], 503)
    assert int(answers[3].headers["Retry-After"]) > 0


def test_what_breaks_here_is_logged_without_address_secret_or_order(
    app: APIFlask, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(logs.formatter("json"))
    monkeypatch.setattr(app.logger, "handlers", [handler])
    store.redis.set(keys.conversion("kofi:t1"), "garbage")
    assert post(app, store, "kofi", kofi("t1")).status_code == 500
    assert "JSONDecodeError" in said.getvalue()
    for secret in (SECRETS["kofi"], endpoints.get(store, "kofi").token, "jo@example.com"):
        assert secret
        assert secret not in said.getvalue()


@pytest.mark.parametrize("form", logs.FORMS)
def test_a_log_line_leaves_out_what_makes_the_address_a_secret(form: str) -> None:
    line = '10.0.0.1 "POST /hooks/gumroad/AbC_-9xyz HTTP/1.1" 200'
    record = logging.LogRecord("proxy", logging.INFO, "", 0, line, (), None)
    written = logs.formatter(form).format(record)
    assert "/hooks/… HTTP/1.1" in written
    assert "AbC_-9xyz" not in written
