"""The pixel: what the thank-you page of a shop tells of an order. Its token stands in a page that everybody can read, so
nothing of it is verified, and what is wrong with a report is told as a count and never to the shop's visitor.
"""

import secrets
from collections.abc import Mapping

from shortlinks import keys
from shortlinks.clicks import click_ids
from shortlinks.errors import Conflict, Invalid
from shortlinks.owner import settings
from shortlinks.records import outcomes as records
from shortlinks.records.outcomes import TAKEN as TAKEN
from shortlinks.records.outcomes import Owed
from shortlinks.sales import conversions, money
from shortlinks.store import Store
from shortlinks.words.language import N_

PARAMETERS = ("order", "amount", "minor", "currency", "sl", "slug", "coupon", "kind")
"""What a report may say: the order's id, its amount as it is printed or in minor units (`minor`) and the currency; which link,
by the id of the click (`sl`), by slug or by coupon; and what happened, where that is no sale."""

REASONS = {
    "token": N_("unknown token"),
    "limit": N_("too many at once"),
    "body": N_("unreadable"),
    "no_order": N_("neither order number nor click id"),
    "no_link": N_("neither click id nor link nor coupon code"),
    "order": N_("bad order number"),
    "click": N_("unknown click id"),
    "slug": N_("unknown link"),
    "coupon": N_("coupon code of no link"),
    "amount": N_("unreadable amount"),
    "no_currency": N_("amount without currency"),
    "currency": N_("unknown currency"),
    "kind": N_("unreadable kind"),
    "differs": N_("told before, with other content"),
    "away": N_("the database was away"),
    "broken": N_("something broke on our side"),
}
"""Why a report is refused, by the name under which it is counted."""

_BYTES = 9
_OF_FIELD = {"external_id": "order", "click_id": "click", "amount_minor": "amount"}


class Refused(Exception):
    """A report that is not taken; `reason` is one of REASONS."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def token(store: Store) -> str | None:
    """The public token of the pixel, None while it is off."""
    return settings.get(store, settings.PIXEL)


def renew(store: Store) -> None:
    """Switch the pixel on, with a new token; an earlier one is worthless from now on."""
    settings.put(store, settings.PIXEL, secrets.token_urlsafe(_BYTES))


def stop(store: Store) -> None:
    """Switch the pixel off."""
    settings.put(store, settings.PIXEL, None)


def report(store: Store, given: Mapping[str, str], *, now: int) -> None:
    """Take down what a page tells, by PARAMETERS; whatever else it says is passed over.

    Without an order's id, that of the click stands for it: a page that is loaded again tells nothing new, and no more does
    one that tells otherwise of an order that a verified source told of. Raises Refused.
    """
    told = {name: text for name in PARAMETERS if (text := given.get(name, "").strip())}
    told["sl"] = click_ids.clean(told.get("sl", ""))
    order = told.get("order") or told["sl"]
    if not order:
        raise Refused("no_order")
    named = {"click_id": told["sl"], "slug": told.get("slug"), "coupon": told.get("coupon")}
    if not any(named.values()):
        raise Refused("no_link")
    try:
        fields = {"external_id": order, "kind": told.get("kind", "sale"), **_amount(told)}
        fields |= {name: text for name, text in named.items() if text}
        conversions.report(store, fields, now=now, source=conversions.PIXEL)
    except Invalid as invalid:
        field = invalid.errors[0][0]
        raise Refused(_OF_FIELD.get(field, field)) from invalid
    except Conflict as conflict:
        known = conversions.find(store, order)
        if known is None or not known.verified:
            raise Refused("differs") from conflict


def count(store: Store, outcome: str, owed: Owed, *, now: int) -> None:
    """Count a report as TAKEN or by why it was refused; see `outcomes.count`."""
    records.count(store, keys.pixel, outcome, owed, now=now)


def outcomes(store: Store, *, days: int, now: int) -> tuple[int, list[tuple[str, int]]]:
    """How many reports were taken, and why others were refused; see `outcomes.read`."""
    return records.read(store, keys.pixel, days=days, now=now)


def _amount(told: Mapping[str, str]) -> dict[str, int | str]:
    """The amount as the fields of a conversion. Raises Invalid and Refused."""
    if "amount" not in told and "minor" not in told:
        return {}
    if "currency" not in told:
        raise Refused("no_currency")
    code = money.currency(told["currency"], "currency")
    if "minor" not in told:
        return {"amount_minor": money.printed(told["amount"], "amount", code), "currency": code}
    minor = told["minor"]
    if "amount" in told or not (minor.isascii() and minor.isdigit() and len(minor) < 20):
        raise Refused("amount")
    return {"amount_minor": int(minor), "currency": code}
