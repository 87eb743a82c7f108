"""What cannot be shipped is set aside, for a person to look at: journals that are not ours, and garbled lines of those that are.

It lies in the folder `aside` beside the journals, until it is as old as single clicks may get.
"""

from contextlib import suppress
from pathlib import Path

NAME = "aside"


def put(path: Path) -> None:
    """Move a journal there. Raises OSError."""
    path.rename(_made(path.parent) / path.name)


def keep(folder: Path, name: str, lines: list[bytes]) -> None:
    """Keep garbled lines of the journal `name` of a folder there.

    A look at them later is worth less than shipping the others now, so a full disk is no reason to stop.
    """
    if lines:
        with suppress(OSError), (_made(folder) / f"{name}.garbled").open("ab") as file:
            file.writelines(line + b"\n" for line in lines)


def sweep(folder: Path, *, before: float) -> int:
    """Delete what was not touched since `before` (seconds since 1970). Returns how many files."""
    old = [path for path in (folder / NAME).glob("*") if path.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _made(folder: Path) -> Path:
    there = folder / NAME
    there.mkdir(exist_ok=True, mode=0o700)
    return there
