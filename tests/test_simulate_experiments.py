"""The simulation of experiments finds what is there, and tells when a promise is broken."""

import pytest

from bench import simulate_experiments
from shortlinks import trials


def test_it_has_a_row_for_each_promise_and_the_same_for_the_same_seed() -> None:
    rows = simulate_experiments.rows(1, 200)
    assert len(rows) == 7
    assert all(row.good for row in rows), [row for row in rows if not row.good]
    assert rows == simulate_experiments.rows(1, 200)


def test_a_test_that_claims_too_much_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "permuted", lambda blocks, seed: 0.04)
    assert not any(row.good for row in simulate_experiments.rows(1, 200))
