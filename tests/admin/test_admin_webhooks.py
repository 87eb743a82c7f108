"""Webhooks on the owner's pages: made, tried, switched and erased, and what became of what was sent."""

import re

from admin_cast import Browser, wrong

from shortlinks import times, urls
from shortlinks.store import Store
from shortlinks.webhooks import attempts, deliveries, webhooks
from shortlinks.webhooks.retrying import Outcome
from shortlinks.webhooks.webhooks import Webhook

PAGE = "/admin/settings/webhooks/"
NEW = {"url": "https://shop.example/hook", "events": ["post.clicks", "link.broken"], "description": "Sheet"}


def hook(store: Store) -> Webhook:
    fields = {"url": "https://shop.example/hook", "events": ["post.clicks"]}
    return webhooks.create(store, fields, address=urls.permalink, now=times.now())


def fail(store: Store, made: Webhook, status: int) -> None:
    ping = deliveries.ping(store, made.id, now=times.now())
    attempts.record(store, made.id, ping.id, Outcome(status=status, error="status", duration=1_234), now=times.now())


def test_one_is_made_and_its_secret_shown_once(owner: Browser, store: Store) -> None:
    assert PAGE.rstrip("/") in owner.get("/admin/settings/").text
    answer = owner.send(PAGE, NEW)
    (made,) = webhooks.list_(store)
    assert answer.status_code == 200
    assert f'value="{made.secret}"' in answer.text.replace("&#43;", "+")
    assert (made.url, made.events, made.description) == (NEW["url"], ("post.clicks", "link.broken"), "Sheet")
    for page in (PAGE, f"{PAGE}{made.id}"):
        assert "Sheet" in owner.get(page).text
        assert "whsec_" not in owner.get(page).text
    rotated = owner.send(f"{PAGE}{made.id}/secret", seen=f"{PAGE}{made.id}")
    assert webhooks.get(store, made.id).secret != made.secret
    assert "24 hours the former one" in rotated.text


def test_what_is_wrong_comes_back_with_what_was_typed(owner: Browser, store: Store) -> None:
    answer = owner.send(PAGE, {"url": "http://10.0.0.1/<b>", "description": "x" * 300})
    assert answer.status_code == 422
    assert len(wrong(answer)) == 3
    assert "not a public one" in answer.text
    assert "<b>" not in answer.text.replace("<b>{", "").split("New webhook")[1].split("</form>")[0]
    assert webhooks.list_(store) == []


def test_it_is_tried_and_shows_how_it_went(owner: Browser, store: Store) -> None:
    made = hook(store)
    page = f"{PAGE}{made.id}"
    assert "Nothing was sent yet." in owner.get(page).text
    assert owner.send(f"{page}/test", seen=page).status_code == 303
    ((ping, _at),) = deliveries.of_webhook(store, made.id)
    attempts.record(store, made.id, ping.id, Outcome(status=503, error="status", duration=1_234), now=times.now())
    text = owner.get(page).text
    for said in ("It answered with status 503.", "1 attempt", "1,234 ms", "Next attempt:", "failed in a row: 1"):
        assert said in text
    assert owner.send(f"{page}/deliveries/{ping.id}/replay", seen=page).status_code == 303
    assert deliveries.of_webhook(store, made.id)[0][0].attempts == 0
    for path in ("test", "secret", "state", "erase", f"deliveries/{ping.id}/replay"):
        assert owner.get(f"{page}/{path}").status_code == 303


def test_one_that_is_gone_is_told_at_home_and_switched_on_again(owner: Browser, store: Store) -> None:
    made = hook(store)
    page = f"{PAGE}{made.id}"
    owner.send(f"{page}/state", {"do": "stop"}, seen=page)
    assert webhooks.get(store, made.id).disabled_reason == "owner"
    for home in ("/admin/", "/admin/settings/"):
        assert "1 webhook is off" not in owner.get(home).text
    assert "You switched it off." in owner.get(page).text
    owner.send(f"{page}/state", {"do": "start"}, seen=page)
    fail(store, made, 410)
    for home in ("/admin/", "/admin/settings/"):
        assert "1 webhook is off, because nothing got through." in owner.get(home).text
    assert "it is gone (410)" in owner.get(page).text
    assert "it is gone (410)" in owner.get(PAGE).text
    assert owner.send(f"{page}/test", seen=page).status_code == 303
    assert "Must be active" in owner.get(page).text
    assert len(deliveries.of_webhook(store, made.id)) == 1
    owner.send(f"{page}/state", {"do": "start"}, seen=page)
    assert re.search(r"It is on\.", owner.get(page).text)


def test_it_is_erased_once(owner: Browser, store: Store) -> None:
    made = hook(store)
    token = {"csrf_token": owner.token(f"{PAGE}{made.id}")}
    for _number in range(2):
        assert owner.client.post(f"{PAGE}{made.id}/erase", data=token).status_code == 303
    assert webhooks.list_(store) == []
    assert owner.get(f"{PAGE}{made.id}").status_code == 404


def test_there_is_no_form_for_one_too_many(owner: Browser, store: Store) -> None:
    for _number in range(webhooks.MOST):
        hook(store)
    text = owner.get(PAGE).text
    assert "There are 20 already" in text
    assert 'name="url"' not in text
