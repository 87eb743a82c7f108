"""The beacon: what a shop's pages tell of a click that arrived, its public token, and the script that does it.

Everybody can read the token in those pages, so nothing of it is verified but that there was such a click.
"""

import secrets

from shortlinks import keys
from shortlinks.arrivals import spans
from shortlinks.owner import settings
from shortlinks.records import outcomes
from shortlinks.records.outcomes import TAKEN as TAKEN
from shortlinks.records.outcomes import Owed
from shortlinks.store import Store
from shortlinks.words.language import N_

PARAMETER = "sl"
AGAIN = "again"
REASONS = {
    AGAIN: N_("told before"),
    "token": N_("unknown token"),
    "limit": N_("too many at once"),
    "body": N_("unreadable"),
    "no_click": N_("no click id"),
    "click": N_("unknown click id"),
    "late": N_("longer than a day after the click"),
    "link": N_("link without click ids"),
    "away": N_("the database was away"),
    "broken": N_("something broke on our side"),
}
"""Why an arrival is not counted, by the name under which that is."""

_BYTES = 9
# Nothing is kept in the visitor's browser, so a page that is loaded again tells again, and we know it.
_SCRIPT = """(function () {
  try {
    var sl = new URLSearchParams(location.search).get("%(parameter)s"), to = "%(address)s";
    if (!sl) return;
    var told = new URLSearchParams([["sl", sl]]);
    if (navigator.sendBeacon && navigator.sendBeacon(to, told)) return;
    var image = new Image();
    image.referrerPolicy = "no-referrer";
    image.src = to + ".gif?" + told;
  } catch (error) {}
})();
"""


class Refused(Exception):
    """An arrival that is not taken; `reason` is one of REASONS."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def token(store: Store) -> str | None:
    """The public token of the beacon, None while it is off."""
    return settings.get(store, settings.BEACON)


def renew(store: Store, *, now: int) -> None:
    """Switch the beacon on, with a new token. What an earlier one told from stands; from now on it tells nothing."""
    settings.put(store, settings.BEACON, secrets.token_urlsafe(_BYTES))
    spans.close(store, now=now)


def stop(store: Store, *, now: int) -> None:
    """Switch the beacon off. Later clicks are not measured; what was counted stays."""
    settings.put(store, settings.BEACON, None)
    spans.close(store, now=now)


def code(address: str, parameter: str = PARAMETER) -> str:
    """The code that tells `address` of the click whose id is in the page's own address, under `parameter`.

    It runs on pages of others, so it is small, sets nothing, reads nothing else, and breaks nothing.
    """
    return _SCRIPT % {"address": address, "parameter": parameter}


def count(store: Store, outcome: str, owed: Owed, *, now: int) -> None:
    """Count an arrival as TAKEN or by why it was refused; see `outcomes.count`."""
    outcomes.count(store, keys.beacon, outcome, owed, now=now, sums=keys.BEACON_SUMS)


def told(store: Store, *, days: int, now: int) -> tuple[int, list[tuple[str, int]]]:
    """How many arrivals were taken, and why others were refused; see `outcomes.read`."""
    return outcomes.read(store, keys.beacon, days=days, now=now)


def sums(store: Store) -> dict[str, int]:
    """How many arrivals there ever were, by TAKEN and each of REASONS."""
    names = (TAKEN, *REASONS)
    found = store.redis.hmget(keys.BEACON_SUMS, names)
    return {name: int(number or 0) for name, number in zip(names, found, strict=True)}
