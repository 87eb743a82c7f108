"""Pooled rates per placement, and how they changed."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from outcome_cast import BIO, PUBLISHED, STICKER, outcome, post, reading

from shortlinks import times
from shortlinks.funnels import outcomes, pools
from shortlinks.funnels.outcomes import Outcome

NOW = PUBLISHED + 14 * times.DAY
BEFORE = PUBLISHED - 28 * times.DAY


def even(number: int, views: int, clicks: int, **fields: object) -> list[Outcome]:
    return [post(views, clicks, **fields) for _ in range(number)]


def test_the_posts_of_28_days_are_one_rate() -> None:
    (pool,) = pools.of(even(11, 2_000, 2), now=NOW)
    assert (pool.posts, pool.clicks, pool.views, pool.change) == (11, 22, 22_000, None)
    assert pool.sentence.startswith("22 clicks from 22,000 views of 11 posts: about 1 per 1,000, between 1 per ")
    assert pool.estimate
    assert pool.estimate.low < 1 / 1_600 < 1 / 660 < pool.estimate.high


def test_it_compares_with_the_28_days_before() -> None:
    strong = even(9, 20_000, 120) + even(9, 20_000, 30, published_at=BEFORE)
    (pool,) = pools.of(strong, now=NOW)
    assert pool.change
    assert (pool.change.verdict, pool.trend) == ("higher", "That is 4.0 times as much as in the 28 days before.")
    assert pool.changed
    assert pool.sentence == pool.clearly == f"{pool.counted} {pool.trend}"
    (pool,) = pools.of([*strong, outcome()], now=NOW)
    assert pool.sentence == pool.clearly
    assert pool.sentence.endswith(f"{pool.trend} 1 post waits for views noted 18 hours or more after publication.")
    (pool,) = pools.of(even(9, 900, 1) + even(9, 900, 1, published_at=BEFORE), now=NOW)
    assert not pool.changed
    assert pool.clearly == pool.counted
    assert pool.sentence.endswith("No clear change against the 28 days before.")


def test_no_click_after_many_is_not_called_0_times_as_much() -> None:
    (pool,) = pools.of(even(9, 20_000, 0) + even(9, 20_000, 30, published_at=BEFORE), now=NOW)
    assert pool.trend == "That is not nearly as much as in the 28 days before."


def test_clicks_after_none_are_told_as_the_change_that_they_are() -> None:
    (pool,) = pools.of(even(9, 20_000, 30) + even(9, 20_000, 0, published_at=BEFORE), now=NOW)
    assert pool.changed
    assert pool.trend == "That is more than in the 28 days before, which brought no click."


def test_of_many_changes_one_that_luck_makes_among_as_many_is_not_told() -> None:
    changed = even(9, 5_000, 6) + even(9, 5_000, 3, published_at=BEFORE)
    same = [
        post(5_000, 5, profile_id=f"other{number}", published_at=at)
        for number in range(9)
        for at in [PUBLISHED, BEFORE] * 9
    ]
    (alone,) = pools.of(changed, now=NOW)
    among = next(pool for pool in pools.of([*changed, *same], now=NOW) if pool.profile_id == "me")
    assert alone.change
    assert among.change
    assert (alone.change.verdict, among.change.verdict) == ("higher", "cannot_tell_yet")


def test_placements_and_profiles_are_never_mixed() -> None:
    story = outcome(reading(150, 5, spot=STICKER), spots=(STICKER,), kind="story")
    other = post(500, 3, profile_id="another")
    found = pools.of([story, other, *even(2, 1_000, 1)], now=NOW)
    assert [(pool.profile_id, pool.placement, pool.clicks, pool.views) for pool in found] == [
        ("me", BIO, 2, 2_000),
        ("another", BIO, 3, 500),
        ("me", STICKER, 5, 150),
    ]


def test_stories_with_a_bio_link_are_apart_from_reels_and_named_so() -> None:
    stories = [outcome(reading(150, 5), kind="story"), outcome(kind="story")]
    old = outcome(reading(200, 9), kind="story", published_at=BEFORE)
    reels, few = pools.of([*stories, old, *even(3, 1_000, 1)], now=NOW)
    assert [(pool.clicks, pool.views, pool.waiting) for pool in (reels, few)] == [(3, 3_000, 0), (5, 150, 1)]
    assert [(pool.where, pool.to_dict()["story"]) for pool in (reels, few)] == [
        ("Instagram, bio link", False),
        ("Instagram, bio link, on a story", True),
    ]
    assert (reels.change, bool(few.change)) == (None, True), "neither is held against the other"
    sticker = outcome(reading(150, 5, spot=STICKER), spots=(STICKER,), kind="story")
    assert pools.of([sticker], now=NOW)[0].where == "Instagram, link sticker on a story"


def test_what_people_outside_see_and_old_posts_are_left_out() -> None:
    letter = outcome(reading(100, 9, spot="instagram/newsletter"), spots=("instagram/newsletter",))
    assert pools.of([letter, post(900, 2, published_at=NOW - 60 * times.DAY)], now=NOW) == []


def test_views_where_nobody_can_tap_are_in_no_rate() -> None:
    caption, spoken = "instagram/reel_caption", "instagram/spoken"
    dead = outcome(reading(4_000, 1, spot=caption), spots=(caption,))
    mixed = outcome(reading(900, 2), spots=(BIO, caption))
    said = outcome(reading(500, 1, spot=spoken), spots=(spoken,))
    found = pools.of([dead, outcome(reading(7_000), spots=()), mixed, said], now=NOW)
    assert [(pool.placement, pool.posts, pool.clicks, pool.views) for pool in found] == [
        (BIO, 1, 2, 900),
        (spoken, 1, 1, 500),
    ]


def test_posts_without_settled_numbers_wait() -> None:
    young = outcome(reading(900, 2, age=2 * times.HOUR))
    (pool,) = pools.of([outcome(), young], now=NOW)
    assert (pool.waiting, pool.estimate) == (2, None)
    assert pool.sentence == "2 posts wait for views noted 18 hours or more after publication."
    assert pools.of([outcome()], now=NOW)[0].sentence.startswith("1 post waits for views")


def test_a_reading_of_the_next_day_or_of_a_story_before_it_ends_counts() -> None:
    for age, waiting in ((21 * times.HOUR, 0), (18 * times.HOUR, 0), (18 * times.HOUR - 1, 1)):
        (pool,) = pools.of([outcome(reading(900, 2, age=age))], now=NOW)
        assert pool.waiting == waiting


def test_posts_that_wait_are_told_also_where_others_count() -> None:
    (pool,) = pools.of([*even(2, 900, 2), outcome()], now=NOW)
    assert pool.sentence.endswith(". 1 post waits for views noted 18 hours or more after publication.")
    assert pool.sentence.startswith("4 clicks from 1,800 views of 2 posts: ")


def test_a_post_with_more_clicks_than_views_does_not_count_and_is_told() -> None:
    (pool,) = pools.of([*even(2, 900, 2), post(3, 40)], now=NOW)
    assert (pool.clicks, pool.views, pool.waiting, pool.overfull) == (4, 1_800, 0, 1)
    assert pool.sentence.endswith(" 1 post does not count: it has more clicks than views.")
    (alone,) = pools.of(even(2, 3, 40), now=NOW)
    assert alone.sentence == "2 posts do not count: they have more clicks than views."


def test_a_share_has_no_bound_above_all() -> None:
    (pool,) = pools.of(even(5, 20, 18), now=NOW)
    assert pool.estimate
    assert (pool.estimate.rate, pool.estimate.high) == (0.9, 1.0)
    assert "and 100\u00a0%." in pool.sentence


def test_four_weeks_end_where_the_four_before_begin_and_those_at_eight() -> None:
    since, before = NOW - 28 * times.DAY, NOW - 56 * times.DAY
    ages = {since: 7, since - 1: 20, before: 300, before - 1: 4_000}
    (pool,) = pools.of([post(10_000, clicks, published_at=at) for at, clicks in ages.items()], now=NOW)
    assert (pool.posts, pool.clicks) == (1, 7)
    assert pool.change
    assert pool.change.ratio == 7 / 10_000 / (320 / 20_000)
    assert pools.of([post(900, 2, published_at=NOW)], now=NOW) == []


def test_a_placement_is_named_as_people_do() -> None:
    assert pools.of([post(1, 0)], now=NOW)[0].where.startswith("Instagram, ")


def test_two_profiles_on_a_platform_are_named_by_their_handles() -> None:
    handles = {"me": "Instagram @me", "two": "Instagram @two"}
    both = pools.of([post(900, 1), post(800, 1, profile_id="two")], now=NOW, handles=handles)
    spot = pools.of([post(900, 1)], now=NOW, handles=handles)[0].where.removeprefix("Instagram, ")
    assert [pool.where for pool in both] == [
        f"Instagram @me, {spot[0].lower()}{spot[1:]}",
        f"Instagram @two, {spot[0].lower()}{spot[1:]}",
    ]


posts = st.builds(
    post, st.integers(0, 10**12), st.integers(0, 10**12), published_at=st.sampled_from([PUBLISHED, BEFORE])
)


@settings(deadline=None, max_examples=50)
@given(st.lists(posts, max_size=8))
def test_any_numbers_give_a_sentence_and_plain_json(found: list[Outcome]) -> None:
    for pool in pools.of(found, now=NOW):
        json.dumps(pool.to_dict(), allow_nan=False)
        assert pool.sentence.endswith(".")


def test_readings_are_thinned_but_never_the_first_or_the_last() -> None:
    hours = [hour * times.HOUR for hour in range(1, 700)]
    kept = outcomes.thinned(hours)
    assert (kept[0], kept[-1]) == (0, 698)
    assert len(kept) < 25
    assert outcomes.thinned([times.DAY, 7 * times.DAY, 14 * times.DAY]) == [0, 1, 2]
    assert outcomes.thinned([]) == []
