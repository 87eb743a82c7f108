"""The OpenAPI document as a person reads it: its calls in groups with examples to copy, and the shapes of what they answer.

Pure: plain data in, plain data out. `shortlinks/web/reference.py` shows it.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
    "null": "null",
}
_FORMATS = {"date-time": "time", "date": "day", "binary": "file"}


class Field(NamedTuple):
    """A parameter, or a field of a body or a shape. `shape` names what is linked to; `inside` are its own fields, if shown."""

    name: str
    kind: str
    shape: str
    required: bool
    text: str
    inside: tuple["Field", ...] = ()


class Call(NamedTuple):
    """One call. `answer` is JSON, `shape` the name of what it is, both empty where no JSON is answered.

    `files` are the types of other bodies, `file` says what is in them; where there are none either, only a status is answered.
    """

    id: str
    method: str
    path: str
    scopes: tuple[str, ...]
    summary: str
    paragraphs: tuple[str, ...]
    parameters: tuple[Field, ...]
    body_text: str
    body: tuple[Field, ...]
    curl: str
    status: str
    shape: str
    answer: str
    files: tuple[str, ...]
    file: str
    errors: tuple[tuple[str, str], ...]


class Shape(NamedTuple):
    """What an answer, or a part of one, consists of."""

    name: str
    text: str
    fields: tuple[Field, ...]


def groups(document: dict[str, Any]) -> dict[str, list[Call]]:
    """The calls by what they are about, in the order of their addresses."""
    found: dict[str, list[Call]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in sorted(document["paths"].items()):
        for method, operation in operations.items():
            found[operation["tags"][0]].append(_call(document, method.upper(), path, operation))
    return found


def shapes(document: dict[str, Any]) -> list[Shape]:
    """What answers consist of, by name."""
    bodies = {
        _named(media["schema"])
        for operations in document["paths"].values()
        for operation in operations.values()
        for media in operation.get("requestBody", {}).get("content", {}).values()
    }
    schemas = document["components"]["schemas"]
    inside = {name for body in bodies if body for name in _names_in(schemas[body])}
    return [
        Shape(name, schema.get("description", ""), _fields(document, schema, nested=False))
        for name, schema in schemas.items()
        if name not in bodies | inside
    ]


def example_of(document: dict[str, Any], status: str) -> str:
    """The example of a refusal, as JSON."""
    (media,) = document["components"]["responses"][status]["content"].values()
    return _pretty(media["example"])


def _call(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> Call:
    body = next(iter(operation.get("requestBody", {}).get("content", {}).values()), None)
    schema = _resolved(document, body["schema"]) if body else {}
    status = max(status for status in operation["responses"] if status.startswith("2"))
    bodies = operation["responses"][status].get("content", {})
    answered = bodies.get("application/json", {})
    (scopes,) = operation["security"][0].values()
    return Call(
        operation["operationId"],
        method,
        path.removeprefix("/api/v1"),
        tuple(scopes),
        operation["summary"],
        tuple(operation["description"].split("\n\n")),
        tuple(
            _field(document, each["name"], each["schema"] | {"description": each["description"]}, each["required"])
            for each in operation["parameters"]
        ),
        schema.get("description", ""),
        _fields(document, schema),
        _curl(document["servers"][0]["url"], method, path, operation),
        status,
        _named(answered.get("schema", {})),
        _pretty(answered["example"]) if "example" in answered else "",
        tuple(name for name in bodies if name != "application/json"),
        operation["responses"][status]["description"],
        tuple(
            (status, _resolved(document, said)["description"])
            for status, said in sorted(operation["responses"].items())
            if status.startswith(("4", "5"))
        ),
    )


def _curl(base_url: str, method: str, path: str, operation: dict[str, Any]) -> str:
    """The call of the examples, for a shell with the token in TOKEN."""
    given = {each["name"]: each for each in operation["parameters"] if "example" in each}
    for name, each in given.items():
        path = path.replace(f"{{{name}}}", quote(str(each["example"]), safe=""))
    query = {name: _plain(each["example"]) for name, each in given.items() if each["in"] == "query"}
    address = base_url + path + (f"?{urlencode(query, safe=',:/')}" if query else "")
    lines = [
        "curl" if method == "GET" else f"curl -X {method}",
        f"  {_quoted(address)}",
        '  -H "Authorization: Bearer $TOKEN"',
    ]
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        text = _quoted(_pretty(content["application/json"]["example"]))
        lines += ["  -H 'Content-Type: application/json'", f"  -d {text}"]
    elif content:
        lines.append("  -F file=@numbers.csv")
    return " \\\n".join(lines)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _fields(document: dict[str, Any], schema: dict[str, Any], *, nested: bool = True) -> tuple[Field, ...]:
    required = schema.get("required", [])
    return tuple(
        _field(document, name, each, name in required, nested=nested)
        for name, each in schema.get("properties", {}).items()
    )


def _field(
    document: dict[str, Any], name: str, schema: dict[str, Any], required: bool, *, nested: bool = True
) -> Field:
    inner = next(_names_in(schema), "")
    inside = _fields(document, document["components"]["schemas"][inner]) if inner and nested else ()
    return Field(name, _kind(schema), "" if inside else inner, required, _text(schema), inside)


def _text(schema: dict[str, Any]) -> str:
    own = schema.get("description")
    return str(own) if own else next((_text(choice) for choice in schema.get("anyOf", []) if _text(choice)), "")


def _kind(schema: dict[str, Any], *, bounds: bool = True) -> str:
    """What values there may be, in a few words."""
    if "anyOf" in schema:
        return " or ".join(_kind(choice, bounds=False) for choice in schema["anyOf"])
    if "$ref" in schema:
        return _named(schema)
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    kind = _FORMATS.get(schema.get("format", ""), _TYPES.get(schema.get("type", ""), "anything"))
    if kind == "list":
        return f"list of {_kind(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_kind(schema['additionalProperties'])} by name"
    return kind + _bounds(schema) if bounds else kind


def _bounds(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f", {low:,} to {high:,}"
    if "maxLength" in schema:
        return f", at most {schema['maxLength']:,} characters"
    return ""


def _named(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _names_in(schema: dict[str, Any]) -> Iterator[str]:
    """The shapes that a field's values consist of."""
    if name := _named(schema):
        yield name
    for part in (*schema.get("anyOf", []), *schema.get("properties", {}).values()):
        yield from _names_in(part)
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), dict):
            yield from _names_in(schema[inner])


def _resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    found: Any = document
    if "$ref" not in part:
        return part
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    resolved: dict[str, Any] = found
    return resolved
