"""What does one sale take? Visits and views, by sales of one's own or a marked guess."""

import re
from dataclasses import replace

import pytest
from insight_cast import POSTS, STORIES, ask, many
from outcome_cast import BIO, PUBLISHED, STICKER, outcome, post, reading

from shortlinks import times
from shortlinks.insights.sales import Takes
from shortlinks.statistics import stats


def test_of_what_a_sale_takes_the_wider_step_is_named() -> None:
    visits = [outcome(reading(900, 2, conversions=1)) for _ in range(3)]
    assert ask(*visits)["takes"].settle == (
        "More posts with their views noted: the range of the first step is the wider one."
    )
    sales = [outcome(reading(20_000, 200), conversions=sold) for sold in (0, 0, 1, 0, 1)]
    assert ask(*sales)["takes"].settle.startswith("More sales reported by the shop: ")


def test_at_least_one_view_is_one() -> None:
    assert Takes(None, 0.6, None).words("view") == "at least 1 view"
    assert Takes(None, 12.0, None).words("view") == "at least 12 views"


def test_one_sale_takes_visits_times_views() -> None:
    takes = ask(*(outcome(reading(20_000, 20), conversions=sold) for sold in (0, 0, 1, 0, 1)))["takes"]
    assert takes.answer.startswith(f"{POSTS}: one sale takes about 50 visits (")
    assert "about 50,000 views (" in takes.answer
    assert "about 25,000 views" in takes.answer
    assert takes.sure == "likely"
    assert takes.evidence["sales_per_visit"]["own"]
    low, high = takes.evidence["views_per_sale"]["low"], takes.evidence["views_per_sale"]["high"]
    assert low < 50_000 < high


def test_a_guess_of_sales_is_marked_as_one() -> None:
    takes = ask(*many(5, 20_000, 20))["takes"]
    assert "about 50 visits (20 to 200) (a guess: 2 sales per 100 visits)" in takes.answer
    assert (takes.sure, takes.evidence["sales_per_visit"]["own"]) == ("possible", False)
    assert [point.label for point in takes.picture.points] == ["Sales", "Visits (a guess)", "Views"]


def test_what_the_shop_says_goes_before_a_guess_and_after_what_was_reported() -> None:
    orders = [stats.Sample(3, 60), stats.Sample(1, 40)]
    posts = many(5, 20_000, 20)
    takes = ask(*posts, orders=orders)["takes"]
    assert takes.answer.startswith(f"{POSTS}: one sale takes about 25 visits (")
    assert "), counted over all visits to your shop, or about " in takes.answer
    assert takes.evidence["sales_per_visit"]["source"] == "shop"
    sold = outcome(reading(20_000, 20), conversions=5)
    assert ask(sold, orders=orders)["takes"].evidence["sales_per_visit"]["source"] == "reported"
    assert ask(*posts, orders=[stats.Sample(0, 60)])["takes"].evidence["sales_per_visit"]["source"] == "guess"


def test_a_shop_with_many_visits_and_no_order_knows_more_than_a_guess() -> None:
    takes = ask(*many(5, 20_000, 20), orders=[stats.Sample(0, 300)])["takes"]
    most = takes.evidence["sales_per_visit"]["high"]
    assert takes.evidence["sales_per_visit"] == {"value": None, "low": 0.0, "high": most, "own": True, "source": "shop"}
    assert 3 / 300 < most < 0.05
    (number,) = re.findall(r"\(0 orders in 300 visits: very likely fewer than 1 in (\d+)\)", takes.answer)
    assert takes.answer.startswith(f"{POSTS}: one sale takes at least {number} visits (0 orders")
    assert takes.evidence["views_per_sale"]["low"] > 1 / most / 0.01
    assert (takes.sure, takes.how_sure) == ("possible", "Possible: nobody has bought yet.")
    assert "anybody comes at all" not in takes.answer
    assert "only a first order will tell" in takes.answer


def test_what_a_sale_takes_is_told_of_the_way_with_the_most_clicks_and_never_over_several() -> None:
    reels = [outcome(reading(20_000, 20), conversions=sold) for sold in (1, 0, 1, 0, 1)]
    stories = [outcome(reading(500, 60, spot=STICKER), spots=(STICKER,), kind="story", conversions=6) for _ in range(5)]
    takes = ask(*reels, *stories)["takes"]
    assert takes.answer.startswith(f"{STORIES}: one sale takes about 10 visits (")
    assert "or about 83 views (" in takes.answer
    assert "In 28 days 5 posts had 2,500 views: by this estimate about 30 sales, and 30 were reported." in takes.answer
    assert takes.answer.endswith(" Left out: 5 posts of another kind, place or profile.")
    (other,) = takes.evidence["others"]
    assert (other["group"], takes.evidence["group"]) == (POSTS, STORIES)
    silent = [outcome(reading(500, 60, spot=STICKER), spots=(STICKER,), kind="story")]
    sold = replace(stories[0], published_at=PUBLISHED - 28 * times.DAY)
    assert ask(*silent, sold)["takes"].evidence["visits_per_sale"]["value"] == 20, "sales are those of all time"
    before = [post(2_000, 900, published_at=PUBLISHED - 28 * times.DAY) for _ in range(9)]
    assert ask(*reels, *stories, *before)["takes"].evidence["group"] == STORIES
    assert other["visits_per_sale"]["value"] == pytest.approx(100 / 3)
    assert [(point.group, point.label) for point in takes.picture.points] == [
        ("", "Sales"),
        (STORIES, "Visits"),
        (STORIES, "Views"),
        (POSTS, "Visits"),
        (POSTS, "Views"),
    ]


def test_a_way_that_sold_nothing_is_not_given_the_sales_of_another() -> None:
    sold = [outcome(reading(500, 60, spot=STICKER), spots=(STICKER,), kind="story", conversions=6) for _ in range(5)]
    few, busy = many(5, 20_000, 2), many(5, 20_000, 40)
    assert ask(*few, *sold)["takes"].evidence["others"][0]["sales_per_visit"]["source"] == "guess"
    none = ask(*busy, *sold)["takes"].evidence["others"][0]["sales_per_visit"]
    assert (none["source"], none["value"], none["high"] < 0.05) == ("reported", None, True)
    assert ask(*busy)["takes"].evidence["sales_per_visit"]["source"] == "guess"


def test_sales_that_readers_of_a_newsletter_may_have_made_are_no_viewers_sales() -> None:
    letter = {"spots": (BIO, "instagram/newsletter"), "clicks": {BIO: 20, "instagram/newsletter": 300}}
    mixed = outcome(reading(20_000, 20), conversions=9, **letter)
    assert ask(mixed)["takes"].evidence["sales_per_visit"]["source"] == "guess"
    assert ask(mixed, outcome(reading(20_000, 50), conversions=1))["takes"].evidence["sales_per_visit"]["value"] == 0.02


def test_a_way_without_new_posts_does_not_stand_before_one_with() -> None:
    old = [
        outcome(reading(500, 60, spot=STICKER), spots=(STICKER,), kind="story", published_at=PUBLISHED - 90 * times.DAY)
    ]
    takes = ask(*old, *many(3, 1_000, 0))["takes"]
    assert (takes.evidence["group"], takes.evidence["others"]) == (POSTS, [])


def test_visits_per_view_have_their_range() -> None:
    takes = ask(*many(5, 20_000, 20), orders=[stats.Sample(3, 60)])["takes"]
    (low, high) = re.findall(r"1 visit per 1,000 views, very likely between ([\d.]+) and ([\d.]+)\.", takes.answer)[0]
    assert 0.4 < float(low) < 1 < float(high) < 2


def test_without_a_visit_one_sale_takes_at_least_so_many_views() -> None:
    takes = ask(*many(5, 1_000, 0))["takes"]
    assert "at least " in takes.answer
    assert "you have no visit yet" in takes.answer
    assert takes.evidence["views_per_sale"]["high"] is None
