"""Reminders that leave the site, as they are set up, and the calendar as a stranger sees it."""

import html
import re

import pytest
from admin_cast import Browser, wrong
from apiflask import APIFlask

from shortlinks import times
from shortlinks.links.links import Link
from shortlinks.posts.posts import Post
from shortlinks.reminders import reminders
from shortlinks.store import Store

PAGE = "/admin/settings/reminders"
HOOK = "https://discord.com/api/webhooks/123456789/abc"


def plain(text: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text)))


def feed(owner: Browser) -> str:
    """The path of the calendar, as the page shows it."""
    found = re.search(r'value="http://go\.example(/calendar/[^"]+\.ics)"', owner.get(PAGE).text)
    assert found
    return found[1]


def test_all_are_off_until_they_are_set_up(app: APIFlask, owner: Browser) -> None:
    text = owner.get(PAGE).text
    assert text.count("Switch on") == 3
    assert "/calendar/" not in text
    assert "Send a test" not in text
    assert PAGE in owner.get("/admin/settings/").text
    for secret in ("None", "", "x" * 32, "%00"):
        assert app.test_client().get(f"/calendar/{secret}.ics").status_code == 404


def test_the_calendar_is_read_by_whoever_has_its_address(
    app: APIFlask, owner: Browser, reel: tuple[Post, Link]
) -> None:
    assert owner.send(f"{PAGE}/calendar", {"do": "new"}, seen=PAGE).status_code == 303
    path, phone = feed(owner), app.test_client()
    answer = phone.get(path)
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    assert f"UID:{reel[0].id}-24h@" in answer.text
    assert "private" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert phone.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert phone.get(path[:-5] + ".ics").status_code == 404
    assert "webcal://go.example/calendar/" in owner.get(PAGE).text


def test_a_new_address_ends_the_old_one_and_off_is_off(app: APIFlask, owner: Browser) -> None:
    owner.send(f"{PAGE}/calendar", {"do": "new"}, seen=PAGE)
    first = feed(owner)
    owner.send(f"{PAGE}/calendar", {"do": "new"}, seen=PAGE)
    second = feed(owner)
    phone = app.test_client()
    assert [phone.get(path).status_code for path in (first, second)] == [404, 200]
    owner.send(f"{PAGE}/calendar", {"do": "stop"}, seen=PAGE)
    assert phone.get(second).status_code == 404


def test_a_channel_is_switched_on_tried_and_switched_off(owner: Browser, store: Store) -> None:
    assert owner.send(f"{PAGE}/discord", {"address": HOOK}, seen=PAGE).status_code == 303
    assert reminders.address(store, "discord") == HOOK
    assert f'value="{HOOK}"' in owner.get(PAGE).text
    assert owner.send(f"{PAGE}/discord", {"do": "test"}, seen=PAGE).status_code == 303
    assert reminders.standing(store, "discord").testing
    assert owner.send(f"{PAGE}/discord", {"do": "stop"}, seen=PAGE).status_code == 303
    assert reminders.standing(store, "discord") == reminders.Standing(None, 0, 0)
    assert reminders.address(store, "ntfy") is None


@pytest.mark.parametrize("typed", ["", "ntfy.sh", "<script>alert(1)</script>", "https://ntfy.sh/a/b"])
def test_a_bad_address_comes_back_with_what_is_wrong(owner: Browser, store: Store, typed: str) -> None:
    answer = owner.send(f"{PAGE}/ntfy", {"address": typed}, seen=PAGE)
    assert answer.status_code == 422
    (said,) = wrong(answer)
    assert said.startswith("Address ")
    assert f'value="{html.escape(typed)}"' in answer.text
    assert reminders.address(store, "ntfy") is None


def test_failures_are_counted_and_shown_as_text(owner: Browser, store: Store) -> None:
    reminders.set_address(store, "ntfy", "https://ntfy.sh/topic")
    now = times.now()
    for name, outcome, error in (("a", "sent", ""), ("b", "failed", "<b>no</b>"), ("c", "unknown", "<b>late</b>")):
        reminders.claim(store, "ntfy", [name], now=now)
        reminders.record(store, "ntfy", [name], outcome, error, now=now)  # type: ignore[arg-type]
    text = owner.get(PAGE).text
    assert "1 sent, 2 failed." in text
    assert "&lt;b&gt;late&lt;/b&gt;" in text


def test_other_channels_there_are_none(app: APIFlask, owner: Browser) -> None:
    assert owner.send(f"{PAGE}/pigeon", {"address": HOOK}, seen=PAGE).status_code == 404
    assert owner.get(f"{PAGE}/ntfy").status_code == 303
    assert Browser(app).get(PAGE).status_code == 303
