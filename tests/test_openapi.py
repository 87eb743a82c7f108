"""The OpenAPI document says what the API does."""

from collections.abc import Iterator
from typing import Any

import fakeredis
import pytest
from apiflask import APIFlask
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from shortlinks import store as stores
from shortlinks import web
from shortlinks.config import Config

FILES = {"GET /export", "GET /export/posts", "GET /export/funnels", "GET /export/clicks"}
"""Calls whose answers are files of their own day: streams, without a tag."""
PROMISED = {
    *("POST /posts", "GET /posts", "GET /posts/{}", "PATCH /posts/{}", "DELETE /posts/{}", "POST /posts/{}/links"),
    *("GET /links", "GET /links/{}", "PATCH /links/{}", "POST /posts/{}/snapshots", "GET /posts/{}/snapshots"),
    *("GET /posts/{}/funnel", "GET /posts/{}/timeline", "GET /posts/{}/breakdown", "GET /placements", "GET /clicks"),
    *("GET /profiles", "POST /profiles", "GET /profiles/{}", "PATCH /profiles/{}"),
    *(
        "GET /profiles/{}/snapshots",
        "POST /profiles/{}/snapshots",
        "POST /conversions",
        "GET /conversions",
        "GET /compare",
    ),
    *("POST /profiles/{}/snapshots/import", "POST /snapshots/import", "GET /profiles/{}/funnel"),
    *("PUT /shops/{}/totals/{}", "GET /shops/{}/totals/{}", "GET /shops/{}/totals"),
    *("POST /posts/{}/polls", "GET /posts/{}/polls"),
    *("GET /profiles/{}/snapshots", "POST /profiles/{}/snapshots", "POST /conversions"),
    *(
        "GET /experiments",
        "POST /experiments",
        "GET /experiments/{}",
        "PATCH /experiments/{}",
        "GET /experiments/power",
    ),
    *("GET /insights", "GET /events"),
    *("POST /webhooks", "GET /webhooks", "GET /webhooks/{}", "PATCH /webhooks/{}", "DELETE /webhooks/{}"),
    *("POST /webhooks/{}/rotate-secret", "POST /webhooks/{}/test", "GET /webhooks/{}/deliveries"),
    "POST /webhooks/{}/deliveries/{}/replay",
    *FILES,
    *("POST /tokens", "GET /tokens", "DELETE /tokens/{}"),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> APIFlask:
    config = Config(data_dir=tmp_path_factory.mktemp("data"), secret_key="k" * 32, base_url="https://go.example")
    return web.create_app(config, store=stores.on(fakeredis.FakeRedis()))


@pytest.fixture(scope="module")
def document(app: APIFlask) -> dict[str, Any]:
    answer = app.test_client().get("/api/v1/openapi.json", headers={"Host": "evil.example"})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def calls(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        parts = ["{}" if part.startswith("{") else part for part in path.removeprefix("/api/v1").split("/")]
        for method, operation in operations.items():
            yield f"{method.upper()} {'/'.join(parts)}", operation


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_it_is_openapi_3_1_and_names_our_own_address(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "https://go.example"}]


def test_it_is_valid(document: dict[str, Any]) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_it_holds_every_promised_call_and_no_other_way(document: dict[str, Any], app: APIFlask) -> None:
    documented = {name for name, _ in calls(document)}
    assert documented >= PROMISED
    routes = {
        f"{method} {'/'.join('{}' if part.startswith('<') else part for part in rule.rule.removeprefix('/api/v1').split('/'))}"
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert documented == routes


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert found
    for reference in found:
        part: Any = document
        for name in reference.removeprefix("#/").split("/"):
            assert name in part, reference
            part = part[name]


def test_every_call_says_what_can_go_wrong(document: dict[str, Any]) -> None:
    for name, operation in calls(document):
        answers = set(operation["responses"])
        assert answers >= {"400", "401", "403", "422", "429", "503"}, name
        if "requestBody" in operation:
            assert "413" in answers, name
            assert operation["requestBody"]["required"] is True, name
        if "{}" in name:
            assert "404" in answers, name
        assert any(status.startswith("2") for status in answers), name
    problem = {"$ref": "#/components/schemas/Problem"}
    for answer in document["components"]["responses"].values():
        assert answer["content"].keys() == {"application/problem+json"}
        assert answer["content"]["application/problem+json"]["schema"] == problem


def test_every_call_has_a_name_a_scope_and_a_description_that_says_more_than_its_summary(
    document: dict[str, Any],
) -> None:
    names = [operation["operationId"] for _, operation in calls(document)]
    assert len(names) == len(set(names))
    for name, operation in calls(document):
        assert operation["summary"], name
        assert operation["security"][0]["BearerAuth"], name
        assert len(operation.get("description", "")) > 20, name
        assert operation["description"].rstrip(".") != operation["summary"].rstrip("."), name


def test_every_parameter_says_what_it_is(document: dict[str, Any]) -> None:
    for name, operation in calls(document):
        for parameter in operation["parameters"]:
            assert parameter["description"], (name, parameter["name"])
            assert "example" in parameter or not parameter["required"], (name, parameter["name"])


def shown(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Each example of a body, an answer, a refusal and a parameter: whose it is, the schema it is of, and itself."""
    for name, operation in calls(document):
        parts = {"body": operation.get("requestBody", {}), **operation["responses"]}
        contents = {part: said.get("content", {}) for part, said in parts.items() if "$ref" not in said}
        for part, content in contents.items():
            for kind, media in content.items():
                if "example" in media:
                    yield f"{name} {part} {kind}", media["schema"], media["example"]
        for parameter in operation["parameters"]:
            if "example" in parameter:
                yield f"{name} {parameter['name']}", parameter["schema"], parameter["example"]
    for status, answer in document["components"]["responses"].items():
        for media in answer["content"].values():
            if "example" in media:
                yield f"{status}", media["schema"], media["example"]


def test_every_body_and_every_answer_has_an_example(document: dict[str, Any]) -> None:
    found = {name for name, _, _ in shown(document)}
    for name, operation in calls(document):
        if "requestBody" in operation:
            assert {f"{name} body application/json", f"{name} body text/csv"} & found, name
        examples = {f"{name} 200 application/json", f"{name} 201 application/json"} & found
        assert examples or "204" in operation["responses"] or name in FILES, name
    assert found >= {"400", "401", "403", "404", "409", "413", "415", "422"}


def test_every_answer_has_a_shape(document: dict[str, Any]) -> None:
    for name, operation in calls(document):
        for status in {"200", "201"} & operation["responses"].keys():
            for media in operation["responses"][status]["content"].values():
                assert media["schema"], (name, status)


def test_every_example_is_of_its_schema(document: dict[str, Any]) -> None:
    for name, schema, example in shown(document):
        whole = Draft202012Validator(schema | {"components": document["components"]})
        assert [error.message for error in whole.iter_errors(example)] == [], name


def test_whoever_makes_something_is_told_where_it_is(document: dict[str, Any]) -> None:
    for name, operation in calls(document):
        if "201" in operation["responses"] and name != "POST /conversions":
            assert "Location" in operation["responses"]["201"]["headers"], name


def test_every_post_may_have_a_key_and_says_what_becomes_of_it(document: dict[str, Any]) -> None:
    for name, operation in calls(document):
        posts = name.startswith("POST ")
        keys = [each for each in operation["parameters"] if each["name"] == "Idempotency-Key"]
        answered = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        assert [(key["in"], key["required"]) for key in keys] == ([("header", False)] if posts else []), name
        assert all("24 hours" in key["description"] for key in keys), name
        assert all(("Idempotent-Replay" in answer.get("headers", {})) == posts for answer in answered), name
        assert not posts or set(operation["responses"]) >= {"409", "422", "503"}, name


def test_what_is_read_has_a_tag_and_what_is_changed_may_name_it(document: dict[str, Any]) -> None:
    for name, operation in calls(document):
        named = {each["name"] for each in operation["parameters"]}
        answers = operation["responses"]
        method = name.partition(" ")[0]
        assert ("If-None-Match" in named) == ("304" in answers) == (method == "GET" and name not in FILES), name
        assert ("If-Match" in named) == ("412" in answers) == (method in ("PATCH", "PUT", "DELETE")), name
        if method in ("GET", "PATCH", "PUT") and name not in FILES:
            assert "ETag" in answers["200"]["headers"], name


def test_bodies_are_closed_and_answers_are_open(document: dict[str, Any]) -> None:
    found = document["components"]["schemas"]
    bodies = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for _, operation in calls(document)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    for name, schema in found.items():
        assert (schema.get("additionalProperties") is False) == (name in bodies), name


def test_it_needs_no_token(app: APIFlask) -> None:
    assert app.test_client().get("/api/v1/openapi.json").status_code == 200
