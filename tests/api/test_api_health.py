"""/healthz and /readyz"""

from pathlib import Path

from apiflask import APIFlask

from shortlinks import keys, web
from shortlinks import store as stores
from shortlinks.config import Config

Store = stores.Store


def test_a_running_process_is_healthy_without_redis(tmp_path: Path) -> None:
    away = stores.open_store(f"unix://{tmp_path}/nobody.sock")
    client = web.create_app(Config(data_dir=tmp_path, secret_key="k" * 32), store=away).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["redis"] == "ConnectionError"


def test_it_is_ready_when_redis_answers_and_nothing_waits(app: APIFlask) -> None:
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    body = answer.get_json()
    assert body["status"] == "ok"
    assert body["lag"]["pending_batches"] == 0
    assert body["lag"]["oldest_seconds"] == 0


def test_it_is_not_ready_while_clicks_wait_for_minutes(app: APIFlask, store: Store) -> None:
    store.redis.xadd(keys.clicks("07"), {"b": b"x"}, id="1-1")
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    body = answer.get_json()
    assert body["status"] == "clicks are counted late"
    assert body["lag"]["pending_batches"] == 1
    assert body["lag"]["oldest_seconds"] > 60
