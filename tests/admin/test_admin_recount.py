"""The button that has everything counted again, and what the page says of it."""

import pytest
import redis
from admin_cast import Browser, count
from rq import Queue

from shortlinks import keys, times
from shortlinks.clicks import classify
from shortlinks.links.links import Link
from shortlinks.owner import settings
from shortlinks.posts.posts import Post
from shortlinks.records import nouns
from shortlinks.rollups import recounts
from shortlinks.running import wake
from shortlinks.store import Store

PAGE = "/admin/settings/"
BUTTON = "/admin/settings/recount/"
LIVE = "/admin/settings/recount/live"


def test_it_is_begun_shown_while_it_is_under_way_and_told_when_it_is_over(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    count(store, reel[1], 3, at=times.now())
    page = owner.get(PAGE).text
    assert "<progress" not in page
    assert "data-live" not in page
    answer = owner.send(BUTTON, seen=PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}#counting")
    (job,) = Queue(wake.OTHER_QUEUE, connection=store.redis).jobs
    assert job.func_name == "worker.jobs.recount"
    page = owner.get(PAGE).text
    assert f'data-live="{LIVE}"' in page
    assert "Counting again: 0 of 1 post." in page
    live = owner.get(LIVE)
    assert '<progress max="1" value="0"' in live.text
    assert owner.get(LIVE, headers={"If-None-Match": live.headers["ETag"]}).status_code == 304
    recounts.step(store, seconds=60)
    for text in (owner.get(LIVE).text, owner.get(PAGE).text):
        assert "<progress" not in text
        assert (
            f"3 clicks of 1 post counted again by the rules of version {classify.VERSION}, with repeats within 30 seconds."
            in text
        )
        assert "No click has another reason now." in text
        assert "The rules have changed since" not in text


def test_it_says_when_the_rules_have_changed_since(owner: Browser, store: Store) -> None:
    recounts.begin(store, now=times.now())
    recounts.step(store, seconds=60)
    store.redis.hset(keys.RECOUNT, "version", classify.VERSION - 1)
    assert f"they are at version {classify.VERSION}" in owner.get(PAGE).text


def test_without_the_workers_redis_it_begins_all_the_same(
    owner: Browser, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(wake, "recount", away)
    assert owner.send(BUTTON, seen=PAGE).status_code == 303
    found = recounts.last(store)
    assert found is not None
    assert found.finished is None


def test_not_while_an_import_is_under_way(owner: Browser, store: Store) -> None:
    settings.put(store, nouns.IMPORTING, "counts x")
    assert owner.send(BUTTON, seen=PAGE).status_code == 303
    assert "An import is under way here" in owner.get(PAGE).text
    assert recounts.last(store) is None


def test_only_the_owner_may(stranger: Browser, store: Store) -> None:
    fields = {"csrf_token": stranger.token("/admin/sign-in")}
    assert stranger.client.post(BUTTON, data=fields).headers["Location"].startswith("/admin/sign-in")
    assert stranger.get(LIVE).status_code == 401
    assert recounts.last(store) is None


def test_not_without_the_pages_own_token(owner: Browser, store: Store) -> None:
    owner.client.post(BUTTON)
    assert recounts.last(store) is None


def test_its_address_asked_for_again_is_the_page(owner: Browser) -> None:
    assert owner.get(BUTTON).headers["Location"] == PAGE
