"""Several steps as one: bounds that hold as often as those of each step."""

import pytest
from outcome_cast import outcome, reading

from shortlinks import insights
from shortlinks.insights import Data, chain
from shortlinks.insights.chain import Part


def test_bounds_of_one_step_are_its_own() -> None:
    assert chain.through([Part(0.1, 0.05, 0.3)]) == pytest.approx(Part(0.1, 0.05, 0.3))


def test_bounds_of_several_steps_are_nearer_than_their_product() -> None:
    found = chain.through([Part(0.1, 0.05, 0.2)] * 4)
    assert found == pytest.approx(Part(0.0001, 0.0001 / 4, 0.0001 * 4))


def test_where_nobody_got_through_only_the_upper_bound_is_known() -> None:
    assert chain.through([Part(0.1, 0.05, 0.2), Part(0.0, 0.0, 0.01)]) == pytest.approx(Part(0.0, 0.0, 0.002))
    assert chain.through([Part(0.1, 0.0, 0.2), Part(0.5, 0.25, 1.0)]).low == 0


def test_the_picture_of_the_path_joins_its_steps_so() -> None:
    posts = [outcome(reading(1_000, 10, profile_visits=40, link_taps=20), conversions=0) for _ in range(4)]
    path = insights.all_(Data(outcomes=posts), now=posts[0].published_at + 14 * 86_400_000)[1]
    steps = [step for step in path.evidence["paths"][0]["steps"] if step["to"] != "conversions"]
    (clicks,) = [point for point in path.picture.points if point.label == "Clicks"]
    assert len(steps) == 3
    assert clicks.value == pytest.approx(10)
    lowest, highest = 1000.0, 1000.0
    for step in steps:
        lowest, highest = lowest * step["low"], highest * step["high"]
    assert lowest * 1.2 < clicks.low < 10 < clicks.high < highest / 1.2
