"""What strangers send: realistic samples, and what becomes of them when someone means harm."""

import json
import tomllib
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from shortlinks.snapshots import post_exports as exports

_DATA = Path(__file__).parent.parent / "data"
AGENTS: list[str] = [row["ua"] for row in json.loads((_DATA / "user_agents.json").read_text("utf-8"))]
SAMPLES: dict[str, list[str]] = tomllib.loads((_DATA / "strangers.toml").read_text("utf-8"))
_CONTROLS = "\0 \t \n \r\n \x1b \x7f \x85 \xa0 \u2028 \u202e \ufeff \xad \u200d \ud800 \U0010ffff"
_SIGNS = "% %00 %0d%0a %ff %ed%a0%80 + & ; = | , : :: @ # ? / // \\ . .. ../ ' \" ` [ ] ( ) [[ (( * ^ - _ {0} {{1}} %s <script>"
_LETTERS = "é ß İ ı ﬁ K ſ ١ １ ² ½ Ⅷ 万 🍂 e\u0301 。 … ＝ － 0 -1 1e999 NaN null true"
SPITE = (*f"{_CONTROLS} {_SIGNS} {_LETTERS}".split(" "), "9" * 25, "a" * 300)


@st.composite
def bent(draw: st.DrawFn, samples: st.SearchStrategy[str]) -> str:
    """One of the samples, or what up to three changes make of it."""
    text = draw(samples)
    for _ in range(draw(st.sampled_from((0, 0, 0, 0, 1, 1, 2, 3)))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        match draw(st.sampled_from(("insert", "replace", "cut", "repeat", "splice"))):
            case "insert":
                text = text[:start] + draw(_spite) + text[start:]
            case "replace":
                text = text[:start] + draw(_spite) + text[end:]
            case "cut":
                text = text[:start] + text[end:]
            case "repeat":
                text = text[:end] + text[start:end] * draw(st.integers(1, 60)) + text[end:]
            case "splice":
                text = text[:start] + draw(samples)
    return text


_spite = st.sampled_from(SPITE) | st.characters()


def sample(*texts: str) -> st.SearchStrategy[str]:
    """One of these texts, perhaps bent."""
    return bent(st.sampled_from(texts))


@st.composite
def _urls(draw: st.DrawFn) -> str:
    scheme, host = draw(st.sampled_from(SAMPLES["schemes"])), draw(st.sampled_from(SAMPLES["hosts"]))
    user = draw(st.sampled_from(("", "", "", "me@", "me:secret@", ":@", "@")))
    rest = draw(
        st.sampled_from(
            ("", "/", "/new?a=1&b=%20#top", "/ü?ü#ü", ":8000/", ":99999", "/../..//x", "\\x", "?a=b c", "#")
        )
    )
    return f"{scheme}://{user}{host}{rest}" if scheme else f"{host}{rest}"


@st.composite
def _endless(draw: st.DrawFn) -> str:
    """The same few letters over and over, up to 8 KiB: what makes a careless pattern take for ever."""
    unit = draw(st.sampled_from(SAMPLES["repeats"]) | st.sampled_from(SPITE) | st.text(min_size=1, max_size=6))
    head, tail = draw(st.sampled_from(("", *AGENTS))), draw(st.sampled_from(("", "!", "\0", *AGENTS)))
    return head[: draw(st.integers(0, 40))] + unit * (draw(st.integers(1, 8192)) // len(unit)) + tail[:40]


urls = bent(_urls()) | st.text(max_size=40)
agents = bent(st.sampled_from(AGENTS)) | _endless() | st.text(max_size=60)
addresses = sample(*SAMPLES["addresses"])
instants = sample(*SAMPLES["times"])
zones = sample(*SAMPLES["zones"])
counts = sample(*SAMPLES["counts"])
slugs = sample(*SAMPLES["slugs"])
plain = st.text(max_size=60) | sample("Autumn drop", "The blue mug", "sale", "")


@st.composite
def chains(draw: st.DrawFn) -> str:
    """An X-Forwarded-For header."""
    return draw(st.sampled_from((", ", ",", " ,, "))).join(draw(st.lists(addresses, max_size=5)))


_DAYS = (
    "August 31",
    "1. September",
    "10 de febrero",
    "28 апреля",
    "8月31日",
    "2026-08-31",
    "December 31",
    "29 February",
)
_CELLS = ("15,000", "0", "undefined", "", "1.2K", "-1", '"7"', '"a""b', "\r")


@st.composite
def overviews(draw: st.DrawFn) -> bytes:
    """TikTok's Overview.csv, bent out of shape, in some encoding."""
    lines = [
        draw(st.sampled_from(("Date,Video Views,Profile Views", "sep=;\nDate;Profile Views;Video Views", "Date,Views")))
    ]
    for _ in range(draw(st.integers(0, 6))):
        lines.append(",".join(draw(st.sampled_from(_DAYS if column == 0 else _CELLS)) for column in range(3)))
    text = draw(bent(st.just("\n".join(lines))))
    encoded = text.encode(draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-16-le"))), "surrogatepass")
    return draw(st.just(encoded) | st.binary(max_size=60))


@st.composite
def post_exports(draw: st.DrawFn) -> bytes:
    """A platform's file of single posts, bent out of shape, in some encoding."""
    export = draw(st.sampled_from(exports.all_()))
    names = [name for column in export.columns.values() for name in column[:1]]
    separator = draw(st.sampled_from(",;\t"))
    cells = st.sampled_from((*_CELLS, *_DAYS, "Total", "Lifetime", "https://www.instagram.com/reel/A/", "dQw4w9WgXcQ"))
    rows = [names, *(draw(st.lists(cells, max_size=len(names))) for _ in range(draw(st.integers(0, 4))))]
    text = draw(bent(st.just("\n".join(separator.join(row) for row in rows))))
    return text.encode(draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "cp1252"))), "replace")


@st.composite
def header(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A header's text as WSGI hands it over: bytes, of UTF-8 or of whatever else, as latin-1. No server lets a line end in."""
    text = draw(texts)
    data = text.encode("utf-8", "surrogatepass") if draw(st.booleans()) else text.encode("latin-1", "replace")
    return data.decode("latin-1").replace("\r", "").replace("\n", "").strip(" \t")


_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.sampled_from((10**400, -1, 1.5, -0.0, 1e308, float("nan"), float("inf")))
    | st.floats()
    | plain
    | _spite
)
json_values: st.SearchStrategy[Any] = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain, inner, max_size=3),
    max_leaves=5,
)
