"""`python -m bench.scale [--quick]`: how time and memory grow with links, clicks and posts, and the plan made of that.

Writes docs/scale.md (what stands between its markers; the rest is written by hand and stays), its pictures, and
bench/results/scale.md. With `--quick` all of that goes to build/scale, for a first look.
"""

import argparse
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

from bench import plan, plan_tables, plot, scale_clicks, scale_links, scale_posts, scale_way, scale_years, table
from bench.found import FULL, QUICK, Found, Sizes

ROOT = Path(__file__).parent.parent
PAGE = Path("docs/scale.md")
RESULTS = Path("bench/results/scale.md")
PARTS: dict[str, Callable[[Sizes], Found]] = {
    "links": scale_links.links,
    "clicks": scale_clicks.one_post,
    "waiting": scale_clicks.many_posts,
    "way": scale_way.way,
    "posts": scale_posts.lists,
    "years": scale_years.years,
    "backup": scale_years.backup,
}
_QUIET = 0.5
_BLOCK = re.compile(r"(<!-- measured: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description="Measure how cost grows with work.")
    parser.add_argument(
        "--quick", action="store_true", help="small sizes: a first look within a minute, kept in build/scale"
    )
    chosen = parser.parse_args()
    into = ROOT / "build" / "scale" if chosen.quick else ROOT
    busy = os.getloadavg()[0]
    found = measure(QUICK if chosen.quick else FULL)
    for path in write(found, into, busy):
        print(f"written: {path}")


def measure(sizes: Sizes) -> dict[str, Found]:
    """Every part by its name; prints each as it comes."""
    found = {}
    for name, part in PARTS.items():
        began = time.perf_counter()
        print(f"{part.__doc__}", flush=True)
        found[name] = part(sizes)
        print(f"({time.perf_counter() - began:.0f} s)\n")
        for each in found[name].tables:
            print(each.markdown(), flush=True)
    return found


def write(found: dict[str, Found], into: Path, busy: float = 0.0) -> list[Path]:
    """Write page, pictures and results below `into`, and how busy others kept the machine. Returns the files."""
    unit = {name: cost for part in found.values() for name, cost in part.units.items()}
    served = plan.redirects_a_core((ROOT / "bench/results/latest.md").read_text("utf-8"))
    unit |= {f"redirects a vCPU, {server}": rate for server, rate in served.items()}
    # As they are printed, so that whoever does the sums again gets the same.
    unit = {name: float(f"{cost:.3g}") for name, cost in unit.items()}
    planned = plan_tables.tables(unit)
    measured_on = f"{table.machine()}, {time.strftime('%Y-%m-%d')}."
    if busy > _QUIET:
        measured_on += (
            f" Others used the machine too (load {busy:.1f} at the start), so times are longer than they would be."
        )
    blocks = {"machine": f"Measured on {measured_on}\n"}
    blocks |= {name: _block(part) for name, part in found.items()}
    blocks |= {name: each.markdown(3) + "\n" for name, each in planned.items()}
    results = [each.markdown() + "\n" for part in found.values() for each in part.tables]
    results += [each.markdown() + "\n" for each in planned.values()]
    files = {
        PAGE: filled((ROOT / PAGE).read_text("utf-8"), blocks),
        RESULTS: "\n".join(["# How cost grows with work\n", f"By `make scale`, on {measured_on}\n", *results]),
    }
    for part in found.values():
        files |= {PAGE.parent / f"{chart.name}.svg": plot.svg(chart) for chart in part.charts}
    for path, text in files.items():
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_text(text, "utf-8")
    return [into / path for path in files]


def filled(page: str, blocks: dict[str, str]) -> str:
    """The page with each block between its markers. Raises ValueError when one has no place in it, or a place no block."""
    places = [place[2] for place in _BLOCK.finditer(page)]
    if sorted(places) != sorted(blocks):
        raise ValueError(f"docs/scale.md has places for {sorted(places)}, and measured is {sorted(blocks)}")
    return _BLOCK.sub(lambda place: f"{place[1]}\n{blocks[place[2]]}\n{place[3]}", page)


def _block(part: Found) -> str:
    pictures = [f"![{chart.title}]({chart.name}.svg)\n" for chart in part.charts]
    return "\n".join([*(each.markdown(3) + "\n" for each in part.tables), *pictures])


if __name__ == "__main__":
    main()
