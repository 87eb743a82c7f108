"""/profiles"""

from typing import Any

import pytest
from api_cast import Person, assert_problem, new_post


def new_profile(person: Person, **fields: Any) -> dict[str, Any]:
    made = person.post("/profiles", {"platform": "instagram", "handle": "@ada"} | fields)
    assert made.status_code == 201, made.json
    return made.get_json()


def test_it_makes_a_profile(ada: Person) -> None:
    answer = ada.post(
        "/profiles",
        {"platform": "instagram", "handle": "@ada", "kind": "creator", "followers": "1.2K", "shop": "shop.example"},
    )
    assert answer.status_code == 201
    profile = answer.get_json()
    assert (profile["handle"], profile["kind"], profile["followers"]) == ("ada", "creator", 1_200)
    assert profile["shop"] == "shop.example"
    assert ada.get(answer.headers["Location"]).get_json() == profile


def test_a_post_is_made_on_the_profile_it_names(ada: Person) -> None:
    new_profile(ada)
    second = new_profile(ada, handle="ada.shop")
    assert new_post(ada, profile_id=second["id"])["profile_id"] == second["id"]


def test_a_handle_is_there_once_a_platform(ada: Person) -> None:
    new_profile(ada)
    assert_problem(ada.post("/profiles", {"platform": "instagram", "handle": "ADA"}), 409, "handle")
    assert new_profile(ada, platform="tiktok")["platform"] == "tiktok"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"platform": "myspace"}, "platform"),
        ({"handle": ""}, "handle"),
        ({"handle": 7}, "handle"),
        ({"handle": "x" * 1_000}, "handle"),
        ({"kind": "robot"}, "kind"),
        ({"followers": -1}, "followers"),
        ({"shop": "javascript:x"}, "shop"),
        ({"bio_slug": "x"}, "bio_slug"),
    ],
)
def test_it_names_the_field_that_is_wrong(ada: Person, change: dict[str, Any], field: str) -> None:
    assert_problem(ada.post("/profiles", {"platform": "instagram", "handle": "ada"} | change), 422, field)
    assert ada.get("/profiles").get_json()["items"] == []


def test_it_changes_a_profile(ada: Person) -> None:
    profile = new_profile(ada, followers=900)
    slug = new_post(ada, profile_id=profile["id"])["links"][0]["slug"]
    changed = ada.patch(f"/profiles/{profile['id']}", {"kind": "business", "bio_slug": slug, "followers": None})
    assert changed.get_json() == profile | {"kind": "business", "bio_slug": slug, "followers": None}
    assert_problem(ada.patch(f"/profiles/{profile['id']}", {"bio_slug": "nothing"}), 422, "bio_slug")
    assert_problem(ada.patch(f"/profiles/{profile['id']}", {"platform": "x"}), 422, "platform")


def test_profiles_are_listed_page_by_page(ada: Person, ben: Person) -> None:
    made = {new_profile(ada, handle=f"ada{number}")["id"] for number in range(3)}
    first = ben.get("/profiles?limit=2").get_json()
    rest = ben.get(f"/profiles?limit=2&cursor={first['next_cursor']}").get_json()
    assert {profile["id"] for profile in first["items"] + rest["items"]} == made
    assert rest["next_cursor"] is None


def test_its_numbers_are_of_a_moment_or_of_a_day(ada: Person) -> None:
    path = f"/profiles/{new_profile(ada)['id']}/snapshots"
    of_day = ada.post(path, {"day": "2026-11-20", "profile_visits": "1,024"})
    assert of_day.status_code == 201
    assert (of_day.get_json()["day"], of_day.get_json()["taken_at"]) == ("2026-11-20", None)
    of_moment = ada.post(path, {"taken_at": "2026-11-19T10:00:00Z", "followers": "12.4K"}).get_json()
    assert (of_moment["followers"], of_moment["precision"], of_moment["source"]) == (12_400, {"followers": 50}, "api")
    rows = ada.get(path).get_json()["items"]
    assert [row["id"] for row in rows] == [of_moment["id"], of_day.get_json()["id"]]


def test_the_followers_of_its_newest_numbers_are_its_own(ada: Person) -> None:
    profile = new_profile(ada)
    path = f"/profiles/{profile['id']}"
    ada.post(f"{path}/snapshots", {"followers": "12.4K", "views": "1.2K"})
    ada.post(f"{path}/snapshots", {"followers": 600, "day": "2026-11-20"})
    known = ada.get(path).get_json()
    assert (known["followers"], known["precision"]) == (12_400, {"followers": 50})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "followers"),
        ({"followers": 1, "day": "2026-13-01"}, "day"),
        ({"followers": 1, "day": "2099-01-01"}, "day"),
        ({"followers": 1, "day": "2026-11-20", "taken_at": "2026-11-20T10:00:00Z"}, "day"),
        ({"followers": 1, "likes": 2}, "likes"),
        ({"followers": 1, "days": 91}, "days"),
        ({"followers": 1, "days": "7"}, "days"),
    ],
)
def test_it_names_the_number_that_cannot_be(ada: Person, body: dict[str, Any], field: str) -> None:
    path = f"/profiles/{new_profile(ada)['id']}/snapshots"
    assert_problem(ada.post(path, body), 422, field)
    assert ada.get(path).get_json()["items"] == []
