"""Settings of the one creator who uses the service: language, time zone, password, one-time code of the first sign-in, shop,
how long a click is credited with conversions, the tokens of pixel and beacon, the addresses for webhooks of shop systems and
their secrets."""

import json
import secrets
from typing import Any
from zoneinfo import ZoneInfo

from shortlinks import keys, times
from shortlinks.errors import Invalid
from shortlinks.records import nouns
from shortlinks.store import Store
from shortlinks.words import voices, wording
from shortlinks.words.language import LANGUAGES, Voice, _

LANGUAGE = "language"
TIMEZONE = "timezone"
PASSWORD_HASH = "password_hash"
SETUP_CODE_HASH = "setup_code_hash"
SESSIONS = "sessions"
"""The mark that every session of the admin pages carries. Those with another one are over."""
REACHED = "reached"
SHOP = "shop"
CONVERSION_WINDOW = "conversion_window_days"
PIXEL = "pixel"
BEACON = "beacon"
HOOK = "hook_"
HOOK_SECRET = "hook_secret_"
HOOK_FOUND = "hook_found_"
"""What the name of a shop system follows: its address, its secret, and the secret that a test of it told."""
USUAL_WINDOW = 30
"""Days from a click to a conversion that is still credited to it, unless something else is set."""


def get(store: Store, name: str) -> str | None:
    """A setting's value, None when it was never set."""
    raw = store.redis.hget(keys.SETTINGS, name)
    return str(json.loads(raw)) if raw is not None else None


def several(store: Store, *names: str) -> list[str | None]:
    """Several settings, read at once, as `get` gives each."""
    return [None if raw is None else str(json.loads(raw)) for raw in store.redis.hmget(keys.SETTINGS, names)]


def put(store: Store, name: str, value: str | None, *, forget: str | None = None) -> None:
    """Set a setting (None removes it) and, in the same step, remove the setting `forget`."""

    def change(pipe: Any) -> None:
        pipe.multi()
        if value is None:
            pipe.hdel(keys.SETTINGS, name)
        else:
            pipe.hset(keys.SETTINGS, name, json.dumps(value))
        if forget is not None:
            pipe.hdel(keys.SETTINGS, forget)

    nouns.commit_always(store, change)


def language(store: Store) -> str | None:
    """The creator's language and where it is spoken, as a tag such as `es-MX`; None before anybody signed in."""
    return get(store, LANGUAGE)


def voice(store: Store) -> Voice:
    """How the creator is spoken to where there is no browser that tells: in reminders and answers made beforehand."""
    return voices.of(language(store) or "")


def set_language(store: Store, tag: Any) -> None:
    """Set the creator's language. Raises Invalid("language") for one that is not spoken."""
    known = isinstance(tag, str) and tag.partition("-")[0] in LANGUAGES
    if not known:
        raise Invalid.field("language", _("must be one of {languages}", languages=wording.either([*LANGUAGES])))
    put(store, LANGUAGE, voices.of(tag).tag)


def timezone(store: Store, default: str = "UTC") -> str:
    """The creator's time zone as its IANA name, also when this machine does not know it: see `zone`."""
    return str(get(store, TIMEZONE) or default)


def zone(store: Store, default: str = "UTC") -> ZoneInfo:
    """The creator's time zone. UTC where it was set on a machine that knew more zones than this one."""
    name = timezone(store, default)
    return times.zone(name if name in times.zones() else "UTC")


def set_timezone(store: Store, name: Any) -> None:
    """Set the creator's time zone. Raises Invalid("timezone") for an unknown one."""
    if not isinstance(name, str) or not name.strip():
        raise Invalid.field("timezone", _("must be a time zone such as Europe/Berlin"))
    put(store, TIMEZONE, times.zone(name.strip(), "timezone").key)


def conversion_window(store: Store) -> int:
    """Days from a click to a conversion that is still credited to its post."""
    return window_in(store.redis)


def window_in(pipe: Any) -> int:
    """What `conversion_window` gives, within a transaction."""
    raw = pipe.hget(keys.SETTINGS, CONVERSION_WINDOW)
    return USUAL_WINDOW if raw is None else int(json.loads(raw))


def set_conversion_window(store: Store, days: Any) -> None:
    """Set the window, 1 to 365 days, for what is reported from now on. Raises Invalid("window")."""
    put(store, CONVERSION_WINDOW, str(nouns.whole(1, 365)(days, "window")))


def password_hash(store: Store) -> str | None:
    """The argon2 hash of the password, None before one is set."""
    return get(store, PASSWORD_HASH)


def set_password_hash(store: Store, text: str | None) -> None:
    """Set the hash of the password, or remove it (None). Either way the one-time code is used up."""
    put(store, PASSWORD_HASH, text, forget=SETUP_CODE_HASH)


def setup_code_hash(store: Store) -> str | None:
    """The hash of the one-time code with which the first password is set, None when there is none."""
    return get(store, SETUP_CODE_HASH)


def set_setup_code_hash(store: Store, text: str | None) -> None:
    """Set the hash of the one-time code, or remove it (None)."""
    put(store, SETUP_CODE_HASH, text)


def end_sessions(store: Store) -> None:
    """End every session, in whatever browser."""
    put(store, SESSIONS, secrets.token_hex(8))
