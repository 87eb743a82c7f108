import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize
from scipy import stats as reference

from shortlinks.statistics import mixtures, spread, stats, varying
from shortlinks.statistics.stats import Sample

BIG = 10**12
SAMPLES = st.builds(Sample, *[st.integers(0, 30) | st.integers(0, BIG)] * 2)
ROUNDED = st.builds(Sample, *[st.integers(0, 30) | st.integers(0, BIG)] * 2, st.integers(0, 50), st.integers(0, 50))


def made(posts: int, cv: float, *, rate: float = 0.001, views: int = 100_000, seed: int = 1) -> list[Sample]:
    """Posts whose clicks are as even as the gamma distribution's quantiles, in a luck of their own."""
    draw = np.random.default_rng(seed)
    own = draw.gamma(1 / cv**2, cv**2, posts) if cv else np.ones(posts)
    return [Sample(int(count), views) for count in draw.poisson(rate * views * own)]


def test_the_interval_is_the_exact_poisson_one_where_posts_do_not_differ() -> None:
    same = [Sample(300, BIG // 10**6) for _ in range(200)]
    estimate = spread.pooled(same)
    assert estimate is not None
    assert estimate.method == "gamma_poisson"
    low, high = stats.poisson_exact(60_000, sum(each.base for each in same))
    assert estimate.high - estimate.low == pytest.approx(high - low, rel=0.1)


def test_22_clicks_of_22_000_views_are_about_1_per_660_to_1_per_1600() -> None:
    estimate = spread.pooled([Sample(1, 1_000)] * 22)
    assert estimate is not None
    assert estimate.rate == 0.001
    assert 1 / estimate.high == pytest.approx(660, rel=0.06)
    assert 1 / estimate.low == pytest.approx(1_600, rel=0.06)


def test_posts_that_differ_make_it_wider() -> None:
    even, uneven = spread.pooled([Sample(20, 1_000)] * 10), spread.pooled([Sample(2, 1_000), Sample(38, 1_000)] * 5)
    assert even is not None
    assert uneven is not None
    assert even.rate == uneven.rate
    assert uneven.low < even.low * 0.9
    assert uneven.high > even.high * 1.1


@pytest.mark.parametrize(("count", "cv2"), [(0, 0.36), (1, 0.36), (7, 0.02), (22, 1.4), (5_000, 0.1)])
def test_the_bounds_of_a_mean_are_those_at_which_the_reference_gives_each_tail_its_part(count: int, cv2: float) -> None:
    low, high = mixtures.mean_bounds(count, [(cv2, 1.0)], 0.95)

    def shape(mean: float) -> tuple[float, float]:
        return 1 / cv2, 1 / (1 + cv2 * mean)

    assert reference.nbinom.cdf(count, *shape(high)) == pytest.approx(0.025, abs=1e-8)
    if count:
        assert reference.nbinom.sf(count - 1, *shape(low)) == pytest.approx(0.025, abs=1e-8)
    else:
        assert low == 0


@pytest.mark.parametrize("mean", [0.3, 2.0, 60.0, 4_000.0])
@pytest.mark.parametrize("shape", [0.3, 2.0, 50.0])
def test_counts_are_the_references_negative_binomial_ones(mean: float, shape: float) -> None:
    for chance in (0.05, 0.1, 0.51, 0.8, 0.9, 0.99):
        assert mixtures.quantile(chance, ((1.0, mean, shape),)) == reference.nbinom.ppf(
            chance, shape, shape / (shape + mean)
        )
    for count in (0, 1, 7, 3_000):
        assert mixtures.of_one(count, mean, shape) == pytest.approx(
            reference.nbinom.cdf(count, shape, shape / (shape + mean)), abs=1e-9
        )


def test_the_spread_of_many_posts_is_the_likeliest_one() -> None:
    posts = made(400, 0.9)
    counts = np.array([each.count for each in posts])

    def unlikely(of: np.ndarray) -> float:
        mean, shape = math.exp(of[0]), math.exp(of[1])
        return -float(reference.nbinom.logpmf(counts, shape, shape / (shape + mean)).sum())

    best = optimize.minimize(
        unlikely, [math.log(95), 0.3], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-8}
    ).x
    found = spread.fit(posts)
    assert found.cv2 == pytest.approx(math.exp(-best[1]), rel=0.2)  # as fine as the grid


def test_how_well_a_spread_explains_posts_is_the_references_likelihood_over_all_rates() -> None:
    posts = [Sample(110, 7_000), Sample(43, 9_000), Sample(310, 20_000), Sample(92, 30_000)]
    ours = varying.log_likelihoods(posts)

    def theirs(cv2: float) -> float:
        def likely(log_rate: float) -> float:
            means = [math.exp(log_rate) * each.base for each in posts]
            return math.prod(
                float(reference.nbinom.pmf(each.count, 1 / cv2, 1 / (1 + cv2 * mean))) * 100
                for each, mean in zip(posts, means, strict=True)
            )

        return math.log(integrate.quad(likely, -8, -1, limit=200)[0])

    for one, other in ((10, 18), (18, 20)):
        differ = theirs(varying.GRID[one]) - theirs(varying.GRID[other])
        assert ours[one] - ours[other] == pytest.approx(differ, abs=0.06)  # the curve is taken for a normal one


def test_a_spread_is_weighed_at_the_rate_that_fits_best_by_how_widely_that_may_vary() -> None:
    posts = [Sample(110, 7_000), Sample(43, 9_000), Sample(310, 20_000), Sample(92, 30_000)]
    ours = varying.log_likelihoods(posts)

    def theirs(cv2: float) -> float:
        def unlikely(log_rate: float) -> float:
            return -sum(
                float(reference.nbinom.logpmf(each.count, 1 / cv2, 1 / (1 + cv2 * math.exp(log_rate) * each.base)))
                for each in posts
            )

        best = optimize.minimize_scalar(unlikely, bounds=(-9, -2), method="bounded", options={"xatol": 1e-9})
        means = [math.exp(best.x) * each.base for each in posts]
        return -float(best.fun) - math.log(sum(mean / (1 + mean * cv2) for mean in means) + 0.5) / 2

    for one, other in ((10, 18), (18, 20)):
        differ = theirs(varying.GRID[one]) - theirs(varying.GRID[other])
        assert ours[one] - ours[other] == pytest.approx(differ, abs=1e-3)


@pytest.mark.parametrize("posts", [0, 1])
def test_few_posts_leave_the_spread_wide_open(posts: int) -> None:
    found = varying.posterior([[Sample(3, 1_000)] * posts])
    low, middle, high = (math.sqrt(cv2) for cv2, _ in found.likely)
    assert low < 0.3
    assert 0.4 < middle < 1.0
    assert high > 1.5
    assert sum(weight for _, weight in found.likely) == pytest.approx(1.0)


def test_many_posts_leave_it_hardly_any_room() -> None:
    found = varying.posterior([made(400, 0.3)])
    low, _, high = (math.sqrt(cv2) for cv2, _ in found.likely)
    assert 0.24 < low < high < 0.36


def test_the_bounds_of_a_mean_hold_over_all_spreads_that_may_be() -> None:
    spreads = [(0.05, 1 / 6), (0.6, 2 / 3), (7.0, 1 / 6)]
    low, high = mixtures.mean_bounds(9, spreads, 0.95)

    def at_most(count: int, mean: float) -> float:
        return sum(
            weight * float(reference.nbinom.cdf(count, 1 / cv2, 1 / (1 + cv2 * mean))) for cv2, weight in spreads
        )

    assert at_most(9, high) == pytest.approx(0.025, abs=1e-8)
    assert 1 - at_most(8, low) == pytest.approx(0.025, abs=1e-8)


def test_a_post_of_800_views_usually_brings_0_to_2() -> None:
    usual = spread.expected([Sample(count, 1_000) for count in (0, 1, 0, 3, 1, 0, 1, 2, 1, 1)], 800)
    assert usual is not None
    assert (usual.low, usual.high, usual.level, usual.posts) == (0, 2, 0.8, 10)
    assert usual.mean == pytest.approx(0.8)


def test_a_range_is_given_from_the_second_other_post_on() -> None:
    assert spread.expected([Sample(1, 1_000)], 800) is None
    assert spread.expected([Sample(1, 1_000), Sample(0, 0)], 800) is None
    assert spread.expected([Sample(1, 1_000), Sample(0, 1_000)], 800) is not None


def test_a_range_holds_its_part_of_what_the_model_brings_and_no_more_than_it_must() -> None:
    posts = made(40, 0.6, views=3_000)
    usual = spread.expected(posts, 3_000)
    assert usual is not None
    inside = sum(usual.low <= each.count <= usual.high for each in made(20_000, 0.6, views=3_000, seed=2)) / 20_000
    assert 0.77 < inside < 0.90


def test_a_range_holds_over_all_spreads_that_may_be() -> None:
    others = [Sample(4, 1_000), Sample(12, 1_500), Sample(3, 2_000)]
    parts = spread._next(others, 3_000, 0)
    assert parts is not None
    counts = parts.counts(3_000)
    for chance in (0.1, 0.5, 0.9):
        found = mixtures.quantile(chance, counts)
        reaches = [
            sum(
                weight * float(reference.nbinom.cdf(count, shape, shape / (shape + mean)))
                for weight, mean, shape in counts
            )
            for count in (found - 1, found)
        ]
        assert reaches[0] < chance <= reaches[1]


def test_the_spread_that_is_given_is_taken() -> None:
    posts = made(20, 0.6)
    wide, narrow = spread.at_most(posts, 4, 10_000, cv2=2.0), spread.at_most(posts, 4, 10_000, cv2=0.01)
    found = spread.at_most(posts, 4, 10_000)
    assert wide is not None
    assert narrow is not None
    assert found is not None
    assert narrow < found < wide


def test_creators_without_a_click_may_expect_none() -> None:
    usual = spread.expected([Sample(0, 1_000)] * 10, 1_000)
    assert usual is not None
    assert (usual.low, usual.high, usual.mean) == (0, 0, 0.0)


def test_rounded_views_widen_a_range() -> None:
    posts = made(20, 0.6)
    sharp, rounded = spread.expected(posts, 1_000_000), spread.expected(posts, 1_000_000, base_off=500_000)
    assert sharp is not None
    assert rounded is not None
    assert rounded.low < sharp.low < sharp.high < rounded.high


def test_shrunken_rates_are_the_posterior_means() -> None:
    posts = [Sample(0, 20), Sample(1, 20), Sample(30, 10_000), Sample(9, 4_000)]
    means = [0.0] * 4
    for cv2, weight in varying.posterior([posts]).likely:
        rate = optimize.brentq(
            lambda rate, cv2=cv2: sum((each.count - rate * each.base) / (1 + rate * each.base * cv2) for each in posts),
            1e-6,
            1,
        )
        a = 1 / cv2
        means = [
            old + weight * (each.count + a) / (each.base + a / rate) for old, each in zip(means, posts, strict=True)
        ]
    assert spread.shrunk(posts) == pytest.approx(means, rel=1e-5)


def test_1_click_of_20_views_does_not_win() -> None:
    rates = spread.shrunk(
        [Sample(1, 20), Sample(400, 10_000), Sample(40, 10_000), Sample(60, 9_000), Sample(10, 9_000)]
    )
    assert rates[1] == max(rates)


@settings(deadline=None, max_examples=150)
@given(st.lists(ROUNDED, max_size=6))
def test_any_posts_give_finite_numbers(posts: list[Sample]) -> None:
    found, estimate = spread.fit(posts), spread.pooled(posts)
    assert 0 < found.cv2 < 2 * found.cv2_high < math.inf
    assert (found.rate is None) == (estimate is None) == (found.views == 0)
    if estimate:
        assert 0 <= estimate.low <= estimate.rate <= estimate.high < math.inf
    assert all(0 <= rate < math.inf for rate in spread.shrunk(posts))
    assert len(spread.shrunk(posts)) == len(posts)


@settings(deadline=None, max_examples=150)
@given(st.lists(SAMPLES, max_size=5), st.integers(0, BIG), st.integers(0, BIG))
def test_any_posts_give_a_range_or_none(posts: list[Sample], base: int, off: int) -> None:
    usual = spread.expected(posts, base, base_off=off)
    assert (usual is None) == (sum(each.base > 0 for each in posts) < 2)
    if usual:
        assert 0 <= usual.low <= usual.high
        assert math.isfinite(usual.mean)


def test_it_refuses_views_below_0() -> None:
    with pytest.raises(ValueError, match="no views"):
        spread.expected([Sample(1, 10)] * 3, -1)
