"""What a shop system tells of orders, in one form for all systems, and how bodies are read. Pure.

Each system has a module with `read(body, headers, secret, *, now)`: it answers what the body tells, nothing where that is none
of ours, raises Refused for a body that is not proven to be the shop's, and Unusable for one that is and cannot be taken.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from shortlinks import times
from shortlinks.errors import Invalid
from shortlinks.sales import money

SALE = "sale"
_LONGEST_ID = 150
_LONGEST_CODE = 100
_MOST_FIELDS = 500
# Fewer digits than Decimal rounds to.
_DECIMAL = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,10})?")


class Refused(Exception):
    """Nobody proves that this is the shop's; `reason` is one of `orders.REFUSED`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Unusable(Exception):
    """It is the shop's, and no conversion can be made of it; `reason` is one of `orders.UNTAKEN`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Sale:
    """An order that was paid. `id` begins with the system's name, so that two shops never share one.

    `clicks` may be click ids, and `coupons` are codes that the customer used, the likeliest first. `message` is what the
    customer wrote, which may name a link. `at` is when it was paid, None where that was not told.
    """

    id: str
    kind: str
    amount_minor: int
    currency: str
    at: int | None
    clicks: tuple[str, ...] = ()
    coupons: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    """What was paid back of the order `sale`: `amount_minor`, above 0."""

    id: str
    sale: str
    amount_minor: int
    currency: str
    at: int | None


@dataclass(frozen=True, slots=True)
class Test:
    """The shop tried the endpoint, or somebody bought for play money."""

    __test__ = False


Event = Sale | Refund | Test


def of_json(body: bytes | str) -> dict[str, Any]:
    """The object in a JSON body, its numbers with a fraction as text. Raises Refused."""
    try:
        text = body if isinstance(body, str) else body.decode()
        found = json.loads(text, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise Refused("body") from error
    if not isinstance(found, dict):
        raise Refused("body")
    return found


def of_form(body: bytes) -> dict[str, str]:
    """The fields of a form, the first of each name. Raises Refused."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Refused("body") from error
    return dict(reversed(pairs))


def part(value: Any) -> Mapping[str, Any]:
    """An object within another one, an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def parts(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects in a list within an object."""
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())


def order_id(system: str, *parts_of_it: Any) -> str:
    """The external id of what has this id in a shop system: `shopify:450789469`. Raises Unusable."""
    texts = [text_of(each, _LONGEST_ID) for each in parts_of_it]
    if not all(texts):
        raise Unusable("order")
    return ":".join((system, *texts))


def text_of(value: Any, longest: int = _LONGEST_ID) -> str:
    """A text of one line, or a number as text; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    if isinstance(value, int) and abs(value) >= 1 << 64:
        return ""
    text = str(value).strip()
    return text if len(text) <= longest and text.isprintable() else ""


def codes(*values: Any) -> tuple[str, ...]:
    """Those of these values that can be coupon codes or click ids, each once."""
    return tuple(dict.fromkeys(text for value in values if (text := text_of(value, _LONGEST_CODE))))


def currency(value: Any) -> str:
    """The code of a currency. Raises Unusable."""
    try:
        return money.currency(value, "currency")
    except Invalid as invalid:
        raise Unusable("currency") from invalid


def amount(value: Any, code: str) -> int:
    """An amount in minor units, as shops write it: `"12.50"`, with a point and without separators. Raises Unusable."""
    text = text_of(value)
    if not _DECIMAL.fullmatch(text):
        raise Unusable("amount")
    return _believable(Decimal(text).scaleb(money.decimals(code)))


def units(value: Any, code: str, decimals: int) -> int:
    """An amount in minor units that the shop counts in units of its own, with so many decimals. Raises Unusable."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 64:
        raise Unusable("amount")
    return _believable(Decimal(value).scaleb(money.decimals(code) - decimals))


def _believable(minor: Decimal) -> int:
    if minor != minor.to_integral_value() or minor > money.LARGEST:
        raise Unusable("amount")
    return int(minor)


def instant(value: Any) -> int | None:
    """The instant in an RFC 3339 text, or in seconds since 1970; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value * times.SECOND if 0 < value < 1 << 40 else None
    try:
        return times.parse(value, "at")
    except Invalid:
        return None
