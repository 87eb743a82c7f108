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


@pytest.mark.parametrize("version", ["/v1", "/v2"])
def test_older_versions_differ_only_in_the_types_of_errors(ada: Caller, eve: Caller, version: str) -> None:
    wish = {"longUrl": "https://shop.example/mug", "customSlug": "mug", "tags": ["a", "b"]}
    made = ada.shlink("POST", "/short-urls", version, json=wish).get_json()
    assert made["shortUrl"] == "https://go.example/mug"
    for path in READS:
        answer, newest = (ada.shlink("GET", path, asked) for asked in (version, "/v3"))
        assert answer.status_code == newest.status_code
        assert answer.status_code == 501 or answer.get_json() == newest.get_json(), path
    sent = {"longUrl": "https://shop.example/bowl"}
    assert ada.shlink("PATCH", "/short-urls/mug", version, json=sent).get_json()["longUrl"] == sent["longUrl"]
    for kind, status, caller, method, path, body in (
        ("INVALID_ARGUMENT", 400, ada, "POST", "/short-urls", {}),
        ("INVALID_SLUG", 400, ada, "POST", "/short-urls", wish),
        ("INVALID_SHORTCODE", 404, ada, "GET", "/short-urls/nobody", None),
        ("TAG_NOT_FOUND", 404, ada, "GET", "/tags/nothing/visits", None),
        ("TAG_CONFLICT", 409, ada, "PUT", "/tags", {"oldName": "a", "newName": "b"}),
        ("DOMAIN_NOT_FOUND", 404, ada, "GET", "/domains/other.example/visits", None),
        ("INVALID_AUTHORIZATION", 401, eve, "GET", "/tags", None),
        ("MERCURE_NOT_CONFIGURED", 501, ada, "GET", "/mercure-info", None),
        ("https://shlink.io/api/error/not-found", 404, ada, "GET", "/nowhere", None),
    ):
        answer = caller.shlink(method, path, version, json=body)
        assert (answer.status_code, answer.get_json()["type"]) == (status, kind)
    wrong = eve.shlink("GET", "/tags", version, headers={"X-Api-Key": "wrong"})
    assert wrong.get_json()["type"] == "INVALID_API_KEY"
    shorten = f"/short-urls/shorten?apiKey={ada.secret}&format=txt&longUrl=shop.example/bowl"
    assert eve.shlink("GET", shorten, version).text == made["shortUrl"]
    assert ada.shlink("DELETE", "/short-urls/mug", version).status_code == 204


def test_its_health_is_told_with_and_without_a_version(eve: Caller) -> None:
    for version in ("", "/v1", "/v2", "/v3"):
        assert eve.shlink("GET", "/health", version).get_json()["status"] == "pass"
        watched = eve.shlink("HEAD", "/health", version)
        assert (watched.status_code, watched.data) == (200, b"")
    assert_refused(eve.shlink("GET", "/tags", ""), 404, "not-found")


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
