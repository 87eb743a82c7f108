"""The API's fixed cast: Ada may do everything, Ben may read, Eve has no token."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_cast import OWN_TOKEN, Person
from apiflask import APIFlask

from shortlinks import times, web
from shortlinks.config import Config
from shortlinks.owner import tokens
from shortlinks.store import Store


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Iterator[APIFlask]:
    config = Config(data_dir=tmp_path, secret_key="k" * 32, base_url="https://go.example", api_token=OWN_TOKEN)
    made = web.create_app(config, store=store)
    yield made
    made.extensions["shortlinks"].follower.stop()


def _with(app: APIFlask, store: Store, name: str, *scopes: str) -> Person:
    _, secret = tokens.create(store, name, list(scopes), now=times.now())
    return Person(app, secret)


@pytest.fixture
def ada(app: APIFlask, store: Store) -> Person:
    return _with(app, store, "Ada", *tokens.SCOPES)


@pytest.fixture
def ben(app: APIFlask, store: Store) -> Person:
    return _with(app, store, "Ben", "read")


@pytest.fixture
def eve(app: APIFlask) -> Person:
    return Person(app, None)
