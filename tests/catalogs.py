"""The translations beside the code: what the code says, and `make messages`, which brings the catalogs in line with it."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from shortlinks.placements import placements
from shortlinks.words.language import ENGLISH, LANGUAGES

SOURCES = Path(__file__).parent.parent / "shortlinks"
LOCALES = SOURCES / "locales"
TRANSLATED = [language for language in LANGUAGES if language != ENGLISH.language]
_KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
_READ_BY_PEOPLE: dict[str, frozenset[str]] = {
    "placements.toml": placements.READ_BY_PEOPLE,
    "post_exports.toml": frozenset({"name", "where"}),
}
"""Of data files the fields that are looked up with `_` when they are said."""

_HEADER = """# Brought in line with the code by `make messages`; translations are written here.
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""

Message = tuple[str | tuple[str, ...], str | None]
"""A message, or its singular and plural, and its context."""


def said() -> dict[Message, str]:
    """Every message of the code, of templates and of data files, with where it was first met."""
    found: dict[Message, str] = {}
    for path in sorted(SOURCES.rglob("*")):
        for message in _of_file(path):
            found.setdefault(message, str(path.relative_to(SOURCES.parent)))
    return found


def read(language: str) -> Catalog:
    """The translations of a language."""
    with (LOCALES / f"{language}.po").open("rb") as source:
        return read_po(source, locale=language)


def placeholders(text: str) -> set[str]:
    """The names in braces. Raises ValueError where a brace is left open."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def tags(text: str) -> list[str]:
    """The HTML tags in a text."""
    return sorted(re.findall(r"<[^>]*>", text))


def update(language: str) -> int:
    """Bring a catalog in line with the code: what is new is added without translation, what is gone is dropped.

    Returns how many messages have no translation.
    """
    path = LOCALES / f"{language}.po"
    old = read(language) if path.exists() else Catalog(locale=language)
    new = Catalog(locale=language, fuzzy=False)
    # One and more, as in English: CLDR's third form of Spanish is for whole millions alone.
    new._num_plurals = 2
    for message, context in said():
        known = old.get(message, context)
        new.add(message, known.string if known else "", context=context)
    with path.open("wb") as target:
        target.write(_HEADER.format(language=language).encode())
        write_po(target, new, width=120, sort_output=True, no_location=True, omit_header=True)
    return sum(
        not all([message.string] if isinstance(message.string, str) else message.string)
        for message in new
        if message.id
    )


def _of_file(path: Path) -> Iterator[Message]:
    if path.name in _READ_BY_PEOPLE:
        yield from (
            (text, None) for text in sorted(_texts(tomllib.loads(path.read_text()), _READ_BY_PEOPLE[path.name]))
        )
    method = {".py": "python", ".html": "jinja2"}.get(path.suffix)
    if method is None:
        return
    options = {"silent": "false"} if method == "jinja2" else {}
    for _, messages, _, context in extract_from_file(method, path, keywords=_KEYWORDS, options=options):
        yield (messages if isinstance(messages, str) else tuple(messages)), context


def _texts(table: object, fields: frozenset[str]) -> Iterator[str]:
    if isinstance(table, list):
        for row in table:
            yield from _texts(row, fields)
    if isinstance(table, dict):
        for name, value in table.items():
            if name in fields and isinstance(value, str):
                yield value
            else:
                yield from _texts(value, fields)


if __name__ == "__main__":
    for name in TRANSLATED:
        print(f"{name}: {update(name)} messages without translation")
