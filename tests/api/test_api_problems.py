"""Whatever goes wrong under /api/ is a problem (RFC 9457), and nothing is half-written."""

import json
import re
from pathlib import Path

import pytest
import redis
from api_cast import Person, assert_problem, new_post
from apiflask import APIFlask

from shortlinks import store as stores
from shortlinks import times, web
from shortlinks.config import Config
from shortlinks.errors import Unavailable
from shortlinks.links import misses


@pytest.mark.parametrize("path", ["/nothing", "/api/", "/api/v1", "/api/v1/", "/api/v2/posts", "/posts/a/b/c"])
def test_it_has_problems_for_unknown_paths(ada: Person, path: str) -> None:
    assert_problem(ada.get(path), 404)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api//v1/posts", "/api/v1//posts", "/api/v1/nothing"])
def test_no_way_below_api_is_a_page_a_redirect_or_a_missed_link(
    store: stores.Store, ada: Person, method: str, path: str
) -> None:
    answer = ada.call(method, f"https://go.example{path}", **_raw(path))
    assert answer.status_code in (404, 405)
    assert answer.content_type == "application/problem+json"
    assert misses.latest(store, days=1, now=times.now()) == []


def test_options_are_told_without_a_page(ada: Person) -> None:
    answer = ada.call("OPTIONS", "/posts")
    assert (answer.status_code, answer.data, answer.headers.get("Content-Type")) == (204, b"", None)
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "POST"}


def test_it_names_the_methods_that_a_path_takes(ada: Person) -> None:
    answer = ada.call("PUT", "/posts")
    assert_problem(answer, 405)
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "path",
    [
        *("/posts/{}", "/posts/{}/funnel", "/posts/{}/timeline", "/posts/{}/breakdown?by=app", "/posts/{}/snapshots"),
        *("/links/{}", "/profiles/{}", "/profiles/{}/snapshots", "/clicks?post={}", "/links?post={}"),
    ],
)
@pytest.mark.parametrize("name", ["nobody", "%00", "%ff", "..", "%F0%9F%8D%82", "x" * 40, "a:b", "*"])
def test_it_says_that_there_is_no_such_thing(ada: Person, path: str, name: str) -> None:
    if name == "%ff" and "?post" in path:
        assert_problem(ada.get(path.format(name)), 400, "query")  # no query can be read from that
    else:
        assert_problem(ada.get(path.format(name)), 404)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"title=x",
        b'{"title": NaN}',
        b'{"title": Infinity}',
        b'{"followers": 1e999}',
        b'{"followers": ' + b"9" * 5_000 + b"}",
        b"[" * 100_000,
        b'{"tags": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"title": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"title": "a", "title": "b"}',
        b'{"links": [{"slug": "a", "slug": "a"}]}',
        b"{" + b", ".join(b'"n%d": 1' % number for number in range(201)) + b"}",
        b'{"title": "\xff"}',
        b"\xff\xfe{}",
        b"\x00",
    ],
    ids=lambda body: repr(body[:16]),
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/posts"), ("POST", "/conversions"), ("PATCH", "/links/x")])
def test_broken_json_is_a_400(ada: Person, method: str, path: str, body: bytes) -> None:
    answer = assert_problem(ada.call(method, path, data=body), 400, "body")
    assert answer["detail"].startswith("The body is not JSON: ")
    assert "sys." not in answer["detail"]
    assert answer["errors"] == [{"field": "body", "message": answer["detail"]}]


@pytest.mark.parametrize("query", ["q=M%FCnchen", "%FF=x", "q=\xfc"])
def test_a_query_that_is_not_utf_8_is_a_400(ada: Person, query: str) -> None:
    answer = ada.call("GET", "/posts", environ_overrides={"QUERY_STRING": query})
    assert_problem(answer, 400, "query")


@pytest.mark.parametrize("path", ["/posts?limit=1&limit=2", "/compare?limit=a&limit=b", "/posts/nobody?limit=&limit="])
def test_a_parameter_that_stands_twice_is_a_400(ada: Person, path: str) -> None:
    assert_problem(ada.get(path), 400, "limit")


@pytest.mark.parametrize("body", [[], [1], "text", 7, True, None, 1.5])
@pytest.mark.parametrize(("method", "path"), [("POST", "/posts"), ("POST", "/tokens"), ("PATCH", "/links/x")])
def test_a_body_that_is_no_object_is_a_422(ada: Person, method: str, path: str, body: object) -> None:
    assert_problem(ada.call(method, path, data=json.dumps(body)), 422, "body")


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("/posts", {"platform": "instagram", "title": "x", "colour": "red"}, {"colour"}),
        ("/posts", {}, {"platform", "title"}),
        ("/posts", {"platform": 7, "title": ["x"]}, {"platform", "title"}),
        (
            "/posts",
            {
                "platform": "instagram",
                "title": "x",
                "links": [{"placement": "bio_link", "target": "https://a.example", "x": 1}, {}],
            },
            {"links[0].x", "links[1].placement", "links[1].target"},
        ),
        ("/posts", {"platform": "instagram", "title": "x", "links": "none"}, {"links"}),
        ("/posts", {"platform": "instagram", "title": "x", "links": [None]}, {"links[0]"}),
        ("/posts", {"platform": "instagram", "title": "x", "tags": ["a", 1]}, {"tags[1]"}),
        ("/posts", {"platform": "instagram", "title": "x", "followers": [1]}, {"followers"}),
        ("/posts", {"platform": "instagram", "title": "x", "followers": True}, {"followers"}),
        ("/posts", {"platform": "instagram", "title": "a\x00b"}, {"title"}),
        ("/tokens", {"name": "x", "scopes": "read"}, {"scopes"}),
        ("/profiles", {"platform": "instagram", "handle": "ada", "id": "x"}, {"id"}),
    ],
)
def test_it_names_every_field_of_a_wrong_shape(ada: Person, path: str, body: object, fields: set[str]) -> None:
    assert_problem(ada.post(path, body), 422, *fields)
    assert ada.get("/posts").get_json()["items"] == []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/posts", {"platform": "instagram", "title": "x", "tags": [1] * 21}, "tags"),
        ("/posts", {"platform": "instagram", "title": "x", "siblings": [1] * 21}, "siblings"),
        ("/posts", {"platform": "instagram", "title": "x", "links": [{}] * 51}, "links"),
        ("/tokens", {"name": "x", "scopes": [1] * 5}, "scopes"),
        ("/webhooks", {"url": "https://shop.example", "events": [1] * 4}, "events"),
    ],
)
def test_of_a_list_that_is_too_long_not_each_item_is_told(
    ada: Person, path: str, body: dict[str, object], field: str
) -> None:
    most = len(body[field]) - 1  # type: ignore[arg-type]
    answer = assert_problem(ada.post(path, body), 422, field)
    assert answer["errors"] == [{"field": field, "message": f"are more than {most}"}]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/posts?limit=0", "limit"),
        ("/posts?limit=201", "limit"),
        ("/posts?limit=many", "limit"),
        ("/posts?limit=" + "9" * 5_000, "limit"),
        ("/posts?cursor=%00", "cursor"),
        ("/posts?archived=perhaps", "archived"),
        ("/posts?platfrom=instagram", "platfrom"),
        ("/links?cursor=x", "cursor"),
        ("/profiles?cursor=x", "cursor"),
        ("/tokens?cursor=x", "cursor"),
        ("/clicks", "post"),
    ],
)
def test_it_names_the_parameter_that_is_wrong(ada: Person, path: str, field: str) -> None:
    assert_problem(ada.get(path), 422, field)


def test_no_call_passes_over_a_parameter_that_it_does_not_know(app: APIFlask, ada: Person) -> None:
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("api."):
            continue
        path = re.sub("<[^>]+>", "x", rule.rule).removeprefix("/api/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            problem = assert_problem(ada.call(method, f"{path}?zzz=1"), 422)
            assert {"field": "zzz", "message": "is not known here"} in problem["errors"], (method, path)
            assert app.test_client().open(f"/api/v1{path}?zzz=1", method=method).status_code == 401


def test_what_takes_no_query_does_nothing_with_one(ada: Person) -> None:
    post = new_post(ada)
    assert_problem(ada.get("/export/posts?from=2026-11-01&to=2026-11-02"), 422, "from", "to")
    assert_problem(ada.patch(f"/posts/{post['id']}?dry_run=1", {"title": "Other"}), 422, "dry_run")
    assert ada.get(f"/posts/{post['id']}").get_json()["title"] == post["title"]


def test_a_query_that_is_not_utf_8_is_a_400_but_for_visitors(app: APIFlask, ada: Person) -> None:
    slug = new_post(ada)["links"][0]["slug"]
    raw = {"QUERY_STRING": "limit=\xed\xa0\x80"}
    answer = ada.call("GET", "/clicks", environ_overrides=raw)
    assert "UTF-8" in assert_problem(answer, 400)["detail"]
    visitor = app.test_client()
    assert visitor.get("/admin/posts/x", environ_overrides=raw).status_code == 400
    assert visitor.get(f"/{slug}", environ_overrides=raw).status_code == 302
    assert visitor.get(f"/{slug}+", environ_overrides=raw).status_code == 200
    assert visitor.get("/nothing-here", environ_overrides=raw).status_code == 404


@pytest.mark.parametrize("value", ["ü", 1 << 70, {1: "ü"}, "\ud800"])
def test_what_json_writes_by_another_way_is_answered_as_well(app: APIFlask, value: object) -> None:
    with app.test_request_context():
        answer = app.json.response({"value": value})
    assert answer.get_json() == {"value": json.loads(json.dumps(value))}


def test_a_body_over_one_mebibyte_is_a_413(ada: Person) -> None:
    body = json.dumps({"platform": "instagram", "title": "x", "notes": "n" * (1 << 20)})
    assert_problem(ada.call("POST", "/posts", data=body), 413)


def test_a_long_text_within_the_limit_is_a_422(ada: Person) -> None:
    body = {"platform": "instagram", "title": "t" * 1_000_000}
    assert_problem(ada.post("/posts", body), 422, "title")


def test_without_redis_it_is_a_503_that_says_when_to_try_again(tmp_path: Path) -> None:
    away = stores.open_store(f"unix://{tmp_path}/nobody.sock")
    config = Config(data_dir=tmp_path, secret_key="k" * 32, api_token="token-of-the-environment")
    eve = Person(web.create_app(config, store=away), "slk_unknown")
    ada = Person(eve.app, "token-of-the-environment")
    for answer in (eve.get("/posts"), ada.get("/posts"), ada.post("/posts", {"platform": "instagram", "title": "x"})):
        assert_problem(answer, 503)
        assert answer.headers["Retry-After"] == "2"


@pytest.mark.parametrize(
    "error",
    [
        redis.ConnectionError("gone"),
        redis.TimeoutError("slow"),
        redis.exceptions.BusyLoadingError("loading"),
        redis.exceptions.OutOfMemoryError("command not allowed when used memory > 'maxmemory'."),
        redis.ResponseError("OOM command not allowed when used memory > 'maxmemory'."),
        redis.exceptions.ReadOnlyError("You can't write against a read only replica."),
        redis.ResponseError("MISCONF Errors writing to the AOF file: No space left on device"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_redis_that_cannot_now_is_a_503(app: APIFlask, ada: Person, error: Exception) -> None:
    def fail() -> None:
        raise error

    app.add_url_rule("/api/v1/fails", view_func=fail)
    answer = ada.get("/fails")
    assert_problem(answer, 503)
    assert answer.headers["Retry-After"] == "2"


@pytest.mark.parametrize("error", [redis.ConnectionError("gone"), redis.TimeoutError("slow")])
@pytest.mark.parametrize("path", ["/api/v1/fails", "/fails/here"])
def test_a_change_whose_answer_got_lost_is_not_said_to_have_failed(
    app: APIFlask, ada: Person, error: Exception, path: str
) -> None:
    def fail() -> None:
        raise error

    methods = ("GET", "POST", "PATCH", "DELETE")
    app.add_url_rule(path, view_func=fail, methods=methods)
    app.config["WTF_CSRF_ENABLED"] = False
    said = {method: ada.call(method, f"https://go.example{path}").get_data(as_text=True) for method in methods}
    for method in methods:
        doubt = "It may or may not have been done; look before you try again." in said[method]
        assert doubt == (method != "GET"), method
        assert "Nothing was changed" not in said[method]
    assert "Try again." in said["GET"]


def test_what_was_written_but_not_confirmed_is_told_as_that(app: APIFlask, ada: Person) -> None:
    def fail() -> None:
        raise Unavailable("It was written, but the disk has not confirmed it in time.")

    app.add_url_rule("/api/v1/fails", view_func=fail)
    assert assert_problem(ada.get("/fails"), 503)["detail"].startswith("It was written")


@pytest.mark.parametrize("error", [RuntimeError("secret"), redis.ResponseError("WRONGTYPE secret")])
def test_a_fault_of_ours_is_a_500_that_tells_no_secrets(app: APIFlask, ada: Person, error: Exception) -> None:
    def fail() -> None:
        raise error

    app.add_url_rule("/api/v1/fails", view_func=fail)
    answer = ada.get("/fails")
    assert_problem(answer, 500)
    assert "secret" not in answer.get_data(as_text=True)


def test_outside_the_api_what_goes_wrong_is_a_page(app: APIFlask, ada: Person, eve: Person) -> None:
    def fail() -> None:
        raise RuntimeError("secret")

    app.add_url_rule("/fails/here", view_func=fail)
    client = app.test_client()
    for path, status in (("/fails/here", 500), ("/no/such/page", 404)):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (status, "text/html")
        assert "secret" not in answer.get_data(as_text=True)
    post = new_post(ada)
    assert client.post(f"/{post['links'][0]['slug']}").status_code == 405


def test_every_answer_carries_the_security_headers(app: APIFlask, ada: Person) -> None:
    for path in ("/api/v1/posts", "/api/v1/nothing", "/healthz", "/no/such/page", "/admin/sign-in"):
        headers = app.test_client().get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_redirect_leaves_the_referrer_to_the_browser(app: APIFlask, ada: Person) -> None:
    slug = new_post(ada)["links"][0]["slug"]
    for _ in range(2):  # by Flask's view first, by the Redirector then
        answer = app.test_client().get(f"/{slug}")
        assert answer.status_code == 302
        assert "Referrer-Policy" not in answer.headers


@pytest.mark.parametrize("host", ["a..b", ".", "x" * 64, f"{'x' * 64}.example"])
@pytest.mark.parametrize("path", ["/", "/anything", "/anything+", "/admin", "/admin/", "/api/v1/posts", "/healthz"])
def test_a_host_that_is_none_is_a_400(app: APIFlask, ada: Person, host: str, path: str) -> None:
    answer = ada.call("GET", f"https://go.example{path}", headers={"Host": host})
    assert answer.status_code == 400
    assert "The Host header does not hold the name of a host." in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/", "/admin/"),
        ("/admin", "/admin/"),
        ("/admin?a=%2F%2Fb", "/admin/?a=%2F%2Fb"),
        ("/admin/settings", "/admin/settings/"),
        ("/admin//", "/admin/"),
    ],
)
@pytest.mark.parametrize("host", ["evil.example", "[::1", "a b"])
def test_a_redirect_stays_here_whatever_the_host_header_says(
    app: APIFlask, host: str, path: str, location: str
) -> None:
    answer = app.test_client().get("/", headers={"Host": host}, **_raw(path))
    assert 300 < answer.status_code < 309
    assert answer.headers["Location"] == location
    assert "http" not in answer.get_data(as_text=True)


def _raw(path: str) -> dict[str, object]:
    """A request's path as it is, also where a client would take its beginning for a host."""
    name, _, query = path.partition("?")
    return {"environ_overrides": {"PATH_INFO": name, "QUERY_STRING": query, "REQUEST_URI": path}}


def test_an_unknown_kind_is_told_the_words_that_are_known(ada: Person) -> None:
    problem = assert_problem(ada.post("/posts", {"platform": "x", "title": "x", "kind": "toot"}), 422, "kind")
    for word in ("video", "reel", "short", "tweet"):
        assert word in problem["errors"][0]["message"]
