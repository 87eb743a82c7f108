"""The languages beside English: which of them somebody reads, how numbers are written there, and their translations.

Translations are in `locales/<language>.po`, read when the language is spoken for the first time. Separators and names of months
are the Unicode CLDR's, by Babel.
"""

import gettext
import io
from contextlib import suppress
from functools import lru_cache
from importlib import resources

from babel import Locale, UnknownLocaleError

from shortlinks.words.language import ENGLISH, LANGUAGES, Voice


def of(*tags: str) -> Voice:
    """How to speak to somebody who reads these languages, best first, such as `es-MX`; English where we speak none of them.

    A region that writes numbers as the language does anyway is left out: `de-DE` is `de`.
    """
    for tag in tags:
        language, _dash, rest = tag.strip().replace("_", "-").partition("-")
        if language.lower() in LANGUAGES:
            # Of a script in the middle, as in `es-Latn-MX`, nothing depends.
            region = next((part.upper() for part in rest.split("-") if len(part) in (2, 3) and part.isalnum()), "")
            return _of(language.lower(), region)
    return ENGLISH


@lru_cache(maxsize=256)
def _of(language: str, region: str) -> Voice:
    names = Locale(language)
    group, point = _separators(names)
    tag = language
    with suppress(UnknownLocaleError):
        there = _separators(Locale(language, region or None))
        if there != (group, point):
            (group, point), tag = there, f"{language}-{region}"
    if tag == ENGLISH.tag:
        return ENGLISH
    return Voice(
        tag=tag,
        group=group,
        point=point,
        months=tuple(names.months["format"]["abbreviated"][month] for month in range(1, 13)),
        long_months=tuple(names.months["format"]["wide"][month] for month in range(1, 13)),
        days=tuple(names.days["format"]["abbreviated"][day] for day in range(7)),
        catalog=_catalog(language),
    )


def _separators(locale: Locale) -> tuple[str, str]:
    symbols = locale.number_symbols["latn"]
    return symbols["group"], symbols["decimal"]


@lru_cache
def _catalog(language: str) -> gettext.NullTranslations:
    if language == ENGLISH.language:
        return ENGLISH.catalog
    # Most processes speak English, and loading this takes longer than all else that is loaded here.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with resources.files("shortlinks").joinpath(f"locales/{language}.po").open("rb") as source:
        translations = read_po(source, locale=language)
    packed = io.BytesIO()
    write_mo(packed, translations)
    packed.seek(0)
    return gettext.GNUTranslations(packed)
