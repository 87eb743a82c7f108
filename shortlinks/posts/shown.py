"""The secret address at which a post's path is shown to whoever has it: one a post, off until the owner asks for it.

It is kept as it is, because the owner wants to copy it again; it is found by its SHA-256, so that no time tells how much of
a guess was right.
"""

import secrets
from typing import Any

from shortlinks import keys
from shortlinks.errors import NotFound
from shortlinks.owner import tokens
from shortlinks.records import nouns
from shortlinks.store import Store

_BYTES = 24
"""192 random bits, as 32 letters, digits, - and _."""


def token(store: Store, post_id: str) -> str | None:
    """What makes the address of a post's path a secret, None where it is shown to nobody."""
    return answered(ask(store.redis, post_id))


def find(store: Store, secret: str) -> str | None:
    """The id of the post whose path is shown at this address, None where there is none."""
    raw = store.redis.hget(keys.SHOWN, _by_token(secret))
    return None if raw is None else str(raw.decode())


def renew(store: Store, post_id: str) -> None:
    """Show the path of a post at a new address; an earlier one leads nowhere from now on. Raises NotFound."""
    new = secrets.token_urlsafe(_BYTES)

    def change(pipe: Any) -> None:
        if nouns.missing(pipe, keys.post(post_id)):
            raise NotFound("post", post_id)
        before = read(pipe, post_id)
        pipe.multi()
        forget(pipe, post_id, before)
        stage(pipe, post_id, new)

    nouns.commit(store, change)


def stop(store: Store, post_id: str) -> None:
    """Show the path of a post to nobody any more."""

    def change(pipe: Any) -> None:
        before = read(pipe, post_id)
        pipe.multi()
        forget(pipe, post_id, before)

    nouns.commit(store, change)


def read(pipe: Any, post_id: str) -> str | None:
    """What `token` gives, watched from here on."""
    pipe.watch(keys.SHOWN)
    return answered(ask(pipe, post_id))


def ask(pipe: Any, post_id: str) -> Any:
    """Ask for the token of a post; `answered` reads the answer."""
    return pipe.hget(keys.SHOWN, _by_post(post_id))


def answered(raw: bytes | None) -> str | None:
    """The token in an answer to `ask`."""
    return None if raw is None else raw.decode()


def stage(pipe: Any, post_id: str, secret: str) -> None:
    """Add to a transaction what shows the path of a post at an address."""
    pipe.hset(keys.SHOWN, mapping={_by_post(post_id): secret, _by_token(secret): post_id})


def forget(pipe: Any, post_id: str, secret: str | None) -> None:
    """Add to a transaction what ends a post's address, as `read` gave it."""
    if secret is not None:
        pipe.hdel(keys.SHOWN, _by_post(post_id), _by_token(secret))


def _by_post(post_id: str) -> str:
    return f"post|{post_id}"


def _by_token(secret: str) -> str:
    return f"token|{tokens.digest(secret)}"
