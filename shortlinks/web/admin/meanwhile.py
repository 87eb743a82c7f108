"""Forms that change something which was changed elsewhere meanwhile, in another tab say, and must not be written over unseen.

A form holds a mark of what stood in each of its fields when it was opened. Sent, it is refused when a field stands otherwise
by now than it did and than it was typed: each such field tells what stands there, beside what was typed. The form that is
shown then is marked anew, so sending it again puts in place what it says.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from flask import request

from shortlinks.errors import Conflict, Invalid, Stale
from shortlinks.records import versions
from shortlinks.web.admin import forms
from shortlinks.words import wording
from shortlinks.words.language import _

T = TypeVar("T")
R = TypeVar("R")

FIELD = "seen"
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Stands:
    """What stands in a field: the `value` that the form sends, and how people read it unless that is the same."""

    value: str
    words: str | None = None

    @property
    def told(self) -> str:
        """In a sentence."""
        words = self.value if self.words is None else self.words
        return _("It says {text} there now.", text=wording.quoted(words)) if words else _("It says nothing there now.")


class Overtaken(Invalid):
    """Fields were changed meanwhile. `mark` is that of what stands there now, for the form that is shown then."""

    def __init__(self, fields: Mapping[str, Stands], mark: str) -> None:
        whole = _("It was changed elsewhere meanwhile. Save again to put what is in this form in its place.")
        super().__init__([*((name, each.told) for name, each in fields.items()), ("meanwhile", whole)])
        self.mark = mark


def failed(name: str, error: Invalid | Conflict, fields: Iterable[str]) -> forms.Form:
    """The form that was sent, to show again as `forms.failed` does; it goes on from what it shows to stand there now."""
    form = forms.failed(name, request.form, error, fields)
    if isinstance(error, Overtaken):
        form.values[FIELD] = error.mark
    return form


def mark(standing: Mapping[str, Stands]) -> str:
    """What a form holds of these fields."""
    return " ".join(f"{name}.{_digest(each.value)}" for name, each in standing.items())


def change(
    read: Callable[[], T],
    standing: Callable[[T], Mapping[str, Stands]],
    typed: Mapping[str, str],
    write: Callable[[T, versions.Condition], R],
) -> R:
    """Write what was typed, unless it was overtaken: then raise Overtaken.

    `read` gets the record, `standing` says what stands in the form's fields then, and `write` makes the change to that very
    version. It is asked again when the record was changed between the two.
    """
    while True:
        record = read()
        _check(standing(record), typed)
        try:
            return write(record, versions.Condition({versions.of(record)}))
        except Stale:
            continue


def _check(standing: Mapping[str, Stands], typed: Mapping[str, str]) -> None:
    seen = dict(part.split(".", 1) for part in request.form.get(FIELD, "").split() if "." in part)
    found = {
        name: each
        for name, each in standing.items()
        if name in seen and seen[name] != _digest(each.value) and _same(typed.get(name, "")) != _same(each.value)
    }
    if found:
        raise Overtaken(found, mark(standing))


def _same(text: str) -> str:
    return text.strip().replace("\r\n", "\n")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_DIGITS]
