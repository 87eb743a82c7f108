"""What a post was to be expected to bring: silent without others, honest at a handful of clicks."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outcome_cast import BIO, outcome, reading

from shortlinks import times
from shortlinks.funnels import expectation, outcomes
from shortlinks.statistics.stats import Sample

QUIET = [Sample(1, 900), Sample(0, 1_100), Sample(2, 1_000), Sample(0, 800), Sample(1, 1_200)]
FROM = "From your 5 other posts like this one"
LOUD = [Sample(93, 40_000), Sample(71, 35_000), Sample(120, 42_000), Sample(60, 38_000), Sample(88, 41_000)]


def test_none_from_few_views_is_as_expected() -> None:
    found = expectation.expect(Sample(0, 800), QUIET)
    assert found.verdict == "as_expected"
    assert (
        found.sentence
        == f"{FROM}: 800 views usually bring you 0 or 1 click; you got 0: as expected, nothing went wrong."
    )


def test_where_a_step_leaks_not_nothing_went_wrong() -> None:
    found = replace(expectation.expect(Sample(0, 800), QUIET), leaking=True)
    assert found.sentence == (
        f"{FROM}: 800 views usually bring you 0 or 1 click; you got 0: as expected, though more than usual is lost at one step."
    )


def test_beside_a_grave_finding_nothing_is_said_of_what_went_wrong() -> None:
    found = replace(expectation.expect(Sample(0, 800), QUIET), blamed=True)
    assert found.sentence == f"{FROM}: 800 views usually bring you 0 or 1 click; you got 0: as expected."


@pytest.mark.parametrize(("hours", "verdict"), [(3, "as_expected"), (17, "as_expected"), (18, "more"), (168, "more")])
def test_the_first_hours_of_a_post_are_called_neither_more_nor_fewer(hours: int, verdict: str) -> None:
    others = [outcome(reading(1_000, 2)) for _ in range(5)]
    found = expectation.of_outcome(outcome(reading(120, 8, age=hours * times.HOUR)), others)
    assert (found.verdict, found.clear, found.undecided) == (verdict, verdict == "more", verdict != "more")
    if found.undecided:
        assert found.heading == "Cannot tell"
        assert found.sentence.endswith(
            "; you got 8 so far, but the first hours bring other people: note the views again 18 hours or more after publication."
        )


def test_few_from_many_views_is_clearly_fewer() -> None:
    found = expectation.expect(Sample(3, 40_000), LOUD)
    assert (found.verdict, found.clear) == ("fewer", True)
    assert found.sentence.startswith(f"{FROM}: 40,000 views usually bring you ")
    assert found.sentence.endswith("; this brought 3: clearly fewer.")


def test_many_from_few_views_is_more() -> None:
    found = expectation.expect(Sample(9, 800), QUIET)
    assert (found.verdict, found.clear) == ("more", True)
    assert found.sentence.endswith("; this brought 9: clearly more.")


def test_one_post_that_went_viral_makes_the_others_no_exceptions() -> None:
    usual = [Sample(10 + 4 * (number % 3), 1_000 + 400 * (number % 3)) for number in range(20)]
    viral = Sample(1_000, 1_000_000)
    found = expectation.expect(Sample(20, 2_000), [*usual, viral])
    assert found.verdict == "as_expected"
    assert expectation.expect(Sample(2, 2_000), [*usual, viral]).verdict == "fewer"


def test_just_outside_is_not_called_clear() -> None:
    inside = expectation.expect(Sample(60, 40_000), LOUD).range
    assert inside
    just = expectation.expect(Sample(inside.low - 1, 40_000), LOUD)
    assert (just.verdict, just.clear) == ("fewer", False)
    assert just.sentence.endswith("fewer than usual.")


THIRD = "From your third post like this one on, you see here how many clicks its views usually bring you."
SECOND = "With one more post like this one and its views, you see here how many clicks views usually bring you."
ZERO_VIEWS = "Its views are noted as 0, so nothing can be expected of them: note them again when there are some."
NO_VIEWS = "Note the views of this post: then you see here what they usually bring you."


@pytest.mark.parametrize(
    ("sample", "others", "sentence"),
    [
        (Sample(3, 900), [], THIRD),
        (Sample(3, 900), QUIET[:1], SECOND),
        (None, QUIET, NO_VIEWS),
        (Sample(3, 0), QUIET, ZERO_VIEWS),
        (Sample(3, 0), [], ZERO_VIEWS),
    ],
)
def test_without_history_it_says_what_is_missing(sample: Sample | None, others: list[Sample], sentence: str) -> None:
    found = expectation.expect(sample, others)
    assert (found.verdict, found.range, found.sentence) == ("no_history", None, sentence)


@pytest.mark.parametrize(("least", "most", "verdict"), [(3, 3, "fewer"), (3, 70, "as_expected"), (0, 3, "fewer")])
def test_no_verdict_rests_on_one_end_of_a_shared_bio_link(least: int, most: int, verdict: str) -> None:
    assert expectation.expect(Sample(3, 40_000), LOUD, least=least, most=most).verdict == verdict
    many = expectation.expect(Sample(900, 40_000), LOUD, least=80, most=900)
    assert many.verdict == "as_expected"
    assert many.sentence.endswith("; you got 900, but some of them may be another post’s: the bio link is shared.")
    few = expectation.expect(Sample(3, 40_000), LOUD, least=3, most=70)
    assert few.sentence.endswith("; you got 3, but some of another post’s may be its own: the bio link is shared.")
    assert [(found.undecided, found.heading) for found in (many, few)] == [(True, "Cannot tell")] * 2
    assert many.to_dict()["undecided"] is True
    assert expectation.expect(Sample(900, 40_000), LOUD, least=900, most=900).verdict == "more"


@pytest.mark.parametrize(
    ("sample", "heading"),
    [
        (Sample(3, 40_000), "Fewer than usual"),
        (Sample(90, 40_000), "As expected"),
        (Sample(900, 40_000), "More than usual"),
        (None, "Not known yet"),
    ],
)
def test_what_is_certain_stands_above_it(sample: Sample | None, heading: str) -> None:
    found = expectation.expect(sample, LOUD)
    assert (found.heading, found.undecided) == (heading, False)


counts = st.integers(0, 10**12)
samples = st.builds(Sample, counts, counts, st.just(0), st.integers(0, 10**9))


@settings(deadline=None, max_examples=60)
@given(samples, st.lists(samples, max_size=6), counts, counts)
def test_any_numbers_give_a_sentence_and_plain_json(own: Sample, others: list[Sample], least: int, most: int) -> None:
    found = expectation.expect(own, others, least=least, most=most)
    json.dumps(found.to_dict(), allow_nan=False)
    assert found.sentence.endswith(".")


LETTER, CAPTION = "instagram/newsletter", "instagram/reel_caption"


@pytest.mark.parametrize(
    ("spots", "why"),
    [
        ((), "No link promotes this post"),
        ((LETTER,), "No link of this post hangs where its viewers are"),
        ((CAPTION,), "Nobody can tap a link in this place (Instagram, caption of a reel)"),
        ((CAPTION, LETTER), "Nobody can tap a link in this place (Instagram, caption of a reel)"),
        (
            ("instagram/comment", CAPTION),
            "Nobody can tap a link in these places (Instagram, comment; Instagram, caption of a reel)",
        ),
    ],
)
def test_without_a_link_that_viewers_can_tap_nothing_is_as_expected(spots: tuple[str, ...], why: str) -> None:
    others = [outcome(reading(400, 8, spot=LETTER), spots=spots) for _ in range(4)]
    found = expectation.of_outcome(outcome(reading(400, 8, spot=LETTER), spots=spots), others)
    assert (found.verdict, found.range) == ("no_history", None)
    assert found.sentence == f"{why}, so the views say nothing about clicks."
    assert found.to_dict()["clicks"] is None


@pytest.mark.parametrize("spot", ["instagram/spoken", "instagram/bio_link"])
def test_a_link_in_reach_beside_one_that_nobody_can_tap_makes_views_count(spot: str) -> None:
    others = [outcome(reading(40_000, 90, spot=spot), spots=(spot,)) for _ in range(4)]
    found = expectation.of_outcome(outcome(reading(40_000, 3, spot=spot), spots=(CAPTION, spot)), others)
    assert (found.verdict, found.barred) == ("fewer", "")


def test_the_clicks_of_a_shared_bio_link_are_held_against_both_ends() -> None:
    others = [outcome(reading(40_000, 90)) for _ in range(6)]
    assert expectation.of_outcome(outcome(reading(40_000, 3)), others).verdict == "fewer"
    assert expectation.of_outcome(outcome(reading(40_000, 3), elsewhere=70), others).verdict == "as_expected"
    assert expectation.of_outcome(outcome(reading(40_000, 900), contested=820), others).verdict == "as_expected"


def test_luck_on_a_shared_bio_link_is_that_of_the_end_that_is_less_far_off() -> None:
    others = [outcome(reading(40_000, 90)) for _ in range(6)]

    def luck(clicks: int, **shared: int) -> float:
        return expectation.luck(outcome(reading(40_000, clicks), **shared), others)

    assert luck(3, elsewhere=57) == luck(60) < 1
    assert luck(900, contested=770) == luck(130) < 1
    assert luck(3, elsewhere=87, contested=3) == 1


def test_where_nobody_can_tap_tells_ways_apart_only_where_there_is_no_other() -> None:
    both, bio, caption = (outcome(reading(3_000, 4), spots=spots) for spots in ((BIO, CAPTION), (BIO,), (CAPTION,)))
    assert outcomes.way(both) == outcomes.way(bio) != outcomes.way(caption)
    assert outcomes.way(caption)[2] == (CAPTION,)


def test_posts_with_more_clicks_than_views_let_expect_nothing() -> None:
    usual = [outcome(reading(3_000, 4)) for _ in range(2)]
    odd = [outcome(reading(10, 40)), outcome(reading(1, 2))]
    own = outcome(reading(3_000, 3))
    assert outcomes.alike(own, [*usual, *odd]) == usual
    assert outcomes.alike(own, [*odd, *usual], 1) == usual[:1]
    rounded = outcome(replace(reading(1_200, 1_230), precision={"views": 50}))
    assert outcomes.alike(own, [rounded]) == [rounded]
    found = expectation.of_outcome(own, outcomes.alike(own, [*usual, *odd]))
    assert found.range
    assert found.range.high < 20


def test_a_post_with_more_clicks_than_views_is_called_neither_more_nor_fewer() -> None:
    others = [outcome(reading(1_000, 2)) for _ in range(5)]
    found = expectation.of_outcome(outcome(reading(12, 15)), others)
    assert (found.verdict, found.clear, found.undecided, found.heading) == ("as_expected", False, True, "Cannot tell")
    assert found.sentence == (
        f"{FROM}: 12 views usually bring you 0 clicks; this brought 15, more clicks than views: one of the two numbers is not "
        "what it seems, so nothing is said of them."
    )
    young = expectation.of_outcome(outcome(reading(12, 15, age=times.HOUR)), others)
    assert young.sentence == found.sentence
    for own in (outcome(reading(12, 12)), outcome(replace(reading(12, 13), precision={"views": 1}))):
        assert expectation.of_outcome(own, others).verdict == "more"
    shared = outcome(reading(12, 15), contested=3)
    assert not expectation.of_outcome(shared, others).overfull, "three may be of another post's viewers"
    assert [found.shared, young.shared] == [False, False]
    assert expectation.of_outcome(outcome(reading(1_000, 15), contested=15), others).shared
