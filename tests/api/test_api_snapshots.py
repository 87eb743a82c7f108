"""/posts/{id}/snapshots"""

from typing import Any

import pytest
from api_cast import Person, assert_problem, new_post

from shortlinks.owner import settings
from shortlinks.store import Store


def test_it_takes_counts_as_they_are_shown(ada: Person) -> None:
    post = new_post(ada)
    sent = {"views": "12.4K", "likes": 931, "saves": "1,024", "non_followers": "84,2 %"}
    answer = ada.post(f"/posts/{post['id']}/snapshots", sent)
    assert answer.status_code == 201
    snapshot = answer.get_json()
    assert (snapshot["views"], snapshot["likes"], snapshot["saves"]) == (12_400, 931, 1_024)
    assert snapshot["precision"] == {"views": 50}
    assert snapshot["reach"] is None
    assert snapshot["non_followers"] == 84.2
    assert snapshot["source"] == "api"
    assert snapshot.pop("warnings") == []
    assert ada.get(answer.headers["Location"]).get_json() == {"items": [snapshot], "next_cursor": None}
    assert ada.get(f"/posts/{post['id']}").get_json()["latest_snapshot"] == snapshot


def test_the_newer_row_wins_and_both_are_kept(ada: Person) -> None:
    post = new_post(ada)
    at = "2026-11-20T10:00:00Z"
    for views in (100, 200):
        assert ada.post(f"/posts/{post['id']}/snapshots", {"taken_at": at, "views": views}).status_code == 201
    ada.post(f"/posts/{post['id']}/snapshots", {"taken_at": "2026-11-19T10:00:00Z", "views": 50})
    rows = ada.get(f"/posts/{post['id']}/snapshots").get_json()["items"]
    assert [row["views"] for row in rows] == [50, 100, 200]
    assert ada.get(f"/posts/{post['id']}").get_json()["latest_snapshot"]["views"] == 200


def test_views_that_fell_are_taken_with_a_warning(ada: Person, store: Store) -> None:
    settings.set_timezone(store, "Europe/Berlin")
    path = f"/posts/{new_post(ada, published_at='2026-11-19T10:00:00Z')['id']}/snapshots"
    for day, views, codes in ((20, 12_400, []), (21, 1_234, ["lower_than_before"]), (22, 12_500, [])):
        answer = ada.post(path, {"taken_at": f"2026-11-{day}T10:00:00Z", "views": views})
        assert answer.status_code == 201
        said = answer.get_json()["warnings"]
        assert [warning["code"] for warning in said] == codes
        if said:
            assert said[0]["message"] == (
                "The views, 1,234, are lower than the 12,400 you noted on 20 Nov 2026, 11:00. "
                "If one of them was a slip, note it again with the same time."
            )
    assert [row["views"] for row in ada.get(path).get_json()["items"]] == [12_400, 1_234, 12_500]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "views"),
        ({"views": None}, "views"),
        ({"views": -1}, "views"),
        ({"views": "lots"}, "views"),
        ({"views": 1.5}, "views"),
        ({"non_followers": True}, "non_followers"),
        ({"non_followers": 84.25}, "non_followers"),
        ({"views": True}, "views"),
        ({"views": []}, "views"),
        ({"views": {"count": 1}}, "views"),
        ({"likes": 10**13}, "likes"),
        ({"likes": 10**4_000}, "likes"),
        ({"views": 10, "likes": 1_000}, "likes"),
        ({"views": "1\x002"}, "views"),
        ({"views": "9" * 100_000}, "views"),
        ({"views": 1, "taken_at": "2099-01-01T00:00:00Z"}, "taken_at"),
        ({"views": 1, "taken_at": "1999-01-01T00:00:00Z"}, "taken_at"),
        ({"views": 1, "taken_at": 1_795_300_000}, "taken_at"),
        ({"views": 1, "source": "typed"}, "source"),
        ({"views": 1, "impressions": 2}, "impressions"),
    ],
)
def test_it_names_the_number_that_cannot_be(ada: Person, body: dict[str, Any], field: str) -> None:
    post = new_post(ada)
    assert_problem(ada.post(f"/posts/{post['id']}/snapshots", body), 422, field)
    assert ada.get(f"/posts/{post['id']}/snapshots").get_json()["items"] == []


def test_numbers_from_before_the_post_are_taken_with_a_warning_and_in_no_rate(ada: Person) -> None:
    for fields in ({}, {"published_at": "2026-11-19T10:00:00Z"}):
        path = f"/posts/{new_post(ada, **fields)['id']}"
        answer = ada.post(f"{path}/snapshots", {"taken_at": "2020-01-01T10:00:00Z", "views": 12_400})
        assert answer.status_code == 201
        assert [warning["code"] for warning in answer.get_json()["warnings"]] == ["before_publication"]
        funnel = ada.get(f"{path}/funnel").get_json()
        assert (funnel["snapshot_at"], funnel["windows"], funnel["rates"]) == (None, [], [])
        assert "noted_before_publish" in [finding["code"] for finding in funnel["findings"]]


def test_pages_follow_each_other(ada: Person) -> None:
    post = new_post(ada)
    for day in range(10, 15):
        ada.post(f"/posts/{post['id']}/snapshots", {"taken_at": f"2026-11-{day}T00:00:00Z", "views": day})
    path, seen, cursor = f"/posts/{post['id']}/snapshots?limit=2", [], ""
    while cursor is not None:
        page = ada.get(path + (f"&cursor={cursor}" if cursor else "")).get_json()
        seen += [row["views"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [10, 11, 12, 13, 14]
    assert_problem(ada.get(f"{path}&cursor=nonsense"), 422, "cursor")


def test_there_is_no_snapshot_without_a_post(ada: Person) -> None:
    assert_problem(ada.post("/posts/nobody/snapshots", {"views": 1}), 404)
