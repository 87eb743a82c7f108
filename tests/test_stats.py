import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from shortlinks.statistics import stats

BIG = 10**12
LEVELS = (0.5, 0.8, 0.95, 0.99, 0.9999)


# Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3, as printed to four decimals.
@pytest.mark.parametrize(
    ("count", "base", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_worked_examples(count: int, base: int, low: float, high: float) -> None:
    assert stats.wilson(count, base) == pytest.approx((low, high), abs=5e-5)


# Ulm (1990), American Journal of Epidemiology 131:373-375, and the tables of Garwood's limits in textbooks.
@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (3, 0.6187, 8.767), (10, 4.795, 18.39)]
)
def test_the_exact_poisson_interval_gives_the_published_limits(count: int, low: float, high: float) -> None:
    assert stats.poisson_exact(count, 1) == pytest.approx((low, high), abs=5e-3)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("count", "base"),
    [(0, 1), (1, 1), (0, 5_000), (3, 400), (9, 12_400), (12, 12), (11, 12), (1, 10**9), (10**9 - 1, 10**9)],
)
def test_wilson_equals_the_reference(count: int, base: int, level: float) -> None:
    interval = reference.binomtest(count, base).proportion_ci(level, method="wilson")
    assert stats.wilson(count, base, level) == pytest.approx((interval.low, interval.high), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("count", [0, 1, 2, 5, 19, 31, 60, 99, 100, 101, 102, 300, 1_000, 54_321, 10**7, BIG])
def test_the_exact_poisson_interval_equals_the_reference(count: int, level: float) -> None:
    tail = (1 - level) / 2
    low = reference.gamma.ppf(tail, count) if count else 0.0
    high = reference.gamma.isf(tail, count + 1)
    assert stats.poisson_exact(count, 1, level) == pytest.approx((low, high), rel=1e-6)
    assert stats.poisson_exact(count, 40, level) == pytest.approx((low / 40, high / 40), rel=1e-6)


def test_the_two_ways_to_the_poisson_interval_meet() -> None:
    at_the_seam = [stats.poisson_exact(count, 1) for count in range(98, 104)]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(at_the_seam)]
    assert all(0.85 < low < 1.0 < high < 1.15 for low, high in steps)


def test_a_rate_is_a_share_until_there_is_more_than_one_each() -> None:
    assert stats.rate(9, 12_400).method == "wilson"
    assert stats.rate(7, 7).method == "wilson"
    assert stats.rate(8, 7).method == "poisson_exact"
    assert stats.rate(8, 7).high > 1


def test_a_rate_carries_its_level_and_its_interval() -> None:
    estimate = stats.rate(9, 12_400)
    assert estimate.rate == 9 / 12_400
    assert (estimate.low, estimate.high) == pytest.approx((0.000382, 0.001379), abs=1e-6)
    assert estimate.level == 0.95
    assert stats.rate(9, 12_400, 0.8).high < estimate.high


@settings(deadline=None)
@given(st.integers(0, BIG), st.integers(1, BIG), st.sampled_from(LEVELS))
def test_a_rate_lies_within_its_interval_for_any_counts(count: int, base: int, level: float) -> None:
    estimate = stats.rate(count, base, level)
    assert all(math.isfinite(number) for number in (estimate.rate, estimate.low, estimate.high))
    assert 0 <= estimate.low <= estimate.rate <= estimate.high
    if count <= base:
        assert estimate.high <= 1


@settings(deadline=None)
@given(st.integers(1, BIG), st.data())
def test_a_share_has_bounds_within_0_and_1_that_are_not_at_the_edge_by_chance(base: int, data: st.DataObject) -> None:
    count = data.draw(st.one_of(st.integers(0, min(base, 30)), st.integers(max(0, base - 30), base)))
    low, high = stats.wilson(count, base)
    assert 0 <= low <= count / base <= high <= 1
    assert (low == 0) == (count == 0)
    assert high == 1 or count < base


@settings(deadline=None)
@given(st.integers(0, 2_000), st.integers(1, 10**6))
def test_more_clicks_never_lower_a_bound(count: int, base: int) -> None:
    first, second = stats.poisson_exact(count, base), stats.poisson_exact(count + 1, base)
    assert first[0] < second[0]
    assert first[1] < second[1]


@pytest.mark.parametrize(("count", "base"), [(-1, 5), (6, 5), (0, 0), (0, -1)])
def test_it_refuses_what_is_no_share(count: int, base: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        stats.wilson(count, base)


@pytest.mark.parametrize(("count", "exposure"), [(-1, 5.0), (1, 0.0), (1, -2.0), (1, math.nan)])
def test_it_refuses_what_is_no_rate(count: int, exposure: float) -> None:
    with pytest.raises(ValueError, match="no rate"):
        stats.poisson_exact(count, exposure)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, 95.0, math.nan])
def test_it_refuses_a_level_that_is_no_chance(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        stats.wilson(1, 2, level)
    with pytest.raises(ValueError, match="level"):
        stats.poisson_exact(1, 2, level)


def test_gabielkovs_clicks_per_potential_view() -> None:
    """Gabielkov and others (2016), SIGMETRICS: 9.6 million clicks on 75 billion potential views."""
    estimate = stats.rate(9_600_000, 75_000_000_000)
    assert estimate.rate == pytest.approx(0.000128, rel=1e-9)
    interval = reference.binomtest(9_600_000, 75_000_000_000).proportion_ci(0.95, method="wilson")
    assert (estimate.low, estimate.high) == pytest.approx((interval.low, interval.high), rel=1e-6)


def test_no_click_is_a_result() -> None:
    assert stats.rate(0, 5_000).low == 0
    assert stats.rate(0, 5_000).high == pytest.approx(0.00077, abs=1e-5)


def test_rounding_widens_an_interval_at_both_ends() -> None:
    sharp, rounded = stats.rate(9, 12_400), stats.rate(9, 12_400, base_off=50)
    assert rounded.rate == sharp.rate
    assert rounded.low == stats.wilson(9, 12_450)[0]
    assert rounded.high == stats.wilson(9, 12_350)[1]
    likes = stats.rate(1_200, 12_400, count_off=50, base_off=50)
    assert (likes.low, likes.high) == (stats.wilson(1_150, 12_450)[0], stats.wilson(1_250, 12_350)[1])


def test_rounding_that_leaves_no_view_still_has_a_bound() -> None:
    assert stats.rate(3, 5, base_off=50).high == stats.poisson_exact(3, 1)[1]


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 10**5), st.integers(0, 10**5))
def test_rounding_never_narrows(count: int, base: int, count_off: int, base_off: int) -> None:
    sharp, rounded = stats.rate(count, base), stats.rate(count, base, count_off=count_off, base_off=base_off)
    assert 0 <= rounded.low <= sharp.low
    assert sharp.high <= rounded.high < math.inf


@pytest.mark.parametrize("numbers", [(-1, 2), (1, -2), (1, 2, -1), (1, 2, 0, -1)])
def test_it_refuses_a_sample_of_less_than_nothing(numbers: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="no sample"):
        stats.Sample(*numbers)


def test_samples_add_up() -> None:
    assert stats.total([stats.Sample(1, 10, 0, 5), stats.Sample(2, 30, 1, 50)]) == stats.Sample(3, 40, 1, 55)
    assert stats.total([]) == stats.Sample(0, 0)
