"""A short `make simulate`, with room for the luck of few creators: it fails where a promise is off by far."""

import pytest

from bench import (
    simulate,
    simulate_advice,
    simulate_experiments,
    simulate_later,
    simulate_leaks,
    simulate_likes,
    simulate_rates,
    simulate_screens,
    simulate_verdicts,
    simulated,
    table,
)
from bench.simulated import Found

ERRORS = 3.0
"""So many standard errors a share may lie beyond its bounds here; with the seed fixed, nothing is left to chance."""


def missed(lines: list[Found]) -> list[Found]:
    assert len(lines) > 3
    return [line for line in lines if not line.good(ERRORS)]


def test_intervals_ranges_and_shrunken_rates_of_simulated_creators_are_right() -> None:
    assert missed(simulate_rates.check(60, simulate.SEED)) == []


def test_posts_and_periods_of_the_same_rate_are_not_called_different() -> None:
    assert missed(simulate_verdicts.check(50, simulate.SEED)) == []


@pytest.mark.parametrize(("posts", "views", "rate", "trials"), [(25, 1_000, 0.0015, 60), (100, 10_000, 0.005, 25)])
def test_a_link_with_likes_is_claimed_where_there_is_one(posts: int, views: int, rate: float, trials: int) -> None:
    assert missed(simulate_likes.of(posts, views, rate, trials, simulate.SEED)) == []


def test_small_creators_are_as_small_as_they_should_be() -> None:
    counts = [each.count for made in simulated.creators(simulated.SMALL, 1_000, 3) for each in made.samples]
    for below, part in ((1, 0.48), (5, 0.91), (20, 0.99)):
        assert sum(count < below for count in counts) / len(counts) == pytest.approx(part, abs=0.02)


def test_a_planted_leak_is_named_and_no_other_is_told_too_often() -> None:
    found = simulate_leaks.check(150, simulate.SEED)
    assert [line.what for line in found if not line.good(ERRORS)] == []


def test_no_post_of_creators_whose_posts_are_alike_is_named_in_advice() -> None:
    found = simulate_advice.check(60, simulate.SEED)
    assert missed(found) == []
    assert all(line.share > 0.1 for line in found if "10 times" in line.what)


def test_coming_back_later_is_not_told_by_luck_and_half_lives_hold() -> None:
    found = simulate_later.check(70, simulate.SEED)
    assert missed(found) == []
    assert [line.share > 0.3 for line in found if "4 times" in line.what] == [True, True]


def test_every_check_is_run() -> None:
    checks = (
        simulate_advice, simulate_rates, simulate_screens, simulate_verdicts, simulate_experiments, simulate_leaks,
        simulate_later,
    )  # fmt: skip
    others = {simulate_likes.small, simulate_likes.larger, simulate_rates.others}
    assert {module.check for module in checks} | others == set(simulate.CHECKS)


def test_rates_that_vary_otherwise_than_is_usual_are_tried_too() -> None:
    found = simulate_rates.others(60, simulate.SEED)
    assert sum("lognormal" in line.what for line in found) > 8
    assert [line for line in found if "80 % range" in line.what and not line.good(ERRORS)] == []


def test_no_screen_of_a_small_creator_says_only_that_nothing_can_be_told() -> None:
    found = simulate_screens.check(100, simulate.SEED)
    assert {line.what.removeprefix("only “cannot tell” on ") for line in found} == {
        "the page of answers", "an answer", "the list of posts", "the page of a post",
    }  # fmt: skip
    assert [line for line in found if not line.good()] == []


def test_a_screen_that_says_only_that_is_found_out() -> None:
    assert simulate_screens.empty("Cannot be told yet. It is too early.")
    assert simulate_screens.empty("")
    assert not simulate_screens.empty("Cannot be told yet. 9 clicks from 8,000 views.")


def test_a_missed_target_says_so() -> None:
    assert Found("covered", 0.92, 2_000, 0.93, 0.98).row == table.Row("covered", "92.0 % of 2,000", "93 to 98 %", False)
    assert Found("claimed", 0.04, 500, high=0.08).row == table.Row("claimed", "4.0 % of 500", "at most 8 %", True)
    assert Found("found", 0.2, 500, 0.3).row == table.Row("found", "20.0 % of 500", "at least 30 %", False)
    assert Found("shown", 0.2, 500).row == table.Row("shown", "20.0 % of 500", "", None)
