"""Commands as processes: beside a running service, without one, interrupted, into a pipe that nobody reads, and completed."""

import http.client
import json
import os
import pty
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from clicking import make_post
from service import Service

import shortlinks
from shortlinks import store as stores
from shortlinks.__main__ import main
from shortlinks.clicks.journal import Journal
from shortlinks.command_line import statuses
from shortlinks.posts import posts
from shortlinks.running import embedded, supervise

COMMAND = [sys.executable, "-m", "shortlinks"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("service"), WEB_CONCURRENCY="2") as service:
        service.start("web")
        yield service


@pytest.fixture
def stopped(tmp_path: Path) -> dict[str, str]:
    """The environment of a service that ran before, and does not now."""
    folder = tmp_path / "data"
    with embedded.Server(folder):
        pass
    return {name: value for name, value in os.environ.items() if name != "REDIS_URL"} | {
        "SHORTLINKS_DATA_DIR": str(folder)
    }


def run(environ: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [*COMMAND, *arguments], env=environ, cwd=supervise.ROOT, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@contextmanager
def begun(environ: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command whose standard input stays open."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        env=environ,
        cwd=supervise.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until(happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def answers(server: embedded.Server) -> bool:
    client = redis.Redis(unix_socket_path=str(server.socket_path))
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def leads_to(service: Service, slug: str) -> str | None:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=120)
    connection.request("GET", f"/{slug}")
    answer = connection.getresponse()
    connection.close()
    return answer.getheader("Location")


def test_what_is_changed_beside_a_running_service_reaches_every_web_process(running: Service) -> None:
    _, (link,) = make_post(running.store, "bio_link")
    # Enough for both web processes to hold it in memory.
    assert {leads_to(running, link.slug) for _ in range(8)} == {link.target}
    run(running.environ, "link", "edit", link.slug, "--target", "https://b.example/")
    running.until(
        lambda: {leads_to(running, link.slug) for _ in range(8)},
        "it is in effect",
        lambda seen: seen == {"https://b.example/"},
    )


def test_without_a_service_a_command_has_its_redis_for_as_long_as_it_takes(stopped: dict[str, str]) -> None:
    server = embedded.Server(Path(stopped["SHORTLINKS_DATA_DIR"]))
    with begun(stopped, "import", "-") as process:
        until(lambda: answers(server), "its Redis runs")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == statuses.INTERRUPTED
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert not server.alive()
    with begun(stopped, "import", "-") as process:
        until(lambda: answers(server), "its Redis runs")
        process.kill()
    assert server.alive()
    # The one that was left behind is taken over, and ended.
    made = json.loads(run(stopped, "post", "add", "Kept", "--platform", "tiktok", "--json"))
    assert not server.alive()
    with server:
        store = stores.open_store(server.url)
        assert posts.get(store, made["id"]).title == "Kept"
        store.redis.close()


def test_an_interrupted_export_leaves_the_one_before(stopped: dict[str, str], tmp_path: Path) -> None:
    server, file = embedded.Server(Path(stopped["SHORTLINKS_DATA_DIR"])), tmp_path / "backup"
    file.write_text("the one before")
    with server:
        store = stores.open_store(server.url)
        # A click that is not shipped has it wait for seconds, before it writes.
        journal = Journal(server.data_dir / "journal", store.id())
        store.redis.close()
    journal.append(b"a click that waits", "post")
    with begun(stopped, "export", str(file)) as process:
        until(lambda: answers(server), "its Redis runs")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == statuses.INTERRUPTED
    journal.close()
    assert not server.alive()
    assert file.read_text() == "the one before"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("backup")] == ["backup"]


@pytest.mark.parametrize("command", [("placements",), ("export", "-")])
def test_a_reader_that_went_away_ends_it_silently(running: Service, command: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as nobody:
        done = subprocess.run(
            [*COMMAND, *command],
            env=running.environ,
            cwd=supervise.ROOT,
            stdout=nobody,
            stderr=subprocess.PIPE,
            timeout=120,
        )
    assert (done.returncode, done.stderr) == (statuses.UNREAD, b"")


@pytest.mark.parametrize(("command", "status"), [(("export", "all"), 0), (("placements",), 0), (("password",), 2)])
def test_what_is_closed_is_neither_read_nor_written(
    running: Service, tmp_path: Path, command: tuple[str, ...], status: int
) -> None:
    closed = ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *COMMAND, *command]
    environ = running.environ | {"PYTHONPATH": str(supervise.ROOT)}
    assert subprocess.run(closed, env=environ, cwd=tmp_path, timeout=120).returncode == status
    assert ("all" not in command) or json.loads((tmp_path / "all").read_text().splitlines()[-1])["kind"] == "footer"


class TestCompletion:
    def test_bash_completes_a_post_by_tab_from_anywhere(self, running: Service, tmp_path: Path) -> None:
        post, _ = make_post(running.store, "bio_link")
        script = tmp_path / "completion"
        script.write_text(run(running.environ, "completion", "bash"))
        leader, follower = pty.openpty()
        with subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-i"],
            env=running.environ | {"TERM": "dumb", "HISTFILE": "", "INPUTRC": "/dev/null", "PS1": "$ "},
            cwd="/",
            stdin=follower,
            stdout=follower,
            stderr=follower,
            start_new_session=True,
        ) as shell:
            os.close(follower)
            try:
                os.write(leader, f"source {script}; shortlinks --version\n".encode())
                read_until(leader, shortlinks.__version__)
                os.write(leader, f"shortlinks post sh\t{post.id[:7]}\t".encode())
                read_until(leader, f"post show {post.id}")
            finally:
                shell.kill()
        os.close(leader)

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_each_script_runs_this_installation(
        self, shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv("REDIS_URL", raising=False)
        monkeypatch.setenv("SHORTLINKS_DATA_DIR", "/srv/it's here")
        assert main(["completion", shell]) == 0
        script = capsys.readouterr().out
        words = [
            f"PYTHONPATH={supervise.ROOT}",
            "SHORTLINKS_DATA_DIR=/srv/it's here",
            sys.executable,
            "-m",
            "shortlinks",
        ]
        assert script.count(" ".join(map(shlex.quote, words))) == 2
        assert "$+commands" not in script

    def test_nothing_is_started_for_it_and_nothing_is_said(
        self, stopped: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server = embedded.Server(Path(stopped["SHORTLINKS_DATA_DIR"]))
        asked = {"_SHORTLINKS_COMPLETE": "bash_complete", "COMP_WORDS": "shortlinks post show ", "COMP_CWORD": "3"}
        monkeypatch.delenv("REDIS_URL", raising=False)
        for name, value in (asked | {"SHORTLINKS_DATA_DIR": str(server.data_dir), "SECRET_KEY": "k" * 32}).items():
            monkeypatch.setenv(name, value)
        main([])
        monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
        main([])
        said = capsys.readouterr()
        assert (said.out.strip(), said.err) == ("", "")
        assert not server.alive()


def read_until(terminal: int, wanted: str) -> None:
    """Read until `wanted` is there."""
    said, deadline = "", time.monotonic() + 60
    while wanted not in said:
        assert select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0], said
        said += os.read(terminal, 4_096).decode("utf-8", "replace")


def test_the_start_of_the_service_imports_neither_web_nor_tables() -> None:
    loaded = "import shortlinks.__main__, shortlinks.command_line.service, shortlinks.command_line.starting, sys"
    done = subprocess.run(
        [sys.executable, "-c", f"{loaded}; print(*sys.modules)"], cwd=supervise.ROOT, capture_output=True, text=True
    )
    roots = {name.partition(".")[0] for name in done.stdout.split()}
    assert "click" in roots
    assert not roots & {"flask", "rich", "pydantic"}
    assert "shortlinks.web" not in done.stdout.split()
