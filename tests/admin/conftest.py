"""The admin's fixed cast: `owner` is signed in, `stranger` is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from admin_cast import PASSWORD_HASH, Browser, config
from apiflask import APIFlask

from shortlinks import times, web
from shortlinks.links.links import Link
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.store import Store


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Iterator[APIFlask]:
    made = web.create_app(config(tmp_path), store=store)
    yield made
    made.extensions["shortlinks"].follower.stop()


@pytest.fixture
def stranger(app: APIFlask, store: Store) -> Browser:
    settings.set_password_hash(store, PASSWORD_HASH)
    return Browser(app)


@pytest.fixture
def owner(app: APIFlask, store: Store) -> Browser:
    settings.set_password_hash(store, PASSWORD_HASH)
    browser = Browser(app)
    assert browser.sign_in().status_code == 303
    return browser


@pytest.fixture
def reel(store: Store) -> tuple[posts.Post, Link]:
    """An Instagram reel of an hour ago with one bio link."""
    now = times.now()
    fields = {
        "platform": "instagram",
        "kind": "reel",
        "title": "The blue mug",
        "published_at": now - times.HOUR,
        "links": [{"placement": "bio_link", "target": "https://shop.example/mug"}],
    }
    post, (link,) = posts.create(store, fields, now=now, own_hosts=frozenset({"go.example"}))
    return post, link
