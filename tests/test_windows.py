"""Clicks from one reading of the views to the next, against the views that were new."""

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from outcome_cast import BIO, PUBLISHED, outcome, reading

from shortlinks import times
from shortlinks.funnels import windows
from shortlinks.funnels.outcomes import Reading

DAY = times.DAY


def rounded(views: int, age: int) -> Reading:
    return replace(reading(views, 0, age=age), precision={"views": 50})


def test_each_window_has_the_clicks_and_views_that_were_new_in_it() -> None:
    found = windows.of(outcome(reading(1_000, 3, age=DAY), reading(5_000, 5, age=7 * DAY)))
    assert [(window.start, window.end, window.new_views, window.clicks) for window in found] == [
        (PUBLISHED, PUBLISHED + DAY, 1_000, 3),
        (PUBLISHED + DAY, PUBLISHED + 7 * DAY, 4_000, 2),
    ]
    assert found[1].per_1000
    assert found[1].per_1000.low < 0.5 < found[1].per_1000.high
    assert found[1].sentence == "2 clicks on 4,000 new views: between 0.14 and 1.8 per 1,000."


def test_none_and_one_are_told_in_their_own_words() -> None:
    first, second, third = windows.of(
        outcome(reading(1_000, 0, age=DAY), reading(1_001, 1, age=2 * DAY), reading(1_001, 2, age=3 * DAY))
    )
    assert first.sentence == "0 clicks on 1,000 new views: very likely under 3.8 per 1,000."
    assert second.sentence.startswith("1 click on 1 new view: between ")
    assert third.sentence == "1 click, and no new views for certain."


def test_clicks_where_viewers_cannot_tap_are_set_against_no_views() -> None:
    for spot in ("instagram/newsletter", "instagram/reel_caption"):
        assert windows.of(outcome(reading(1_000, 3, spot=spot), spots=(spot,))) == []
        assert len(windows.of(outcome(reading(1_000, 3), spots=(spot, BIO)))) == 1
    assert windows.of(outcome(reading(1_000), spots=())) == []


def test_views_that_a_later_reading_takes_back_never_came() -> None:
    first, shrunk = windows.of(outcome(reading(1_000, 3, age=DAY), reading(900, 5, age=2 * DAY)))
    assert (first.new_views, first.clicks) == (900, 3)
    assert (shrunk.new_views, shrunk.clicks, shrunk.per_1000) == (0, 2, None)


def test_a_typing_error_that_was_corrected_leaves_no_growth_behind() -> None:
    readings = [reading(views, 0, age=days * DAY) for days, views in ((1, 500), (2, 12_000), (3, 1_200), (4, 1_500))]
    assert [window.new_views for window in windows.of(outcome(*readings))] == [500, 700, 0, 300]


def test_the_rounding_of_both_readings_stays_where_the_later_one_stands() -> None:
    readings = [rounded(12_400, DAY), reading(12_380, 0, age=2 * DAY)]
    assert [(each.new_views, each.new_views_off) for each in windows.of(outcome(*readings))] == [(12_380, 50), (0, 50)]
    readings = [reading(12_440, 0, age=DAY), rounded(12_400, 2 * DAY)]
    assert [(each.new_views, each.new_views_off) for each in windows.of(outcome(*readings))] == [(12_400, 50), (0, 100)]


def test_a_reading_before_the_post_was_out_makes_no_window_backwards() -> None:
    (window,) = windows.of(outcome(reading(10, 1, age=-DAY)))
    assert (window.start, window.end) == (PUBLISHED, PUBLISHED)


def test_a_window_is_called_by_how_old_the_post_was() -> None:
    ages = (-3 * times.HOUR, -times.HOUR, times.SECOND, 2 * times.MINUTE, DAY, 7 * DAY)
    found = windows.of(outcome(*(reading(10 + place, 0, age=age) for place, age in enumerate(ages))))
    assert [window.title(PUBLISHED) for window in found] == [
        "Before it was out",
        "3 hours to 60 minutes before it was out",
        "The first minute",
        "1 minute to 2 minutes",
        "2 minutes to 24 hours",
        "24 hours to 7 days",
    ]


def test_a_window_is_called_by_the_age_that_is_nearest() -> None:
    readings = (reading(views, 0, age=age) for views, age in ((10, round(3.9 * DAY)), (20, round(6.6 * DAY))))
    assert [window.title(PUBLISHED) for window in windows.of(outcome(*readings))] == [
        "The first 4 days",
        "4 days to 7 days",
    ]


numbers = st.integers(0, 10**12)
readings = st.lists(st.builds(reading, numbers, numbers, age=st.integers(-DAY, 400 * DAY)), max_size=6)


@settings(deadline=None, max_examples=60)
@given(readings.map(lambda found: sorted(found, key=lambda each: each.at)))
def test_any_readings_give_a_sentence_and_plain_json(found: list[Reading]) -> None:
    for window in windows.of(outcome(*found)):
        json.dumps(window.to_dict(), allow_nan=False)
        assert window.sentence.endswith(".")
    assert sum(window.new_views for window in windows.of(outcome(*found))) == (found[-1].views if found else 0)
