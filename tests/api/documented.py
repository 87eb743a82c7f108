"""Answers of the API held against its OpenAPI document, for every call that its tests make."""

from typing import Any

from apiflask import APIFlask
from jsonschema import Draft202012Validator
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request

from shortlinks.web import problems

_document: dict[str, Any] = {}
_shapes: dict[tuple[str, str, str], Draft202012Validator] = {}


def hold(app: APIFlask, answer: TestResponse) -> None:
    """Fail where the document does not name the answer's status, its content type or its shape.

    What is no call of the document is let pass, and a 500, which a test may want.
    """
    operation = _operation(app, answer.request)
    if operation is None or answer.status_code == 500:
        return
    name, status = operation["operationId"], str(answer.status_code)
    said = f"{name} answers {status} as {answer.mimetype!r}: {answer.get_data()[:300]!r}"
    assert status in operation["responses"], f"{said}. No such status is documented"
    found = operation["responses"][status]
    if "$ref" in found:
        found = _document["components"]["responses"][status]
    content = found.get("content", {})
    assert answer.mimetype in content or not (content or answer.get_data()), f"{said}. No such type is documented"
    if answer.mimetype not in ("application/json", problems.CONTENT_TYPE) or answer.content_encoding:
        return
    if (name, status, answer.mimetype) not in _shapes:
        schema = content[answer.mimetype]["schema"] | {"components": _document["components"]}
        _shapes[name, status, answer.mimetype] = Draft202012Validator(schema)
    errors = _shapes[name, status, answer.mimetype].iter_errors(answer.get_json())
    assert [f"{error.json_path} {error.message}" for error in errors] == [], said


def misfits(app: APIFlask, call: str, value: Any) -> list[str]:
    """Where a value is not what a call of the document (`GET /posts/{post_id}`) answers when it succeeds."""
    method, path = call.split()
    answers = _read(app)["paths"][f"/api/v1{path}"][method.lower()]["responses"]
    schema = next(answers[status] for status in ("201", "200") if status in answers)["content"]["application/json"][
        "schema"
    ]
    held = Draft202012Validator(schema | {"components": _document["components"]})
    return [f"{error.json_path} {error.message}" for error in held.iter_errors(value)]


def _operation(app: APIFlask, request: Request) -> dict[str, Any] | None:
    try:
        rule, _ = app.url_map.bind("localhost").match(request.path, method=request.method, return_rule=True)
    except HTTPException:
        return None
    path = rule.rule.replace("<", "{").replace(">", "}")
    found: dict[str, Any] | None = _read(app)["paths"].get(path, {}).get(request.method.lower())
    return found


def _read(app: APIFlask) -> dict[str, Any]:
    if not _document:
        _document.update(app.test_client().get("/api/v1/openapi.json").get_json())
    return _document
