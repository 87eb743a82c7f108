"""Shopify's webhooks: paid orders and refunds. Pure.

Signature: https://shopify.dev/docs/apps/build/webhooks/verify-deliveries (2025). It is of the body alone, so neither
`X-Shopify-Triggered-At` nor `X-Shopify-Webhook-Id` proves anything, and a genuine delivery may be hours old: one that fails is
sent again 8 times over 4 hours, as it was (https://shopify.dev/changelog/updates-to-webhook-retry-mechanism, 2024; before that
for 48 hours). So nothing is refused for its age. What comes again is known by the ids of the order and the refund, which are
signed, and changes nothing.
"""

import base64
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shortlinks.shop_hooks import told

_PAID = {
    "orders/paid": ("paid", "partially_refunded", "refunded"),
    "orders/create": ("paid",),
}
_REFUNDED = "refunds/create"


def read(body: bytes, headers: Mapping[str, str], secret: str, *, now: int) -> list[told.Event]:
    """What a webhook tells. `secret` is what the shop signs its webhooks with. Raises Refused and Unusable."""
    signed = headers.get("X-Shopify-Hmac-Sha256", "").strip().encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(base64.b64encode(hmac.digest(secret.encode(), body, "sha256")), signed):
        raise told.Refused("signature")
    topic = headers.get("X-Shopify-Topic", "")
    if topic not in _PAID and topic != _REFUNDED:
        return []
    thing = told.of_json(body)
    if headers.get("X-Shopify-Test", "") == "true" or thing.get("test") is True:
        return [told.Test()]
    if topic == _REFUNDED:
        return _refund(thing)
    # The topic is not signed: an order that is not paid stays one.
    return [_sale(thing)] if thing.get("financial_status") in _PAID[topic] else []


def _sale(order: Mapping[str, Any]) -> told.Sale:
    """An order in what the customer paid in, because refunds are told in that."""
    paid = told.part(told.part(order.get("total_price_set")).get("presentment_money"))
    code = told.currency(paid.get("currency_code", order.get("currency")))
    noted = (each.get("value") for each in told.parts(order.get("note_attributes")) if each.get("name") == "sl")
    return told.Sale(
        id=told.order_id("shopify", order.get("id")),
        kind=told.SALE,
        amount_minor=told.amount(paid.get("amount", order.get("total_price")), code),
        currency=code,
        at=told.instant(order.get("processed_at")) or told.instant(order.get("created_at")),
        clicks=told.codes(*noted, *_landed(order.get("landing_site"))),
        coupons=told.codes(*(each.get("code") for each in told.parts(order.get("discount_codes")))),
    )


def _landed(site: Any) -> list[str]:
    """The click ids in the address at which the customer arrived."""
    try:
        return parse_qs(urlsplit(site).query, max_num_fields=200).get("sl", []) if isinstance(site, str) else []
    except ValueError:
        return []


def _refund(refund: Mapping[str, Any]) -> list[told.Event]:
    """What was paid back. Taken back without money (restocked, a credit, a failed transaction) it is nothing."""
    paid = [
        each
        for each in told.parts(refund.get("transactions"))
        if each.get("kind") == "refund" and each.get("status") == "success" and each.get("test") is not True
    ]
    named = {told.currency(each.get("currency")) for each in paid}
    if len(named) > 1:
        raise told.Unusable("currency")
    total = sum(told.amount(each.get("amount"), code) for code in named for each in paid)
    if not total:
        return []
    own, sale = (told.order_id("shopify", *each) for each in (("refund", refund.get("id")), (refund.get("order_id"),)))
    return [told.Refund(own, sale, total, named.pop(), told.instant(refund.get("created_at")))]
