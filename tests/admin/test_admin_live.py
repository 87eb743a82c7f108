"""The fragment of a post's page that is asked for again and again while somebody looks."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from admin_cast import Browser, count
from clicking import asked

from shortlinks import keys, times
from shortlinks.clicks import own_taps, selves
from shortlinks.funnels import reports
from shortlinks.links import links, target_visits
from shortlinks.links.links import Link
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.rollups import kept_clicks, recounting, retention
from shortlinks.sales import conversions
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

BIO = {"placement": "bio_link", "target": "https://shop.example/mug"}


def _plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def test_the_live_fragment_changes_with_a_click_and_only_then(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    path = f"/admin/posts/{post.id}/live"
    first = owner.get(path)
    assert first.status_code == 200
    assert "<form" not in first.text
    assert owner.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    count(store, link, 1, at=times.now())
    second = owner.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert "1 hit: none left out 1 click by a person A person followed the link" in _plain(second.text)
    assert second.text.strip() in owner.get(f"/admin/posts/{post.id}").text


def test_an_unchanged_live_fragment_costs_next_to_nothing(
    owner: Browser, store: Store, reel: tuple[Post, Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    post, link = reel
    path = f"/admin/posts/{post.id}/live"
    _stand_still(monkeypatch)
    count(store, link, 1, at=times.now())
    owner.get(path)
    with asked(monkeypatch) as all_of_it:
        first = owner.get(path, headers={"Accept-Encoding": "br"})
    known = {"If-None-Match": first.headers["ETag"], "Accept-Encoding": "br"}
    with asked(monkeypatch) as little:
        again = owner.get(path, headers=known)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    # One for the session and its language, one for the mark.
    assert len(little) == 2 < len(all_of_it)


CHANGES: dict[str, Callable[[Store, Post, Link], object]] = {
    "a click": lambda store, _, link: count(store, link, 1, at=times.now()),
    "a preview": lambda store, _, link: count(store, link, 1, at=times.now(), agent="WhatsApp/2.23.20.0 A"),
    "a lost click": lambda store, post, _: store.redis.hincrby(keys.total(post.id), "lost", 1),
    "numbers": lambda store, post, _: snapshots.add(store, post, {"views": 500}, now=times.now()),
    "numbers of another post": lambda store, _post, _link: _another(store),
    "a sale": lambda store, _, link: conversions.report(
        store, {"external_id": "1", "kind": "sale", "slug": link.slug}, now=times.now()
    ),
    "a target that broke": lambda store, _, link: _broke(store, link.target),
    "a link that nobody can tap": lambda store, post, _: links.create(
        store, post.id, BIO | {"placement": "reel_caption"}, now=times.now(), own_hosts=frozenset()
    ),
    "a click that was the creator's": lambda store, post, _: _said(store, post.id),
    "the zone of the settings": lambda store, _post, _link: settings.set_timezone(store, "Asia/Tokyo"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_live_fragment_that_would_look_different_is_never_taken_for_the_same(
    owner: Browser, store: Store, reel: tuple[Post, Link], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At one and the same moment, so that the clock alone changes nothing."""
    post, link = reel
    path = f"/admin/posts/{post.id}/live"
    count(store, link, 3, at=times.now() - 20 * times.MINUTE)
    snapshots.add(store, post, {"views": 400, "taken_at": times.now() - 10 * times.MINUTE}, now=times.now())
    _stand_still(monkeypatch)
    first = owner.get(path)
    CHANGES[name](store, post, link)
    second = owner.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, second.data == first.data) == (200, False)
    assert second.text.strip() in owner.get(f"/admin/posts/{post.id}").text


def test_the_same_in_another_language_is_not_the_same(
    owner: Browser, store: Store, reel: tuple[Post, Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has been signed in for longer than there are languages has chosen none."""
    path = f"/admin/posts/{reel[0].id}/live"
    settings.put(store, settings.LANGUAGE, None)
    _stand_still(monkeypatch)
    tags = [owner.get(path, headers={"Accept-Language": tag}).headers["ETag"] for tag in ("de", "en", "de")]
    assert tags[0] == tags[2] != tags[1]


def test_ages_in_the_live_fragment_go_on_with_the_minute(
    owner: Browser, store: Store, reel: tuple[Post, Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    post, _ = reel
    path = f"/admin/posts/{post.id}/live"
    now = (times.minute_of(times.now()) + 1) * times.MINUTE
    snapshots.add(store, post, {"views": 400, "taken_at": now - 10 * times.MINUTE - times.SECOND}, now=now)
    links.update(store, reel[1].slug, {"expires_at": now + 10_000}, now=now, own_hosts=frozenset())
    last, tag = b"", ""
    for second in (0, 1, 9, 10, 11, 59, 60, 61):
        monkeypatch.setattr(times, "now", lambda second=second: now + second * times.SECOND)
        whole, answer = owner.get(path), owner.get(path, headers={"If-None-Match": tag})
        assert answer.status_code == (200 if second in (0, 60) else 304)
        if answer.status_code == 304:
            assert whole.data == last
        last, tag = whole.data, answer.headers["ETag"]
    assert "(12 minutes ago)" in _plain(last.decode())


def test_what_changes_elsewhere_sends_no_fragment_that_looks_the_same(
    owner: Browser, store: Store, reel: tuple[Post, Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/admin/posts/{reel[0].id}/live"
    _stand_still(monkeypatch)
    first = owner.get(path).headers["ETag"]
    settings.put(store, settings.SHOP, "shop.example")
    again = owner.get(path, headers={"If-None-Match": first})
    assert (again.status_code, again.data) == (304, b"")
    with asked(monkeypatch) as little:
        assert owner.get(path, headers={"If-None-Match": again.headers["ETag"]}).status_code == 304
    assert first != again.headers["ETag"]
    assert len(little) == 2


def test_the_live_fragment_of_an_erased_post_is_gone(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    path = f"/admin/posts/{reel[0].id}/live"
    tag = owner.get(path).headers["ETag"]
    posts.purge(store, reel[0].id)
    assert owner.get(path, headers={"If-None-Match": tag}).status_code == 404


def _stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    now = times.now()
    monkeypatch.setattr(times, "now", lambda: now)


def _another(store: Store) -> None:
    """A post that this one is held against: nearly as many views, and far more clicks."""
    now = times.now()
    fields = {"platform": "instagram", "kind": "reel", "title": "The red jug", "published_at": now - 5 * times.DAY}
    other, (link,) = posts.create(store, fields | {"links": [BIO]}, now=now, own_hosts=frozenset())
    count(store, link, 40, at=now - 2 * times.DAY)
    snapshots.add(store, other, {"views": 500, "taken_at": now - times.DAY}, now=now)


def _broke(store: Store, target: str) -> None:
    answer = SimpleNamespace(status=404, headers={}, body=b"", seconds=0.1)
    fetcher: Any = SimpleNamespace(fetch=lambda *_, **__: answer)
    for ago in (3, 2, 1, 0):
        target_visits.check_due(store, fetcher, now=times.now() - ago * times.HOUR)
    assert target_visits.of_targets(store, [target])[target].broken_since


def _said(store: Store, post_id: str) -> None:
    click = next(kept_clicks.stream(store, post_id))
    own_taps.add(store, selves.whole_day(selves.VISITOR, click.visitor, click.at))
    recounting.of_all_asked(store, now=times.now())


def test_clicks_that_are_forgotten_change_what_the_fragment_rests_on(store: Store, reel: tuple[Post, Link]) -> None:
    post, now = reel[0], times.minute_of(times.now()) * times.MINUTE
    store.redis.xadd(keys.kept(post.id), {"z": b""}, id="1-1")
    before = reports.look(store, post.id, now=now).mark
    assert reports.look(store, post.id, now=now).mark == before
    retention.trim(store, before=now)
    assert reports.look(store, post.id, now=now).mark != before
