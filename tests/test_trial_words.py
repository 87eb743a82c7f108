"""Experiments in words: grammar for one and for many, and nothing that claims too much."""

import pytest

from shortlinks.experiments import trial_words, trials
from shortlinks.statistics.stats import Sample
from shortlinks.words import language, voices


@pytest.mark.parametrize(
    ("question", "arm", "text"),
    [
        ("Say the address.", "yes", "This post: YES – say the address."),
        ("Say the address", "no", "This post: NO – this time do not: say the address."),
        ("A deadline in the caption", "yes", "This post: YES – a deadline in the caption."),
        ("USPs first", "yes", "This post: YES – USPs first."),
    ],
)
def test_the_instruction_says_what_to_do(question: str, arm: str, text: str) -> None:
    assert trial_words.instruction(question, arm) == text


def test_a_german_noun_stays_large_in_the_instruction() -> None:
    with language.speaking(voices.of("de")):
        assert trial_words.instruction("Frist nennen.", "yes") == "Dieser Post: JA – Frist nennen."


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0.03, "about 3 clicks per 100 views"),
        (0.01, "about 1 click per 100 views"),
        (0.0123, "about 1.2 clicks per 100 views"),
        (0.001, "about 1 click per 1,000 views"),
        (0.00055, "about 5.5 clicks per 10,000 views"),
        (1.5, "about 150 clicks per 100 views"),
        (0.0, "no clicks"),
        (1e-12, "hardly any clicks"),
    ],
)
def test_rates_are_told_in_people(rate: float, text: str) -> None:
    assert trial_words.per_views(rate) == text


@pytest.mark.parametrize(
    ("yes", "no", "text"),
    [
        (0, 0, "Day 9 of 28; 0 posts with, 0 without."),
        (1, 0, "Day 9 of 28; 1 post with, 0 without."),
        (5, 4, "Day 9 of 28; 5 posts with, 4 without."),
    ],
)
def test_progress(yes: int, no: int, text: str) -> None:
    assert trial_words.progress(day=9, days=28, yes=yes, no=no) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, ""),
        (1, "Note the views of 1 post, 18 hours or more after publication."),
        (3, "Note the views of 3 posts, 18 hours or more after publication."),
    ],
)
def test_what_is_waited_for(count: int, text: str) -> None:
    assert trial_words.waiting(count) == text


def test_what_is_left_out_is_told_for_one_and_for_many() -> None:
    assert trial_words.left_out(erased=0, unlinked=0, unseen=0) == ""
    assert trial_words.left_out(erased=1, unlinked=2, unseen=3) == (
        "Not in the result: 1 post was erased, 2 posts have no link that their viewers can tap, 3 posts have no views noted."
    )
    assert trial_words.left_out(erased=0, unlinked=1, unseen=0, spot="Bio link") == (
        "Not in the result: 1 post has no link in the spot that counts (Bio link)."
    )


@pytest.mark.parametrize(
    ("platform", "kind", "one", "many"),
    [
        ("instagram", "video", "reel", "reels"),
        ("tiktok", "video", "video", "videos"),
        ("x", "text", "text post", "text posts"),
    ],
)
def test_posts_are_called_what_people_call_them(platform: str, kind: str, one: str, many: str) -> None:
    assert (trial_words.posts(1, platform, kind), trial_words.posts(2, platform, kind)) == (one, many)


def _judged(yes: list[int], no: list[int]) -> str:
    arms = [[Sample(count, 1_000) for count in arm] for arm in (yes, no)]
    return trial_words.verdict(trials.judge(*arms, seed=1))


def test_a_verdict_names_both_arms_the_range_and_luck() -> None:
    text = _judged([9, 8, 11, 9, 10, 9], [1, 2, 0, 1, 1, 2])
    assert text.startswith("With it: 56 clicks in 6,000 views of 6 posts; without: 7 clicks in 6,000 views of 6 posts.")
    assert " It brings more clicks per view. " in text
    assert text.endswith("Luck alone would show this in about 2 of 1,000 such experiments.")
    assert "fewer clicks per view" in _judged([1, 2, 0, 1, 1, 2], [9, 8, 11, 9, 10, 9])


@pytest.mark.parametrize(
    ("yes", "no", "text"),
    [
        ([3, 2, 4, 1, 2, 3], [0, 0, 1, 0, 0, 0], "between 1.9 and 1,600 times the one without."),
        ([90] * 8, [*[0] * 7, 1], "between 110 and 61,000 times the one without."),
        ([0] * 8, [1] * 8, "between 0 and 0.66 times the one without."),
    ],
)
def test_however_large_a_ratio_is_it_is_written_out(yes: list[int], no: list[int], text: str) -> None:
    assert text in _judged(yes, no)


@pytest.mark.parametrize(("yes", "no"), [([], []), ([0], [0]), ([1], [0]), ([3, 2, 4], [2, 2, 3])])
def test_without_a_verdict_it_says_so_and_not_that_there_is_no_difference(yes: list[int], no: list[int]) -> None:
    text = _judged(yes, no)
    assert "Cannot tell" in text
    assert "None" not in text
    assert text.endswith(".")


@pytest.mark.parametrize(
    ("yes", "no", "why"),
    [
        ([0, 0], [0, 0], "nobody has clicked, with it or without"),
        ([4, 5], [], "the views of no post without are known"),
        ([], [4], "the views of no post with it are known"),
        ([], [], "the views of no post with it or without are known"),
        ([3, 2, 4], [2, 2, 3], "luck alone makes differences like this"),
    ],
)
def test_why_it_cannot_tell_is_said(yes: list[int], no: list[int], why: str) -> None:
    assert f"Cannot tell: {why}." in _judged(yes, no)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (16, ""),
        (40, ""),
        (0, "None came out in the last 28 days."),
        (15, "At your pace, 15 in the last 28 days, that takes about 5 weeks: give it as many."),
        (6, "At your pace, 6 in the last 28 days, that takes about 11 weeks: give it as many."),
        (1, "At your pace, 1 in the last 28 days, that takes more than a year."),
    ],
)
def test_how_long_a_plan_takes(count: int, text: str) -> None:
    assert trial_words.pace(count, planned=16, days=28) == text


def test_the_pace_of_somebody_who_began_a_week_ago_is_that_of_a_week() -> None:
    assert trial_words.pace(4, planned=16, days=7) == (
        "At your pace, 4 in the last 7 days, that takes about 4 weeks: give it as many."
    )
    assert trial_words.pace(6, planned=16, days=10).endswith(
        "6 in the last 10 days, that takes about 4 weeks: give it as many."
    )


def test_chances_are_never_called_none_or_certain() -> None:
    for power, share in ((0.0, "less than 1\u00a0%"), (0.999, "over 99\u00a0%"), (0.19, "19\u00a0%")):
        text = trial_words.chance(per_arm=8, platform="instagram", kind="video", views=1_000, rate=0.001, power=power)
        assert f"see a doubling {share} of the time." in text
    one = trial_words.chance(per_arm=5, platform="instagram", kind="story", views=1, rate=0.5, power=0.1)
    assert one.startswith("5 + 5 stories of 1 view at about 50 clicks per 100 views see")
    assert [trial_words.advice(per_arm=8, power=power).split()[1] for power in (0.9, 0.6, 0.2)] == [
        "good",
        "fair",
        "poor",
    ]
