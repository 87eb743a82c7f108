"""A card to burn into a video or to post as a picture: an address in letters as large as fit, for people to type. Pure.

What the font of Pillow lacks (it has ASCII) is drawn with a font of this machine, if one has it.
"""

import io
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from shortlinks.errors import Invalid

Shape = Literal["tall", "square"]
LONGEST_LINE = 60

_PAPER, _INK = 17, 255
_FONTS = ("DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "LiberationSans-Bold.ttf", "Arial Bold.ttf", "arialbd.ttf")
"""Bold fonts that systems come with, the ones with most letters first."""
_LETTERS = 100
"""The size at which letters are measured."""
_LARGEST, _READ_AT_A_GLANCE, _SMALLEST = 200, 84, 24
_CUT = 48
"""An address is cut in the middle of a word where that would have to be smaller."""
_LINE = 64
_SPACED, _FRAMED = 1.4, 2.6
"""The height of a row, in sizes of its letters."""
_BEYOND = "\uffff"
"""No font has it, so it looks like whatever else a font lacks."""


class Box(NamedTuple):
    """Where text may stand, in pixels."""

    left: int
    top: int
    right: int
    bottom: int


class _Look(NamedTuple):
    """A picture's size, and the part of it that apps do not cover."""

    width: int
    height: int
    box: Box


# Free of text on tall ones are the parts that Meta names for reels (a seventh above, a third below: "Safe zones for ads",
# Meta Business Help, 2025) and TikTok's row of buttons at the right, mirrored.
_LOOKS: dict[Shape, _Look] = {
    "tall": _Look(1080, 1920, Box(130, 270, 950, 1250)),
    "square": _Look(1080, 1080, Box(90, 90, 990, 990)),
}
SIZES: dict[Shape, tuple[int, int]] = {shape: (look.width, look.height) for shape, look in _LOOKS.items()}

_Face = Callable[[float], ImageFont.FreeTypeFont]


class _Row(NamedTuple):
    """One line of text as it is drawn, with the room it takes. `framed`: on white, with a margin."""

    text: str
    font: ImageFont.FreeTypeFont
    stroke: int
    height: int
    framed: bool = False


def draw(address: str, shape: Shape, *, line: str = "", coupon: str = "") -> bytes:
    """The card as a PNG: `line` above the address, `coupon` below it.

    Raises Invalid("line") when it has a letter that no font here can draw.
    """
    look = _LOOKS[shape]
    image = Image.new("L", (look.width, look.height), _PAPER)
    pen = ImageDraw.Draw(image)
    _put(pen, _rows(address, look.box, line, coupon), look.box)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def check(line: str) -> None:
    """Raise Invalid("line") when it has a letter that no font here can draw."""
    _face(unicodedata.normalize("NFC", line))


def _rows(address: str, box: Box, line: str, coupon: str) -> list[_Row]:
    room = box.right - box.left
    rows = []
    if line:
        text = unicodedata.normalize("NFC", line)
        face = _face(text)
        rows += [_row(face, part, _LINE, room) for part in _wrapped(face, text, room)]
    left = box.bottom - box.top - sum(row.height for row in rows) - (_LINE * _FRAMED if coupon else 0)
    parts, size = _set(address, room, left)
    rows += [_row(_default, part, size, room) for part in parts]
    if coupon:
        code = _row(_default, f"Code {coupon}", min(size, _LINE), room - _LINE)
        rows.append(code._replace(height=round(code.font.size * _FRAMED), framed=True))
    return rows


def _put(pen: ImageDraw.ImageDraw, rows: Sequence[_Row], box: Box) -> None:
    """Draw the rows one below the other, in the middle of the box."""
    middle = (box.left + box.right) // 2
    y = box.top + (box.bottom - box.top - sum(row.height for row in rows)) / 2
    for row in rows:
        at = (middle, y + row.height / 2)
        if row.framed:
            left, top, right, bottom = pen.textbbox(at, row.text, row.font, anchor="mm", stroke_width=row.stroke)
            around = row.font.size / 3
            pen.rounded_rectangle((left - around, top - around, right + around, bottom + around), around, _INK)
        pen.text(at, row.text, _PAPER if row.framed else _INK, row.font, anchor="mm", stroke_width=row.stroke)
        y += row.height


def _row(face: _Face, text: str, largest: float, room: int) -> _Row:
    size = math.floor(min(largest, _fitting(face, text, room)))
    return _Row(text, face(size), int(_bold(face, size)), round(size * _SPACED))


def _set(address: str, room: int, height: float) -> tuple[list[str], float]:
    """The address in lines, and the size at which they fit: in one line where that is read at a glance, else broken behind
    the host, else wherever it must be."""
    host, slash, slug = address.partition("/")
    for parts in ([address], [host + slash, slug]):
        most = min(_LARGEST, height / len(parts) / _SPACED)
        size = min(most, *(_fitting(_default, part, room) for part in parts))
        if size >= _READ_AT_A_GLANCE:
            return parts, size
    pieces = re.findall(r"[^./]*[./]|[^./]+", address)
    uncut = min(_fitting(_default, piece, room) for piece in pieces)
    for size in range(int(max(_CUT, min(uncut, _READ_AT_A_GLANCE))), _SMALLEST, -4):
        parts = list(_filled(pieces, room, size))
        if len(parts) * size * _SPACED <= height:
            break
    return parts, size


def _filled(pieces: Sequence[str], room: int, size: float) -> Iterator[str]:
    """The pieces in lines as full as they get; one that is longer than a line is cut."""
    kept = ""
    for piece in pieces:
        for letter in [piece] if _fitting(_default, piece, room) >= size else piece:
            if kept and _fitting(_default, kept + letter, room) < size:
                yield kept
                kept = ""
            kept += letter
    if kept:
        yield kept


def _wrapped(face: _Face, text: str, room: int) -> Iterator[str]:
    kept = ""
    for word in text.split():
        longer = f"{kept} {word}".strip()
        if kept and _fitting(face, longer, room) < _LINE:
            yield kept
            longer = word
        kept = longer
    yield kept


def _fitting(face: _Face, text: str, room: int) -> float:
    """The size of letters at which `text` is as wide as `room`."""
    # A letter may reach beyond its own width, and all is centred by that.
    left, _, right, _ = face(_LETTERS).getbbox(text, anchor="mm", stroke_width=math.ceil(_bold(face, _LETTERS)))
    return room * _LETTERS / max(2 * -left, 2 * right, 1)


def _bold(face: _Face, size: float) -> float:
    # Pillow's font is of regular weight, which a strong outline in the same colour makes bold.
    return size / 36 if face is _default else 0


@lru_cache(maxsize=64)
def _default(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _face(text: str) -> _Face:
    """The first font that has all letters of a text."""
    lacking: str = ""
    faces: list[_Face] = [_default, *map(_of_system, installed())]
    for face in faces:
        lacks = "".join(letter for letter in dict.fromkeys(text) if not _has(face, letter))
        if not lacks:
            return face
        lacking = min(lacking or lacks, lacks, key=len)
    raise Invalid.field("line", f"has letters that no font on this computer can draw: {lacking}")


def _has(face: _Face, letter: str) -> bool:
    font = face(_LETTERS)
    return letter == " " or _seen(font, letter) != _seen(font, _BEYOND)


def _seen(font: ImageFont.FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(letter)
    return mask.size, bytes(mask)


def _of_system(name: str) -> _Face:
    return lambda size: ImageFont.truetype(name, size)


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
