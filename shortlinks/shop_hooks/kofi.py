"""Ko-fi's webhooks: donations, shop orders, subscriptions, commissions. Pure.

A form with one field `data`, JSON with the account's token (https://ko-fi.com/manage/webhooks, signed in, 2025). It is not
signed and says of no refund. Ko-fi sends again what was not answered by 200, with the same `message_id`.
"""

import hmac
from collections.abc import Mapping

from shortlinks.shop_hooks import told

_KINDS = {
    "Donation": "donation",
    "Subscription": "subscription",
    "Shop Order": told.SALE,
    "Commission": told.SALE,
}
_TRIED = "00000000-1111-2222-3333-444444444444"
"""The transaction that Ko-fi's own tests tell of."""
_LONGEST_MESSAGE = 5_000


def read(body: bytes, headers: Mapping[str, str], secret: str, *, now: int) -> list[told.Event]:
    """What a payment tells. `secret` is the verification token. Raises Refused and Unusable."""
    data = told.of_json(told.of_form(body).get("data", ""))
    given = data.get("verification_token")
    sent = given.encode("utf-8", "surrogatepass") if isinstance(given, str) else b""
    if not hmac.compare_digest(secret.encode(), sent):
        raise told.Refused("token")
    kind, transaction = data.get("type"), data.get("kofi_transaction_id")
    if transaction == _TRIED:
        return [told.Test()]
    if not isinstance(kind, str) or kind not in _KINDS:
        return []
    code, message = told.currency(data.get("currency")), data.get("message")
    return [
        told.Sale(
            id=told.order_id("kofi", transaction or data.get("message_id")),
            kind=_KINDS[kind],
            amount_minor=told.amount(data.get("amount"), code),
            currency=code,
            at=told.instant(data.get("timestamp")),
            message=message[:_LONGEST_MESSAGE] if isinstance(message, str) else "",
        )
    ]
