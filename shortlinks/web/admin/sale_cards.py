"""The sales on a post's page: what they brought, and each of them in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from shortlinks.links.links import Link
from shortlinks.owner import settings
from shortlinks.placements import placements
from shortlinks.sales import conversions, money, revenue
from shortlinks.sales.conversions import Conversion
from shortlinks.web.admin import local, taps
from shortlinks.web.services import services
from shortlinks.words import wording
from shortlinks.words.language import N_, _, ngettext

_SOURCES = {"typed": N_("typed here"), "api": N_("by the API"), "pixel": N_("by the pixel"), "kofi": "Ko-fi"}
_KINDS = {"sale": N_("Sale"), "donation": N_("Donation"), "subscription": N_("Subscription")}
_CREDITS = {
    "outside_window": N_("too late after the click"),
    "no_amount": N_("refunds a sale without an amount"),
    "other_currency": N_("in another currency than its sale"),
    "more_than_sale": N_("more than is left of its sale"),
}


@dataclass(frozen=True)
class Row:
    """A conversion or refund as the page lists it. `aside` says why it does not count, "" where it does."""

    sale: Conversion
    what: str
    amount: str
    source: str
    at: str
    aside: str

    @property
    def removable(self) -> bool:
        """Whether it was typed here, perhaps by mistake."""
        return self.sale.source == "typed"


def shown(
    post_id: str, ever: Sequence[Link], latest: Sequence[tuple[str, taps.Tap]], *, now: int, tz: ZoneInfo
) -> dict[str, Any]:
    """What the page shows of a post's sales. `ever` are its links, `latest` its newest clicks, newest first."""
    store = services().store
    counted, apart = conversions.both(store, post_id)
    usual = revenue.currency(counted)
    found = sorted([*counted, *apart], key=lambda each: each.occurred_at, reverse=True)
    sold = revenue.shown(found)
    tapped = next((tap.click.slug for _at, tap in latest if tap.counts), "")
    return {
        "sold": revenue.words(sold.counted) if counted else "",
        "unverified": revenue.words(sold.unverified) if sold.unverified.count else "",
        "late": ngettext(
            "{count} sale came later than {days} days after the click, and counts for no post.",
            "{count} sales came later than {days} days after the click, and count for no post.",
            sold.outside_window.count,
            days=settings.conversion_window(store),
        )
        if sold.outside_window.count
        else "",
        "rows": [_row(each, tz) for each in found],
        "links": [
            (link.slug, f"{placements.by_id(link.placement).label} /{link.slug}")
            for link in _most_likely_first(ever, tapped)
        ],
        "example": money.text(1250, usual),
        "currency": usual,
        "now_input": local.to_input(now, tz),
    }


def _most_likely_first(ever: Sequence[Link], tapped: str) -> list[Link]:
    """The links that are there, the one that somebody tapped last before those that were made last."""
    there = [link for link in reversed(ever) if link.state != "erased"]
    return sorted(there, key=lambda link: link.slug != tapped)


def _row(sale: Conversion, tz: ZoneInfo) -> Row:
    amount = money.text(sale.amount_minor, sale.currency) if sale.amount_minor is not None and sale.currency else ""
    kind = _KINDS.get(sale.kind)
    what = _("Refund") if sale.refunds is not None else _(kind) if kind else wording.capital(sale.kind)
    known = _SOURCES.get(sale.source)
    aside = _("not verified") if not sale.verified else _(_CREDITS[sale.credit]) if sale.credit in _CREDITS else ""
    source = _(known) if known else wording.capital(sale.source)
    return Row(sale, what, amount, source, local.minute(sale.occurred_at, tz), aside)
