"""What all noun modules share: reading a request's fields, JSON records, and one transaction a write.

A *check* is a function `(value, field) -> clean value` that raises Invalid naming `field`. `Fields` applies checks to
what was asked for and keeps every error, so that a form can mark all its bad fields at once.
"""

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache, wraps
from operator import attrgetter
from typing import Any, TypeVar

import orjson
import redis

from shortlinks import keys, times
from shortlinks.errors import Invalid, Unavailable
from shortlinks.records import idempotency
from shortlinks.store import Store
from shortlinks.words.language import _

T = TypeVar("T")
D = TypeVar("D")
Check = Callable[[Any, str], T]

EARLIEST = 1_104_537_600_000  # 2005-01-01: older than every platform here
SKEW = 5 * times.MINUTE
"""How far another machine's clock may be ahead of ours, in milliseconds."""

IMPORTING = "importing"
"""The setting that is there while an import is under way, and after one that was cut off."""

SOURCES = ("typed", "pasted", "imported", "api")
"""How a platform's numbers get here."""

FORMAT = 1
_REMEMBERED, _LONGEST_REMEMBERED = 2_048, 16_384
"""How many records of a kind are kept decoded in memory, and of how many bytes each at most; see `remembered`."""

# Controls, halves of surrogate pairs (JSON may hold them, UTF-8 cannot), line and paragraph separators.
REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})


class Fields:
    """What was asked for, taken field by field; `raise_errors` then tells all that was wrong with it.

    `prefix` goes before each field's name in errors ("links[0]."). Fields that are not in `known` are errors.
    """

    def __init__(self, given: Any, known: Iterable[str], noun: str, prefix: str = "") -> None:
        self.prefix = prefix
        self.errors: list[tuple[str, str]] = []
        self.given: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
        if not isinstance(given, Mapping):
            self.errors.append((prefix.rstrip(".") or noun, _("must be an object with named fields")))
        names = frozenset(known)
        for name in self.given:
            if name not in names:
                self.fail(str(name)[:60], _("is not a field of a {noun}", noun=noun))

    def has(self, name: str) -> bool:
        """Whether the field was given a value other than null."""
        return self.given.get(name) is not None

    def take(self, name: str, check: Check[T], default: D) -> T | D:
        """The checked value, or `default` when it is absent, null or bad.

        A form hands over what it could not read as the Invalid that says why, so that it is told with all the rest.
        """
        value = self.given.get(name)
        if value is None:
            return default
        try:
            if isinstance(value, Invalid):
                raise value
            return check(value, name)
        except Invalid as invalid:
            self.errors.extend((self.prefix + field, message) for field, message in invalid.errors)
            return default

    def need(self, name: str, check: Check[T], default: D) -> T | D:
        """Like `take`, but an absent or null field is an error."""
        if not self.has(name):
            self.fail(name, _("is required"))
        return self.take(name, check, default)

    def change(self, name: str, check: Check[T], present: T) -> T:
        """The checked value, or `present` when the field is absent. Null is an error: it cannot be cleared."""
        if name in self.given and self.given[name] is None:
            self.fail(name, _("must not be empty"))
        return self.take(name, check, present)

    def change_or_clear(
        self, name: str, check: Check[T | None], present: T | None, cleared: T | None = None
    ) -> T | None:
        """Like `change`, but null clears the field: it becomes `cleared`."""
        return self.take(name, check, cleared if name in self.given and self.given[name] is None else present)

    def fail(self, name: str, message: str) -> None:
        """Note that the field `name` is wrong."""
        self.errors.append((self.prefix + name, message))

    def raise_errors(self) -> None:
        """Raise Invalid with every error so far, if there is one."""
        if self.errors:
            raise Invalid(self.errors)


def text(limit: int, *, lines: bool = False) -> Check[str]:
    """A check for text of 1 to `limit` characters, without control characters; with `lines` it may have line breaks.

    White space around it is cut. Everything else is kept as it is or refused, never changed silently.
    """

    def check(value: Any, field: str) -> str:
        if not isinstance(value, str):
            raise Invalid.field(field, _("must be text"))
        clean = value.strip()
        if lines:
            clean = clean.replace("\r\n", "\n")
        if not clean:
            raise Invalid.field(field, _("must not be empty"))
        if len(clean) > limit:
            raise Invalid.field(field, _("is longer than {limit} characters", limit=limit))
        if any(unicodedata.category(letter) in REFUSED and not (lines and letter in "\n\t") for letter in clean):
            if lines:
                raise Invalid.field(field, _("contains a control character"))
            raise Invalid.field(field, _("contains a line break or another control character"))
        return clean

    return check


def or_empty(check: Check[str]) -> Check[str]:
    """The same check, which also takes empty text."""

    def checked(value: Any, field: str) -> str:
        return "" if isinstance(value, str) and not value.strip() else check(value, field)

    return checked


def one_of(*words: str) -> Check[str]:
    """A check for one of `words`, in any case."""

    def check(value: Any, field: str) -> str:
        word = value.strip().lower() if isinstance(value, str) else None
        if word not in words:
            raise Invalid.field(field, _("must be one of {words}", words=", ".join(words)))
        return word

    return check


def yes_or_no(value: Any, field: str) -> bool:
    """A check for a JSON boolean."""
    if not isinstance(value, bool):
        raise Invalid.field(field, _("must be true or false"))
    return value


def whole(least: int, most: int) -> Check[int]:
    """A check for a whole number from `least` to `most`; takes digits as text, too."""

    def check(value: Any, field: str) -> int:
        text = value.strip() if isinstance(value, str) else ""
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else value
        if isinstance(number, bool) or not isinstance(number, int):
            raise Invalid.field(field, _("must be a whole number"))
        if not least <= number <= most:
            raise Invalid.field(field, _("must be from {least} to {most}", least=least, most=most))
        return number

    return check


def an_id(value: Any, field: str) -> str:
    """A check for the shape of an id; whether it exists is known only to the store."""
    if not isinstance(value, str) or not value.isalnum() or not value.isascii() or len(value) > 40:
        raise Invalid.field(field, _("is not an id"))
    return value


def instant(*, earliest: int = EARLIEST, latest: int, beyond: str) -> Check[int]:
    """A check for an instant from `earliest` to `latest`: RFC 3339 text, or milliseconds from our own code.

    `beyond` says what is wrong with a later one.
    """

    def check(value: Any, field: str) -> int:
        at = value if isinstance(value, int) and not isinstance(value, bool) else times.parse(value, field)
        if at < earliest:
            raise Invalid.field(field, _("is before {date}", date=times.rfc3339(earliest)[:10]))
        if at > latest:
            raise Invalid.field(field, beyond)
        return at

    return check


def dump(record: dict[str, Any]) -> str:
    """A record as the JSON that Redis keeps, with the version of its format."""
    return json.dumps({"v": FORMAT, **record}, ensure_ascii=False, separators=(",", ":"))


def fields(record: Any) -> dict[str, Any]:
    """The fields of a dataclass by name, as they are: not copied all the way down as by `asdict`, and so much faster."""
    names = tuple(record.__dataclass_fields__)
    return dict(zip(names, _values(names)(record), strict=True))


@cache
def _values(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*names)


def load(raw: bytes | str) -> dict[str, Any]:
    """The record that `dump` wrote, without the version."""
    record: dict[str, Any] = orjson.loads(raw)
    record.pop("v", None)
    return record


def remembered(decode: Callable[[bytes | str], T]) -> Callable[[bytes | str], T]:
    """`decode`, which keeps in memory what it made of a record, by what is stored: most that are read were read just before.

    But not of a long one: a link that is turned often would stay there as it was after each of its turns.
    """
    kept = lru_cache(_REMEMBERED)(decode)

    @wraps(decode)
    def read(raw: bytes | str) -> T:
        return kept(raw) if len(raw) <= _LONGEST_REMEMBERED else decode(raw)

    return read


def commit(store: Store, change: Callable[[Any], T], *watched: str, settle: bool = True) -> T:
    """Run `change(pipe)` as one transaction and wait until it is on disk; returns what `change` returns.

    Whoever makes many after each other and tells nobody before the last may wait only then: `settle` False.

    A broken connection can hide that a transaction went through, and it is then run again: `change` must notice that
    its own record is there. Raises Unavailable when the server takes no writes, while an import is under way that would
    write over it (nothing is written in both), and when the disk does not confirm in time: an answer now would promise a
    slug that a crash could still take back.
    """

    def guarded(pipe: Any) -> T:
        if pipe.hexists(keys.SETTINGS, IMPORTING):
            raise Unavailable(
                _(
                    "An import is under way here, or was cut off and has to be repeated. Nothing was changed; try again after "
                    "it."
                )
            )
        return change(pipe)

    return commit_always(store, guarded, keys.SETTINGS, *watched, settle=settle)


def commit_always(store: Store, change: Callable[[Any], T], *watched: str, settle: bool = True) -> T:
    """Like `commit`, also while an import is under way."""
    written = False

    def counted(pipe: Any) -> T:
        idempotency.guard(pipe)
        result = change(pipe)
        if pipe.explicit_transaction and len(pipe.command_stack):
            pipe.incr(keys.REVISION)
            idempotency.note(pipe)
        return result

    try:
        result: T = store.transact(counted, *watched)
        written = True
        settled = not settle or store.settle()
    except redis.ResponseError as error:
        full = isinstance(error, redis.OutOfMemoryError | redis.ReadOnlyError)
        if not full and not any(word in str(error) for word in ("OOM", "MISCONF", "READONLY")):
            raise
        if not written:
            raise Unavailable(
                _(
                    "The database takes no changes at present: its memory or disk is full. Nothing was changed; try again."
                )
            ) from error
        settled = False
    if not settled:
        raise Unavailable(
            _(
                "It was written, but the disk has not confirmed it in time (is appendfsync switched off on this Redis?). "
                "Look before you try again."
            )
        )
    return result


def missing(pipe: Any, key: str) -> bool:
    """Whether there is no such record; from now on the transaction fails if that changes."""
    pipe.watch(key)
    return not pipe.exists(key)


def read_lists(store: Store, names: Iterable[str]) -> list[list[bytes]]:
    """The records in each of these lists, however long; read at once."""
    pipe = store.redis.pipeline(transaction=False)
    for name in names:
        pipe.lrange(name, 0, -1)
    found: list[list[bytes]] = pipe.execute()
    return found
