"""Other shorteners' protocols: Ada's token may do everything, Ben's may read, Eve has none."""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from dialect_cast import OWN_TOKEN, Caller

from shortlinks import store as stores
from shortlinks import times, web
from shortlinks.config import Config
from shortlinks.owner import tokens
from shortlinks.store import Store


@pytest.fixture(scope="package")
def started(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIFlask]:
    """One application for all of these tests: to make one takes longer than most of them."""
    folder = tmp_path_factory.mktemp("data")
    config = Config(data_dir=folder, secret_key="k" * 32, base_url="https://go.example", api_token=OWN_TOKEN)
    made = web.create_app(config, store=stores.open_store(server))
    yield made
    made.extensions["shortlinks"].follower.stop()
    made.extensions["shortlinks"].store.redis.close()


@pytest.fixture
def app(started: APIFlask, store: Store) -> APIFlask:
    """The application over an empty store, with no link in its memory."""
    started.extensions["shortlinks"].follower.memory.clear("")
    return started


def _with(app: APIFlask, store: Store, name: str, *scopes: str) -> Caller:
    token, secret = tokens.create(store, name, list(scopes), now=times.now())
    return Caller(app, token.id, secret)


@pytest.fixture
def ada(app: APIFlask, store: Store) -> Caller:
    return _with(app, store, "Ada", *tokens.SCOPES)


@pytest.fixture
def ben(app: APIFlask, store: Store) -> Caller:
    return _with(app, store, "Ben", "read")


@pytest.fixture
def eve(app: APIFlask) -> Caller:
    return Caller(app, "", "")
