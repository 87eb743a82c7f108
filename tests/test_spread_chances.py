"""The gamma-Poisson spread: the chance of so few clicks hangs together with the range."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from shortlinks.statistics import spread
from shortlinks.statistics.stats import Sample


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(1, 100_000), st.sampled_from((0.5, 0.8, 0.9, 0.98)))
def test_the_chance_of_so_few_says_whether_they_are_below_the_range(count: int, views: int, level: float) -> None:
    others = [Sample(20 + number % 9, 10_000) for number in range(12)]
    found, chance = spread.expected(others, views, level), spread.at_most(others, count, views)
    assert found is not None
    assert chance is not None
    assert (chance < (1 - level) / 2) is (count < found.low)
    assert spread.at_most(others[:1], count, views) is None


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(1, 100_000))
def test_so_many_or_fewer_and_more_than_that_are_all_there_is(count: int, views: int) -> None:
    others = [Sample(20 + number % 9, 10_000) for number in range(12)]
    few, many = spread.at_most(others, count, views), spread.at_least(others, count + 1, views)
    assert few is not None
    assert many is not None
    assert math.isclose(few + many, 1.0)
    rounded = spread.at_least(others, count + 1, views, views // 10)
    assert rounded is not None
    assert rounded >= many
    assert spread.at_least(others[:1], count, views) is None
