"""The supervisor over real processes: small shell scripts that write down what happens to them."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis

from shortlinks.running import embedded, supervise
from tests.service import runs

RUN = """
import json, os, pathlib, sys
from shortlinks.running import embedded, supervise
order = json.loads(sys.argv[1])
diary = pathlib.Path(order["diary"])
def drain():
    with diary.open("a") as file:
        file.write("drained\\n")
    if order.get("drain_fails"):
        raise RuntimeError("no Redis")
supervise.BACK_OFF_SECONDS = (0.05, 0.4)
supervise.KILL_SECONDS = order.get("kill", {})
redis = embedded.Server(pathlib.Path(order["data_dir"])) if "data_dir" in order else None
if redis:
    redis.ensure()
supervise.WANTED_CHECK_SECONDS = 0.05
wanted = {name: pathlib.Path(path).exists for name, path in order.get("wanted", {}).items()}
supervise.Supervisor(order["commands"], os.environ, redis=redis, drain=drain, wanted=wanted).run()
"""


class Started:
    """A supervisor in a process of its own; its children write lines into `diary`."""

    def __init__(self, folder: Path, commands: dict[str, str], **order: Any) -> None:
        self.diary = folder / "diary"
        self.diary.touch()
        order |= {"commands": commands, "diary": str(self.diary)}
        self.output = folder / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUN, json.dumps(order)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | {"DIARY": str(self.diary), "PYTHONPATH": str(supervise.ROOT)},
            )

    def lines(self) -> list[str]:
        return self.diary.read_text().splitlines()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    running: list[Started] = []

    def start_(commands: dict[str, str], **order: Any) -> Started:
        running.append(Started(tmp_path, commands, **order))
        return running[-1]

    yield start_
    for each in running:
        if each.process.poll() is None:
            try:
                each.stop()
            finally:
                each.process.kill()


def until(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return answer


def script(name: str, *, on_stop: str = "exit 0") -> str:
    """A process that says it is up, and when it is asked to stop says so and then runs `on_stop`."""
    wait = "while :; do sleep 0.02; done"
    return f"""sh -c 'trap "echo {name} stops >> $DIARY; {on_stop}" TERM; echo {name} up $$ >> $DIARY; {wait}'"""


def test_the_procfile_names_the_processes() -> None:
    commands = supervise.procfile()
    assert list(commands) == ["web", "rollup", "worker", "webhooks", "clock"]
    assert commands["web"].startswith("gunicorn ")


def test_it_stops_web_first_then_drains_then_the_others(start: Callable[..., Started]) -> None:
    slow = "sleep 0.3; echo web done >> $DIARY; exit 0"
    started = start({"worker": script("worker"), "web": script("web", on_stop=slow), "clock": script("clock")})
    until(lambda: len(started.lines()) == 3)
    assert started.stop() == 0
    lines = started.lines()[3:]
    assert lines[:3] == ["web stops", "web done", "drained"]
    assert sorted(lines[3:]) == ["clock stops", "worker stops"]


def test_ctrl_c_stops_it_in_the_same_order(start: Callable[..., Started]) -> None:
    started = start({"web": script("web"), "worker": script("worker")})
    until(lambda: len(started.lines()) == 2)
    assert started.stop(signal.SIGINT) == 0
    assert started.lines()[2:] == ["web stops", "drained", "worker stops"]


def test_a_process_that_has_nothing_to_do_is_not_started(start: Callable[..., Started], tmp_path: Path) -> None:
    sign = tmp_path / "sign"
    started = start({"web": script("web"), "worker": script("worker")}, wanted={"worker": str(sign)})
    until(lambda: len(started.lines()) == 1)
    assert started.lines()[0].startswith("web")
    sign.touch()
    until(lambda: len(started.lines()) == 2)
    sign.unlink()
    os.kill(int(started.lines()[1].split()[-1]), signal.SIGKILL)
    until(lambda: len(started.lines()) == 3)
    assert started.stop() == 0


def test_it_stops_while_a_process_has_nothing_to_do(start: Callable[..., Started], tmp_path: Path) -> None:
    started = start({"web": script("web"), "worker": script("worker")}, wanted={"worker": str(tmp_path / "sign")})
    until(lambda: len(started.lines()) == 1)
    assert started.stop() == 0
    assert started.lines()[1:] == ["web stops", "drained"]


def test_a_failed_drain_does_not_keep_the_others_from_stopping(start: Callable[..., Started]) -> None:
    started = start({"web": script("web"), "worker": script("worker")}, drain_fails=True)
    until(lambda: len(started.lines()) == 2)
    assert started.stop() == 0
    assert started.lines()[-1] == "worker stops"
    assert "no Redis" in started.output.read_text()


def test_a_process_that_dies_is_started_again(start: Callable[..., Started]) -> None:
    started = start({"web": script("web"), "worker": script("worker")})
    first = until(lambda: [line for line in started.lines() if line.startswith("worker up")])
    os.kill(int(first[0].split()[-1]), signal.SIGKILL)
    both = until(lambda: [line for line in started.lines() if line.startswith("worker up")][1:])
    assert both[0] != first[0]
    assert "worker | ended (killed by SIGKILL)" in started.output.read_text()
    assert sum(line.startswith("web up") for line in started.lines()) == 1


def test_it_backs_off_from_a_process_that_keeps_ending(start: Callable[..., Started]) -> None:
    started = start({"web": script("web"), "worker": "sh -c 'echo again >> $DIARY; exit 7'"})
    until(lambda: started.lines().count("again") >= 5)
    said = [line for line in started.output.read_text().splitlines() if "code 7" in line]
    assert [line.split(" in ")[1] for line in said[:4]] == ["0.05 s", "0.1 s", "0.2 s", "0.4 s"]
    assert started.stop() == 0


def test_a_process_that_will_not_stop_is_killed_with_all_its_children(start: Callable[..., Started]) -> None:
    child = "sh -c 'echo child $$ >> $DIARY; trap : TERM; while :; do sleep 0.02; done'"
    started = start(
        {"web": f"sh -c 'trap : TERM; {child.replace(chr(39), chr(34))} & while :; do sleep 0.02; done'"},
        kill={"web": 0.2},
    )
    pid = int(until(lambda: [line for line in started.lines() if line.startswith("child")])[0].split()[-1])
    assert started.stop() == 0
    until(lambda: not runs(pid))
    assert "killing it" in started.output.read_text()


def test_output_is_prefixed_also_where_lines_are_long_or_not_text(start: Callable[..., Started]) -> None:
    code = "import sys; sys.stdout.buffer.write(b'caf\\xe9\\n' + b'x' * 200_000 + b'\\nno newline')"
    started = start({"web": script("web"), "worker": f'{sys.executable} -c "{code}"'})
    until(lambda: "no newline" in started.output.read_text())
    lines = started.output.read_text().splitlines()
    assert "worker | caf\N{REPLACEMENT CHARACTER}" in lines
    assert all(line[:9] in ("worker | ", "web    | ", "all    | ") for line in lines)


@contextmanager
def no_more_files(pid: int) -> Iterator[None]:
    """Inside the `with` block the process `pid` can open nothing: no file, no pipe, so it can start no process either."""
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_what_cannot_be_started_for_want_of_files_is_started_when_there_are_some(start: Callable[..., Started]) -> None:
    started = start({"web": script("web"), "worker": script("worker")})
    first = until(lambda: [line for line in started.lines() if line.startswith("worker up")])
    with no_more_files(started.process.pid):
        os.kill(int(first[0].split()[-1]), signal.SIGKILL)
        until(lambda: started.output.read_text().count("worker | cannot be started: ") >= 2)
    until(lambda: len([line for line in started.lines() if line.startswith("worker up")]) == 2)
    assert started.stop() == 0
    assert started.lines()[-3:] == ["web stops", "drained", "worker stops"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_it_drains_also_when_the_web_server_cannot_be_started_any_more(start: Callable[..., Started]) -> None:
    started = start({"web": "sh -c 'exit 7'", "worker": script("worker")})
    until(lambda: started.lines())
    with no_more_files(started.process.pid):
        until(lambda: "web    | cannot be started: " in started.output.read_text())
        assert started.stop() == 0
    assert (
        "the journals could not be shipped now" in started.output.read_text()
    )  # it was tried; the diary needs a file too
    assert started.lines()[-1] == "worker stops"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_redis_is_looked_after_also_when_no_file_could_be_opened_for_a_while(
    start: Callable[..., Started], tmp_path: Path
) -> None:
    data_dir = tmp_path / "data"
    started = start({"web": script("web")}, data_dir=str(data_dir))
    until(lambda: started.lines())
    server = embedded.Server(data_dir)
    with redis.Redis.from_url(server.url) as client:
        pid = int(client.info("server")["process_id"])
    with no_more_files(started.process.pid):
        os.kill(pid, signal.SIGKILL)
        until(lambda: started.output.read_text().count("redis | [Errno 24]") >= 2)
    until(server.alive)
    assert started.stop() == 0
    assert not server.alive()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent was killed")
def test_children_stop_when_the_supervisor_is_killed(start: Callable[..., Started]) -> None:
    started = start({"web": script("web")})
    until(lambda: started.lines())
    started.process.kill()
    started.process.wait()
    until(lambda: "web stops" in started.lines())


def test_a_killed_redis_is_started_again_and_stopped_last(start: Callable[..., Started], tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    started = start({"web": script("web"), "worker": script("worker")}, data_dir=str(data_dir))
    until(lambda: len(started.lines()) == 2)
    server = embedded.Server(data_dir)
    with redis.Redis.from_url(server.url) as client:
        client.set("greeting", "hello")
        client.execute_command("WAITAOF", 1, 0, 5_000)
        pid = int(client.info("server")["process_id"])
    os.kill(pid, signal.SIGKILL)

    def answer() -> Any:
        with redis.Redis.from_url(server.url) as client:
            try:
                return client.get("greeting")
            except redis.ConnectionError:
                return None

    assert until(answer) == b"hello"
    assert started.stop() == 0
    assert started.lines()[-1] == "worker stops"
    assert not server.alive()


def test_one_that_was_killed_is_started_again_though_its_children_live_on_and_hold_its_output(
    start: Callable[..., Started],
) -> None:
    started = start({"web": """sh -c 'sleep 600 & echo $! >> "$DIARY"; kill -9 $$'"""})
    children = until(lambda: started.lines() if len(started.lines()) > 1 else None)
    assert started.stop() == 0
    for child in {*children, *started.lines()} - {"drained"}:
        os.kill(int(child), signal.SIGKILL)
