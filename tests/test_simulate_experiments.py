"""The simulation of experiments finds what is there, and tells when a promise is broken."""

import pytest

from bench import simulate_experiments
from shortlinks.experiments import trial_power, trials


def test_its_promises_are_kept_and_the_same_seed_finds_the_same() -> None:
    found = simulate_experiments.check(200, 1)
    assert len(found) == 6
    assert all(each.good(2) for each in found), [each.row for each in found]
    assert found == simulate_experiments.check(200, 1)


@pytest.mark.parametrize("p", [0.04, 0.06])
def test_a_test_that_claims_too_much_or_finds_too_little_is_found_out(
    p: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "permuted", lambda blocks, seed: p)
    quiet, *_, reels, stories = simulate_experiments.check(200, 1)
    assert quiet.good(2) == (p > trial_power.LEVEL)
    assert not reels.good(2)
    assert not stories.good(2)
