"""Clocks that a test sets, for whole processes: what libfaketime shows those that run in the environment of such a clock."""

import importlib.util
from contextlib import suppress
from pathlib import Path

# Debian's 0.9.10 breaks `time.sleep` of Python 3.11 and later; the package of that name on PyPI brings a newer one.
_PACKAGE = importlib.util.find_spec("libfaketime")
assert _PACKAGE, "libfaketime is missing: install requirements-dev.txt"
LIBFAKETIME = Path(_PACKAGE.origin or "").parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
_SHARED_MEMORY = Path("/dev/shm")


class Clock:
    """A clock in a file. Processes started in its `environ` see it; their monotonic time goes on as it does."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.environ = {
            "LD_PRELOAD": str(LIBFAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        self.set(0)

    def set(self, days: int) -> None:
        """Have it show the time of so many days from now, within a second."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{days * 86_400:+d}\n")
        draft.rename(self._file)


def forget_clocks() -> None:
    """Remove what libfaketime leaves in shared memory for a process that was killed."""
    for path in _SHARED_MEMORY.glob("*faketime_*"):
        if not Path("/proc", path.name.rpartition("_")[2]).exists():
            with suppress(OSError):
                path.unlink()
