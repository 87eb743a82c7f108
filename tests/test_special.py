import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special as functions
from scipy import stats as reference

from shortlinks.statistics import special

SHAPES = (1e-3, 0.2, 1.0, 2.5, 9.99, 10.0, 47.0, 800.0, 5e4)
CHANCES = (1e-6, 0.025, 0.1, 0.5, 0.9, 0.975, 0.9999)
HUGE = (1e-3, 1.0, 30.0, 1e6, 1e9, 1e12)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_gamma_distribution_equals_the_reference(shape: float) -> None:
    for factor in (1e-5, 0.3, 0.9, 1.0, 1.1, 3.0, 20.0):
        assert special.gamma_cdf(shape * factor, shape) == pytest.approx(
            functions.gammainc(shape, shape * factor), abs=1e-10
        )
    for p in CHANCES:
        assert special.gamma_quantile(p, shape) == pytest.approx(functions.gammaincinv(shape, p), rel=1e-8, abs=1e-250)


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("b", SHAPES)
def test_the_beta_distribution_equals_the_reference(a: float, b: float) -> None:
    for x in (1e-9, 0.02, a / (a + b), min(1.3 * a / (a + b), 0.99), 0.5, 0.98, 1 - 1e-9):
        assert special.beta_cdf(x, a, b) == pytest.approx(functions.betainc(a, b, x), abs=1e-10)
    for p in CHANCES:
        assert special.beta_quantile(p, a, b) == pytest.approx(functions.betaincinv(a, b, p), rel=1e-8, abs=1e-250)


@pytest.mark.parametrize("freedom", [1, 4, 57, 10**9])
def test_students_t_equals_the_reference(freedom: int) -> None:
    assert special.t_quantile(0.95, freedom) == pytest.approx(reference.t.ppf(0.975, freedom), rel=1e-7)


@pytest.mark.parametrize("a", HUGE)
@pytest.mark.parametrize("b", HUGE)
def test_huge_shapes_equal_the_reference(a: float, b: float) -> None:
    """As far as SciPy goes: next to shapes of 10^9, summing the series in 50 digits sides with us, at 10^-13."""
    for p in (0.025, 0.5, 0.9):
        x = float(reference.beta.ppf(p, a, b))
        if 1e-300 < x < 0.999:
            assert special.beta_cdf(x, a, b) == pytest.approx(reference.beta.cdf(x, a, b), abs=1e-8)
            assert special.beta_quantile(p, a, b) == pytest.approx(x, rel=1e-7)


def test_far_tails_of_huge_shapes_follow_cornish_and_fisher() -> None:
    """SciPy 1.17's own gammaincinv is off by half a standard deviation here; the expansion is not."""
    shape, z = 158_223_197.9, -4.753424308822899
    assert special.gamma_quantile(1e-6, shape) == pytest.approx(
        shape + z * math.sqrt(shape) + (z * z - 1) / 3, rel=1e-9
    )


def test_odds_keep_their_digits_next_to_1() -> None:
    assert special.beta_odds_quantile(0.5, 1e12, 1.0) == pytest.approx(1e12 / math.log(2), rel=1e-9)
    assert special.beta_odds_quantile(0.1, 3.0, 4.0) == pytest.approx(reference.betaprime.ppf(0.1, 3, 4), rel=1e-9)


@pytest.mark.parametrize(("count", "whole", "share"), [(0, 9, 0.2), (9, 9, 0.2), (3, 17, 0.5), (40, 100, 0.31)])
def test_a_binomial_chance_equals_the_reference(count: int, whole: int, share: float) -> None:
    assert special.binomial_log_pmf(count, whole, share) == pytest.approx(
        reference.binom.logpmf(count, whole, share), abs=1e-11
    )


@settings(deadline=None)
@given(st.floats(1e-6, 1 - 1e-6), st.floats(-3, 12), st.floats(-3, 12))
def test_a_quantile_leads_back_to_its_chance(p: float, a: float, b: float) -> None:
    x = special.beta_quantile(p, 10**a, 10**b)
    assert 0 <= x <= 1
    if 1e-300 < x < 0.9:  # nearer to 1, the float itself is too coarse
        assert special.beta_cdf(x, 10**a, 10**b) == pytest.approx(p, abs=1e-6)
    x = special.gamma_quantile(p, 10**a)
    assert x == 0 or special.gamma_cdf(x, 10**a) == pytest.approx(p, abs=1e-6)


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(1e-3, 1e12), st.floats(1e-3, 1e12), st.floats(0, 1e13))
def test_every_chance_is_one(x: float, a: float, b: float, large: float) -> None:
    assert 0 <= special.beta_cdf(x, a, b) <= 1
    assert 0 <= special.gamma_cdf(large, a) <= 1


@pytest.mark.parametrize("p", [0.0, 1.0, -0.5, math.nan])
def test_it_refuses_what_is_no_chance(p: float) -> None:
    with pytest.raises(ValueError, match="no quantile"):
        special.gamma_quantile(p, 2)
    with pytest.raises(ValueError, match="no quantile"):
        special.beta_quantile(p, 2, 3)


@pytest.mark.parametrize("shape", [0.0, -1.0, math.nan])
def test_it_refuses_what_is_no_shape(shape: float) -> None:
    with pytest.raises(ValueError, match="shape"):
        special.gamma_cdf(1, shape)
    with pytest.raises(ValueError, match="shape"):
        special.beta_cdf(0.5, 1, shape)
