"""What is read from webhooks of shop systems, before anything is stored: genuine or refused, and every amount to the unit."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from clicking import NOW
from hook_cast import (
    SECRETS,
    Sent,
    charged_back,
    gumroad,
    kofi,
    order,
    ordered,
    paid,
    returned,
    session,
    shopify,
    stripe,
    stripe_event,
)

from shortlinks import times
from shortlinks.shop_hooks import orders, told

LARGEST = 10**12


def read(system: str, sent: Sent, *, now: int = NOW, secret: str | None = None) -> list[told.Event]:
    return orders.READERS[system](*sent, secret or SECRETS[system], now=now)


def refused(system: str, sent: Sent, **named: Any) -> str:
    with pytest.raises(told.Refused) as caught:
        read(system, sent, **named)
    assert caught.value.reason in orders.REFUSED
    return caught.value.reason


def unusable(system: str, sent: Sent) -> str:
    with pytest.raises(told.Unusable) as caught:
        read(system, sent)
    assert caught.value.reason in orders.UNTAKEN
    return caught.value.reason


def sale(system: str, sent: Sent) -> told.Sale:
    (event,) = read(system, sent)
    assert isinstance(event, told.Sale)
    return event


def refunds(system: str, sent: Sent) -> list[tuple[str, str, int, str]]:
    found = []
    for event in read(system, sent):
        assert isinstance(event, told.Refund)
        found.append((event.id, event.sale, event.amount_minor, event.currency))
    return found


GENUINE = {
    "stripe": paid("pi_1", at=NOW),
    "shopify": ordered(450789469),
    "kofi": kofi("t1"),
    "gumroad": gumroad("FO8TXN=="),
}


@pytest.mark.parametrize("system", GENUINE)
def test_only_who_knows_the_secret_is_believed(system: str) -> None:
    assert sale(system, GENUINE[system]).id.startswith(f"{system}:")
    wrong = {"stripe": "signature", "shopify": "signature", "kofi": "token", "gumroad": "seller"}[system]
    for secret in ("x", SECRETS[system][:-1], SECRETS[system] + "x", "é"):
        assert refused(system, GENUINE[system], secret=secret) == wrong


@pytest.mark.parametrize("system", ["stripe", "shopify"])
def test_a_body_of_which_one_byte_was_changed_is_refused(system: str) -> None:
    body, headers = GENUINE[system]
    for place in range(0, len(body), 37):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert refused(system, (changed, headers)) == "signature"
    assert refused(system, (body + b" ", headers)) == "signature"
    assert refused(system, (body, {})) == "signature"


@pytest.mark.parametrize(
    "header",
    [
        *("", "t=1", "v1=aa", "t=,v1=", "t=x,v1=aa", "t=1,t=1,v1=aa", "t=²,v1=²", ",,,=", "t=1,v1=\udcff"),
        "t=" + "9" * 5_000 + ",v1=aa",
    ],
)
def test_a_signature_header_that_is_none_is_refused(header: str) -> None:
    assert refused("stripe", (GENUINE["stripe"][0], {"Stripe-Signature": header})) == "signature"
    assert refused("shopify", (b"{}", {"X-Shopify-Hmac-Sha256": header, "X-Shopify-Topic": "orders/paid"}))


def test_of_several_signatures_one_has_to_fit_and_only_of_the_first_scheme() -> None:
    body, headers = GENUINE["stripe"]
    stamp, good, _old = headers["Stripe-Signature"].split(",")
    rolled = f"{stamp},v1={'0' * 64},{good},v1=x"
    assert sale("stripe", (body, {"Stripe-Signature": rolled})).id == "stripe:pi_1"
    assert refused("stripe", (body, {"Stripe-Signature": f"{stamp},{good.replace('v1', 'v0')}"})) == "signature"


def test_what_was_signed_more_than_five_minutes_from_now_is_refused() -> None:
    whole = NOW // times.SECOND * times.SECOND
    sent = paid("pi_1", at=whole)
    for apart in (-300, 0, 300):
        assert read("stripe", sent, now=whole + apart * times.SECOND)
    for apart in (-301, 301, 86_400):
        assert refused("stripe", sent, now=whole + apart * times.SECOND) == "replay"
    assert refused("stripe", sent, now=whole + times.DAY, secret="x") == "signature"


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"a"', b"\xff", b"[" * 9_000, b"null", b"9" * 9_000])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    assert refused("stripe", stripe(body, at=NOW)) == "body"
    assert refused("shopify", shopify(body, "orders/paid")) == "body"
    assert refused("kofi", (urlencode({"data": body}).encode(), {})) == "body"


@pytest.mark.parametrize(
    "body", [b"", b"data", b"data=%ff", b"\xff=\xff", b"a=1&" * 900, b"[1]", b"%00=%00&seller_id="]
)
def test_a_form_that_is_none_is_refused(body: bytes) -> None:
    assert refused("kofi", (body, {})) == "body"
    assert refused("gumroad", (body, {})) in ("body", "seller")


# Stripe's amount -> ours, by https://docs.stripe.com/currencies: JPY has none in both, MGA two of ours and none of theirs,
# ISK and UGX two of theirs and none of ours, HUF and TWD two in both, KWD three.
AMOUNTS = {
    ("eur", 1_250): 1_250, ("usd", 1): 1, ("jpy", 500): 500, ("krw", 1_200): 1_200, ("mga", 500): 50_000,
    ("isk", 500): 5, ("ugx", 500_000): 5_000, ("huf", 1_045): 1_045, ("twd", 80_045): 80_045, ("kwd", 5_120): 5_120,
    ("vnd", 10_000): 10_000, ("clp", 990): 990, ("bhd", 10): 10, ("iqd", 250): 2_500, ("eur", 0): 0,
}  # fmt: skip


@pytest.mark.parametrize(("told_in", "ours"), AMOUNTS.items())
def test_amounts_of_stripe_become_minor_units_of_iso_4217(told_in: tuple[str, int], ours: int) -> None:
    code, units = told_in
    found = sale("stripe", paid("pi_1", units, code, at=NOW))
    assert (found.amount_minor, found.currency) == (ours, code.upper())
    if ours:
        assert refunds("stripe", charged_back("pi_1", units, 0, at=NOW, currency=code))[0][2] == ours


@pytest.mark.parametrize(
    ("units", "code", "reason"),
    [
        *((550, "isk", "amount"), (1, "ugx", "amount"), (-1, "eur", "amount"), (True, "eur", "amount")),
        *(("1250", "eur", "amount"), (12.5, "eur", "amount"), (None, "eur", "amount"), (2**53 + 1, "eur", "amount")),
        *((2**64, "eur", "amount"), (10**300, "eur", "amount"), (LARGEST + 1, "eur", "amount"), ([1], "eur", "amount")),
        *((1, "xxx", "currency"), (1, "", "currency"), (1, None, "currency"), (1, ["eur"], "currency")),
    ],
)
def test_an_amount_of_stripe_that_cannot_be_is_not_taken(units: Any, code: Any, reason: str) -> None:
    assert unusable("stripe", paid("pi_1", units, code, at=NOW)) == reason


# A shop's text and its currency -> minor units.
WRITTEN = {
    ("12.50", "EUR"): 1_250, ("0.1", "EUR"): 10, ("12", "EUR"): 1_200, ("12.500", "EUR"): 1_250, ("0.00", "EUR"): 0,
    ("1200", "JPY"): 1_200, ("1200.00", "JPY"): 1_200, ("5.124", "KWD"): 5_124, ("8.29", "USD"): 829,
    ("9999999999.99", "EUR"): 999_999_999_999, ("10000000000.00", "EUR"): LARGEST, (12, "EUR"): 1_200,
    ("1.15", "EUR"): 115, ("0.29", "EUR"): 29,
}  # fmt: skip
UNWRITTEN = [
    *(("12.505", "EUR"), ("1200.5", "JPY"), ("-1", "EUR"), ("1e3", "EUR"), ("1,250.00", "EUR"), ("", "EUR")),
    *(("NaN", "EUR"), ("Infinity", "EUR"), (None, "EUR"), (True, "EUR"), (["1"], "EUR"), ("١٢", "EUR"), (" ", "EUR")),
    *(("10000000000.01", "EUR"), ("9007199254740993.00", "EUR"), (2**70, "EUR"), ("0." + "0" * 400 + "1", "EUR")),
]


@pytest.mark.parametrize(("written", "ours"), WRITTEN.items())
def test_amounts_in_text_are_exact(written: tuple[Any, str], ours: int) -> None:
    text, code = written
    for system, sent in (("shopify", ordered(1, text, code)), ("kofi", kofi("t1", text, code))):
        found = sale(system, sent)
        assert (found.amount_minor, found.currency) == (ours, code)


@pytest.mark.parametrize(("text", "code"), UNWRITTEN)
def test_a_text_that_is_no_amount_is_not_taken(text: Any, code: str) -> None:
    assert unusable("shopify", ordered(1, text, code)) == "amount"
    assert unusable("kofi", kofi("t1", text, code)) == "amount"


def test_a_number_in_json_is_read_by_its_digits() -> None:
    body = json.dumps(order(1, "@")).replace('"@"', "0.29").encode()
    assert sale("shopify", shopify(body, "orders/paid")).amount_minor == 29


def test_a_session_of_stripe_is_a_sale_once_it_is_paid() -> None:
    one = paid("pi_1", at=NOW, client_reference_id="bio_0000", metadata={"sl": "mug.1", "coupon": "MUG10"})
    found = sale("stripe", one)
    assert (found.id, found.kind, found.at) == ("stripe:pi_1", "sale", NOW // 1_000 * 1_000)
    assert (found.clicks, found.coupons) == (("bio_0000", "mug.1"), ("MUG10",))
    assert sale("stripe", paid("pi_1", at=NOW, payment_intent={"id": "pi_9"})).id == "stripe:pi_9"
    free = paid(None, 0, at=NOW, id="cs_7", payment_status="no_payment_required")
    assert (sale("stripe", free).id, sale("stripe", free).amount_minor) == ("stripe:cs_7", 0)
    assert read("stripe", paid("pi_1", at=NOW, payment_status="unpaid")) == []
    later = stripe_event("checkout.session.async_payment_succeeded", session("pi_1"), at=NOW)
    assert sale("stripe", stripe(later, at=NOW)).id == "stripe:pi_1"
    for kind in ("checkout.session.async_payment_failed", "customer.created", None, ["charge.refunded"]):
        assert read("stripe", stripe(stripe_event(kind, session("pi_1"), at=NOW), at=NOW)) == []  # type: ignore[arg-type]
    assert read("stripe", stripe(later | {"livemode": False}, at=NOW)) == [told.Test()]


def test_refunds_of_stripe_are_differences_or_those_listed() -> None:
    assert refunds("stripe", charged_back("pi_1", 700, 300, at=NOW)) == [
        ("stripe:ch_pi_1:700", "stripe:pi_1", 400, "EUR")
    ]
    listed = [
        {"id": "re_2", "amount": 400, "status": "succeeded"},
        {"id": "re_1", "amount": 300, "status": "pending"},
        {"id": "re_0", "amount": 900, "status": "failed"},
    ]
    sent = charged_back("pi_1", 700, 300, at=NOW, refunds={"object": "list", "data": listed})
    assert [each[::2] for each in refunds("stripe", sent)] == [("stripe:re_2", 400), ("stripe:re_1", 300)]
    assert refunds("stripe", charged_back("pi_1", 300, 300, at=NOW)) == []
    assert refunds("stripe", charged_back("pi_1", 300, 0, at=NOW, payment_intent=None)) == []
    assert refunds("stripe", charged_back("pi_1", 300, 0, at=NOW, refunds={"data": "x"}))[0][2] == 300


def test_an_order_of_shopify_names_its_link_in_three_ways() -> None:
    told_all = {
        "note_attributes": [{"name": "gift", "value": "yes"}, {"name": "sl", "value": "bio.1"}, "x", {"name": "sl"}],
        "landing_site": "/products/mug?utm_source=x&sl=mug.2&sl=mug.3",
        "discount_codes": [{"code": "MUG10", "amount": "1.00", "type": "percentage"}, {"code": None}, "x"],
        "processed_at": "2026-11-21T15:00:00-05:00",
    }
    found = sale("shopify", ordered(820982911946154508, **told_all))
    assert (found.id, found.at) == ("shopify:820982911946154508", times.parse("2026-11-21T20:00:00Z", "at"))
    assert (found.clicks, found.coupons) == (("bio.1", "mug.2", "mug.3"), ("MUG10",))
    for odd in ({"landing_site": "http://[x"}, {"landing_site": 5}, {"note_attributes": {"sl": 1}}):
        assert sale("shopify", ordered(1, **odd)).clicks == ()


def test_an_order_of_shopify_is_told_in_what_the_customer_paid_in() -> None:
    both = {"shop_money": {"amount": "10.00", "currency_code": "USD"}}
    both["presentment_money"] = {"amount": "9.30", "currency_code": "EUR"}
    found = sale("shopify", ordered(1, "10.00", "USD", total_price_set=both))
    assert (found.amount_minor, found.currency) == (930, "EUR")


def test_an_order_of_shopify_is_a_sale_only_if_it_is_paid_and_no_test() -> None:
    for topic, status, taken in (
        *(("orders/create", "paid", True), ("orders/create", "pending", False), ("orders/paid", "pending", False)),
        *(("orders/create", "authorized", False), ("orders/paid", "refunded", True), ("orders/paid", None, False)),
        *(("orders/updated", "paid", False), ("", "paid", False), ("orders/paid", ["paid"], False)),
    ):
        assert bool(read("shopify", shopify(order(1, financial_status=status), topic))) == taken, (topic, status)
    assert read("shopify", ordered(1, test=True)) == [told.Test()]
    body, headers = ordered(1)
    assert read("shopify", (body, headers | {"X-Shopify-Test": "true"})) == [told.Test()]


def test_a_refund_of_shopify_is_what_its_transactions_paid_back() -> None:
    assert refunds("shopify", returned(5, 1, "10.00", "2.50")) == [
        ("shopify:refund:5", "shopify:1", 1_250, "EUR"),
    ]
    assert refunds("shopify", returned(5, 1)) == []
    assert refunds("shopify", returned(5, 1, "10.00", status="failure")) == []
    assert refunds("shopify", returned(5, 1, "10.00", kind="void")) == []
    assert refunds("shopify", returned(5, 1, "0.00")) == []
    mixed = json.loads(returned(5, 1, "1.00", "2.00")[0])
    mixed["transactions"][0]["currency"] = "USD"
    assert unusable("shopify", shopify(mixed, "refunds/create")) == "currency"
    unnamed = json.loads(returned(5, 1, "1.00")[0]) | {"order_id": None}
    assert unusable("shopify", shopify(unnamed, "refunds/create")) == "order"


def test_payments_of_ko_fi() -> None:
    for kind, ours in (
        ("Donation", "donation"),
        ("Subscription", "subscription"),
        ("Shop Order", "sale"),
        ("Commission", "sale"),
    ):
        found = sale("kofi", kofi("t1", type=kind))
        assert (found.id, found.kind, found.message) == ("kofi:t1", ours, "Good luck!")
        assert found.at == times.parse("2026-11-21T20:00:00Z", "at")
    assert sale("kofi", kofi("", kofi_transaction_id=None, message_id="m7")).id == "kofi:m7"
    assert sale("kofi", kofi("t1", message=None, timestamp="yesterday")).at is None
    for kind in ("Gift", None, ["Donation"], 5):
        assert read("kofi", kofi("t1", type=kind)) == []
    assert read("kofi", kofi("00000000-1111-2222-3333-444444444444")) == [told.Test()]
    for token in (None, 5, ["x"], "", "\ud800"):
        assert refused("kofi", kofi("t1", verification_token=token)) == "token"
    assert unusable("kofi", kofi("", kofi_transaction_id=None, message_id=None)) == "order"


def test_pings_of_gumroad_tell_us_cents_whatever_the_prices_are_in() -> None:
    found = sale("gumroad", gumroad("FO8==", "500", currency="jpy", offer_code="MUG10", **{"url_params[sl]": "bio.1"}))
    assert (found.id, found.amount_minor, found.currency) == ("gumroad:FO8==", 500, "USD")
    assert (found.clicks, found.coupons) == (("bio.1",), ("MUG10",))
    assert sale("gumroad", gumroad("a", "0", is_gift_receiver_purchase="true", gift_price="900")).amount_minor == 900
    assert read("gumroad", gumroad("a", test="true")) == [told.Test()]
    assert refunds("gumroad", gumroad("a", refunded="true", resource_name="refund")) == [
        ("gumroad:a:refund", "gumroad:a", 1_250, "USD")
    ]
    assert read("gumroad", gumroad("a", "0", refunded="true")) == []
    for about in ("dispute", "cancellation", "subscription_updated"):
        assert read("gumroad", gumroad("a", resource_name=about)) == []
    for price in ("", "12.50", "-5", "²", "x", "9" * 30, str(LARGEST + 1)):
        assert unusable("gumroad", gumroad("a", price)) == "amount"


@pytest.mark.parametrize(
    "number", [None, "", " ", "a\nb", "x" * 151, True, 2.5, ["1"], {"id": 1}, 10**30, "\ud800", "a\0"]
)
def test_an_order_without_a_number_of_one_line_is_not_taken(number: Any) -> None:
    if number != 2.5:  # as text, it is one
        assert unusable("shopify", ordered(number)) == "order"
    assert unusable("stripe", paid("pi", at=NOW, payment_intent=None, id=number if number != 2.5 else None)) == "order"


WRONG: list[Any] = [None, True, 5, -1, 2**80, "x", "", [], [[]], {}, {"id": []}, [{"id": {}}], "\ud800"]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_wrong_types_anywhere_break_nothing(wrong: Any) -> None:
    """Each value at each place of each body in turn: it is read, passed over, or refused for one of our reasons."""
    refund = json.loads(charged_back("pi_1", 7, 3, at=NOW, refunds={"data": [{"id": "re_1", "amount": 3}]})[0])
    bodies: list[tuple[str, dict[str, Any], Any]] = [
        ("stripe", json.loads(GENUINE["stripe"][0]), lambda told_: stripe(told_, at=NOW)),
        ("stripe", refund, lambda told_: stripe(told_, at=NOW)),
        ("shopify", json.loads(GENUINE["shopify"][0]), lambda told_: shopify(told_, "orders/paid")),
        ("shopify", json.loads(returned(5, 1, "1.00")[0]), lambda told_: shopify(told_, "refunds/create")),
        ("kofi", {}, lambda told_: kofi("t1", **told_) if isinstance(told_, dict) else (b"data=", {})),
    ]
    names = ("message_id", "timestamp", "type", "message", "amount", "currency", "kofi_transaction_id")
    bodies[-1][1].update(dict.fromkeys(names))
    for system, whole, send in bodies:
        for changed in spoilt(whole, wrong):
            try:
                events = read(system, send(changed))
            except (told.Refused, told.Unusable):
                continue
            for event in events:
                assert isinstance(event, told.Test) or 0 <= event.amount_minor <= LARGEST


def spoilt(whole: Any, wrong: Any) -> list[Any]:
    """The same with `wrong` in the place of one of its parts, for each."""
    if isinstance(whole, dict):
        inner = [whole | {name: each} for name, value in whole.items() for each in spoilt(value, wrong)]
    elif isinstance(whole, list):
        inner = [
            [*whole[:at], each, *whole[at + 1 :]] for at, value in enumerate(whole) for each in spoilt(value, wrong)
        ]
    else:
        inner = []
    return [wrong, *inner]
