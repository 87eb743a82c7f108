"""Names for what people never name themselves (posts, profiles, tokens), and the letters of made-up slugs."""

import hashlib
import secrets

ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
"""27 characters to read aloud and to type from a screen: no vowel or y, so no words by chance, and no 0, 1 or l."""

LENGTH = 10

_CONSONANTS, _VOWELS = "bdmnrtv", "aeio"
"""Letters that sound and are spelled alike in most languages of Europe."""


def new(length: int = LENGTH) -> str:
    """A random id of `length` characters, not to be guessed. A million ids of ten clash with odds of 1 to 400."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def of(*parts: str) -> str:
    """The id that belongs to these texts: the same ones give the same id, so what is made of them twice is known again."""
    digest = int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest(), "big")
    letters = []
    for _ in range(LENGTH):
        digest, place = divmod(digest, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


def sayable(syllables: int) -> str:
    """A made-up word of so many syllables of two letters each, to be heard and typed: `denota`. 28 differ for each syllable."""
    return "".join(secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(syllables))
