"""`/@name` as visitors get it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from apiflask import APIFlask
from clicking import OWN_HOSTS, PHONE, make_config, make_post
from werkzeug.test import TestResponse

from shortlinks import times, web
from shortlinks.bio_pages import bio_page_rows, bio_pages
from shortlinks.bio_pages.bio_pages import BioPage
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.store import Store
from shortlinks.web import bio

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{ 7*7 }} \u202e"


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Iterator[APIFlask]:
    made = web.create_app(make_config(tmp_path), store=store)
    yield made
    made.extensions["shortlinks"].follower.stop()


@pytest.fixture
def mug(store: Store) -> tuple[BioPage, Link]:
    """The page of Ada with one row."""
    now = times.now()
    post, _ = make_post(store, "bio_link", now=now)
    bio_pages.put(store, post.profile_id, {"name": "ada", "title": "Ada makes mugs"}, now=now)
    return bio_page_rows.add(store, post.profile_id, {"post_id": post.id}, now=now, own_hosts=OWN_HOSTS)


def get(app: APIFlask, path: str = "/@ada", method: str = "GET", **headers: str) -> TestResponse:
    return app.test_client().open(path, method=method, headers={"User-Agent": PHONE} | headers)


def recorded(app: APIFlask) -> int:
    return int(app.extensions["shortlinks"].follower.journal.appended)


@pytest.mark.parametrize("path", ["/@ada", "/@ADA", "/@ada.", "/@ada/", "/@ada?igsh=1", "/@ada?%ff"])
def test_the_page_has_a_row_with_the_posts_own_link(app: APIFlask, mug: tuple[BioPage, Link], path: str) -> None:
    answer = get(app, path)
    assert answer.status_code == 200
    assert f'<a href="/{mug[1].slug}" rel="nofollow">The blue mug</a>' in answer.text
    assert "<h1>Ada makes mugs</h1>" in answer.text
    assert get(app, f"/{mug[1].slug}").headers["Location"] == "https://shop.example/mug"


def test_nobody_keeps_the_page_and_no_search_engine_lists_it(app: APIFlask, mug: tuple[BioPage, Link]) -> None:
    answer = get(app)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in answer.headers
    assert "ETag" not in answer.headers
    assert '<meta name="robots" content="noindex">' in answer.text
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    for inline in ("<script", "style=", "<style", "javascript:"):
        assert inline not in answer.text


def test_every_open_is_recorded_and_nothing_else(app: APIFlask, mug: tuple[BioPage, Link]) -> None:
    get(app)
    assert get(app, method="HEAD").data == b""
    assert recorded(app) == 2
    for path in ("/@nobody", "/@", "/@ada/x", "/@%00", "/@" + "x" * 300, "/ada"):
        assert get(app, path).status_code == 404, path
    assert get(app, method="POST").status_code == 405
    assert recorded(app) == 2


def test_a_page_that_is_off_is_not_found(app: APIFlask, mug: tuple[BioPage, Link], store: Store) -> None:
    bio_pages.put(store, mug[0].profile_id, {"online": False}, now=times.now())
    assert get(app).status_code == 404
    assert recorded(app) == 0


def test_a_slug_and_a_page_may_have_one_name(app: APIFlask, mug: tuple[BioPage, Link], store: Store) -> None:
    wish = {"placement": "bio_link", "target": "https://shop.example/slug", "slug": "ada"}
    links.create(store, mug[1].post_id, wish, now=times.now(), own_hosts=OWN_HOSTS)
    assert get(app, "/ada").status_code == 302
    assert get(app, "/@ada").status_code == 200


def test_hostile_text_shows_as_text(app: APIFlask, mug: tuple[BioPage, Link], store: Store) -> None:
    page, link = mug
    bio_pages.put(store, page.profile_id, {"title": HOSTILE[:80], "about": HOSTILE}, now=times.now())
    bio_page_rows.edit(store, page.profile_id, link.slug, {"title": HOSTILE[:80]})
    text = get(app).text
    assert "<script" not in text
    assert "<img" not in text
    assert text.count("&lt;script&gt;") == 6
    assert "{{ 7*7 }}" in text


def test_the_fullest_page_weighs_less_than_15_kib(app: APIFlask, mug: tuple[BioPage, Link], store: Store) -> None:
    page, link = mug
    now = times.now()
    bio_pages.put(store, page.profile_id, {"title": "🫖" * 80, "about": "🫖" * 160}, now=now)
    bio_page_rows.edit(store, page.profile_id, link.slug, {"title": "🫖" * 80})
    for number in range(23):
        post, _ = make_post(store, "bio_link", now=now + number, profile_id=page.profile_id)
        wish = {"post_id": post.id, "title": "🫖" * 80}
        bio_page_rows.add(store, page.profile_id, wish, now=now + number, own_hosts=OWN_HOSTS)
    style = Path(web.__file__).parent / "static" / "bio.css"
    assert len(get(app).data) + style.stat().st_size < 15 * 1024


def test_a_change_is_seen_within_a_second(
    app: APIFlask, mug: tuple[BioPage, Link], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(bio, "monotonic", lambda: clock[0])
    get(app)
    bio_page_rows.edit(store, mug[0].profile_id, mug[1].slug, {"title": "The green mug"})
    assert "The blue mug" in get(app).text
    clock[0] += 1.0
    assert "The green mug" in get(app).text
    bio_pages.put(store, mug[0].profile_id, {"online": False}, now=times.now())
    clock[0] += 1.0
    assert get(app).status_code == 404


def test_a_page_that_was_opened_is_shown_and_recorded_while_redis_is_away(
    app: APIFlask, mug: tuple[BioPage, Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    get(app)

    def away(*_: object, **__: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(bio_pages, "shown", away)
    monkeypatch.setattr(bio, "monotonic", lambda: 1e12)
    assert get(app).status_code == 200
    assert recorded(app) == 2
    assert get(app, "/@other").status_code == 503
