"""Pages, static files and JSON go compressed to those who take it; redirects stay bare and exports stream."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from clicking import make_config, make_link
from flask.testing import FlaskClient

from shortlinks import times, web
from shortlinks.store import Store

PAGE = "/how-we-count"


@pytest.fixture
def client(store: Store, tmp_path: Path) -> Iterator[FlaskClient]:
    app = web.create_app(make_config(tmp_path), store=store)
    yield app.test_client()
    app.extensions["shortlinks"].follower.stop()


def test_a_page_is_compressed_as_the_browser_likes_it_best(client: FlaskClient) -> None:
    plain = client.get(PAGE, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    for accepted, name, read in (("gzip, deflate, br", "br", brotli.decompress), ("gzip", "gzip", gzip.decompress)):
        answer = client.get(PAGE, headers={"Accept-Encoding": accepted})
        assert answer.headers["Content-Encoding"] == name
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert read(answer.data) == plain.data
        assert int(answer.headers["Content-Length"]) == len(answer.data) < len(plain.data) / 2


def test_a_static_file_is_compressed_and_known_again(client: FlaskClient) -> None:
    path = "/static/style.css"
    plain = client.get(path, buffered=True).data
    first = client.get(path, headers={"Accept-Encoding": "br"}, buffered=True)
    assert brotli.decompress(first.data) == plain
    known = {"Accept-Encoding": "br", "If-None-Match": first.headers["ETag"]}
    again = client.get(path, headers=known, buffered=True)
    assert (again.status_code, again.data) == (304, b"")


def test_redirects_stay_bare(client: FlaskClient, store: Store) -> None:
    link = make_link(store, now=times.now())
    # In memory and not, from the Redirector and from Flask.
    for _ in range(2):
        answer = client.get(f"/{link.slug}", headers={"Accept-Encoding": "br"})
        assert (answer.status_code, answer.headers.get("Vary")) == (302, None)
