"""Reminders that leave the service: what is sent, when, how often, and what becomes of it when it cannot be."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import far_side
import pytest
from clicking import make_post
from far_side import FarSide

from shortlinks import keys, times
from shortlinks import store as stores
from shortlinks.errors import Invalid
from shortlinks.fetching import addresses
from shortlinks.fetching.fetching import Fetcher
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.records import nouns
from shortlinks.reminders import calendar_feed, digest, reminders, reminding
from shortlinks.snapshots import snapshots
from shortlinks.store import Store
from shortlinks.words.language import _

HOUR, DAY, MINUTE = times.HOUR, times.DAY, times.MINUTE
UTC = ZoneInfo("UTC")
BASE = "https://go.example"
WEDNESDAY = times.parse("2026-11-25T10:00:00Z", "at")
MONDAY = times.parse("2026-11-30T10:00:00Z", "at")
STRICT = Fetcher(allowed=addresses.allowed(()), agent="ours/1")
LOOPBACK = replace(STRICT, allowed=addresses.allowed(("127.0.0.0/8",)))


@pytest.fixture
def side() -> Iterator[FarSide]:
    with far_side.running() as running:
        yield running


@pytest.fixture
def ntfy(store: Store, side: FarSide) -> FarSide:
    """A server to which ntfy's channel sends."""
    reminders.set_address(store, "ntfy", side.url("/my-topic"))
    return side


def out(store: Store, title: str, at: int, **fields: Any) -> posts.Post:
    return make_post(store, "bio_link", title=title, now=at, published_at=at, **fields)[0]


def send(store: Store, now: int, fetcher: Fetcher = LOOPBACK, tz: ZoneInfo = UTC) -> int:
    return reminding.send(store, fetcher, now=now, tz=tz, base_url=f"{BASE}/")


def messages(side: FarSide) -> list[dict[str, Any]]:
    return [json.loads(body) for body in side.bodies]


def test_nothing_is_sent_before_it_is_set_up(store: Store, side: FarSide) -> None:
    out(store, "Due", WEDNESDAY - DAY)
    assert send(store, WEDNESDAY) == 0
    assert send(store, MONDAY) == 0
    assert not store.redis.exists(keys.REMINDERS)


def test_readings_that_are_due_are_told_once_in_one_message(store: Store, ntfy: FarSide) -> None:
    out(store, "The blue mug", WEDNESDAY - 26 * HOUR)
    out(store, "A story", WEDNESDAY - 23 * HOUR, kind="story")
    later = out(store, "Too young", WEDNESDAY - HOUR)
    assert [send(store, WEDNESDAY + minute * MINUTE) for minute in range(3)] == [1, 0, 0]
    (message,) = messages(ntfy)
    assert message["title"] == "Note the numbers of 2 posts"
    assert message["message"] == "The blue mug (at 24 hours)\nA story (at 22 hours)"
    assert message["click"] == f"{BASE}/admin/numbers"
    # What becomes due later is told then, by itself.
    snapshots.add(store, later, {"views": 5}, now=WEDNESDAY + DAY)
    assert send(store, WEDNESDAY + 7 * DAY) == 1
    assert messages(ntfy)[-1]["message"] == "The blue mug (at 7 days)\nToo young (at 7 days)"
    assert reminders.standing(store, "ntfy").sent == 2


def test_a_reading_that_was_noted_is_not_asked_for(store: Store, ntfy: FarSide) -> None:
    post = out(store, "Noted", WEDNESDAY - 25 * HOUR)
    snapshots.add(store, post, {"views": 5}, now=WEDNESDAY - HOUR)
    assert send(store, WEDNESDAY) == 0


def test_nobody_is_woken(store: Store, ntfy: FarSide) -> None:
    out(store, "The blue mug", WEDNESDAY - 25 * HOUR)
    assert send(store, WEDNESDAY, tz=ZoneInfo("America/Los_Angeles")) == 0
    assert send(store, WEDNESDAY + 6 * HOUR, tz=ZoneInfo("America/Los_Angeles")) == 1


def test_monday_has_a_summary_once_a_week(store: Store, ntfy: FarSide) -> None:
    out(store, "The blue mug", MONDAY - 12 * DAY)
    assert [send(store, MONDAY + hours * HOUR) for hours in (0, 1, 24)] == [2, 0, 0]
    week = messages(ntfy)[1]
    assert week["title"] == "The last 28 days"
    assert "1 post waits for views" in week["message"]
    assert "1 post wants its numbers noted: The blue mug." in week["message"]
    assert send(store, MONDAY + 2 * DAY) == 0
    assert send(store, MONDAY + 8 * DAY) == 1
    assert "No numbers are due." not in week["message"]
    assert send(store, MONDAY + 16 * DAY) == 0


def test_each_channel_is_told_for_itself(store: Store, ntfy: FarSide) -> None:
    reminders.set_address(store, "discord", ntfy.url("/api/webhooks/12/abc"))
    out(store, "The blue mug", WEDNESDAY - 25 * HOUR)
    ntfy.replies["/api/webhooks/12/abc"] = far_side.says("204 No Content")
    assert [send(store, WEDNESDAY), send(store, WEDNESDAY)] == [2, 0]
    assert sorted(ntfy.asked()) == ["POST /", "POST /api/webhooks/12/abc"]


def test_what_was_refused_is_tried_again_later_counted_and_then_given_up(store: Store, ntfy: FarSide) -> None:
    out(store, "The blue mug", WEDNESDAY - 25 * HOUR)
    ntfy.replies["/"] = far_side.says("429 Too Many Requests")
    at = WEDNESDAY
    for number, wait in enumerate((*reminders.AGAIN_AFTER, DAY), 1):
        assert [send(store, at), send(store, at + MINUTE)] == [0, 0]
        assert len(ntfy.seen) == number
        at += wait
    assert send(store, at) == 0
    assert len(ntfy.seen) == 5
    stands = reminders.standing(store, "ntfy")
    assert (stands.sent, stands.failed, stands.error) == (0, 5, "It answered with status 429.")


def test_what_was_refused_once_gets_through_the_next_time(store: Store, ntfy: FarSide) -> None:
    out(store, "The blue mug", WEDNESDAY - 25 * HOUR)
    ntfy.replies["/"] = far_side.says("503 Service Unavailable")
    send(store, WEDNESDAY)
    del ntfy.replies["/"]
    assert [send(store, WEDNESDAY + minutes * MINUTE) for minutes in (1, 5, 6, 60)] == [0, 1, 0, 0]
    assert (reminders.standing(store, "ntfy").sent, reminders.standing(store, "ntfy").failed) == (1, 1)


@pytest.mark.parametrize(
    "reply", [far_side.says("504 Gateway Timeout"), far_side.says("502 Bad Gateway"), lambda *_: None], ids="456"
)
def test_what_may_have_arrived_is_not_sent_again(store: Store, ntfy: FarSide, reply: far_side.Reply) -> None:
    out(store, "The blue mug", WEDNESDAY - 25 * HOUR)
    ntfy.replies["/"] = reply
    for minutes in (0, 5, 40, 300):
        assert send(store, WEDNESDAY + minutes * MINUTE) == 0
    assert len(ntfy.seen) == 1
    assert reminders.standing(store, "ntfy").failed == 1


def test_a_worker_that_was_killed_after_claiming_sends_nothing_twice(store: Store, ntfy: FarSide) -> None:
    post = out(store, "The blue mug", WEDNESDAY - 25 * HOUR)
    name = f"due-{post.id}-24h"
    assert reminders.claim(store, "ntfy", [name], now=WEDNESDAY) == [name]
    assert reminders.claim(store, "ntfy", [name], now=WEDNESDAY) == []
    assert send(store, WEDNESDAY + DAY) == 0
    assert ntfy.seen == []


def test_a_claim_whose_answer_was_lost_is_one_try(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The transaction went through, its answer was lost, and it is run again."""

    def claim_and_fail(at: int) -> list[str]:
        found = reminders.claim(store, "ntfy", ["due"], now=at)
        reminders.record(store, "ntfy", found, "failed", now=at)
        return found

    claim_and_fail(WEDNESDAY)
    transact = store.transact

    def twice(change: Any, *watched: str) -> Any:
        transact(change, *watched)
        return transact(change, *watched)

    with monkeypatch.context() as broken:
        broken.setattr(store, "transact", twice)
        assert claim_and_fail(WEDNESDAY + 5 * MINUTE) == ["due"]
    assert reminders.claim(store, "ntfy", ["due"], now=WEDNESDAY + 10 * MINUTE) == []
    assert reminders.claim(store, "ntfy", ["due"], now=WEDNESDAY + 35 * MINUTE) == ["due"]


def test_of_two_workers_at_once_one_sends(store: Store, server: str) -> None:
    others = [stores.open_store(server) for _ in range(4)]
    with ThreadPoolExecutor(len(others)) as pool:
        for number in range(20):
            names = [f"due-{number}", f"week-{number}"]
            found = pool.map(lambda other, names=names: reminders.claim(other, "ntfy", names, now=WEDNESDAY), others)
            assert sorted(name for mine in found for name in mine) == names
    for other in others:
        other.redis.close()


def test_a_private_address_is_never_sent_to_and_the_failure_is_shown(store: Store, ntfy: FarSide) -> None:
    out(store, "The blue mug", WEDNESDAY - 25 * HOUR)
    assert send(store, WEDNESDAY, STRICT) == 0
    assert ntfy.seen == []
    stands = reminders.standing(store, "ntfy")
    assert stands.failed == 1
    assert "not a public one" in stands.error
    assert "my-topic" not in stands.error


def test_a_message_to_try_a_channel_is_sent_at_once_also_at_night(store: Store, ntfy: FarSide) -> None:
    night = WEDNESDAY - 8 * HOUR
    reminders.ask_test(store, "ntfy")
    assert reminders.standing(store, "ntfy").testing
    assert [send(store, night), send(store, night + MINUTE)] == [1, 0]
    assert messages(ntfy)[0]["title"] == digest.TEST
    assert not reminders.standing(store, "ntfy").testing


def test_reminders_and_the_calendar_are_in_the_creators_language(store: Store, ntfy: FarSide) -> None:
    settings.set_language(store, "de")
    out(store, "The blue mug", WEDNESDAY - 25 * HOUR)
    assert send(store, WEDNESDAY) == 1
    told = messages(ntfy)[0]
    assert told["title"] == "Trag die Zahlen von 1 Post ein"
    assert told["message"] == "The blue mug (24 Stunden)"
    shown = reminding.calendar(store, now=WEDNESDAY, tz=UTC, base_url=BASE)
    assert "SUMMARY:Zahlen eintragen: The blue mug\r\n" in shown
    assert "SUMMARY:Die letzten 28 Tage\r\n" in shown
    assert _("Numbers to note") == "Numbers to note"


def test_why_nothing_was_sent_is_told_in_the_creators_language(store: Store, ntfy: FarSide) -> None:
    settings.set_language(store, "es")
    out(store, "The blue mug", WEDNESDAY - 25 * HOUR)
    assert send(store, WEDNESDAY, STRICT) == 0
    assert reminders.standing(store, "ntfy").error.endswith(", que no es pública.")


def test_while_an_import_is_under_way_nothing_is_sent(store: Store, ntfy: FarSide) -> None:
    out(store, "The blue mug", WEDNESDAY - 25 * HOUR)
    settings.put(store, nouns.IMPORTING, "counts abc")
    assert send(store, WEDNESDAY) == 0
    settings.put(store, nouns.IMPORTING, None)
    assert send(store, WEDNESDAY) == 1


def test_what_was_sent_is_forgotten_when_nothing_asks_for_it_any_more(store: Store, ntfy: FarSide) -> None:
    out(store, "The blue mug", WEDNESDAY - 25 * HOUR)
    send(store, WEDNESDAY)
    assert reminders.forget(store, before=WEDNESDAY) == 0
    assert reminders.forget(store, before=WEDNESDAY + 1) == 1
    assert reminders.standing(store, "ntfy").sent == 1


def test_a_bad_address_is_not_kept(store: Store) -> None:
    with pytest.raises(Invalid):
        reminders.set_address(store, "ntfy", "https://ntfy.sh/")
    assert reminders.address(store, "ntfy") is None


def test_the_calendar_holds_what_is_still_to_be_noted_and_keeps_its_uids(store: Store) -> None:
    post = out(store, "The blue mug; glazed", WEDNESDAY - HOUR)
    done = out(store, "Noted", WEDNESDAY - 25 * HOUR)
    snapshots.add(store, done, {"views": 5}, now=WEDNESDAY - HOUR)
    text = reminding.calendar(store, now=WEDNESDAY, tz=UTC, base_url=BASE).replace("\r\n ", "")
    uids = [line for line in text.split("\r\n") if line.startswith("UID:")]
    weeks = [f"UID:week-2026-W{number}@from-likes-to-clicks" for number in (48, 49)]
    assert sorted(uids) == sorted(
        [*(f"UID:{name}@from-likes-to-clicks" for name in (f"{post.id}-24h", f"{post.id}-7d", f"{done.id}-7d")), *weeks]
    )
    assert "SUMMARY:Note the numbers: The blue mug\\; glazed" in text
    assert f"URL:{BASE}/admin/posts/{post.id}#numbers" in text
    assert "DTSTART:20261126T090000Z" in text
    assert "waits for views" in text
    # Monday's message is there before Monday, in the hours of the zone.
    assert "DTSTART:20261130T090000Z" in text
    berlin = reminding.calendar(store, now=WEDNESDAY, tz=ZoneInfo("Europe/Berlin"), base_url=BASE)
    assert "DTSTART:20261130T080000Z" in berlin
    # A moment later nothing has changed: a phone that asks again is told so.
    assert reminding.calendar(store, now=WEDNESDAY + MINUTE, tz=UTC, base_url=BASE).replace("\r\n ", "") == text
    posts.update(store, post.id, {"title": "Renamed"}, now=WEDNESDAY)
    again = reminding.calendar(store, now=WEDNESDAY, tz=UTC, base_url=BASE).replace("\r\n ", "")
    assert uids == [line for line in again.split("\r\n") if line.startswith("UID:")]
    assert calendar_feed.text("x", []).count("BEGIN:") == 1
