"""Words for the ending of a link that people type: short ones that one can say or show, from what a post is called. Pure."""

import re
import unicodedata

SHORTEST, LONGEST = 3, 12
"""Letters of a word that people type without a mistake."""

_MOST = 8
_NUMBERED = range(2, 10)
_ADDRESS = re.compile(r"(?:https?://)?[^/?#]*([^?#]*)")
_SMALL_WORDS = frozenset(
    {
        *("about", "all", "and", "are", "but", "can", "did", "does", "for", "from", "get", "has", "have", "her", "his"),
        *("how", "into", "its", "just", "like", "not", "our", "out", "that", "the", "their", "them", "there", "they"),
        *("this", "was", "were", "what", "when", "where", "who", "why", "will", "with", "you", "your"),
        *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
        *("htm", "html", "index", "php", "product", "products", "shop", "collections", "item", "items"),
    }
)


def proposed(title: str, target: str = "") -> list[str]:
    """The words of a title, then of the last part of the address that is promoted, the first one numbered behind them.

    All are slugs; whether they are free is for others to say. Accents are dropped; what is not in Latin letters gives none.
    """
    path = _ADDRESS.match(target.strip())
    last = path[1].rstrip("/").rpartition("/")[2] if path else ""
    found = list(dict.fromkeys(word for text in (title, last) for word in _words(text)))[:_MOST]
    return [*found, *(f"{word}{number}" for word in found[:1] for number in _NUMBERED)]


def _words(text: str) -> list[str]:
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    words = re.findall(r"[^\W\d_]+", plain.casefold())
    return [word for word in words if word.isascii() and SHORTEST <= len(word) <= LONGEST and word not in _SMALL_WORDS]
