"""Who goes first where several want all of the machine: the redirects."""

import os

YIELDING = 10


def give_way() -> None:
    """Let this process come after those that answer visitors, for good: counts may come a little later.

    One that was started nicer than that stays as it is: only root may make it less nice.
    """
    os.nice(max(0, YIELDING - os.nice(0)))
