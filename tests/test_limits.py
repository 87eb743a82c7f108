"""Rate limits: told without asking for them again; while Redis is silent a page that has one waits no longer than any
other.
"""

import os
import signal
from pathlib import Path

import pytest
import redis
from clicking import own_server
from flask import Flask
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import STRATEGIES, FixedWindowRateLimiter

from shortlinks import store as stores
from shortlinks import times, web
from shortlinks.config import Config
from shortlinks.posts import posts, shown
from shortlinks.web import limits

_call = redis.retry.Retry.call_with_retry


@pytest.fixture
def timed_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was waited for in vain, of every client of Redis."""
    found: list[str] = []

    def told(self: redis.retry.Retry, *rest: object, **named: object) -> object:
        try:
            return _call(self, *rest, **named)
        except (redis.TimeoutError, TimeoutError) as error:
            found.append(str(error))
            raise

    monkeypatch.setattr(redis.retry.Retry, "call_with_retry", told)
    monkeypatch.setattr(limits, "_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(limits.limiter, "_storage_dead", False)  # and so it is again afterwards
    monkeypatch.setattr(stores, "REST_SECONDS", 60)
    return found


def test_what_is_told_of_a_limit_is_what_redis_has_whichever_process_counted(
    server: str, store: stores.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_a_minute = parse("2 per minute")
    storages = [storage_from_string(f"redis+{server}") for _process in range(2)]
    processes = [STRATEGIES[limits.limiter._strategy](storage) for storage in storages]
    plain = FixedWindowRateLimiter(storages[0])
    app = Flask("limited")
    for number, process in enumerate((*processes, *processes)):
        with app.app_context():
            assert process.hit(two_a_minute, "ada") == (number < 2)
            told, known = process.get_window_stats(two_a_minute, "ada"), plain.get_window_stats(two_a_minute, "ada")
            assert told.remaining == known.remaining == max(0, 1 - number)
            assert abs(told.reset_time - known.reset_time) <= 1
    # Both know the window's end by now.
    for storage in storages:
        monkeypatch.setattr(storage, "get", pytest.fail)
        monkeypatch.setattr(storage, "get_expiry", pytest.fail)
    for process in processes:
        with app.app_context():
            assert not process.hit(two_a_minute, "ada")
            assert process.get_window_stats(two_a_minute, "ada").remaining == 0
    # Redis was emptied: a window begins.
    store.redis.flushall()
    with app.app_context():
        assert processes[0].hit(two_a_minute, "ada")
        assert processes[0].get_window_stats(two_a_minute, "ada").remaining == 1


@pytest.mark.parametrize(
    ("path", "status"), [("/shown/{token}", 503), ("/from-outside/x", 503), ("/how-we-count", 200)]
)
def test_a_silent_redis_costs_a_request_one_time_out(
    tmp_path: Path, timed_out: list[str], path: str, status: int
) -> None:
    # Nobody waits for its disk, which may take longer than is waited here.
    with own_server("--appendfsync", "everysec") as server:
        opened = stores.open_store(server.url, timeout=0.2)
        config = Config(data_dir=tmp_path, secret_key="k" * 32, base_url="http://go.example", redis_url=server.url)
        app = web.create_app(config, store=opened)
        post, _ = posts.create(server.store, {"platform": "x", "title": "A"}, now=times.now(), own_hosts=frozenset())
        shown.renew(server.store, post.id)
        asked = path.format(token=shown.token(server.store, post.id))
        client = app.test_client()
        assert client.get(asked).status_code in (200, 404)
        os.kill(server.pid, signal.SIGSTOP)
        try:
            answer = client.get(asked)
        finally:
            os.kill(server.pid, signal.SIGCONT)
        assert (answer.status_code, len(timed_out)) == (status, 1)
        app.extensions["shortlinks"].follower.stop()
        opened.redis.close()
