"""Opening Redis, and what is kept from it."""

import os
import random
import re
import signal
import time
from pathlib import Path

import pytest
import redis
from clicking import own_server

from shortlinks import keys
from shortlinks import store as stores
from shortlinks.rollups import retention
from shortlinks.store import Store
from tests.chaos.proxy import Proxy

LUA = Path(stores.__file__).parent / "lua"


def test_opening_sends_nothing(tmp_path: Path) -> None:
    opened = stores.open_store(f"unix://{tmp_path}/nobody-is-here.sock")
    with pytest.raises(redis.ConnectionError):
        opened.id()


def test_an_answer_that_does_not_come_fails_in_time(tmp_path: Path) -> None:
    with own_server() as server:
        opened = stores.open_store(server.url, timeout=0.2)
        opened.redis.ping()  # writes nothing, which a disk may take its time for
        blocker = redis.Redis.from_url(server.url)
        blocker.client_pause(3_000)
        began = time.monotonic()
        with pytest.raises(redis.TimeoutError):
            opened.id()
        assert time.monotonic() - began < 2
        opened.redis.close()
        blocker.close()


def test_a_store_has_an_id_of_its_own_that_stays(store: Store) -> None:
    first = store.id()
    assert len(first) == 16
    assert store.id() == first
    store.redis.flushall()
    assert store.id() != first


def test_a_redis_that_is_emptied_while_it_is_asked_for_its_id_has_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = store.redis.execute_command

    def emptied_behind_our_back(*arguments: object, **named: object) -> object:
        answer = execute(*arguments, **named)
        execute("FLUSHALL")
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(store.redis, "execute_command", emptied_behind_our_back)
        assert len(store.id()) == 16


class TestSettle:
    def test_what_was_written_is_on_disk(self) -> None:
        with own_server("--appendfsync", "everysec") as server:
            server.store.redis.set("noun", "a value to be found again")
            assert server.store.settle()
            server.kill()
            server.start()
            assert server.store.redis.get("noun") == b"a value to be found again"

    def test_a_server_that_never_writes_to_disk_is_not_believed(self) -> None:
        with own_server("--appendfsync", "no") as server:
            opened = stores.open_store(server.url, timeout=0.3)
            assert not opened.settle()
            opened.redis.close()

    def test_another_connections_writes_are_on_disk_too(self, server: str, store: Store) -> None:
        other = stores.open_store(server)
        other.redis.set("noun", "value")
        assert store.settle()
        other.redis.close()

    def test_a_server_without_a_log_keeps_its_own_promise(self) -> None:
        with own_server("--appendonly", "no") as server:
            assert server.store.settle()
            assert server.store.settle()

    def test_a_server_without_waitaof_keeps_its_own_promise(self) -> None:
        with own_server("--rename-command", "WAITAOF", "") as server:
            assert server.store.settle()
            assert server.store.redis.get(keys.SETTLED) == b"1"
            assert server.store.settle()
            assert server.store.redis.get(keys.SETTLED) == b"1"


def test_sentinels_are_asked_for_the_primary() -> None:
    opened = stores.open_store("redis+sentinel://one.example:26380,two.example/mymaster/3")
    pool = opened.redis.connection_pool
    asked = [
        (each.connection_pool.connection_kwargs["host"], each.connection_pool.connection_kwargs["port"])
        for each in pool.sentinel_manager.sentinels
    ]
    assert asked == [("one.example", 26380), ("two.example", 26379)]
    assert (pool.service_name, pool.connection_kwargs["db"]) == ("mymaster", 3)


class TestScripts:
    def test_every_script_is_known_and_every_known_one_is_there(self, store: Store) -> None:
        assert {path.stem for path in LUA.glob("*.lua")} == set(store.scripts)

    @pytest.mark.parametrize("path", sorted(LUA.glob("*.lua")), ids=lambda path: path.stem)
    def test_each_tells_its_contract(self, path: Path) -> None:
        """One that writes is refused up front when the server is out of memory (`#!lua`); KEYS, ARGV and answer told; no key made
        inside."""
        text = path.read_text("utf-8")
        reads = path.stem.startswith("read_")
        assert text.startswith("#!lua\n") != reads
        rest = text.removeprefix("#!lua\n")
        head = re.match(r"(--.*\n)+", rest)
        assert head is not None
        assert re.match(r"-- [A-Z].*\.", head[0])
        for word in ("KEYS[1]", "returns", "Not a MULTI"):
            assert word in head[0]
        body = rest[head.end() :]
        told = {int(number) for number in re.findall(r"(?:KEYS)\[(\d+)", head[0])}
        assert {int(number) for number in re.findall(r"KEYS\[(\d+)\]", body)} <= told
        told = {
            int(number)
            for number in re.findall(r"ARGV\[(\d+)|\[(\d+)\] (?:rejected|dropped)", head[0])
            for number in number
            if number
        }
        assert {int(number) for number in re.findall(r"ARGV\[(\d+)\]", body)} <= told
        assert "sl:" not in body


class TestReading:
    def test_what_is_asked_of_each_key_is_answered_in_their_order(self, store: Store) -> None:
        names = [f"list:{number}" for number in range(2_500)]
        for name in names[::2]:
            store.redis.rpush(name, name, "more")
        found = store.each("LRANGE", iter(names), 0, 0)
        assert found == [[] if index % 2 else [name.encode()] for index, name in enumerate(names)]
        assert store.each("GET", []) == []
        assert store.each("GET", ["none"]) == [None]

    def test_some_commands_are_answered_each_for_its_keys(self, store: Store) -> None:
        store.redis.rpush("list", "a", "b", "c")
        store.redis.hset("hash", "field", "value")
        found = store.read(
            ("LRANGE", ["list", "none"], 1, -1), ("HGET", ["hash"], "field"), ("EXISTS", []), ("GET", ["none"])
        )
        assert found == [[[b"b", b"c"], []], [b"value"], [], [None]]
        assert store.read() == []

    def test_hashes_are_read_whole(self, store: Store) -> None:
        store.redis.hset("one", mapping={"a": 1, "ü": "✓"})
        assert store.hashes(["one", "none"]) == [{b"a": b"1", "ü".encode(): "✓".encode()}, {}]

    def test_a_wrong_type_is_an_error_as_of_any_command(self, store: Store) -> None:
        store.redis.set("text", "no list")
        with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
            store.each("LRANGE", ["text"], 0, -1)

    def test_a_server_that_is_out_of_memory_is_read_on(self) -> None:
        with own_server() as server:
            server.store.redis.rpush("list", "kept")
            server.store.redis.config_set("maxmemory", 1)
            assert server.store.each("LRANGE", ["list"], 0, -1) == [[b"kept"]]


class TestTransact:
    def test_it_runs_again_when_a_watched_key_moved(self, store: Store) -> None:
        runs: list[int] = []

        def change(pipe: object) -> int:
            value = int(pipe.get("counter") or 0)  # type: ignore[attr-defined]
            if not runs:
                store.redis.set("counter", 10)
            runs.append(value)
            pipe.multi()  # type: ignore[attr-defined]
            pipe.set("counter", value + 1)  # type: ignore[attr-defined]
            return value + 1

        assert store.transact(change, "counter") == 11
        assert runs == [0, 10]
        assert store.redis.get("counter") == b"11"


def test_a_server_that_may_lose_clicks_is_warned_of() -> None:
    with own_server() as server:
        assert server.store.warnings() == []
        server.store.redis.config_set("maxmemory-policy", "allkeys-lru")
        server.store.redis.config_set("appendonly", "no")
        first, second = server.store.warnings()
        assert "allkeys-lru" in first
        assert "appendonly" in second
        server.store.redis.execute_command("ACL", "SETUSER", "default", "-config")
        assert server.store.warnings() == []


def test_a_rewrite_that_fails_is_warned_of_until_one_succeeds() -> None:
    with own_server() as server:
        folder, away = server.folder / "appendonlydir", server.folder / "away"

        def warnings_after_a_rewrite(whole: int) -> list[str]:
            assert retention.rewrite_log(server.store, now=0) is bool(whole)
            deadline = time.monotonic() + 60
            while bool(found := server.store.warnings()) is bool(whole):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            return found

        folder.rename(away)
        folder.touch()
        (found,) = warnings_after_a_rewrite(0)
        assert "stay on the disk" in found
        folder.unlink()
        away.rename(folder)
        assert warnings_after_a_rewrite(1) == []


def test_while_redis_is_silent_only_one_caller_a_second_waits_for_it() -> None:
    with own_server() as server:
        impatient = stores.open_store(server.url, timeout=0.2)
        assert impatient.redis.ping()
        os.kill(server.pid, signal.SIGSTOP)
        try:
            with pytest.raises(redis.TimeoutError):
                impatient.redis.ping()
            with pytest.raises(redis.ConnectionError, match="a moment ago"):
                impatient.redis.ping()
            with pytest.raises(redis.ConnectionError, match="a moment ago"):
                impatient.redis.pipeline().ping().execute()
        finally:
            os.kill(server.pid, signal.SIGCONT)
        deadline = time.monotonic() + 60
        while True:
            try:
                assert impatient.redis.ping()
                break
            except redis.ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.05)


def test_of_connections_that_were_forgotten_only_the_first_costs_a_time_out(
    server: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "REST_SECONDS", 0)
    with Proxy(Path(server.removeprefix("unix://")), random.Random(1)) as network:
        opened = stores.open_store(f"redis://127.0.0.1:{network.port}", timeout=0.2)
        pool = opened.redis.connection_pool
        for connection in [pool.get_connection() for _ in range(3)]:
            pool.release(connection)
        network.forget()
        with pytest.raises(redis.TimeoutError):
            opened.redis.ping()
        for connection in [pool.get_connection() for _ in range(3)]:
            connection.send_command("PING")
            assert connection.read_response() == b"PONG"
            pool.release(connection)
        opened.redis.close()
