"""`python -m bench [--quick]`: measure, print the tables, and keep them in bench/results/."""

import argparse
import sys

from bench import answers, chart, clients, counting, in_process, redirects, steady, table


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what the service is built to reach.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs: a first look; keeps no results")
    quick = parser.parse_args().quick
    try:
        for name in ("wrk", "hey"):
            clients.find(name)
    except clients.Missing as missing:
        sys.exit(str(missing))
    rows = in_process.redirect(quick=quick)
    print("Measuring redirects a second …", flush=True)
    compared, tables, rates = redirects.served(quick=quick)
    print("Measuring at half load …", flush=True)
    waited, more = steady.half_load(quick=quick)
    print("Measuring the counting …", flush=True)
    rows += [
        *compared,
        *waited,
        *counting.roll_up(quick=quick),
        *counting.recount(quick=quick),
        *counting.funnel_and_room(quick=quick),
        *counting.remembered(quick=quick),
        *answers.funnel(quick=quick),
        *answers.insights(quick=quick),
    ]
    parts = [table.markdown(rows), *(each.markdown() for each in [*tables, *more])]
    found = "\n\n".join(parts)
    print(f"\n{found}\n\n{table.machine()}.")
    if not quick:
        picture = "![Redirects a second](redirects.svg)"
        table.keep("latest.md", "Measured", f"By `make bench`; medians.\n\n{picture}\n\n{found}")
        (table.RESULTS / "redirects.svg").write_text(chart.bars("Redirects a second", rates), "utf-8")


if __name__ == "__main__":
    main()
