"""Targets for webhooks of shop systems: whatever comes is answered, also from one who has the secret, and nothing breaks."""

import json
from typing import Any

from hypothesis import strategies as st

from shortlinks import times
from shortlinks.sales import conversions, money
from shortlinks.shop_hooks import endpoints, orders, told
from tests import hook_cast
from tests.fuzz import Target, words
from tests.fuzz.site import Site

_AT = 1_795_300_000_000
_ids = words.sample("pi_1", "1001", "x" * 200) | st.integers(-1, 2**70) | words.json_values
_amounts = words.counts | words.sample("12.50", "0.001", "9" * 30, "1e9") | st.integers(-1, 2**70) | words.json_values
_codes = words.sample("EUR", "eur", "JPY", "ugx", "XXX") | words.json_values
_named = words.sample("{click}", "{slug}", "MUG10", "{slug}_0") | words.plain | words.json_values
_rest = st.dictionaries(
    st.sampled_from(
        (
            *(
                "payment_status",
                "client_reference_id",
                "metadata",
                "payment_intent",
                "id",
                "refunds",
                "amount_refunded",
            ),
            *("financial_status", "note_attributes", "landing_site", "discount_codes", "total_price_set", "test"),
            *("transactions", "order_id", "created_at", "type", "message", "timestamp", "verification_token"),
            *("refunded", "resource_name", "url_params[sl]", "offer_code", "gift_price", "seller_id"),
        )
    ),
    words.json_values | words.sample("paid", "true", "Donation", "{click}"),
    max_size=3,
)


def _made(system: str, number: Any, amount: Any, code: Any, named: Any, rest: dict[str, Any]) -> hook_cast.Sent:
    match system:
        case "stripe":
            return hook_cast.paid(number, amount, code, at=_AT, **{"client_reference_id": named} | rest)
        case "stripe refund":
            kind, thing = (
                "charge.refunded",
                hook_cast.session(number, currency=code, **{"amount_refunded": amount} | rest),
            )
            return hook_cast.stripe(hook_cast.stripe_event(kind, thing, at=_AT, before=rest), at=_AT)
        case "shopify":
            return hook_cast.ordered(number, amount, code, **{"discount_codes": [{"code": named}]} | rest)
        case "shopify refund":
            paid_back = {"kind": "refund", "status": "success", "amount": amount, "currency": code}
            refund = {"id": number, "order_id": 1001, "transactions": [paid_back]} | rest
            return hook_cast.shopify(refund, "refunds/create")
        case "kofi":
            return hook_cast.kofi("t", amount, code, **{"kofi_transaction_id": number, "message": named} | rest)
    texts = {name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in rest.items()}
    return hook_cast.gumroad(number, amount, **{"url_params[sl]": named} | texts)


def _sendable(made: tuple[Any, ...]) -> bool:
    """Half of a surrogate pair can be written in JSON, but in no form."""
    try:
        _made(*made)
    except UnicodeEncodeError:
        return False
    return True


_SYSTEMS = ("stripe", "stripe refund", "shopify", "shopify refund", "kofi", "gumroad")
_signed = st.tuples(st.sampled_from(_SYSTEMS), _ids, _amounts, _codes, _named, _rest).filter(_sendable)
_raw = st.tuples(
    st.sampled_from(endpoints.SYSTEMS),
    st.binary(max_size=60) | words.plain.map(lambda text: text.encode("utf-8", "replace")),
    st.dictionaries(
        st.sampled_from(("Stripe-Signature", "X-Shopify-Hmac-Sha256", "X-Shopify-Topic")),
        words.header(words.plain | words.sample("t=1,v1=00", "orders/paid")),
    ),
)


def _read(system: str, body: bytes, headers: dict[str, str]) -> tuple[list[told.Event], str, str]:
    """What is told, and why it was refused or could not be used."""
    try:
        return orders.READERS[system](body, headers, hook_cast.SECRETS[system], now=_AT), "", ""
    except told.Refused as refused:
        return [], refused.reason, ""
    except told.Unusable as unusable:
        return [], "", unusable.reason


def check_read(made: tuple[Any, ...]) -> None:
    """What is genuine is read, or refused for a reason that has words; amounts are whole and believable."""
    system = made[0].partition(" ")[0]
    events, refused, unusable = _read(system, *_made(*made))
    assert refused in ("", *orders.REFUSED)
    assert unusable in ("", *orders.UNTAKEN)
    for event in events:
        assert isinstance(event, told.Test) or (
            type(event.amount_minor) is int
            and 0 <= event.amount_minor <= money.LARGEST
            and event.currency in money.currencies()
            and event.id.startswith(f"{system}:")
        )


def check_unproven(sent: tuple[str, bytes, dict[str, str]]) -> None:
    """Without the secret nothing is believed."""
    assert _read(*sent)[1] in orders.REFUSED


def check_delivery(site: Site, made: tuple[Any, ...]) -> None:
    """It is answered, the same again changes nothing, and what was taken can be read."""
    system = made[0].partition(" ")[0]
    made = (*made[:4], site.filled(made[4]) if isinstance(made[4], str) else made[4], made[5])
    body, headers = _made(*made)
    if system == "stripe":
        body, headers = hook_cast.stripe(body, at=times.now())
    path = f"/hooks/{system}/{endpoints.get(site.store, system).token}"
    with site.as_it_was():
        statuses = [site.app.test_client().post(path, data=body, headers=headers).status_code for _ in range(2)]
        assert set(statuses) <= {200, 400, 401}, statuses
        assert statuses[0] == statuses[1]
        for each in conversions.between(site.store):
            assert each.verified
            assert each.source in (system, "api")
        assert site.browser.get("/admin/settings/sales").status_code == 200
        site.look(site.names["post"])


PARSERS = (
    Target("genuine webhooks", _signed, check_read, 200),
    Target("unproven webhooks", _raw, check_unproven, 200),
)
TARGET = Target("webhooks", _signed, check_delivery, 30)
