"""Webhooks in the shapes of each shop system's documentation, with signatures by an implementation of our own (RFC 2104)."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import urlencode

from shortlinks import times

SECRETS = {
    "stripe": "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH",
    "shopify": "hush-shopify-signing-secret",
    "kofi": "8a1fac6c-1960-4578-1960-4578a1fac6c1",
    "gumroad": "2-X8GHFaL0qLyzuSriDAsQ==",
}
Sent = tuple[bytes, dict[str, str]]
FORM = "application/x-www-form-urlencoded"


def by_hand(secret: str, message: bytes) -> bytes:
    """HMAC-SHA256 as RFC 2104 writes it down."""
    key = secret.encode()
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).digest()


def stripe(event: dict[str, Any] | bytes, *, at: int, secret: str = SECRETS["stripe"]) -> Sent:
    """A delivery of an event at this moment."""
    body = event if isinstance(event, bytes) else json.dumps(event, indent=2).encode()
    stamp = at // times.SECOND
    signature = by_hand(secret, f"{stamp}.".encode() + body).hex()
    return body, {"Stripe-Signature": f"t={stamp},v1={signature},v0={'0' * 64}", "Content-Type": "application/json"}


def stripe_event(kind: str, thing: dict[str, Any], *, at: int, before: dict[str, Any] | None = None) -> dict[str, Any]:
    data = {"object": thing} | ({"previous_attributes": before} if before is not None else {})
    return {
        **{"id": "evt_1", "object": "event", "api_version": "2025-03-31.basil", "created": at // times.SECOND},
        **{"data": data, "livemode": True, "pending_webhooks": 1, "type": kind},
        "request": {"id": None, "idempotency_key": None},
    }


def session(payment: str | None, total: Any = 1_250, currency: Any = "eur", **more: Any) -> dict[str, Any]:
    return {
        **{"id": f"cs_{payment}", "object": "checkout.session", "amount_subtotal": total, "amount_total": total},
        **{"client_reference_id": None, "currency": currency, "metadata": {}, "mode": "payment"},
        **{"payment_intent": payment, "payment_status": "paid", "status": "complete", "discounts": []},
    } | more


def paid(payment: str | None, total: Any = 1_250, currency: Any = "eur", *, at: int, **more: Any) -> Sent:
    thing = session(payment, total, currency, **more)
    return stripe(stripe_event("checkout.session.completed", thing, at=at), at=at)


def charged_back(payment: str, so_far: int, before: int, *, at: int, currency: str = "eur", **more: Any) -> Sent:
    charge = {
        **{"id": f"ch_{payment}", "object": "charge", "amount": 1_250, "amount_refunded": so_far, "currency": currency},
        **{"payment_intent": payment, "refunded": False},
    } | more
    event = stripe_event("charge.refunded", charge, at=at, before={"amount_refunded": before, "receipt_url": None})
    return stripe(event, at=at)


def shopify(thing: Any, topic: str, *, secret: str = SECRETS["shopify"]) -> Sent:
    body = thing if isinstance(thing, bytes) else json.dumps(thing).encode()
    return body, {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": base64.b64encode(by_hand(secret, body)).decode(),
        **{"X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043", "X-Shopify-Test": "false"},
        **{"X-Shopify-Triggered-At": "2023-03-29T18:00:27.877041743Z", "Content-Type": "application/json"},
    }


def order(number: Any, total: Any = "12.50", currency: Any = "EUR", **more: Any) -> dict[str, Any]:
    return {
        **{"id": number, "admin_graphql_api_id": f"gid://shopify/Order/{number}", "currency": currency, "test": False},
        **{"discount_codes": [], "financial_status": "paid", "landing_site": None, "note_attributes": []},
        **{"total_price": total, "order_number": 1234, "name": "#9999", "line_items": [{"id": 487817672276298554}]},
    } | more


def ordered(number: Any, total: Any = "12.50", currency: Any = "EUR", **more: Any) -> Sent:
    return shopify(order(number, total, currency, **more), "orders/paid")


def returned(number: int, sale: int, *amounts: str, currency: str = "EUR", **more: Any) -> Sent:
    transactions = [
        {
            **{"id": 179_259_969 + place, "kind": "refund", "status": "success", "amount": each, "currency": currency},
            **{"test": False, "order_id": sale},
            **more,
        }
        for place, each in enumerate(amounts)
    ]
    refund = {"id": number, "order_id": sale, "note": "wrong size", "restock": True, "transactions": transactions}
    return shopify(refund, "refunds/create")


def kofi(number: str, amount: Any = "3.00", currency: Any = "USD", **more: Any) -> Sent:
    told = {
        **{"verification_token": SECRETS["kofi"], "message_id": f"m-{number}", "timestamp": "2026-11-21T20:00:00Z"},
        **{"type": "Donation", "is_public": True, "from_name": "Jo Example", "message": "Good luck!"},
        **{"amount": amount, "url": "https://ko-fi.com/Home/CoffeeShop?txid=1", "email": "jo@example.com"},
        **{"currency": currency, "is_subscription_payment": False, "is_first_subscription_payment": False},
        **{"kofi_transaction_id": number, "shop_items": None, "tier_name": None, "shipping": None},
    } | more
    return urlencode({"data": json.dumps(told)}).encode(), {"Content-Type": FORM}


def gumroad(sale: str, price: Any = "1250", **more: Any) -> Sent:
    ping = {
        **{"seller_id": SECRETS["gumroad"], "product_id": "32-nPAicqbLj8B_WswVlMw==", "permalink": "mug"},
        **{"email": "jo@example.com", "price": price, "gumroad_fee": "70", "currency": "eur", "quantity": "1"},
        **{"sale_id": sale, "sale_timestamp": "2026-11-21T20:00:00Z", "refunded": "false", "resource_name": "sale"},
        **{"disputed": "false", "is_gift_receiver_purchase": "false", "order_number": "524459935"},
    } | more
    return urlencode(ping).encode(), {"Content-Type": FORM}
