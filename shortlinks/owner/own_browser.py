"""The mark of a browser that is the creator's own: a signed cookie on the short domain.

It names nobody and is the same in all browsers marked in the same second. A browser has it only when somebody who was signed
in asked for it. What stands in it is read for each click that brings it, so forgeries must cost little and change nothing.
"""

import hashlib
import re
from functools import lru_cache
from itertools import islice

from itsdangerous import BadSignature, Signer

from shortlinks import times

NAME = "sl_me"
LASTS = 365 * times.DAY
_VERSION = "1"
# The version, when it ends in seconds since 1970, and the signature. Nothing longer is looked at.
# Two Cookie lines arrive joined by a comma.
_COOKIE = re.compile(rf"(?:^|[;,]) *{NAME}=([A-Za-z0-9_.-]{{20,100}}) *(?=[;,]|$)")
# Another site of the domain may set more of that name beside ours. Thousands would only cost us time.
_MOST = 4
_REMEMBERED = 64


class OwnBrowsers:
    """Makes and knows the cookies that are signed with this secret key."""

    def __init__(self, secret_key: str) -> None:
        self._signer = Signer(secret_key, salt="own browser", key_derivation="hmac", digest_method=hashlib.sha256)
        self._ends = lru_cache(maxsize=_REMEMBERED)(self._read)

    def cookie(self, *, now: int) -> str:
        """The value of a cookie that marks a browser from `now` on, for LASTS milliseconds."""
        return self._signer.sign(f"{_VERSION}.{(now + LASTS) // times.SECOND}").decode()

    def marked(self, header: str, at: int) -> bool:
        """Whether the Cookie header of a request at `at` (milliseconds) bears the mark. Never raises."""
        if NAME not in header:
            return False
        return any(at < self._ends(found[1]) for found in islice(_COOKIE.finditer(header), _MOST))

    def _read(self, value: str) -> int:
        """When the cookie ends (milliseconds); 0 for one that was not made here."""
        try:
            version, _, seconds = self._signer.unsign(value).decode().partition(".")
        except BadSignature:
            return 0
        # The last letter of a signature has bits to spare: one that differs there only was not made here either.
        ours = self._signer.sign(f"{version}.{seconds}").decode() == value
        return int(seconds) * times.SECOND if ours and version == _VERSION else 0
