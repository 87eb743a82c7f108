"""The answers over all posts: each with data that shows it, with data on which it must stay silent, and with bad input."""

import json
import random
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outcome_cast import BIO, PUBLISHED, STICKER, outcome, post, reading

from shortlinks import insights, outcomes, stats, times
from shortlinks.funnel import Rate
from shortlinks.insights import Data, Insight
from shortlinks.insights.sales import Takes
from shortlinks.outcomes import Outcome

HOUR, DAY = times.HOUR, times.DAY
NOW = PUBLISHED + 14 * DAY
POSTS = "Posts on Instagram (bio link)"
STORIES = "Stories on Instagram (link sticker on a story)"
CODES = ["month", "path", "later", "support", "bystanders", "normal", "takes"]


def ask(*found: Outcome, now: int = NOW, **more: Any) -> dict[str, Insight]:
    """Every answer by its code; all of them must be JSON without NaN."""
    answers = insights.all_(Data(outcomes=found, handles={"me": "Instagram @me"}, **more), now=now)
    json.dumps([each.to_dict() for each in answers], allow_nan=False)
    return {each.code: each for each in answers}


def many(number: int, views: int, clicks: int, **counts: Any) -> list[Outcome]:
    return [outcome(reading(views, clicks, **counts)) for _ in range(number)]


def small_creator(seed: int = 2) -> list[Outcome]:
    """15 posts of four weeks with views around a thousand and hardly any clicks."""
    drawn = random.Random(seed)
    return [
        outcome(
            reading(views := drawn.randint(300, 2_500), drawn.choice([0, 0, 0, 1, 1, 3]), likes=views // 14),
            published_at=PUBLISHED,
        )
        for _ in range(15)
    ]


def test_without_posts_each_answer_says_what_is_missing() -> None:
    found = ask()
    assert list(found) == CODES
    assert {each.sure for each in found.values()} == {"cannot_tell_yet"}
    assert found["path"].answer == "There are no posts yet. Make one with a link, and note its views a day later."
    assert "likes" in found["bystanders"].answer


def test_four_weeks_of_a_small_creator_say_more_than_cannot_tell() -> None:
    found = ask(*small_creator())
    assert [code for code in CODES if found[code].sure == "cannot_tell_yet"] == ["month", "later", "bystanders"]
    assert found["month"].how_sure.startswith("The rate and its range are what your posts brought.")
    month = found["month"].evidence
    assert all(month[name] for name in ("repeat", "stop", "test", "trends", "changes"))


@pytest.mark.parametrize(
    "strange",
    [
        outcome(),
        outcome(reading(0, 0)),
        outcome(reading(0, 3, likes=5)),
        outcome(reading(3, 10**6, likes=10**9)),
        outcome(reading(10**12, 10**12, likes=10**12, saves=10**12, profile_visits=10**12, link_taps=10**12)),
        outcome(reading(900, 2, age=-DAY), published_at=PUBLISHED),
        outcome(reading(900, 2, spot=""), spots=()),
        outcome(reading(900, 0), spots=("instagram/reel_caption",)),
        outcome(reading(900, 2, age=DAY), reading(400, 1, age=7 * DAY), conversions=4),
        post(1_000, 1, published_at=NOW + DAY),
        post(1_000, 1, by_age={0: 0, HOUR: 10**12, DAY: 5}),
    ],
)
def test_strange_posts_alone_and_among_others_are_no_trouble(strange: Outcome) -> None:
    for found in ([strange], [strange] * 30, [*small_creator(), strange], [*many(30, 1000, 1, likes=50), strange]):
        for each in ask(*found).values():
            assert each.answer.endswith((".", "!"))
            assert "nan" not in each.answer.lower()
            assert "inf" not in each.answer.lower().replace("information", "")


@pytest.mark.slow
def test_ten_thousand_posts_are_no_trouble() -> None:
    assert "10,000 posts" in ask(*many(10_000, 1_000, 1, likes=60))["path"].answer


COUNT = st.integers(0, 10**12) | st.integers(0, 30)


@st.composite
def strange_outcome(draw: st.DrawFn) -> Outcome:
    ages = sorted(draw(st.lists(st.integers(-2, 60), max_size=4, unique=True)))
    names = ("likes", "saves", "profile_visits", "link_taps", "comments")
    readings = tuple(
        reading(
            draw(COUNT),
            draw(COUNT),
            age=age * DAY,
            conversions=draw(st.integers(0, 10**6)),
            **{name: draw(COUNT) for name in names if draw(st.booleans())},
        )
        for age in ages
    )
    kinds = {
        "spots": draw(
            st.sampled_from([(), (BIO,), (STICKER,), (BIO, "instagram/reel_caption"), ("instagram/newsletter",)])
        )
    }
    by_age = dict(zip(outcomes.AGES, sorted(draw(st.lists(COUNT, max_size=11))), strict=False))
    return outcome(
        *readings,
        by_age=by_age,
        profile_id=draw(st.sampled_from(["me", "gone"])),
        kind=draw(st.sampled_from(["video", "story"])),
        published_at=PUBLISHED - draw(st.integers(0, 70)) * DAY,
        **kinds,
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(strange_outcome(), max_size=12))
def test_whatever_the_numbers_each_answer_is_sentences_and_json(found: list[Outcome]) -> None:
    for each in ask(*found).values():
        for text in (each.answer, each.how_sure, each.settle):
            assert text.strip() == text
            assert text[-1] in ".!"
            assert "  " not in text
            assert ".." not in text


def test_the_path_has_its_gap_with_where_the_number_is() -> None:
    posts = many(11, 2_000, 2)
    path = ask(*posts)["path"]
    assert path.answer.startswith(
        "11 posts of the last 28 days. Instagram @me, posts: 22,000 views brought 22 clicks, about 1 per 1,000, between 1 per "
    )
    assert "cannot be seen: the profile visits and link taps are not noted." in path.answer
    assert path.settle.startswith("Note next: Instagram: Insights of the post, Profile visits")
    assert (path.sure, path.how_sure) == ("possible", "Possible: no other step has numbers to hold this one against.")
    assert [(point.label, point.value is None) for point in path.picture.points] == [
        ("Views", False),
        ("Profile visits", True),
        ("Link taps", True),
        ("Clicks", False),
        ("Conversions", True),
    ]
    assert path.picture.points[-1].text == "none reported yet"
    sold = ask(*posts, outcome(reading(2_000, 2, conversions=1), conversions=1))["path"]
    assert sold.picture.points[-1].text == "1 of 24 clicks"


def test_a_measured_step_is_named_and_rests_only_on_posts_that_know_both_sides() -> None:
    noted = many(4, 1_000, 10, profile_visits=20)
    path = ask(*noted, *many(4, 9_000, 10))["path"]
    assert "from views to profile visits keeps the fewest of those who reach it: 4,000 views brought 80" in path.answer
    steps = {(step["from"], step["to"]): step for step in path.evidence["paths"][0]["steps"]}
    assert steps["views", "profile_visits"]["posts"] == 4
    assert (steps["profile_visits", "clicks"]["count"], steps["profile_visits", "clicks"]["base"]) == (40, 80)
    assert path.sure == "likely"
    assert "link taps are not noted" not in path.answer


def week(name: str, count: int, base: int) -> Rate:
    return Rate(name, count, base, count / base, 0.0, 1.0, 0.95, "wilson")


def test_the_weeks_of_a_profile_stand_in_for_what_no_post_knows() -> None:
    weeks = {"me": [week("profile_visits_per_view", 30, 3_000), week("profile_visits_per_view", 10, 1_000)]}
    path = ask(*many(3, 1_000, 1), weeks=weeks)["path"]
    assert "Instagram @me, posts: 4,000 views brought 40 profile visits, about 1 per 100, " in path.answer
    step = path.evidence["paths"][0]["steps"][0]
    assert (step["to"], step["weeks"], step["count"], step["base"]) == ("profile_visits", 2, 40, 4_000)
    assert any(point.text == "40 of 4,000 views, in 2 weeks of the profile" for point in path.picture.points)
    own = ask(*many(3, 1_000, 1, profile_visits=7), weeks=weeks)["path"].evidence["paths"][0]["steps"][0]
    assert (own["posts"], own["count"]) == (3, 21)


def test_stories_and_posts_are_different_paths() -> None:
    story = outcome(reading(150, 5, spot=STICKER), spots=(STICKER,), kind="story")
    found = ask(*many(3, 1_000, 1), story)["path"].evidence["paths"]
    assert [(path["path"], path["views"]) for path in found] == [
        ("Instagram @me, posts", 3_000),
        ("Instagram @me, stories", 150),
    ]
    assert found[1]["not_measured"] == {}


def test_of_a_path_with_views_to_spare_the_step_that_keeps_the_fewest_is_not_said_to_lose_the_most() -> None:
    noted = outcome(reading(46_300, 54, conversions=1, profile_visits=4_000, link_taps=60))
    answer = ask(noted)["path"].answer
    assert "the step from profile visits to link taps keeps the fewest of those who reach it" in answer
    sold = outcome(reading(46_300, 540, conversions=2, profile_visits=40_000, link_taps=600))
    answer = ask(sold)["path"].answer
    assert "the step from clicks to conversions keeps the fewest of those who reach it: 540 clicks brought 2" in answer
    assert "most get lost" not in answer


def test_posts_that_a_sum_leaves_out_are_told_with_the_reason() -> None:
    story = outcome(reading(150, 5, spot=STICKER), spots=(STICKER,), kind="story")
    path = ask(*many(3, 1_000, 1), story, outcome(), outcome(), outcome(reading(9_000, 0), spots=()))["path"]
    assert path.answer.startswith("3 posts of the last 28 days. Instagram @me, posts: ")
    assert path.answer.endswith(
        " Left out: 1 post of another kind, place or profile, 2 posts without views noted 18 hours or more after "
        "publication and 1 post without a link that viewers can tap or type."
    )
    assert "Left out" not in ask(*many(3, 1_000, 1), post(900, 1, published_at=PUBLISHED - 90 * DAY))["path"].answer


def test_a_step_that_most_got_through_has_no_bound_above_all() -> None:
    path = ask(*many(5, 20, 1, profile_visits=18))["path"]
    step = path.evidence["paths"][0]["steps"][0]
    assert (step["to"], step["rate"], step["high"]) == ("profile_visits", 0.9, 1.0)


def test_posts_of_before_stand_in_for_a_silent_month() -> None:
    old = [post(1_000, 1, published_at=PUBLISHED - 90 * DAY)]
    assert "1 post of all time" in ask(*old)["path"].answer


def test_saves_stand_beside_clicks() -> None:
    assert "30 saves beside 6 clicks on 3 posts." in ask(*many(3, 1_000, 2, saves=10))["later"].answer
    assert "1 save beside 0 clicks on 1 post." in ask(*many(1, 1_000, 0, saves=1))["later"].answer


def test_support_is_likes_for_each_click_and_never_a_motive() -> None:
    support = ask(*many(5, 1_000, 2, likes=76))["support"]
    assert support.answer.startswith(
        f"{POSTS}: 380 likes and 10 clicks on 5 posts of the last 28 days: for each click there are about 38 likes."
    )
    assert "“can’t afford it” and “forgot” look the same" in support.answer
    assert support.sure == "likely"
    assert "story poll" in support.settle
    assert "nobody has come" in ask(*many(5, 1_000, 0, likes=76))["support"].answer
    assert "for each click there is about 1 like." in ask(*many(1, 1_000, 9, likes=9))["support"].answer
    assert ask(*many(5, 1_000, 2))["support"].sure == "cannot_tell_yet"


def test_likes_and_clicks_of_stories_and_posts_stand_apart() -> None:
    story = outcome(reading(150, 30, spot=STICKER, likes=9), spots=(STICKER,), kind="story")
    bare = outcome(reading(9_000, 0, likes=900), spots=())
    support = ask(*many(5, 1_000, 2, likes=76), story, bare)["support"]
    assert support.answer.startswith(
        f"{POSTS}: 380 likes and 10 clicks on 5 posts of the last 28 days: for each click "
    )
    others = {row["group"]: [each["count"] for each in row["numbers"]] for row in support.evidence["others"]}
    assert others == {STORIES: [9, 30], "Posts on Instagram": [900]}
    assert [(point.group, point.label) for point in support.picture.points] == [
        (POSTS, "Likes"),
        (POSTS, "Clicks"),
        (STORIES, "Likes"),
        (STORIES, "Clicks"),
        ("Posts on Instagram", "Likes"),
    ]


def test_of_few_clicks_the_likes_for_each_are_a_range() -> None:
    told = ask(*many(4, 1_000, 1, likes=340))["support"].answer
    ((low, high),) = re.findall(r"for each click there are very likely between (\d+) and ([\d,]+) likes\.", told)
    assert (20 < int(low) < 200, 1_000 < int(high.replace(",", "")) < 5_000) == (True, True)
    assert "about 340" not in told
    unknown = ask(outcome(reading(1_000, 1, likes=0)), outcome(reading(1_000, 0, likes=70)))["support"].answer
    assert unknown.startswith(f"{POSTS}: 70 likes and 1 click on 2 posts of the last 28 days. A like costs nothing")


def with_likes(number: int, slope: float) -> list[Outcome]:
    """Posts of the same views, whose clicks follow their likes with this power."""
    drawn = random.Random(7)
    found = []
    for _ in range(number):
        likes, views = round(60 * 2 ** drawn.gauss(0, 1)), drawn.randint(8_000, 12_000)
        found.append(outcome(reading(views, round(views * 0.006 * (likes / 60) ** slope), likes=likes)))
    return found


def test_bystanders_are_a_scatter_below_25_posts_and_tested_from_there() -> None:
    few = ask(*with_likes(24, -1))["bystanders"]
    assert few.answer == (
        "Too few posts to say: 24 posts that can be compared, and it takes 25, so 1 more. Until then a line through the "
        "dots would be luck."
    )
    assert (few.sure, few.evidence["correlation"], len(few.picture.points)) == ("cannot_tell_yet", None, 24)
    enough = ask(*with_likes(25, -1))["bystanders"]
    assert enough.evidence["claim"]
    assert enough.answer.startswith(
        "It looks like it: among 25 posts, those with more likes get fewer clicks at equal views"
    )
    assert "Where likes double, clicks per view are between 0.49 and 0.49 times as many." in enough.answer
    assert "association" in enough.how_sure
    assert "coin-flip" in enough.settle


def test_bystanders_are_not_claimed_where_likes_say_nothing_or_the_opposite() -> None:
    assert ask(*with_likes(40, 0))["bystanders"].answer.startswith("No sign of it")
    opposite = ask(*with_likes(40, 1))["bystanders"]
    assert opposite.answer.startswith("No sign of it")
    assert not opposite.evidence["claim"]
    assert "no click on any of them" in ask(*many(30, 1_000, 0, likes=9))["bystanders"].answer


def turned(found: list[Outcome], part: float) -> list[Outcome]:
    """The same posts with a bio link turned from one to the next: of its clicks each may have so many more, or fewer."""
    off = [round(part * post.human) for post in found]
    return [replace(post, contested=each, elsewhere=each) for post, each in zip(found, off, strict=True)]


def test_of_posts_that_share_a_bio_link_bystanders_draw_the_range() -> None:
    shared = [post(1_000, 4, readings=(reading(1_000, 4, likes=70),), contested=2, elsewhere=3)] * 15
    told = ask(*shared, outcome(reading(500, 1, likes=20)))["bystanders"]
    assert told.answer.startswith("Too few posts to say: 16 posts that can be compared, and it takes 25, so 9 more. ")
    assert told.answer.endswith(
        " Of 15 posts not every click is known to be its own, because the bio link is shared: each has a bar, from the "
        "fewest that may be to the most, and a dot at those recorded for it."
    )
    first, *_, last = told.picture.points
    assert (first.value, first.low, first.high) == (4.0, 2.0, 7.0)
    assert first.text == "1,000 views, 70 likes, 4 clicks (at least 2, at most 7)"
    assert (last.value, last.low, last.high, last.text) == (2.0, None, None, "500 views, 20 likes, 1 click")
    assert told.picture.title.endswith("its bar goes from the fewest clicks that may be its own to the most")
    counted = ("posts", "ranged", "clicks", "clicks_at_least", "clicks_at_most")
    assert [told.evidence[name] for name in counted] == [16, 15, 61, 31, 106]
    assert "bio link" not in ask(*with_likes(24, -1))["bystanders"].answer


def test_bystanders_are_claimed_only_where_it_does_not_matter_whose_the_clicks_were() -> None:
    sure = ask(*turned(with_likes(25, -1), 0.2))["bystanders"]
    assert (sure.evidence["claim"], sure.evidence["agreed"], sure.sure) == (True, True, "likely")
    assert sure.answer.startswith(
        "It looks like it: among 25 posts, those with more likes get fewer clicks at equal views"
    )
    assert "whether with the clicks recorded for each post, the fewest or the most" in sure.how_sure
    for ends in ({"contested": 10**6}, {"elsewhere": 10**6}):
        found = [replace(post, **ends) for post in with_likes(25, -1)]
        told = ask(*found)["bystanders"]
        assert (told.evidence["claim"], told.evidence["when_likes_double"], told.sure) == (
            False,
            None,
            "cannot_tell_yet",
        )
        assert told.answer.startswith("Cannot be told: whether among 25 posts, those with more likes get fewer clicks")
        assert told.how_sure.endswith("the answers differ.")
    calm = ask(*turned(with_likes(40, 0), 0.2))["bystanders"]
    assert calm.answer.startswith("No sign of it: ")


def test_an_effect_of_likes_is_as_wide_as_what_a_shared_bio_link_leaves_open() -> None:
    found = with_likes(25, -1)
    # The posts with many likes may have had more: by the most clicks, likes take less away.
    shared = [replace(post, elsewhere=post.readings[0].counts["likes"] // 20) for post in found]
    alone, wide = (ask(*posts)["bystanders"].evidence["when_likes_double"] for posts in (found, shared))
    assert (wide["factor"], wide["low"]) == (alone["factor"], alone["low"])
    assert alone["high"] + 0.02 < wide["high"] < 1


def test_an_effect_of_likes_that_could_be_anything_is_not_told() -> None:
    # The likes are a twentieth of the views, or a hair beside it: what they do apart from the views cannot be seen.
    drawn = random.Random(11)
    found = [
        outcome(reading(views := drawn.randint(1_000, 20_000), views // 900, likes=views // 20 + number % 2))
        for number in range(30)
    ]
    told = ask(*found)["bystanders"]
    assert told.evidence["when_likes_double"] is None
    assert "times as many" not in told.answer


def test_motives_are_told_by_story_polls_alone() -> None:
    votes = {"I forgot": 12, "Not for me": 0, "Can’t afford it now": 1}
    told = ask(*many(5, 1_000, 2, likes=76), votes=votes)["support"].answer
    assert told.endswith("In your story polls 13 people answered: 12 “I forgot” and 1 “Can’t afford it now”.")
    assert "1 person answered" in ask(votes={"I forgot": 1})["support"].answer
    assert "polls" not in ask(votes={"I forgot": 0})["support"].answer


def test_what_is_normal_has_its_year_and_denominator_and_goes_by_size() -> None:
    normal = ask(*many(3, 500, 1), *many(2, 5_000, 4), *many(1, 50_000, 20))["normal"]
    assert normal.evidence["published"]["rate"] == pytest.approx(0.000128)
    assert "75 billion potential views (Gabielkov and others, 2016): 0.013\u00a0%" in normal.answer
    assert {row["size"]: row["views"] for row in normal.evidence["by_size"]} == {
        "smaller posts": 1_500,
        "posts of 1,000 to 9,999 views": 10_000,
        "posts of 10,000 views and more": 50_000,
    }


def test_what_is_normal_is_one_rate_for_each_way() -> None:
    stories = [outcome(reading(150, 5, spot=STICKER), spots=(STICKER,), kind="story") for _ in range(4)]
    normal = ask(*many(3, 2_000, 2), *stories)["normal"]
    told = {row["group"]: (row["clicks"], row["views"]) for row in [normal.evidence, *normal.evidence["others"]]}
    assert told == {STORIES: (20, 600), POSTS: (6, 6_000)}
    assert f"{STORIES}: 20 clicks from 600 views, about 1 per 30, between 1 per " in normal.answer
    assert f"{POSTS}: " not in normal.answer
    assert "Your other posts are told apart, each kind by itself. Links on Twitter" in normal.answer
    assert "other posts" not in ask(*many(3, 2_000, 2))["normal"].answer
    assert [(point.group, point.label) for point in normal.picture.points] == [
        (STORIES, "All"),
        (POSTS, "All"),
        ("Published research", "Links to news on Twitter, 2016"),
    ]


def test_one_measured_step_is_not_held_against_others() -> None:
    alone = ask(*many(6, 5_000, 9))["path"]
    assert (alone.sure, alone.how_sure) == (
        "possible",
        "Possible: no other step has numbers to hold this one against.",
    )
    assert "fewest" not in alone.answer
    beside = ask(*(outcome(reading(50_000, 90, conversions=60)) for _ in range(6)))["path"]
    assert "the step from views to clicks keeps the fewest of those who reach it: " in beside.answer
    assert (beside.sure, beside.how_sure[:6]) == ("likely", "Likely")


def test_where_nobody_can_click_that_is_said_and_not_that_numbers_are_missing() -> None:
    dead = "instagram/reel_caption"
    found = ask(*(outcome(reading(1_000, 0, spot=dead, likes=60), spots=(dead,)) for _ in range(4)))
    for code in ("path", "later", "support", "bystanders", "normal", "takes"):
        assert "No post has a link that its viewers can tap or type, so nobody can get through." in found[code].answer
    assert "No new post has a link that its viewers can tap or type, so there is no rate." in found["month"].answer
    for each in found.values():
        assert not re.search(r"(missing|no views yet|note (the|those|them|both))", each.answer), each.code
    assert found["month"].how_sure == "The counts are certain; a rate needs people who can come."
    assert found["path"].settle == found["month"].settle == found["later"].settle
    assert found["path"].settle.startswith("A link where viewers can tap it, or a word")


def gain(clicks: int, views: int | None) -> tuple[outcomes.Gain, outcomes.Gain]:
    none = outcomes.Gain(clicks=0, conversions=0, views=0, likes=0)
    return outcomes.Gain(clicks=clicks, conversions=0, views=views, likes=None), none


def test_the_four_weeks_call_nothing_0_that_nobody_noted_or_reported() -> None:
    unseen = ask(outcome(gains=gain(3, None)))["month"].answer
    assert unseen.startswith("The last four weeks: 3 clicks; 1 post came out. ")
    partly = ask(outcome(gains=gain(3, None)), post(800, 1, gains=gain(1, 800)))["month"].answer
    assert partly.startswith("The last four weeks: at least 800 views and 4 clicks; 2 posts came out. ")
    sold = [post(900, 1, gains=gain(1, 900), conversions=1), post(700, 0, gains=gain(0, 700))]
    assert ask(*sold)["month"].answer.startswith("The last four weeks: 1,600 views, 1 click and 0 conversions; 2 posts")


def test_posts_of_before_that_have_their_views_are_not_asked_for_them() -> None:
    told = ask(post(900, 2, published_at=NOW - 40 * DAY, gains=gain(1, 0)))["month"].answer
    assert told.startswith("The last four weeks: 1 click; 0 posts came out. Without a new post there is no rate ")


def test_a_slip_in_the_views_changes_no_answer_and_is_told() -> None:
    # 12 typed for 12K: with 15 clicks it would be the post to repeat, and would triple the rate.
    slip = outcome(reading(12, 15, likes=900), title="The slip")
    found = ask(slip, *many(8, 1_000, 1, likes=60))
    assert "8 clicks from 8,000 views of 8 posts: about 1 per 1,000" in found["month"].answer
    assert "8,000 views brought 8 clicks, about 1 per 1,000" in found["path"].answer
    assert "8 clicks from 8,000 views, about 1 per 1,000" in found["normal"].answer
    assert "In 28 days 8 posts had 8,000 views" in found["takes"].answer
    assert "480 likes and 8 clicks on 8 posts" in found["support"].answer
    assert found["bystanders"].evidence["posts"] == 8
    for code in ("path", "takes"):
        assert found[code].answer.endswith(" Left out: 1 post with more clicks than views.")
    assert "The slip" not in found["month"].evidence["repeat"] + found["month"].evidence["stop"]
    assert "12 views brought 15 clicks" in ask(slip)["path"].answer, "alone it is all there is"


def test_the_four_weeks_tell_stories_with_a_bio_link_apart_from_reels() -> None:
    month = ask(*many(3, 1_000, 1), outcome(reading(150, 5), kind="story"))["month"]
    assert [(trend["views"], trend["story"]) for trend in month.evidence["trends"]] == [(3_000, False), (150, True)]
    assert month.evidence["trends"][1]["sentence"].startswith("Instagram @me, bio link, on a story: 5 clicks from 150")
    assert [point.label for point in month.picture.points] == [
        "Instagram @me, bio link",
        "Instagram @me, bio link, on a story",
    ]


def test_views_are_not_asked_for_where_nobody_can_click() -> None:
    bare = outcome(spots=())
    assert ask(bare, *many(3, 1_000, 1))["month"].settle.startswith("The next four weeks, ")
    assert ask(outcome(), bare, *many(3, 1_000, 1))["month"].settle.startswith("Note the views of 1 post, ")


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
    sold = replace(stories[0], published_at=PUBLISHED - 28 * DAY)
    assert ask(*silent, sold)["takes"].evidence["visits_per_sale"]["value"] == 20, "sales are those of all time"
    before = [post(2_000, 900, published_at=PUBLISHED - 28 * DAY) for _ in range(9)]
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
    old = [outcome(reading(500, 60, spot=STICKER), spots=(STICKER,), kind="story", published_at=PUBLISHED - 90 * DAY)]
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


def test_a_clear_change_over_four_weeks_is_told() -> None:
    old, new = (
        outcomes.Gain(clicks=30, conversions=4, views=0, likes=0),
        outcomes.Gain(clicks=10, conversions=1, views=0, likes=0),
    )
    before = [post(20_000, 30, published_at=PUBLISHED - 28 * DAY, gains=(new, old)) for _ in range(9)]
    month = ask(*many(9, 20_000, 120), *before)["month"]
    assert month.sure == "likely"
    assert month.answer.startswith(
        "More clicks per view through Instagram @me, bio link. Altogether fewer clicks came: 90, after 270 in the 28 days "
        "before. "
    )
    assert month.how_sure.startswith("Likely, for Instagram @me, bio link: ")
    assert month.evidence["sure_of"] == ["Instagram @me, bio link"]
    assert "4.0 times as much as in the 28 days before" in month.answer
    assert "90 clicks, 270 before" in month.evidence["changes"]
    unclear = ask(*many(9, 900, 1), *before)["month"]
    assert (unclear.sure, "luck does as much" in unclear.how_sure) == ("cannot_tell_yet", True)
    alone = ask(*many(9, 900, 1))["month"]
    assert (alone.sure, "there is no rate of the 28 days before" in alone.how_sure) == ("cannot_tell_yet", True)
    assert alone.evidence["headline"] == "", "of clicks before there were none"
