"""What the OpenAPI document gives as an example can be sent as it stands."""

import runpy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from api_cast import Person
from apiflask import APIFlask
from jsonschema import Draft202012Validator

from shortlinks import times
from shortlinks.bio_pages import bio_page_rows, bio_pages
from shortlinks.experiments import experiments
from shortlinks.posts import posts
from shortlinks.store import Store
from shortlinks.web.api import openapi_examples
from tests.api import story

CLIENT = Path(__file__).parents[2] / "docs" / "client.py"
EARLY = 1_700_000_000_000


def _example(schema: dict[str, Any]) -> Any:
    """The example of a schema, that of the first choice which has one, or None."""
    own = schema.get("examples")
    return own[0] if own else next(filter(None, map(_example, schema.get("anyOf", []))), None)


def test_every_documented_example_is_taken(app: APIFlask, ada: Person, store: Store) -> None:
    post, _ = posts.create(store, {"platform": "instagram", "title": "A"}, now=EARLY, own_hosts=frozenset())
    bio_pages.put(store, post.profile_id, {"name": "mugs"}, now=EARLY)
    wish = {"post_id": post.id, "target": "https://shop.example/", "slug": "k7m2p"}
    bio_page_rows.add(store, post.profile_id, wish, now=EARLY, own_hosts=frozenset())
    other, _ = posts.create(store, {"platform": "instagram", "title": "B"}, now=EARLY, own_hosts=frozenset())
    asked = {"question": "Ask in the caption", "platform": "x", "kind": "text", "per_arm": 2}
    experiment = experiments.create(store, asked, now=times.now())
    names = {"post_id": post.id, "profile_id": post.profile_id, "slug": "k7m2p", "experiment_id": experiment.id}
    names |= {"host": "shop.example", "week": "2026-W01"}
    where = {"url": "https://shop.example/", "events": ["post.clicks"]}
    names["webhook_id"] = ada.post("/webhooks", where).get_json()["id"]
    document = ada.get("/openapi.json").get_json()
    sent = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "application/json" not in operation.get("requestBody", {}).get("content", {}):
                continue
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            schema = document["components"]["schemas"][reference.rpartition("/")[2]]
            fields = {name: _example(field) for name, field in schema["properties"].items()}
            body = _example(schema) or {name: value for name, value in fields.items() if value is not None}
            if reference.endswith("/NewBioRow"):  # a post that is on this page's profile
                body["post_id"] = other.id
            assert body.keys() >= set(schema.get("required", [])), reference
            answer = ada.call(method.upper(), path.format(**names), json=body)
            assert answer.status_code in (200, 201), (path, body, answer.get_json())
            sent += 1
    assert sent >= 10


def alike(written: Any, answered: Any, where: str) -> None:
    """Both have the same fields with the same kinds of values; what is free, such as evidence, depends on the day."""
    if isinstance(written, dict) and isinstance(answered, dict):
        assert written.keys() == answered.keys() or where.endswith((".evidence", ".ledger")), where
        for name in written.keys() & answered.keys():
            alike(written[name], answered[name], f"{where}.{name}")
    elif isinstance(written, list) and isinstance(answered, list):
        for one, other in zip(written, answered, strict=False):
            alike(one, other, f"{where}[]")
    elif written is not None and answered is not None:
        kinds = {float if isinstance(value, int | float) else type(value) for value in (written, answered)}
        assert len(kinds) == 1, (where, written, answered)


def test_the_story_of_the_examples_can_be_told_and_is_answered_as_they_say(
    ada: Person, store: Store, app: APIFlask
) -> None:
    """`make examples` writes them anew."""
    told, written = story.lasting(story.told(ada, store)), openapi_examples.read()
    documented = {
        operation["operationId"]
        for operations in ada.get("/openapi.json").get_json()["paths"].values()
        for operation in operations.values()
    }
    assert documented == told["calls"].keys() == written["calls"].keys()
    for name, example in written["calls"].items():
        alike(example, told["calls"][name], name)
    assert written["refusals"] == told["refusals"]


def test_the_client_in_the_documentation_takes_no_redirect_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path.startswith("/new/") else 301)
            self.send_header("Location", f"/new{self.path}")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("TOKEN", "x")
        monkeypatch.setenv("API", home := f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(SystemExit, match=f"{home}/new/api/v1/posts"):
            runpy.run_path(str(CLIENT))["call"]("POST", "/posts", {"title": "A"})
        monkeypatch.setenv("API", f"{home}/new")
        assert runpy.run_path(str(CLIENT))["call"]("POST", "/posts", {"title": "A"}) == {}
        server.shutdown()


def test_the_client_in_the_documentation_tells_of_a_proxys_page_by_its_status(monkeypatch: pytest.MonkeyPatch) -> None:
    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(502)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Proxy) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("TOKEN", "x")
        monkeypatch.setenv("API", f"http://127.0.0.1:{server.server_port}")
        client = runpy.run_path(str(CLIENT))
        with pytest.raises(client["Refused"], match=r"^502: Bad Gateway$") as caught:
            client["call"]("GET", "/posts")
        assert caught.value.status == 502  # type: ignore[attr-defined]
        server.shutdown()


def test_the_client_in_the_documentation_sends_what_is_documented(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API", "https://go.example")
    monkeypatch.setenv("TOKEN", "x")
    client = runpy.run_path(str(CLIENT))
    document = ada.get("/openapi.json").get_json()
    calls = {call["operationId"]: call for calls in document["paths"].values() for call in calls.values()}
    sale = client["SALE"] | {"external_id": "order-1", "slug": "k7m2p"}
    bodies = {"create_post": client["POST"], "add_snapshot": client["SNAPSHOT"], "report_conversion": sale}
    own = {"links", "external_id", "slug"}
    examples = {}
    for name, body in bodies.items():
        media = calls[name]["requestBody"]["content"]["application/json"]
        Draft202012Validator(media["schema"] | {"components": document["components"]}).validate(body)
        examples[name] = media["example"]
        assert {field: body[field] for field in body.keys() - own}.items() <= examples[name].items(), name
    assert client["LINK"].items() <= examples["create_post"]["links"][0].items()
    assert len(CLIENT.read_text("utf-8").splitlines()) <= 60
