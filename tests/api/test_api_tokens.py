"""/tokens"""

from typing import Any

import pytest
from api_cast import Person, assert_problem


def test_a_token_is_shown_once(ada: Person) -> None:
    answer = ada.post("/tokens", {"name": "spreadsheet", "scopes": ["read", "convert"]})
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    made = answer.get_json()
    assert made["token"].startswith("slk_")
    listed = ada.get(answer.headers["Location"].removeprefix("/api/v1")).get_json()["items"]
    shown = next(token for token in listed if token["id"] == made["id"])
    assert shown == {key: value for key, value in made.items() if key not in ("token", "yourls_signature")}
    assert made["token"] not in ada.get("/tokens").get_data(as_text=True)
    assert made["yourls_signature"] not in ada.get("/tokens").get_data(as_text=True)
    sent = {"action": "db-stats", "format": "json", "signature": made["yourls_signature"]}
    assert ada.app.test_client().get("/yourls-api.php", query_string=sent).status_code == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name", "scopes"}),
        ({"name": "", "scopes": ["read"]}, {"name"}),
        ({"name": "x", "scopes": []}, {"scopes"}),
        ({"name": "x", "scopes": ["everything"]}, {"scopes[0]"}),
        ({"name": "x" * 10_000, "scopes": ["read"]}, {"name"}),
    ],
)
def test_it_names_the_field_that_is_wrong(ada: Person, body: dict[str, Any], fields: set[str]) -> None:
    before = ada.get("/tokens").get_json()
    assert_problem(ada.post("/tokens", body), 422, *fields)
    assert ada.get("/tokens").get_json() == before


def test_a_token_that_is_gone_cannot_be_deleted(ada: Person) -> None:
    made = ada.post("/tokens", {"name": "x", "scopes": ["read"]}).get_json()
    assert ada.delete(f"/tokens/{made['id']}").status_code == 204
    assert_problem(ada.delete(f"/tokens/{made['id']}"), 404)


def test_tokens_are_listed_page_by_page(ada: Person) -> None:
    for number in range(3):
        ada.post("/tokens", {"name": f"token {number}", "scopes": ["read"]})
    first = ada.get("/tokens?limit=2").get_json()
    rest = ada.get(f"/tokens?limit=2&cursor={first['next_cursor']}").get_json()
    names = [token["name"] for token in first["items"] + rest["items"]]
    assert sorted(names) == ["Ada", "token 0", "token 1", "token 2"]
    assert rest["next_cursor"] is None
