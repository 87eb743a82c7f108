"""Counts as people type or copy them from an app: 12400, "12,400", "12.4K", "1.2M", "12,4 mil", "2,3 Mio"."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from shortlinks.errors import Invalid
from shortlinks.words.language import _, decimals

LARGEST = 10**12

# Short forms of compact numbers that apps show in their languages: Unicode CLDR, decimalFormats-short and -long. Where
# two languages disagree the more frequent reading stands: M is a million (a thousand million in Indonesian), B a
# thousand million (a thousand in Turkish).
_FACTORS = {
    1_000: "k mil mila tsd tys tis tusen thousand rb bin тыс 천",
    10_000: "万 만",
    100_000: "lakh lakhs lac",
    1_000_000: "m mi mio mln mn mill million millions millionen milhão milhões millón millones millions jt млн 백만",
    10_000_000: "cr crore crores",
    100_000_000: "億 亿 억",
    1_000_000_000: "b bn bi mrd md mld mia billion billions млрд",
}
_SUFFIXES = {suffix: factor for factor, suffixes in _FACTORS.items() for suffix in suffixes.split()}
SHORT_FORMS = frozenset(_SUFFIXES)
"""What may stand behind a count, in small letters: "k", "mil", "mio"."""
_SHAPE = re.compile(r"([0-9][0-9.,' ]*?) ?([^\W\d_]+)?\.?")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:([.,' ])[0-9]{3})(?:\1[0-9]{3})*")
_INDIAN = re.compile(r"[1-9][0-9]?(,[0-9]{2})+,[0-9]{3}")
# Raised, circled and Roman numbers and fractions, which NFKC would turn into digits and letters: "12²" is not 122.
_NO_DIGITS = frozenset({"No", "Nl"})
# What stands behind these is seen in another order: "123" as 321.
_TURNED = "\u202d\u202e"
_SHARE = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]))? ?%?")


@dataclass(frozen=True, slots=True)
class Count:
    """A count with its rounding: the true one lies within `value` ± `precision`. 0 means exact."""

    value: int
    precision: int


def known(value: int | None, precision: Mapping[str, int], name: str) -> Count | None:
    """The count `name` of a record that keeps its rounding in `precision`."""
    return None if value is None else Count(value, precision.get(name, 0))


def rounding(counts: Mapping[str, Count | None]) -> dict[str, int]:
    """By how much each of these may be off; those that are exact, or not there, are left out."""
    return {name: count.precision for name, count in counts.items() if count and count.precision}


def count(value: object, field: str) -> Count:
    """What someone typed as a count, with the rounding that its shape shows: "12.4K" is 12,400 ± 50.

    Takes whole numbers and text. Raises Invalid naming `field` for anything negative, fractional, larger than 10**12,
    or readable in two ways ("1,234K").
    """
    if isinstance(value, str):
        found = _read(value, field)
    elif isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise Invalid.field(field, _no_count())
    elif value in (float("inf"), float("-inf")) or value != int(value):
        raise Invalid.field(field, _("must be a whole number"))
    else:
        found = Count(int(value), 0)
    if found.value < 0:
        raise Invalid.field(field, _("must not be negative"))
    if found.value > LARGEST:
        raise Invalid.field(field, _("is larger than any believable count"))
    return found


def share(value: object, field: str) -> float:
    """What someone typed as a share in per cent, 0 to 100, as apps show it: 84, 84.2, "84.2 %", "84,2".

    Raises Invalid naming `field` for anything finer than one decimal: no app shows that, so something else was meant.
    """
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    plain = _visible(text[:40]) if isinstance(text, str) and _plain_digits(text) else ""
    shape = _SHARE.fullmatch(plain)
    if shape is None:
        raise Invalid.field(field, _("must be a share in per cent such as 84 or {share}", share=decimals("84.2")))
    found = float(f"{shape[1]}.{shape[2] or 0}")
    if found > 100:
        raise Invalid.field(field, _("is more than 100 %"))
    return found


def _no_count() -> str:
    return _("must be a count such as 12400, {count} or {short}K", count=12_400, short=decimals("12.4"))


def _read(text: str, field: str) -> Count:
    if not _plain_digits(text):
        raise Invalid.field(field, _no_count())
    plain = _visible(text[:200]).casefold().replace("’", "'")
    if plain[:1] in ("-", "−"):
        raise Invalid.field(field, _("must not be negative"))
    shape = _SHAPE.fullmatch(plain) if len(plain) <= 40 else None
    if not shape:
        raise Invalid.field(field, _no_count())
    digits, suffix = shape[1].strip(), shape[2]
    if suffix is not None and suffix not in _SUFFIXES:
        raise Invalid.field(
            field,
            _(
                "ends in {suffix}, which is no short form known here: must be a count such as 12400, {count} or {short}K",
                suffix=repr(suffix),
                count=12_400,
                short=decimals("12.4"),
            ),
        )
    factor = _SUFFIXES[suffix] if suffix else 1
    whole, fraction = _split(digits, factor, field)
    if factor == 1:
        fraction = fraction.rstrip("0")  # a spreadsheet's "12,400.00"
    unit, rest = divmod(factor, 10 ** len(fraction))
    if rest:
        raise Invalid.field(field, _("must be a whole number"))
    return Count(int(whole + fraction) * unit, unit // 2)


def _visible(text: str) -> str:
    """The text without what nobody sees, such as the marks for the direction of writing that are copied along."""
    # NFKC turns the no-break, narrow and thin spaces of localised numbers into plain ones, and wide digits into ASCII.
    plain = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in plain if unicodedata.category(letter) != "Cf" or letter in _TURNED).strip()


def _plain_digits(text: str) -> bool:
    return not any(unicodedata.category(letter) in _NO_DIGITS for letter in text[:200])


def _split(digits: str, factor: int, field: str) -> tuple[str, str]:
    """The whole part and the decimals, both without separators."""
    body, mark, tail = digits, "", ""
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0:
        body, mark, tail = digits[:last], digits[last], digits[last + 1 :]
    grouped = bool(_THOUSANDS.fullmatch(digits) or _INDIAN.fullmatch(digits))
    if factor > 1 and grouped and mark and body.isdigit():
        raise Invalid.field(field, _("can be read in two ways: write the number out in full"))
    if grouped or digits.isdigit():
        return re.sub("[^0-9]", "", digits), ""
    if mark and tail.isdigit() and mark not in body:
        if body.isdigit():
            return body, tail
        if _THOUSANDS.fullmatch(body) or _INDIAN.fullmatch(body):
            return re.sub("[^0-9]", "", body), tail
    raise Invalid.field(field, _no_count())
