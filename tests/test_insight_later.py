"""Do people come back later? What is told of early and late clicks, and what must not be."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from outcome_cast import PUBLISHED, STICKER, outcome, post, reading

from shortlinks import times
from shortlinks.funnels import outcomes
from shortlinks.funnels.outcomes import Outcome
from shortlinks.insights import Data, Insight, fading, later

HOUR, DAY = times.HOUR, times.DAY
NOW = PUBLISHED + 40 * DAY


def ask(*found: Outcome) -> Insight:
    answer = later.answer(Data(outcomes=found, handles={"me": "Instagram @me"}), now=NOW)
    json.dumps(answer.to_dict(), allow_nan=False)
    return answer


def readings(*seen: tuple[float, int, int], **fields: Any) -> Outcome:
    """A post of which so many views and clicks were noted at so many days."""
    return outcome(*(reading(views, clicks, age=round(days * DAY)) for days, views, clicks in seen), **fields)


def two_readings(number: int, early: tuple[int, int], late: tuple[int, int], **fields: Any) -> list[Outcome]:
    seen = (1, *early), (9, early[0] + late[0], early[1] + late[1])
    return [readings(*seen, **fields) for _ in range(number)]


def story(views: int, clicks: int) -> Outcome:
    return outcome(reading(views, clicks, age=DAY, spot=STICKER), kind="story", spots=(STICKER,))


def test_clicks_that_go_on_after_the_views_are_told() -> None:
    found = ask(*two_readings(10, (2_000, 2), (500, 12)))
    assert "after the first day, new views bring more clicks, 24 times as many." in found.answer
    assert found.sure == "likely"
    gone = ask(*two_readings(10, (2_000, 40), (2_000, 2)))
    assert "bring fewer clicks, 0.05 times as many." in gone.answer
    assert "nothing points to people who come back later" in gone.answer


def test_equal_clicks_early_and_late_claim_nothing_and_one_reading_neither() -> None:
    equal = ask(*two_readings(10, (1_000, 2), (1_000, 2)))
    assert equal.sure == "cannot_tell_yet"
    assert equal.how_sure.startswith("Cannot be told yet: luck")
    assert equal.answer.startswith(
        "Posts on Instagram (bio link): no clear difference between the clicks on late views and on early ones."
    )
    once = ask(*(post(1_000, 2) for _ in range(10)))
    assert once.sure == "cannot_tell_yet"
    assert "no post has views noted both early and late" in once.answer


@pytest.mark.parametrize("found", [[], [post(10, 1)], [story(90, 2)], two_readings(10, (2_000, 2), (500, 12))])
def test_that_returners_cannot_be_counted_is_always_said(found: list[Outcome]) -> None:
    assert "We do not recognise a person the next day" in ask(*found).answer


def test_stories_do_not_make_the_clicks_of_reels_look_early() -> None:
    reels = two_readings(28, (1_000, 1), (1_000, 1))
    found = ask(*reels, *(story(200, 6) for _ in range(28)))
    assert found.sure == "cannot_tell_yet"
    assert "no clear difference" in found.answer
    assert [group["posts"] for group in found.evidence["groups"]] == [28]
    assert found.evidence["stories_left_out"] == 28


def test_stories_alone_cannot_say() -> None:
    assert ask(story(200, 6)).answer.startswith("Stories are gone after a day, so they cannot say")


def test_a_first_reading_from_after_the_first_day_is_neither_early_nor_late() -> None:
    """All came within seconds; half of the posts were first noted on day 3."""
    early = two_readings(10, (2_000, 2), (100, 0))
    found = ask(*early, *(readings((3, 2_100, 50), (9, 2_200, 50)) for _ in range(10)))
    assert found.sure == "cannot_tell_yet"
    assert "No reading tells early from late in 21,000 views of 10 posts: they are left out." in found.answer
    (group, *_) = found.evidence["groups"]
    assert group["unplaced"] == {"posts": 10, "views": 21_000}
    assert {each["age"]: each["new_views"] for each in group["ages"]} == {
        "the first day": 20_000,
        "day 2 or later": 2_000,
    }
    assert "in 2,100 views of 1 post: they" in ask(*early, readings((3, 2_100, 50))).answer


@pytest.mark.parametrize(
    ("first", "second", "ages"),
    [
        (0.8, 6, ["the first day", "day 2 to 7"]),
        (1.2, 8.4, ["the first day", "day 2 to 7"]),
        (1.2, 8.5, ["the first day", "day 2 or later"]),
        (1.3, 7, ["day 2 to 7"]),
        (0.7, 7, ["the first day"]),
        (7, 28, ["week 2 to 4"]),
        (28, 90, ["later"]),
        (-2, 0.5, ["the first day"]),
    ],
)
def test_a_reading_near_an_edge_counts_as_one_at_it(first: float, second: float, ages: list[str]) -> None:
    (group, *_) = ask(readings((first, 500, 1), (second, 900, 2))).evidence["groups"]
    assert [each["age"] for each in group["ages"]] == ages


def test_a_post_is_held_against_itself_alone() -> None:
    """Many strangers see some posts, late; they bring fewer clicks per view early as well."""
    small = two_readings(15, (1_000, 10), (200, 2))
    large = two_readings(15, (1_000, 1), (10_000, 10))
    found = ask(*small, *large)
    assert found.sure == "cannot_tell_yet"
    assert found.evidence["groups"][0]["late_against_early"]["ratio"] == pytest.approx(1)


def test_rounded_views_make_a_late_rate_less_sure() -> None:
    rounded = [
        outcome(
            replace(reading(2_000, 4, age=DAY), precision={"views": 49}),
            replace(reading(2_100, 6, age=9 * DAY), precision={"views": 49}),
        )
        for _ in range(10)
    ]
    exact = two_readings(10, (2_000, 4), (100, 2))
    low, surely = (ask(*each).evidence["groups"][0]["late_against_early"]["low"] for each in (rounded, exact))
    assert low < surely / 1.5


def test_the_way_with_a_verdict_is_told_before_the_largest() -> None:
    youtube = {"platform": "youtube", "profile_id": "tube", "spots": ("youtube/video_description",)}
    found = ask(*two_readings(20, (1_000, 1), (1_000, 1)), *two_readings(10, (2_000, 2), (500, 12), **youtube))
    assert found.answer.startswith("Posts on YouTube")
    assert "more clicks, 24 times as many" in found.answer
    assert found.sure == "likely"


def test_two_ways_with_a_verdict_are_both_told() -> None:
    youtube = {"platform": "youtube", "profile_id": "tube", "spots": ("youtube/video_description",)}
    told = ask(*two_readings(10, (2_000, 40), (2_000, 2)), *two_readings(10, (2_000, 2), (500, 12), **youtube)).answer
    assert re.search(r"Instagram \(bio link\): after the first day, new views bring fewer", told)
    assert re.search(r"YouTube \(.*\): after the first day, new views bring more", told)


def test_a_single_post_is_told_only_where_no_way_has_a_verdict() -> None:
    kiln = two_readings(1, (20_000, 1), (2_000, 1_900), title="The kiln")
    clear = ask(*kiln, *two_readings(3, (2_000, 15), (2_000, 1)))
    assert [group["late_against_early"]["verdict"] for group in clear.evidence["groups"]] == ["higher", "higher"]
    assert "“The kiln”" not in clear.answer
    mixed = ask(*kiln, *two_readings(8, (2_000, 200), (2_000, 20)))
    assert mixed.answer.startswith("“The kiln”: after the first day, new views bring more clicks")


def test_of_many_ways_one_that_stands_out_by_luck_is_not_told() -> None:
    odd = two_readings(2, (1_000, 1), (1_000, 12))
    assert ask(*odd).sure == "likely"
    others = [
        each for number in range(12) for each in two_readings(1, (1_000, 5), (1_000, 5), profile_id=f"other{number}")
    ]
    assert ask(*odd, *others).sure == "cannot_tell_yet"


def test_a_change_where_a_bio_link_is_shared_is_only_possible() -> None:
    found = ask(*two_readings(10, (2_000, 40), (2_000, 2), contested=3))
    assert found.sure == "possible"
    assert "A bio link that moves on to the next post takes late clicks along." in found.how_sure


def test_no_clicks_at_all_on_one_side_are_told_without_a_ratio() -> None:
    none_late = ask(*two_readings(10, (2_000, 40), (2_000, 0))).answer
    assert "after the first day, new views bring no clicks any more. So those who come" in none_late
    none_early = ask(*two_readings(10, (2_000, 0), (2_000, 40))).answer
    assert "after the first day, new views bring clicks, and there was none before. That fits" in none_early
    assert "less than a hundredth as many" in ask(*two_readings(10, (2_000, 2_000), (2_000, 2))).answer


def fading_posts(number: int, days: int, hours: float = 12) -> list[Outcome]:
    """Half of what is left comes in so many hours each time."""
    by_age = {age: round(400 * (1 - 0.5 ** (age / (hours * HOUR)))) for age in outcomes.AGES if age <= days * DAY}
    seen = reading(1_000, by_age[days * DAY], age=days * DAY)
    return [outcome(seen, by_age=by_age) for _ in range(number)]


def test_the_half_life_is_that_of_clicks_that_are_still_to_come_too() -> None:
    """Of the young posts most clicks are still to come: the middle of those seen would be earlier."""
    found = ask(*fading_posts(8, 28, hours=72), *fading_posts(30, 1, hours=72))
    half = found.evidence["groups"][0]["half_life_seconds"]
    assert half["value"] == pytest.approx(72 * 3_600, rel=0.03)
    assert half["low"] <= 72 * 3_600 * 1.01 <= half["high"] * 1.02
    assert (half["of_first"], half["posts"]) == (28 * 86_400, 38)
    assert "half of the clicks of the first 28 days come within about " in found.answer


def test_of_too_few_or_too_young_posts_there_is_no_half_life() -> None:
    assert fading.half_life(fading_posts(5, 7)) is not None
    assert fading.half_life(fading_posts(4, 7)) is None
    assert fading.half_life(fading_posts(9, 3)) is None
    assert fading.half_life(fading_posts(4, 28) + fading_posts(9, 3)) is None


def test_a_post_with_many_clicks_has_a_half_life_of_its_own() -> None:
    half = ask(*fading_posts(1, 28)).evidence["groups"][1]["half_life_seconds"]
    assert half["low"] < 12 * 3_600 < half["high"]
    assert half["value"] == pytest.approx(12 * 3_600, rel=0.01)


def test_clicks_from_before_a_post_was_out_and_sums_that_fall_do_not_count() -> None:
    assert fading.came(post(9, 9, by_age={0: 3, HOUR: 5, 3 * HOUR: 4, 6 * HOUR: 6})) == [0, 2, 2, 4]
    assert fading.came(post(9, 9)) == [0]


@pytest.mark.parametrize(
    ("each", "said"),
    [
        ([0, 9, 9, 9, 9, 9, 9, 9, 9], "come within the first hour (81 clicks on 9 posts)."),
        ([0, 0, 0, 0, 0, 0, 0, 100, 100], "come within about 2 days (2 days to 2 days, 900 clicks on 9 posts)."),
    ],
)
def test_how_fast_clicks_fade_is_said_in_words(each: list[int], said: str) -> None:
    half = fading.half_life([post(9, 9, by_age=dict(zip(outcomes.AGES, each, strict=False)))] * 9)
    assert half
    assert fading.sentence(half) == f"half of the clicks of the first 7 days {said}"


def test_a_half_life_that_is_not_known_is_not_said() -> None:
    clicks = [[0, 1, *[1] * 7], [0, *[0] * 7, 1]]
    seen = [post(9, 9, by_age=dict(zip(outcomes.AGES, clicks[place % 2], strict=False))) for place in range(6)]
    half = fading.half_life(seen)
    assert half
    assert half.high is None
    assert fading.sentence(half) == (
        "half of the clicks of the first 7 days have come: when, cannot be told yet (6 clicks on 6 posts)."
    )


def test_posts_with_more_clicks_than_views_at_any_reading_tell_nothing_of_late_clicks() -> None:
    equal = two_readings(10, (1_000, 2), (1_000, 2))
    # 12 typed for 12K, at the last reading and at the first.
    slips = [readings((1, 1_000, 9), (9, 12, 15)), readings((1, 12, 900), (9, 12_000, 910))]
    found = ask(*equal, *slips)
    (alone,) = ask(*equal).evidence["groups"]
    assert found.evidence["groups"][0] == alone
    assert found.evidence["overfull"] == 2
    assert "2 posts have more clicks than views and are left out." in found.answer
    assert "1 post has more clicks than views and is left out." in ask(*equal, slips[0]).answer
    assert "more clicks than views" not in ask(*equal).answer
    rounded = replace(reading(12, 15, age=DAY), precision={"views": 3})
    assert ask(outcome(rounded, reading(1_000, 20, age=9 * DAY))).evidence["overfull"] == 0
    none = ask(*slips)
    assert (none.sure, none.evidence["groups"]) == ("cannot_tell_yet", [])
    assert none.answer.startswith(
        "No post can say: one of its two numbers is wrong. 2 posts have more clicks than views"
    )


def test_saves_stand_beside_clicks() -> None:
    saved = [outcome(reading(1_000, 2, saves=10)) for _ in range(3)]
    assert "30 saves beside 6 clicks on 3 posts." in ask(*saved).answer
    assert "1 save beside 0 clicks on 1 post." in ask(outcome(reading(1_000, 0, saves=1))).answer
