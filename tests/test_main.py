"""`python -m shortlinks` as a person starts it: real processes, real ports."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from clicking import make_post, pour, record
from service import free_port

import shortlinks
from shortlinks import keys
from shortlinks import store as stores
from shortlinks.__main__ import main
from shortlinks.backups import export
from shortlinks.clicks.journal import Journal
from shortlinks.config import Config
from shortlinks.owner import signin
from shortlinks.rollups import rolling_up
from shortlinks.running import embedded, supervise
from shortlinks.store import Store

COMMAND = [sys.executable, "-m", "shortlinks"]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """What a shell would hand over, without what this machine's own shell has set."""
    ours = ("REDIS_URL", "SECRET_KEY", "BASE_URL", "WEB_CONCURRENCY")
    kept = {name: value for name, value in os.environ.items() if name not in ours and "SHORTLINKS_" not in name}
    return kept | {"SHORTLINKS_DATA_DIR": str(tmp_path / "data"), "PORT": str(free_port())}


@pytest.fixture
def running(environ: dict[str, str], tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    output = tmp_path / "output"
    with output.open("w") as file:
        process = subprocess.Popen(COMMAND, env=environ, cwd=supervise.ROOT, stdout=file, stderr=file, text=True)
    try:
        deadline = time.monotonic() + 60
        while not _answers(f"http://127.0.0.1:{environ['PORT']}/healthz"):
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.05)
        yield process, output
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def run(environ: dict[str, str], *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environ,
        cwd=supervise.ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_it_says_where_to_go_and_how_to_sign_in_and_stops_cleanly(
    running: tuple[subprocess.Popen[str], Path], environ: dict[str, str]
) -> None:
    process, output = running
    port, data_dir = environ["PORT"], Path(environ["SHORTLINKS_DATA_DIR"])
    said = output.read_text()
    assert f"http://localhost:{port}/admin" in said
    code = re.search(r"one-time code: (\S+)", said)
    assert code

    server = embedded.Server(data_dir)
    opened = stores.open_store(server.url)
    config = Config(data_dir=data_dir, secret_key="not used for passwords")
    assert signin.redeem_code(opened, code[1], "first password")
    assert run(environ, "password", stdin="second password\n").returncode == 0
    assert signin.check_password(opened, config, "second password")
    opened.redis.close()

    second = run(environ)
    assert second.returncode == 1
    assert second.stderr.startswith(f"shortlinks: Port {port} is in use")

    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert output.read_text().rstrip().endswith("stopped")
    assert "Traceback" not in output.read_text()
    assert not server.alive()


def begun(environ: dict[str, str]) -> None:
    """A data folder on which a service ran before."""
    with embedded.Server(Path(environ["SHORTLINKS_DATA_DIR"])):
        pass


def test_a_forgotten_password_is_reset_while_nothing_runs(environ: dict[str, str]) -> None:
    begun(environ)
    done = run(environ, "password", stdin="a new password\n")
    assert done.returncode == 0, done.stderr
    data_dir = Path(environ["SHORTLINKS_DATA_DIR"])
    assert not embedded.Server(data_dir).alive()
    with embedded.Server(data_dir) as server:
        opened = stores.open_store(server.url)
        assert signin.check_password(opened, Config(data_dir=data_dir, secret_key=""), "a new password")
        opened.redis.close()


@pytest.mark.parametrize(
    ("changes", "arguments", "sentence", "status"),
    [
        ({"PORT": "eighty"}, [], "PORT must be a whole number", 1),
        ({"REDIS_URL": "redis://127.0.0.1:1", "SECRET_KEY": ""}, [], "SECRET_KEY must be set", 1),
        ({"REDIS_URL": "redis://127.0.0.1:1", "SECRET_KEY": "x" * 16}, ["demo"], "Redis does not answer", 5),
        ({}, ["password"], "must have at least 10 characters", 2),
        ({}, ["import", "/no/such/file"], "/no/such/file", 1),
        ({}, ["export", "/no/such/folder/file"], "There is no folder /no/such/folder.", 1),
    ],
)
def test_what_people_can_put_right_is_one_sentence(
    environ: dict[str, str], changes: dict[str, str], arguments: list[str], sentence: str, status: int
) -> None:
    begun(environ)
    done = run(environ | changes, *arguments, stdin="too short\n")
    assert done.returncode == status
    assert done.stderr.startswith("shortlinks: ")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_leaving_the_question_for_a_password_is_one_sentence(environ: dict[str, str]) -> None:
    """Ctrl-D on a terminal."""
    begun(environ)
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "password"],
        env=environ,
        cwd=supervise.ROOT,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    ) as process:
        os.close(follower)
        said = b""
        while b"New password:" not in said:
            said += os.read(leader, 1_024)
        os.write(leader, b"\x04")
        with suppress(OSError):  # Linux says so at the end of a terminal
            while more := os.read(leader, 1_024):
                said += more
        assert process.wait(60) == 1
    os.close(leader)
    assert b"no password was typed; nothing was changed." in said
    assert b"Traceback" not in said


def test_an_export_that_lacks_clicks_says_so(
    server: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    journals = Journal(tmp_path / "data" / "journal", store.id())
    journals.append(b"a click that waits", "post")
    for name, value in {"REDIS_URL": server, "SECRET_KEY": "k" * 32, "SHORTLINKS_DATA_DIR": "data"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(export, "await_journals", partial(export.await_journals, seconds=0))
    assert main(["export", "file"]) == 0
    said = capsys.readouterr()
    assert said.out == "Written to file: 0 posts, 0 links, 0 clicks, from your Redis.\n"
    assert f"28 bytes of clicks in {tmp_path}/data/journal are not shipped yet" in said.err
    journals.close()


@pytest.mark.parametrize("arguments", [["export", "file"], ["export", "-"], ["password"]])
def test_a_folder_on_which_no_service_ever_ran_is_refused_and_left_alone(
    environ: dict[str, str], arguments: list[str]
) -> None:
    folder = Path(environ["SHORTLINKS_DATA_DIR"])
    done = run(environ, *arguments, stdin="a long password\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{folder} yet: set SHORTLINKS_DATA_DIR" in done.stderr
    assert not folder.exists()


def test_an_export_says_what_it_wrote_and_from_where(environ: dict[str, str], tmp_path: Path) -> None:
    folder = Path(environ["SHORTLINKS_DATA_DIR"])
    with embedded.Server(folder) as server:
        opened = stores.open_store(server.url)
        post, (link, _) = make_post(opened, "bio_link", "story_link_sticker")
        pour(opened, [record(post.id, link.slug)])
        rolling_up.roll_up(opened, keys.shard(post.id))
        pour(opened, [record(post.id, link.slug), record(post.id, link.slug)])  # still on their way
        opened.redis.close()
    done = run(environ, "export", str(tmp_path / "file"))
    assert done.stdout == f"Written to {tmp_path / 'file'}: 1 post, 2 links, 3 clicks, from {folder}.\n"


def test_it_tells_its_version(environ: dict[str, str]) -> None:
    assert run(environ, "--version").stdout.strip() == shortlinks.__version__


def test_every_process_of_the_procfile_explains_a_missing_redis(environ: dict[str, str]) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), environ["PATH"]])
    for command in supervise.procfile().values():
        done = subprocess.run(
            command, shell=True, env=environ | {"PATH": path}, cwd=supervise.ROOT, capture_output=True, text=True
        )
        assert done.returncode != 0
        assert "REDIS_URL is not set" in done.stderr
        assert "Traceback" not in done.stderr
