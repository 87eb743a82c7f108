"""Are we getting anywhere? What is told of the last four weeks and the four before."""

from insight_cast import NOW, ask, many
from outcome_cast import PUBLISHED, outcome, post, reading

from shortlinks import times
from shortlinks.funnels import outcomes


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
    told = ask(post(900, 2, published_at=NOW - 40 * times.DAY, gains=gain(1, 0)))["month"].answer
    assert told.startswith("The last four weeks: 1 click; 0 posts came out. Without a new post there is no rate ")


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


def test_a_clear_change_over_four_weeks_is_told() -> None:
    old, new = (
        outcomes.Gain(clicks=30, conversions=4, views=0, likes=0),
        outcomes.Gain(clicks=10, conversions=1, views=0, likes=0),
    )
    before = [post(20_000, 30, published_at=PUBLISHED - 28 * times.DAY, gains=(new, old)) for _ in range(9)]
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
