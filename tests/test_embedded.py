"""The embedded server: started, shared, left behind, killed. Real processes throughout."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from shortlinks.running import embedded


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    yield folder
    server = embedded.Server(folder)
    server.ensure()
    server.stop()


def pid_of(server: embedded.Server) -> int:
    client = redis.Redis.from_url(server.url)
    pid = int(client.info("server")["process_id"])
    client.close()
    return pid


def test_it_starts_a_server_with_its_data_in_the_folder(data_dir: Path) -> None:
    with embedded.Server(data_dir) as server:
        client = redis.Redis.from_url(server.url)
        client.set("greeting", "hello")
        settings = client.config_get("*")
        client.close()
    assert settings["appendonly"] == "yes"
    assert settings["aof-use-rdb-preamble"] == "no"
    assert settings["port"] == "0"
    assert (data_dir / "appendonlydir").is_dir()
    assert data_dir.stat().st_mode & 0o777 == 0o700


def test_data_survives_a_stop(data_dir: Path) -> None:
    with embedded.Server(data_dir) as server, redis.Redis.from_url(server.url) as client:
        client.set("greeting", "hello")
    with embedded.Server(data_dir) as server, redis.Redis.from_url(server.url) as client:
        assert client.get("greeting") == b"hello"


def test_a_second_start_uses_the_living_server(data_dir: Path) -> None:
    with embedded.Server(data_dir) as first:
        pid = pid_of(first)
        second = embedded.Server(data_dir)
        assert second.ensure() is False
        assert pid_of(second) == pid
        assert second.stop() is False
        assert pid_of(first) == pid


def test_the_last_to_leave_stops_it_whoever_started_it(data_dir: Path) -> None:
    first, second = embedded.Server(data_dir), embedded.Server(data_dir)
    assert first.ensure() is True
    second.ensure()
    assert first.stop() is False
    assert second.alive()
    assert second.stop() is True
    assert not first.alive()
    assert second.stop() is False


def test_two_starts_at_once_make_one_server(data_dir: Path) -> None:
    servers = [embedded.Server(data_dir) for _ in range(4)]
    started: list[bool] = []
    threads = [threading.Thread(target=lambda server=server: started.append(server.ensure())) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pids = {pid_of(server) for server in servers}
    stopped = [server.stop() for server in servers]
    assert not any(server.alive() for server in servers)
    assert sorted(started) == [False, False, False, True]
    assert len(pids) == 1
    assert stopped == [False, False, False, True]


def test_a_server_left_by_a_killed_launcher_is_taken_over(data_dir: Path) -> None:
    code = (
        "import os, pathlib, signal, sys; from shortlinks.running import embedded;"
        "embedded.Server(pathlib.Path(sys.argv[1])).ensure(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(data_dir)], check=False)
    server = embedded.Server(data_dir)
    assert server.alive()
    assert server.ensure() is False
    assert server.stop() is True
    assert not server.alive()


def test_a_killed_server_is_started_again_with_its_data(data_dir: Path) -> None:
    with embedded.Server(data_dir) as server:
        with redis.Redis.from_url(server.url) as client:
            client.set("greeting", "hello")
            client.execute_command("WAITAOF", 1, 0, 5_000)
        os.kill(pid_of(server), signal.SIGKILL)
        while server.alive():
            time.sleep(0.01)
        assert server.ensure() is True
        assert server.alive()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("greeting") == b"hello"


def test_a_server_that_will_not_stop_is_killed(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "STOP_SECONDS", 0.2)
    server = embedded.Server(data_dir)
    server.ensure()
    os.kill(pid_of(server), signal.SIGSTOP)
    assert server.stop() is True
    assert not server.alive()


def test_ctrl_c_in_the_terminal_does_not_reach_it(data_dir: Path) -> None:
    with embedded.Server(data_dir) as server:
        assert os.getsid(pid_of(server)) != os.getsid(0)


def test_a_long_path_is_reached_by_a_short_one(tmp_path: Path) -> None:
    folder = tmp_path / ("long-" * 20) / ("longer-" * 10)
    with embedded.Server(folder) as server:
        assert len(str(server.socket_path)) <= 103
        assert embedded.Server(folder).url == server.url
        with redis.Redis.from_url(server.url) as client:
            assert client.config_get("dir")["dir"] == str(folder)
    server.socket_path.parent.unlink()


def test_unreadable_data_is_explained_not_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "appendonlydir").mkdir(parents=True)
    manifest = folder / "appendonlydir" / "appendonly.aof.manifest"
    manifest.write_text("no manifest at all\n")
    server = embedded.Server(folder)
    with pytest.raises(embedded.EmbeddedError, match="ended at once"):
        server.ensure()
    assert server.stop() is False
    assert manifest.read_text() == "no manifest at all\n"


def test_it_falls_back_to_a_server_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(embedded._binary, "get_binary_path", lambda: tmp_path / "no-such-file")
    with pytest.raises(embedded.EmbeddedError, match="code 3"):
        embedded.Server(tmp_path / "data").ensure()
    program.unlink()
    with pytest.raises(embedded.EmbeddedError, match="install valkey or redis"):
        embedded.Server(tmp_path / "data").ensure()
