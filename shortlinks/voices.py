"""The languages beside English: which of them somebody reads, how numbers are written there, and their translations.

Translations are in `locales/<language>.po`, read when the language is spoken for the first time. Separators and names of months
are the Unicode CLDR's, by Babel.
"""

import gettext
import io
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources

from babel import Locale, UnknownLocaleError

from shortlinks.language import ENGLISH, LANGUAGES, Voice


def of(tag: str) -> Voice:
    """How to speak for a tag such as `es-MX`; English for a language that we do not speak."""
    return _of(preferred([tag]))


def preferred(tags: Iterable[str]) -> str:
    """The first of these tags, best first, whose language we speak, as `de` or `de-AT`; `en` when there is none."""
    for tag in tags:
        language, _, rest = tag.strip().replace("_", "-").partition("-")
        if language.lower() in LANGUAGES:
            # Of a script in the middle, as in `es-Latn-MX`, nothing depends.
            region = next((part.upper() for part in rest.split("-") if len(part) in (2, 3) and part.isalnum()), "")
            return _known(language.lower(), region)
    return ENGLISH.tag


def _known(language: str, region: str) -> str:
    if not region:
        return language
    try:
        Locale(language, region)
    except UnknownLocaleError:
        return language
    return f"{language}-{region}"


@lru_cache(maxsize=64)
def _of(tag: str) -> Voice:
    locale = Locale.parse(tag, sep="-")
    names = Locale(locale.language)
    symbols = locale.number_symbols["latn"]
    return Voice(
        tag=tag,
        group=symbols["group"],
        point=symbols["decimal"],
        months=tuple(names.months["format"]["abbreviated"][month] for month in range(1, 13)),
        long_months=tuple(names.months["format"]["wide"][month] for month in range(1, 13)),
        days=tuple(names.days["format"]["abbreviated"][day] for day in range(7)),
        catalog=_catalog(locale.language),
    )


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
