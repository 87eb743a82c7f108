"""What conversions brought, by currency: amounts in different currencies are never added up. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from shortlinks.sales import money
from shortlinks.words import wording
from shortlinks.words.language import _, ngettext

if TYPE_CHECKING:
    from shortlinks.sales.conversion_records import Conversion


@dataclass(frozen=True, slots=True)
class Sum:
    """What was sold in one currency and what of it was taken back, both 0 or more, in minor units; `net_minor` is the rest."""

    currency: str
    amount_minor: int
    refunded_minor: int
    net_minor: int


@dataclass(frozen=True, slots=True)
class Revenue:
    """`count` conversions, and how many of them had a refund. Those without an amount are in no sum."""

    count: int
    refunded: int
    sums: tuple[Sum, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a post has, and what is told apart from it: what nobody verified, and what came too long after its click."""

    counted: Revenue
    unverified: Revenue
    outside_window: Revenue

    def beside(self) -> dict[str, Any]:
        """The JSON that stands beside the number of conversions: `refunded`, `sums`, `unverified`, `outside_window`."""
        told = asdict(self)
        counted = told.pop("counted")
        return {"refunded": counted["refunded"], "sums": counted["sums"], **told}


def shown(found: Sequence["Conversion"]) -> Shown:
    """The revenue of these sales, each with its refunds that are among them, in the three parts of Shown."""
    unverified = [each for each in found if not each.verified]
    late = [each for each in found if each.late]
    counted = [each for each in found if each.counts]
    return Shown(*(of(part, found) for part in (counted, unverified, late)))


def of(sales: Iterable["Conversion"], found: Iterable["Conversion"]) -> Revenue:
    """The revenue of `sales`, less their refunds among `found`, whenever these came."""
    kept = {sale.external_id: sale for sale in sales}
    amounts, taken = Counter[str](), Counter[str]()
    for sale in kept.values():
        if sale.currency is not None and sale.amount_minor is not None:
            amounts[sale.currency] += sale.amount_minor
    refunded = set()
    for refund in found:
        if refund.refunds in kept and refund.takes_back and refund.currency is not None:
            refunded.add(refund.refunds)
            taken[refund.currency] += -(refund.amount_minor or 0)
    sums = (Sum(code, amounts[code], taken[code], amounts[code] - taken[code]) for code in sorted(amounts))
    return Revenue(len(kept), len(refunded), tuple(sums))


def words(revenue: Revenue) -> str:
    """A revenue in words: `3 sales, €84.00; 1 refunded: €28.00`."""
    amounts = wording.listed([money.text(each.amount_minor, each.currency) for each in revenue.sums])
    sales = wording.plural(revenue.count, "sale")
    if amounts:
        sales = _("{sales}, {amounts}", sales=sales, amounts=amounts)
    if not revenue.refunded:
        return sales
    taken = [money.text(each.refunded_minor, each.currency) for each in revenue.sums if each.refunded_minor]
    told = ngettext(
        "{count} refunded: {amounts}", "{count} refunded: {amounts}", revenue.refunded, amounts=wording.listed(taken)
    )
    return f"{sales}; {told}"


def currency(counted: Sequence["Conversion"]) -> str:
    """The currency that an amount without a sign is in beside these: that of the last, or the language's."""
    found = [sale.currency for sale in counted if sale.currency]
    return found[-1] if found else money.usual()
