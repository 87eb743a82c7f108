"""The path of a post as a picture for a story: what came of it, then a bar for each step as the post's page draws it. Pure.

All words come from whoever calls. Of a title, letters that no font here has are left out; see `undrawn`.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from PIL import Image, ImageDraw

from shortlinks.links import lettering
from shortlinks.links.lettering import INK, PAPER, Box, Face, bold, fitting

SIZE = (1080, 1920)
BOX = Box(90, 260, 990, 1580)
"""Free of text are the seventh above and the sixth below that stories cover ("Safe zones for ads", Meta Business Help, 2025)."""

_Colour = tuple[int, int, int]
_PAPER: _Colour = (PAPER, PAPER, PAPER)
_INK: _Colour = (INK, INK, INK)
# As the pages have them by night.
_QUIET: _Colour = (166, 172, 183)
_ACCENT: _Colour = (138, 180, 248)
_BESIDE: _Colour = (183, 166, 224)
_RANGE: _Colour = (65, 96, 143)
_TRACK: _Colour = (52, 56, 64)
_EDGE: _Colour = (124, 131, 143)
_TICK: _Colour = (236, 238, 242)

_TITLE, _HEADLINE, _LABEL, _NOTE = 46, 76, 46, 36
_TITLE_LINES = 2
_BAR, _BAR_BESIDE = 30, 15
_SPACED = 1.3
_LARGEST, _SMALLEST = 1.25, 0.6
_MARKS = 2
"""Signs above or below a letter; more of them reach into other lines."""

_INSTEAD = {"–": "-", "ß": "ss", "„": "“"}
"""What stands for signs of our own words where no font has them, and which are no letters with an accent."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A step. `length` and `extra` are as of the pages' rows, in percent; `length` None is a step that was not measured."""

    label: str
    count: str
    length: float | None
    extra: float = 0.0
    beside: bool = False
    aside: str = ""
    note: str = ""


class _Text(NamedTuple):
    text: str
    size: float
    colour: _Colour


class _Item(NamedTuple):
    """A line of text, with another at its right end, or a bar; and the room it takes with what is below it."""

    height: float
    left: tuple[_Text, ...] = ()
    right: _Text | None = None
    bar: Bar | None = None
    thick: float = 0.0


def draw(title: str, headline: str, bars: Sequence[Bar], *, ticks: Sequence[float], notes: Sequence[str]) -> bytes:
    """The picture as a PNG. `ticks` are where 1, 10, 100 … stand on the bars, in percent."""
    image = Image.new("RGB", SIZE, _PAPER)
    pen = ImageDraw.Draw(image)
    said = [headline, *notes, *(text for bar in bars for text in (bar.label, bar.count, bar.aside, bar.note))]
    plain, lacks = lettering.best("".join([_tidy(title), *said]).replace("\u00a0", " "))
    name = " ".join("".join(letter for letter in _tidy(title) if letter not in lacks).split())
    there = _there(lacks)
    headline, notes = headline.translate(there), [note.translate(there) for note in notes]
    bars = [
        replace(
            bar,
            label=bar.label.translate(there),
            count=bar.count.translate(there),
            aside=bar.aside.translate(there),
            note=bar.note.translate(there),
        )
        for bar in bars
    ]
    scale = _LARGEST
    while True:
        items = list(_items(plain, name, headline, bars, notes, scale))
        height = sum(item.height for item in items)
        if height <= BOX.bottom - BOX.top or scale <= _SMALLEST:
            break
        scale -= 0.05
    y = BOX.top + (BOX.bottom - BOX.top - height) / 2
    for item in items:
        _put(pen, plain, item, y, ticks)
        y += item.height
    return lettering.png(image)


def undrawn(title: str) -> str:
    """The letters of a title that the picture leaves out, because no font here has them."""
    return lettering.best(_tidy(title))[1]


def _items(
    face: Face, title: str, headline: str, bars: Sequence[Bar], notes: Sequence[str], scale: float
) -> Iterator[_Item]:
    for line in _titled(face, title, _TITLE * scale):
        yield _line(line, _TITLE * scale, _QUIET)
    if title:
        yield _Item(0.3 * _TITLE * scale)
    for line in _lines(face, headline, _HEADLINE * scale):
        yield _line(line, _HEADLINE * scale, _INK)
    yield _Item(_LABEL * scale)
    for bar in bars:
        label = [_Text(bar.label, _LABEL * scale, _INK)]
        if bar.aside:
            label.append(_Text(bar.aside, _NOTE * scale, _QUIET))
        gap = bar.length is None
        count = _Text(bar.count, (_NOTE if gap else _LABEL) * scale, _QUIET if gap else _INK)
        yield _Item(_LABEL * scale * _SPACED, tuple(label), count)
        thick = (_BAR_BESIDE if bar.beside else _BAR) * scale
        yield _Item(thick + (0.2 if bar.note else 0.6) * _LABEL * scale, bar=bar, thick=thick)
        for line in _lines(face, bar.note, _NOTE * scale) if bar.note else ():
            yield _line(line, _NOTE * scale, _QUIET)
        if bar.note:
            yield _Item(0.3 * _LABEL * scale)
    for note in notes:
        for line in _lines(face, note, _NOTE * scale):
            yield _line(line, _NOTE * scale, _QUIET)


def _line(text: str, size: float, colour: _Colour) -> _Item:
    return _Item(size * _SPACED, (_Text(text, size, colour),))


def _put(pen: ImageDraw.ImageDraw, face: Face, item: _Item, y: float, ticks: Sequence[float]) -> None:
    if item.bar:
        _put_bar(pen, item.bar, y, y + item.thick, ticks)
        return
    middle, x, end = y + item.height / 2, float(BOX.left), float(BOX.right)
    if item.right:
        end -= _write(pen, face, item.right, end, middle, "r", (BOX.right - BOX.left) / 2) + item.right.size / 2
    for each in item.left:
        if len(item.left) == 1 and not item.right and _runs_left(each.text):
            _write(pen, face, each, end, middle, "r", end - x)
        elif end - x > each.size:
            x += _write(pen, face, each, x, middle, "l", end - x) + each.size / 2


def _write(pen: ImageDraw.ImageDraw, face: Face, said: _Text, x: float, middle: float, side: str, room: float) -> float:
    """Write a text that begins (`l`) or ends (`r`) at `x`, smaller where there is less room. Returns its width."""
    size = math.floor(min(said.size, fitting(face, said.text, int(room))))
    font, stroke = face(size), int(bold(face, size))
    left, _, right, _ = pen.textbbox((0, 0), said.text, font, anchor="lm", stroke_width=stroke)
    pen.text((x - left if side == "l" else x - right, middle), said.text, said.colour, font, "lm", stroke_width=stroke)
    return right - left


def _put_bar(pen: ImageDraw.ImageDraw, bar: Bar, top: float, bottom: float, ticks: Sequence[float]) -> None:
    around = (bottom - top) / 3

    def at(percent: float) -> float:
        return BOX.left + (BOX.right - BOX.left) * min(percent, 100) / 100 - 1

    def fill(percent: float, colour: _Colour) -> None:
        if percent:
            pen.rounded_rectangle((BOX.left, top, at(percent), bottom), around, colour)

    if bar.length is None:
        pen.rounded_rectangle((BOX.left, top, at(100), bottom), around, outline=_EDGE, width=3)
        return
    fill(100, _TRACK)
    fill(bar.extra and bar.length + bar.extra, _RANGE)
    fill(bar.length, _BESIDE if bar.beside else _ACCENT)
    for tick in ticks:
        pen.line((at(tick), top, at(tick), bottom), _TICK, 2)


def _titled(face: Face, title: str, size: float) -> list[str]:
    lines = list(_lines(face, title, size))
    if len(lines) <= _TITLE_LINES:
        return lines
    last = lines[_TITLE_LINES - 1]
    while fitting(face, f"{last}…", BOX.right - BOX.left) < size:
        last = last[:-1]
    return [*lines[: _TITLE_LINES - 1], f"{last.rstrip()}…"]


def _lines(face: Face, text: str, size: float) -> Iterator[str]:
    words = re.findall(r"\S+\s*", text)
    return (line.strip() for line in lettering.filled(face, words, BOX.right - BOX.left, size))


def _tidy(title: str) -> str:
    """A title without signs that are not seen and only change others, and without piles of signs on a letter."""
    seen = (letter for letter in unicodedata.normalize("NFC", title) if unicodedata.category(letter) != "Cf")
    parts = (list(some) for _, some in groupby(seen, key=lambda letter: unicodedata.combining(letter) > 0))
    return "".join("".join(part[:_MARKS] if unicodedata.combining(part[0]) else part) for part in parts)


def _there(lacks: str) -> dict[int, str]:
    """What stands for letters that the font lacks: the same without its accent, and a plain space for one that never breaks."""
    bases = {letter: _INSTEAD.get(letter, unicodedata.normalize("NFD", letter)[0]) for letter in lacks}
    return {0xA0: " "} | {ord(letter): "" if base in lacks else base for letter, base in bases.items()}


def _runs_left(text: str) -> bool:
    """Whether a line is read from right to left: as its first letter is."""
    sides = (unicodedata.bidirectional(letter) for letter in text)
    return next((side for side in sides if side in ("L", "R", "AL")), "L") != "L"
