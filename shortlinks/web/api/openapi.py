"""The OpenAPI 3.1 document: what APIFlask makes of the views, completed with what is true of all of them.

Which refusals a call may answer follows from its shape: a token, a body, a query, a name in the path.
"""

from typing import Any

from apiflask import APIBlueprint, APIFlask

from shortlinks.web import problems
from shortlinks.web.api import once, openapi_examples, schemas
from shortlinks.web.api.ways import WAYS

PATH = "/api/v1/openapi.json"

_REFUSALS = {
    400: (
        "The request is broken: its body is not JSON, its query not UTF-8 or with a parameter twice, or its Host not the name "
        "of a host"
    ),
    401: "No token, or one that is not known",
    403: "The token lacks the scope",
    404: "There is no such thing",
    409: (
        "It clashes with what there is: the field says with what. For `Idempotency-Key`: the key was used for another "
        "request, or the first one was carried out, but its answer was lost"
    ),
    410: "What was asked for next is not kept any more, and was missed; `type` says so",
    412: "`If-Match` names none of its present versions: it was changed meanwhile; nothing was done",
    413: "The body is larger than 1 MiB",
    415: "The body is of another type",
    422: "The input has errors: each names its field",
    429: "Too many requests of this token",
    503: (
        "The database does not answer, and `detail` says whether it may have been done all the same; or the first request "
        "with this `Idempotency-Key` is still under way"
    ),
}
# What APIFlask cannot know: bodies that are files, by the call's name.
_FILES = {
    "import_profile_snapshots": "TikTok's Overview.csv, as it was downloaded",
    "import_snapshots": "The platform's CSV, as it was downloaded",
}
# What stands between the slashes of a path.
_NAMES = {
    "post_id": "Id of the post",
    "profile_id": "Id of the profile",
    "experiment_id": "Id of the experiment",
    "token_id": "Id of the token, which is not the token itself",
    "webhook_id": "Id of the webhook",
    "delivery_id": "Id of the delivery",
    "slug": "What stands behind the host name of the short link, in any case",
    "host": "Host of the shop, with or without www.",
    "week": "Week of ISO 8601, from Monday to Sunday",
}
_PARAMETERS = {
    "IdempotencyKey": {
        "name": once.HEADER,
        "in": "header",
        "required": False,
        "description": (
            "A key of your own for this request, such as a UUID; 1 to 255 visible ASCII characters. Sent again within 24 "
            "hours with the same token, path, query and body, it is not carried out again: the first answer comes again, "
            "with `Idempotent-Replay`, also when both arrive together. A request that failed lets its key go."
        ),
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The `ETag` of the answer that you have, or several: 304 when it is still the same",
        "schema": {"type": "string"},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": (
            "The `ETag` of what you have seen: 412 when its record was changed since. What is counted beside it does not "
            "matter. `*` stands for any that is there. A row's is that of its page."
        ),
        "schema": {"type": "string"},
    },
}
_HEADERS = {
    "IdempotentReplay": {
        "description": "`true` on the answer of an earlier request with the same `Idempotency-Key`",
        "schema": {"type": "string", "const": "true"},
    },
    "ETag": {
        "description": "Tag of this answer, for `If-None-Match`; that of a single record for `If-Match`, too",
        "schema": {"type": "string"},
    },
}
_TAGGED_POSTS = {"create_post", "create_link", "create_profile", "create_experiment", "create_token", "add_bio_row"}
_TAGGED_POSTS |= {"create_webhook", "rotate_webhook_secret"}
_STREAMS = {"export_all", "export_posts", "export_funnels", "export_clicks"}
_UNCHANGED = {
    "description": "The answer is still the one that `If-None-Match` names",
    "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}}
_REFS = "#/components/schemas/"


def install(app: APIFlask, base_url: str) -> None:
    """Serve the document of `app`, whose blueprints are registered and whose public address is `base_url`."""
    app.config["AUTO_VALIDATION_ERROR_RESPONSE"] = False
    app.config["AUTO_AUTH_ERROR_RESPONSE"] = False
    app.config["AUTO_404_RESPONSE"] = False
    app.config["AUTO_OPERATION_ID"] = True
    for blueprint in app.blueprints.values():
        if not isinstance(blueprint, APIBlueprint):
            # APIFlask 3.1 asks every blueprint with a `before_request` for this, and Flask's own have no such attribute.
            vars(blueprint)["enable_openapi"] = False
    app.servers = [{"url": base_url}]
    app.config["DESCRIPTION"] = "\n\n".join(f"**{way.title}.** {way.text}" for way in WAYS)
    app.spec_processor(complete)


def complete(spec: Any) -> Any:
    """`spec` with flat schema names, and on each call its refusals."""
    components = spec["components"]
    components["schemas"] = _flat(components["schemas"])
    components["schemas"]["Problem"] = schemas.Problem.model_json_schema(ref_template=_REFS + "{model}")
    components["schemas"]["Problem"].pop("$defs", None)
    components["schemas"]["FieldError"] = schemas.FieldError.model_json_schema()
    components["headers"] = _HEADERS
    components["responses"] = {str(status): _refusal(status, text) for status, text in _REFUSALS.items()}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            operation["operationId"] = operation["operationId"].removeprefix(f"{method}_api_")
            if description := _FILES.get(operation["operationId"]):
                operation["requestBody"] = {"content": _upload(description)}
            operation["tags"] = [path.removeprefix("/api/v1/").partition("/")[0]]
            _complete_operation(method, path, operation)
    found = {tag for operations in spec["paths"].values() for call in operations.values() for tag in call["tags"]}
    spec["tags"] = [{"name": tag} for tag in sorted(found)]
    return _rename_refs(spec)


def _complete_operation(method: str, path: str, operation: dict[str, Any]) -> None:
    example = openapi_examples.read()["calls"].get(operation["operationId"], {})
    for parameter in operation["parameters"]:
        _complete_parameter(parameter, example)
    answers = operation["responses"]
    if {"200", "201"} <= answers.keys():
        # What is there already is answered in the shape of what is new.
        answers["200"]["content"] = {kind: dict(media) for kind, media in answers["201"]["content"].items()}
    # A plain list of statuses in `bp.doc` is how a view names those that its shape does not show.
    named = {int(status) for status in answers if int(status) >= 400}
    shown = {400, 401, 403, 422, 429, 503} if operation.get("security") else set()
    if "{" in path:
        shown.add(404)
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
        shown.add(413)
    tagged = operation["operationId"] not in _STREAMS
    if method == "get" and tagged:
        operation["parameters"].append(dict(_PARAMETERS["IfNoneMatch"]))
        answers["304"] = _UNCHANGED
    if method in ("patch", "put", "delete"):
        shown.add(412)
        operation["parameters"].append(dict(_PARAMETERS["IfMatch"]))
    if (method in ("get", "patch", "put") and tagged) or operation["operationId"] in _TAGGED_POSTS:
        _add_headers(answers, "ETag", "ETag")
    if method == "post":
        shown.add(409)
        operation["parameters"].append(dict(_PARAMETERS["IdempotencyKey"]))
        _add_headers(answers, once.REPLAY, "IdempotentReplay")
    for status in sorted(named | shown):
        answers[str(status)] = {"$ref": f"#/components/responses/{status}"}
    _show(operation, example)


def _complete_parameter(parameter: dict[str, Any], example: dict[str, Any]) -> None:
    name = parameter["name"]
    schema = _without_null(parameter["schema"])
    parameter["description"] = _NAMES[name] if parameter["in"] == "path" else schema.pop("description", "")
    parameter["schema"] = schema
    given = example.get(parameter["in"], {})
    if name in given:
        parameter["example"] = given[name]


def _show(operation: dict[str, Any], example: dict[str, Any]) -> None:
    """Put the example's body and answer to the schemas that they are of."""
    kind = "text/csv" if isinstance(example.get("body"), str) else "application/json"
    for part, shown in (
        (operation.get("requestBody", {}), "body"),
        *((answer, "answer") for status, answer in operation["responses"].items() if status in ("200", "201")),
    ):
        content = part.get("content", {}).get(kind if shown == "body" else "application/json")
        if content and shown in example:
            content["example"] = example[shown]


def _add_headers(answers: dict[str, Any], name: str, component: str) -> None:
    """Put a header on every answer that is no refusal."""
    for status, answer in answers.items():
        if status.startswith("2"):
            answer.setdefault("headers", {})[name] = {"$ref": f"#/components/headers/{component}"}


def _upload(description: str) -> dict[str, Any]:
    """The two ways to send a file."""
    file = {"type": "string", "description": description}
    form = {"type": "object", "required": ["file"], "properties": {"file": {**file, "format": "binary"}}}
    return {"multipart/form-data": {"schema": form}, "text/csv": {"schema": file}}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query cannot say null: it leaves the parameter out."""
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**choices[0], **rest}


def _refusal(status: int, text: str) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": _REFS + "Problem"}}
    if example := openapi_examples.read()["refusals"].get(str(status)):
        content["example"] = example
    answer: dict[str, Any] = {"description": text, "content": {problems.CONTENT_TYPE: content}}
    if status in (429, 503):
        answer["headers"] = _RETRY_AFTER
    return answer


def _flat(found: dict[str, Any]) -> dict[str, Any]:
    """Nested models come as `PostPage.Link`, once per model around them; one `Link` is enough."""
    flat: dict[str, Any] = {}
    for name, schema in found.items():
        flat[name.rpartition(".")[2]] = schema
    flat.pop("HTTPError", None)
    return dict(sorted(flat.items()))


def _rename_refs(part: Any) -> Any:
    if isinstance(part, list):
        return [_rename_refs(item) for item in part]
    if isinstance(part, dict):
        return {
            key: _REFS + value.removeprefix(_REFS).rpartition(".")[2]
            if key == "$ref" and isinstance(value, str) and value.startswith(_REFS)
            else _rename_refs(value)
            for key, value in part.items()
        }
    return part
