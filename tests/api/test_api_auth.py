"""Who may call the API, and how often."""

import pytest
from api_cast import OWN_TOKEN, Person, assert_problem, new_post
from apiflask import APIFlask

READS = [
    "/posts",
    "/posts/x",
    "/links",
    "/links/x",
    "/profiles",
    "/placements",
    "/clicks?post=x",
    "/posts/x/funnel",
    "/conversions",
]
WRITES = [
    ("POST", "/posts"),
    ("PATCH", "/posts/x"),
    ("DELETE", "/posts/x"),
    ("POST", "/posts/x/links"),
    ("POST", "/posts/x/snapshots"),
    ("PATCH", "/links/x"),
    ("POST", "/profiles"),
    ("PATCH", "/profiles/x"),
    ("POST", "/profiles/x/snapshots"),
    ("POST", "/conversions"),
    ("POST", "/tokens"),
    ("DELETE", "/tokens/x"),
    ("POST", "/webhooks"),
    ("PATCH", "/webhooks/x"),
    ("POST", "/webhooks/x/rotate-secret"),
    ("POST", "/webhooks/x/deliveries/x/replay"),
]


@pytest.mark.parametrize("path", READS)
def test_it_asks_a_stranger_for_a_token(eve: Person, path: str) -> None:
    answer = eve.get(path)
    assert_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_it_asks_a_stranger_for_a_token_before_it_looks_at_the_body(eve: Person, method: str, path: str) -> None:
    assert_problem(eve.call(method, path, data=b"{not json"), 401)


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_ben_may_not_write(ben: Person, method: str, path: str) -> None:
    answer = ben.call(method, path, data=b"{not json")
    assert "scope" in assert_problem(answer, 403)["detail"]
    assert "insufficient_scope" in answer.headers["WWW-Authenticate"]


def test_ben_may_not_see_tokens(ben: Person) -> None:
    assert_problem(ben.get("/tokens"), 403)


def test_ben_may_read(ada: Person, ben: Person) -> None:
    post = new_post(ada)
    assert ben.get(f"/posts/{post['id']}").status_code == 200


@pytest.mark.parametrize("token", ["slk_wrong", "x" * 5_000, "Ã¼", " ", "slk_\x7f"])
def test_it_refuses_a_token_that_is_not_known(app: APIFlask, token: str) -> None:
    assert_problem(Person(app, token).get("/posts"), 401)


@pytest.mark.parametrize(
    "header", ["Basic YWRhOmFkYQ==", "Basic \x80", "Digest \x80", "Bearer", "Bearer \x80", "slk_x", ""]
)
def test_it_refuses_another_kind_of_authorization(app: APIFlask, header: str) -> None:
    assert_problem(Person(app, None).get("/posts", headers={"Authorization": header}), 401)


def test_the_token_of_the_environment_may_do_everything(app: APIFlask) -> None:
    machine = Person(app, OWN_TOKEN)
    assert new_post(machine)["title"] == "Autumn drop"
    assert machine.get("/tokens").status_code == 200


def test_a_token_that_was_deleted_opens_nothing(ada: Person) -> None:
    made = ada.post("/tokens", {"name": "Ben", "scopes": ["read"]}).get_json()
    ben = Person(ada.app, made["token"])
    assert ben.get("/posts").status_code == 200
    assert ada.delete(f"/tokens/{made['id']}").status_code == 204
    assert_problem(ben.get("/posts"), 401)


def test_it_tells_each_token_its_rate_and_stops_it_there(app: APIFlask, ada: Person, ben: Person) -> None:
    app.config["API_RATE"] = "3 per minute"
    first = ben.get("/posts")
    assert (first.headers["RateLimit-Limit"], first.headers["RateLimit-Remaining"]) == ("3", "2")
    assert 0 < int(first.headers["RateLimit-Reset"]) <= 60
    assert "Retry-After" not in first.headers
    assert ben.get("/links").status_code == 200, "the limit is for all calls together"
    assert ben.get("/posts").status_code == 200
    refused = ben.get("/links")
    assert_problem(refused, 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert ada.get("/posts").status_code == 200, "each token has its own"


def test_strangers_are_limited_by_their_address(app: APIFlask, eve: Person) -> None:
    app.config["API_RATE"] = "2 per minute"
    wrong = [Person(app, f"slk_wrong{number}").get("/posts").status_code for number in range(3)]
    assert wrong == [401, 401, 429]
