"""How well an agent is told: `make accuracy`, or `python -m bench.accuracy [--as KIND FILE …]` for agents of your own.

Without files, the labelled sample of the tests is read, and `shortlinks/clicks/accuracy.json` is written.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bench.table import aligned
from shortlinks.clicks import agents, classify

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "tests" / "data" / "user_agents.json"
KEPT = ROOT / "shortlinks" / "clicks" / "accuracy.json"
KINDS = ("human", "in_app", "preview", "ai", "headless", "scanner", "monitor", "library", "crawler")
"""What an agent in a sample can be. A person in an app's browser is `human` to the service; the others are reasons."""


class Labelled(NamedTuple):
    """One agent, what it is, and a name for it."""

    agent: str
    kind: str
    name: str


def sample() -> list[Labelled]:
    """The labelled sample of the tests."""
    return [Labelled(row["ua"], row["kind"], row["name"]) for row in json.loads(SAMPLE.read_text("utf-8"))]


def reason_of(kind: str) -> str:
    """The reason that is right for agents of this kind."""
    return "human" if kind == "in_app" else kind


def figures(rows: Sequence[Labelled]) -> dict[str, dict[str, int]]:
    """For each kind: how many agents there are, how many of them are called human, and how many by their right reason."""
    found: dict[str, dict[str, int]] = {}
    for kind in KINDS:
        reasons = [agents.read(row.agent).reason for row in rows if row.kind == kind]
        if reasons:
            found[kind] = {
                "strings": len(reasons),
                "human": reasons.count("human"),
                "right": reasons.count(reason_of(kind)),
            }
    return found


def confusion(rows: Sequence[Labelled]) -> str:
    """A table of kinds by the reasons that were given."""
    counts = Counter((row.kind, agents.read(row.agent).reason) for row in rows)
    reasons = sorted({reason for _, reason in counts})
    lines = [
        (kind, *(str(counts[kind, reason] or "") for reason in reasons))
        for kind in KINDS
        if any(of == kind for of, _ in counts)
    ]
    return aligned([("kind", *reasons), *lines])


def missed(rows: Sequence[Labelled]) -> list[str]:
    """A line for each agent that is not called by its right reason."""
    lines = []
    for row in rows:
        read = agents.read(row.agent)
        if read.reason != reason_of(row.kind):
            lines.append(
                f"{row.kind} taken for {read.reason} ({read.rule or 'nothing spoke against a person'}): {row.name}"
            )
    return lines


def microseconds(rows: Sequence[Labelled]) -> float:
    """Mean time on the processor for an agent that was not met before."""
    agents.read("warm up")
    begun = time.process_time()
    for row in rows:
        agents.read(f"{row.agent} {begun}")
    return (time.process_time() - begun) / len(rows) * 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="files of agents, one a line")
    parser.add_argument("--as", dest="kind", choices=KINDS, default="human", help="what the agents in the files are")
    asked = parser.parse_args()
    rows = [
        Labelled(line, asked.kind, line)
        for file in asked.files
        for line in file.read_text("utf-8", "replace").splitlines()
        if line.strip()
    ] or sample()
    print(confusion(rows))
    print("\n".join(["", *(missed(rows) or ["Nothing is missed."]), ""]))
    print(f"{microseconds(rows):,.0f} µs for an agent not met before")
    if not asked.files:
        found = {"date": datetime.now(UTC).date().isoformat(), "versions": classify.LISTS, "kinds": figures(rows)}
        KEPT.write_text(json.dumps(found, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
