"""When posts gain views, and whose click a click on a shared bio link may be."""

import itertools
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortlinks import times
from shortlinks.funnels import bio_range

PUBLISHED = 1_795_000_000_000
MINUTE = times.MINUTE


def snapshot(taken_at: int, *, precision: dict[str, int] | None = None, views: int) -> Any:
    """What a platform said of the views at an instant."""
    return SimpleNamespace(taken_at=taken_at, precision=precision or {}, views=views)


@pytest.mark.parametrize(
    ("views", "end"),
    [
        ([], None),
        ([500], None),
        ([500, 900], None),
        ([500, 900, 900], 2),
        ([500, 900, 900, 900], 2),
        ([500, 900, 900, 950], None),
        ([900, 900], 1),
        ([900, 500, 900], None),
        ([0, 0], 1),
    ],
)
def test_a_post_gains_views_until_its_snapshots_stop_moving(views: list[int], end: int | None) -> None:
    """`end` counts snapshots, a day apart, from 1."""
    taken = [snapshot(PUBLISHED + (i + 1) * times.DAY, views=seen) for i, seen in enumerate(views)]
    start, ended = bio_range.gaining(PUBLISHED, taken)
    assert start == PUBLISHED
    assert ended == (None if end is None else PUBLISHED + end * times.DAY)


@pytest.mark.parametrize(
    ("hours", "stopped"),
    [((1, 2), False), ((1, 24), False), ((1, 25), True), ((1, 2, 25), True), ((1, 9, 17), False)],
)
def test_the_same_views_prove_a_stop_only_when_they_span_a_day(hours: tuple[int, ...], stopped: bool) -> None:
    taken = [snapshot(PUBLISHED + hour * times.HOUR, views=900) for hour in hours]
    assert bio_range.gaining(PUBLISHED, taken) == (PUBLISHED, PUBLISHED + times.HOUR if stopped else None)


@pytest.mark.parametrize(
    ("views", "precision", "stopped"),
    [
        (12_400, (0, 0), True),
        (12_400, (50, 50), True),
        (12_000, (500, 500), False),
        (1_200_000, (50_000, 50_000), False),
        (1_200_000, (0, 50_000), False),
        (1_200_000, (50_000, 0), False),
    ],
)
def test_rounded_views_that_may_hide_growth_prove_no_stop(
    views: int, precision: tuple[int, int], stopped: bool
) -> None:
    taken = [
        snapshot(PUBLISHED + (i + 1) * times.DAY, views=views, precision={"views": rounding})
        for i, rounding in enumerate(precision)
    ]
    assert bio_range.gaining(PUBLISHED, taken) == (PUBLISHED, PUBLISHED + times.DAY if stopped else None)


def test_a_post_never_stops_gaining_before_it_is_out() -> None:
    early = [snapshot(PUBLISHED - 2 * times.DAY, views=0), snapshot(PUBLISHED - 3, views=0)]
    assert bio_range.gaining(PUBLISHED, early) == (PUBLISHED, PUBLISHED)


def test_bio_clicks_are_contested_while_any_other_post_gains_views() -> None:
    others = [(10, 20), (15, 30), (50, None), (90, 95), (200, None)]
    assert bio_range.contested(100, others) == [(10, 30), (50, 100)]
    assert bio_range.contested(12, others) == [(10, 12)]
    assert bio_range.contested(10, others) == []
    assert bio_range.contested(100, []) == []


@pytest.mark.parametrize(
    ("own", "cut", "interval"),
    [((10, None), 100, (10, 100)), ((10, 40), 100, (10, 40)), ((10, 400), 100, (10, 100)), ((10, None), 5, (10, 10))],
)
def test_clicks_of_other_posts_may_be_ours_while_we_gain_views(
    own: tuple[int, int | None], cut: int, interval: tuple[int, int]
) -> None:
    assert bio_range.elsewhere(own, cut) == interval


@pytest.mark.parametrize(
    ("intervals", "joined"),
    [
        ([], []),
        ([(5, 5)], []),
        ([(7, 3)], []),
        ([(1, 3), (3, 5)], [(1, 5)]),
        ([(4, 6), (1, 2)], [(1, 2), (4, 6)]),
        ([(1, 9), (2, 3), (8, 10)], [(1, 10)]),
    ],
)
def test_a_union_joins_what_touches(intervals: list[tuple[int, int]], joined: list[tuple[int, int]]) -> None:
    assert bio_range.union(intervals) == joined


spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


@settings(deadline=None)
@given(spans, st.integers(0, 60), st.integers(0, 60))
def test_union_and_clip_agree_with_sets_of_moments(spans: list[tuple[int, int]], start: int, end: int) -> None:
    def moments(intervals: list[tuple[int, int]]) -> set[int]:
        return {moment for first, last in intervals for moment in range(first, last)}

    joined = bio_range.union(spans)
    assert moments(joined) == moments(spans)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(joined))
    assert moments(bio_range.clip(spans, start, end)) == moments(spans) & set(range(start, end))


DAYS = st.integers(0, 5)
spans_of_posts = st.fixed_dictionaries({name: st.tuples(DAYS, st.none() | DAYS) for name in "abc"})


@settings(deadline=None)
@given(st.dictionaries(DAYS, st.dictionaries(st.sampled_from("abc"), st.integers(0, 9))), spans_of_posts, DAYS)
def test_day_by_day_it_is_the_same_where_posts_begin_and_end_with_the_day(
    clicks: dict[int, dict[str, int]], spans: dict[str, tuple[int, int | None]], cut: int
) -> None:
    """One click a minute has the day's number here, so days and minutes must agree."""
    in_time = {
        name: (start * times.DAY, None if end is None else max(start, end) * times.DAY)
        for name, (start, end) in spans.items()
    }
    until = cut * times.DAY
    found = bio_range.by_day(clicks, in_time, dict.fromkeys("abc", until))
    for name in "abc":
        others = bio_range.contested(until, [span for other, span in in_time.items() if other != name])
        span = bio_range.elsewhere(in_time[name], until)
        contested = sum(own.get(name, 0) for day, own in clicks.items() if inside(day, others))
        elsewhere = sum(sum(own.values()) - own.get(name, 0) for day, own in clicks.items() if inside(day, [span]))
        assert found[name] == (contested, elsewhere)


def inside(day: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= day * times.DAY < end for start, end in spans)


def test_a_day_on_which_another_post_gained_views_at_all_is_contested_as_a_whole() -> None:
    spans = {"a": (0, times.HOUR), "b": (23 * times.HOUR, None)}
    assert bio_range.by_day({0: {"a": 5}}, spans, {"a": times.DAY, "b": times.DAY}) == {"a": (5, 0), "b": (0, 5)}
    assert bio_range.by_day({1: {"b": 5}}, spans, {"a": times.DAY, "b": 2 * times.DAY}) == {"a": (0, 0), "b": (0, 0)}
