"""The language that is spoken: every sentence for people is looked up here, and every number gets its separators here. Pure.

English is what the code is written in; other languages are `voices`. Which one is spoken belongs to the thread (a context
variable), so that a sentence is made the same way for a page, a reminder and the API, which speaks English.

A message is a whole sentence or a label, with a name in braces for what varies: `_("{title} has no link", title=post.title)`.
Whole numbers among the values are written as counts, so give years and the like as text.
"""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español"}
"""What each language is called in itself, by its code."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How one language is spoken and written somewhere. `tag` is a BCP 47 tag such as `es-MX`.

    `group` stands between thousands, `point` before decimals. `months` and `days` are their short names, from January and
    from Monday on, `long_months` those that stand beside a day's number.
    """

    tag: str
    group: str
    point: str
    months: tuple[str, ...]
    long_months: tuple[str, ...]
    days: tuple[str, ...]
    catalog: gettext.NullTranslations

    @property
    def language(self) -> str:
        """The language alone: `es`."""
        return self.tag.partition("-")[0]


ENGLISH = Voice(
    tag="en",
    group=",",
    point=".",
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    long_months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    days=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    catalog=gettext.NullTranslations(),
)

_spoken: ContextVar[Voice] = ContextVar("spoken", default=ENGLISH)


def spoken() -> Voice:
    """The voice of this thread."""
    return _spoken.get()


def speak(voice: Voice) -> None:
    """Speak so from now on in this thread."""
    _spoken.set(voice)


@contextmanager
def speaking(voice: Voice) -> Iterator[None]:
    """Speak so for a while."""
    token = _spoken.set(voice)
    try:
        yield
    finally:
        _spoken.reset(token)


def _(message: str, /, **values: str | int) -> str:
    """A message in the language that is spoken, with its values filled in."""
    said = _spoken.get().catalog.gettext(message)
    return said.format_map(filled(values)) if values else said


def ngettext(one: str, many: str, count: int, /, **values: str | int) -> str:
    """The message for one, or for so many, as `_`; {count} is the number itself."""
    return _spoken.get().catalog.ngettext(one, many, count).format_map(filled({"count": count, **values}))


def pgettext(context: str, message: str, /, **values: str | int) -> str:
    """As `_`, for a message that is translated differently in different places: `context` tells which this is."""
    said = _spoken.get().catalog.pgettext(context, message)
    return said.format_map(filled(values)) if values else said


def N_(message: str) -> str:
    """Marks a message that stands in a table and is looked up, with `_`, when it is said."""
    return message


def filled(values: dict[str, str | int]) -> dict[str, str]:
    """The values of a message as text."""
    return {name: number(value) if isinstance(value, int) else value for name, value in values.items()}


def number(value: int) -> str:
    """A count with its thousands apart: `12,400`, in German `12.400`."""
    text = f"{value:,}"
    group = _spoken.get().group
    return text if group == "," else text.replace(",", group)


def decimals(text: str) -> str:
    """A number as Python writes it, `1,234.5`, as it is written in the language that is spoken."""
    voice = _spoken.get()
    return text.translate({ord(","): voice.group, ord("."): voice.point})
