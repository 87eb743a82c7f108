"""Cuts pasted text into what it holds: lines of numbers, shares, words for numbers, and other text. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from shortlinks.snapshots import number_words, typed

Kind = Literal["number", "percent", "word", "other"]


class Item(NamedTuple):
    """A piece of a line, as it was pasted. `field` and `weak` are those of number_words.Word, for a `word` only."""

    kind: Kind
    text: str
    field: str = ""
    weak: bool = False


Line = list[Item]
NOTHING = "–"
"""The text of a number where the app shows that it has none."""

_GROUPED = r"[1-9][0-9]{0,2}(?: [0-9]{3})+(?![0-9])(?:[.,][0-9]{1,2}(?![0-9]))?"
_NUMBER = re.compile(rf"(?<![\w\ufffd+\-−])(?<![0-9][.,:/])(?:{_GROUPED}|[0-9]+(?:[.,'][0-9]+)*)(?![0-9\ufffd])")
_SUFFIX = re.compile(r" ?([^\W\d_]+)(\.(?=\s|$))?")
_PERCENT = re.compile(r" ?%")
# In the six languages, as in "3 days ago".
_UNITS = (
    "seconds? minutes? hours? days? weeks? months? years? sekunden? minuten? stunden? tage?n? wochen? monate?n? jahre?n? "
    "segundos? minutos? horas? d[ií]as? semanas? mes mês meses años? anos? secondes? heures? jours? semaines? mois ans? "
    "secondi minuti minuto ore ora giorn[io] settiman[ae] mes[ei] ann[io]"
)
# How the apps shorten them behind a post or a comment: "2 Std.", "3 w". Not "m", which is more often a million.
_SHORT_UNITS = "sec|sek|min|mins|std|hrs?|d|tg|w|wks?|wo|sem|sett"
_DURATION = (
    r"[0-9]{1,3} ?h(?::? ?[0-9]{1,2} ?m(?:in)?)?(?::? ?[0-9]{1,2} ?s)?(?![^\W\d_])"
    r"|[0-9]{1,2} ?m(?:in)?:? ?[0-9]{1,2} ?s(?![^\W\d_])"
)
# How the names of months begin in the six languages; a date with its year has no other number beside them.
_MONTH = (
    "(?:jan|ene|gen|feb|fév|fev|mar|mär|apr|avr|abr|may|mai|mag|jun|jui|giu|jul|lug|aug|aoû|ago|sep|set|oct|okt|out|ott|nov|"
    r"dec|dez|dic|déc)[^\W\d_]{0,7}\.?"
)
_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])"
_DATE = (
    rf"{_MONTH} {_DAY}, 20[0-9]{{2}}(?![0-9])|{_DAY}(?:\.|st|nd|rd|th)? (?:de )?{_MONTH} (?:de )?20[0-9]{{2}}(?![0-9])"
)
# What is no count: times of day, durations, dates, growth, hashtags and handles, numbers within a word.
_NO_COUNT = re.compile(
    r"[0-9]{1,3}:[0-9]{2}(?::[0-9]{2})?|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}([./])[0-9]{1,2}\1(?:[0-9]{4}|[0-9]{2})(?![0-9])"
    rf"|{_DATE}|{_DURATION}|[0-9]{{1,3}} (?:{_UNITS.replace(' ', '|')})(?![^\W\d_])(?: ago| fa)?"
    rf"|[0-9]{{1,2}} (?:{_SHORT_UNITS})(?!['\w])\.?"
    r"|[+\-−][0-9][0-9.,']*(?: ?%)?|[#@][\w.]+",
    re.IGNORECASE,
)
_OTHER = re.compile(r"[\w\ufffd](?:[\w\ufffd.,'&/+\-]*[\w\ufffd])?")
_SEPARATORS = re.compile(r"[\r\n\u2028\u2029\v\f]+|[ \t]+[·•|][ \t]+|\t+")
_DASHES = re.compile(r"[-–—]{1,3}")
_QUOTES = dict.fromkeys(map(ord, '„“”"«»‚‹›'))
_APOSTROPHES = dict.fromkeys(map(ord, "’‘´`ʼ"), "'")
# Raised, circled and Roman numbers, which NFKC would turn into others: "12²" is not 122.
_NO_DIGITS = frozenset({"No", "Nl"})


def lines(text: str, *, platform: str) -> list[Line]:
    """The lines of `text` that hold anything; text that says nothing, as "of" and "View all", is left out."""
    marked = "".join("\ufffd" if unicodedata.category(letter) in _NO_DIGITS else letter for letter in text)
    plain = unicodedata.normalize("NFKC", marked).translate(_QUOTES | _APOSTROPHES)
    seen = "".join(letter for letter in plain if unicodedata.category(letter) != "Cf")
    return [line for part in _SEPARATORS.split(seen) if (line := _joined(list(_items(part, platform))))]


def _items(text: str, platform: str) -> Iterator[Item]:
    place, last = 0, ""
    if _DASHES.fullmatch(text.strip()):
        yield Item("number", NOTHING)
        return
    while place < len(text):
        item, length = _next(text, place, platform, after_one=last == "1")
        if item is not None:
            last = item.text
            yield item
        place += length


def _next(text: str, place: int, platform: str, *, after_one: bool) -> tuple[Item | None, int]:
    """What begins at `place`, if it says anything, and how long it is."""
    if (no_count := _NO_COUNT.match(text, place)) and not text[place - 1 : place].isalnum():
        return Item("other", no_count[0]), len(no_count[0])
    if number := _NUMBER.match(text, place):
        return _number(text, number, platform)
    if word := number_words.at(text, place, platform=platform, after_one=after_one):
        length, meant = word
        return (Item("word", text[place : place + length], *meant) if meant else None), length
    if other := _OTHER.match(text, place):
        says = other[0].lower() not in number_words.FILLERS
        return (Item("other", other[0]) if says else None), len(other[0])
    return None, 1


def _number(text: str, number: re.Match[str], platform: str) -> tuple[Item, int]:
    end = number.end()
    if percent := _PERCENT.match(text, end):
        return Item("percent", text[number.start() : percent.end()]), percent.end() - number.start()
    suffix = _SUFFIX.match(text, end)
    # "931 mi piace" are no millions.
    if suffix and not number_words.at(text, suffix.start(1), platform=platform, after_one=number[0] == "1"):
        if suffix[1].lower() in typed.SHORT_FORMS:
            return Item("number", text[number.start() : suffix.end()].rstrip()), suffix.end() - number.start()
        if suffix.start(1) == end:  # "32s", "3rd"
            return Item("other", text[number.start() : suffix.end(1)]), suffix.end(1) - number.start()
    return Item("number", number[0]), len(number[0])


def _joined(items: Sequence[Item]) -> Line:
    """The same items, other text that stands together as one."""
    found: Line = []
    for kind, run in groupby(items, lambda item: item.kind):
        same = list(run)
        found += [Item("other", " ".join(item.text for item in same))] if kind == "other" else same
    return found
