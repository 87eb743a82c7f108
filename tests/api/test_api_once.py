"""Idempotency-Key: whoever sends a POST again is answered as the first time, and nothing is made twice."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from api_cast import OWN_TOKEN, Person, assert_problem, new_post
from apiflask import APIFlask
from once_cast import CASES, POST, all_posts, assert_same, kept, replayed, send
from werkzeug.test import TestResponse

from shortlinks import times
from shortlinks.backups import export
from shortlinks.errors import Unavailable
from shortlinks.owner import tokens
from shortlinks.posts import posts
from shortlinks.records import idempotency
from shortlinks.store import Store


@pytest.mark.parametrize("name", CASES)
def test_fifty_at_once_make_one_and_get_the_same_answer(ada: Person, store: Store, name: str) -> None:
    case, post, number = CASES[name], new_post(ada), 50
    path, body = case.filled(post)
    begin = Barrier(number)

    def one(_: int) -> TestResponse:
        begin.wait()
        return send(ada, path, body)

    with ThreadPoolExecutor(number) as pool:
        answers = list(pool.map(one, range(number)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({(answer.data, answer.headers.get("Location")) for answer in answers}) == 1
    assert sum(not replayed(answer) for answer in answers) == 1
    assert case.count(store, post) == 1


def test_the_first_answer_comes_again(ada: Person) -> None:
    first, again = send(ada, "/posts", POST), send(ada, "/posts", POST)
    assert (replayed(first), replayed(again)) == (False, True)
    assert first.headers["Location"]
    assert_same(first, again)
    assert len(all_posts(ada)) == 1
    assert "RateLimit-Remaining" in again.headers


def test_it_comes_again_when_what_was_made_was_changed_or_erased(ada: Person) -> None:
    first = send(ada, "/posts", POST)
    post_id = first.get_json()["id"]
    ada.patch(f"/posts/{post_id}", {"title": "Winter drop"})
    assert_same(first, send(ada, "/posts", POST))
    assert ada.delete(f"/posts/{post_id}?purge=true").status_code == 204
    assert_same(first, send(ada, "/posts", POST))
    assert all_posts(ada) == []


def test_a_key_is_for_one_body_and_one_path(ada: Person) -> None:
    post = new_post(ada)
    path = f"/posts/{post['id']}/snapshots"
    send(ada, path, {"views": 5})
    other = f"/posts/{new_post(ada)['id']}/snapshots"
    for where, body in ((path, {"views": 6}), (other, {"views": 5})):
        assert_problem(send(ada, where, body), 409, "Idempotency-Key")
    assert ada.get(other).get_json()["items"] == []
    assert len(ada.get(path).get_json()["items"]) == 1
    assert send(ada, path, {"views": 6}, "k-2").status_code == 201


def test_each_token_has_keys_of_its_own(app: APIFlask, ada: Person) -> None:
    machine = Person(app, OWN_TOKEN)
    assert [send(person, "/posts", POST).status_code for person in (ada, machine)] == [201, 201]
    assert len(all_posts(ada)) == 2


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "k\x7f", "k" * 256, "\x01"])
def test_a_key_that_cannot_be_one_is_named(ada: Person, key: str) -> None:
    assert_problem(send(ada, "/posts", POST, key), 422, "Idempotency-Key")
    assert all_posts(ada) == []


@pytest.mark.parametrize("key", ["!", "~" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "a,b:{n}*"])
def test_any_visible_text_is_a_key(ada: Person, key: str) -> None:
    assert [send(ada, "/posts", POST, key).status_code for _ in range(2)] == [201, 201]
    assert len(all_posts(ada)) == 1


def test_other_methods_pass_it_over(ada: Person, store: Store) -> None:
    post = new_post(ada)
    for title in ("Winter", "Spring"):
        assert ada.patch(f"/posts/{post['id']}", {"title": title}, headers={"Idempotency-Key": "k"}).status_code == 200
    assert not list(store.redis.scan_iter("sl:{n}:idempotent:*"))


@pytest.mark.parametrize(
    ("path", "bad", "status"),
    [
        ("/posts", {"platform": "instagram"}, 422),
        ("/posts", POST | {"links": [{"placement": "bio_link", "target": "https://a.example", "slug": "taken"}]}, 409),
        ("/posts/nobody/snapshots", {"views": 1}, 404),
    ],
)
def test_a_request_that_failed_lets_its_key_go(
    ada: Person, store: Store, path: str, bad: dict[str, Any], status: int
) -> None:
    new_post(ada, links=[{"placement": "bio_link", "target": "https://a.example", "slug": "taken"}])
    assert_problem(send(ada, path, bad), status)
    assert not list(store.redis.scan_iter("sl:{n}:idempotent:*"))
    mended = send(ada, "/posts", POST)
    assert (mended.status_code, replayed(mended)) == (201, False)


def test_who_is_turned_away_before_claims_nothing(app: APIFlask, ada: Person, ben: Person, store: Store) -> None:
    assert_problem(send(ben, "/posts", POST), 403)
    app.config["API_RATE"] = "1 per minute"
    assert_problem(send(ada, "/posts", {"title": "x"}), 422)
    assert_problem(send(ada, "/posts", POST), 429)
    app.config["API_RATE"] = "1000 per minute"
    assert send(ada, "/posts", POST).status_code == 201


@pytest.mark.parametrize("changed", [False, True])
def test_after_a_fault_of_ours_only_what_changed_nothing_runs_again(
    ada: Person, store: Store, monkeypatch: pytest.MonkeyPatch, changed: bool
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise Unavailable("Not now.")

    with monkeypatch.context() as patched:
        if changed:
            patched.setattr("shortlinks.web.api.posts.shape", fail)
        else:
            patched.setattr("shortlinks.posts.posts.create", fail)
        assert_problem(send(ada, "/posts", POST), 503)
    again = send(ada, "/posts", POST)
    if changed:
        assert "was carried out, but its answer was lost" in assert_problem(again, 409, "Idempotency-Key")["detail"]
    else:
        assert again.status_code == 201
    assert len(all_posts(ada)) == 1


def test_those_that_come_while_the_first_is_at_work_wait_for_it_but_not_for_ever(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work, go_on = Event(), Event()
    create = posts.create

    def slowly(*args: Any, **named: Any) -> Any:
        at_work.set()
        assert go_on.wait(60)
        return create(*args, **named)

    monkeypatch.setattr(posts, "create", slowly)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(send, ada, "/posts", POST)
        assert at_work.wait(60)
        with monkeypatch.context() as hasty:
            hasty.setattr(idempotency, "PATIENCE", 50)
            late = send(ada, "/posts", POST)
        assert "still under way" in assert_problem(late, 503)["detail"]
        assert late.headers["Retry-After"] == "2"
        assert_problem(send(ada, "/posts", POST | {"title": "Winter"}), 409, "Idempotency-Key")
        waiting = pool.submit(send, ada, "/posts", POST)
        go_on.set()
        assert_same(first.result(), waiting.result())
    assert len(all_posts(ada)) == 1


def test_one_that_was_only_slow_changes_nothing_once_another_has_taken_over(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work, go_on = Event(), Event()
    create = posts.create

    def first_slowly(*args: Any, **named: Any) -> Any:
        if not at_work.is_set():
            at_work.set()
            assert go_on.wait(60)
        return create(*args, **named)

    monkeypatch.setattr(posts, "create", first_slowly)
    monkeypatch.setattr(idempotency, "LEASE", 0)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(send, ada, "/posts", POST)
        assert at_work.wait(60)
        second = send(ada, "/posts", POST)
        go_on.set()
        assert "taken over" in assert_problem(slow.result(), 503)["detail"]
    assert second.status_code == 201
    assert_same(second, send(ada, "/posts", POST))
    assert len(all_posts(ada)) == 1


def test_a_key_is_forgotten_after_a_day(ada: Person, store: Store) -> None:
    send(ada, "/posts", POST)
    left = store.redis.pttl(kept(store))
    assert times.DAY - times.MINUTE < left <= times.DAY
    store.redis.pexpire(kept(store), 0)
    later = send(ada, "/posts", POST)
    assert (later.status_code, replayed(later)) == (201, False)
    assert len(all_posts(ada)) == 2


def test_an_answer_is_kept_so_that_nobody_reads_it_without_the_key_of_its_client(store: Store) -> None:
    wanted, secret = idempotency.Request("t1", "only-the-client-knows-this", "content"), "s" * 32
    claim = idempotency.claim(store, wanted, secret=secret)
    assert isinstance(claim, idempotency.Claim)
    idempotency.keep(store, claim, b"slk_shown_once", secret=secret)
    held = b" ".join([kept(store), *store.redis.hgetall(kept(store)).values()])
    assert b"slk_shown_once" not in held
    assert b"only-the-client-knows-this" not in held
    assert idempotency.claim(store, wanted, secret=secret) == b"slk_shown_once"
    masked = store.redis.hget(kept(store), "answer")
    for key, other in (("another-key", secret), (wanted.key, "x" * 32)):
        assert idempotency._unmasked(masked, key, other) is None
    twice = idempotency._masked(b"slk_shown_once", wanted.key, secret)
    assert twice[-14:] != masked[-14:], "each is under bits of its own"


def test_a_token_is_shown_again_only_to_who_knows_the_key(ada: Person, store: Store) -> None:
    answer = send(ada, "/tokens", {"name": "sheet", "scopes": ["read"]})
    shown = send(ada, "/tokens", {"name": "sheet", "scopes": ["read"]})
    assert_same(answer, shown)
    assert shown.headers["Cache-Control"] == "no-store"
    assert tokens.find(store, shown.get_json()["token"])


def test_an_export_holds_no_keys(ada: Person, store: Store, tmp_path: Path) -> None:
    send(ada, "/posts", POST, "a-key-of-mine")
    export.write(store, tmp_path / "all.ndjson")
    text = (tmp_path / "all.ndjson").read_text()
    assert "Autumn drop" in text
    assert "idempotent" not in text
    assert kept(store).decode().rpartition(":")[2] not in text


def test_with_another_secret_key_the_answer_is_lost_but_nothing_is_made_twice(ada: Person, app: APIFlask) -> None:
    send(ada, "/posts", POST)
    here = app.extensions["shortlinks"]
    object.__setattr__(here.config, "secret_key", "another one " * 3)
    assert_problem(send(ada, "/posts", POST), 409, "Idempotency-Key")
    assert len(all_posts(ada)) == 1


def test_a_file_is_taken_once_whatever_the_boundary_of_its_form(ada: Person) -> None:
    profile = ada.post("/profiles", {"platform": "tiktok", "handle": "ada"}).get_json()
    path = f"/profiles/{profile['id']}/snapshots/import"
    rows = b"Date,Video Views,Profile Views\nNovember 1,15000,20\n"

    def upload(boundary: str, data: bytes) -> TestResponse:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="Overview.csv"\r\n\r\n'.encode()
        body = head + data + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        return ada.call("POST", path, data=body, content_type=kind, headers={"Idempotency-Key": "k-1"})

    first, same = upload("one", rows), upload("two", rows)
    assert first.status_code == 200
    assert len(first.get_json()["taken"]) == 1
    assert replayed(same)
    assert_same(first, same)
    assert_problem(upload("one", rows.replace(b"15000", b"16000")), 409, "Idempotency-Key")
    plain = ada.call("POST", path, data=rows, content_type="text/csv", headers={"Idempotency-Key": "k-2"})
    assert plain.get_json()["taken"] == []
    assert_same(plain, ada.call("POST", path, data=rows, content_type="text/csv", headers={"Idempotency-Key": "k-2"}))


def test_parts_of_a_form_that_have_no_name_are_told_apart_by_what_they_hold(ada: Person) -> None:
    def upload(*values: str) -> TestResponse:
        named = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n1\r\n' for name in ("a", "b")]
        parts = [f"--x\r\nContent-Disposition: form-data{value}\r\n\r\n1\r\n" for value in values]
        body = "".join([*named, *parts, "--x--\r\n"]).encode()
        kind = "multipart/form-data; boundary=x"
        return ada.call("POST", "/snapshots/import", data=body, content_type=kind, headers={"Idempotency-Key": "k-1"})

    for values in (("", ""), ("", '; filename="f"'), ('; filename="f"', '; filename="g"; name="z"')):
        assert_problem(upload(*values), 422, "file")


def test_a_conversion_reported_before_is_answered_200_again(ada: Person) -> None:
    slug = new_post(ada)["links"][0]["slug"]
    sale = {"external_id": "1", "kind": "sale", "slug": slug}
    assert ada.post("/conversions", sale).status_code == 201
    first, same = send(ada, "/conversions", sale), send(ada, "/conversions", sale)
    assert (first.status_code, replayed(same)) == (200, True)
    assert_same(first, same)
