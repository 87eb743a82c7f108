"""How this service hears of sales: by hand, by a pixel on the shop's pages, by the shop's server; and how long a click counts."""

from typing import NamedTuple
from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shortlinks import times
from shortlinks.errors import Conflict, Invalid
from shortlinks.owner import settings
from shortlinks.sales import money, pixel, refunds
from shortlinks.shop_hooks import endpoints
from shortlinks.web.admin import beacon, forms, hook_cards, local, once
from shortlinks.web.services import services
from shortlinks.words.language import N_, _, ngettext

bp = Blueprint("selling", __name__, url_prefix="/settings/sales")

_SESSION = "{CHECKOUT_SESSION_ID}"
"""What Stripe puts the id of the payment in the place of."""
_DAYS = 7
"""So many days of reports are told."""


class Piece(NamedTuple):
    """A piece of code, by its template, and where it is pasted."""

    name: str
    where: str


class System(NamedTuple):
    """A shop system, with its pieces of code, or why there are none."""

    label: str
    pieces: tuple[Piece, ...] = ()
    without: str = ""


_SYSTEMS = (
    System(
        N_("Pages of your own (HTML)"),
        (
            Piece(
                "landing",
                N_("Paste this before </head> on every page of your shop, because any may be the first."),
            ),
            Piece(
                "thanks",
                N_(
                    "Paste this on the thank-you page, and have your shop write the order number, the amount and the coupon "
                    "code between the quotation marks; without them each click is one sale without an amount."
                ),
            ),
        ),
    ),
    System(
        "Shopify",
        (
            Piece(
                "shopify",
                N_(
                    "In Shopify: Settings → Customer events → Add custom pixel. Put this in the place of the code there, choose "
                    "under Customer privacy when it may run, save, and press Connect. Scripts on the thank-you page itself are "
                    "switched off by Shopify, at the latest on 26 August 2026."
                ),
            ),
        ),
    ),
    System(
        "WooCommerce",
        (
            Piece(
                "woocommerce",
                N_(
                    "Add this as a PHP snippet with the plugin Code Snippets, or at the end of your child theme’s functions.php."
                ),
            ),
        ),
    ),
    System(
        N_("Stripe payment links"),
        (
            Piece(
                "stripe",
                N_(
                    "Paste this before </head> on your own pages that lead to payment links: it passes the click’s id on "
                    "as client_reference_id, with _ in the place of the dot, which Stripe does not take. A short link straight "
                    "to Stripe passes no page of yours: use a coupon code there."
                ),
            ),
            Piece(
                "stripe_thanks",
                N_(
                    "Paste this on a page of yours, and in Stripe, After payment, redirect customers to its address with "
                    "?session_id={session} behind it. The page does not know the amount: write your "
                    "price between the quotation marks, or leave it."
                ),
            ),
        ),
    ),
    System(
        "Gumroad",
        without=N_(
            "Gumroad runs code of yours only in a frame that does not see the click’s id. Its webhook tells it: see 3., below."
        ),
    ),
    System(
        "Ko-fi",
        without=N_("Ko-fi has no thank-you page that takes code. Use its webhook: see 3., below."),
    ),
)


class Shown(NamedTuple):
    """A piece of code as the page shows it."""

    id: str
    where: str
    code: str
    rows: int


@bp.get("/", strict_slashes=False)
def show() -> str:
    """The ways, what the pixel told, and the code to paste."""
    return _page()


@bp.get("/window")
@bp.get("/pixel")
@bp.get("/hooks/<system>")
def reloaded(system: str = "") -> Response:
    """A refused form stands at its own address; who asks for that again means the page that holds the form."""
    return redirect(url_for(".show"), 303)


@bp.post("/window")
def window() -> Response | tuple[str, int]:
    """Choose how long a click is credited with sales."""
    store = services().store
    try:
        settings.set_conversion_window(store, request.form.get("window", "").strip())
    except (Invalid, Conflict) as error:
        return _page({"window": forms.failed("sales", request.form, error, ("window",))}), 422
    flash(_("From now on a sale counts up to {days} days after its click.", days=settings.conversion_window(store)))
    return redirect(url_for(".show"), 303)


@bp.post("/pixel")
@once.once
def switch() -> Response:
    """Switch the pixel on, give it another address, or switch it off."""
    store = services().store
    if request.form.get("do") == "stop":
        pixel.stop(store)
        flash(_("The pixel is off. Code in your shop tells nothing any more."))
    else:
        pixel.renew(store)
        flash(_("The pixel has a new address: paste its code into your shop."))
    return redirect(url_for(".show", _anchor="pixel"), 303)


@bp.post("/hooks/<system>")
@once.once
def hook(system: str) -> Response | tuple[str, int]:
    """Switch the address for a shop system's webhooks on, give it another one, switch it off, or set what proves them."""
    if system not in endpoints.SYSTEMS:
        abort(404)
    store, do, label = services().store, request.form.get("do"), hook_cards.label(system)
    if do == "stop":
        endpoints.stop(store, system)
        flash(_("{shop} can tell nothing any more: its address leads nowhere.", shop=label))
    elif do == "new":
        endpoints.renew(store, system)
        flash(_("{shop} has a new address: paste it there.", shop=label))
    else:
        try:
            endpoints.set_secret(store, system, request.form.get("secret", ""))
        except Invalid as error:
            return _page({system: forms.failed(system, request.form, error, ("secret",))}), 422
        flash(_("Saved. What {shop} sends from now on is taken, if it fits this.", shop=label))
    return redirect(url_for(".show", _anchor=system), 303)


def _page(sent: dict[str, forms.Form] | None = None) -> str:
    here, tz = services(), local.zone()
    store, base_url, token = here.store, here.config.base_url.rstrip("/"), pixel.token(here.store)
    return render_template(
        "admin/selling.html",
        tab="settings",
        forms=sent or {},
        blank=forms.Form,
        window=settings.conversion_window(store),
        waiting=[
            (each, money.text(each.amount_minor or 0, each.currency or ""), local.moment(each.created_at, tz))
            for each in refunds.waiting(store)
        ],
        told=_told(),
        hooks=hook_cards.cards(tz),
        address=f"{base_url}/c/{token}" if token else None,
        origin="{0.scheme}://{0.netloc}".format(urlsplit(base_url)),
        systems=[
            (_(system.label), _(system.without) if system.without else "", _pieces(system, f"{base_url}/c/{token}"))
            for system in _SYSTEMS
            if token
        ],
        days=str(_DAYS),
        arriving=beacon.card(),
    )


def _told() -> list[str]:
    """How many reports the pixel brought, and why others were refused."""
    taken, refused = pixel.outcomes(services().store, days=_DAYS, now=times.now())
    if not taken and not refused:
        return []
    said = [
        ngettext(
            "{count} report was taken in the last {days} days.",
            "{count} reports were taken in the last {days} days.",
            taken,
            days=_DAYS,
        )
    ]
    if refused:
        reasons = ", ".join(
            _("{what} ({count})", what=_(pixel.REASONS[reason]), count=number) for reason, number in refused
        )
        many = sum(number for _reason, number in refused)
        said.append(
            ngettext(
                "{count} report was refused: {reasons}.",
                "{count} reports were refused: {reasons}.",
                many,
                reasons=reasons,
            )
        )
    return said


def _pieces(system: System, address: str) -> list[Shown]:
    store = services().store
    values = {"pixel": address, "days": settings.conversion_window(store), "currency": money.usual()}
    pieces = [(piece, render_template(f"snippets/{piece.name}.txt", **values)) for piece in system.pieces]
    return [
        Shown(piece.name, _(piece.where, session=_SESSION), code, min(12, code.count("\n") + 1))
        for piece, code in pieces
    ]
