"""The maintained lists of robots, each asked for the name of one in an agent. Pure.

They come as packages and are asked in ways that cost less, with the same answers, as the tests hold.
"""

import re
from functools import lru_cache
from typing import Any

import crawleruseragents
from crawlerdetect.providers import crawlers, exclusions
from is_bot import Bots

_KINDS = {
    "ai-crawler": "ai",
    "browser-automation": "headless",
    "scanner": "scanner",
    "monitoring": "monitor",
    "http-library": "library",
    "social-preview": "preview",
}


def kind(row: dict[str, Any]) -> str:
    """The reason that a row of crawler-user-agents gives, by its tags."""
    return next((_KINDS[tag] for tag in row.get("tags", ()) if tag in _KINDS), "crawler")


def row(agent: str) -> dict[str, Any] | None:
    """The row of crawler-user-agents that names it. The package's own function only tells whether one does."""
    for pattern, rows in _pieces():
        if pattern.search(agent):
            return next(row for row in rows if _compiled(row["pattern"]).search(agent))
    return None


@lru_cache(maxsize=1)
def _pieces() -> list[tuple[re.Pattern[str], list[dict[str, Any]]]]:
    """The rows in pieces of 25, each with one pattern: as the package has it, because that is fastest."""
    rows = crawleruseragents.CRAWLER_USER_AGENTS_DATA
    pieces = [rows[at : at + 25] for at in range(0, len(rows), 25)]
    return [(re.compile("|".join(row["pattern"] for row in piece)), piece) for piece in pieces]


_compiled = lru_cache(maxsize=None)(re.compile)


def listed(agent: str) -> bool:
    """Whether crawlerdetect's list names it: the answer of its `is_crawler` at a hundredth of the cost.

    That function's one pattern of 1,462 choices takes 340 ms for some agents of 1,024 characters; looking up the plain
    words among them as words, and the rest as a pattern, takes 3.
    """
    noise, words, patterns = _crawlers()
    rest = noise.sub("", agent)
    lowered = rest.lower()
    return any(word in lowered for word in words) or patterns.search(rest) is not None


_ESCAPED = re.compile(r"\\([^A-Za-z0-9])")


@lru_cache(maxsize=1)
def _crawlers() -> tuple[re.Pattern[str], tuple[str, ...], re.Pattern[str]]:
    words, patterns = [], []
    for entry in crawlers.data:
        if re.search(r"[\\.^$*+?{}\[\]|()]", _ESCAPED.sub("", entry)):
            # A starred class in front changes nothing for a search, but makes it quadratic.
            patterns.append(re.sub(r"^\[[^\]]*\]\*", "", entry))
        else:
            words.append(_ESCAPED.sub(r"\1", entry).lower())
    return (
        re.compile("|".join(exclusions.data), re.IGNORECASE),
        tuple(words),
        re.compile("|".join(patterns), re.IGNORECASE),
    )


def word(agent: str) -> str | None:
    """What is-bot finds in it. It takes whatever has not the shape of today's browsers for a robot, and so old phones."""
    found: str | None = Bots().find(agent)
    return found
