"""`GET /compare`."""

import pytest
from api_cast import Person, assert_problem, click, new_post

from shortlinks import store as stores
from shortlinks import times

PUBLISHED = "2026-11-10T10:00:00Z"
START = times.parse(PUBLISHED, "published")


def a_post(ada: Person, store: stores.Store, views: int, clicks: int) -> str:
    post = new_post(ada, published_at=PUBLISHED)
    click(store, post["links"][0]["slug"], START + times.HOUR, count=clicks)
    ada.post(f"/posts/{post['id']}/snapshots", {"taken_at": "2026-11-12T09:30:00Z", "views": views})
    return str(post["id"])


def test_it_tells_of_each_pair_which_is_higher(ada: Person, ben: Person, store: stores.Store) -> None:
    wide, deep = a_post(ada, store, 40_000, 3), a_post(ada, store, 3_000, 6)
    found = ben.get(f"/compare?posts={wide},{deep}").get_json()
    assert [(side["post_id"], side["clicks"], side["views"]) for side in found["posts"]] == [
        (wide, 3, 40_000),
        (deep, 6, 3_000),
    ]
    (pair,) = found["pairs"]
    assert (pair["a"], pair["b"], pair["verdict"], pair["views_needed"]) == (wide, deep, "lower", None)
    assert pair["low"] < pair["ratio"] < pair["high"] < 1
    assert pair["p"] == pytest.approx(0.000008, abs=5e-7)


def test_posts_without_clicks_are_compared_without_infinity(ada: Person, store: stores.Store) -> None:
    none, some = a_post(ada, store, 900, 0), a_post(ada, store, 900, 2)
    (pair,) = ada.get(f"/compare?posts={some},{none}").get_json()["pairs"]
    assert (pair["ratio"], pair["high"], pair["verdict"]) == (None, None, "cannot_tell_yet")
    assert pair["views_needed"] > 0


@pytest.mark.parametrize(
    "posts", ["", "bcdfghjkmn", "bcdfghjkmn,bcdfghjkmn", "bcdfghjkmn,nmkjhgfdcb", ",".join(map(str, range(21)))]
)
def test_what_cannot_be_compared_is_refused_by_name(ada: Person, posts: str) -> None:
    assert_problem(ada.get(f"/compare?posts={posts}"), 422, "posts")


def test_it_is_not_for_strangers(eve: Person) -> None:
    assert eve.get("/compare?posts=a,b").status_code == 401
