"""The tables that are printed and kept in bench/results/."""

import os
import platform
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

RESULTS = Path(__file__).parent / "results"


class Row(NamedTuple):
    """One figure; `good` says whether it is within its target, None where there is none."""

    what: str
    figure: str
    target: str = ""
    good: bool | None = None

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The row as text."""
        return self.what, self.figure, self.target, "" if self.good is None else "yes" if self.good else "NO"


HEAD = ("what", "measured", "target", "met")


class Table(NamedTuple):
    """A table with a heading and a sentence of what it shows."""

    title: str
    text: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def markdown(self, level: int = 2) -> str:
        """Heading, text and table."""
        return f"{'#' * level} {self.title}\n\n{self.text}\n\n{aligned([self.head, *self.rows])}"


def markdown(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    return aligned([HEAD, *(row.cells for row in rows)])


def aligned(cells: Sequence[tuple[str, ...]]) -> str:
    """Rows of text, the first of them the head, as a Markdown table with aligned columns."""
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def keep(name: str, title: str, found: str) -> None:
    """Keep what a run found, with the machine and the day."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / name).write_text(f"# {title}\n\n{found}\n\n{machine()}, {time.strftime('%Y-%m-%d')}.\n", "utf-8")


def machine() -> str:
    """What it was measured on."""
    name = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = [
            line.partition(":")[2].strip() for line in information.read_text().splitlines() if "model name" in line
        ]
        name = names[0] if names else name
    return f"{os.cpu_count()} cores of {name}, {platform.system()}, Python {platform.python_version()}"
