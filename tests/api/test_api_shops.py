"""/shops"""

from typing import Any

import pytest
from api_cast import Person, assert_problem, click, new_post

from shortlinks import times, weeks
from shortlinks.store import Store


def this_week() -> str:
    return weeks.name(weeks.latest(times.now(), times.zone("UTC"), 1)[0])


def put(person: Person, body: Any, week: str = "2026-W01", shop: str = "shop.example") -> Any:
    return person.call("PUT", f"/shops/{shop}/totals/{week}", json=body)


def test_a_week_is_noted_and_read_again(ada: Person, ben: Person) -> None:
    made = put(ada, {"visits": "1.2K", "orders": 3}).get_json()
    assert (made["shop"], made["week"], made["visits"], made["orders"]) == ("shop.example", "2026-W01", 1_200, 3)
    assert (made["precision"], made["source"], made["link_clicks"], made["other_way"]) == (
        {"visits": 50},
        "api",
        0,
        1_200,
    )
    assert ben.get("/shops/shop.example/totals/2026-W01").get_json() == made
    assert ben.get("/shops/www.shop.example/totals").get_json() == {"items": [made], "next_cursor": None}


def test_a_week_that_is_noted_again_is_replaced(ada: Person) -> None:
    put(ada, {"visits": 60, "orders": 3})
    assert put(ada, {"visits": 61}).get_json()["orders"] is None
    assert [row["visits"] for row in ada.get("/shops/shop.example/totals").get_json()["items"]] == [61]


def test_clicks_on_links_that_lead_there_stand_beside_the_visits(ada: Person, store: Store) -> None:
    link = new_post(ada)["links"][0]
    click(store, link["slug"], times.now(), count=9)
    found = put(ada, {"visits": 60}, this_week()).get_json()
    assert (found["link_clicks"], found["other_way"]) == (9, 51)
    assert found["sentence"] == "The shop had 60 visits; 9 came through your links, 51 another way."
    assert put(ada, {"visits": 5}, this_week()).get_json()["other_way"] == 0
    assert put(ada, {"orders": 5}, this_week()).get_json()["other_way"] is None
    assert put(ada, {"visits": 60}, this_week(), "other.example").get_json()["link_clicks"] == 0


def test_weeks_are_listed_newest_first_page_by_page(ada: Person) -> None:
    for week in ("2026-W02", "2025-W52", "2026-W01"):
        put(ada, {"visits": 1}, week)
    first = ada.get("/shops/shop.example/totals?limit=2").get_json()
    assert [row["week"] for row in first["items"]] == ["2026-W02", "2026-W01"]
    rest = ada.get(f"/shops/shop.example/totals?limit=2&cursor={first['next_cursor']}").get_json()
    assert ([row["week"] for row in rest["items"]], rest["next_cursor"]) == (["2025-W52"], None)
    assert_problem(ada.get("/shops/shop.example/totals?cursor=x"), 422, "cursor")


@pytest.mark.parametrize(
    ("body", "week", "shop", "field"),
    [
        ({}, "2026-W01", "shop.example", "visits"),
        ({"visits": -1}, "2026-W01", "shop.example", "visits"),
        ({"visits": 1.5}, "2026-W01", "shop.example", "visits"),
        ({"orders": "many"}, "2026-W01", "shop.example", "orders"),
        ({"visits": 1, "x": 1}, "2026-W01", "shop.example", "x"),
        ({"visits": 1}, "2025-W53", "shop.example", "week"),
        ({"visits": 1}, "2099-W01", "shop.example", "week"),
        ({"visits": 1}, "now", "shop.example", "week"),
        ({"visits": 1}, "2026-W01", "a b", "shop"),
    ],
)
def test_it_names_the_field_that_is_wrong(ada: Person, body: Any, week: str, shop: str, field: str) -> None:
    assert_problem(put(ada, body, week, shop), 422, field)
    assert ada.get("/shops/shop.example/totals").get_json()["items"] == []


def test_a_week_that_was_not_noted_is_not_found(ada: Person) -> None:
    assert_problem(ada.get("/shops/shop.example/totals/2026-W01"), 404)
    assert_problem(ada.get("/shops/shop.example/totals/2025-W53"), 422, "week")


def test_who_may_only_read_notes_nothing(ben: Person, eve: Person) -> None:
    assert_problem(put(ben, {"visits": 1}), 403)
    assert_problem(put(eve, {"visits": 1}), 401)
