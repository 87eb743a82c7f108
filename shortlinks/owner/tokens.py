"""API tokens. A token's secret is shown once; the store keeps its SHA-256, which is enough for 256 random bits."""

import hashlib
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from shortlinks import ids, keys
from shortlinks.errors import Invalid, NotFound
from shortlinks.records import nouns, versions
from shortlinks.store import Store
from shortlinks.words.language import _

SCOPES = ("read", "write", "convert", "admin")
PREFIX = "slk_"
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Token:
    """What a token is called and what it may do; `scopes` is a part of SCOPES, in their order."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: int


def create(store: Store, name: Any, scopes: Any, *, now: int) -> tuple[Token, str]:
    """A new token and its secret ("slk_..."), which cannot be read again. Raises Invalid."""
    asked = {"name": name, "scopes": scopes}
    fields = nouns.Fields(asked, asked, "token")
    token = Token(
        id=ids.new(),
        name=fields.need("name", nouns.text(LONGEST_NAME), ""),
        scopes=fields.need("scopes", _scopes, ()),
        created_at=now,
    )
    fields.raise_errors()
    secret = PREFIX + secrets.token_urlsafe(32)

    def change(pipe: Any) -> None:
        pipe.multi()
        pipe.hset(keys.TOKENS, digest(secret), nouns.dump(asdict(token)))

    nouns.commit(store, change)
    return token, secret


def find(store: Store, secret: str) -> Token | None:
    """The token with this secret, or None."""
    raw = store.redis.hget(keys.TOKENS, digest(secret))
    return decode(raw) if raw is not None else None


def list_(store: Store) -> list[Token]:
    """All tokens, newest first."""
    return sorted((decode(raw) for raw in store.redis.hvals(keys.TOKENS)), key=place)


def place(token: Token) -> tuple[int, str]:
    """By what `list_` is in order."""
    return -token.created_at, token.id


def delete(store: Store, token_id: str, *, only_if: versions.Condition | None = None) -> None:
    """Make a token invalid at once. Raises NotFound, and Stale unless it is as `only_if` wants it."""
    if all(token.id != token_id for token in list_(store)):
        raise NotFound("token", token_id)

    def change(pipe: Any) -> None:
        found = {digest: decode(raw) for digest, raw in pipe.hgetall(keys.TOKENS).items()}
        digests = [digest for digest, token in found.items() if token.id == token_id]
        if not digests:  # someone else deleted it meanwhile, or an earlier run of ours
            return
        versions.check(only_if, pipe, found[digests[0]])
        pipe.multi()
        pipe.hdel(keys.TOKENS, *digests)

    nouns.commit(store, change, keys.TOKENS)


def decode(raw: bytes | str) -> Token:
    """The token in a stored record."""
    record = nouns.load(raw)
    return Token(**{**record, "scopes": tuple(record["scopes"])})


def digest(secret: str) -> str:
    """What stands for a secret wherever one is kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _scopes(value: Any, field: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple | set | frozenset) or not value:
        raise Invalid.field(field, _("must be a list with some of {names}", names=", ".join(SCOPES)))
    if unknown := [str(word)[:60] for word in value if word not in SCOPES]:
        wrong = _("{words}: must be some of {names}", words=", ".join(unknown), names=", ".join(SCOPES))
        raise Invalid.field(field, wrong)
    return tuple(scope for scope in SCOPES if scope in value)
