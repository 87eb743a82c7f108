"""Stripe's events: paid checkout sessions and refunded charges. Pure.

Signature: https://docs.stripe.com/webhooks#verify-manually (2025). It holds the time of the delivery, new with each retry, so
what was recorded and is sent again later is refused. Amounts: https://docs.stripe.com/currencies#special-cases (2025).
"""

import hmac
import re
from collections.abc import Mapping
from typing import Any

from shortlinks import times
from shortlinks.shop_hooks import told

TOLERANCE_SECONDS = 300
"""How far the time of a signature may be from ours, to either side: Stripe's own libraries have the same."""

_PAID = ("paid", "no_payment_required")
_SESSIONS = ("checkout.session.completed", "checkout.session.async_payment_succeeded")
_REFUNDED = "charge.refunded"
_NOT_REFUNDED = ("failed", "canceled")
_TIME = re.compile(r"[0-9]{1,12}")
# Without decimals there, MGA among them, which has two in ISO 4217. UGX stands in Stripe's list, too, and is excepted from it
# below that list, like ISK: both are told in hundredths, although they have none. HUF and TWD differ in payouts only.
_NONE = frozenset(
    (
        *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV"),
        *("XAF", "XOF", "XPF"),
    )
)
_THREE = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))


def read(body: bytes, headers: Mapping[str, str], secret: str, *, now: int) -> list[told.Event]:
    """What an event tells. `secret` is the endpoint's, `whsec_…`. Raises Refused and Unusable."""
    _check(body, headers.get("Stripe-Signature", ""), secret, now=now)
    event = told.of_json(body)
    kind, data = event.get("type"), told.part(event.get("data"))
    if kind not in (*_SESSIONS, _REFUNDED):
        return []
    if event.get("livemode") is False:
        return [told.Test()]
    thing, at = told.part(data.get("object")), told.instant(event.get("created"))
    if kind == _REFUNDED:
        return _refunds(thing, told.part(data.get("previous_attributes")), at)
    return [_sale(thing, at)] if thing.get("payment_status") in _PAID else []


def _check(body: bytes, header: str, secret: str, *, now: int) -> None:
    parts = [each.strip().partition("=") for each in header.split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    if len(stamps) != 1 or not _TIME.fullmatch(stamps[0]):
        raise told.Refused("signature")
    right = hmac.digest(secret.encode(), stamps[0].encode() + b"." + body, "sha256").hex().encode()
    signed = [value.encode("utf-8", "surrogatepass") for name, _, value in parts if name == "v1"]
    # While a secret is rolled there are several. All are looked at, so the time does not tell which one fits.
    fits = [hmac.compare_digest(right, each) for each in signed]
    if not any(fits):
        raise told.Refused("signature")
    if abs(now - int(stamps[0]) * times.SECOND) > TOLERANCE_SECONDS * times.SECOND:
        raise told.Refused("replay")


def _sale(session: Mapping[str, Any], at: int | None) -> told.Sale:
    """An order by its payment, which is what a refund names; a free one or a subscription has none, and goes by its session."""
    metadata = told.part(session.get("metadata"))
    code = told.currency(session.get("currency"))
    return told.Sale(
        id=told.order_id("stripe", _id(session.get("payment_intent")) or session.get("id")),
        kind=told.SALE,
        amount_minor=_units(session.get("amount_total"), code),
        currency=code,
        at=at,
        clicks=told.codes(session.get("client_reference_id"), metadata.get("sl")),
        coupons=told.codes(metadata.get("coupon")),
    )


def _refunds(charge: Mapping[str, Any], before: Mapping[str, Any], at: int | None) -> list[told.Event]:
    """Each refund of a charge, or what was paid back since the last event: newer versions of the API leave the list out."""
    payment, code = _id(charge.get("payment_intent")), told.currency(charge.get("currency"))
    if not payment:
        return []
    sale = told.order_id("stripe", payment)
    listed = [
        told.Refund(told.order_id("stripe", each.get("id")), sale, _units(each.get("amount"), code), code, at)
        for each in told.parts(told.part(charge.get("refunds")).get("data"))
        if each.get("status") not in _NOT_REFUNDED
    ]
    if not listed:
        so_far, earlier = (_units(each.get("amount_refunded", 0), code) for each in (charge, before))
        listed = [told.Refund(told.order_id("stripe", charge.get("id"), so_far), sale, so_far - earlier, code, at)]
    return [each for each in listed if each.amount_minor > 0]


def _units(value: Any, code: str) -> int:
    return told.units(value, code, 0 if code in _NONE else 3 if code in _THREE else 2)


def _id(value: Any) -> str:
    """The id of what may be there as an object or as its id."""
    return told.text_of(told.part(value).get("id") if isinstance(value, dict) else value)
