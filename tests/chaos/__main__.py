"""`python -m tests.chaos`: break the service in every way we know, and check after each round that every 302 is counted once."""

import argparse
import os
import random
import sys

from bench import table
from tests.chaos import rounds
from tests.chaos.faults import FAULTS

WHOLE = 600
"""Seconds of a run whose outcome is kept in bench/results/."""


def main() -> int:
    """Returns 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=WHOLE, help="go on for so long (%(default)s)")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="of an earlier run, to repeat it")
    parser.add_argument("--only", action="append", default=[], choices=FAULTS, metavar="FAULT", help="may be repeated")
    parser.add_argument("--list", action="store_true", help="print the faults and what they do")
    chosen = parser.parse_args()
    if chosen.list:
        for name, fault in FAULTS.items():
            print(f"{name}\n    {' '.join((fault.strike.__doc__ or '').split())}")
        return 0
    again = f"--seconds {chosen.seconds:g} --seed {chosen.seed}" + "".join(f" --only '{name}'" for name in chosen.only)
    print(f"seed {chosen.seed}", flush=True)
    try:
        found = rounds.run(chosen.seconds, chosen.seed, chosen.only)
    except AssertionError as broken:
        print(f"\nA promise is broken {broken}\n\nTo repeat it: python -m tests.chaos {again}", file=sys.stderr)
        return 1
    told = f"{rounds.summary(found)}\n\nEvery 302 that a visitor received is counted exactly once. (seed {chosen.seed})"
    print(f"\n{told}")
    if chosen.seconds >= WHOLE and not chosen.only:
        server = os.environ.get("SHORTLINKS_SERVER", "gunicorn")
        how = f"By `make chaos`, under {server}: what visitors received and what was counted, by fault and over all rounds."
        table.keep(f"chaos-{server}.md", "Every fault we know", f"{how}\n\n```\n{told}\n```")
    return 0


if __name__ == "__main__":
    sys.exit(main())
