"""If-Match: a change is made to what its maker has seen, or not at all (412)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from api_cast import Person, assert_problem, click, new_post
from werkzeug.test import TestResponse

from shortlinks import times
from shortlinks.bio_pages import bio_page_rows, bio_pages
from shortlinks.experiments import experiments
from shortlinks.store import Store

CHANGES: dict[str, tuple[str, str, str, dict[str, Any] | None]] = {
    "post": ("PATCH", "/posts/{post}", "/posts/{post}", {"title": "Spring {n}"}),
    "link": ("PATCH", "/links/{slug}", "/links/{slug}", {"target": "https://shop.example/{n}"}),
    "profile": ("PATCH", "/profiles/{profile}", "/profiles/{profile}", {"handle": "ada{n}"}),
    "page": ("PUT", "/profiles/{profile}/page", "/profiles/{profile}/page", {"title": "Pots {n}"}),
    "row": ("PATCH", "/profiles/{profile}/page/rows/{row}", "/profiles/{profile}/page", {"title": "Bowl {n}"}),
    "shop": ("PUT", "/shops/shop.example/totals/2026-W01", "/shops/shop.example/totals/2026-W01", {"visits": "{n}00"}),
}
ONCE: dict[str, tuple[str, str, str, dict[str, Any] | None]] = {
    "experiment": ("PATCH", "/experiments/{experiment}", "/experiments/{experiment}", {"state": "stopped"}),
    "archived": ("DELETE", "/posts/{post}", "/posts/{post}", None),
    "erased": ("DELETE", "/posts/{post}?purge=true", "/posts/{post}", None),
    "a row off": ("DELETE", "/profiles/{profile}/page/rows/{row}", "/profiles/{profile}/page", None),
}


@pytest.fixture
def names(ada: Person, store: Store) -> dict[str, str]:
    post, now = new_post(ada), times.now()
    bio_pages.put(store, post["profile_id"], {"name": "ada"}, now=now)
    _, row = bio_page_rows.add(store, post["profile_id"], {"post_id": post["id"]}, now=now, own_hosts=frozenset())
    tried = {"question": "Say it first", "platform": "instagram", "kind": "video", "per_arm": 8}
    experiment = experiments.create(store, tried, now=now)
    ada.call("PUT", "/shops/shop.example/totals/2026-W01", json={"visits": 60})
    names = {"post": post["id"], "slug": post["links"][0]["slug"], "profile": post["profile_id"], "row": row.slug}
    return names | {"experiment": experiment.id}


def tag(person: Person, names: dict[str, str], read: str) -> str:
    return person.get(read.format_map(names)).headers["ETag"]


def change(person: Person, names: dict[str, str], name: str, seen: str | None, n: int = 1) -> TestResponse:
    method, path, _, body = (CHANGES | ONCE)[name]
    filled = {field: text.replace("{n}", str(n)) for field, text in body.items()} if body else None
    headers = {} if seen is None else {"If-Match": seen}
    return person.call(method, path.format_map(names), json=filled, headers=headers)


@pytest.mark.parametrize("name", [*CHANGES, *ONCE])
def test_what_was_seen_is_changed_and_what_was_changed_meanwhile_is_not(
    ada: Person, names: dict[str, str], name: str
) -> None:
    read = (CHANGES | ONCE)[name][2]
    for wrong in ('"x"', '"x-y", W/"0123456789abcdef-0"', "", '""', "unquoted"):
        problem = assert_problem(change(ada, names, name, wrong), 412, "If-Match")
        assert "changed meanwhile" in problem["detail"]
    seen = tag(ada, names, read)
    done = change(ada, names, name, f'"other", {seen}')
    assert done.status_code in (200, 204)
    if name in CHANGES:
        assert_problem(change(ada, names, name, seen, 2), 412, "If-Match")
        assert tag(ada, names, read) == done.headers["ETag"] != seen
        assert change(ada, names, name, done.headers["ETag"], 3).status_code == 200
        assert change(ada, names, name, "*", 4).status_code == 200
        assert change(ada, names, name, None, 5).status_code == 200


@pytest.mark.parametrize("name", [*CHANGES, "experiment"])
def test_of_two_who_have_seen_the_same_one_wins(ada: Person, names: dict[str, str], name: str) -> None:
    number = 8
    read = (CHANGES | ONCE)[name][2]
    begin, seen = Barrier(number), tag(ada, names, read)

    def one(n: int) -> int:
        begin.wait()
        return change(ada, names, name, seen, n + 1).status_code

    with ThreadPoolExecutor(number) as pool:
        assert sorted(pool.map(one, range(number))) == [200, *[412] * (number - 1)]


def test_counts_change_the_tag_but_not_what_may_be_changed(ada: Person, store: Store, names: dict[str, str]) -> None:
    reads = ("/posts/{post}", "/profiles/{profile}/page", "/experiments/{experiment}")
    tags = {read: tag(ada, names, read) for read in reads}
    click(store, names["slug"], times.now())
    click(store, names["row"], times.now() + 1_000)
    ada.post(f"/posts/{names['post']}/snapshots", {"views": 400})
    new_post(ada, kind="video")  # draws an arm
    assert all(tag(ada, names, read) != before for read, before in tags.items())
    for name, read in (("post", reads[0]), ("page", reads[1]), ("experiment", reads[2])):
        assert change(ada, names, name, tags[read]).status_code == 200, name


def test_the_tag_of_what_was_made_and_that_of_a_compressed_answer_are_as_good(ada: Person) -> None:
    made = ada.post("/posts", {"platform": "instagram", "title": "Autumn", "notes": "n" * 2_000})
    path = f"/posts/{made.get_json()['id']}"
    assert ada.get(path).headers["ETag"] == made.headers["ETag"]
    assert ada.patch(path, {"title": "Winter"}, headers={"If-Match": made.headers["ETag"]}).status_code == 200
    packed = ada.get(path, headers={"Accept-Encoding": "br"})
    assert packed.headers["Content-Encoding"] == "br"
    for seen in (packed.headers["ETag"], f"W/{packed.headers['ETag']}"):  # as a proxy may make it
        assert ada.patch(path, {"title": "Winter"}, headers={"If-Match": seen}).status_code == 200


def test_nothing_is_no_version_of_anything(ada: Person, names: dict[str, str]) -> None:
    for seen in ("*", '"x"'):
        headers = {"If-Match": seen}
        totals = ada.call("PUT", "/shops/other.example/totals/2026-W01", json={"visits": 60}, headers=headers)
        assert_problem(totals, 412, "If-Match")
        assert_problem(ada.patch("/posts/nobody", {"title": "x"}, headers=headers), 404)
    other = ada.post("/profiles", {"platform": "tiktok", "handle": "ada"}).get_json()["id"]
    page = ada.call("PUT", f"/profiles/{other}/page", json={"name": "pots"}, headers={"If-Match": "*"})
    assert_problem(page, 412, "If-Match")
    assert ada.get("/shops/other.example/totals").get_json()["items"] == []


def test_a_token_is_deleted_by_the_tag_it_was_made_with(ada: Person) -> None:
    made = ada.post("/tokens", {"name": "x", "scopes": ["read"]})
    path = f"/tokens/{made.get_json()['id']}"
    assert_problem(ada.delete(path, headers={"If-Match": '"x"'}), 412, "If-Match")
    assert ada.delete(path, headers={"If-Match": made.headers["ETag"]}).status_code == 204


def test_what_is_wrong_with_a_change_is_told_before_its_condition(ada: Person, names: dict[str, str]) -> None:
    answer = ada.patch(f"/posts/{names['post']}", {"colour": "red"}, headers={"If-Match": '"x"'})
    assert_problem(answer, 422, "colour")
