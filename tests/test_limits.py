"""Rate limits while Redis is silent: a page that has one waits for it no longer than any other."""

import os
import signal
from pathlib import Path

import pytest
import redis
from clicking import own_server

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
