"""The page of the API's calls says what the OpenAPI document says."""

import json
import re
import shlex
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import fakeredis
import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from markupsafe import escape

from shortlinks import store as stores
from shortlinks import web
from shortlinks.config import Config
from shortlinks.links import links
from shortlinks.web.api import openapi

BASE_URL = "https://go.example"
HEAVIEST = 60 << 10
"""Bytes that go over the wire for whoever sees the page for the first time."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> APIFlask:
    config = Config(data_dir=tmp_path_factory.mktemp("data"), secret_key="k" * 32, base_url=BASE_URL)
    return web.create_app(config, store=stores.on(fakeredis.FakeRedis()))


@pytest.fixture(scope="module")
def client(app: APIFlask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def document(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get(openapi.PATH).get_json()
    return found


@pytest.fixture(scope="module")
def page(client: FlaskClient) -> str:
    answer = client.get("/api-reference", headers={"Accept-Language": "de"})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def calls(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


def section(page: str, name: str) -> str:
    """What the page says of a call."""
    _, found, rest = page.partition(f'<section class="card stack" id="{name}"')
    assert found, name
    return rest.partition("</section>")[0]


def test_every_call_is_told_with_its_parameters_fields_and_errors(document: dict[str, Any], page: str) -> None:
    for method, path, operation in calls(document):
        said = section(page, operation["operationId"])
        assert f"<code>{method} {path.removeprefix('/api/v1')}</code>" in said
        assert f"Scope: {' or '.join(operation['security'][0]['BearerAuth'])}<" in said
        assert str(escape(operation["summary"])).replace("`", "") in re.sub("</?code>", "", said)
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        name = content["schema"]["$ref"].rpartition("/")[2] if content else "Problem"
        fields = document["components"]["schemas"][name]["properties"] if content else {}
        for field in [*fields, *(parameter["name"] for parameter in operation["parameters"])]:
            assert f"<li><code>{field}</code> (" in said, (method, path, field)
        for status in operation["responses"]:
            assert f"<dt>{status}</dt>" in said or status < "400", (method, path, status)


def test_every_call_can_be_copied_into_a_shell(document: dict[str, Any], page: str) -> None:
    for method, path, operation in calls(document):
        written = re.search("<pre>(curl .*?)</pre>", section(page, operation["operationId"]), re.DOTALL)
        assert written
        words = shlex.split(unescape(written[1]))
        options = dict(pairwise(words))
        address = urlsplit(next(word for word in words if word.startswith(BASE_URL)))
        given = {parameter["name"]: parameter.get("example") for parameter in operation["parameters"]}
        assert (options.get("-X", "GET"), address.path) == (method, path.format(**given))
        for name, value in parse_qsl(address.query):
            assert value == (str(given[name]).lower() if isinstance(given[name], bool) else str(given[name]))
        assert "Authorization: Bearer $TOKEN" in words
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            assert json.loads(options["-d"]) == content["application/json"]["example"]
            assert "Content-Type: application/json" in words
        else:
            assert ("-F" in words) == bool(content)


def test_every_answer_is_shown_and_its_shape_explained(document: dict[str, Any], page: str) -> None:
    for _, _, operation in calls(document):
        said = section(page, operation["operationId"])
        for status in ("200", "201"):
            media = operation["responses"].get(status, {}).get("content", {}).get("application/json")
            if media:
                assert f'href="#{media["schema"]["$ref"].rpartition("/")[2]}"' in said
                shown = re.search("<summary>Answer</summary>.*?<pre>(.*?)</pre>", said, re.DOTALL)
                assert shown
                assert json.loads(unescape(shown[1])) == media["example"]


def test_an_answer_that_is_a_file_is_told_by_its_type_and_only_one_without_a_body_as_having_none(
    document: dict[str, Any], page: str
) -> None:
    files = 0
    for method, path, operation in calls(document):
        said = section(page, operation["operationId"])
        bodies = next(answer for status, answer in operation["responses"].items() if status < "300").get("content", {})
        assert ("with no body" in said) == (not bodies), (method, path)
        if bodies and "application/json" not in bodies:
            files += 1
            for name in bodies:
                assert f"<code>{name}</code>" in said.partition("<pre>curl")[2], (method, path)
    assert files == 4
    assert "its last line is of the kind <code>footer</code>" in section(page, "export_all")


def test_every_anchor_is_there_once(page: str) -> None:
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    leads = set(re.findall(r'href="#([^"]+)"', page))
    assert len(leads) > 100
    assert leads <= set(ids)


def test_it_is_english_and_loads_nothing_from_elsewhere_and_no_script(page: str) -> None:
    assert '<html lang="en">' in page
    assert "<script" not in page
    assert "`" not in page
    assert set(re.findall(r'<link [^>]*href="([^"]+)"', page)) == {
        *("/static/favicon.svg", "/static/style.css", "/static/reference.css"),
    }


def test_it_is_light_and_known_again(client: FlaskClient, page: str) -> None:
    parts = ["/api-reference", *re.findall(r'<link [^>]*href="([^"]+)"', page)]
    first = [client.get(part, headers={"Accept-Encoding": "br"}, buffered=True) for part in parts]
    assert sum(len(answer.data) for answer in first) <= HEAVIEST
    known = {"Accept-Encoding": "br", "If-None-Match": first[0].headers["ETag"]}
    again = client.get("/api-reference", headers=known)
    assert (again.status_code, again.data) == (304, b"")


def test_no_link_is_called_so_and_the_readme_tells_of_it() -> None:
    assert "api-reference" in links.RESERVED_ALWAYS
    assert "/api-reference" in (Path(__file__).parent.parent / "README.md").read_text("utf-8")
