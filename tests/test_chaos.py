"""Every fault we know, struck alone and together: each 302 that a visitor received is counted exactly once (see tests/chaos)."""

import random
from collections.abc import Callable

import pytest

from tests.chaos import rounds
from tests.chaos.faults import FAULTS
from tests.service import on_linux

pytestmark = pytest.mark.skipif(not on_linux, reason="finds processes in /proc")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[[float, int], list[rounds.Round]]:
    """Runs the harness for so many seconds with a seed that it prints."""

    def run_(seconds: float, seed: int) -> list[rounds.Round]:
        with capsys.disabled():
            print(f"\nto repeat it: python -m tests.chaos --seconds {seconds:g} --seed {seed}")
            return rounds.run(seconds, seed)

    return run_


def test_every_fault_at_least_once_some_together(run: Callable[[float, int], list[rounds.Round]]) -> None:
    # The same combinations each time: new ones are for the long run.
    struck = run(30, 1)
    assert {name for found in struck for name in found.faults.split(" + ")} == set(FAULTS)


@pytest.mark.slow
@pytest.mark.parametrize(("server", "seconds"), [("gunicorn", 600), ("granian", 240)])
def test_minutes_of_faults(
    run: Callable[[float, int], list[rounds.Round]], monkeypatch: pytest.MonkeyPatch, server: str, seconds: float
) -> None:
    monkeypatch.setenv("SHORTLINKS_SERVER", server)
    run(seconds, random.randrange(1_000_000))


def test_every_fault_says_what_it_does() -> None:
    for name, fault in FAULTS.items():
        assert fault.strike.__doc__, name
