"""A card to burn into a video or to post as a picture: an address in letters as large as fit, for people to type. Pure."""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from shortlinks.errors import Invalid
from shortlinks.links import lettering
from shortlinks.links.lettering import INK, PAPER, Box, Face, bold, default, fitting
from shortlinks.words.language import _, pgettext

Shape = Literal["tall", "square"]
LONGEST_LINE = 60

_LARGEST, _READ_AT_A_GLANCE, _SMALLEST = 200, 84, 24
_CUT = 48
"""An address is cut in the middle of a word where that would have to be smaller."""
_LINE = 64
_SPACED, _FRAMED = 1.4, 2.6
"""The height of a row, in sizes of its letters."""


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
    image = Image.new("L", (look.width, look.height), PAPER)
    pen = ImageDraw.Draw(image)
    _put(pen, _rows(address, look.box, line, coupon), look.box)
    return lettering.png(image)


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
    rows += [_row(default, part, size, room) for part in parts]
    if coupon:
        text = pgettext("letters of ASCII alone", "Code {coupon}", coupon=coupon)
        code = _row(default, text, min(size, _LINE), room - _LINE)
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
            pen.rounded_rectangle((left - around, top - around, right + around, bottom + around), around, INK)
        pen.text(at, row.text, PAPER if row.framed else INK, row.font, anchor="mm", stroke_width=row.stroke)
        y += row.height


def _row(face: Face, text: str, largest: float, room: int) -> _Row:
    size = math.floor(min(largest, fitting(face, text, room)))
    return _Row(text, face(size), int(bold(face, size)), round(size * _SPACED))


def _set(address: str, room: int, height: float) -> tuple[list[str], float]:
    """The address in lines, and the size at which they fit: in one line where that is read at a glance, else broken behind
    the host, else wherever it must be."""
    host, slash, slug = address.partition("/")
    for parts in ([address], [host + slash, slug]):
        most = min(_LARGEST, height / len(parts) / _SPACED)
        size = min(most, *(fitting(default, part, room) for part in parts))
        if size >= _READ_AT_A_GLANCE:
            return parts, size
    pieces = re.findall(r"[^./]*[./]|[^./]+", address)
    uncut = min(fitting(default, piece, room) for piece in pieces)
    for size in range(int(max(_CUT, min(uncut, _READ_AT_A_GLANCE))), _SMALLEST, -4):
        parts = list(lettering.filled(default, pieces, room, size))
        if len(parts) * size * _SPACED <= height:
            break
    return parts, size


def _wrapped(face: Face, text: str, room: int) -> Iterator[str]:
    kept = ""
    for word in text.split():
        longer = f"{kept} {word}".strip()
        if kept and fitting(face, longer, room) < _LINE:
            yield kept
            longer = word
        kept = longer
    yield kept


def _face(text: str) -> Face:
    """A font that has all letters of a text."""
    face, lacks = lettering.best(text)
    if lacks:
        raise Invalid.field("line", _("has letters that no font on this computer can draw: {letters}", letters=lacks))
    return face
