"""Several things in one phrase, in the language that is spoken. Pure."""

import re
from collections.abc import Sequence

from shortlinks.words.language import _, pgettext

# In Spanish the words for "and" and "or" change before their own sound: "e Instagram", "u 8 clics", but "y hielo".
_SOUNDS_AS_I = re.compile(r"\W*h?[ií](?![aeouáéó])", re.IGNORECASE)
_SOUNDS_AS_O = re.compile(r"\W*(?:h?[oó]|8|11(?![0-9]))", re.IGNORECASE)


def listed(parts: Sequence[str]) -> str:
    """Several things in one phrase: `a`, `a and b`, `a, b and c`."""
    if _SOUNDS_AS_I.match("".join(parts[-1:])):
        return _last_two(parts, pgettext("before the sound of i", "{more} and {last}"))
    return _last_two(parts, _("{more} and {last}"))


def either(parts: Sequence[str]) -> str:
    """One of several things: `a`, `a or b`, `a, b or c`."""
    if _SOUNDS_AS_O.match("".join(parts[-1:])):
        return _last_two(parts, pgettext("before the sound of o", "{more} or {last}"))
    return _last_two(parts, _("{more} or {last}"))


def _last_two(parts: Sequence[str], pattern: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return pattern.format(more=", ".join(parts[:-1]), last=parts[-1])
