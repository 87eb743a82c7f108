"""Plots with logarithmic axes as SVG text: one picture that reads on light and on dark pages alike."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 190, 46, 58
_LINE = 15
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Colours that differ in lightness too, after Okabe and Ito (2008), "Color Universal Design"; each with its own marker.
_LIGHT = ("#0060a8", "#c04a00", "#00795a", "#9b3f86", "#6b5a00")
_DARK = ("#6cb6ff", "#f0a35e", "#4cd0a4", "#e59bd1", "#d9c74a")
_MARKERS = (
    "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z",
    "M-4 -4H4V4H-4Z",
    "M0 -5L5 4H-5Z",
    "M0 -5.5L5.5 0L0 5.5L-5.5 0Z",
    "M0 5L5 -4H-5Z",
)


class Curve(NamedTuple):
    """A measured line: (x, y) with both above 0. With `dashed` it is a guide to the eye, and bears no markers."""

    label: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False


class Chart(NamedTuple):
    """A picture of curves; `x` and `y` name the axes with their units, `name` the file."""

    name: str
    title: str
    x: str
    y: str
    curves: Sequence[Curve]


def svg(chart: Chart) -> str:
    """The chart as a complete SVG document. Axes begin and end at powers of ten. Raises ValueError when nothing is drawn."""
    drawn = [point for curve in chart.curves for point in curve.points]
    if not drawn or min(min(point) for point in drawn) <= 0:
        raise ValueError(f"{chart.name}: a logarithmic plot needs points, all of them above 0")
    across, up = (
        _Axis([x for x, _ in drawn], _LEFT, _WIDTH - _RIGHT),
        _Axis([y for _, y in drawn], _HEIGHT - _BOTTOM, _TOP),
    )
    parts = [*_frame(chart, across, up)]
    labels = []
    number = 0
    for curve in chart.curves:
        places = [(across.at(x), up.at(y)) for x, y in sorted(curve.points)]
        kind = "guide" if curve.dashed else f"c{number % len(_LIGHT)}"
        parts.append(f'<polyline class="line {kind}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>')
        if not curve.dashed:
            shape = _MARKERS[number % len(_MARKERS)]
            parts += [
                f'<path class="mark {kind}" d="{shape}" transform="translate({x:.1f} {y:.1f})"/>' for x, y in places
            ]
            number += 1
        labels.append((places[-1], kind, curve.label))
    parts += _labels(labels)
    described = "; ".join(f"{curve.label}: {_told(curve.points)}" for curve in chart.curves if not curve.dashed)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
            f'aria-labelledby="title description" font-family="system-ui, sans-serif" font-size="12">',
            f'<title id="title">{escape(chart.title)}</title>',
            f'<desc id="description">{escape(chart.y)} by {escape(chart.x)}. {escape(described)}</desc>',
            f"<style>{_style()}</style>",
            *parts,
            "</svg>\n",
        ]
    )


class _Axis:
    """Powers of ten around all values, laid out between two places on the page."""

    def __init__(self, values: Iterable[float], start: float, end: float) -> None:
        exponents = [math.log10(value) for value in values]
        self.first, self.last = math.floor(min(exponents) + 1e-9), math.ceil(max(exponents) - 1e-9)
        self.last = max(self.last, self.first + 1)
        self._start, self._step = start, (end - start) / (self.last - self.first)

    def at(self, value: float) -> float:
        return self._start + (math.log10(value) - self.first) * self._step

    @property
    def decades(self) -> range:
        return range(self.first, self.last + 1)


def _frame(chart: Chart, across: _Axis, up: _Axis) -> Iterable[str]:
    yield f'<rect class="paper" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>'
    yield f'<text class="head" x="{_LEFT}" y="26">{escape(chart.title)}</text>'
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    for exponent in across.decades:
        x = across.at(10.0**exponent)
        yield f'<path class="grid" d="M{x:.1f} {_TOP}V{bottom}"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{_power(exponent)}</text>'
    for exponent in up.decades:
        y = up.at(10.0**exponent)
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{right}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_power(exponent)}</text>'
    yield f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
    yield f'<text x="{(_LEFT + right) / 2}" y="{_HEIGHT - 16}" text-anchor="middle">{escape(chart.x)}</text>'
    middle = (_TOP + bottom) / 2
    yield f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">{escape(chart.y)}</text>'


def _labels(ends: list[tuple[tuple[float, float], str, str]]) -> Iterable[str]:
    """Each curve's name at its end, moved down where it would stand on another."""
    lowest: float = _TOP - _LINE
    for (x, y), kind, label in sorted(ends, key=lambda end: end[0][1]):
        words = _wrapped(label)
        y = max(y, lowest + _LINE)
        for line, text in enumerate(words):
            yield f'<text class="name {kind}" x="{x + 10:.1f}" y="{y + 4 + line * _LINE:.1f}">{escape(text)}</text>'
        lowest = y + (len(words) - 1) * _LINE


def _wrapped(label: str, width: int = 26) -> list[str]:
    lines = [""]
    for word in label.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _power(exponent: int) -> str:
    return f"{10.0**exponent:g}" if -3 <= exponent <= 2 else f"10{str(exponent).translate(_SUPERSCRIPTS)}"


def _told(points: Sequence[tuple[float, float]]) -> str:
    return ", ".join(f"{y:.3g} at {x:,.0f}" for x, y in sorted(points))


def _style() -> str:
    def colours(paper: str, ink: str, grid: str, of_curves: Sequence[str]) -> str:
        rules = [f".paper{{fill:{paper}}}text{{fill:{ink}}}.grid{{stroke:{grid}}}.axis{{stroke:{ink}}}"]
        # A name that lies across a curve stays readable.
        rules += [f".guide.line{{stroke:{ink}}}.name{{stroke:{paper}}}"]
        for number, colour in enumerate(of_curves):
            rules.append(f".c{number}.line{{stroke:{colour}}}.c{number}.mark,.c{number}.name{{fill:{colour}}}")
        return "".join(rules)

    light = colours("#ffffff", "#333333", "#dddddd", _LIGHT)
    dark = colours("#161b22", "#d0d7de", "#30363d", _DARK)
    shapes = ".line,.grid,.axis{fill:none}.line{stroke-width:2}.guide.line{stroke-width:1;stroke-dasharray:4 4}"
    shapes += ".name{stroke-width:4;paint-order:stroke}"
    return f"{shapes}.head{{font-size:15px;font-weight:600}}{light}@media (prefers-color-scheme:dark){{{dark}}}"
