"""What stands for a token in YOURLS's protocol, whose clients may send it hashed with the time. Pure.

To check such a hash the server has to know what was hashed. A token is kept as a hash only, so its signature is derived from its
id and the service's secret key: it is stored nowhere, and means nothing once the token is gone.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator

VALID_SECONDS = 43_200
"""How far from now the time in a signature may be; YOURLS's own default."""

HASHES = ("md5", "sha1", "sha256", "sha384", "sha512")
_LENGTH = 32
_LONGEST_TIME = 12


def of_token(token_id: str, secret_key: str) -> str:
    """The signature of a token: 32 hex digits."""
    return hmac.new(secret_key.encode(), f"yourls:{token_id}".encode(), "sha256").hexdigest()[:_LENGTH]


def holder(
    signature: str,
    token_ids: Iterable[str],
    secret_key: str,
    *,
    now: int,
    timestamp: str | None = None,
    hash_: str = "",
) -> str | None:
    """The id of the token whose signature this is, None for nobody's.

    With a `timestamp` (seconds since 1970, as text) it is a hash of that and the token's signature, in either order, by the
    algorithm `hash_`, or else the one whose hashes are as long. `now` is in milliseconds.
    """
    sent = signature.lower().encode("utf-8", "replace")
    if timestamp is not None and not _in_time(timestamp, now):
        return None
    found = None
    for token_id in token_ids:
        own = of_token(token_id, secret_key)
        for expected in [own] if timestamp is None else _hashed(own, timestamp, hash_, len(sent)):
            if hmac.compare_digest(expected.encode(), sent):
                found = token_id
    return found


def _in_time(timestamp: str, now: int) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _LONGEST_TIME):
        return False
    return abs(now // 1_000 - int(timestamp)) < VALID_SECONDS


def _hashed(own: str, timestamp: str, hash_: str, length: int) -> Iterator[str]:
    for name in HASHES:
        if name == hash_.lower() if hash_ else hashlib.new(name, usedforsecurity=False).digest_size * 2 == length:
            for text in (timestamp + own, own + timestamp):
                yield hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()
