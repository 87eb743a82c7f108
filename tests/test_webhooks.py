"""Webhooks: what is delivered, in which words, signed how; and where they may lead."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import far_side
import pytest
from clicking import CRAWLER, NOW, OWN_HOSTS, make_config, make_post, pour, record, roll_up_all
from test_docs import API, section
from webhook_cast import PATH, Hooked, config_of, headers_of, hook, hooked, tap, verified

from shortlinks import keys, times
from shortlinks.backups import export
from shortlinks.errors import Conflict, Invalid, NotFound
from shortlinks.links import target_visits
from shortlinks.links.target_health import Visit, after
from shortlinks.posts import posts
from shortlinks.records import events
from shortlinks.sales import conversion_records, conversions
from shortlinks.store import Store
from shortlinks.webhooks import deliveries, signing, webhooks

SALE = {"external_id": "order-1", "kind": "sale", "amount_minor": 1_999, "currency": "EUR"}


@pytest.fixture
def mine(store: Store, tmp_path: Path) -> Iterator[Hooked]:
    with hooked(store, tmp_path) as made:
        yield made


def test_a_signature_is_that_of_the_standard() -> None:
    """The example of https://github.com/standard-webhooks/standard-webhooks, whose libraries verify it."""
    secret, id_ = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    found = signing.headers([secret], id_, 1_614_265_330_000, b'{"test": 2432232314}')
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert found["webhook-timestamp"] == "1614265330"


def test_clicks_come_as_differences_with_the_totals(mine: Hooked, store: Store) -> None:
    post, (link,) = make_post(store, "bio_link")
    pour(store, [record(post.id, link.slug), record(post.id, link.slug, agent=CRAWLER)])
    roll_up_all(store)
    assert mine.run() == (1, False)
    (message,) = mine.got()
    assert message == {
        "id": mine.only().id,
        "type": "post.clicks",
        "created_at": times.rfc3339(NOW),
        "data": {
            **{"post_id": post.id, "title": post.title, "human": 1, "hits": 2},
            "total": {"human": 1, "hits": 2},
        },
    }
    head = headers_of(mine.side.seen[0])
    assert head["webhook-id"] == message["id"]
    assert head["webhook-timestamp"] == str(NOW // 1_000)
    assert head["content-type"] == "application/json"
    tap(store, link, 3)
    mine.run(after=deliveries.SPACE)
    assert mine.got()[1]["data"]["human"] == 3
    assert mine.got()[1]["data"]["total"] == {"human": 4, "hits": 5}
    assert mine.run() == (0, False)


def test_many_clicks_in_a_short_time_are_one_delivery_a_post(mine: Hooked, store: Store) -> None:
    (_, (one,)), (_, (other,)) = make_post(store, "bio_link"), make_post(store, "bio_link")
    tap(store, one)
    mine.run()
    for _number in range(3):
        tap(store, one)
        tap(store, other)
        mine.run(after=1_000)
    assert [each["data"]["human"] for each in mine.got()] == [1, 1]
    mine.run(after=7_000)
    mine.run(after=2_000)
    assert [each["data"]["human"] for each in mine.got()] == [1, 1, 3, 2]


def test_conversions_and_refunds_are_told_as_the_api_gives_them(mine: Hooked, store: Store) -> None:
    _, (link,) = make_post(store, "bio_link")
    sale, _new = conversions.report(store, SALE | {"slug": link.slug}, now=NOW)
    fields = {"external_id": "back-1", "kind": "refund", "refunds": "order-1", "amount_minor": -500, "currency": "EUR"}
    refund, _new = conversions.report(store, fields, now=NOW)
    mine.run()
    told = [each for each in mine.got() if each["type"] == "conversion.created"]
    assert [each["data"] for each in told] == [conversion_records.shown(sale), conversion_records.shown(refund)]
    assert told[1]["data"]["amount_minor"] == -500


def test_a_target_that_broke_is_told_and_that_it_works_again(mine: Hooked, store: Store) -> None:
    _, (link,) = make_post(store, "bio_link")
    health = None
    for minutes, status in ((0, 404), (5, 404), (65, 200)):
        at = NOW + minutes * times.MINUTE
        health = after(health, link.target, Visit(at=at, status=status, error="status" if status == 404 else None))
        target_visits._keep(store, health, [link.slug], at)
        mine.run()
    told = [each["data"] for each in mine.got() if each["type"] == "link.broken"]
    assert [(each["state"], each["status"], each["error"]) for each in told] == [
        ("broken", 404, "status"),
        ("works", 200, None),
    ]
    assert told[0]["since"] == times.rfc3339(NOW)
    assert {each["target"] for each in told} == {link.target}


def test_only_what_was_asked_for_is_told(store: Store, tmp_path: Path) -> None:
    with hooked(store, tmp_path, "conversion.created") as mine:
        _, (link,) = make_post(store, "bio_link")
        tap(store, link)
        conversions.report(store, SALE | {"slug": link.slug}, now=NOW)
        mine.run()
        assert [each["type"] for each in mine.got()] == ["conversion.created"]


def test_two_secrets_sign_for_a_day(mine: Hooked, store: Store) -> None:
    former = mine.webhook.secret
    rotated = webhooks.rotate(store, mine.webhook.id, now=NOW)
    deliveries.ping(store, mine.webhook.id, now=NOW)
    mine.run()
    assert rotated.secret != former
    assert mine.got(former) == mine.got(rotated.secret)
    deliveries.ping(store, mine.webhook.id, now=NOW)
    mine.run(after=times.DAY)
    head, body = headers_of(mine.side.seen[1]), mine.side.bodies[1]
    assert len(head["webhook-signature"].split(" ")) == 1
    assert verified(rotated.secret, head, body)["type"] == "ping"


def test_a_replay_is_the_same_message_and_counts_nothing_anew(mine: Hooked, store: Store) -> None:
    _, (link,) = make_post(store, "bio_link")
    tap(store, link)
    mine.run()
    deliveries.replay(store, mine.webhook.id, mine.only().id, now=NOW)
    tap(store, link, 2)
    mine.run(after=deliveries.SPACE)
    first, again, next_ = mine.got()
    assert first == again
    assert next_["data"]["human"] == 2
    assert {each.state for each, _at in mine.all()} == {"delivered"}
    with pytest.raises(NotFound):
        deliveries.replay(store, mine.webhook.id, "none", now=NOW)


def test_who_was_away_for_long_goes_on_from_now_and_totals_stay_right(mine: Hooked, store: Store) -> None:
    post, (link,) = make_post(store, "bio_link")
    tap(store, link)
    mine.run()
    tap(store, link, 2)
    conversions.report(store, SALE | {"slug": link.slug}, now=NOW)
    events.forget(store, before=times.now() + times.MINUTE)
    mine.run(after=times.DAY)
    assert len(mine.got()) == 1
    assert mine.standing().missed == 1
    tap(store, link)
    mine.run()
    assert mine.got()[1]["data"] == {
        **{"post_id": post.id, "title": post.title, "human": 3, "hits": 3},
        "total": {"human": 4, "hits": 4},
    }


def test_nothing_is_left_of_an_erased_post(mine: Hooked, store: Store) -> None:
    (post, (link,)), (_, (other,)) = make_post(store, "bio_link", title="Secret"), make_post(store, "bio_link")
    for each in (link, other):
        tap(store, each)
    mine.run()
    tap(store, link)
    mine.run(after=1_000)
    conversions.report(store, SALE | {"slug": link.slug}, now=NOW)
    posts.purge(store, post.id)
    mine.run(after=times.MINUTE)
    assert [each.post_id for each, _at in mine.all()] == [other.post_id]
    dump = b"".join(store.redis.dump(name) or b"" for name in store.redis.scan_iter("sl:{n}:webhook*"))
    assert post.id.encode() not in dump
    assert store.redis.hkeys(keys.webhook_posts(mine.webhook.id)) == [other.post_id.encode()]


def test_opens_of_a_page_of_links_are_clicks_of_no_post(mine: Hooked, store: Store) -> None:
    events_before = events.newest(store).place
    store.redis.xadd(keys.events("03"), {"change": "counted", "post": "nopost", "human": 1, "hits": 1})
    assert len(events.since(store, events_before, limit=5).events) == 1
    assert mine.run() == (0, False)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://shop.example/", "must begin with"),
        ("https://me:secret@shop.example/", "user name or password"),
        ("https://go.example/x", "leads back to this service"),
        ("https://go.example:8000/x", "leads back to this service"),
        (
            "http://10.0.0.1/",
            "not a public one. A service in your own network has to be listed in SHORTLINKS_ALLOW_FETCH.",
        ),
        ("http://[::1]/", "not a public one"),
        ("http://hook.localhost:8461/", "not a public one"),
        ("http://169.254.169.254/latest", "not a public one"),
        ("http://0x7f.1/", "not a public one"),
        ("https://shop.example:25/", "not for the web"),
        ("", "is empty"),
    ],
)
def test_where_a_webhook_may_not_lead_is_told_of_its_url(store: Store, tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(Invalid) as found:
        hook(store, make_config(tmp_path), url)
    ((field, message),) = found.value.errors
    assert field == "url"
    assert said in message


def test_another_program_on_this_machine_is_no_address_of_this_service(store: Store, tmp_path: Path) -> None:
    assert hook(store, config_of(tmp_path), "http://go.example:5678/hook").url == "http://go.example:5678/hook"


def test_there_are_twenty_at_most(store: Store, tmp_path: Path) -> None:
    config = make_config(tmp_path)
    made = [hook(store, config, f"https://shop.example/{number}") for number in range(webhooks.MOST)]
    with pytest.raises(Conflict):
        hook(store, config, "https://shop.example/more")
    webhooks.delete(store, made[0].id)
    assert hook(store, config, "https://shop.example/more").id in {each.id for each in webhooks.list_(store)}


def test_what_is_erased_leaves_nothing(mine: Hooked, store: Store) -> None:
    _, (link,) = make_post(store, "bio_link")
    tap(store, link)
    mine.run()
    deliveries.ping(store, mine.webhook.id, now=NOW)
    webhooks.delete(store, mine.webhook.id)
    assert mine.run() == (0, False)
    assert [name for name in store.redis.keys("sl:{n}:webhook*") if b"sums" not in name] == []


def test_secrets_and_bodies_are_in_no_log(mine: Hooked, caplog: pytest.LogCaptureFixture) -> None:
    mine.says(far_side.says("410 Gone"))
    deliveries.ping(mine.store, mine.webhook.id, now=NOW)
    mine.run()
    assert "switched off" in caplog.text
    said = json.dumps([vars(each) for each in caplog.records], default=str)
    assert mine.webhook.secret not in said
    assert PATH not in said


def test_fields_that_are_wrong_are_all_told(store: Store, tmp_path: Path) -> None:
    wrong: Any = {"url": "x", "events": ["post.clicks", "other"], "description": "x" * 300, "more": 1}
    with pytest.raises(Invalid) as found:
        webhooks.create(store, wrong, address=webhooks.address(make_config(tmp_path)), now=NOW)
    assert {field for field, _message in found.value.errors} == {"url", "events", "description", "more"}
    assert make_config(tmp_path).own_hosts == OWN_HOSTS


def test_webhooks_go_on_after_an_import_with_what_happens_then(mine: Hooked, store: Store, tmp_path: Path) -> None:
    """The sums of a receiver stay right: what was told before is known, and the sale that waited is not told."""
    _, (link,) = make_post(store, "bio_link")
    tap(store, link, 2)
    mine.run()
    conversions.report(store, SALE | {"slug": link.slug}, now=NOW)
    export.write(store, tmp_path / "all.ndjson", now=NOW)
    store.redis.flushall()
    export.read(store, tmp_path / "all.ndjson")
    assert webhooks.list_(store) == [mine.webhook]
    mine.run()
    tap(store, link)
    mine.run(after=times.HOUR)
    assert [each["data"]["human"] for each in mine.got()] == [2, 1]
    assert mine.got()[1]["data"]["total"]["human"] == 3


def test_the_check_in_the_documentation_takes_what_we_send_and_nothing_else(mine: Hooked, store: Store) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", section("Webhooks", API), re.MULTILINE | re.DOTALL)
    its: dict[str, Any] = {}
    exec(code, its)
    former = mine.webhook.secret
    secret = webhooks.rotate(store, mine.webhook.id, now=times.now()).secret
    mine.now = times.now()
    deliveries.ping(store, mine.webhook.id, now=mine.now)
    mine.run()
    headers, body = headers_of(mine.side.seen[0]), mine.side.bodies[0]
    assert its["verify"](secret, headers, body)
    assert its["verify"](former, headers, body)
    assert not its["verify"](signing.new_secret(), headers, body)
    assert not its["verify"](secret, headers, body + b" ")
    for name, wrong in (("webhook-id", "x"), ("webhook-timestamp", str(int(headers["webhook-timestamp"]) - 1))):
        assert not its["verify"](secret, headers | {name: wrong}, body)
    old = str(int(headers["webhook-timestamp"]) - 301)
    signed = signing.headers([secret], "a", int(old) * 1_000, b"")
    assert not its["verify"](secret, signed, b"")
