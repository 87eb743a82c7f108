"""Support without buying? Likes beside clicks, and motives by polls alone."""

import re

from insight_cast import POSTS, STORIES, ask, many
from outcome_cast import STICKER, outcome, reading


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


def test_motives_are_told_by_story_polls_alone() -> None:
    votes = {"I forgot": 12, "Not for me": 0, "Can’t afford it now": 1}
    told = ask(*many(5, 1_000, 2, likes=76), votes=votes)["support"].answer
    assert told.endswith("In your story polls 13 people answered: 12 “I forgot” and 1 “Can’t afford it now”.")
    assert "1 person answered" in ask(votes={"I forgot": 1})["support"].answer
    assert "polls" not in ask(votes={"I forgot": 0})["support"].answer
