"""What programs ask every host for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask

from shortlinks import store as stores
from shortlinks import times, web
from shortlinks.config import Config
from shortlinks.links import misses


@pytest.fixture
def app(store: stores.Store, tmp_path: Path) -> Iterator[APIFlask]:
    made = web.create_app(Config(data_dir=tmp_path, secret_key="k" * 32), store=store)
    yield made
    made.extensions["shortlinks"].follower.stop()


def test_search_engines_are_told_to_stay_away_and_previews_that_they_may_come(app: APIFlask) -> None:
    answer = app.test_client().get("/robots.txt")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    everyone, previews = answer.text.strip().split("\n\n")
    assert everyone == "User-agent: *\nDisallow: /"
    assert previews.splitlines()[-1] == "Disallow: /admin"
    assert "User-agent: Twitterbot" in previews


def test_the_icon_is_where_browsers_look_for_one(app: APIFlask) -> None:
    answer = app.test_client().get("/favicon.ico")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    answer.close()


@pytest.mark.parametrize("path", ["/robots.txt", "/favicon.ico", "/metrics", "/api", "/c", "/static"])
def test_what_programs_ask_every_host_for_is_no_missed_link(app: APIFlask, store: stores.Store, path: str) -> None:
    app.test_client().get(path).close()
    assert misses.latest(store, days=1, now=times.now()) == []
