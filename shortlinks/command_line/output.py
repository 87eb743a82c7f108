"""What commands print: JSON for programs, tables and sentences for people.

Rich colours a terminal; elsewhere, and with NO_COLOR, it is plain text. What strangers wrote is never taken for markup, and no
character of it moves the cursor or turns the reading direction.
"""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from shortlinks.command_line.escapes import visible
from shortlinks.words import language

_WIDTH = 80
_NARROWEST = 8


outcome = click.option("--json", "as_json", is_flag=True, help="Tell the outcome as one JSON object.")
"""For a command that is no call of the API."""


def json_(value: Any) -> None:
    """A value as the API answers it. All ASCII, so that no terminal takes anything in it for a command."""
    click.echo(json.dumps(value, indent=2))


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the program, which ends all its output alike."""
        raise BrokenPipeError


def console(*, err: bool = False) -> Console:
    """Where to print for people: as wide as the terminal, 80 columns elsewhere."""
    file = sys.stderr if err else sys.stdout
    plain = bool(os.environ.get("NO_COLOR")) or not file.isatty() or os.environ.get("TERM") == "dumb"
    return _Console(
        file=file,
        width=None if file.isatty() else _WIDTH,
        force_terminal=None if file.isatty() else False,
        color_system=None if plain else "auto",
        highlight=False,
        markup=False,
        emoji=False,
    )


def say(text: str = "", style: str = "", *, indent: int = 0) -> None:
    """A paragraph, wrapped."""
    to = console()
    for line in Text(visible(text), style).wrap(to, to.width - indent):
        line.rstrip()
        to.print(Text(" " * indent) + line)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, wide: str = "") -> None:
    """Rows under their columns. Names that end in `#` are of numbers, to the right; the column `wide` is cut where the others
    leave it no room."""
    to, names = console(), [name.removesuffix("#") for name in columns]
    cells = [[Text(visible("" if cell is None else cell)) for cell in row] for row in rows]
    widths = [max(len(name), *(row[place].cell_len for row in cells), 0) for place, name in enumerate(names)]
    if wide:
        place = names.index(wide)
        widths[place] = max(
            _NARROWEST, min(widths[place], to.width - sum(widths) + widths[place] - 2 * (len(names) - 1))
        )
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, column, width in zip(names, columns, widths, strict=True):
        made.add_column(
            name,
            justify="right" if column.endswith("#") else "left",
            no_wrap=name == wide,
            overflow="ellipsis" if name == wide else "fold",
            min_width=width if name == wide else None,
            max_width=width,
        )
    for row in cells:
        made.add_row(*row)
    to.print(made)


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """What is known of one thing, a line each; what is None or "" is left out."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs:
        if value not in (None, ""):
            made.add_row(name, Text(visible(value)))
    console().print(made)


def number(count: int | None) -> str:
    """A count as people read it; "" where it is not known."""
    return "" if count is None else language.number(count)


def moment(text: str | None, tz: ZoneInfo) -> str:
    """An instant of the API by the creator's clocks: `2026-11-21 22:46`."""
    return "" if text is None else f"{datetime.fromisoformat(text).astimezone(tz):%Y-%m-%d %H:%M}"


def day(text: str, tz: ZoneInfo) -> str:
    """The day of an instant of the API there."""
    return moment(text, tz)[:10]


def bar(share: float) -> str:
    """A bar of at most 30 columns, one at least."""
    full = "█" if console().encoding.lower().startswith("utf") else "#"
    return full * max(1, round(30 * share))


def progress() -> Progress:
    """A bar on standard error while something takes long; nothing where that is no terminal."""
    shown = console(err=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=shown,
        transient=True,
        disable=not shown.is_terminal,
    )
