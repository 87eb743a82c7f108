"""`python -m shortlinks mcp`, spoken to by the protocol's own client over standard input and output, against the real service."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp_types import CallToolResult, ListToolsResult
from openapi_schema_validator import OAS31Validator
from service import Service, free_port

from shortlinks import times
from shortlinks.owner import tokens
from shortlinks.running import mcp_server

COMMAND = [sys.executable, "-m", "shortlinks", "mcp"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("mcp")) as running:
        running.supervise()
        yield running


@pytest.fixture(scope="module")
def post(service: Service) -> str:
    link = {"placement": "bio_link", "target": "https://shop.example/bowls"}
    made = service.call("POST", "/api/v1/posts", {"platform": "instagram", "title": "Bowls", "links": [link]})[1]
    return str(made["id"])


def token(service: Service, *scopes: str) -> tuple[str, str]:
    """The id of a new token, and the token."""
    made, secret = tokens.create(service.store, "assistant", list(scopes), now=times.now())
    return made.id, secret


def environ(service: Service, secret: str) -> dict[str, str]:
    return {"BASE_URL": f"http://localhost:{service.port}/", "SHORTLINKS_TOKEN": secret}


def listed(settings: Mapping[str, str]) -> ListToolsResult:
    async def ask() -> ListToolsResult:
        async with Client(StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=dict(settings))) as client:
            return await client.list_tools()

    return anyio.run(ask)


def used(settings: Mapping[str, str], *calls: tuple[str, dict[str, Any]]) -> list[CallToolResult]:
    async def ask() -> list[CallToolResult]:
        async with Client(StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=dict(settings))) as client:
            return [await client.call_tool(name, given) for name, given in calls]

    return anyio.run(ask)


def test_each_tool_is_described_as_its_call_of_the_api(service: Service) -> None:
    found = {tool.name: tool for tool in listed(environ(service, token(service, "read")[1])).tools}
    assert found.keys() == mcp_server.TOOLS.keys()
    for tool in found.values():
        OAS31Validator.check_schema(tool.input_schema)
        assert tool.description, tool.name
    assert found["show_funnel"].input_schema["required"] == ["post_id"]
    assert {"limit", "platform", "q", "cursor"} <= found["list_posts"].input_schema["properties"].keys()
    assert {"post_id", "views", "likes", "taken_at"} <= found["add_snapshot"].input_schema["properties"].keys()
    kinds = {name: tool.annotations and tool.annotations.read_only_hint for name, tool in found.items()}
    assert [name for name, reads in kinds.items() if not reads] == ["add_snapshot"]


def test_each_tool_answers_what_the_api_does(service: Service, post: str) -> None:
    settings = environ(service, token(service, "read", "write")[1])
    noted, funnel, found, answers, spots = used(
        settings,
        ("add_snapshot", {"post_id": post, "views": "12.4K", "likes": 931}),
        ("show_funnel", {"post_id": post}),
        ("list_posts", {"q": "bowls", "limit": 5, "archived": False}),
        ("insights", {}),
        ("list_placements", {}),
    )
    assert not any(each.is_error for each in (noted, funnel, found, answers, spots))
    assert noted.structured_content["views"] == 12_400
    steps = {step["name"]: step["count"] for step in funnel.structured_content["steps"]}
    assert (steps["views"], steps["likes"], steps["clicks"]) == (12_400, 931, 0)
    assert [each["id"] for each in found.structured_content["items"]] == [post]
    assert answers.structured_content.keys() == service.call("GET", "/api/v1/insights")[1].keys()
    assert spots.structured_content == service.call("GET", "/api/v1/placements")[1]


def test_what_is_refused_says_why_and_names_the_field(service: Service, post: str) -> None:
    reading = environ(service, token(service, "read")[1])
    writing = environ(service, token(service, "write")[1])
    before = service.call("GET", f"/api/v1/posts/{post}/snapshots")[1]
    (forbidden,) = used(reading, ("add_snapshot", {"post_id": post, "views": 1}))
    wrong, missing, nowhere = used(
        writing,
        ("add_snapshot", {"post_id": post, "views": "many"}),
        ("add_snapshot", {"views": 1}),
        ("show_funnel", {"post_id": "../tokens"}),
    )
    assert all(each.is_error for each in (forbidden, wrong, missing, nowhere))
    assert forbidden.structured_content["status"] == 403
    assert [each["field"] for each in wrong.structured_content["errors"]] == ["views"]
    assert "views: " in wrong.content[0].text  # type: ignore[union-attr]
    assert missing.structured_content["errors"] == [{"field": "post_id", "message": "is required"}]
    assert nowhere.structured_content["status"] in (403, 404)
    assert service.call("GET", f"/api/v1/posts/{post}/snapshots")[1] == before


def test_a_token_that_is_taken_back_or_none_is_worth_nothing(service: Service) -> None:
    id_, secret = token(service, "read")

    async def ask() -> list[CallToolResult]:
        server = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=environ(service, secret))
        async with Client(server) as client:
            first = await client.call_tool("list_posts", {})
            await anyio.to_thread.run_sync(tokens.delete, service.store, id_)
            return [first, await client.call_tool("list_posts", {})]

    first, second = anyio.run(ask)
    (wrong,) = used(environ(service, "slk_wrong"), ("list_posts", {}))
    assert not first.is_error
    for refused in (second, wrong):
        assert refused.is_error
        assert refused.structured_content["status"] == 401


def test_a_tool_that_there_is_not_and_a_service_that_is_away_are_told(service: Service) -> None:
    with pytest.raises((MCPError, ExceptionGroup)) as unknown:
        used(environ(service, token(service, "read")[1]), ("drop_table", {}))
    assert "drop_table" in repr(unknown.value)
    away = environ(service, "slk_x") | {"BASE_URL": f"http://localhost:{free_port()}"}
    (refused,) = used(away, ("list_posts", {}))
    assert refused.is_error
    assert "does not answer" in refused.structured_content["detail"]


def test_a_service_that_sends_on_elsewhere_is_not_followed(service: Service, post: str) -> None:
    # Followed, the POST would arrive as a GET: told as done, and nothing taken down. And the token would go along.
    asked: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            if self.path.endswith("/openapi.json"):
                answer = json.dumps(service.call("GET", self.path)[1]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                return
            self.send_response(301)
            self.send_header("Location", f"http://localhost:{service.port}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    path = f"/api/v1/posts/{post}/snapshots"
    before = service.call("GET", path)[1]
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        given = environ(service, token(service, "read", "write")[1])
        (refused,) = used(
            given | {"BASE_URL": f"http://127.0.0.1:{server.server_port}"},
            ("add_snapshot", {"post_id": post, "views": 7}),
        )
        server.shutdown()
    assert refused.is_error
    assert f"sends on to http://localhost:{service.port}{path}" in refused.structured_content["detail"]
    assert asked[-1] == f"POST {path}"
    assert service.call("GET", path)[1] == before


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "Set SHORTLINKS_TOKEN to a token from the settings page."),
        (
            {"SHORTLINKS_TOKEN": "slk_x", "BASE_URL": "file:///etc"},
            "BASE_URL is no address of a service: 'file:///etc'.",
        ),
        (
            {"SHORTLINKS_TOKEN": "slk_x", "BASE_URL": "http://localhost:x"},
            "BASE_URL is no address of a service: 'http://localhost:x'.",
        ),
        ({"SHORTLINKS_TOKEN": "slk_x\nslk_y"}, "Set SHORTLINKS_TOKEN to a token from the settings page."),
        ({"SHORTLINKS_TOKEN": "slk_x", "PYTHONPATH": "{broken}"}, mcp_server.MISSING),
    ],
)
def test_what_is_missing_is_told_in_a_sentence(settings: dict[str, str], said: str, tmp_path: Path) -> None:
    (tmp_path / "mcp.py").write_text("raise ImportError")
    given = {name: value.format(broken=tmp_path) for name, value in settings.items()}
    ended = subprocess.run(COMMAND, env=given, capture_output=True, text=True, timeout=120, input="")
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", f"shortlinks: {said}\n")


def test_the_service_itself_does_not_load_the_sdk() -> None:
    code = "import sys, shortlinks.__main__, shortlinks.web, worker.jobs; sys.exit('mcp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0
