"""Letters on pictures: which font draws them, how large they fit, and what no font here has. Pure.

What the font of Pillow lacks (it has ASCII) is drawn with a font of this machine, if one has it.
"""

import io
import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from PIL import Image, ImageFont, features

PAPER, INK = 17, 255
"""How light a picture is, and what is written on it."""
_FONTS = ("DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "LiberationSans-Bold.ttf", "Arial Bold.ttf", "arialbd.ttf")
"""Bold fonts that systems come with, the ones with most letters first."""
_LETTERS = 100
"""The size at which letters are measured."""
_BEYOND = "\uffff"
"""No font has it, so it looks like whatever else a font lacks."""
_SHAPES = features.check("raqm")
"""Whether letters that run from right to left are put in order and joined; without it they would be wrong."""

Face = Callable[[float], ImageFont.FreeTypeFont]


class Box(NamedTuple):
    """Where text may stand, in pixels."""

    left: int
    top: int
    right: int
    bottom: int


def png(image: Image.Image) -> bytes:
    """The picture as a PNG."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def best(text: str) -> tuple[Face, str]:
    """The first font that has all letters of a text, or else the one that lacks the fewest; and which it lacks."""
    faces: list[Face] = [default, *map(_of_system, installed())]
    chosen = faces[0], text
    for face in faces:
        lacks = "".join(letter for letter in dict.fromkeys(text) if not _has(face, letter))
        if len(lacks) < len(chosen[1]):
            chosen = face, lacks
        if not lacks:
            break
    return chosen


def fitting(face: Face, text: str, room: int) -> int:
    """The size of letters at which `text` is as wide as `room`."""
    size = max(1, int(room * _LETTERS / max(_reach(face, text, _LETTERS), 1)))
    # Letters are fitted to whole pixels at each size, so they are not wider in the same proportion.
    while size > 1 and _reach(face, text, size) > room:
        size -= 1
    return size


def filled(face: Face, pieces: Sequence[str], room: int, size: float) -> Iterator[str]:
    """The pieces in lines as full as they get; one that is longer than a line is cut."""
    kept = ""
    for piece in pieces:
        for letter in [piece] if fitting(face, piece, room) >= size else piece:
            if kept and fitting(face, kept + letter, room) < size:
                yield kept
                kept = ""
            kept += letter
    if kept:
        yield kept


def bold(face: Face, size: float) -> float:
    """The width of the outline with which letters of that size are drawn."""
    # Pillow's font is of regular weight, which a strong outline in the same colour makes bold.
    return size / 36 if face is default else 0


@lru_cache(maxsize=64)
def default(size: float) -> ImageFont.FreeTypeFont:
    """The font that comes with Pillow."""
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


@lru_cache(maxsize=1)
def installed() -> tuple[str, ...]:
    """The files of those fonts that this machine has."""
    found = []
    for name in _FONTS:
        try:
            found.append(str(ImageFont.truetype(name, _LETTERS).path))
        except OSError:
            continue
    return tuple(found)


def _reach(face: Face, text: str, size: float) -> float:
    """How wide a text is where it is centred by its own width, beyond which a letter may reach."""
    left, _top, right, _bottom = face(size).getbbox(text, anchor="mm", stroke_width=math.ceil(bold(face, size)))
    return max(-2 * left, 2 * right)


def _has(face: Face, letter: str) -> bool:
    if unicodedata.bidirectional(letter) in ("R", "AL") and not _SHAPES:
        return False
    return letter == " " or _drawn(face, letter)


@lru_cache(maxsize=4096)
def _drawn(face: Face, letter: str) -> bool:
    font = face(_LETTERS)
    return _seen(font, letter) != _seen(font, _BEYOND)


def _seen(font: ImageFont.FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(letter)
    return mask.size, bytes(mask)


@lru_cache(maxsize=8)
def _of_system(name: str) -> Face:
    return lambda size: ImageFont.truetype(name, size)
