"""The gamma-Poisson spread: the chance of so few clicks hangs together with the range."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shortlinks import spread
from shortlinks.stats import Sample


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(1, 100_000), st.sampled_from((0.5, 0.8, 0.9, 0.98)))
def test_the_chance_of_so_few_says_whether_they_are_below_the_range(count: int, views: int, level: float) -> None:
    others = [Sample(20 + number % 9, 10_000) for number in range(12)]
    found, chance = spread.expected(others, views, level), spread.at_most(others, count, views)
    assert found is not None
    assert chance is not None
    assert (chance < (1 - level) / 2) is (count < found.low)
    assert spread.at_most(others[:1], count, views) is None
