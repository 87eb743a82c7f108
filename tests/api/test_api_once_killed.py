"""A POST with an Idempotency-Key whose process is killed, or whose Redis goes away, at the worst moment."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from api_cast import Person, assert_problem, new_post
from once_cast import CASES, POST, all_posts, assert_same, kept, replayed, send
from werkzeug.test import TestResponse

from shortlinks.posts import posts
from shortlinks.records import idempotency
from shortlinks.store import Store
from tests.bad_moments import cut_once

ROOT = Path(__file__).parent.parent.parent
VICTIMS = """
import json, os, signal, sys
sys.path[:0] = ["tests/api"]
from pathlib import Path
from api_cast import Person
from shortlinks import store as stores, web; from shortlinks.records import idempotency, nouns
from shortlinks.config import Config

def send(server, folder, token, path, body, point):
    die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
    if point == "before the change":
        nouns.commit_always = die
    elif point == "in the transaction":
        note = idempotency.note
        def note_and_die(pipe):
            note(pipe)
            pipe.execute = die
        idempotency.note = note_and_die
    else:
        idempotency.keep = die
    config = Config(data_dir=Path(folder), secret_key="k" * 32, base_url="https://go.example")
    person = Person(web.create_app(config, store=stores.open_store(server)), token)
    person.call("POST", path, data=body, headers={"Idempotency-Key": "k-1", "Content-Type": "application/json"})

for line in sys.stdin:
    child = os.fork()
    if not child:
        send(*json.loads(line))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""

Kill = Callable[[str, Person, str, Any], None]


@pytest.fixture(scope="module")
def victims() -> Iterator["subprocess.Popen[str]"]:
    """A process that begins others, one for each request, which are killed by it."""
    command = [sys.executable, "-c", VICTIMS]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def killed(victims: "subprocess.Popen[str]", server: str, tmp_path: Path) -> Kill:
    """Sends a request in a process that is killed at `point`."""

    def kill(point: str, person: Person, path: str, body: Any) -> None:
        assert victims.stdin is not None
        assert victims.stdout is not None
        line = json.dumps([server, str(tmp_path), person.token, path, json.dumps(body), point])
        victims.stdin.write(f"{line}\n")
        victims.stdin.flush()
        assert int(victims.stdout.readline()) == -signal.SIGKILL

    return kill


def again(person: Person, path: str, body: Any) -> TestResponse:
    """The request once more, byte for byte as `killed` sends it."""
    headers = {"Idempotency-Key": "k-1", "Content-Type": "application/json"}
    return person.call("POST", path, data=json.dumps(body), headers=headers)


@pytest.mark.parametrize("name", CASES)
def test_killed_between_the_change_and_its_answer_it_is_not_carried_out_again(
    ada: Person, store: Store, killed: Kill, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    case, post = CASES[name], new_post(ada)
    path, body = case.filled(post)
    killed("before its answer is kept", ada, path, body)
    assert case.count(store, post) == 1
    monkeypatch.setattr(idempotency, "PATIENCE", 50)
    assert_problem(again(ada, path, body), 503)
    assert store.redis.hset(kept(store), "until", 1) == 0  # the lease is over
    for _ in range(2):
        told = assert_problem(again(ada, path, body), 409, "Idempotency-Key")["detail"]
        assert "was carried out, but its answer was lost" in told
    assert case.count(store, post) == 1


@pytest.mark.parametrize("point", ["before the change", "in the transaction"])
def test_killed_before_the_change_it_is_carried_out_once_the_lease_is_over(
    ada: Person, store: Store, killed: Kill, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    killed(point, ada, "/posts", POST)
    assert all_posts(ada) == []
    monkeypatch.setattr(idempotency, "PATIENCE", 50)
    assert_problem(again(ada, "/posts", POST), 503)
    store.redis.hset(kept(store), "until", 1)
    first = again(ada, "/posts", POST)
    assert (first.status_code, replayed(first)) == (201, False)
    assert_same(first, again(ada, "/posts", POST))
    assert len(all_posts(ada)) == 1


def test_a_connection_that_breaks_behind_the_change_does_no_harm(
    ada: Person, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = posts.create

    def over_a_bad_line(_store: Store, *args: Any, **named: Any) -> Any:
        broken, connection = cut_once(server)
        made = create(broken, *args, **named)
        assert connection.cuts == 1
        return made

    monkeypatch.setattr(posts, "create", over_a_bad_line)
    first = send(ada, "/posts", POST)
    assert first.status_code == 201
    assert_same(first, send(ada, "/posts", POST))
    assert len(all_posts(ada)) == 1


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(
    ada: Person, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise redis.ConnectionError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "keep", fail)
        assert send(ada, "/posts", POST).status_code == 201
    store.redis.hset(kept(store), "until", 1)
    assert_problem(send(ada, "/posts", POST), 409, "Idempotency-Key")
