"""Where the numbers of an answer are drawn."""

from typing import Any

import pytest

from shortlinks.web.admin import pictures


def point(label: str, value: float | None, low: float | None = None, high: float | None = None, **more: Any) -> Any:
    return {"label": label, "text": "", "value": value, "low": low, "high": high, "x": None, "group": ""} | more


def drawn(*points: Any) -> pictures.Bars:
    return pictures.bars({"kind": "bars", "unit": "clicks", "points": points})


def test_numbers_of_one_size_stand_on_a_plain_scale() -> None:
    found = drawn(point("a", 20.0), point("b", 5.0, 2.5, 10.0))
    first, second = found.groups[0].bars
    assert found.ticks == ()
    assert first.fill == "100.00%"
    assert (second.x, second.width, second.at) == ("12.50%", "37.50%", "25.00%")


def test_numbers_far_apart_stand_on_a_logarithmic_scale_with_ticks() -> None:
    found = drawn(point("a", 10_000.0), point("b", 100.0), point("c", 1.0))
    places = [float(bar.fill.rstrip("%")) for bar in found.groups[0].bars]
    assert places[0] == 100
    assert places[0] - places[1] == pytest.approx(places[1] - places[2], abs=0.02)
    assert len(found.ticks) == 5
    assert drawn(point("a", 10_000.0), point("b", 0.0, 0.0, 1.0)).groups[0].bars[1].x == "0.00%"


def test_gaps_and_ranges_without_an_end_are_drawn_as_such() -> None:
    gap, least = drawn(point("a", None), point("b", None, 5.0), point("c", 9.0)).groups[0].bars[:2]
    assert (gap.fill, gap.width, gap.says) == ("", "", "a: not known")
    assert (least.at, least.says) == ("", "b: (5 or more) clicks")
    assert float(least.x.rstrip("%")) + float(least.width.rstrip("%")) == pytest.approx(100)


def test_points_of_a_group_stand_together() -> None:
    found = drawn(point("a", 1.0, group="one"), point("b", 1.0, group="one"), point("c", 1.0, group="two"))
    assert [(group.name, len(group.bars)) for group in found.groups] == [("one", 2), ("two", 1)]


def scattered(*points: Any, unit: str = "clicks per 1,000 views") -> pictures.Scatter:
    units = {"unit": unit, "x_unit": "likes per 1,000 views"}
    return pictures.scatter({"kind": "scatter", "points": points} | units)


@pytest.mark.parametrize("points", [[], [point("a", 0.0)], [point("a", 0.0, x=0.0), point("b", None, x=1.0)]])
def test_nothing_and_zeros_are_drawn_without_a_fault(points: list[Any]) -> None:
    assert pictures.bars({"unit": "clicks", "points": points}).ticks == ()
    assert scattered(*points).top == "1 click per 1,000 views"
    assert scattered(*points, unit="me gusta por cada 100").top == "1 me gusta por cada 100"


def test_dots_lie_within_the_frame_and_more_lies_higher() -> None:
    found = scattered(point("a", 4.0, x=1.0), point("b", 0.0, x=0.0))
    assert [(dot.x, dot.y) for dot in found.dots] == [("97.00%", "5.00%"), ("3.00%", "95.00%")]
    assert (found.right, found.top) == ("1 like per 1,000 views", "4 clicks per 1,000 views")
    assert {(dot.low, dot.high) for dot in found.dots} == {("", "")}


def test_a_dot_that_may_lie_elsewhere_has_a_bar_within_the_frame() -> None:
    found = scattered(point("a", 2.0, 0.0, 4.0, x=1.0), point("b", 1.0, x=0.0))
    assert [(dot.y, dot.low, dot.high) for dot in found.dots] == [("50.00%", "95.00%", "5.00%"), ("72.50%", "", "")]
    assert found.top == "4 clicks per 1,000 views"
