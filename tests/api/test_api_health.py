"""/healthz, /readyz and /metrics"""

from pathlib import Path

import pytest
from api_cast import OWN_TOKEN, Person, new_post
from apiflask import APIFlask

from shortlinks import keys, times, web
from shortlinks import store as stores
from shortlinks.clicks import clicks
from shortlinks.clicks.journal import Journal
from shortlinks.config import Config
from shortlinks.owner import tokens

Store = stores.Store


def waiting(app: APIFlask, *, seconds: int) -> Journal:
    """A journal of this host with a click that was recorded some seconds ago."""
    made = Journal(app.extensions["shortlinks"].follower.journal.folder)
    at = times.now() - seconds * times.SECOND
    made.append(clicks.line("post\tslug\t0", at, "0" * 12, "GET", "", "visitor\tnet\tDE", "", "agent"), "post")
    return made


def test_a_running_process_is_healthy_without_redis(tmp_path: Path) -> None:
    away = stores.open_store(f"unix://{tmp_path}/nobody.sock")
    client = web.create_app(Config(data_dir=tmp_path, secret_key="k" * 32), store=away).test_client()
    before = times.now()
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert before <= times.parse(answer.get_json()["time"], "time") <= times.now()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["redis"] == "ConnectionError"


def test_it_is_ready_when_redis_answers_and_nothing_waits(app: APIFlask) -> None:
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    body = answer.get_json()
    assert body["status"] == "ok"
    assert body["lag"] == {"pending_batches": 0, "oldest_seconds": 0, "unshipped_bytes": 0, "unshipped_seconds": 0}


@pytest.mark.parametrize(("seconds", "status"), [(20, 200), (40, 503)])
def test_it_is_not_ready_while_clicks_wait_for_their_roll_up(
    app: APIFlask, store: Store, seconds: int, status: int
) -> None:
    store.redis.xadd(keys.clicks("07"), {"b": b"x"}, id=f"{times.now() - seconds * times.SECOND}-1")
    answer = app.test_client().get("/readyz")
    body = answer.get_json()
    assert answer.status_code == status
    assert body["status"] == ("ok" if status == 200 else "clicks are counted late")
    assert body["lag"]["pending_batches"] == 1
    assert body["lag"]["oldest_seconds"] >= seconds


@pytest.mark.parametrize(("seconds", "status"), [(20, 200), (40, 503)])
def test_it_is_not_ready_while_clicks_wait_in_the_journals(app: APIFlask, seconds: int, status: int) -> None:
    journal = waiting(app, seconds=seconds)
    answer = app.test_client().get("/readyz")
    body = answer.get_json()
    assert answer.status_code == status
    assert body["status"] == ("ok" if status == 200 else "clicks are shipped late")
    assert body["lag"]["unshipped_bytes"] > 0
    assert body["lag"]["unshipped_seconds"] >= seconds
    journal.close()


def test_metrics_are_for_tokens_that_may_read(app: APIFlask, store: Store, ada: Person, ben: Person) -> None:
    _, may_not = tokens.create(store, "Shop", ["convert"], now=times.now())
    for secret, status in ((ada.token, 200), (ben.token, 200), (OWN_TOKEN, 200), (may_not, 403), ("guessed", 401)):
        answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == status
    assert app.test_client().get("/metrics").status_code == 401
    # Where a reverse proxy on this machine comes from.
    assert app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code == 401


def test_each_way_a_request_for_a_link_ends_is_measured(app: APIFlask, ada: Person) -> None:
    slug = new_post(ada)["links"][0]["slug"]
    expired = new_post(ada)["links"][0]["slug"]
    assert ada.patch(f"/links/{expired}", {"state": "disabled"}).status_code == 200
    client = app.test_client()
    statuses = [
        client.open(path, method=method).status_code
        for method, path in (
            *(("GET", f"/{slug}"), ("GET", f"/{slug}"), ("GET", f"/{slug.upper()}"), ("HEAD", f"/{slug}")),
            *(("GET", f"/{expired}"), ("GET", "/nobody"), ("GET", "/api/")),
        )
    ]
    assert statuses == [302, 302, 302, 302, 410, 404, 404]
    text = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {OWN_TOKEN}"}).get_data(as_text=True)
    for outcome, count in (("cold", 1), ("hit", 2), ("head", 1), ("expired", 1), ("missing", 1), ("unavailable", 0)):
        assert f'shortlinks_redirect_seconds_count{{outcome="{outcome}"}} {count}.0\n' in text
    assert "\nshortlinks_clicks_recorded_total 5.0\n" in text
    assert "\nshortlinks_cache_hits_total 3.0\n" in text
    assert "\nshortlinks_redis_up 1.0\n" in text


def test_a_token_that_was_known_opens_metrics_while_redis_is_away(app: APIFlask, ben: Person, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {ben.token}"}
    client = app.test_client()
    assert client.get("/metrics", headers=headers).status_code == 200
    here = app.extensions["shortlinks"]
    there, away = here.store.redis, stores.open_store(f"unix://{tmp_path}/nobody.sock").redis
    here.store.redis = away
    try:
        answer = client.get("/metrics", headers=headers)
        assert answer.status_code == 200
        assert "\nshortlinks_redis_up 0.0\n" in answer.get_data(as_text=True)
        assert client.get("/metrics", headers={"Authorization": "Bearer guessed"}).status_code == 503
        assert client.get("/nobody").status_code == 503
    finally:
        here.store.redis = there
    assert 'outcome="unavailable"} 1.0\n' in client.get("/metrics", headers=headers).get_data(as_text=True)


def test_a_deleted_token_is_not_remembered(app: APIFlask, store: Store, ben: Person) -> None:
    headers = {"Authorization": f"Bearer {ben.token}"}
    assert app.test_client().get("/metrics", headers=headers).status_code == 200
    for token in tokens.list_(store):
        tokens.delete(store, token.id)
    assert app.test_client().get("/metrics", headers=headers).status_code == 401
    assert app.extensions["shortlinks"].tokens == {}
