"""The forms on a post's page that mark a sale which no shop reports, and take such a one back."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from shortlinks import ids, times
from shortlinks.errors import Conflict, Invalid, NotFound
from shortlinks.posts import posts
from shortlinks.sales import conversions, money, revenue
from shortlinks.web import webhooks
from shortlinks.web.admin import forms, local, once, page
from shortlinks.web.services import services
from shortlinks.words import wording
from shortlinks.words.language import _

bp = Blueprint("sales", __name__)

NAME = "sale"
_FIELDS = ("amount", "slug", "occurred_at", "coupon", "order")
_OF_FIELD = {"amount_minor": "amount", "currency": "amount", "external_id": "order", "click_id": "slug"}


@bp.get("/posts/<post_id>/sales")
@bp.get("/posts/<post_id>/sales/remove")
def reloaded(post_id: str) -> Response:
    """The address of a refused form, asked for again: the page that holds the form."""
    return redirect(url_for("admin.page.show", post_id=post_id, _anchor="sales"), 303)


@bp.post("/posts/<post_id>/sales")
@once.once
def mark(post_id: str) -> Response | tuple[str, int]:
    """Take down a sale. The same form with anything in it changed is refused, once: a sale that is counted twice is worse."""
    store, sent, now = services().store, request.form, times.now()
    post = posts.get(store, post_id)
    try:
        sale, _new = conversions.report(store, _asked(post.id), now=now, source="typed", post_id=post.id)
    except (Invalid, Conflict) as error:
        return page.render(post_id, {NAME: forms.failed(NAME, sent, _at_fields(error), _FIELDS)}), 422
    webhooks.wake()
    flash(_("Marked: {sale}.", sale=revenue.words(revenue.of([sale], []))), "sales")
    return redirect(url_for("admin.page.show", post_id=post_id, _anchor="sales"), 303)


@bp.post("/posts/<post_id>/sales/remove")
def remove(post_id: str) -> Response:
    """Take back a sale that was typed."""
    try:
        sale = conversions.remove(services().store, post_id, request.form.get("external_id", ""))
        flash(_("Removed: {sale}.", sale=revenue.words(revenue.of([sale], []))), "sales")
    except NotFound:  # pressed twice, or in another window
        flash(_("It is removed already."), "sales")
    except Conflict as error:
        flash(wording.capital(error.message) + ".", "sales")
    return redirect(url_for("admin.page.show", post_id=post_id, _anchor="sales"), 303)


def _asked(post_id: str) -> dict[str, Any]:
    """The form as the fields of `conversions.report`."""
    sent = request.form
    fields: dict[str, Any] = {"kind": "sale", **forms.given(sent, "slug", "coupon")}
    order = sent.get("order", "").strip()
    fields["external_id"] = order or f"typed-{once.sent_nonce() or ids.new(16)}"
    if text := sent.get("amount", "").strip():
        try:
            amount, currency = money.typed(
                text, "amount", default=revenue.currency(conversions.of_post(services().store, post_id))
            )
            fields |= {"amount_minor": amount, "currency": currency}
        except Invalid as invalid:
            fields["amount_minor"] = invalid
    # The form suggests the minute in which it was made. Who leaves that as it is means the moment of sending.
    at = sent.get("occurred_at", "").strip()
    if at and at != sent.get("suggested"):
        fields["occurred_at"] = local.asked(at, local.zone(), "occurred_at")
    return fields


def _at_fields(error: Invalid | Conflict) -> Invalid:
    """The error by the names of the form's fields."""
    if isinstance(error, Conflict) and not request.form.get("order", "").strip():
        return Invalid.field(
            "amount", _("was sent before with something else: it is marked. Send again to mark one more")
        )
    return Invalid([(_OF_FIELD.get(name, name), message) for name, message in error.errors])
