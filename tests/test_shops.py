from datetime import date

import pytest

from shortlinks import keys
from shortlinks.errors import Invalid, NotFound
from shortlinks.sales import shops

THIS_WEEK = (date(2026, 11, 16) - date(1970, 1, 1)).days


def put(store, now, week="2026-W47", shop="shop.example", **fields):
    return shops.put(store, shop, week, fields, now=now, this_week=THIS_WEEK)


def test_a_week_is_kept_as_it_was_typed(fake, now):
    totals = put(fake, now, visits="1.2K", orders=3)
    assert totals == shops.ShopTotals("shop.example", THIS_WEEK, 1_200, 3, {"visits": 50}, "typed", now)
    assert shops.get(fake, "shop.example", "2026-W47") == totals


def test_saying_it_again_replaces_the_week_whole(fake, now):
    put(fake, now, visits=60, orders=3)
    put(fake, now + 1, visits=61)
    (totals,) = shops.of_shop(fake, "shop.example")
    assert (totals.visits, totals.orders, totals.noted_at) == (61, None, now + 1)


@pytest.mark.parametrize(
    "name", ["shop.example", "SHOP.example", "www.shop.example", "https://www.shop.example/a", "shop.example."]
)
def test_a_shop_is_its_host_however_it_is_written(fake, now, name):
    assert put(fake, now, shop=name, visits=1).shop == "shop.example"
    assert shops.of_shop(fake, name) == shops.of_shop(fake, "shop.example")


def test_weeks_come_newest_first_and_other_shops_keep_theirs(fake, now):
    for week in ("2026-W02", "2026-W47", "2025-W52", "2020-W53"):
        put(fake, now, week, visits=1)
    put(fake, now, shop="shop.example.org", visits=5)
    assert [totals.week for totals in shops.of_shop(fake, "shop.example")] == sorted(
        (shops.weeks.parse(week) for week in ("2026-W02", "2026-W47", "2025-W52", "2020-W53")), reverse=True
    )
    assert [totals.visits for totals in shops.of_shop(fake, "shop.example.org")] == [5]
    assert shops.of_shop(fake, "other.example") == []


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({}, ["visits"]),
        ({"visits": None, "orders": None}, ["visits"]),
        ({"visits": -1}, ["visits"]),
        ({"visits": "some", "orders": 1.5}, ["visits", "orders"]),
        ({"visits": 10**12 + 1}, ["visits"]),
        ({"visits": 1, "likes": 2}, ["likes"]),
        ({"visits": 1, "week": "2026-W48"}, ["week"]),
        ({"visits": 1, "week": "2025-W53"}, ["week"]),
        ({"visits": 1, "week": "last"}, ["week"]),
        ({"visits": 1, "shop": "not a host"}, ["shop"]),
        ({"visits": 1, "shop": "javascript:alert(1)"}, ["shop"]),
        ({"visits": 1, "shop": ""}, ["shop"]),
        ({"visits": 1, "shop": None}, ["shop"]),
    ],
)
def test_bad_input_names_its_fields_and_writes_nothing(fake, now, asked, named):
    with pytest.raises(Invalid) as caught:
        put(fake, now, **asked)
    assert [field for field, _ in caught.value.errors] == named
    assert fake.redis.hgetall(keys.SHOPS) == {}


def test_most_and_nothing_are_taken(fake, now):
    assert put(fake, now, visits=10**12, orders=0).visits == 10**12


def test_a_week_that_was_not_noted_is_not_found(fake):
    with pytest.raises(NotFound):
        shops.get(fake, "shop.example", "2026-W47")


@pytest.mark.parametrize(
    ("target", "there"),
    [
        ("https://shop.example/mug", True),
        ("http://www.shop.example:8080/", True),
        ("https://shop.example.org/", False),
        ("https://my.shop.example/", False),
        ("https://other.example/?to=shop.example", False),
        ("", False),
    ],
)
def test_a_link_leads_to_a_shop_by_its_host(target, there):
    assert shops.leads_there(target, "shop.example") is there
