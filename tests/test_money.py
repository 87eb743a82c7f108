"""Amounts of money: by ISO 4217, written and typed as people do where they are."""

from typing import Any

import pytest

from shortlinks.errors import Invalid
from shortlinks.sales import money
from shortlinks.words import language, voices


@pytest.mark.parametrize("code", ["XYZ", "EURO", "", "€", "DEM", "BTC", 978, None, True])
def test_what_is_no_currency_since_2005_is_refused(code: Any) -> None:
    with pytest.raises(Invalid, match="currency: must be an ISO 4217 code"):
        money.currency(code, "currency")


@pytest.mark.parametrize(("given", "code"), [(" eur ", "EUR"), ("JPY", "JPY"), ("HRK", "HRK"), ("kwd", "KWD")])
def test_a_currency_that_is_or_was_money_since_then_is_taken(given: str, code: str) -> None:
    assert money.currency(given, "currency") == code


@pytest.mark.parametrize(
    ("tag", "amount", "code", "text"),
    [
        ("en", 8_400, "EUR", "€84.00"),
        ("de", 8_400, "EUR", "84,00\u00a0€"),
        ("es-MX", 123_456_789, "MXN", "$1,234,567.89"),
        ("en", -2_800, "EUR", "-€28.00"),
        ("en", 1_200, "JPY", "¥1,200"),
        ("en", 12_345, "KWD", "KWD\u00a012.345"),
        ("en", 100_000, "RSD", "RSD\u00a01,000.00"),  # CLDR rounds it to none; ISO 4217 has 2
        ("en", 5, "USD", "$0.05"),
        ("en", 10**12, "USD", "$10,000,000,000.00"),
    ],
)
def test_amounts_are_written_by_language_and_currency(tag: str, amount: int, code: str, text: str) -> None:
    with language.speaking(voices.of(tag)):
        assert money.text(amount, code) == text


@pytest.mark.parametrize(
    ("tag", "default", "typed", "found"),
    [
        ("de", "EUR", "12,50 €", (1_250, "EUR")),
        ("de", "EUR", "12,50", (1_250, "EUR")),
        ("de", "EUR", "12.50", (1_250, "EUR")),
        ("de", "EUR", "1.250", (125_000, "EUR")),
        ("de", "EUR", "1.250,00€", (125_000, "EUR")),
        ("en", "EUR", "12.5", (1_250, "EUR")),
        ("en", "USD", "$1,250", (125_000, "USD")),
        ("en", "USD", "€ 9", (900, "EUR")),
        ("en", "EUR", "9 chf", (900, "CHF")),
        ("en", "CAD", "$9", (900, "CAD")),
        ("en", "EUR", "$9", (900, "USD")),
        ("en", "JPY", "1200", (1_200, "JPY")),
        ("en", "EUR", "¥1200", (1_200, "JPY")),
        ("en", "EUR", "1.250 KWD", (1_250, "KWD")),
        ("es-MX", "MXN", "$1,250.50", (125_050, "MXN")),
        ("en", "EUR", "0", (0, "EUR")),
    ],
)
def test_amounts_are_read_as_they_are_typed(tag: str, default: str, typed: str, found: tuple[int, str]) -> None:
    with language.speaking(voices.of(tag)):
        assert money.typed(typed, "amount", default=default) == found


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a lot",
        "-5",
        "−5 €",
        "12.505 €",
        "1.250 €",
        "1,2,3",
        "12.50.10",
        "1200,5 JPY",
        "5 quid",
        "9" * 30,
        "1" * 50,
        5,
    ],
)
def test_what_is_no_amount_is_refused_by_name(typed: Any) -> None:
    with language.speaking(voices.of("en")), pytest.raises(Invalid) as caught:
        money.typed(typed, "amount", default="EUR")
    assert [field for field, _ in caught.value.errors] == ["amount"]


@pytest.mark.parametrize(
    ("tag", "code"), [("en", "USD"), ("de", "EUR"), ("es", "EUR"), ("es-MX", "MXN"), ("de-CH", "CHF")]
)
def test_each_language_has_its_usual_currency(tag: str, code: str) -> None:
    with language.speaking(voices.of(tag)):
        assert money.usual() == code


@pytest.mark.parametrize(
    ("printed", "code", "minor"),
    [
        ("12.50", "EUR", 1_250),
        ("12,5", "EUR", 1_250),
        ("12", "EUR", 1_200),
        ("0.00", "EUR", 0),
        ("12.5000", "EUR", 1_250),
        ("1,234", "USD", 123_400),
        ("1,234.50", "USD", 123_450),
        ("1.234,50 €", "EUR", 123_450),
        ("1.234.567", "EUR", 123_456_700),
        ("1’234.50", "CHF", 123_450),
        ("1\u202f234,50", "EUR", 123_450),
        ("$12.50", "CAD", 1_250),
        ("USD 12.50", "USD", 1_250),
        ("1200", "JPY", 1_200),
        ("1200.00", "JPY", 1_200),
        ("1,200", "JPY", 1_200),
        ("1.250", "KWD", 1_250),
        ("1,234.567", "KWD", 1_234_567),
    ],
)
@pytest.mark.parametrize("tag", ["en", "de", "es-MX"])
def test_what_a_shop_prints_means_the_same_in_every_language(tag: str, printed: str, code: str, minor: int) -> None:
    with language.speaking(voices.of(tag)):
        assert money.printed(printed, "amount", code) == minor


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        *(("1.234", "EUR"), ("0,500", "EUR"), ("1234,567", "EUR"), ("1,234", "KWD"), ("1.200", "JPY")),
        *(("12.505", "EUR"), ("12.5050", "EUR"), ("12.5", "JPY"), ("1,23,456", "EUR"), ("1.234.56", "EUR")),
        *(("1,234.567.89", "EUR"), ("", "EUR"), ("free", "EUR"), ("-5", "EUR"), ("−5 €", "EUR"), ("$5", "EUR")),
        *(("5 USD", "EUR"), ("9" * 30, "EUR"), ("1" * 50, "EUR"), ("1e3", "EUR"), ("5 quid", "EUR")),
    ],
)
def test_what_could_mean_another_amount_is_refused(printed: str, code: str) -> None:
    with language.speaking(voices.of("en")), pytest.raises(Invalid) as caught:
        money.printed(printed, "amount", code)
    assert [field for field, _ in caught.value.errors] == ["amount"]
