"""Log lines: readable for people, one JSON object a line for programs, and nothing in them that is nobody's business."""

import json
import logging
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from service import TOKEN, Service, on_linux

from shortlinks.running import logs

SECRET = "only-the-two-of-us-know"


def made(message: str, *args: Any, **extra: Any) -> logging.LogRecord:
    log = logging.Logger("shortlinks.clicks.ship")
    record = log.makeRecord(log.name, logging.WARNING, "ship.py", 1, message, args, None, extra=extra)
    record.created = 1_795_300_000.123
    return record


def objects(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_json_line_holds_time_level_logger_message_and_what_it_is_about() -> None:
    line = logs.formatter("json").format(
        made("shard %s is\nlate", "07", shard="07", counted=3, seconds=0.5, path=Path("a"))
    )
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2026-11-21T22:26:40.123Z",
        "level": "warning",
        "logger": "shortlinks.clicks.ship",
        "message": "shard 07 is\nlate",
        "shard": "07",
        "counted": 3,
        "seconds": 0.5,
        "path": "a",
    }


def test_a_text_line_ends_in_what_it_is_about() -> None:
    line = logs.formatter("text").format(made("late", shard="07", counted=3))
    assert line.endswith(" WARNING shortlinks.clicks.ship late shard=07 counted=3")


@pytest.mark.parametrize("form", logs.FORMS)
def test_a_traceback_is_part_of_the_line(form: str) -> None:
    record = made("broken")
    try:
        raise ValueError("x" * 100_000 + "the end")
    except ValueError:
        record.exc_info = sys.exc_info()
    line = logs.formatter(form).format(record)
    assert line.rstrip('"}').endswith("the end")
    if form == "json":
        assert "\n" not in line
        assert len(line) < 20_000


@pytest.mark.parametrize("form", logs.FORMS)
@pytest.mark.parametrize("path", ["/calendar/{}.ics", "/from-outside/{}", "/shown/{}", "/shown/{}/path.png"])
def test_a_line_holds_no_path_that_is_a_secret(form: str, path: str) -> None:
    asked = path.format(SECRET)
    record = made("Error handling request %s", asked, about=[asked])
    try:
        raise ValueError(f'"{asked}" is GET {asked} HTTP/1.1')
    except ValueError:
        record.exc_info = sys.exc_info()
    line = logs.formatter(form).format(record)
    assert SECRET not in line
    assert line.count(path.partition("{")[0]) == 4
    assert "HTTP/1.1" in line
    assert form == "text" or json.loads(line)["message"].startswith("Error handling request /")


@pytest.mark.parametrize("form", logs.FORMS)
def test_a_line_holds_nothing_that_tools_log_in_with(form: str) -> None:
    sent = ("signature", "timestamp", "hash", "username", "password", "apiKey", "api_key", "X-Api-Key", "key", "token")
    for name in sent:
        asked = f"/yourls-api.php?action=version&{name}={SECRET}&format=json"
        record = made("Error handling request %s and %s=%s", asked, name, SECRET, about=[asked, f"{name}={SECRET}"])
        try:
            raise ValueError(f'"{name}={SECRET}" is GET {asked} HTTP/1.1')
        except ValueError:
            record.exc_info = sys.exc_info()
        line = logs.formatter(form).format(record)
        assert SECRET not in line, name
        assert line.count("&format=json") == 3
    for harmless in ("monkey=1", "shard=07 keys=3", "tokens=2"):
        assert logs.formatter(form).format(made(harmless)).count(harmless) == 1


def test_what_processes_say_is_named_and_stays_whole() -> None:
    assert logs.relayed("text", "web", 6, "hello") == "web    | hello"
    said = logs.formatter("json").format(made("late", shard="07"))
    assert json.loads(logs.relayed("json", "rollup", 6, said)) == {"process": "rollup"} | json.loads(said)
    for line in ("not JSON", "[1]", "17"):
        other = json.loads(logs.relayed("json", "redis", 6, line))
        assert (other["process"], other["message"], other["level"]) == ("redis", line, "info")


def test_configuring_twice_writes_each_line_once(monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    logs.configure("json")
    logs.configure("json")
    assert len(root.handlers) == 1


@pytest.mark.skipif(not on_linux, reason="finds processes in /proc")
@pytest.mark.parametrize("server", ["gunicorn", pytest.param("granian", marks=pytest.mark.slow)])
def test_every_process_says_one_object_a_line_and_no_secret(tmp_path: Path, server: str) -> None:
    """The whole service, requests with secrets in their queries, broken ones, Redis killed, a stop; with an access log, too."""
    access = tmp_path / "access.log"
    settings = {"GUNICORN_CMD_ARGS": f"--access-logfile {access}"}
    with Service(tmp_path, SHORTLINKS_LOG="json", SHORTLINKS_SERVER=server, **settings) as service:
        service.supervise()
        (slug,) = service.new_posts(1)
        assert service.call("GET", f"/{slug}?token={SECRET}")[0] == 302
        assert service.call("GET", f"/nobody?token={SECRET}")[0] == 404
        assert service.call("GET", f"/api/v1/posts?token={SECRET}", Authorization=f"Bearer {SECRET}")[0] == 401
        for sent in (f"signature={SECRET}&timestamp={SECRET}&hash=md5", f"username={SECRET}&password={SECRET}"):
            status, page = service.call("GET", f"/yourls-api.php?{sent}&action=shorturl&url=a.example")
            assert (status, SECRET in page) == (403, False)
        status, page = service.call("GET", f"/rest/v3/short-urls/shorten?apiKey={SECRET}&longUrl=a.example")
        assert (status, SECRET in json.dumps(page)) == (401, False)
        status, page = service.call("GET", f"/rest/v3/nowhere?apiKey={SECRET}")
        assert (status, SECRET in json.dumps(page)) == (404, False)
        broken = f"GET /yourls-api.php?signature={SECRET} HTTP/9.9"
        for line in (
            broken,
            f"GET /{slug}?token={SECRET} HTTP/9.9",
            f"GET /{slug}?token={SECRET} HTTP/1.1\r\nbad header",
        ):
            with socket.create_connection(("127.0.0.1", service.port)) as client:
                client.sendall(line.encode() + b"\r\n\r\n")
                assert client.recv(1_000).startswith(b"HTTP/1.1 4")
        service.kill("redis")
        service.kill("web worker")
        service.until(lambda: "starting it again" in (tmp_path / "all.out").read_text(), "its end is noticed")
        service.until(service.answers, "Redis and web are back")
        service.until(service.shipping, "one ship process is at work")
        assert service.terminate("all") == 0
    said = objects(tmp_path / "all.out")
    assert {"time", "level", "logger", "message"} <= set.intersection(*(set(line) for line in said))
    of_server = {"gunicorn": "gunicorn.error", "granian": "_granian"}[server]
    assert {"shortlinks", "shortlinks.clicks.ship", of_server} <= {line["logger"] for line in said}
    text = (tmp_path / "all.out").read_text()
    assert "one-time code" not in text
    for secret in (SECRET, TOKEN, "127.0.0.1", "only-for-tests-"):
        assert secret not in text
    if server == "gunicorn":
        assert "/yourls-api.php?signature=…&timestamp=…&hash=…&action=shorturl" in access.read_text()
        assert SECRET not in access.read_text()


@pytest.mark.skipif(not on_linux, reason="finds processes in /proc")
def test_an_error_while_answering_is_told_without_the_query(tmp_path: Path) -> None:
    with Service(tmp_path, SHORTLINKS_LOG="json") as service:
        service.redis.ensure()
        # Anything that cannot be called as an application will do.
        command = ["gunicorn", "--config", "python:shortlinks.running.gunicorn_conf", "json:loads"]
        service.launch("broken", command, REDIS_URL=service.redis.url)

        def answers() -> bool:
            try:
                return service.call("GET", f"/k7m2p?token={SECRET}")[0] == 500
            except OSError:
                return False

        service.until(answers, "the broken application is asked")
        lines = [line for line in objects(tmp_path / "broken.out") if "exception" in line]
        assert lines[0]["logger"] == "gunicorn.error"
        assert lines[0]["message"].endswith(" /k7m2p")
        assert "TypeError" in lines[0]["exception"]
        assert SECRET not in (tmp_path / "broken.out").read_text()


@pytest.mark.skipif(not on_linux, reason="finds processes in /proc")
def test_a_background_job_says_what_it_was_about(tmp_path: Path) -> None:
    with Service(tmp_path, SHORTLINKS_LOG="json") as service:
        service.start("worker", "clock")
        service.until(
            lambda: "trimmed old clicks" in (tmp_path / "worker.out").read_text(), "the clock's first job ends"
        )
        for name in ("worker", "clock"):
            service.terminate(name)
    lines = objects(tmp_path / "worker.out") + objects(tmp_path / "clock.out")
    (trimmed,) = [line for line in lines if line["message"] == "trimmed old clicks"]
    assert trimmed["logger"] == "worker.jobs"
    assert (trimmed["days"], trimmed["posts"]) == (90, 0)
