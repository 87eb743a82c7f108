import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference
from statsmodels.duration.survfunc import SurvfuncRight

from shortlinks.funnels import decay
from shortlinks.statistics import stats

AGES = (0.0, 1, 3, 6, 12, 24, 48, 72, 168, 336, 672)
POSTS = st.lists(st.lists(st.integers(0, 10**12), max_size=len(AGES)).map(sorted), max_size=12)

TAYLOR_ASHE = (
    (357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463),
    (352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085),
    (290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315),
    (310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268),
    (443160, 1136350, 2128333, 2897821, 3402672, 3873311),
    (396132, 1333217, 2180715, 2985752, 3691712),
    (440832, 1288463, 2419861, 3483130),
    (359480, 1421128, 2864498),
    (376686, 1363294),
    (344014,),
)


def seen(hours: float, until: float, clicks: int, seed: int = 1) -> list[int]:
    """How many clicks have come by each age that the post has reached, when half of all come within so many hours."""
    ages = np.random.default_rng(seed).exponential(hours / math.log(2), clicks)
    return [int((ages <= age).sum()) for age in AGES if age <= until]


def test_shares_are_those_of_the_published_triangle() -> None:
    """The factors from age to age in Mack (1993), ASTIN Bulletin 23:213-225, table 1."""
    found = decay.shares(TAYLOR_ASHE, 9)
    factors = [by / before for before, by in itertools.pairwise(found)]
    published = [3.491, 1.747, 1.457, 1.174, 1.104, 1.086, 1.054, 1.077, 1.018]
    assert factors == pytest.approx(published, abs=5.1e-4)


def test_shares_are_the_product_limit_of_statsmodels() -> None:
    """Seen back from the oldest age, what is cut off at the right enters late at the left."""
    draw = np.random.default_rng(4)
    reached = draw.integers(3, 11, 40)
    posts, back, entered = [], [], []
    for last in reached:
        came = [int(place) for place in draw.geometric(0.25, 12) if place <= last]
        posts.append([sum(place <= each for place in came) for each in range(last + 1)])
        back += [10 - place for place in came]
        entered += [10 - last - 0.5 for _ in came]
    fitted = SurvfuncRight(np.array(back), np.ones(len(back)), entry=np.array(entered))
    # Left of it in time is later in age: so many had come by an age as have not come back to it.
    expected = dict(zip((10 - fitted.surv_times).tolist(), fitted.surv_prob.tolist(), strict=True))
    found = decay.shares(posts, 10)
    assert len(expected) > 8
    for place, share in expected.items():
        assert found[int(place) - 1] == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize("hours", [0.5, 2, 10, 20, 50, 100])
@pytest.mark.parametrize("youngest", [1.0, 168.0, 672.0])
def test_it_is_not_too_short_while_clicks_still_come(hours: float, youngest: float) -> None:
    """Of posts an hour old the middle of the clicks so far would be half an hour at most."""
    posts = [seen(hours, until, 20_000, seed) for seed, until in enumerate([youngest] * 20 + [672.0] * 5)]
    found = decay.half_life(AGES, posts)
    assert found is not None
    assert found.until == 672
    assert found.value == pytest.approx(hours, rel=0.03)
    assert found.low < found.value < (found.high or math.inf)


def test_a_single_post_has_the_luck_of_each_of_its_clicks() -> None:
    came = [0, 10, 30, 50, 80, 100]
    found = decay.half_life(AGES, [came])
    assert found is not None
    assert (found.posts, found.clicks, found.until, found.value) == (1, 100, 24, 6)
    off = 0.5 / math.sqrt(99) * reference.t.ppf(0.975, 99)
    low, high = (0.5 - off - 0.3) / 0.2, (0.5 + off - 0.5) / 0.3
    assert found.low == pytest.approx(3 + 3 * math.log(0.7 / (0.7 - 0.2 * low)) / math.log(0.7 / 0.5), rel=1e-9)
    assert found.high == pytest.approx(6 + 6 * math.log(0.5 / (0.5 - 0.3 * high)) / math.log(0.5 / 0.2), rel=1e-9)


def test_posts_that_differ_make_it_less_sure_than_their_clicks() -> None:
    quick, slow, middle = [0, 10, 20, 40, 45, 50], [0, 2, 6, 10, 21, 50], [0, 6, 13, 25, 33, 50]
    apart, alike, single = (
        decay.half_life(AGES, posts) for posts in ([quick, slow] * 5, [middle] * 10, [[10 * by for by in middle]])
    )
    assert apart is not None
    assert alike is not None
    assert single is not None
    assert apart.value == alike.value == single.value == 6
    assert apart.low < 0.9 * alike.low < 0.9 * single.low
    assert (apart.high or math.inf) > 1.1 * (alike.high or math.inf) > 1.1 * (single.high or math.inf)


def test_posts_whose_clicks_come_after_the_age_that_few_have_reached_have_none() -> None:
    assert decay.half_life(AGES, [*[[0, 0, 3]] * 4, [0, 0]]) is None


@pytest.mark.parametrize(
    "posts",
    [[], [[]], [[0]], [[4, 4]] * 4, [[0, 4]], [[0, 0, 0, 3]] * 4 + [[0, 0, 1], [0, 1]], [[0, 0, 0]] * 9, [[9]] * 9],
)
def test_too_few_clicks_have_none(posts: list[list[int]]) -> None:
    assert decay.half_life(AGES, posts) is None


@settings(deadline=None)
@given(POSTS)
def test_any_posts_give_finite_numbers(posts: list[list[int]]) -> None:
    found = decay.half_life(AGES, posts)
    if found:
        numbers = [number for number in (found.low, found.value, found.high) if number is not None]
        assert all(0 <= number <= found.until for number in numbers)
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
