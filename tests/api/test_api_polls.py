"""/posts/{id}/polls"""

from typing import Any

import pytest
from api_cast import Person, assert_problem, new_post


def test_results_are_noted_and_listed_by_their_time(ada: Person, ben: Person) -> None:
    post = new_post(ada, kind="story", published_at="2026-01-01T00:00:00Z")
    path = f"/posts/{post['id']}/polls"
    late = ada.post(path, {"votes": {"later": "1.2K", "no_link": 5}})
    assert late.status_code == 201
    assert late.headers["Location"] == f"/api/v1{path}"
    early = ada.post(path, {"votes": {"later": 3}, "taken_at": "2026-01-02T00:00:00Z"}).get_json()
    found = late.get_json()
    assert (found["votes"], found["precision"], found["source"]) == (
        {"later": 1_200, "no_link": 5},
        {"later": 50},
        "api",
    )
    assert ben.get(path).get_json() == {"items": [early, found], "next_cursor": None}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "votes"),
        ({"votes": 5}, "votes"),
        ({"votes": {}}, "votes.later"),
        ({"votes": {"bored": 1}}, "votes.bored"),
        ({"votes": {"later": -1}}, "votes.later"),
        ({"votes": {"later": True}}, "votes.later"),
        ({"votes": {"later": 1}, "taken_at": "2099-01-01T00:00:00Z"}, "taken_at"),
    ],
)
def test_it_names_the_field_that_is_wrong(ada: Person, body: dict[str, Any], field: str) -> None:
    path = f"/posts/{new_post(ada)['id']}/polls"
    assert_problem(ada.post(path, body), 422, field)
    assert ada.get(path).get_json()["items"] == []


def test_there_are_no_results_of_no_post_and_none_from_who_may_only_read(ada: Person, ben: Person) -> None:
    assert_problem(ada.post("/posts/nothere/polls", {"votes": {"later": 1}}), 404)
    assert_problem(ada.get("/posts/nothere/polls"), 404)
    assert_problem(ben.post(f"/posts/{new_post(ada)['id']}/polls", {"votes": {"later": 1}}), 403)
