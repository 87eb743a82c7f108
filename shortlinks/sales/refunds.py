"""Refunds: negative conversions that go where their sale went. One that comes before its sale waits for it.

What is here reads within the transactions of `conversions`, and watches what it reads.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from shortlinks import keys
from shortlinks.errors import Invalid
from shortlinks.sales.conversion_fields import Asked
from shortlinks.sales.conversion_records import WAITING, Conversion, decode
from shortlinks.store import Store
from shortlinks.words.language import N_, _

_MISFITS = {
    "no_amount": ("refunds", N_("is a conversion without an amount, of which nothing can be taken back")),
    "other_currency": ("currency", N_("is not that of the sale")),
    "more_than_sale": ("amount_minor", N_("takes back more than is left of the sale")),
}


def beside_sale(pipe: Any, asked: Asked, draft: Conversion) -> Conversion:
    """The refund `draft` where its sale is, or waiting for it. Raises Invalid for one that does not fit its sale.

    A sale that only a public page told of is no sale yet.
    """
    sale_id = asked.refunds or ""
    pipe.watch(keys.conversion(sale_id), keys.refunds(sale_id))
    raw = pipe.get(keys.conversion(sale_id))
    sale = None if raw is None else decode(raw)
    if sale is not None and sale.refunds is not None:
        raise Invalid.field("refunds", _("is a refund itself"))
    if sale is None or not sale.verified:
        return replace(draft, slug=asked.slug or None, credit=WAITING)
    taken = sum(-(each.amount_minor or 0) for each in of_sale(pipe, sale_id) if each.takes_back)
    if misfit := _misfit(draft, sale, taken):
        field, message = _MISFITS[misfit]
        raise Invalid.field(field, _(message))
    return _placed(draft, sale, sale.credit)


def settled(pipe: Any, sale: Conversion) -> list[Conversion]:
    """The refunds that wait for `sale`, in the order in which they came, each where the sale is.

    Those that do not fit are kept there, too, and not credited: `credit` says why.
    """
    pipe.watch(keys.refunds(sale.external_id))
    known = of_sale(pipe, sale.external_id)
    found, taken = [], sum(-(each.amount_minor or 0) for each in known if each.takes_back)
    for each in (each for each in known if each.credit == WAITING):
        misfit = _misfit(each, sale, taken)
        taken += 0 if misfit else -(each.amount_minor or 0)
        found.append(_placed(each, sale, misfit or sale.credit))
    return found


def of_sale(pipe: Any, sale_id: str) -> list[Conversion]:
    """All refunds that name this sale."""
    names = [name.decode() for name in pipe.zrange(keys.refunds(sale_id), 0, -1)]
    raws = pipe.mget([keys.conversion(name) for name in names]) if names else []
    return [decode(raw) for raw in raws if raw is not None]


def waiting(store: Store) -> list[Conversion]:
    """The refunds whose sale was not reported yet, in the order in which they came."""
    return sorted(map(decode, store.redis.hvals(keys.WAITING_REFUNDS)), key=lambda each: (each.created_at, each.id))


def waiting_on(pipe: Any, slugs: Collection[str]) -> list[tuple[Conversion, bytes]]:
    """Those that wait and name one of these links themselves, each with its record."""
    raws = pipe.hvals(keys.WAITING_REFUNDS) if slugs else []
    return [(refund, raw) for raw in raws if (refund := decode(raw)).slug in slugs]


def _placed(refund: Conversion, sale: Conversion, credit: str) -> Conversion:
    return replace(refund, post_id=sale.post_id, slug=sale.slug, credit=credit)


def _misfit(refund: Conversion, sale: Conversion, taken: int) -> str | None:
    """Why a refund does not fit its sale, of which `taken` was taken back before; None where it does."""
    if sale.amount_minor is None:
        return "no_amount"
    if refund.currency != sale.currency:
        return "other_currency"
    return "more_than_sale" if taken - (refund.amount_minor or 0) > sale.amount_minor else None
