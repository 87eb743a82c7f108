"""/experiments"""

from typing import Any

import pytest
from api_cast import Person, assert_problem, click, new_post

from shortlinks import times
from shortlinks.experiments import experiments
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

ADDRESS = {"question": "Say the address in the first 3 seconds", "platform": "instagram", "kind": "reel", "per_arm": 8}


def start(person: Person, **fields: Any) -> dict[str, Any]:
    answer = person.post("/experiments", ADDRESS | fields)
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.get_json()
    return found


def finished(store: Store) -> str:
    """An experiment of last month: two stories an arm, in which yes has three clicks and no has one."""
    now = times.now() - 35 * times.DAY
    asked = {"question": "Ask first", "platform": "instagram", "kind": "story", "per_arm": 2}
    experiment = experiments.create(store, asked, now=now)
    for number in range(4):
        wish = [{"placement": "story_link_sticker", "target": "https://shop.example/"}]
        asked = {"platform": "instagram", "kind": "story", "title": f"Mug {number}", "links": wish}
        post, (link,) = posts.create(store, asked, now=now + number, own_hosts=frozenset())
        assert post.experiment is not None
        click(store, link.slug, now + times.HOUR, count=3 if post.experiment.arm == "yes" else 1)
        snapshots.add(store, post, {"views": 150}, now=now + 2 * times.DAY)
        assert links.of_post(store, post.id)
    return experiment.id


def test_a_post_says_at_once_what_to_do_on_it(ada: Person) -> None:
    experiment = start(ada)
    assert (experiment["state"], experiment["tag"], experiment["days"]) == ("running", "say-the-address", 28)
    assert experiment["sentence"] == "Day 1 of 28; 0 posts with, 0 without."
    post = new_post(ada, kind="reel")
    drawn = post["experiment"]
    assert drawn["experiment_id"] == experiment["id"]
    order = {"yes": "YES – say", "no": "NO – this time do not: say"}[drawn["arm"]]
    assert drawn["instruction"] == f"This post: {order} the address in the first 3 seconds."
    assert post["tags"] == [f"say-the-address:{drawn['arm']}"]
    assert ada.get(f"/posts/{post['id']}").get_json() == post
    assert ada.get(f"/experiments/{experiment['id']}").get_json()["posts"][drawn["arm"]] == 1


def test_a_caller_may_decline(ada: Person) -> None:
    start(ada)
    assert new_post(ada, kind="reel", experiment=False)["experiment"] is None
    assert new_post(ada, kind="reel", experiment=None)["experiment"] is not None
    assert_problem(ada.post("/posts", {"platform": "x", "title": "A", "experiment": "no"}), 422, "experiment")


def test_an_arm_cannot_be_edited_away(ada: Person) -> None:
    start(ada)
    post = new_post(ada, kind="reel")
    changed = ada.patch(f"/posts/{post['id']}", {"tags": ["sale"]}).get_json()
    assert changed["tags"] == ["sale", *post["tags"]]
    assert changed["experiment"] == post["experiment"]
    assert_problem(ada.patch(f"/posts/{post['id']}", {"experiment": False}), 422, "experiment")


def test_one_that_is_over_gives_its_result(ada: Person, store: Store) -> None:
    found = ada.get(f"/experiments/{finished(store)}").get_json()
    assert (found["state"], found["waiting"], found["erased"], found["unlinked"]) == ("ended", [], 0, 0)
    result = found["result"]
    assert result["yes"] | {"rate": 0, "low": 0, "high": 0} == {
        "posts": 2, "clicks": 6, "views": 300, "rate": 0, "low": 0, "high": 0,
    }  # fmt: skip
    assert result["yes"]["low"] < result["yes"]["rate"] == 0.02 < result["yes"]["high"]
    assert result["ratio"] == pytest.approx(3)
    assert result["low"] < 1 < result["high"]
    assert (result["p"], result["verdict"]) == (pytest.approx(1 / 3), "cannot_tell_yet")
    assert "Cannot tell" in found["sentence"]


def test_one_that_runs_gives_none_and_can_be_stopped_for_good(ada: Person) -> None:
    experiment = start(ada)
    assert (experiment["result"], experiment["ended_at"]) == (None, None)
    assert_problem(ada.post("/experiments", ADDRESS), 409, "kind")
    assert_problem(ada.patch(f"/experiments/{experiment['id']}", {"state": "running"}), 422, "state")
    stopped = ada.patch(f"/experiments/{experiment['id']}", {"state": "stopped"}).get_json()
    assert (stopped["state"], stopped["result"], stopped["ended_at"] is None) == ("stopped", None, False)
    assert "no verdict" in stopped["sentence"]
    assert start(ada)["tag"] == "say-the-address-2"


def test_one_that_has_ended_cannot_be_stopped(ada: Person, store: Store) -> None:
    assert_problem(ada.patch(f"/experiments/{finished(store)}", {"state": "stopped"}), 409, "state")


def test_the_list_pages_newest_first(ada: Person, store: Store) -> None:
    old, new = finished(store), start(ada)["id"]
    first = ada.get("/experiments?limit=1").get_json()
    second = ada.get(f"/experiments?limit=1&cursor={first['next_cursor']}").get_json()
    assert [row["id"] for row in first["items"] + second["items"]] == [new, old]
    assert second["next_cursor"] is None
    assert second["items"][0]["progress"] == "Day 1 of 28; 2 posts with, 2 without."


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": " "}, "question"),
        ({"platform": "myspace"}, "platform"),
        ({"kind": "poem"}, "kind"),
        ({"per_arm": 1}, "per_arm"),
        ({"per_arm": 10**30}, "per_arm"),
        ({"per_arm": "8"}, "per_arm"),
        ({"days": -1}, "days"),
        ({"placement": "website"}, "placement"),
        ({"state": "ended"}, "state"),
    ],
)
def test_bad_fields_are_named(ada: Person, change: dict[str, Any], field: str) -> None:
    assert_problem(ada.post("/experiments", ADDRESS | change), 422, field)


def test_chances_are_told_before_with_numbers_of_ones_own(ada: Person, store: Store) -> None:
    bare = ada.get("/experiments/power?platform=instagram&kind=reel").get_json()
    assert (bare["per_arm"], bare["views"], bare["rate"], bare["own"]) == (8, 1_000, 0.001, False)
    assert bare["power"] == pytest.approx(0.19, abs=0.02)
    assert bare["best"] == []
    assert "A poor chance" in bare["advice"]
    finished(store)
    own = ada.get("/experiments/power?platform=instagram&kind=stories&per_arm=14").get_json()
    assert (own["kind"], own["views"], own["own"]) == ("story", 150, True)
    assert own["rate"] == pytest.approx(8 / 600)
    (best,) = own["best"]
    assert best["sentence"] == own["sentence"]
    for spot, many in (("story_link_sticker", True), ("instagram/bio_link", False)):
        found = ada.get(f"/experiments/power?platform=instagram&kind=story&per_arm=14&placement={spot}").get_json()
        assert (found["own"], found["best"]) == (many, own["best"])
    given = ada.get("/experiments/power?platform=instagram&kind=story&per_arm=14&views=150&rate=0.03").get_json()
    assert given["sentence"].startswith("14 + 14 stories of 150 views at about 3 clicks per 100 views see a doubling")
    assert given["power"] == pytest.approx(0.84, abs=0.02)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("kind=reel", "platform"),
        ("platform=instagram", "kind"),
        ("platform=myspace&kind=reel", "platform"),
        ("platform=x&kind=poem", "kind"),
        ("platform=x&kind=text&per_arm=0", "per_arm"),
        ("platform=x&kind=text&per_arm=51", "per_arm"),
        ("platform=x&kind=text&views=-1", "views"),
        ("platform=x&kind=text&views=nan", "views"),
        ("platform=x&kind=text&rate=inf", "rate"),
        ("platform=x&kind=text&placement=moon", "placement"),
        ("platform=x&kind=text&placement=newsletter", "placement"),
        ("platform=x&kind=text&colour=red", "colour"),
    ],
)
def test_chances_of_what_cannot_be_are_refused(ada: Person, query: str, field: str) -> None:
    assert_problem(ada.get(f"/experiments/power?{query}"), 422, field)


@pytest.mark.parametrize("numbers", ["views=0", "rate=0", "views=1e12&rate=1000", "per_arm=50&views=1e-9", "per_arm=1"])
def test_any_numbers_have_an_answer(ada: Person, numbers: str) -> None:
    answer = ada.get(f"/experiments/power?platform=x&kind=text&{numbers}")
    assert answer.status_code == 200
    assert 0 <= answer.get_json()["power"] <= 1


def test_reading_is_for_readers_and_starting_for_writers(ada: Person, ben: Person, eve: Person) -> None:
    experiment = start(ada)
    assert ben.get(f"/experiments/{experiment['id']}").get_json() == experiment
    assert_problem(ben.post("/experiments", ADDRESS), 403)
    assert_problem(ben.patch(f"/experiments/{experiment['id']}", {"state": "stopped"}), 403)
    for path in ("", "/power?platform=x&kind=text", f"/{experiment['id']}"):
        assert_problem(eve.get(f"/experiments{path}"), 401)
    assert_problem(ben.get("/experiments/nothing"), 404)


def test_the_bounds_of_a_chance_are_told_as_people_write_numbers(ada: Person) -> None:
    problem = assert_problem(ada.get("/experiments/power?platform=instagram&kind=story&views=1e300"), 422, "views")
    assert problem["errors"][0]["message"] == "must be at most 1,000,000,000,000"
