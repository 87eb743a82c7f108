"""Requests that are carried out once, however often they are sent: each has a key, made up by its client or in its form.

The first request *claims* the key, does its work and leaves its answer there; later ones are given that answer, or wait for
it. A claim is a lease: if the process dies, the next request takes over once the lease is over. Two things make that safe.
The transaction that changes something also notes in the key that it did (`note`), so a request whose answer was lost is
never run again. And it fails unless the key is still its own (`guard`), so a process that was only slow changes nothing
once another has taken over. Leases go by the clock of Redis, which all processes share.

Answers are kept masked, because one may hold a secret that is shown once: who reads Redis needs the secret key of the
service and the client's own key, of which only the SHA-256 is here, to read one.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from shortlinks import keys, times
from shortlinks.errors import Conflict, Unavailable
from shortlinks.store import Store

FIELD = "Idempotency-Key"
FORMS = "forms"
"""Whose the keys of the owner's forms are."""

KEPT = times.DAY
"""How long a key is remembered after it was last written to, in milliseconds."""

LEASE = 30 * times.SECOND
PATIENCE = 10 * times.SECOND
"""How long a request waits for the first one with its key, in milliseconds."""

_POLL_SECONDS = 0.02
_SLOWEST_POLL_SECONDS = 0.25
_NONCE_BYTES = 16
_MARK_BYTES = 32


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be done once. `caller` has keys of its own: the id of a token, or FORMS; `content` is a digest."""

    caller: str
    key: str
    content: str

    @property
    def name(self) -> str:
        """Where it is kept."""
        return keys.idempotent(hashlib.sha256(f"{self.caller}\n{self.key}".encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to carry out a request, for as long as the key holds this `run`."""

    request: Request
    run: str


class Busy(Unavailable):
    """Another request with the same key is under way, or has taken over. This one changed nothing."""


class Lost(Conflict):
    """The request was carried out, but nobody can be told any more what its answer was."""


_present: ContextVar[Claim | None] = ContextVar("claim", default=None)


def claim(store: Store, request: Request, *, secret: str) -> Claim | bytes:
    """The claim to carry `request` out now, or the answer that was kept of the first time.

    Waits for another one that is under way. Raises Conflict when the key was used for another content, Lost when the first
    was carried out and its answer got lost, and Busy when the first takes longer than PATIENCE.
    """
    deadline = time.monotonic() + PATIENCE / times.SECOND
    own = Claim(request, secrets.token_hex(8))
    pause = _POLL_SECONDS
    while True:
        found = _look(store, own)
        if isinstance(found, bytes):
            answer = _unmasked(found, request.key, secret)
            if answer is None:
                raise _lost()
            return answer
        if found:
            return own
        if time.monotonic() + pause > deadline:
            raise Busy(f"The first request with this {FIELD} is still under way. Try again.")
        time.sleep(pause)
        pause = min(pause * 1.5, _SLOWEST_POLL_SECONDS)


def _look(store: Store, own: Claim) -> bool | bytes:
    """Claim the key if it is free: True. Else the answer, as it is kept, or False while another request is under way."""
    name = own.request.name

    def change(pipe: Any) -> bool | bytes:
        found = pipe.hgetall(name)
        seconds, microseconds = pipe.time()
        now = seconds * times.SECOND + microseconds // 1_000
        over = not found or int(found[b"until"]) <= now
        if over and not found.keys() & {b"changed", b"answer"}:
            pipe.multi()
            pipe.hset(name, mapping={"content": own.request.content, "run": own.run, "until": now + LEASE})
            pipe.pexpire(name, KEPT)
            return True
        if found[b"content"] != own.request.content.encode():
            raise Conflict(FIELD, "was used for another request: a new one needs a new key")
        if b"answer" in found:
            return bytes(found[b"answer"])
        if found[b"run"] == own.run.encode():  # an earlier run of this transaction got through, and its answer was lost
            return True
        if over:
            raise _lost()
        return False

    answer: bool | bytes = store.transact(change, name)
    return answer


def _lost() -> Lost:
    return Lost(
        FIELD,
        "is that of a request that was carried out, but its answer was lost. Look what it made before you send another one.",
    )


@contextmanager
def under(own: Claim) -> Iterator[None]:
    """Inside the `with` block, transactions of `nouns.commit` are those of this request."""
    token = _present.set(own)
    try:
        yield
    finally:
        _present.reset(token)


def guard(pipe: Any) -> None:
    """Let a transaction fail unless the request that it is for may still change something. Raises Busy."""
    own = _present.get()
    if own is not None:
        pipe.watch(own.request.name)
        if not _is_ours(pipe, own):
            raise Busy(
                f"This took too long, and another request with this {FIELD} has taken over. Nothing was changed; try again."
            )


def note(pipe: Any) -> None:
    """Add to a transaction that the request which it is for has changed something."""
    own = _present.get()
    if own is not None:
        pipe.hset(own.request.name, "changed", 1)
        pipe.pexpire(own.request.name, KEPT)


def has_changed(store: Store, own: Claim) -> bool:
    """Whether the request has changed something."""
    return bool(store.redis.hexists(own.request.name, "changed"))


def keep(store: Store, own: Claim, answer: bytes, *, secret: str) -> None:
    """Keep the answer for those who send the request again."""
    masked = _masked(answer, own.request.key, secret)

    def change(pipe: Any) -> None:
        ours = _is_ours(pipe, own)
        pipe.multi()
        if ours:
            pipe.hset(own.request.name, "answer", masked)
            pipe.pexpire(own.request.name, KEPT)

    store.transact(change, own.request.name)


def release(store: Store, own: Claim) -> None:
    """Let the key go, because the request failed: it may be used again, unless something was changed all the same."""

    def change(pipe: Any) -> None:
        ours, changed = _is_ours(pipe, own), pipe.hexists(own.request.name, "changed")
        pipe.multi()
        if ours and changed:
            pipe.hset(own.request.name, "until", 0)
        elif ours:
            pipe.delete(own.request.name)

    store.transact(change, own.request.name)


def _is_ours(pipe: Any, own: Claim) -> bool:
    return bool(pipe.hget(own.request.name, "run") == own.run.encode())


def _masked(text: bytes, key: str, secret: str) -> bytes:
    """Nonce, mark and `text` under a stream of bits (SHAKE256, FIPS 202) that nobody has without both secrets."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    mark_key, stream = _bits(nonce, key, secret, len(text))
    hidden = _xor(text, stream)
    return nonce + hmac.digest(mark_key, hidden, "sha256") + hidden


def _unmasked(kept: bytes, key: str, secret: str) -> bytes | None:
    """The text in what `_masked` made, None when that was with other secrets."""
    nonce, rest = kept[:_NONCE_BYTES], kept[_NONCE_BYTES:]
    mark, hidden = rest[:_MARK_BYTES], rest[_MARK_BYTES:]
    mark_key, stream = _bits(nonce, key, secret, len(hidden))
    same = hmac.compare_digest(mark, hmac.digest(mark_key, hidden, "sha256"))
    return _xor(hidden, stream) if same else None


def _bits(nonce: bytes, key: str, secret: str, size: int) -> tuple[bytes, bytes]:
    seed = hmac.digest(secret.encode(), nonce + key.encode(), "sha512")
    bits = hashlib.shake_256(seed).digest(_MARK_BYTES + size)
    return bits[:_MARK_BYTES], bits[_MARK_BYTES:]


def _xor(text: bytes, stream: bytes) -> bytes:
    return (int.from_bytes(text) ^ int.from_bytes(stream)).to_bytes(len(text))
