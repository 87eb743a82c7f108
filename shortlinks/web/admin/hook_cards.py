"""The folds of shop systems in *Settings → Sales*: what to press in the shop, the address, and what arrived, in words."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shortlinks import times
from shortlinks.sales import money
from shortlinks.shop_hooks import endpoints, orders
from shortlinks.web.admin import local
from shortlinks.web.services import services
from shortlinks.words import wording
from shortlinks.words.language import N_, _, ngettext

_DAYS = 30
_SHOWN = 5


class Shop(NamedTuple):
    """A shop system: its steps, what its secret is called, how its orders name a link; `open`: the secret may be read."""

    label: str
    steps: tuple[str, ...]
    secret: str
    credit: str
    open: bool = False


_SHOPS = {
    "stripe": Shop(
        "Stripe",
        (
            N_("In Stripe: Developers → Webhooks → Add destination."),
            N_("Choose these events: {events}."),
            N_("Choose Webhook endpoint, and paste this address."),
            N_("Reveal the signing secret there (whsec_…), paste it below, and save."),
        ),
        N_("Signing secret"),
        N_(
            "An order names its link by client_reference_id: the code for Stripe payment links, above, sees to that. In checkout "
            "sessions of your own, put the click’s id into metadata as sl, or a link’s coupon code as coupon."
        ),
    ),
    "shopify": Shop(
        "Shopify",
        (
            N_("In Shopify: Settings → Notifications → Webhooks → Create webhook."),
            N_(
                "Choose the event Order payment, the format JSON, and paste this address. Do the same for Refund create."
            ),
            N_("Below the webhooks Shopify shows what they are signed with: paste that below, and save."),
        ),
        N_("Signing secret"),
        N_(
            "An order names its link by the page on which the visitor arrived (?sl=…), by a cart attribute sl, or by a discount "
            "code that is a link’s coupon code."
        ),
    ),
    "kofi": Shop(
        "Ko-fi",
        (
            N_("Open ko-fi.com/manage/webhooks, paste this address, and press Update."),
            N_("Under Advanced there is the verification token: paste it below, and save."),
            N_("Press Send test there, and open this page again: it says that the test arrived."),
        ),
        N_("Verification token"),
        N_(
            "Ko-fi passes on no click id. A payment counts for the link that its message names, by a coupon code or an ending as "
            "a word of its own, if that is only one. Ko-fi tells of no refunds."
        ),
    ),
    "gumroad": Shop(
        "Gumroad",
        (
            N_("In Gumroad: Settings → Advanced → Ping endpoint. Paste this address, and save there."),
            N_(
                "Press Send test ping to URL there, and open this page again: your seller ID then stands below. Save it."
            ),
        ),
        N_("Seller ID"),
        N_(
            "An order names its link by the click’s id (?sl=…) in the address of your product, or by an offer code that is a "
            "link’s coupon code. Gumroad tells amounts in US dollars, whatever your prices are in."
        ),
        open=True,
    ),
}
_EVENTS = "checkout.session.completed, checkout.session.async_payment_succeeded, charge.refunded"


class Card(NamedTuple):
    """A fold as the page shows it. `uncredited` are (order, amount, reason, when); `unready` is on and lacks its secret."""

    name: str
    label: str
    state: str
    steps: list[str]
    credit: str
    secret: str
    open: bool
    saved: str
    found: str
    address: str | None
    unready: bool
    said: list[str]
    warned: list[str]
    uncredited: list[tuple[str, str, str, str]]


def label(system: str) -> str:
    """What a shop system calls itself."""
    return _SHOPS[system].label


def cards(tz: ZoneInfo) -> list[Card]:
    """All folds."""
    now = times.now()
    return [_card(system, shop, now, tz) for system, shop in _SHOPS.items()]


def _card(system: str, shop: Shop, now: int, tz: ZoneInfo) -> Card:
    here = services()
    endpoint, base_url = endpoints.get(here.store, system), here.config.base_url.rstrip("/")
    counts = orders.counts(here.store, system, days=_DAYS, now=now)
    last, tried = orders.last(here.store, system)
    return Card(
        name=system,
        label=shop.label,
        state="" if endpoint.token is None else _("on") if endpoint.ready else _("not complete yet"),
        steps=[_(step, events=_EVENTS) for step in shop.steps],
        credit=_(shop.credit),
        secret=_(shop.secret),
        open=shop.open,
        saved=_saved(endpoint, shop),
        found=(endpoint.secret if shop.open else None) or endpoint.found or "",
        address=f"{base_url}/hooks/{system}/{endpoint.token}" if endpoint.token else None,
        unready=endpoint.token is not None and not endpoint.ready,
        said=_said(endpoint, counts, last, tried, now),
        warned=_warned(counts),
        uncredited=[
            (
                each.id,
                money.text(each.amount_minor, each.currency),
                _(orders.UNCREDITED[each.reason]),
                local.moment(each.at, tz),
            )
            for each in orders.uncredited(here.store, system, limit=_SHOWN)
        ],
    )


def _saved(endpoint: endpoints.Endpoint, shop: Shop) -> str:
    if endpoint.secret is None:
        return _("This was in a test ping. Save it if the test was yours.") if endpoint.found else ""
    return "" if shop.open else _("One is saved: {masked}. A new one takes its place.", masked=endpoint.masked)


def _said(
    endpoint: endpoints.Endpoint, counts: Counter[str], last: int | None, tried: int | None, now: int
) -> list[str]:
    said = []
    if last is not None:
        said.append(_("Last arrived {duration} ago.", duration=wording.duration(max(0, now - last))))
    elif endpoint.ready:
        said.append(_("Nothing has arrived yet."))
    if tried is not None:
        said.append(
            _("A test arrived {duration} ago. It counts nothing.", duration=wording.duration(max(0, now - tried)))
        )
    if sales := counts[orders.SALE]:
        said.append(
            ngettext(
                "In the last {days} days {count} order was credited to one of your links.",
                "In the last {days} days {count} orders were credited to your links.",
                sales,
                days=_DAYS,
            )
        )
    if late := counts[orders.LATE]:
        said.append(
            ngettext(
                "{count} order came too long after its click.", "{count} orders came too long after their clicks.", late
            )
        )
    if taken := counts[orders.REFUND]:
        said.append(ngettext("{count} refund came.", "{count} refunds came.", taken))
    if without := _by_reason(counts, orders.UNCREDITED):
        said.append(
            ngettext(
                "{count} order came without one of your links: {reasons}.",
                "{count} orders came without one of your links: {reasons}.",
                without[0],
                reasons=without[1],
            )
        )
    return said


def _warned(counts: Counter[str]) -> list[str]:
    warned = []
    if untaken := _by_reason(counts, orders.UNTAKEN):
        warned.append(
            ngettext(
                "{count} message could not be taken: {reasons}.",
                "{count} messages could not be taken: {reasons}.",
                untaken[0],
                reasons=untaken[1],
            )
        )
    if refused := _by_reason(counts, orders.REFUSED):
        warned.append(
            ngettext(
                "{count} message was refused: {reasons}.",
                "{count} messages were refused: {reasons}.",
                refused[0],
                reasons=refused[1],
            )
        )
    return warned


def _by_reason(counts: Counter[str], reasons: Mapping[str, str]) -> tuple[int, str] | None:
    """How many there are of these, and which, most frequent first."""
    found = sorted(((counts[name], name) for name in reasons if counts[name]), reverse=True)
    told = ", ".join(_("{what} ({count})", what=_(reasons[name]), count=number) for number, name in found)
    return (sum(number for number, _name in found), told) if found else None
