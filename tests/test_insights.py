"""The answers over all posts together: whatever the numbers, each is sentences and JSON, and says what is missing."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from insight_cast import CODES, NOW, ask, many
from outcome_cast import BIO, PUBLISHED, STICKER, outcome, post, reading

from shortlinks import times
from shortlinks.funnels import outcomes
from shortlinks.funnels.outcomes import Outcome

HOUR, DAY = times.HOUR, times.DAY


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
