"""One link as another service tells of it, whichever that is. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any
from urllib.parse import unquote

from shortlinks import times, urls
from shortlinks.errors import Invalid
from shortlinks.snapshots import table_csv, typed

_LONGEST_SLUG = 200
_LONGEST_TITLE = 200
_LONGEST_ID = 200
_LONGEST_TAG = 40
_MOST_TAGS = 19
"""Beside the one that says where the link is from."""
_BEYOND_TITLE = 4 * _LONGEST_TITLE
# Neither shown nor part of what a text says: controls, halves of surrogate pairs, what turns the direction of others.
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_EPOCH = re.compile(r"[0-9]{9,13}")
_FIRST_MILLISECONDS = 10**11
"""From here on a number of digits alone is in milliseconds: in seconds it would be in the year 5138."""
_PLAIN_DIGITS = 12
_SHORT = re.compile(r"(?:https?://)?([^/?#\s]+\.[^/?#\s]+|localhost(?::\d+)?)/(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """`number` is its place at its source, from 1. `slug` is as it is written there, with capitals and all.

    `host` is the short domain, "" where that is not told, `id` what the source calls the link. Instants are milliseconds,
    and None, as `clicks` is, where the source says nothing or nothing that can be read. `barred` is what keeps it from being
    the same link here, a word of `verdicts.BARRED`, or "".
    """

    number: int
    slug: str
    target: str
    title: str = ""
    created_at: int | None = None
    tags: tuple[str, ...] = ()
    expires_at: int | None = None
    clicks: int | None = None
    host: str = ""
    id: str = ""
    barred: str = ""


# Not by dataclasses.astuple, which copies all the way down and took as long as everything else.
_values = attrgetter(*(field.name for field in fields(Row)))


def made(
    number: int,
    *,
    slug: Any,
    target: Any,
    title: Any = "",
    created_at: Any = None,
    tags: Iterable[Any] = (),
    expires_at: Any = None,
    clicks: Any = None,
    host: Any = "",
    id_: Any = "",
    barred: str = "",
) -> Row:
    """A row of what a source says, of whatever types and lengths that is."""
    expires = instant(expires_at)
    return Row(
        number=number,
        slug=_text(slug)[:_LONGEST_SLUG],
        # One letter too many stays one: a target that was cut would be another one.
        target=_text(target)[: urls.LONGEST + 1],
        title=_shown(title)[:_LONGEST_TITLE].strip(),
        created_at=instant(created_at),
        tags=_tags(tags),
        expires_at=expires,
        clicks=count(clicks),
        host=_text(host).lower()[:_LONGEST_ID],
        id=_shown(id_)[:_LONGEST_ID],
        barred=barred or ("expiry" if expires is None and _text(expires_at) else ""),
    )


def split(address: Any) -> tuple[str, str]:
    """Host and slug of a short address, `https://sho.rt/abc` or `sho.rt/abc`; of a slug alone "" and that."""
    text = _text(address)
    found = _SHORT.fullmatch(text)
    if found is None:
        return "", unquote(text.strip("/"))
    return found[1].lower(), unquote(found[2].partition("?")[0].strip("/"))


def instant(value: Any) -> int | None:
    """An instant as services write it: ISO 8601, `2026-11-29 10:00:00` (taken for UTC), seconds or milliseconds since 1970."""
    text = _text(value)
    if not text:
        return None
    if _EPOCH.fullmatch(text):
        number = int(text)
        return number if number >= _FIRST_MILLISECONDS else number * times.SECOND
    try:
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
        # The last hours of the year 9999 elsewhere are in no year that can be written in UTC.
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        at = int((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
    except (ValueError, OverflowError):
        return None
    return at if at > 0 else None


def count(value: Any) -> int | None:
    """A number of clicks, None where there is none that can be read."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _PLAIN_DIGITS:
        return int(value)
    try:
        found = table_csv.number(value, "clicks") if isinstance(value, str) else typed.count(value, "clicks")
    except Invalid:
        return None
    return found.value if found else None


def dump(row: Row) -> list[Any]:
    """What JSON can hold of a row."""
    return list(_values(row))


def load(values: Sequence[Any]) -> Row:
    """The row that `dump` made a list of."""
    number, slug, target, title, created_at, tags, *rest = values
    return Row(number, slug, target, title, created_at, tuple(tags), *rest)


def _text(value: Any) -> str:
    """What can be written as UTF-8: half of a surrogate pair, which JSON may spell, becomes U+FFFD."""
    if isinstance(value, str) and value.isascii():
        return value.strip()
    if value is None or isinstance(value, bool | dict | list):
        return ""
    return str(value).strip().encode("utf-8", "replace").decode()


def _shown(value: Any) -> str:
    """A text for people, in one line."""
    text = _text(value)[:_BEYOND_TITLE]
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = _TURNS.sub("", text)
    return " ".join("".join(" " if unicodedata.category(each) in _UNSEEN else each for each in text).split())


def _tags(values: Iterable[Any]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for value in values:
        tag = " ".join(_shown(value).removeprefix("#").replace(",", " ").split())[:_LONGEST_TAG].strip()
        if tag:
            found.setdefault(tag.casefold(), tag)
    return tuple(found.values())[:_MOST_TAGS]
