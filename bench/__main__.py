"""`python -m bench [--quick]`: measure, print the table, and keep it in bench/results/latest.md."""

import argparse
import time
from pathlib import Path

from bench import counting, redirects, table

RESULTS = Path(__file__).parent / "results" / "latest.md"
PARTS = (redirects.in_process, redirects.served, counting.roll_up, counting.funnel_and_room)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what the service is built to reach.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs: a first look; keeps no results")
    chosen = parser.parse_args()
    rows = []
    for part in PARTS:
        print(f"{part.__doc__ or ''}", flush=True)
        rows += part(quick=chosen.quick)
    found = f"{table.markdown(rows)}\n\n{table.machine()}, {time.strftime('%Y-%m-%d')}.\n"
    print(f"\n{found}")
    if not chosen.quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(f"# Measured\n\nBy `make bench`; medians.\n\n{found}", "utf-8")


if __name__ == "__main__":
    main()
