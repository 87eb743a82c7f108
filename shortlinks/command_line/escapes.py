"""Text of strangers on a terminal."""

import unicodedata

_JOINERS = "\u200c\u200d"
"""Format characters that emoji and several scripts are spelled with; the others may turn the reading direction."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(value: object) -> str:
    """Text with its control and direction characters spelled out: ESC becomes `\\x1b`."""
    return "".join(
        repr(each)[1:-1] if unicodedata.category(each) in _UNSEEN and each not in _JOINERS else each
        for each in str(value)
    )
