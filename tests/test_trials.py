"""Experiments' verdicts and chances, held against arrangements counted by hand, simulations and the plans they are for."""

import random
from collections.abc import Sequence
from itertools import combinations

import pytest
from scipy import stats as scipy_stats

from shortlinks.experiments import trial_power, trials
from shortlinks.statistics.stats import Sample


def reels(*clicks: int, views: int = 1_000) -> list[Sample]:
    return [Sample(count, views) for count in clicks]


def in_blocks(posts_per_arm: int) -> tuple[list[int], list[int]]:
    numbers = [post * 2 // trial_power.BLOCK for post in range(posts_per_arm)]
    return numbers, numbers


def test_without_blocks_p_is_the_share_of_all_arrangements_by_hand() -> None:
    yes, no = [5, 4, 6], [1, 0, 2, 1]
    everything = [*yes, *no]
    observed = abs(sum(yes) / 3 - sum(no) / 4)
    differences = [
        abs(sum(chosen) / 3 - (sum(everything) - sum(chosen)) / 4)
        for chosen in (
            [everything[index] for index in places] for places in combinations(range(len(everything)), len(yes))
        )
    ]
    share = sum(difference >= observed - 1e-9 for difference in differences) / len(differences)
    assert trials.judge(reels(*yes), reels(*no), seed=1).p == pytest.approx(share, abs=1e-12)


def test_p_is_scipys_where_views_are_equal() -> None:
    yes, no = [7, 3, 4, 9], [2, 3, 1, 0]

    def difference(a: Sequence[int], b: Sequence[int]) -> float:
        return abs(sum(a) - sum(b))

    reference = scipy_stats.permutation_test(
        (yes, no), difference, permutation_type="independent", alternative="greater", n_resamples=10_000
    )
    assert trials.judge(reels(*yes), reels(*no), seed=1).p == pytest.approx(reference.pvalue, abs=1e-12)


def test_labels_are_shuffled_within_their_blocks_only() -> None:
    """A block of busy weeks and one of quiet weeks: yes is higher in both, which only the blocks can show."""
    yes, no = reels(30, 31, 3, 4), reels(20, 21, 1, 1)
    blocked = trials.judge(yes, no, blocks=([0, 0, 1, 1], [0, 0, 1, 1]), seed=1)
    mixed = trials.judge(yes, no, seed=1)
    assert blocked.p == pytest.approx(2 / 36)
    assert blocked.verdict == "cannot_tell_yet", "one of 18 is more than 5 %"
    assert mixed.p is not None
    assert mixed.p > 0.5


def test_a_clear_difference_has_a_verdict_either_way() -> None:
    many, few = reels(9, 8, 11, 9, 10, 9), reels(1, 2, 0, 1, 1, 2)
    more, fewer = (trials.judge(*each, blocks=in_blocks(6), seed=1) for each in ((many, few), (few, many)))
    assert (more.verdict, fewer.verdict) == ("yes_higher", "yes_lower")
    assert more.p == fewer.p == pytest.approx(2 / 216)
    assert more.ratio == pytest.approx(56 / 7)
    assert more.low >= 1
    assert fewer.high is not None
    assert fewer.high <= 1


def test_rates_are_pooled_so_a_big_post_counts_as_what_it_is() -> None:
    trial = trials.judge([Sample(0, 100), Sample(20, 100_000)], [Sample(1, 100), Sample(2, 1_000)], seed=1)
    assert trial.yes.estimate is not None
    assert trial.yes.estimate.rate == pytest.approx(20 / 100_100)
    assert (trial.no.posts, trial.no.clicks, trial.no.views) == (2, 3, 1_100)


def test_a_post_without_views_changes_nothing() -> None:
    yes, no = reels(5, 4, 6), reels(1, 0, 2)
    assert trials.judge([*yes, Sample(7, 0)], no, seed=1) == trials.judge(yes, no, seed=1)


@pytest.mark.parametrize("clicks", [(3, 3, 2, 3), (40, 38, 41, 43)])
def test_the_interval_and_p_never_contradict_each_other(clicks: tuple[int, ...]) -> None:
    """Four posts an arm: p cannot be low enough where labels are shuffled in pairs, whatever a model of the clicks says."""
    pairs = ([0, 0, 1, 1], [0, 0, 1, 1])
    trial = trials.judge(reels(*clicks), reels(0, 0, 1, 0), blocks=pairs, seed=1)
    assert trial.verdict == "cannot_tell_yet"
    assert trial.low <= 1
    assert trial.ratio is not None
    assert trial.ratio > 5


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ([], []),
        (reels(3), []),
        ([], reels(3)),
        (reels(0, 0), reels(0, 0)),
        ([Sample(5, 0)], reels(3)),
        (reels(3), reels(3)),
        (reels(10**12, views=10**12), reels(1, views=10**12)),
        (reels(5), reels(0)),
    ],
)
def test_data_that_say_nothing_have_no_verdict_and_no_odd_number(yes: list[Sample], no: list[Sample]) -> None:
    trial = trials.judge(yes, no, seed=1)
    assert trial.verdict == "cannot_tell_yet"
    assert trial.low <= 1
    assert trial.high is None or 1 <= trial.high < float("inf")
    assert trial.p is None or 0 < trial.p <= 1


def test_many_arrangements_are_sampled_and_agree_with_counting_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(3)
    yes = [Sample(rng.randint(0, 6), rng.randint(500, 2_000)) for _ in range(8)]
    no = [Sample(rng.randint(0, 3), rng.randint(500, 2_000)) for _ in range(8)]
    exact = trials.judge(yes, no, blocks=in_blocks(8), seed=1).p
    monkeypatch.setattr(trials, "_MOST_SUMS", 10)
    sampled = trials.judge(yes, no, blocks=in_blocks(8), seed=1)
    assert sampled.p != exact
    assert sampled.p == pytest.approx(exact, abs=0.02)
    assert sampled.p is not None
    assert round(sampled.p * (trials._SHUFFLES + 1), 6).is_integer()
    assert sampled == trials.judge(yes, no, blocks=in_blocks(8), seed=1)


def clicks(rng: random.Random, mean: float, cv: float) -> int:
    """Poisson, by the gaps between events, around a rate that varies."""
    rate = mean * rng.gammavariate(1 / cv**2, cv**2)
    count, passed = 0, rng.expovariate(1)
    while passed < rate:
        count, passed = count + 1, passed + rng.expovariate(1)
    return count


def arms(
    rng: random.Random, per_arm: int, views: int, rate: float, effect: float, cv: float
) -> tuple[list[Sample], list[Sample]]:
    yes, no = (
        [Sample(clicks(rng, views * rate * factor, cv), views) for _ in range(per_arm)] for factor in (effect, 1.0)
    )
    return yes, no


def found_in(runs: int, *plan: float) -> float:
    """How often the test finds a difference in simulated experiments of equal views."""
    rng = random.Random(11)
    per_arm = int(plan[0])
    found = 0
    for _ in range(runs):
        yes, no = arms(rng, per_arm, int(plan[1]), *plan[2:])
        blocks = [(yes[at : at + 2], no[at : at + 2]) for at in range(0, per_arm, 2)]
        found += trials.permuted(blocks, 1) <= trial_power.LEVEL
    return found / runs


@pytest.mark.parametrize(
    ("per_arm", "views", "rate", "figure"),
    [(8, 1_000, 0.001, 0.21), (14, 150, 0.03, 0.84)],
)
def test_the_chances_are_those_of_the_plans_they_are_known_for(
    per_arm: int, views: int, rate: float, figure: float
) -> None:
    assert round(trial_power.power(per_arm=per_arm, views=views, rate=rate), 2) == pytest.approx(figure, abs=0.0201)


@pytest.mark.parametrize(
    ("per_arm", "views", "rate", "effect"),
    [(8, 1_000, 0.001, 2.0), (5, 1_000, 0.006, 2.0), (8, 500, 0.01, 1.7), (8, 2_000, 0.05, 1.6), (6, 800, 0.004, 0.3)],
)
def test_the_chance_is_how_often_the_test_finds_it(per_arm: int, views: int, rate: float, effect: float) -> None:
    runs = 800
    found = found_in(runs, per_arm, views, rate, effect, trial_power.PLANNED_CV)
    chance = trial_power.power(per_arm=per_arm, views=views, rate=rate, effect=effect)
    assert chance == pytest.approx(found, abs=0.02 + 2 * (chance * (1 - chance) / runs) ** 0.5)


def test_more_posts_more_clicks_and_larger_effects_make_the_chance_better() -> None:
    plans = [(4, 0.002, 2.0), (8, 0.002, 2.0), (16, 0.002, 2.0), (16, 0.004, 2.0), (16, 0.004, 3.0), (50, 0.004, 3.0)]
    chances = [trial_power.power(per_arm=many, views=1_000, rate=rate, effect=effect) for many, rate, effect in plans]
    assert chances == sorted(chances)
    assert chances[-1] > 0.99
    assert trial_power.power(per_arm=8, views=1_000, rate=0.005, cv=0.8) < trial_power.power(
        per_arm=8, views=1_000, rate=0.005
    )


def test_nothing_is_found_where_nothing_can_be() -> None:
    assert trial_power.power(per_arm=14, views=0, rate=0.03) == 0
    assert trial_power.power(per_arm=14, views=150, rate=0) == 0
    assert trial_power.power(per_arm=2, views=10**6, rate=0.1) == 0, "six arrangements are too few for 5 %"
    assert trial_power.power(per_arm=trial_power.FEWEST - 1, views=10**6, rate=0.1, effect=9) == 0
    assert trial_power.power(per_arm=trial_power.FEWEST, views=10**6, rate=0.1, effect=9) > 0.5
    assert trial_power.power(per_arm=14, views=1_000, rate=0.01, effect=1.0) <= trial_power.LEVEL
    assert trial_power.power(per_arm=14, views=10**12, rate=1.0) > 0.9


@pytest.mark.parametrize(
    "wrong", [{"per_arm": 0}, {"per_arm": 51}, {"views": -1.0}, {"rate": -1.0}, {"effect": 0.0}, {"rate": float("nan")}]
)
def test_a_plan_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    plan = {"per_arm": 8, "views": 1_000.0, "rate": 0.001} | wrong
    with pytest.raises(ValueError, match="no plan"):
        trial_power.power(**plan)  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", [0.001, 0.005])
def test_without_an_effect_a_verdict_is_rare(rate: float) -> None:
    runs = 1_200
    assert found_in(runs, 8, 1_000, rate, 1.0, 0.6) <= 0.05 + 2 * (0.05 * 0.95 / runs) ** 0.5


def test_the_interval_of_the_ratio_holds_the_truth() -> None:
    rng = random.Random(5)
    doubled = [trials.judge(*arms(rng, 8, 1_000, 0.004, 2.0, 0.6), blocks=in_blocks(8), seed=1) for _ in range(120)]
    covered = sum(trial.low <= 2 <= (trial.high or float("inf")) for trial in doubled)
    assert 110 <= covered < 120, "an interval that always holds it is too wide"
