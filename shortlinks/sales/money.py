"""Amounts of money: whole minor units of a currency, and how these are written and typed. Pure.

Which currencies there are, and how they are written where, is the Unicode CLDR's, by Babel. How many decimals one has is not:
CLDR gives the rounding that is usual (0 for RSD), shops and banks count by ISO 4217 (2).
"""

import re
from copy import copy
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.numbers import (
    NumberFormatError,
    get_currency_symbol,
    get_territory_currencies,
    parse_decimal,
)

from shortlinks.errors import Invalid
from shortlinks.words.language import _, spoken

LARGEST = 10**12
"""The most that one amount may be, in minor units."""

# ISO 4217 List One, column "Minor unit" (2025-05-12); all others that money is counted in have 2.
_NONE = frozenset(
    (
        *("BIF", "BYR", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"),
        *("XAF", "XOF", "XPF"),
    )
)
_THREE = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
_SINCE = date(2005, 1, 1)
_TYPED = re.compile(r"[0-9](?:[0-9.,'’\s]*[0-9])?")
_TOUCHING = re.compile(r"(?<=[A-Z])(?=[0-9])|(?<=[0-9])(?=[A-Z])")
_PLAIN = re.compile(r"([0-9]+)[.,]([0-9]{1,2})")
_ONE_MARK = re.compile(r"([0-9]+)([.,])([0-9]+)")
_MANY_MARKS = re.compile(r"([0-9]{1,3}([.,])[0-9]{3}(?:\2[0-9]{3})*)(?:(?!\2)[.,]([0-9]+))?")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}")


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """The ISO 4217 codes of what was money somewhere at any time since 2005, the year of the earliest conversion."""
    today = datetime.now(UTC).date()
    return frozenset(
        code
        for territory in get_global("territory_currencies")
        for code in get_territory_currencies(territory, start_date=_SINCE, end_date=today)
    )


def currency(value: object, field: str) -> str:
    """A check for the code of a currency that is used, or was since 2005."""
    code = value.strip().upper() if isinstance(value, str) else ""
    if code not in currencies():
        raise Invalid.field(field, _("must be an ISO 4217 code such as EUR"))
    return code


def decimals(code: str) -> int:
    """How many decimals the minor unit of a currency stands for: 2 for EUR, 0 for JPY, 3 for KWD."""
    return 0 if code in _NONE else 3 if code in _THREE else 2


def text(amount_minor: int, code: str) -> str:
    """An amount in the language that is spoken, with the separators of its region: `€84.00`, `84,00 €`, `¥1,200`."""
    places = decimals(code)
    locale = _locale()
    pattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (places, places)
    amount = Decimal(amount_minor).scaleb(-places)
    written = pattern.apply(amount, locale, currency=code, currency_digits=False, numbering_system="latn")
    # CLDR's `alphaNextToNumber`, which Babel passes over.
    return _TOUCHING.sub("\u00a0", written)


def usual() -> str:
    """The currency of where the language is spoken: EUR for `de`, MXN for `es-MX`."""
    locale = _locale()
    likely = locale.territory or get_global("likely_subtags")[locale.language].rpartition("_")[2]
    return str(get_territory_currencies(likely)[0])


def typed(value: object, field: str, *, default: str) -> tuple[int, str]:
    """What somebody typed as an amount ("12,50 €", "$12.50", "1200 JPY"), as minor units and currency.

    Without a sign or code it is in `default`; a sign that several currencies share, such as $, means that one, too, if it is
    among these. Raises Invalid naming `field` for what is no amount, is negative, or has more decimals than its currency.
    """
    words = value.strip() if isinstance(value, str) else ""
    found = _TYPED.search(words)
    if found is None or len(words) > 40:
        raise Invalid.field(field, _("must be an amount such as {example}", example=text(1250, default)))
    if words.startswith(("-", "−")):
        raise Invalid.field(field, _("must not be negative"))
    code = _named((words[: found.start()] + words[found.end() :]).strip(), field, default)
    amount, places = _number(found[0], field, default), decimals(code)
    if -int(amount.as_tuple().exponent) > places:
        raise Invalid.field(field, _("has more decimals than {currency} has", currency=code))
    if amount.scaleb(places) > LARGEST:
        raise Invalid.field(field, _("is larger than any believable amount"))
    return int(amount.scaleb(places)), code


def printed(value: str, field: str, code: str) -> int:
    """An amount as a shop's page prints it, in whatever language ("12.50", "1.234,50 €", "1,234"), in minor units of `code`.

    Raises Invalid naming `field` for what is no amount of this currency, is negative, has more decimals than the currency, or
    means two things: "1.234" is a number of a program, or more than a thousand.
    """
    words = value.strip()
    found = _TYPED.search(words)
    if words.startswith(("-", "−")):
        raise Invalid.field(field, _("must not be negative"))
    parts = None if found is None or len(words) > 40 else _parts(re.sub(r"[\s'’]", "", found[0]), decimals(code))
    if found is None or parts is None:
        raise Invalid.field(field, _("must be an amount such as {example}", example=text(1250, code)))
    if _named((words[: found.start()] + words[found.end() :]).strip(), field, code) != code:
        raise Invalid.field(field, _("is not in {currency}", currency=code))
    whole, fraction = parts
    kept = fraction[: decimals(code)].ljust(decimals(code), "0")
    if fraction[decimals(code) :].strip("0"):
        raise Invalid.field(field, _("has more decimals than {currency} has", currency=code))
    if int(whole + kept) > LARGEST:
        raise Invalid.field(field, _("is larger than any believable amount"))
    return int(whole + kept)


def _parts(digits: str, places: int) -> tuple[str, str] | None:
    """What stands before and after the decimal mark, without separators; None where that is not clear."""
    if one := _ONE_MARK.fullmatch(digits):
        whole, mark, fraction = one.groups()
        if len(fraction) != 3 or (places == 3 and mark == "."):
            return whole, fraction
        # No program writes a comma, and no page prints three decimals of a currency that has two.
        return (whole + fraction, "") if mark == "," and places != 3 and _THOUSANDS.fullmatch(whole) else None
    if many := _MANY_MARKS.fullmatch(digits):
        return re.sub("[.,]", "", many[1]), many[3] or ""
    return (digits, "") if digits.isdigit() else None


def _named(sign: str, field: str, default: str) -> str:
    """The currency that a sign or code means beside an amount."""
    if not sign:
        return default
    if sign.upper() in currencies():
        return sign.upper()
    if code := _signs(str(_locale())).get(sign):
        return default if sign == _narrow(default) else code
    raise Invalid.field(field, _("names no currency that is known here: {sign}", sign=repr(sign)))


@lru_cache(maxsize=64)
def _signs(tag: str) -> dict[str, str]:
    """The currency that each sign means somewhere; where several have it, the one that is called so there."""
    named = {_narrow(code): code for code in sorted(currencies(), reverse=True)}
    wide = {"$": "USD", "£": "GBP", "¥": "JPY"}
    return named | wide | {get_currency_symbol(code, Locale.parse(tag)): code for code in currencies()}


@lru_cache(maxsize=512)
def _narrow(code: str) -> str:
    """The sign alone, which several currencies may share: `$` for CAD."""
    return str(get_currency_symbol(code, Locale("en"))).lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or code


def _number(digits: str, field: str, default: str) -> Decimal:
    plain = re.sub(r"\s", "", digits)
    if shape := _PLAIN.fullmatch(plain):  # "12.50" means the same everywhere
        return Decimal(f"{shape[1]}.{shape[2]}")
    try:
        found: Decimal = parse_decimal(re.sub(r"\s", "\u00a0", digits), _locale(), strict=True, numbering_system="latn")
    except NumberFormatError:
        raise Invalid.field(field, _("must be an amount such as {example}", example=text(1250, default))) from None
    return found


def _locale() -> Locale:
    return Locale.parse(spoken().tag, sep="-")
