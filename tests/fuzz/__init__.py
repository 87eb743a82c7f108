"""Fuzzing: hostile input for everything that reads bytes from strangers. No crash, no hang, no 500.

`words` makes the input: what real visitors and clients send, bent out of shape. `parsers` are targets that call one function,
`calls` those that send requests to the whole application (`site`). `make fuzz` runs all of them as long as it is told, with
new input each time; `tests/test_fuzz.py` runs them for some seconds, always with the same input.
"""

import gc
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

LONGEST_SECONDS = 1.0
"""What one check may take of this process's CPU time, which is the same however busy the machine is."""


@dataclass(frozen=True, slots=True)
class Target:
    """`check` is called with each of `values` and raises when something is wrong. `quick` is how many a test tries."""

    name: str
    values: st.SearchStrategy[Any]
    check: Callable[..., None]
    quick: int


def run(target: Target, number: int, examples: int, *given_first: Any) -> int:
    """Check `examples` values drawn with the seed `number`, and return how many there were.

    `given_first` goes before each value. Raises what the check raises for the smallest value that makes it fail; the
    value is in the notes of the error.
    """
    tried = 0

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        # Whole requests are slow to draw, and a busy machine is slower still.
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
    )
    @given(value=target.values)
    def all_is_well(value: Any) -> None:
        nonlocal tried
        tried += 1
        with _bounded():
            target.check(*given_first, value)

    all_is_well()
    return tried


class Hang(AssertionError):
    """A check took longer than LONGEST_SECONDS."""


@contextmanager
def _bounded() -> Iterator[None]:
    """Break off what is inside the `with` block after LONGEST_SECONDS of CPU time.

    The garbage of all tests before is collected at other times: that alone can take a second.
    """
    before = signal.signal(signal.SIGVTALRM, _break_off)
    gc.disable()
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        gc.enable()
        signal.signal(signal.SIGVTALRM, before)


def _break_off(_: int, __: FrameType | None) -> None:
    raise Hang(f"it took more than {LONGEST_SECONDS:g} s")
