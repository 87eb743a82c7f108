"""The step furthest below the usual one; silent where the usual range explains it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outcome_cast import BIO, STICKER, outcome, reading

from shortlinks import times
from shortlinks.funnels import expectation, leaks
from shortlinks.funnels.outcomes import Outcome


def usual(number: int = 8, **changes: int) -> list[Outcome]:
    """Posts of 10,000 views, 400 profile visits, 80 clicks and 8 sales, a little apart from each other."""
    counts = {"views": 10_000, "profile_visits": 400, "clicks": 80, "conversions": 8} | changes
    return [
        outcome(reading(**{name: count * (90 + 3 * index) // 100 for name, count in counts.items()}))
        for index in range(number)
    ]


def found(**counts: int) -> leaks.Leak | None:
    own = {"views": 10_000, "profile_visits": 400, "clicks": 80, "conversions": 8} | counts
    return leaks.biggest(outcome(reading(**own)), usual())


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"profile_visits": 60, "clicks": 12, "conversions": 1}, ("views", "profile_visits")),
        ({"clicks": 11, "conversions": 1}, ("profile_visits", "clicks")),
        ({"conversions": 0}, ("clicks", "conversions")),
        ({"profile_visits": 200, "clicks": 6, "conversions": 0}, ("profile_visits", "clicks")),
    ],
)
def test_it_names_the_step_at_which_most_is_lost(changes: dict[str, int], step: tuple[str, str]) -> None:
    leak = found(**changes)
    assert leak is not None
    assert (leak.above, leak.below) == step


@pytest.mark.parametrize("changes", [{}, {"clicks": 66, "conversions": 6}, {"clicks": 150, "conversions": 16}])
def test_it_is_silent_where_the_usual_range_explains_it(changes: dict[str, int]) -> None:
    assert found(**changes) is None


@pytest.mark.parametrize("counts", [{"profile_visits": 60}, {"profile_visits": 5_000}])
def test_no_step_up_to_the_clicks_leaks_where_they_are_as_expected(counts: dict[str, int]) -> None:
    assert found(**counts) is None
    unsold = found(**counts, conversions=0)
    assert unsold is not None
    assert (unsold.above, unsold.below) == ("clicks", "conversions")


def test_a_step_leaks_that_left_fewer_clicks_than_on_average_though_within_their_range() -> None:
    varied = [
        outcome(reading(10_000, clicks, profile_visits=visits, conversions=8))
        for visits, clicks in ((100, 20), (1_000, 200), (500, 100), (250, 50), (1_600, 320), (160, 32))
    ]
    few = outcome(reading(10_000, 40, profile_visits=800, conversions=4))
    assert expectation.of_outcome(few, varied).verdict == "as_expected"
    leak = leaks.biggest(few, varied)
    assert leak is not None
    assert (leak.above, leak.below) == ("profile_visits", "clicks")


def test_where_nobody_can_tell_whose_the_clicks_are_no_step_up_to_them_leaks() -> None:
    shared = outcome(reading(10_000, 11, profile_visits=2_000, conversions=1), elsewhere=60)
    assert expectation.of_outcome(shared, usual()).undecided
    assert leaks.biggest(shared, usual()) is None
    assert leaks.biggest(replace(shared, elsewhere=0), usual()) is not None


def test_its_sentence_says_where_and_what_was_usual() -> None:
    leak = found(clicks=11, conversions=1)
    assert leak is not None
    assert leak.sentence == (
        f"More than usual is lost between your profile and the link: 400 profile visits usually bring you "
        f"{leak.range.low}–{leak.range.high} clicks, here there were 11."
    )
    json.dumps(leak.to_dict(), allow_nan=False)
    assert replace(leak, base=1, count=1).sentence.endswith(" clicks, here there was 1.")


def test_clicks_that_may_be_another_posts_accuse_nobody() -> None:
    own = outcome(reading(10_000, 11, profile_visits=400, conversions=1))
    assert leaks.biggest(own, usual()) is not None
    assert leaks.biggest(replace(own, elsewhere=60), usual()) is None
    unsold = outcome(reading(10_000, 80, profile_visits=400, conversions=0))
    assert leaks.biggest(unsold, usual()) is not None
    assert leaks.biggest(replace(unsold, contested=75), usual()) is None


def test_sales_to_readers_of_a_newsletter_are_not_missed_where_there_was_none() -> None:
    def selling(outside: int, sales: int) -> Outcome:
        whole = replace(reading(10_000, 20, conversions=sales), clicks={BIO: 20, "instagram/newsletter": outside})
        return outcome(whole)

    usual = [selling(100, 10 + number) for number in range(8)]
    assert leaks.biggest(selling(0, 1), usual) is None, "half a sale per viewer's click, and a tenth per click"
    leak = leaks.biggest(selling(100, 0), usual)
    assert leak is not None
    assert (leak.above, leak.below, leak.base) == ("clicks", "conversions", 120)


def test_what_rounding_may_explain_is_no_leak() -> None:
    exact = reading(10_000, 11, profile_visits=400, conversions=1)
    assert leaks.biggest(outcome(exact), usual()) is not None
    assert leaks.biggest(outcome(replace(exact, precision={"profile_visits": 380})), usual()) is None


def test_in_its_first_hours_a_post_has_no_leak() -> None:
    def told(hours: int) -> bool:
        own = reading(10_000, 11, profile_visits=400, conversions=1, age=hours * times.HOUR)
        return leaks.biggest(outcome(own), usual()) is not None

    assert (told(3), told(18)) == (False, True)


def test_who_taps_a_sticker_was_not_on_the_profile() -> None:
    posts = [
        outcome(reading(10_000, clicks, spot=STICKER, profile_visits=400, age=times.DAY), spots=(STICKER,))
        for clicks in (70, 80, 90, 75)
    ]
    own = outcome(reading(10_000, 8, spot=STICKER, profile_visits=400), spots=(STICKER,))
    leak = leaks.biggest(own, posts)
    assert leak is not None
    assert (leak.above, leak.below) == ("views", "clicks")


def test_where_nobody_can_tap_that_is_the_leak_and_no_step_is_named() -> None:
    spots = ("instagram/reel_caption",)
    typed = [outcome(reading(10_000, 80, spot=spots[0]), spots=spots) for _ in range(8)]
    own = reading(10_000, 3, spot=spots[0])
    assert leaks.biggest(outcome(own, spots=spots), typed) is None
    assert leaks.biggest(outcome(own, spots=(*spots, STICKER)), typed) is not None


def test_without_numbers_or_others_there_is_none() -> None:
    assert leaks.biggest(outcome(), usual()) is None
    assert leaks.biggest(outcome(reading(10_000, 0)), []) is None
    assert leaks.biggest(outcome(reading(0, 0)), usual()) is None


numbers = st.integers(0, 10**12)
readings = st.builds(reading, numbers, numbers, profile_visits=numbers, link_taps=numbers, conversions=numbers)


@settings(deadline=None, max_examples=40)
@given(readings.map(outcome), st.lists(readings.map(outcome), max_size=5), numbers, numbers)
def test_any_numbers_give_plain_json(own: Outcome, others: list[Outcome], contested: int, elsewhere: int) -> None:
    leak = leaks.biggest(replace(own, contested=contested, elsewhere=elsewhere), others)
    if leak is not None:
        json.dumps(leak.to_dict(), allow_nan=False)
