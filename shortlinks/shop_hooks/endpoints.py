"""The addresses at which shop systems tell of orders, one each, with what proves that it is the shop: off until switched on."""

import hmac
import secrets
from typing import Any, NamedTuple

from shortlinks.owner import settings
from shortlinks.records import nouns
from shortlinks.store import Store

SYSTEMS = ("stripe", "shopify", "kofi", "gumroad")
_BYTES = 18
_TAIL = 4
_LONG_ENOUGH = 16


class Endpoint(NamedTuple):
    """`token` makes the address a secret, None while it is off. `secret` proves a body, None until the owner has put it in.

    `found` is what a test told of, for the owner to put in: nobody sees a seller's id at Gumroad in any other way.
    """

    token: str | None
    secret: str | None
    found: str | None

    @property
    def ready(self) -> bool:
        """Whether orders can be taken."""
        return self.token is not None and self.secret is not None

    def is_at(self, token: str) -> bool:
        """Whether this is its address now."""
        own = (self.token or "").encode()
        return bool(own) and hmac.compare_digest(own, token.encode("utf-8", "surrogatepass"))

    @property
    def masked(self) -> str:
        """The secret for its owner to know it again by: its last letters, if it is long enough to hide the rest."""
        secret = self.secret or ""
        return f"…{secret[-_TAIL:]}" if len(secret) >= _LONG_ENOUGH else "…"


def get(store: Store, system: str) -> Endpoint:
    """A system's address and secret."""
    names = (settings.HOOK, settings.HOOK_SECRET, settings.HOOK_FOUND)
    return Endpoint(*settings.several(store, *(name + system for name in names)))


def renew(store: Store, system: str) -> None:
    """Switch a system's address on, or give it another one; an earlier one leads nowhere from now on."""
    settings.put(store, settings.HOOK + system, secrets.token_urlsafe(_BYTES))


def set_secret(store: Store, system: str, value: Any) -> None:
    """Set what proves a body. Raises Invalid("secret")."""
    settings.put(
        store, settings.HOOK_SECRET + system, nouns.text(200)(value, "secret"), forget=settings.HOOK_FOUND + system
    )


def note_found(store: Store, system: str, value: str) -> None:
    """Keep the secret that a test told of, for the owner to put in."""
    settings.put(store, settings.HOOK_FOUND + system, value)


def stop(store: Store, system: str) -> None:
    """Switch a system's address off, and forget its secret."""
    settings.put(store, settings.HOOK + system, None, forget=settings.HOOK_SECRET + system)
