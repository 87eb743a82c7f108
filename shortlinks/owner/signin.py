"""The creator's password, and the one-time code with which the first one is set. Knows nothing of sessions or HTTP."""

import hashlib
import hmac

from argon2 import PasswordHasher, exceptions

from shortlinks import ids
from shortlinks.config import Config
from shortlinks.errors import Invalid
from shortlinks.owner import settings
from shortlinks.store import Store
from shortlinks.words.language import _

SHORTEST, LONGEST = 10, 1_000
CODE_GROUPS, CODE_GROUP_LENGTH = 4, 4

# Argon2id with 19 MiB, two passes, one lane: the first choice of OWASP's Password Storage Cheat Sheet (2024). Enough
# against a stolen hash, and small enough for sixteen threads that check one at the same time.
_hasher = PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1)


def set_password(store: Store, text: str) -> None:
    """Keep the hash of a new password; a one-time code that waited is void.

    Raises Invalid("password") for one of fewer than SHORTEST characters (or absurdly many).
    """
    if len(text) < SHORTEST:
        raise Invalid.field("password", _("must have at least {least} characters", least=SHORTEST))
    if len(text) > LONGEST:
        raise Invalid.field("password", _("must have at most {most} characters", most=str(LONGEST)))
    settings.set_password_hash(store, _hasher.hash(text))


def check_password(store: Store, config: Config, text: str) -> bool:
    """Whether `text` is the password: the configured one where there is one, else the one that was set."""
    if config.admin_password is not None:
        return hmac.compare_digest(config.admin_password.encode(), text.encode("utf-8", "replace"))
    kept = settings.password_hash(store)
    if kept is None or len(text) > LONGEST:
        return False
    try:
        _hasher.verify(kept, text)
    except (exceptions.VerificationError, exceptions.InvalidHashError):
        return False
    return True


def first_code(store: Store) -> str | None:
    """A new one-time code to be shown to the owner, such as `k7m2-p9xw-3fhj-vtq4`; None when a password is set.

    Only its hash is kept, in place of an earlier one's: the last code printed is the one that works.
    """
    if settings.password_hash(store) is not None:
        return None
    code = "-".join(ids.new(CODE_GROUP_LENGTH) for _ in range(CODE_GROUPS))
    settings.set_setup_code_hash(store, _code_hash(code))
    return code


def redeem_code(store: Store, code: str, new_password: str) -> bool:
    """Set the first password with the one-time code. False, with nothing changed, when that is not the waiting code.

    Raises Invalid("password") as `set_password` does; the code stays good then.
    """
    waiting = settings.setup_code_hash(store)
    if waiting is None or settings.password_hash(store) is not None:
        return False
    if not hmac.compare_digest(waiting, _code_hash(code)):
        return False
    set_password(store, new_password)
    return True


def _code_hash(code: str) -> str:
    # 76 random bits need no slow hash. People copy it with or without hyphens, from paper perhaps in capitals.
    letters = "".join(letter for letter in code.casefold() if letter in ids.ALPHABET)
    return hashlib.sha256(letters.encode()).hexdigest()
