"""Reads the numbers of a post out of one pasted text: "12.4K views 931 likes", or what an app's insight screen shows. Pure.

A number belongs to the word for it that stands beside it, and words stand before their numbers or behind them throughout
a stretch of text. Where both readings are possible, or neither gives each number its word, nothing is taken of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from shortlinks.errors import Invalid
from shortlinks.snapshots import pasted_items, typed
from shortlinks.snapshots.number_words import SHARE
from shortlinks.snapshots.pasted_items import Item, Line
from shortlinks.words import wording
from shortlinks.words.language import _, decimals

LONGEST = 5_000
"""Characters; an insight screen has a few hundred."""
FIELD = "pasted"
_SHOWN = 60

Pair = tuple[Item, Item]
"""A word and the number that it was found beside."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was understood: by the field of a snapshot, the number as it stood there ("12.4K"), fit to be typed.

    `doubts` are sentences on what could be meant in several ways and was not taken, `unread` the pieces of text that
    were not understood, as they stood.
    """

    texts: dict[str, str]
    doubts: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, typed.Count]:
        """The counts with their rounding; SHARE, which is none, is left out."""
        return {name: typed.count(text, name) for name, text in self.texts.items() if name != SHARE}


def read(text: object, *, platform: str) -> Pasted:
    """What `text` says of a post on `platform`. Raises Invalid("pasted") for text that says no number at all."""
    if not isinstance(text, str) or not text.strip():
        said = _("must be some text with numbers, such as {short}K views 931 likes", short=decimals("12.4"))
        raise Invalid.field(FIELD, said)
    if len(text) > LONGEST:
        long = _("is longer than {limit} characters: copy only the part with the numbers", limit=LONGEST)
        raise Invalid.field(FIELD, long)
    pairs: list[Pair] = []
    doubts: list[str] = []
    unread: list[str] = []
    for run in _runs(pasted_items.lines(text, platform=platform)):
        shares, rest = _shares(run)
        pairs += shares
        found = _paired(rest)
        if isinstance(found, str):
            doubts.append(found)
            continue
        known = _known(found)
        pairs += known
        used = {id(item) for pair in known for item in pair}
        left = [item.text for item in rest if id(item) not in used and not _says_nothing(item)]
        unread += left if known or not left else [" ".join(left)]
    texts, more = _chosen(pairs, unread)
    doubts += more
    if not texts and not doubts:
        said = _("holds no number with a word for it, such as {short}K views or Likes 931", short=decimals("12.4"))
        raise Invalid.field(FIELD, said)
    return Pasted(texts, tuple(doubts), tuple(unread))


def _runs(lines: Iterable[Line]) -> list[list[Item]]:
    """Stretches of items within which numbers look for their words: a line, or lines that need each other for that."""
    return [
        list(line) if whole else [item for part in stretch for item in part]
        for whole, stretch in ((whole, list(found)) for whole, found in groupby(lines, _is_whole))
        for line in (stretch if whole else [stretch[0]])
    ]


def _is_whole(line: Line) -> bool:
    kinds = {item.kind for item in line}
    return bool(kinds & {"number", "percent"}) and bool(kinds & {"word", "other"})


def _shares(run: Sequence[Item]) -> tuple[list[Pair], list[Item]]:
    """The share of non-followers with its word, and the run without percentages."""
    for place, item in enumerate(run):
        if item.field != SHARE:
            continue
        before, after = run[place - 1 : place], run[place + 1 : place + 2]
        # "Followers 15.8% Non-followers 84.2%": the first percentage has a word before it.
        taken = place > 1 and run[place - 2].kind == "word" and bool(after) and after[0].kind == "percent"
        near = next((each for each in (*(() if taken else before), *after) if each.kind == "percent"), None)
        if near is not None:
            return [(item, near)], [each for each in run if each.kind != "percent" and each is not item]
    return [], [item for item in run if item.kind != "percent" and item.field != SHARE]


def _paired(run: Sequence[Item]) -> list[Pair] | str:
    """Each number with its word, or why that cannot be told."""
    numbers = sum(item.kind == "number" for item in run)
    words = sum(item.kind == "word" and bool(item.field) for item in run)
    if not numbers or not words:
        return []
    behind = [(one, two) for one, two in pairwise(run) if one.kind != "number" and two.kind == "number"]
    before = [(two, one) for one, two in pairwise(run) if one.kind == "number" and two.kind != "number"]
    first, second = _known(behind), _known(before)
    if (one := _is_whole_reading(first, run)) != _is_whole_reading(second, run):
        return first if one else second
    text = _quoted(" ".join(item.text for item in run))
    if first and len(first) == len(second):
        return _("{text} can be read in two ways. Write each number on a line of its own, with its word.", text=text)
    for pairs, known, rival in ((behind, first, second), (before, second, first)):
        if len(pairs) == numbers and len(known) > len(rival) and _fields(known) == _fields_of(run):
            return pairs
    return _(
        "In {text} it cannot be told which number belongs to which word. Write each number on a line of its own, with its "
        "word.",
        text=text,
    )


def _is_whole_reading(known: Sequence[Pair], run: Sequence[Item]) -> bool:
    """Whether each number has a word that is known, and each word that is kept a number."""
    return len(known) == sum(item.kind == "number" for item in run) and _fields(known) == _fields_of(run)


def _known(pairs: Iterable[Pair]) -> list[Pair]:
    return [pair for pair in pairs if pair[0].kind == "word"]


def _fields(pairs: Iterable[Pair]) -> list[str]:
    return [word.field for word, _number in pairs if word.field]


def _fields_of(run: Iterable[Item]) -> list[str]:
    return [item.field for item in run if item.kind == "word" and item.field]


def _chosen(pairs: Sequence[Pair], unread: list[str]) -> tuple[dict[str, str], list[str]]:
    """One text a field; what is said again in other digits, or cannot be read, is doubtful."""
    texts: dict[str, str] = {}
    doubts: list[str] = []
    for field in dict.fromkeys(word.field for word, _number in pairs):
        said = [pair for pair in pairs if pair[0].field == field and not _says_nothing(pair[1])]
        strong = [pair for pair in said if not pair[0].weak] or said
        if not field or strong is not said:
            unread += [f"{word.text} {number.text}" for word, number in said if not field or word.weak]
        if not field or not strong:
            continue
        try:
            best = _best(field, [number.text for _word, number in strong])
        except Invalid as invalid:
            word, number, wrong = strong[0][0].text, _quoted(strong[0][1].text), invalid.errors[0][1]
            doubts.append(_("{number} for {word} {wrong}.", number=number, word=word, wrong=wrong))
            continue
        if best is None:
            told = wording.listed([_quoted(f"{word.text} {number.text}") for word, number in strong])
            doubts.append(_("{texts} contradict each other: leave one of them out.", texts=told))
        else:
            texts[field] = best
    return texts, doubts


def _best(field: str, said: Sequence[str]) -> str | None:
    """The most exact of several texts for one number, None where they contradict each other. Raises Invalid."""
    if field == SHARE:
        return said[0] if len({typed.share(text, field) for text in said}) == 1 else None
    counts = {text: typed.count(text, field) for text in said}
    best = min(counts, key=lambda text: counts[text].precision)
    agreed = all(abs(count.value - counts[best].value) <= count.precision for count in counts.values())
    return best if agreed else None


def _says_nothing(item: Item) -> bool:
    return item.text == pasted_items.NOTHING


def _quoted(text: str) -> str:
    return wording.quoted(f"{text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}")
