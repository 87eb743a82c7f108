"""Keeps that the address which short links begin with was opened from outside: what no service can see by itself."""

import hmac

from shortlinks.owner import reach, settings
from shortlinks.store import Store


def at(store: Store, base_url: str) -> int | None:
    """When `base_url` was last opened from outside (milliseconds); None when it never was. Another one proves nothing."""
    when, _, where = (settings.get(store, settings.REACHED) or "").partition(" ")
    return int(when) if where == base_url else None


def token(store: Store, secret_key: str, base_url: str) -> str:
    """The end of the address that is to be opened from outside, good for one arrival."""
    return reach.token(secret_key, base_url, settings.get(store, settings.REACHED) or "")


def known(store: Store, secret_key: str, base_url: str, text: str) -> bool:
    """Whether `text` is that end."""
    return hmac.compare_digest(token(store, secret_key, base_url).encode(), text.encode("utf-8", "surrogatepass"))


def keep(store: Store, base_url: str, *, now: int) -> None:
    """Keep that `base_url` was opened from outside. The address that was opened is used up."""
    settings.put(store, settings.REACHED, f"{now} {base_url}")
