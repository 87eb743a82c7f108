"""A bar chart as SVG: plain, readable on light and dark pages, no script."""

from collections.abc import Mapping
from html import escape

_WIDTH, _LABEL, _ROW, _TOP = 760, 250, 26, 44
_STYLE = (
    "text { font: 13px system-ui, sans-serif; fill: #1a1a1a } .title { font-weight: 600 } .bar { fill: #8a94a6 } "
    ".ours { fill: #1f5fbf } @media (prefers-color-scheme: dark) { text { fill: #e8e8e8 } .ours { fill: #6aa5ff } }"
)


def bars(title: str, values: Mapping[str, float]) -> str:
    """A horizontal bar for each value, in the order given; those of our own service stand out."""
    most = max(values.values())
    room = _WIDTH - _LABEL - 80
    height = _TOP + _ROW * len(values) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">',
        f'<style>{_STYLE}</style><text class="title" x="0" y="20">{escape(title)}</text>',
    ]
    for number, (label, value) in enumerate(values.items()):
        y = _TOP + _ROW * number
        width = room * value / most
        kind = "bar ours" if "ours" in label else "bar"
        parts.append(f'<text x="0" y="{y + 13}">{escape(label)}</text>')
        parts.append(f'<rect class="{kind}" x="{_LABEL}" y="{y}" width="{width:.1f}" height="17" rx="3"/>')
        parts.append(f'<text x="{_LABEL + width + 6:.1f}" y="{y + 13}">{value:,.0f}</text>')
    return "\n".join([*parts, "</svg>", ""])
