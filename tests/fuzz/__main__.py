"""`make fuzz`: every target in turn, with new input each time, until the time is up or something is found."""

import argparse
import secrets
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench import table
from tests.clicking import own_server
from tests.fuzz import Target, calls, parsers, run
from tests.fuzz.site import Site

WHOLE = 900
"""Seconds of a run whose outcome is kept in bench/results/."""
SLICE_SECONDS = 5.0
EXAMPLES = 200
"""In a run, which has one seed. Another number would draw other values."""

Chosen = Sequence[tuple[Target, tuple[Site, ...]]]


def main() -> int:
    """The exit status: 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=WHOLE, help="when to stop (default: %(default)s)")
    parser.add_argument("--target", help="only this one", choices=[*names(parsers.TARGETS), *names(calls.TARGETS)])
    parser.add_argument("--seed", type=int, help="only one run, with this seed")
    asked = parser.parse_args()
    with own_server() as server, tempfile.TemporaryDirectory() as folder:
        site = Site(server.store, Path(folder))
        everything: Chosen = [
            *((target, ()) for target in parsers.TARGETS),
            *((target, (site,)) for target in calls.TARGETS),
        ]
        chosen = [(target, first) for target, first in everything if asked.target in (None, target.name)]
        try:
            return once(chosen, asked.seed) if asked.seed is not None else on_and_on(chosen, asked.seconds)
        finally:
            site.close()


def once(chosen: Chosen, number: int) -> int:
    """One run of each."""
    return 0 if all(is_well(target, first, number) for target, first in chosen) else 1


def on_and_on(chosen: Chosen, seconds: float) -> int:
    """All of them in turn, a slice of the time for each, until the time is up."""
    tried: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for target, first in chosen:
            number = secrets.randbelow(1 << 32)
            print(f"{target.name}, from seed {number} on", flush=True)
            until = min(end, time.monotonic() + SLICE_SECONDS)
            while time.monotonic() < until:
                found = is_well(target, first, number)
                if not found:
                    return 1
                tried[target.name] += found
                number += 1
    lines = [f"{examples:10,}  {name}" for name, examples in tried.items()]
    told = "\n".join([*lines, f"{tried.total():10,}  examples, and nothing found"])
    print(told)
    if seconds >= WHOLE and len(chosen) > 1:
        how = f"By `make fuzz`, {seconds / 60:g} minutes: examples by parser or page. A crash, a hang or a 500 ends a run."
        table.keep("fuzz.md", "Hostile input", f"{how}\n\n```\n{told}\n```")
    return 0


def is_well(target: Target, first: tuple[Site, ...], number: int) -> int:
    """How many examples a run tried; 0 when one failed, and then what it was is told."""
    try:
        return run(target, number, EXAMPLES, *first)
    except Exception:
        traceback.print_exc()
        print(
            f"\nFound by {target.name!r}. Again: {sys.executable} -m tests.fuzz --target {target.name!r} --seed {number}"
        )
        return 0


def names(targets: Sequence[Target]) -> list[str]:
    """What they are called."""
    return [target.name for target in targets]


if __name__ == "__main__":
    sys.exit(main())
