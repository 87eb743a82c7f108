"""QR codes of short links: as a picture to save, and as the path that a page draws. Pure.

The code holds the address as it is, on white with the four modules of margin that readers need (ISO/IEC 18004), and stays
readable with a seventh of it damaged (level M, or a better one where that costs nothing).
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Literal

import segno

Kind = Literal["svg", "png"]

_MARGIN = 4
_PRINTED = 1_000
"""Pixels that a PNG has at least on each side: enough for a hand's breadth on paper."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The dark modules as the `path` of an SVG, whose view box has `size` modules on each side."""

    path: str
    size: int


# A post's page shows one for each of its links; with eight links, making them is three quarters of its time.
@lru_cache(maxsize=256)
def drawn(address: str) -> Drawn:
    """The code of `address`, for a page to draw."""
    code = _code(address)
    parts = []
    for y, row in enumerate(code.matrix_iter(border=_MARGIN)):
        x = 0
        for dark, run in groupby(row):
            width = len(list(run))
            if dark:
                parts.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    return Drawn("".join(parts), _size(code))


def picture(address: str, kind: Kind) -> bytes:
    """The code of `address` as a file."""
    code, file = _code(address), io.BytesIO()
    scale = -(-_PRINTED // _size(code))
    code.save(file, kind=kind, scale=scale, border=_MARGIN, light="#fff")
    return file.getvalue()


def _code(address: str) -> segno.QRCode:
    # No Micro QR: many readers know only the common one.
    return segno.make_qr(address, error="m")


def _size(code: segno.QRCode) -> int:
    return int(code.symbol_size(border=_MARGIN)[0])
