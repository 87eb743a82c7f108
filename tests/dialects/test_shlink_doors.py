"""Who may call Shlink's API and from where, and what broken requests are told."""

import pytest
from dialect_cast import Caller, assert_refused

from shortlinks.links import links
from shortlinks.owner import tokens
from shortlinks.store import Store
from tests.clicking import make_post

READS = (
    *("/short-urls", "/short-urls/mug", "/short-urls/mug/visits", "/short-urls/mug/redirect-rules", "/tags"),
    *("/tags/stats", "/tags/a/visits", "/domains", "/domains/go.example/visits", "/visits", "/visits/orphan"),
    *("/visits/non-orphan", "/mercure-info"),
)
WRITES = (
    *(("POST", "/short-urls"), ("PATCH", "/short-urls/mug"), ("DELETE", "/short-urls/mug"), ("PUT", "/tags")),
    *(("POST", "/short-urls/mug/redirect-rules"), ("DELETE", "/tags"), ("PATCH", "/domains/redirects")),
)


def test_every_call_needs_a_key_with_its_scope(ada: Caller, ben: Caller, eve: Caller) -> None:
    writer = Caller(ada.app, "", tokens.create(ada.app.extensions["shortlinks"].store, "w", ["write"], now=1)[1])
    for method, path in (*(("GET", path) for path in READS), *WRITES):
        answer = eve.shlink(method, path)
        assert_refused(answer, 401, "missing-authentication", expectedHeaders=["X-Api-Key"])
        assert_refused(eve.shlink(method, path, headers={"X-Api-Key": "wrong"}), 401, "invalid-api-key")
        assert_refused((writer if method == "GET" else ben).shlink(method, path), 403, "forbidden")
    as_bearer = {"Authorization": f"Bearer {ada.secret}"}
    assert_refused(eve.shlink("GET", "/short-urls", headers=as_bearer), 401, "missing-authentication")
    assert_refused(ben.shlink("GET", f"/short-urls/shorten?apiKey={ben.secret}&longUrl=a.example"), 403, "forbidden")


def test_a_revoked_key_opens_nothing(ada: Caller, store: Store) -> None:
    tokens.delete(store, ada.token_id)
    assert_refused(ada.shlink("GET", "/short-urls"), 401, "invalid-api-key")


def test_pages_of_other_sites_may_call(ada: Caller, eve: Caller) -> None:
    from_there = {"Origin": "https://app.shlink.io"}
    for answer in (
        ada.shlink("GET", "/short-urls", headers=from_there),
        eve.shlink("GET", "/short-urls", headers=from_there),
        eve.shlink("GET", "/nowhere", headers=from_there),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Access-Control-Allow-Origin" not in ada.shlink("GET", "/short-urls").headers
    wanted = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x-api-key,content-type"}
    asked = eve.shlink("OPTIONS", "/short-urls/mug", headers=from_there | wanted)
    assert (asked.status_code, asked.data) == (204, b"")
    assert {"GET", "PATCH", "DELETE"} <= set(asked.headers["Access-Control-Allow-Methods"].split(", "))
    assert asked.headers["Access-Control-Allow-Headers"] == "x-api-key,content-type"
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert int(asked.headers["Access-Control-Max-Age"]) > 0
    for other in ("/api/v1/posts", "/yourls-api.php", "/api/v2/links"):
        answer = eve.app.test_client().get(other, headers=from_there)
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/rest", "/rest/", "/rest/v3", "/rest/v3/nowhere", "/rest//v3/tags", "/rest/v4/tags"])
def test_what_does_not_exist_is_told_as_a_problem(ada: Caller, path: str) -> None:
    assert_refused(ada.app.test_client().get(path), 404, "not-found")


def test_a_link_of_that_name_does_not_come_before_the_protocol(ada: Caller, store: Store) -> None:
    wish = {"slug": "rest", "target": "https://shop.example/", "placement": "elsewhere"}  # as an import may bring it
    links.create(store, make_post(store)[0].id, wish, now=1, own_hosts=frozenset(), reserved=frozenset())
    assert_refused(ada.app.test_client().get("/rest"), 404, "not-found")
    assert {"rest", "yourls-api.php"} <= links.RESERVED_ALWAYS


def test_broken_requests_are_told_as_problems(ada: Caller) -> None:
    assert_refused(ada.shlink("PUT", "/short-urls"), 405, "method-not-allowed")
    for body, kind in ((b"{", "application/json"), (b"", ""), (b"[1]", ""), (b'"\xff"', "application/json")):
        answer = ada.shlink("POST", "/short-urls", data=body, content_type=kind)
        assert_refused(answer, 400, "invalid-data")
    answer = ada.shlink("POST", "/short-urls", data=b"x" * 1_100_000, content_type="application/json")
    assert_refused(answer, 400, "invalid-data")


def test_it_shares_the_limit_of_the_api(ada: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ada.app.config, "API_RATE", "3 per minute")
    bearer = {"Authorization": f"Bearer {ada.secret}"}
    assert ada.app.test_client().get("/api/v1/posts", headers=bearer).status_code == 200
    assert ada.shlink("GET", "/tags").status_code == 200
    assert ada.yourls("version").status_code == 200
    refused = ada.shlink("GET", "/tags")
    assert_refused(refused, 429, "too-many-requests")
    assert int(refused.headers["Retry-After"]) > 0
    slow = ada.yourls("version")
    assert (slow.status_code, slow.get_json()["errorCode"]) == (429, "429")
    assert ada.kutt("GET", "/links").status_code == 429
    assert ada.kutt("GET", "/links").get_json()["error"]
