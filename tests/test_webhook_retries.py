"""Receivers that are down, slow, lead elsewhere or never stop; and that nothing is lost or told twice meanwhile."""

import random
import resource
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import bad_moments
import far_side
import pytest
from clicking import NOW, make_post
from far_side import FarSide
from webhook_cast import PATH, Hooked, added_up, config_of, hook, hooked, resolving, tap

from shortlinks import keys, times
from shortlinks.errors import Conflict, NotFound
from shortlinks.fetching import connecting, fetching
from shortlinks.links.links import Link
from shortlinks.owner import settings
from shortlinks.records import nouns, versions
from shortlinks.rollups import rollups
from shortlinks.sales import conversions
from shortlinks.store import Store
from shortlinks.webhooks import attempts, deliveries, delivering, leases, queueing, retrying, webhooks
from shortlinks.webhooks.retrying import Outcome

OK, DOWN = far_side.says("200 OK"), far_side.says("503 Service Unavailable")


@pytest.fixture
def mine(store: Store, tmp_path: Path) -> Iterator[Hooked]:
    with hooked(store, tmp_path) as made:
        yield made


def ping(mine: Hooked) -> None:
    deliveries.ping(mine.store, mine.webhook.id, now=mine.now)


def test_a_receiver_that_is_down_and_comes_back_is_told_all(mine: Hooked, store: Store) -> None:
    mine.says(DOWN)
    ping(mine)
    waits = []
    for _number in retrying.AGAIN_AFTER:
        mine.run()
        waits.append(mine.next_in())
        mine.now += mine.next_in()
    for wait, least in zip(waits, retrying.AGAIN_AFTER, strict=True):
        assert least <= wait <= least * 1.2
    assert mine.run() == (1, False)
    given_up = mine.only()
    assert (given_up.state, given_up.attempts, given_up.status, given_up.error) == ("failed", 9, 503, "status")
    assert attempts.sums(store) == {"delivered": 0, "failed": 9, "given_up": 1}
    mine.says(OK)
    deliveries.replay(store, mine.webhook.id, given_up.id, now=mine.now)
    mine.run()
    assert mine.only().state == "delivered"
    assert len({each["id"] for each in mine.got()}) == 1
    stands = mine.standing()
    assert (stands.failures, stands.last_success_at, stands.last_status) == (0, mine.now, 200)


def test_a_webhook_to_which_nothing_gets_through_for_days_is_switched_off_and_on_again(
    mine: Hooked, store: Store
) -> None:
    mine.says(DOWN)
    _, (link,) = make_post(store, "bio_link")
    tries = 0
    while mine.known().state == "active":
        tap(store, link)
        tries += mine.run(after=6 * times.HOUR).attempts
        assert mine.now < NOW + 6 * times.DAY
    assert mine.known().disabled_reason == "failing"
    assert mine.now - NOW >= retrying.FAILING
    assert tries < 40
    assert mine.run(after=times.DAY) == (0, False)
    with pytest.raises(Conflict):
        ping(mine)
    mine.says(OK)
    refused = len(mine.got())
    assert mine.change(state="active").disabled_reason is None
    mine.until_done(seconds_apart=11)
    total = rollups.totals(store, [link.post_id])[0]["human"]
    assert added_up(mine.got()[refused:])[link.post_id, "human"] == total


def test_a_dead_webhook_is_not_tried_with_all_that_waits_and_then_all_follow(mine: Hooked, store: Store) -> None:
    mine.says(DOWN)
    for _number in range(30):
        ping(mine)
    assert mine.run() == (1, False)
    assert mine.run(after=4_000) == (0, False)
    assert mine.run(after=2_000) == (1, False)
    mine.run(after=times.MINUTE)
    assert mine.standing().failures == 3
    mine.says(OK)
    assert mine.run(after=10 * times.MINUTE) == (30, False)
    assert not mine.waiting()


def test_after_an_outage_nobody_waits_out_the_long_waits_of_before(mine: Hooked) -> None:
    mine.says(DOWN)
    ping(mine)
    for _number in range(6):
        mine.run()
        mine.now += mine.next_in()
    assert mine.run().attempts == 1
    assert mine.next_in() >= times.DAY
    mine.says(OK)
    mine.now += times.HOUR
    ping(mine)
    assert mine.run() == (2, False)


def test_one_message_that_is_refused_holds_up_no_other(mine: Hooked, store: Store) -> None:
    """And burns none of its attempts because the others get through."""
    mine.says(far_side.says("400 Bad Request"), OK)
    ping(mine)
    mine.run()
    for _number in range(5):
        ping(mine)
    mine.run(after=5_000)
    assert Counter(each.state for each, _at in mine.all()) == {"delivered": 5 + (mine.now >= NOW + 6_000), "waiting": 1}
    assert [each.attempts for each in mine.waiting()] == [1]


def test_a_receiver_that_is_gone_is_left_alone(mine: Hooked) -> None:
    mine.says(far_side.says("410 Gone"))
    ping(mine)
    mine.run()
    assert (mine.known().state, mine.known().disabled_reason) == ("disabled", "gone")
    assert mine.only().state == "failed"


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [("120", 120, 120), ("1", 5, 6), ("9999999", 86_400, 86_400), ("Sat, 21 Nov 2026 22:31:40 GMT", 299, 300)],
)
def test_a_receiver_may_ask_for_patience_within_bounds(mine: Hooked, header: str, least: int, most: int) -> None:
    mine.says(far_side.says("429 Too Many Requests", f"Retry-After: {header}"))
    ping(mine)
    mine.run()
    assert least * 1_000 <= mine.next_in() <= most * 1_000
    ping(mine)
    assert mine.run(after=1_000).attempts == 1, "who asks for a try gets one"
    ping_waits = [at for _each, at in mine.all()]
    assert all(at and at > mine.now for at in ping_waits)


@pytest.mark.parametrize("text", ["", "soon", "-5", "1e3", "Sat, 99 Nov 2026", "²"])
def test_what_asks_for_no_time_is_passed_over(text: str) -> None:
    assert retrying.asked(text, NOW) == 0


def test_a_redirect_is_not_followed(mine: Hooked) -> None:
    with far_side.running() as inner:
        mine.says(far_side.says("302 Found", f"Location: {inner.url('/secret')}"))
        ping(mine)
        mine.run()
        assert inner.seen == []
    assert (mine.only().status, mine.only().error) == (302, "redirect")


def test_an_answer_without_an_end_is_cut(mine: Hooked) -> None:
    """Ten gigabytes as well as any number: what is not read is never here."""
    mine.says(far_side.pours(b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ping(mine)
    mine.run()
    assert mine.only().state == "delivered"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024


def test_a_slow_receiver_is_cut_off_and_holds_up_no_other(
    mine: Hooked, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow one answers when the other one was told twice, and one more time is too late for it."""
    told_twice = threading.Event()
    with far_side.running() as quick:
        other = Hooked(store, mine.config, quick, hook(store, mine.config, quick.url(PATH)))

        def second(method: str, path: str, connection: object) -> None:
            if len(quick.seen) == 1:
                deliveries.ping(store, other.webhook.id, now=NOW)
            else:
                told_twice.set()
            OK(method, path, connection)  # type: ignore[arg-type]

        def slow(method: str, path: str, connection: object) -> None:
            assert told_twice.wait(60)
            OK(method, path, connection)  # type: ignore[arg-type]

        other.says(second)
        mine.says(slow, far_side.is_silent)
        ping(mine)
        deliveries.ping(store, other.webhook.id, now=NOW)
        mine.run()
    assert mine.only().state == "delivered"
    assert [each.state for each, _at in other.all()] == ["delivered", "delivered"]
    monkeypatch.setattr(fetching, "SECONDS", 0.2)
    ping(mine)
    mine.run()
    assert [(each.error, each.status) for each in mine.waiting()] == [("timeout", None)]


def test_a_name_that_turns_to_a_private_address_is_not_gone_to(store: Store, tmp_path: Path, mine: Hooked) -> None:
    made = hook(store, config_of(tmp_path, "192.0.2.1"), mine.side.url(PATH, host="hooks.example"))
    named = Hooked(store, config_of(tmp_path, "192.0.2.1"), mine.side, made)
    resolving(named, lambda *_: [ip_address("127.0.0.1")])
    ping(named)
    named.run()
    assert mine.side.seen == []
    assert named.only().error == "refused"
    resolving(named, connecting.look_up)


def test_a_webhook_that_leads_here_by_now_is_not_gone_to(mine: Hooked) -> None:
    mine.config = replace(mine.config, base_url=mine.side.url("").rstrip("/"))
    ping(mine)
    mine.run()
    assert mine.side.seen == []
    assert mine.only().error == "refused"


def test_two_runs_at_once_deliver_once(mine: Hooked, store: Store) -> None:
    """Two that begin at the same moment, and one that begins while the other waits for an answer."""
    inside = threading.Event()

    def slow(method: str, path: str, connection: object) -> None:
        inside.set()
        assert again == [] or all(each.attempts == 0 for each in again)
        OK(method, path, connection)  # type: ignore[arg-type]

    again: list[delivering.Ran] = []
    mine.says(slow)
    _, (link,) = make_post(store, "bio_link")
    for number in range(5):
        sale = {"external_id": str(number), "kind": "sale", "slug": link.slug}
        conversions.report(store, sale, now=NOW)
        tap(store, link)
    threads = [threading.Thread(target=mine.run) for _number in range(2)]
    for each in threads:
        each.start()
    assert inside.wait(60)
    for each in threads:
        each.join(60)
    assert Counter(each["type"] for each in mine.got()) == {"conversion.created": 5, "post.clicks": 1}


def test_who_lost_the_lease_sends_nothing(mine: Hooked, store: Store) -> None:
    ping(mine)
    name = mine.only().id
    with leases.Leases(store) as others:
        assert others.take(mine.webhook.id) == leases.OURS
        assert mine.run() == (0, False)
        assert attempts.begin(store, mine.webhook.id, name, lease=b"mine", now=NOW) is None
        assert attempts.begin(store, mine.webhook.id, name, lease=others.run, now=NOW) is not None
    assert mine.run() == (1, False)


def test_what_a_killed_run_held_is_taken_once_nothing_is_heard_of_it(
    mine: Hooked, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the clocks say: of the killed one there is what it left in Redis, and of the one that lives its beat."""
    monkeypatch.setattr(leases, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(leases, "DEAD_SECONDS", 1.5)
    other = Hooked(store, mine.config, mine.side, hook(store, mine.config, mine.side.url(PATH)))
    ping(mine)
    deliveries.ping(store, other.webhook.id, now=mine.now)
    store.redis.set(keys.webhook_lease(mine.webhook.id), "killed")
    store.redis.set(keys.webhook_run("killed"), 7)
    with leases.Leases(store) as living:
        living.take(other.webhook.id)
        assert mine.run() == (1, False)
        assert mine.only().state == "delivered"
        assert [each.attempts for each, _at in other.all()] == [0]
        assert living.take(other.webhook.id) == leases.OURS
    assert store.redis.keys("*:lease") == []


def test_an_outcome_that_comes_late_undoes_nothing(mine: Hooked, store: Store) -> None:
    ping(mine)
    mine.run()
    attempts.record(store, mine.webhook.id, mine.only().id, Outcome(error="timeout"), now=NOW)
    assert mine.only().state == "delivered"
    assert (mine.standing().waiting, mine.standing().failures) == (0, 0)


@pytest.mark.parametrize("seen", [False, True])
def test_an_erasure_whose_answer_was_lost_is_none_of_nothing(
    mine: Hooked, store: Store, server: str, seen: bool
) -> None:
    broken, connection = bad_moments.cut_once(server)
    only_if = versions.Condition({versions.of(webhooks.get(store, mine.webhook.id))}) if seen else None
    webhooks.delete(broken, mine.webhook.id, only_if=only_if)
    assert connection.cuts == 1
    assert webhooks.list_(store) == []
    with pytest.raises(NotFound):
        webhooks.delete(store, mine.webhook.id)


def test_a_lost_answer_queues_nothing_twice(mine: Hooked, store: Store, server: str) -> None:
    sell_and_tap(store)
    broken, connection = bad_moments.cut_once(server)
    assert queueing.take(broken, mine.webhook.id, now=NOW)
    assert connection.cuts == 1
    assert queueing.take(store, mine.webhook.id, now=NOW) is False
    assert Counter(each.type for each in mine.waiting()) == {"conversion.created": 1, "post.clicks": 1}


def test_another_run_that_comes_first_queues_it_alone(mine: Hooked, store: Store) -> None:
    sell_and_tap(store)
    slower = bad_moments.interrupted(store, lambda: queueing.take(store, mine.webhook.id, now=NOW))
    queueing.take(slower, mine.webhook.id, now=NOW)
    assert Counter(each.type for each in mine.waiting()) == {"conversion.created": 1, "post.clicks": 1}


def test_clicks_that_are_counted_while_others_are_summed_up_come_next(mine: Hooked, store: Store) -> None:
    link = sell_and_tap(store)
    mine.run()

    def meanwhile() -> None:
        tap(store, link)
        queueing.take(store, mine.webhook.id, now=mine.now)

    tap(store, link)
    mine.now += deliveries.SPACE
    queueing.take(store, mine.webhook.id, now=mine.now)
    (waits,) = mine.waiting()
    store.redis.set(keys.webhook_lease(mine.webhook.id), "mine")
    slower = bad_moments.interrupted(store, meanwhile)
    begun = attempts.begin(slower, mine.webhook.id, waits.id, lease=b"mine", now=mine.now)
    assert begun is not None
    attempts.record(store, mine.webhook.id, waits.id, Outcome(status=200), now=mine.now)
    store.redis.delete(keys.webhook_lease(mine.webhook.id))
    assert begun[1].totals == (3, 3)
    mine.run(after=times.HOUR)
    tap(store, link)
    mine.run()
    assert mine.got()[-1]["data"] | {"title": ""} == {
        **{"post_id": link.post_id, "title": "", "human": 1, "hits": 1},
        "total": {"human": 4, "hits": 4},
    }


def sell_and_tap(store: Store) -> Link:
    _, (link,) = make_post(store, "bio_link")
    conversions.report(store, {"external_id": link.slug, "kind": "sale", "slug": link.slug}, now=NOW)
    tap(store, link)
    return link


def test_a_clock_that_was_a_day_ahead_holds_up_no_clicks(mine: Hooked, store: Store) -> None:
    link = sell_and_tap(store)
    mine.run(after=times.DAY)
    mine.now -= times.DAY
    tap(store, link)
    assert mine.run().attempts == 1
    mine.now += times.DAY
    tap(store, link)
    queueing.take(store, mine.webhook.id, now=mine.now)
    mine.now -= times.DAY
    assert mine.run().attempts == 1
    assert not mine.waiting()


def test_nothing_is_queued_or_sent_during_an_import(mine: Hooked, store: Store) -> None:
    _, (link,) = make_post(store, "bio_link")
    conversions.report(store, {"external_id": "1", "kind": "sale", "slug": link.slug}, now=NOW)
    settings.put(store, nouns.IMPORTING, "counts abc")
    assert mine.run() == (0, False)
    settings.put(store, nouns.IMPORTING, None)
    assert mine.run() == (1, False)


def test_what_waits_for_a_webhook_does_not_grow_without_bound(
    mine: Hooked, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "MOST_WAITING", 5)
    monkeypatch.setattr(deliveries, "MOST_DONE", 3)
    mine.says(DOWN)
    _, (link,) = make_post(store, "bio_link")
    for number in range(8):
        conversions.report(store, {"external_id": str(number), "kind": "sale", "slug": link.slug}, now=NOW)
        tap(store, link)
    mine.run()
    assert (len(mine.waiting()), mine.standing().missed) == (6, 3)
    mine.says(OK)
    mine.until_done()
    mine.run()
    assert len(mine.all()) == 3
    mine.run(after=deliveries.KEPT + 1)
    assert mine.all() == []


@pytest.mark.parametrize("seed", range(3))
def test_differences_add_up_to_the_totals_after_random_failures(
    seed: int, store: Store, tmp_path: Path, mine: Hooked
) -> None:
    """Also where the answer was lost, so that the message comes twice; each has its id, and is counted once."""
    drawn = random.Random(seed)
    made = [make_post(store, "bio_link")[1][0] for _number in range(4)]

    def moody(method: str, path: str, connection: object) -> None:
        match drawn.choice(("200", "200", "500", "lost")):
            case "200":
                OK(method, path, connection)  # type: ignore[arg-type]
            case "500":
                DOWN(method, path, connection)  # type: ignore[arg-type]

    mine.says(moody)
    for _number in range(25):
        tap(store, drawn.choice(made), drawn.randint(1, 4))
        mine.run(after=drawn.choice((100, 3_000, 20_000, 700_000)))
    mine.says(OK)
    mine.until_done()
    arrived = added_up(mine.got())
    for link in made:
        total = rollups.totals(store, [link.post_id])[0]
        assert arrived[link.post_id, "human"] == total["human"]
        assert arrived[link.post_id, "hits"] == rollups.hits(total)


def test_given_up_clicks_are_part_of_the_next_ones(mine: Hooked, store: Store) -> None:
    _, (link,) = make_post(store, "bio_link")
    mine.says(DOWN)
    tap(store, link, 2)
    mine.run()
    (lost,) = mine.waiting()
    for _number in range(len(retrying.AGAIN_AFTER)):
        attempts.record(store, mine.webhook.id, lost.id, Outcome(status=500, error="status"), now=NOW)
    assert not mine.waiting()
    mine.says(OK)
    tap(store, link)
    mine.run(after=times.HOUR)
    assert mine.got()[-1]["data"]["human"] == 3
    with pytest.raises(Conflict):
        deliveries.replay(store, mine.webhook.id, lost.id, now=mine.now)


def test_other_webhooks_are_served_where_one_cannot_be(
    mine: Hooked, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = Hooked(store, mine.config, FarSide(1), hook(store, mine.config, mine.side.url("/other")))
    ping(mine)
    ping(other)
    begin = attempts.begin

    def broken(store_: Store, webhook_id: str, *rest: str, **named: object) -> object:
        if webhook_id == other.webhook.id:
            raise LookupError("what nobody thought of")
        return begin(store_, webhook_id, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(attempts, "begin", broken)
    with pytest.raises(BaseExceptionGroup):
        mine.run()
    assert mine.only().state == "delivered"
    assert webhooks.get(store, other.webhook.id).state == "active"
    assert not store.redis.exists(keys.webhook_lease(mine.webhook.id), keys.webhook_lease(other.webhook.id))
