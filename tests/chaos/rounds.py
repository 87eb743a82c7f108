"""Round after round until the time is over."""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path

from tests.chaos.faults import FAULTS, Fault
from tests.chaos.world import Round, World

TOGETHER = 3
# With less time than this, faults are struck together from the beginning, and more of them.
LONG = 150.0
CROWDED = 5
_HEADINGS = ("received", "cut", "refused", "hits", "lost", "garbled", "slowest", "time")


def run(seconds: float, seed: int, only: Sequence[str] = (), say: Callable[[str], None] = print) -> list[Round]:
    """Strike every fault once (or those in `only`), then any of them until the time is over. Says each round as it ends.

    Raises AssertionError when a promise is broken, with what the processes said.
    """
    began, chance = time.monotonic(), random.Random(seed)
    faults = [FAULTS[name] for name in only or FAULTS]
    found: list[Round] = []
    say(row("faults", _HEADINGS))
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, World(Path(folder), chance) as world:
        waiting = once(faults, chance, together=1 if seconds >= LONG else CROWDED)
        while waiting or time.monotonic() - began < seconds:
            found.append(world.round(waiting.pop() if waiting else some(faults, chance)))
            say(told(found[-1]))
        say(world.all_told())
    return found


def once(faults: Sequence[Fault], chance: random.Random, together: int) -> list[list[Fault]]:
    """All faults, up to so many in a round where they are of different parts, in as few rounds as that takes."""
    rounds: list[list[Fault]] = []
    sizes = Counter(fault.part for fault in faults)
    for fault in sorted(chance.sample(faults, len(faults)), key=lambda fault: -sizes[fault.part]):
        fitting = [its for its in rounds if len(its) < together and fault.part not in {other.part for other in its}]
        if fitting:
            min(fitting, key=len).append(fault)
        else:
            rounds.append([fault])
    chance.shuffle(rounds)
    return rounds


def some(faults: Sequence[Fault], chance: random.Random) -> list[Fault]:
    """One to three faults of different parts."""
    parts = sorted({fault.part for fault in faults})
    chosen = chance.sample(parts, min(len(parts), chance.randint(1, TOGETHER)))
    return [chance.choice([fault for fault in faults if fault.part == part]) for part in chosen]


def told(found: Round) -> str:
    """One round as a row."""
    name, *numbers, slowest, seconds = astuple(found)
    return row(name, [*(f"{number:,}" for number in numbers), f"{slowest:.2f} s", f"{seconds:.1f} s"])


def row(name: str, cells: Sequence[str]) -> str:
    """A row of the table."""
    return " ".join([f"{name:72}", *(f"{cell:>9}" for cell in cells)])


def summary(rounds: Sequence[Round]) -> str:
    """For each fault what came of the rounds it was part of, and the sum of all rounds."""
    lines = [row("fault", ("rounds", *_HEADINGS))]
    for name in sorted({name for found in rounds for name in found.faults.split(" + ")}):
        lines.append(_sum(name, [found for found in rounds if name in found.faults.split(" + ")]))
    return "\n".join([*lines, _sum("all", rounds)])


def _sum(name: str, rounds: Sequence[Round]) -> str:
    columns = list(zip(*(astuple(found)[1:] for found in rounds), strict=True))
    *numbers, slowest, seconds = columns
    cells = [f"{sum(column):,}" for column in numbers]
    return row(name, [str(len(rounds)), *cells, f"{max(slowest):.2f} s", f"{sum(seconds):.0f} s"])
