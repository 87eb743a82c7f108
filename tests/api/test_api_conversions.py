"""/conversions"""

from typing import Any

import pytest
from api_cast import Person, assert_problem, click, new_post
from apiflask import APIFlask

from shortlinks import store as stores
from shortlinks import times

Store = stores.Store


def test_a_sale_is_found_by_click_id(ada: Person, store: Store) -> None:
    post = new_post(ada)
    click(store, post["links"][0]["slug"], times.now())
    click_id = ada.get(f"/clicks?post={post['id']}").get_json()["items"][0]["id"]
    body = {"external_id": "order-1", "kind": "sale", "click_id": click_id, "amount_minor": 1_999, "currency": "EUR"}
    answer = ada.post("/conversions", body)
    assert answer.status_code == 201
    conversion = answer.get_json()
    assert conversion["post_id"] == post["id"]
    assert (conversion["amount_minor"], conversion["currency"]) == (1_999, "EUR")
    assert conversion.keys() == {
        *("id", "external_id", "kind", "post_id", "slug", "click_id"),
        *("coupon", "amount_minor", "currency", "occurred_at"),
    }


def test_a_sale_is_found_by_the_coupon_of_a_link(ada: Person) -> None:
    post = new_post(ada)
    slug = post["links"][0]["slug"]
    assert ada.patch(f"/links/{slug}", {"coupon": "ADA10"}).get_json()["coupon"] == "ADA10"
    answer = ada.post("/conversions", {"external_id": "order-1", "kind": "sale", "coupon": "ada10"})
    assert answer.status_code == 201
    assert (answer.get_json()["slug"], answer.get_json()["coupon"]) == (slug, "ada10")
    other = {"placement": "spoken", "target": "https://shop.example/", "coupon": "Ada10"}
    assert_problem(ada.post(f"/posts/{post['id']}/links", other), 409, "coupon")
    assert ada.patch(f"/links/{slug}", {"coupon": None}).get_json()["coupon"] is None
    assert ada.post(f"/posts/{post['id']}/links", other).get_json()["coupon"] == "Ada10"


def test_reporting_it_twice_changes_nothing(ada: Person) -> None:
    post = new_post(ada)
    body = {"external_id": "order-1", "kind": "sale", "slug": post["links"][0]["slug"]}
    first, second = ada.post("/conversions", body), ada.post("/conversions", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.get_json() == second.get_json()
    assert ada.get(f"/posts/{post['id']}").get_json()["totals"]["conversions"] == 1


def test_reporting_it_differently_is_a_409_that_names_the_id(ada: Person) -> None:
    post = new_post(ada)
    body = {"external_id": "order-1", "kind": "sale", "slug": post["links"][0]["slug"]}
    assert ada.post("/conversions", body).status_code == 201
    assert_problem(ada.post("/conversions", body | {"kind": "refund"}), 409, "external_id")
    assert ada.post("/conversions", body).get_json()["kind"] == "sale"


def test_a_shop_may_report_and_nothing_else(app: APIFlask, ada: Person, ben: Person) -> None:
    slug = new_post(ada)["links"][0]["slug"]
    made = ada.post("/tokens", {"name": "shop", "scopes": ["convert"]}).get_json()
    shop = Person(app, made["token"])
    assert shop.post("/conversions", {"external_id": "order-1", "kind": "sale", "slug": slug}).status_code == 201
    assert_problem(shop.get("/posts"), 403)
    assert_problem(shop.post("/posts", {}), 403)
    assert_problem(ben.post("/conversions", {}), 403)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"external_id": None}, "external_id"),
        ({"external_id": "x" * 1_000}, "external_id"),
        ({"kind": ""}, "kind"),
        ({"slug": "nothing"}, "slug"),
        ({"slug": None}, "click_id"),
        ({"slug": None, "click_id": "nonsense"}, "click_id"),
        ({"slug": None, "coupon": "ADA10"}, "coupon"),
        ({"amount_minor": -1, "currency": "EUR"}, "amount_minor"),
        ({"amount_minor": "19.99", "currency": "EUR"}, "amount_minor"),
        ({"amount_minor": 10**400, "currency": "EUR"}, "amount_minor"),
        ({"amount_minor": 1_999}, "currency"),
        ({"amount_minor": 1_999, "currency": "euro"}, "currency"),
        ({"occurred_at": "2099-01-01T00:00:00Z"}, "occurred_at"),
    ],
)
def test_it_names_the_field_that_is_wrong(ada: Person, change: dict[str, Any], field: str) -> None:
    post = new_post(ada)
    body = {"external_id": "order-1", "kind": "sale", "slug": post["links"][0]["slug"]} | change
    assert_problem(ada.post("/conversions", body), 422, field)
    assert ada.get(f"/posts/{post['id']}").get_json()["totals"]["conversions"] == 0
