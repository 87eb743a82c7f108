import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from shortlinks.statistics import association, quasi

Rows = list[tuple[int, int, int]]


def made(posts: int, *, slope: float = 0.0, seed: int = 1) -> Rows:
    draw = np.random.default_rng(seed)
    views = np.exp(draw.normal(8, 0.8, posts)).astype(int) + 1
    liked = draw.normal(size=posts)
    likes = draw.poisson(views * 0.06 * np.exp(0.5 * liked))
    clicks = draw.poisson(views * 0.005 * np.exp(slope * liked) * draw.gamma(2.8, 1 / 2.8, posts))
    return [(int(a), int(b), int(c)) for a, b, c in zip(views, likes, clicks, strict=True)]


@pytest.mark.parametrize("numbers", [[], [3], [5, 1, 4], [2, 2, 2], [1, 0, 0, 7, 1, 0]])
def test_ranks_are_the_references(numbers: list[float]) -> None:
    assert association.ranks(numbers) == list(reference.rankdata(numbers))


def test_the_correlation_of_ranks_is_spearmans() -> None:
    a, b = [1, 5, 2, 2, 9, 0, 4], [3, 3, 1, 8, 9, 0, 2]
    found = association.correlation(association.ranks(a), association.ranks(b))
    assert found == pytest.approx(reference.spearmanr(a, b).statistic, abs=1e-12)
    assert association.correlation([1, 1, 1], [1, 2, 3]) == 0


def test_r_is_the_partial_correlation_of_three_spearman_ones() -> None:
    rows = made(40)
    views, likes = [row[0] for row in rows], [row[1] for row in rows]
    rates = [row[2] / row[0] for row in rows]
    rate_likes, rate_views, likes_views = (
        reference.spearmanr(a, b).statistic for a, b in ((rates, likes), (rates, views), (likes, views))
    )
    partial = (rate_likes - rate_views * likes_views) / math.sqrt((1 - rate_views**2) * (1 - likes_views**2))
    assert association.bystanders(rows).r == pytest.approx(partial, abs=1e-10)


def test_p_is_near_what_students_t_gives() -> None:
    found = association.bystanders(made(60, slope=-0.15, seed=4))
    t = found.r * math.sqrt(57 / (1 - found.r**2))
    assert found.p == pytest.approx(2 * reference.t.sf(abs(t), 57), abs=0.03)
    assert found.low == pytest.approx(-1.96 / math.sqrt(59), rel=0.15)
    assert found.high == pytest.approx(1.96 / math.sqrt(59), rel=0.15)


def test_fewer_clicks_with_more_likes_are_claimed_and_measured() -> None:
    found = association.bystanders(made(80, slope=-0.5))
    assert found.claim
    assert found.r < found.low < 0
    assert found.effect is not None
    assert found.effect.high < 1


def test_nothing_is_claimed_under_25_posts() -> None:
    rows = [(1_000, 10 * index, 100 - 4 * index) for index in range(24)]
    few, enough = association.bystanders(rows), association.bystanders([*rows, (1_000, 240, 2)])
    assert few.r == pytest.approx(-1)
    assert (few.claim, few.effect) == (False, None)
    assert enough.claim
    assert enough.p == pytest.approx(0.001)


def test_more_clicks_with_more_likes_are_never_claimed() -> None:
    found = association.bystanders(made(80, slope=0.5))
    assert found.p < 0.05
    assert not found.claim


def test_the_same_rows_give_the_same_answer() -> None:
    rows = made(30)
    assert association.bystanders(rows) == association.bystanders(rows)
    assert association.bystanders(rows, seed=1).low != association.bystanders(rows, seed=2).low


@pytest.mark.parametrize("seed", range(3))
def test_the_fit_equals_the_reference(seed: int) -> None:
    rows = made(50, slope=-0.3, seed=seed)
    columns = [[1.0, math.log2(likes + 1), math.log2(views)] for views, likes, _ in rows]
    counts, offsets = [row[2] for row in rows], [math.log(row[0]) for row in rows]
    theirs = sm.GLM(counts, np.array(columns), family=sm.families.Poisson(), offset=offsets).fit(
        cov_type="HC0", tol=1e-12
    )
    ours = quasi.fit(columns, counts, offsets)
    assert ours is not None
    assert ours[0][1:] == pytest.approx(list(theirs.params)[1:], rel=1e-3)
    errors = theirs.bse * math.sqrt(50 / 47)
    assert ours[1][1:] == pytest.approx(list(errors)[1:], rel=1e-3)
    effect = quasi.doubling(rows)
    reach = reference.t.ppf(0.975, 47) * errors[1]
    assert effect is not None
    assert (effect.factor, effect.low, effect.high) == pytest.approx(
        [math.exp(theirs.params[1] + off) for off in (0, -reach, reach)], rel=1e-3
    )


def test_the_effect_does_not_deny_the_test() -> None:
    told = [association.bystanders(made(30, slope=-0.3, seed=seed)) for seed in range(40)]
    assert {found.claim for found in told} == {True, False}
    for found in told:
        high = found.effect.high if found.effect else 1.0
        assert high <= 1 if found.claim else high >= 1


def test_what_does_not_vary_has_no_effect() -> None:
    assert quasi.doubling([(1_000, 50, index % 3) for index in range(30)]) is None
    assert quasi.doubling([(1_000 + index, index, 0) for index in range(30)]) is None
    assert quasi.doubling([(1_000, 3, 1)] * 3) is None


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [(1_000, 50, 2)],
        [(1_000, 50, 2)] * 40,
        [(0, 50, 2)] * 40,
        [(1_000, index, 0) for index in range(40)],
        [(100 * (index + 1), 10 * (index + 1), index) for index in range(40)],
    ],
)
def test_rows_that_tell_nothing_are_no_link(rows: Rows) -> None:
    found = association.bystanders(rows)
    assert (found.r, found.p, found.claim) == (0.0, 1.0, False)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(*[st.integers(0, 9) | st.integers(0, 10**12)] * 3), max_size=40))
def test_any_rows_give_finite_numbers(rows: Rows) -> None:
    found = association.bystanders(rows)
    assert -1 <= found.low <= found.high <= 1
    assert -1 <= found.r <= 1
    assert 0 < found.p <= 1
    if found.effect:
        assert 0 < found.effect.low <= found.effect.factor <= found.effect.high < math.inf


def test_it_refuses_numbers_below_0() -> None:
    with pytest.raises(ValueError, match="not negative"):
        association.bystanders([(1_000, -1, 2)])
