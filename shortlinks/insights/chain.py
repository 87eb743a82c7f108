"""Several steps one after the other, as one: how many get through all of them, and between which bounds."""

import math
from collections.abc import Sequence
from typing import NamedTuple


class Part(NamedTuple):
    """Which part gets through, and its bounds. Where nobody has yet, `rate` and `low` are 0 and only `high` tells."""

    rate: float
    low: float
    high: float


def through(steps: Sequence[Part]) -> Part:
    """The part that gets through all steps, whose bounds hold as often as those of each step do.

    It is unlikely that luck went the same way in all of them, so the distances from the rate to a bound are joined as
    independent ones, on the logarithm: the root of the sum of their squares. Where nobody got through a step there is no such
    distance, and the upper bounds are multiplied, which holds more often.
    """
    rate = math.prod(step.rate for step in steps)
    if rate == 0:
        return Part(0.0, 0.0, math.prod(step.high for step in steps))
    above = math.hypot(*(math.log(step.high / step.rate) for step in steps))
    if any(step.low <= 0 for step in steps):
        return Part(rate, 0.0, rate * math.exp(above))
    below = math.hypot(*(math.log(step.rate / step.low) for step in steps))
    return Part(rate, rate * math.exp(-below), rate * math.exp(above))
