"""/conversions"""

from typing import Any

import pytest
from api_cast import Person, assert_problem, click, new_post
from apiflask import APIFlask

from shortlinks import store as stores
from shortlinks import times
from shortlinks.clicks import clicks
from shortlinks.sales import conversions

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
        *("coupon", "amount_minor", "currency", "occurred_at", "refunds", "source", "verified", "credit"),
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


def _sold(ada: Person, slug: str) -> None:
    """Three sales in two currencies, of which one is refunded in part, and a refund that waits."""
    for number, amount, currency, at in (
        (1, 2_800, "EUR", "10:00"),
        (2, 5_600, "EUR", "11:00"),
        (3, 900, "JPY", "12:00"),
    ):
        sale = {"external_id": f"order-{number}", "kind": "sale", "slug": slug, "amount_minor": amount}
        answer = ada.post("/conversions", sale | {"currency": currency, "occurred_at": f"2025-11-20T{at}:00Z"})
        assert answer.status_code == 201
    for number, sale_id in ((1, "order-2"), (2, "order-9")):
        refund = {"external_id": f"refund-{number}", "kind": "refund", "refunds": sale_id, "amount_minor": -2_800}
        assert ada.post("/conversions", refund | {"currency": "EUR"}).status_code == 201


SUMS = [
    {"currency": "EUR", "amount_minor": 8_400, "refunded_minor": 2_800, "net_minor": 5_600},
    {"currency": "JPY", "amount_minor": 900, "refunded_minor": 0, "net_minor": 900},
]


def test_the_list_is_oldest_first_and_has_its_sums(ada: Person, ben: Person, store: Store) -> None:
    post = new_post(ada)
    slug = post["links"][0]["slug"]
    _sold(ada, slug)
    pixel = {"external_id": "p", "kind": "sale", "slug": slug, "amount_minor": 5, "currency": "EUR"}
    conversions.report(store, pixel | {"occurred_at": "2025-11-20T12:30:00Z"}, now=times.now(), source="pixel")
    whole = ben.get(f"/conversions?post={post['id']}").get_json()
    names = ["order-1", "order-2", "order-3", "p", "refund-1"]
    assert [each["external_id"] for each in whole["items"]] == names
    assert [each["verified"] for each in whole["items"]] == [True, True, True, False, True]
    assert (whole["count"], whole["refunded"], whole["sums"], whole["next_cursor"]) == (3, 1, SUMS, None)
    assert whole["unverified"]["count"] == 1
    assert whole["unverified"]["sums"][0]["amount_minor"] == 5
    part = ben.get(f"/conversions?post={post['id']}&from=2025-11-20T11:00:00Z&to=2025-11-20T12:30:00Z").get_json()
    assert [each["external_id"] for each in part["items"]] == ["order-2", "order-3"]
    found, cursor = [], ""
    for _ in names:
        page = ben.get(f"/conversions?post={post['id']}&limit=1{cursor}").get_json()
        found += [each["external_id"] for each in page["items"]]
        assert page["sums"] == SUMS
        cursor = f"&cursor={page['next_cursor']}"
    assert (found, page["next_cursor"]) == (names, None)
    anywhere = ben.get("/conversions").get_json()["items"]
    assert [(each["external_id"], each["credit"], each["post_id"]) for each in anywhere][-1:] == [
        ("refund-2", "waiting", None)
    ]
    assert_problem(ben.get("/conversions?cursor=x"), 422, "cursor")
    assert_problem(ben.get("/conversions?post=nothing"), 404)


def test_the_step_of_the_funnel_has_sums_and_counts_sales(ada: Person, store: Store) -> None:
    post = new_post(ada)
    _sold(ada, post["links"][0]["slug"])
    late = clicks.click_id(post["links"][0]["slug"], 0, times.now() - 31 * times.DAY, "0" * 12)
    lost = {"external_id": "late", "kind": "sale", "click_id": late, "amount_minor": 7, "currency": "EUR"}
    answer = ada.post("/conversions", lost).get_json()
    assert (answer["post_id"], answer["credit"], answer["slug"]) == (None, "outside_window", post["links"][0]["slug"])
    nothing = {"count": 0, "refunded": 0, "sums": []}
    assert ada.get(f"/posts/{post['id']}/funnel").get_json()["steps"][-1] == {
        **{"name": "conversions", "role": "path", "count": 3, "source": "log"},
        **{"refunded": 1, "sums": SUMS, "unverified": nothing},
        "outside_window": {
            **{"count": 1, "refunded": 0},
            "sums": [{"currency": "EUR", "amount_minor": 7, "refunded_minor": 0, "net_minor": 7}],
        },
    }
    assert ada.get(f"/posts/{post['id']}").get_json()["totals"]["conversions"] == 3


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
        ({"amount_minor": 1_999, "currency": "XYZ"}, "currency"),
        ({"amount_minor": 12.0, "currency": "EUR"}, "amount_minor"),
        ({"amount_minor": True, "currency": "EUR"}, "amount_minor"),
        ({"amount_minor": -(10**12) - 1, "currency": "EUR", "refunds": "order-0"}, "amount_minor"),
        ({"refunds": "order-0"}, "amount_minor"),
        ({"refunds": "order-1", "amount_minor": -1, "currency": "EUR"}, "refunds"),
        ({"occurred_at": "2026-01-01T00:00:00"}, "occurred_at"),
        ({"occurred_at": "2099-01-01T00:00:00Z"}, "occurred_at"),
    ],
)
def test_it_names_the_field_that_is_wrong(ada: Person, change: dict[str, Any], field: str) -> None:
    post = new_post(ada)
    body = {"external_id": "order-1", "kind": "sale", "slug": post["links"][0]["slug"]} | change
    assert_problem(ada.post("/conversions", body), 422, field)
    assert ada.get(f"/posts/{post['id']}").get_json()["totals"]["conversions"] == 0


@pytest.mark.parametrize(("amount", "bound"), [(10**12 + 1, "at most 1,"), (-(10**12) - 1, "at least -1,")])
def test_it_says_how_large_an_amount_may_be(ada: Person, amount: int, bound: str) -> None:
    sale = {"external_id": "order-1", "kind": "sale", "slug": "x", "amount_minor": amount, "currency": "EUR"}
    answer = assert_problem(ada.post("/conversions", sale), 422, "amount_minor")
    assert answer["errors"][0]["message"] == f"must be {bound}000,000,000,000"
