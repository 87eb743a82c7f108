"""How deliveries are signed: in the way of Standard Webhooks (https://www.standardwebhooks.com, 2023). Pure."""

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence

PREFIX = "whsec_"
_BYTES = 24


def new_secret() -> str:
    """A secret that nobody guesses, as the libraries take it: `whsec_` and base64."""
    return PREFIX + b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(secrets_: Sequence[str], id_: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of the delivery `id_` that is sent at an instant (milliseconds), with a signature by each secret."""
    seconds = str(at // 1_000)
    signed = b".".join((id_.encode(), seconds.encode(), body))
    signatures = [hmac.digest(b64decode(secret.removeprefix(PREFIX)), signed, "sha256") for secret in secrets_]
    return {
        "webhook-id": id_,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{b64encode(signature).decode()}" for signature in signatures),
    }
