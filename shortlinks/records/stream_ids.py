"""Ids of stream entries, `<milliseconds>-<sequence>`, which Redis gives out in rising order."""

NOWHERE = "0-0"
"""Before the first entry of any stream."""


def order(entry: str) -> tuple[int, int]:
    """What to compare ids by. "" stands for `NOWHERE`."""
    milliseconds, _, sequence = (entry or NOWHERE).partition("-")
    return int(milliseconds), int(sequence or 0)


def after(entry: str) -> str:
    """The first id that can follow `entry`."""
    milliseconds, sequence = order(entry)
    return f"{milliseconds}-{sequence + 1}"
