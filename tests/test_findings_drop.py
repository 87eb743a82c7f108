"""Findings on a step that lost more than usual, each beside a case that is nearly the same and gives none."""

from dataclasses import replace
from typing import Any

import pytest
from case_cast import BIO, CAPTION, DAY, HOUR, case, codes, hung, one, usual
from outcome_cast import PUBLISHED, outcome, reading

from shortlinks.findings.cases import Account
from shortlinks.funnels import expectation


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"followers": (600, 0)}, True),
        ({"followers": (7_900, 0)}, True),
        # Each watched twice: that is room enough for 40 in 100 of the views.
        ({"followers": (8_100, 0)}, False),
        ({"followers": (7_900, 200)}, False),
        ({"followers": None}, False),
        ({"non_followers": 61.0}, True),
        ({"non_followers": 59.5}, False),
        # What the app says is believed before what followers leave room for.
        ({"non_followers": 20.0, "followers": (600, 0)}, False),
        ({"counts": {"reach": 1_400}, "followers": (600, 0)}, False),
        ({"counts": {"reach": 1_600}, "followers": (600, 0)}, True),
        # As many clicks as usual, or as many views: then strangers are nothing new.
        ({"clicks": 225, "followers": (600, 0)}, False),
        ({"others": usual(clicks=200, views=30_000), "followers": (600, 0)}, False),
        ({"others": (), "followers": (600, 0)}, False),
        # With the bio clicks that may be its own it is within the range.
        ({"elsewhere": 225, "followers": (600, 0)}, False),
        ({"age": 5 * HOUR, "followers": (600, 0)}, False),
    ],
)
def test_a_post_shown_to_strangers_is_told_where_it_brought_fewer_clicks(changes: dict[str, Any], found: bool) -> None:
    given = case(**{"views": 40_000, "clicks": 3, "others": usual()} | changes)
    assert ("shown_to_strangers" in codes(given)) is found


def test_strangers_are_told_by_what_is_known_of_them() -> None:
    few = one(case(40_000, 3, others=usual(), followers=(600, 0)), "shown_to_strangers")
    assert few.title == "Shown mostly to strangers: at most 600 of those 40,000 viewers can be followers"
    assert few.confidence == "likely"
    typed = one(case(10_000, 3, others=usual(), non_followers=88.5), "shown_to_strangers")
    nobody = one(case(40_000, 3, others=usual(), followers=(0, 0)), "shown_to_strangers")
    assert nobody.title == "Shown mostly to strangers: none of those 40,000 viewers can be followers"
    assert typed.title == "Shown mostly to strangers: 88\u00a0% of those who watched do not follow you"
    assert typed.confidence == "possible"


def test_strangers_explain_why_many_likes_and_saves_brought_few() -> None:
    counts, others = {"likes": 1_200, "saves": 1_200}, usual(likes=300, saves=300)
    alone = case(40_000, 3, counts=counts, others=others)
    assert {"likes_without_clicks", "saves_without_clicks"} <= set(codes(alone))
    told = codes(case(40_000, 3, counts=counts, others=others, non_followers=97.0))
    assert "shown_to_strangers" in told
    assert not {"likes_without_clicks", "saves_without_clicks"} & set(told)


@pytest.mark.parametrize("what", ["likes", "saves"])
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"amount": 2_000}, True),
        # It was not liked as much as usual either.
        ({"amount": 90}, False),
        # A little fewer than usual is luck.
        ({"clicks": 56}, False),
        ({"clicks": 60}, False),
        ({"elsewhere": 50}, False),
        ({"other_posts": 1}, False),
        ({"age": 5 * HOUR}, False),
        ({"viewers": None}, False),
    ],
)
def test_likes_or_saves_without_clicks_are_told_where_both_are_known_to_be_unusual(
    what: str, changes: dict[str, Any], found: bool
) -> None:
    given = {"views": 12_400, "clicks": 3} | changes
    amount, other_posts = given.pop("amount", 400), given.pop("other_posts", 8)
    others = usual(posts=other_posts, **{what: 300})
    assert (f"{what}_without_clicks" in codes(case(counts={what: amount}, others=others, **given))) is found


def test_likes_of_a_post_that_nobody_can_tap_are_no_failure() -> None:
    given = case(clicks=3, counts={"likes": 400}, others=usual(likes=300))
    assert "likes_without_clicks" in codes(given)
    barred = expectation.of_outcome(outcome(spots=(CAPTION,)), ())
    assert "likes_without_clicks" not in codes(replace(given, expected=barred))


@pytest.mark.parametrize(("age", "found"), [(2 * HOUR, False), (DAY - 1, False), (DAY, True)])
def test_a_post_of_a_few_hours_may_still_sell(age: int, found: bool) -> None:
    given = case(clicks=100, conversions=0, others=shops(10, 100), as_of=PUBLISHED + age, age=HOUR)
    assert ("clicks_without_conversions" in codes(given)) is found


@pytest.mark.parametrize("clicks", [0, 1, 2])
def test_a_creator_with_a_click_or_two_a_post_is_never_told_that_likes_bring_none(clicks: int) -> None:
    others = tuple(outcome(reading(1_000, number % 3, likes=80)) for number in range(20))
    given = case(1_000, clicks, counts={"likes": 90}, others=others)
    assert not {"likes_without_clicks", "shown_to_strangers"} & set(codes(given))


def test_likes_without_clicks_counts_in_good_grammar() -> None:
    found = one(case(clicks=1, counts={"likes": 400}, others=usual(likes=300)), "likes_without_clicks")
    assert found.title.startswith("1 click beside 400 likes, clearly fewer than your usual ")
    assert (found.evidence["clicks"], found.evidence["likes"], found.confidence) == (1, 400, "likely")


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"links": (hung(CAPTION),)}, "high"),
        # That there is no link at all is told as that.
        ({"links": (), "clicks": 0}, None),
        ({"links": (hung("instagram/newsletter"),)}, "high"),
        ({"links": (hung(CAPTION),), "counts": {"profile_visits": 4}}, None),
        ({"links": (hung(CAPTION),), "counts": {}}, None),
        ({"links": (hung(CAPTION), hung(BIO, "b2c3d"))}, None),
        ({"links": (hung("instagram/story_link_sticker"),)}, None),
        ({"links": (hung(BIO, working=False, stays=((0, 5 * DAY),)),)}, None),
        ({"clicks": 3, "others": usual(profile_visits=300)}, "medium"),
        ({"clicks": 40, "others": usual(profile_visits=300)}, None),
        ({"clicks": 3, "others": usual(profile_visits=300), "elsewhere": 50}, None),
        ({"clicks": 3}, None),
    ],
)
def test_profile_visits_are_told_where_nothing_hung_there_or_far_fewer_tapped(
    changes: dict[str, Any], severity: str | None
) -> None:
    given = case(**{"counts": {"profile_visits": 320}} | changes)
    assert ("profile_visits_without_taps" in codes(given)) is (severity is not None)
    if severity:
        assert one(given, "profile_visits_without_taps").severity == severity


def test_profile_visitors_are_best_met_in_the_profile() -> None:
    found = one(case(links=(hung(CAPTION),), counts={"profile_visits": 320}), "profile_visits_without_taps")
    assert found.title == "320 profile visits, and no link of this post to tap"
    assert "let the bio link lead to what this post is about" in found.next_step
    tube = case(platform="youtube", links=(hung("youtube/shorts_description"),), counts={"profile_visits": 320})
    assert "let the channel links lead" in one(tube, "profile_visits_without_taps").next_step


def test_where_the_account_is_too_small_for_a_spot_the_profile_is_not_blamed() -> None:
    given = case(
        platform="tiktok",
        account=Account("personal", 600),
        links=(hung("tiktok/spoken"),),
        counts={"profile_visits": 320},
    )
    assert "profile_visits_without_taps" not in codes(given)
    assert "no_tappable_spot" in codes(given)


def shops(sales: int, clicks: int, posts: int = 5) -> tuple[Any, ...]:
    """Other posts with so many sales and clicks each."""
    return usual(clicks=clicks, posts=posts, conversions=sales)


@pytest.mark.parametrize(
    ("clicks", "conversions", "others", "found"),
    [
        (100, 0, shops(10, 100), True),
        (100, 1, shops(10, 100), False),
        # Nine clicks without a sale happen 83 times in 100 at 2 sales per 100.
        (9, 0, shops(2, 100), False),
        (9, 0, shops(10, 100), False),
        (0, 0, shops(10, 100), False),
        # At 2 in 100, without any spread, 150 would do; posts differ, so it takes more.
        (60, 0, shops(2, 100), False),
        (1_000, 0, shops(2, 100), True),
        # Two sales are no rate.
        (10_000, 0, shops(1, 100, posts=2), False),
        (100, 0, (), False),
    ],
)
def test_clicks_without_a_sale_are_told_only_where_chance_hardly_does_it(
    clicks: int, conversions: int, others: tuple[Any, ...], found: bool
) -> None:
    given = case(clicks=clicks, conversions=conversions, others=others)
    assert ("clicks_without_conversions" in codes(given)) is found


def test_clicks_without_a_sale_say_what_was_to_be_expected() -> None:
    found = one(case(clicks=100, conversions=0, others=shops(10, 100)), "clicks_without_conversions")
    assert found.title.startswith("100 clicks and no sale, where your other posts let expect ")
    assert (found.evidence["other_conversions"], found.evidence["other_clicks"]) == (50, 500)
    assert found.evidence["usual_low"] >= 1
