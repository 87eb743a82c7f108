"""Where does it drop off? The path of each profile with its gaps, and the step that is named."""

from insight_cast import ask, many
from outcome_cast import PUBLISHED, STICKER, outcome, post, reading

from shortlinks import times
from shortlinks.funnels.funnel import Rate


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
    assert (
        "Left out" not in ask(*many(3, 1_000, 1), post(900, 1, published_at=PUBLISHED - 90 * times.DAY))["path"].answer
    )


def test_a_step_that_most_got_through_has_no_bound_above_all() -> None:
    path = ask(*many(5, 20, 1, profile_visits=18))["path"]
    step = path.evidence["paths"][0]["steps"][0]
    assert (step["to"], step["rate"], step["high"]) == ("profile_visits", 0.9, 1.0)


def test_posts_of_before_stand_in_for_a_silent_month() -> None:
    old = [post(1_000, 1, published_at=PUBLISHED - 90 * times.DAY)]
    assert "1 post of all time" in ask(*old)["path"].answer


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
