import re
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortlinks import times
from shortlinks.statistics import stats
from shortlinks.words import wording


def rate(numerator: int, denominator: int, name: str = "clicks_per_view") -> SimpleNamespace:
    """A rate as a funnel has it."""
    estimate = stats.rate(numerator, denominator)
    return SimpleNamespace(
        name=name,
        numerator=numerator,
        denominator=denominator,
        rate=estimate.rate,
        low=estimate.low,
        high=estimate.high,
    )


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (999, "999"), (12_400, "12,400"), (10**12, "1,000,000,000,000")])
def test_it_sets_thousands_apart(value: int, text: str) -> None:
    assert wording.number(value) == text


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [
        (0, "click", "0 clicks"),
        (1, "click", "1 click"),
        (2, "click", "2 clicks"),
        (12_400, "view", "12,400 views"),
        (3, "profile visit", "3 profile visits"),
        (8_100, "reach", "8,100 people reached"),
        (1, "reach", "1 person reached"),
    ],
)
def test_it_counts_none_one_and_many(count: int, noun: str, text: str) -> None:
    assert wording.plural(count, noun) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0\u00a0%"),
        (1e-12, "0.0000000001\u00a0%"),
        (0.000044, "0.004\u00a0%"),
        (0.00005, "0.005\u00a0%"),
        (0.0000949, "0.009\u00a0%"),
        (0.0000951, "0.01\u00a0%"),
        (0.0001, "0.01\u00a0%"),
        (0.000382, "0.04\u00a0%"),
        (0.000726, "0.07\u00a0%"),
        (0.001, "0.1\u00a0%"),
        (0.001379, "0.14\u00a0%"),
        (0.0099999, "1\u00a0%"),
        (0.01, "1\u00a0%"),
        (0.0182, "1.8\u00a0%"),
        (0.0751, "7.5\u00a0%"),
        (0.0999, "10\u00a0%"),
        (0.123, "12\u00a0%"),
        (0.5, "50\u00a0%"),
        (0.99, "99\u00a0%"),
        (0.9951, "99.51\u00a0%"),
        (0.9999999, "99.99\u00a0%"),
        (1, "100\u00a0%"),
        (1.5, "150\u00a0%"),
        (123.4, "12,340\u00a0%"),
    ],
)
def test_a_percentage_says_no_more_than_it_knows(share: float, text: str) -> None:
    assert wording.percent(share) == text


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_percentages_keep_the_order_of_the_shares(one: float, other: float) -> None:
    low, high = (float(wording.percent(share).removesuffix("\u00a0%")) for share in sorted((one, other)))
    assert low <= high


@settings(deadline=None)
@given(st.floats(1e-15, 1, exclude_max=True))
def test_only_nothing_is_0_percent_and_only_all_is_100(share: float) -> None:
    assert wording.percent(share) not in ("0\u00a0%", "100\u00a0%")


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (rate(9, 12_400), "9 of 12,400 views, 0.07\u00a0%, between 0.04\u00a0% and 0.14\u00a0%"),
        (rate(931, 12_400, "likes_per_view"), "931 of 12,400 views, 7.5\u00a0%, between 7.1\u00a0% and 8\u00a0%"),
        (rate(0, 5_000), "0 clicks in 5,000 views: very likely under 0.08\u00a0%"),
        (rate(1, 1), "1 of 1 view, between 21\u00a0% and 100\u00a0%"),
        (rate(5, 1_000), "5 of 1,000 views, 0.5\u00a0%, between 0.21\u00a0% and 1.2\u00a0%"),
        (rate(1, 9, "conversions_per_click"), "1 of 9 clicks, between 2\u00a0% and 43\u00a0%"),
        (
            rate(9, 300, "clicks_per_profile_visit"),
            "9 of 300 profile visits, 3\u00a0%, between 1.6\u00a0% and 5.6\u00a0%",
        ),
        (rate(0, 8_100, "clicks_per_reach"), "0 clicks in 8,100 people reached: very likely under 0.05\u00a0%"),
        (rate(0, 1, "link_taps_per_profile_visit"), "0 link taps in 1 profile visit: very likely under 79\u00a0%"),
        (rate(9, 931, "clicks_per_like"), "9 clicks beside 931 likes: about 1 per 100 likes"),
        (rate(6, 6, "clicks_per_like"), "6 clicks beside 6 likes: about 1 for each like"),
        (rate(40, 9, "clicks_per_like"), "40 clicks beside 9 likes: about 4 for each like"),
        (rate(4, 931, "clicks_per_like"), "4 clicks beside 931 likes"),
        (rate(0, 1, "clicks_per_like"), "0 clicks beside 1 like"),
        (rate(1, 2, "visitors_per_click"), "1 visitor made 2 clicks"),
        (rate(8, 9, "visitors_per_click"), "8 visitors made 9 clicks"),
        (rate(14, 9), "14 clicks for 9 views, 156\u00a0%, between 85\u00a0% and 261\u00a0%"),
    ],
)
def test_a_rate_is_a_sentence_with_its_base_and_its_interval(found: SimpleNamespace, sentence: str) -> None:
    assert wording.rate(found) == sentence


@settings(deadline=None)
@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_a_percentage_never_stands_without_its_interval_nor_at_all_below_five_events(
    numerator: int, denominator: int
) -> None:
    sentence = wording.rate(rate(numerator, denominator))
    one, bounds = r".*, [0-9.,]+\u00a0%, ", r"between .*\u00a0% and .*\u00a0%"
    if numerator == 0:
        assert re.fullmatch(r".*: very likely under .*\u00a0%", sentence)
    else:
        assert re.fullmatch(f"{one if numerator >= 5 else '[^%]*, '}{bounds}", sentence)
    assert not re.search(r"nan|inf|e[-+]\d", sentence)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (-5, "less than a minute"),
        (59 * times.SECOND, "less than a minute"),
        (times.MINUTE, "1 minute"),
        (90 * times.MINUTE, "90 minutes"),
        (2 * times.HOUR, "2 hours"),
        (36 * times.HOUR, "36 hours"),
        (48 * times.HOUR, "2 days"),
        (59 * times.DAY, "59 days"),
        (61 * times.DAY, "2 months"),
        (400 * times.DAY, "13 months"),
        (800 * times.DAY, "2 years"),
    ],
)
def test_a_duration_is_told_in_the_largest_unit_of_which_there_are_two(milliseconds: int, text: str) -> None:
    assert wording.duration(milliseconds) == text
    assert wording.age(milliseconds) == f"{text} old"


def bounds(rate: float, low: float, high: float) -> SimpleNamespace:
    return SimpleNamespace(rate=rate, low=low, high=high)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (bounds(22 / 22_000, 13.79 / 22_000, 33.31 / 22_000), "about 1 per 1,000, between 1 per 660 and 1 per 1,600"),
        (bounds(0, 0, 0.000768), "very likely fewer than 1 per 1,300"),
        (bounds(0, 0, 0.793), "very likely under 79\u00a0%"),
        (bounds(0, 0, 0.19), "very likely fewer than 1 per 5"),
        (bounds(0.03, 0.02, 0.045), "about 1 per 33, between 1 per 22 and 1 per 50"),
        (bounds(0.15, 0.1, 0.25), "about 1 per 7, between 25\u00a0% and 1 per 10"),
        (bounds(0.25, 0.2, 0.31), "about 25\u00a0%, between 20\u00a0% and 31\u00a0%"),
        (bounds(0, 0, 0), "none"),
        (bounds(1e-9, 0, 1e-8), "about 1 per 1,000,000,000, between 1 per 100,000,000 and none"),
    ],
)
def test_a_rate_is_told_as_one_in_so_many(found: SimpleNamespace, text: str) -> None:
    assert wording.one_in(found) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (2.04, "twice as"),
        (0.5, "half as"),
        (0.333, "a third as"),
        (0.25, "a quarter as"),
        (3.42, "3.4 times as"),
        (0.62, "0.62 times as"),
        (1, "1.0 times as"),
        (9.97, "10 times as"),
        (123.4, "120 times as"),
        (0.00003, "0.00003 times as"),
    ],
)
def test_a_ratio_is_told_in_words(ratio: float, text: str) -> None:
    assert wording.times_as(ratio) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0, 2, "0–2 clicks"),
        (0, 0, "0 clicks"),
        (1, 1, "1 click"),
        (0, 1, "0 or 1 click"),
        (23, 1_710, "23–1,710 clicks"),
    ],
)
def test_a_span_has_one_noun(low: int, high: int, text: str) -> None:
    assert wording.span(low, high, "click") == text


@pytest.mark.parametrize(
    ("parts", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_things_are_listed_in_one_phrase(parts: list[str], text: str) -> None:
    assert wording.listed(parts) == text
    assert wording.either(["here", "there"]) == "here or there"


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 sales"), (0.04, "0.04 sales"), (1, "1 sale"), (1.8, "1.8 sales"), (2_000, "2,000 sales")]
)
def test_a_number_that_need_not_be_whole_has_its_noun(value: float, text: str) -> None:
    assert wording.measure(value, "sale") == text


def test_a_small_share_keeps_two_digits() -> None:
    assert wording.small_percent(9.6e6 / 75e9) == "0.013\u00a0%"


def test_words_begin_a_sentence_or_stand_within_one() -> None:
    assert (wording.capital("on half"), wording.small("Bio link"), wording.capital("")) == ("On half", "bio link", "")


@pytest.mark.parametrize(("zone", "text"), [("UTC", "1 Jan 2026, 23:05"), ("Europe/Berlin", "2 Jan 2026, 00:05")])
def test_a_moment_is_told_by_the_creators_clocks(zone: str, text: str) -> None:
    assert wording.moment(times.parse("2026-01-01T23:05:59Z", "at"), ZoneInfo(zone)) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        ("exactly ten", "exactly…"),
        ("exactly 10", "exactly 10"),
        ("x" * 11, f"{'x' * 9}…"),
        ("a, bcdefghijk", "a…"),
    ],
)
def test_a_long_text_is_cut_between_words(text, shown):
    assert wording.shortened(text, 10) == shown


def test_a_count_that_may_be_another_has_its_bounds() -> None:
    assert wording.bounded(1_200, 0, 1_300, "click") == "1,200 clicks (at least 0, at most 1,300)"
    assert wording.bounded(1, 1, 1, "click") == "1 click"


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (3.9 * times.DAY, "4 days"),
        (3.4 * times.DAY, "3 days"),
        (2.5 * times.DAY, "3 days"),
        (47.4 * times.HOUR, "47 hours"),
        (47.6 * times.HOUR, "2 days"),
        (59.6 * times.DAY, "2 months"),
        (700 * times.DAY, "23 months"),
        (720 * times.DAY, "2 years"),
        (119.6 * times.MINUTE, "2 hours"),
        (59.6 * times.SECOND, "1 minute"),
        (0, "less than a minute"),
    ],
)
def test_a_duration_may_be_told_to_the_nearest(milliseconds: float, text: str) -> None:
    assert wording.rounded(round(milliseconds)) == text


@pytest.mark.parametrize(
    ("found", "bounds", "line"),
    [
        (rate(11, 12_400), (11, 11), "11 clicks by people from 12,400 views: about 1 per 1,100"),
        (rate(300, 1_000), (300, 300), "300 clicks by people from 1,000 views: about 30\u00a0%"),
        (rate(2, 800), (2, 2), "2 clicks by people from 800 views"),
        (rate(1, 1), (1, 1), "1 click by a person from 1 view"),
        (rate(9, 800), (1, 12), "9 clicks by people (at least 1, at most 12) from 800 views"),
        (rate(0, 800), (0, 2), "0 clicks by people (at least 0, at most 2) from 800 views"),
        (rate(0, 5_000), (0, 0), "0 clicks by people from 5,000 views: very likely fewer than 1 per 1,300"),
        (rate(40, 20), (40, 40), "40 clicks by people from 20 views"),
        (
            rate(5, 10**12),
            (5, 5),
            "5 clicks by people from 1,000,000,000,000 views: about 1 per 200,000,000,000",
        ),
    ],
)
def test_what_views_brought_is_one_line(found: SimpleNamespace, bounds: tuple[int, int], line: str) -> None:
    assert wording.headline(found, *bounds) == line
