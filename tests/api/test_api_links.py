"""/links and /posts/{id}/links"""

from typing import Any

import pytest
from api_cast import Person, assert_problem, new_post
from apiflask import APIFlask
from clicking import asked

from shortlinks import times
from shortlinks.links import target_health, target_visits
from shortlinks.links.target_health import Visit
from shortlinks.store import Store

TARGET = "https://shop.example/new"


def new_link(person: Person, post_id: str, **fields: Any) -> dict[str, Any]:
    made = person.post(f"/posts/{post_id}/links", {"placement": "bio_link", "target": TARGET} | fields)
    assert made.status_code == 201, made.json
    return made.get_json()


def test_it_makes_a_link_that_works_at_once(app: APIFlask, ada: Person) -> None:
    post = new_post(ada, links=[])
    answer = ada.post(f"/posts/{post['id']}/links", {"placement": "story_link_sticker", "target": TARGET})
    assert answer.status_code == 201
    link = answer.get_json()
    assert answer.headers["Location"] == f"/api/v1/links/{link['slug']}"
    assert ada.get(answer.headers["Location"]).get_json() == link
    assert link["short_url"] == f"https://go.example/{link['slug']}"
    assert link["state"] == "active"
    assert link["warnings"] == []
    assert link["history"] == [{"from": link["created_at"], "post_id": post["id"], "target": TARGET}]
    followed = app.test_client().get(f"/{link['slug']}")
    assert (followed.status_code, followed.headers["Location"]) == (302, TARGET)


def test_it_warns_of_a_placement_where_nobody_can_tap(ada: Person) -> None:
    link = new_link(ada, new_post(ada, links=[])["id"], placement="reel_caption")
    assert [warning["code"] for warning in link["warnings"]] == ["dead_placement"]
    assert link["warnings"][0]["message"]


def test_it_warns_of_a_spot_that_the_post_does_not_have_once_its_address_is_known(ada: Person) -> None:
    post = new_post(ada, platform="youtube", kind="video", links=[])
    link = new_link(ada, post["id"], placement="video_description")
    assert link["warnings"] == []

    def told(path: str) -> tuple[list[str], list[str]]:
        address = f"https://www.youtube.com/{path}"
        assert ada.patch(f"/posts/{post['id']}", {"permalink": address}).status_code == 200
        warned = [each["code"] for each in ada.get(f"/links/{link['slug']}").get_json()["warnings"]]
        found = ada.get(f"/posts/{post['id']}/funnel").get_json()["findings"]
        return warned, [each["code"] for each in found]

    assert told("shorts/dQw4w9WgXcQ") == (["other_format"], ["other_format"])
    assert told("watch?v=dQw4w9WgXcQ") == ([], ["too_early_to_tell"])
    elsewhere = new_post(ada, permalink="https://www.instagram.com/reel/C1aB/", links=[])
    assert new_link(ada, elsewhere["id"], placement="youtube/video_description")["warnings"] == []


def test_it_warns_of_a_tiktok_account_that_is_too_small_for_a_link(ada: Person) -> None:
    post = new_post(ada, platform="tiktok", links=[])
    field = new_link(ada, post["id"], placement="bio_website_field")
    said = new_link(ada, post["id"], placement="spoken")
    assert field["warnings"] == []
    assert ada.patch(f"/profiles/{post['profile_id']}", {"followers": 600}).status_code == 200
    codes = {
        link["slug"]: [warning["code"] for warning in link["warnings"]]
        for link in ada.get("/links").get_json()["items"]
    }
    assert codes == {field["slug"]: ["no_tappable_spot"], said["slug"]: []}
    (warning,) = new_link(ada, post["id"], placement="bio_website_field")["warnings"]
    assert warning["message"].startswith("Nobody can tap a link of yours on TikTok: ")
    reel = new_post(ada, links=[])
    ada.patch(f"/profiles/{reel['profile_id']}", {"followers": 600})
    assert new_link(ada, reel["id"], placement="tiktok/bio_website_field")["warnings"] == []


def test_the_followers_of_the_post_count_before_those_of_its_profile(ada: Person) -> None:
    profile = ada.post("/profiles", {"platform": "tiktok", "handle": "clay", "followers": 600}).get_json()
    website = [{"placement": "bio_website_field", "target": "https://shop.example/mug"}]
    made = {
        size: new_post(ada, platform="tiktok", profile_id=profile["id"], followers=size, links=website)
        for size in (None, 700, "1.2K")
    }
    said = {size: [each["message"] for each in post["links"][0]["warnings"]] for size, post in made.items()}
    assert "and you have 600" in said[None][0]
    assert "and you had 700 when this post came out" in said[700][0]
    assert said["1.2K"] == []
    found = ada.get(f"/posts/{made['1.2K']['id']}/funnel").get_json()["findings"]
    assert "no_tappable_spot" not in [each["code"] for each in found]


def test_a_dead_caption_of_a_small_account_is_warned_of_once(ada: Person) -> None:
    post = new_post(ada, platform="tiktok", links=[])
    ada.patch(f"/profiles/{post['profile_id']}", {"followers": 600})
    (warning,) = new_link(ada, post["id"], placement="video_caption")["warnings"]
    assert (warning["code"], "you have 600" in warning["message"]) == ("dead_placement", True)
    codes = [each["code"] for each in ada.get(f"/posts/{post['id']}/funnel").get_json()["findings"]]
    assert codes == ["dead_placement"]


def test_it_warns_of_an_address_that_linkedin_will_rewrite(ada: Person) -> None:
    post = new_post(ada, platform="linkedin", links=[])
    short, long = (new_link(ada, post["id"], placement="post", slug=slug) for slug in ("drop", "the-autumn-drop"))
    assert [[warning["code"] for warning in link["warnings"]] for link in (short, long)] == [
        [],
        ["link_shortened_by_platform"],
    ]


def test_many_links_are_warned_of_with_as_few_questions_as_one(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for number in range(2):
        for _ in range(1 + 3 * number):
            new_link(ada, new_post(ada, platform="tiktok", links=[])["id"], placement="bio_website_field")
        with asked(monkeypatch) as questions:
            ada.get("/links")
        made.append(len(questions))
    assert made[0] == made[1]


def test_it_tells_how_the_target_is(ada: Person, store: Store) -> None:
    link = new_link(ada, new_post(ada, links=[])["id"])
    assert link["health"] is None
    seen, now = None, times.now()
    for minutes in (65, 60):
        visit = Visit(at=now - minutes * times.MINUTE, status=404, seconds=0.25, error="status")
        seen = target_health.after(seen, TARGET, visit)
    assert seen is not None
    target_visits.stage(store.redis, seen)
    for found in (
        ada.get(f"/links/{link['slug']}").get_json(),
        ada.get("/links").get_json()["items"][0],
        ada.get(f"/posts/{link['post_id']}").get_json()["links"][0],
    ):
        assert found["health"] == {
            "checked_at": times.rfc3339(seen.checked_at),
            "status": 404,
            "seconds": 0.25,
            "state": "broken",
            "since": times.rfc3339(now - 65 * times.MINUTE),
        }
        assert [warning["code"] for warning in found["warnings"]] == ["target_broken"]
        assert found["warnings"][0]["message"].startswith("The target has answered 404 since ")
        assert found["warnings"][0]["message"].endswith(" UTC.")
    other = ada.patch(f"/links/{link['slug']}", {"target": "https://shop.example/other"}).get_json()
    assert (other["health"], other["warnings"]) == (None, [])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"target": "ftp://shop.example"}, "target"),
        ({"target": "https://go.example/k7m2p"}, "target"),
        ({"target": "not a url"}, "target"),
        ({"target": "https://shop.example/" + "x" * 2_048}, "target"),
        ({"placement": "tiktok/nowhere"}, "placement"),
        ({"slug": "-x"}, "slug"),
        ({"slug": "Ünïcode"}, "slug"),
        ({"slug": "x" * 65}, "slug"),
        ({"slug": "api"}, "slug"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": 7}, "expires_at"),
        ({"utm": {"source": 1}}, "utm.source"),
        ({"utm": {"colour": "red"}}, "utm.colour"),
        ({"click_id_param": "a b"}, "click_id_param"),
        ({"forward_query": "yes"}, "forward_query"),
        ({"state": "disabled"}, "state"),
    ],
)
def test_it_names_the_field_that_is_wrong(ada: Person, change: dict[str, Any], field: str) -> None:
    post = new_post(ada, links=[])
    body = {"placement": "bio_link", "target": TARGET} | change
    problem = assert_problem(ada.post(f"/posts/{post['id']}/links", body), 422)
    assert [error["field"].partition(".")[0] for error in problem["errors"]] == [field.partition(".")[0]]
    assert ada.get("/links").get_json()["items"] == []


def test_there_is_no_link_without_a_post(ada: Person) -> None:
    assert_problem(ada.post("/posts/nobody/links", {"placement": "bio_link", "target": TARGET}), 404)


def test_a_taken_slug_is_a_409_in_whatever_case(ada: Person) -> None:
    post = new_post(ada, links=[])
    new_link(ada, post["id"], slug="sale")
    body = {"placement": "bio_link", "target": TARGET, "slug": "SALE"}
    assert_problem(ada.post(f"/posts/{post['id']}/links", body), 409, "slug")


def test_retargeting_to_another_post_keeps_the_history(ada: Person) -> None:
    old, new = new_post(ada, links=[]), new_post(ada, links=[])
    slug = new_link(ada, old["id"], slug="bio")["slug"]
    moved = ada.patch(f"/links/{slug}", {"post_id": new["id"], "target": "https://shop.example/2"})
    assert moved.status_code == 200
    turns = moved.get_json()["history"]
    assert [(turn["post_id"], turn["target"]) for turn in turns] == [
        (old["id"], TARGET),
        (new["id"], "https://shop.example/2"),
    ]
    assert ada.get(f"/links?post={old['id']}").get_json()["items"] == []
    assert [link["slug"] for link in ada.get(f"/links?post={new['id']}").get_json()["items"]] == ["bio"]
    assert ada.get(f"/posts/{new['id']}").get_json()["links"][0]["slug"] == "bio"


def test_a_disabled_link_says_so_and_can_be_enabled(ada: Person) -> None:
    slug = new_post(ada)["links"][0]["slug"]
    assert ada.patch(f"/links/{slug}", {"state": "disabled"}).get_json()["state"] == "disabled"
    assert ada.patch(f"/links/{slug}", {"state": "active"}).get_json()["state"] == "active"


def test_an_expiry_is_set_and_cleared(ada: Person) -> None:
    slug = new_post(ada)["links"][0]["slug"]
    assert ada.patch(f"/links/{slug}", {"expires_at": "2027-01-01T00:00:00Z"}).get_json()["expires_at"] == (
        "2027-01-01T00:00:00Z"
    )
    expired = ada.patch(f"/links/{slug}", {"expires_at": "2026-01-01T00:00:00Z"})
    assert expired.get_json()["state"] == "expired"
    cleared = ada.patch(f"/links/{slug}", {"expires_at": None}).get_json()
    assert (cleared["expires_at"], cleared["state"]) == (None, "active")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"target": "javascript:alert(1)"}, "target"),
        ({"target": None}, "target"),
        ({"post_id": "nobody"}, "post_id"),
        ({"state": "expired"}, "state"),
        ({"slug": "other"}, "slug"),
        ({"placement": "bio_link"}, "placement"),
        ({"expires_at": "soon"}, "expires_at"),
    ],
)
def test_a_bad_change_changes_nothing(ada: Person, change: dict[str, Any], field: str) -> None:
    link = new_post(ada)["links"][0]
    assert_problem(ada.patch(f"/links/{link['slug']}", change | {"forward_query": True}), 422, field)
    assert ada.get(f"/links/{link['slug']}").get_json() == link


def test_a_coupon_that_another_link_has_is_a_409(ada: Person) -> None:
    post = new_post(ada, links=[])
    new_link(ada, post["id"], coupon="MUG10")
    other = new_link(ada, post["id"])
    assert_problem(ada.patch(f"/links/{other['slug']}", {"coupon": "mug10"}), 409, "coupon")


def test_a_slug_is_found_as_people_type_it(ada: Person) -> None:
    slug = new_post(ada)["links"][0]["slug"]
    assert ada.get(f"/links/{slug.upper()}.").get_json()["slug"] == slug


def test_links_are_listed_newest_first_page_by_page(ada: Person) -> None:
    post = new_post(ada, links=[])
    made = {new_link(ada, post["id"])["slug"] for _ in range(3)}
    first = ada.get(f"/links?limit=2&post={post['id']}").get_json()
    rest = ada.get(f"/links?limit=2&post={post['id']}&cursor={first['next_cursor']}").get_json()
    assert {link["slug"] for link in first["items"] + rest["items"]} == made
    assert rest["next_cursor"] is None
