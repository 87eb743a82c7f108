"""Gumroad's pings: sales and refunds. Pure.

A form that nobody signs (https://gumroad.com/ping, 2025): that it is the shop's is known by its secret address, and by the
seller's id. `price` is in US cents, whatever `currency` the product is priced in. A refund comes with the id of its sale, and
only once that is refunded whole; a gift as a purchase for nothing, with what it cost in `gift_price`. Gumroad sends again only
what was answered by 500, 502, 503 or 504.
"""

import hmac
from collections.abc import Mapping

from shortlinks.shop_hooks import told

_CURRENCY = "USD"
_ABOUT = ("", "sale", "refund")


def read(body: bytes, headers: Mapping[str, str], secret: str, *, now: int) -> list[told.Event]:
    """What a ping tells. `secret` is the seller's id. Raises Refused and Unusable."""
    ping = told.of_form(body)
    if not hmac.compare_digest(secret.encode(), ping.get("seller_id", "").encode("utf-8", "surrogatepass")):
        raise told.Refused("seller")
    if ping.get("test") == "true":
        return [told.Test()]
    if ping.get("resource_name", "") not in _ABOUT:
        return []
    price = ping.get("gift_price" if ping.get("is_gift_receiver_purchase") == "true" else "price", "")
    if not (price.isascii() and price.isdigit() and len(price) < 20):
        raise told.Unusable("amount")
    sale, at = told.order_id("gumroad", ping.get("sale_id")), told.instant(ping.get("sale_timestamp"))
    amount = told.units(int(price), _CURRENCY, 2)
    if ping.get("refunded") == "true":
        # When is not told, so it is now.
        return [told.Refund(f"{sale}:refund", sale, amount, _CURRENCY, None)] if amount else []
    return [
        told.Sale(
            id=sale,
            kind=told.SALE,
            amount_minor=amount,
            currency=_CURRENCY,
            at=at,
            clicks=told.codes(ping.get("url_params[sl]")),
            coupons=told.codes(ping.get("offer_code")),
        )
    ]


def tried_by(body: bytes) -> str:
    """The seller's id in a ping that somebody sent to try the address, "" in any other."""
    try:
        ping = told.of_form(body)
    except told.Refused:
        return ""
    return told.text_of(ping.get("seller_id", "")) if ping.get("test") == "true" else ""
