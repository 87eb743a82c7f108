"""The numbers for an assistant: a Model Context Protocol server on standard input and output, in front of a running service.

It calls the service's HTTP API with a token of the owner's. So a token may here what it may there, one that was taken back is
worth nothing at once, and an assistant needs neither this machine nor Redis. What the tools do and take is said by the service's
own OpenAPI document.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import shortlinks

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext
    from mcp.server.lowlevel import Server
    from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams, Tool

TOOLS = {
    "list_posts": ("get", "/posts"),
    "show_funnel": ("get", "/posts/{post_id}/funnel"),
    "add_snapshot": ("post", "/posts/{post_id}/snapshots"),
    "insights": ("get", "/insights"),
    "list_placements": ("get", "/placements"),
}
"""By name, the call of the API that a tool is."""

INSTRUCTIONS = (
    "Numbers of a creator's posts: from views to clicks on tracked links, arrivals and sales. list_posts finds a post and its "
    "id; show_funnel says where its count drops off and why; insights answers over all posts together, also what to repeat. "
    "Rates come with intervals: do not claim more than these. Numbers that a platform shows go in by add_snapshot."
)
MISSING = "What speaks to assistants is not installed. Install it: .venv/bin/pip install -r requirements-mcp.txt"
_PREFIX = "/api/v1"
_REFS = "#/components/schemas/"
_SECONDS = 30


class Refused(Exception):
    """What the service says no to, or that it does not answer: `problem` has `detail`, and `errors` by field of bad input."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        fields = "".join(f"\n{each['field']}: {each['message']}" for each in problem.get("errors") or ())
        super().__init__(f"{problem.get('detail') or problem.get('title') or 'Refused.'}{fields}")


class _NoRedirects(HTTPRedirectHandler):
    """What is sent on elsewhere would take the token with it, and a POST would arrive as a GET, as if it were done."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Leaves the answer as it is: an HTTPError."""


_open = build_opener(_NoRedirects).open


class Api:
    """The API of the service at `home`, called with a token."""

    def __init__(self, home: str, token: str) -> None:
        self._home, self._token = home.rstrip("/"), token
        self._document: dict[str, Any] = {}

    def document(self) -> dict[str, Any]:
        """The OpenAPI document, asked for once. Raises Refused."""
        self._document = self._document or self._call("get", f"{_PREFIX}/openapi.json")
        return self._document

    def use(self, tool: str, given: Mapping[str, Any]) -> Any:
        """Carry out a tool. Raises Refused."""
        method, path = TOOLS[tool]
        operation = self.document()["paths"][_PREFIX + path][method]
        places = {each["name"]: each["in"] for each in operation.get("parameters", ())}
        missing = [name for name, where in places.items() if where == "path" and not given.get(name)]
        if missing:
            raise Refused(
                {
                    "detail": "Something is missing.",
                    "errors": [{"field": name, "message": "is required"} for name in missing],
                }
            )
        for name, where in places.items():
            if where == "path":
                path = path.replace(f"{{{name}}}", quote(str(given[name]), safe=""))
        query = {
            name: json.dumps(value) if isinstance(value, bool) else value
            for name, value in given.items()
            if value is not None and (places.get(name) == "query" or (method == "get" and name not in places))
        }
        body = {name: value for name, value in given.items() if name not in places} if method == "post" else None
        return self._call(method, f"{_PREFIX}{path}{'?' if query else ''}{urlencode(query)}", body)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._home + path, data, headers, method=method.upper())
        try:
            with _open(request, timeout=_SECONDS) as answer:
                return json.loads(answer.read() or "null")
        except HTTPError as error:
            raise Refused(_problem(error)) from error
        except (HTTPException, OSError, ValueError) as error:
            raise Refused({"detail": f"The service at {self._home} does not answer: {error}."}) from error


def _problem(error: HTTPError) -> dict[str, Any]:
    if 300 <= error.code < 400:
        place = error.headers.get("Location", "another address")
        return {"status": error.code, "detail": f"The service sends on to {place}: set BASE_URL to where it is."}
    try:
        found = json.loads(error.read())
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"status": error.code, "detail": f"{error.code} {error.reason}"}


def input_schema(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Any]:
    """What a tool takes, as JSON Schema: the parameters of its call and the fields of its body, with all that these refer to."""
    parameters = operation.get("parameters", ())
    found: dict[str, Any] = {
        "type": "object",
        "properties": {
            each["name"]: each["schema"] | ({"description": text} if (text := each.get("description")) else {})
            for each in parameters
            if each["in"] in ("path", "query")
        },
        "required": [each["name"] for each in parameters if each["in"] == "path"],
    }
    if content := operation.get("requestBody", {}).get("content"):
        body = content["application/json"]["schema"]
        schema = document["components"]["schemas"][body["$ref"].removeprefix(_REFS)] if "$ref" in body else body
        found["properties"] |= schema["properties"]
        found["required"] += schema.get("required", [])
    needed: dict[str, Any] = {}
    waiting = list(_references(found))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = document["components"]["schemas"][name]
            waiting += _references(needed[name])
    text = json.dumps(found | ({"$defs": needed} if needed else {}))
    schema = json.loads(text.replace(_REFS, "#/$defs/"))
    return dict(schema)


def _references(part: Any) -> Iterator[str]:
    """The names of the schemas that a part of the document refers to."""
    if isinstance(part, dict):
        if isinstance(name := part.get("$ref"), str):
            yield name.removeprefix(_REFS)
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def main() -> int:
    """Serve until standard input ends. Returns the exit status; what people can put right ends in one sentence and 1."""
    home = os.environ.get("BASE_URL") or f"http://localhost:{os.environ.get('PORT') or 8000}"
    token = os.environ.get("SHORTLINKS_TOKEN", "").strip()
    if not token or not (token.isascii() and token.isprintable()):
        return _sorry("Set SHORTLINKS_TOKEN to a token from the settings page.")
    if not _is_home(home):
        return _sorry(f"BASE_URL is no address of a service: {home!r}.")
    try:
        import anyio
        import mcp  # noqa: F401
    except ImportError:
        return _sorry(MISSING)
    anyio.run(_serve, Api(home, token))
    return 0


def _is_home(address: str) -> bool:
    try:
        parts = urlsplit(address)
        _port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in address


def _sorry(sentence: str) -> int:
    print(f"shortlinks: {sentence}", file=sys.stderr)
    return 1


async def _serve(api: Api) -> None:
    from mcp import stdio_server

    server = _server(api)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _server(api: Api) -> "Server[Any]":
    from anyio import to_thread
    from mcp import MCPError
    from mcp.server.lowlevel import Server
    from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, CallToolResult, ListToolsResult, TextContent

    async def list_tools(_: "ServerRequestContext[Any]", __: "PaginatedRequestParams | None") -> "ListToolsResult":
        try:
            document = await to_thread.run_sync(api.document)
        except Refused as refused:
            raise MCPError(INTERNAL_ERROR, str(refused)) from refused
        return ListToolsResult(tools=[_tool(document, name) for name in TOOLS])

    async def call_tool(_: "ServerRequestContext[Any]", asked: "CallToolRequestParams") -> "CallToolResult":
        if asked.name not in TOOLS:
            raise MCPError(INVALID_PARAMS, f"There is no tool {asked.name!r}.")
        try:
            answer = await to_thread.run_sync(api.use, asked.name, asked.arguments or {})
        except Refused as refused:
            text = TextContent(text=str(refused))
            return CallToolResult(content=[text], structured_content=refused.problem, is_error=True)
        text = TextContent(text=json.dumps(answer, ensure_ascii=False))
        return CallToolResult(content=[text], structured_content=answer)

    return Server(
        "shortlinks",
        version=shortlinks.__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _tool(document: Mapping[str, Any], name: str) -> "Tool":
    from mcp_types import Tool, ToolAnnotations

    method, path = TOOLS[name]
    operation = document["paths"][_PREFIX + path][method]
    said = (operation.get("summary"), operation.get("description"))
    return Tool(
        name=name,
        title=operation.get("summary"),
        description="\n\n".join(filter(None, said)),
        input_schema=input_schema(document, operation),
        annotations=ToolAnnotations(read_only_hint=method == "get"),
    )
