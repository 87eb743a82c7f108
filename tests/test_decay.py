import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from shortlinks import decay, stats

AGES = st.lists(st.floats(0, 1), max_size=30)


def seen(half_life: float, until: float, clicks: int, seed: int = 1) -> list[float]:
    """The ages of the clicks that have come by `until`, of a post whose clicks fade with this half-life."""
    ages = np.random.default_rng(seed).exponential(half_life / math.log(2), clicks)
    return [float(age) for age in ages if age <= until]


def test_the_half_life_is_the_likeliest_one() -> None:
    ages, until = seen(3, 6, 200), 6.0

    def unlikely(rate: float) -> float:
        return -sum(math.log(rate) - rate * age - math.log(-math.expm1(-rate * until)) for age in ages)

    best = optimize.minimize_scalar(unlikely, bounds=(1e-3, 5), method="bounded", options={"xatol": 1e-12}).x
    found = decay.half_life(ages, until)
    assert found is not None
    assert found.value == pytest.approx(math.log(2) / best, rel=1e-6)


def test_the_equation_of_the_truncated_mean_holds() -> None:
    ages, until = [0.5, 1.0, 2.0, 2.5], 8.0
    found = decay.half_life(ages, until)
    assert found is not None
    assert found.value is not None
    rate = math.log(2) / found.value
    assert 1 / rate - until / math.expm1(rate * until) == pytest.approx(1.5, rel=1e-6)


@pytest.mark.parametrize("until", [3.0, 6.0, 12.0, 24.0])
def test_it_is_not_too_short_while_clicks_still_come(until: float) -> None:
    """Half of all come in 3 hours. The median of those that have come by 3 hours is 1.25."""
    found = decay.half_life(seen(3, until, 20_000), until)
    assert found is not None
    assert found.value == pytest.approx(3, rel=0.07)


def test_an_interval_holds_the_truth_in_most_cases() -> None:
    held = []
    for seed in range(300):
        found = decay.half_life(seen(3, 9, 40, seed), 9)
        assert found is not None
        held.append((found.low or 0) <= 3 and (found.high is None or found.high >= 3))
    assert 0.91 < sum(held) / 300 < 0.99


def test_clicks_that_do_not_fade_yet_are_still_growing() -> None:
    found = decay.half_life([3, 4, 5], 6)
    assert found is not None
    assert found.growing
    assert (found.value, found.high) == (None, None)
    assert found.low is not None


def test_a_half_life_that_may_still_be_endless_has_no_upper_bound() -> None:
    found = decay.half_life([1, 2, 3, 4], 6)
    assert found is not None
    assert not found.growing
    assert found.value is not None
    assert found.high is None


def test_posts_of_different_age_share_a_half_life() -> None:
    posts = [(seen(3, until, 3_000, seed), until) for seed, until in enumerate((2.0, 5.0, 30.0))]
    found = decay.pooled_half_life(posts)
    assert found is not None
    assert found.value == pytest.approx(3, rel=0.1)
    assert found.clicks == sum(len(ages) for ages, _ in posts)


@pytest.mark.parametrize(("ages", "until"), [([], 6), ([1], 6), ([], 0), ([0, 0], 0)])
def test_too_few_clicks_have_none(ages: list[float], until: float) -> None:
    assert decay.half_life(ages, until) is None


def test_clicks_all_at_once_fade_at_once() -> None:
    found = decay.half_life([0, 0, 0], 6)
    assert found is not None
    assert (found.value, found.low, found.high, found.growing) == (0, 0, 0, False)


@pytest.mark.parametrize(("ages", "until"), [([-1, 2], 6), ([1, 7], 6), ([1, 2], -1), ([math.nan, 1], 6)])
def test_it_refuses_ages_that_cannot_be(ages: list[float], until: float) -> None:
    with pytest.raises(ValueError, match="clicks are between"):
        decay.half_life(ages, until)


@settings(deadline=None)
@given(AGES, st.floats(1e-3, 1e13))
def test_any_ages_give_finite_numbers(shares: list[float], until: float) -> None:
    found = decay.half_life([share * until for share in shares], until)
    assert (found is None) == (len(shares) < 2)
    if found:
        assert found.growing == (found.value is None)
        numbers = [number for number in (found.low, found.value, found.high) if number is not None]
        assert all(0 <= number < math.inf for number in numbers)
        assert numbers == sorted(numbers)


def test_clicks_are_counted_per_1_000_new_views() -> None:
    found = decay.per_1000(3, 500)
    assert found is not None
    assert found.rate == 6
    low, high = stats.wilson(3, 500)
    assert (found.low, found.high) == pytest.approx((1_000 * low, 1_000 * high))


def test_rounded_views_widen_a_rate_per_1_000() -> None:
    found = decay.per_1000(3, 500, 100)
    assert found is not None
    assert found.low == pytest.approx(1_000 * stats.wilson(3, 600)[0])
    assert found.high == pytest.approx(1_000 * stats.wilson(3, 400)[1])


@pytest.mark.parametrize(("views", "off"), [(0, 0), (-20, 0), (100, 100)])
def test_views_that_did_not_grow_for_certain_give_no_rate(views: int, off: int) -> None:
    assert decay.per_1000(4, views, off) is None
