"""Webhooks: which programs are told what happens, how that goes, and what was sent."""

from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shortlinks import times
from shortlinks.errors import Conflict, Invalid, NotFound
from shortlinks.web.admin import forms, local, once
from shortlinks.web.services import services
from shortlinks.web.webhooks import wake
from shortlinks.webhooks import deliveries, webhooks
from shortlinks.webhooks.deliveries import Delivery
from shortlinks.webhooks.webhooks import Webhook
from shortlinks.words import wording
from shortlinks.words.language import N_, _, ngettext

bp = Blueprint("webhooks", __name__, url_prefix="/settings/webhooks")

_FIELDS = ("url", "events", "description")
_SHOWN = 50
EVENTS = {
    webhooks.CLICKS: N_("Clicks on a post"),
    webhooks.CONVERSION: N_("A sale, or a refund"),
    webhooks.BROKEN: N_("A link’s target breaks, or works again"),
}
_OFF = {
    "owner": N_("You switched it off."),
    "gone": N_("It is off: the receiver answered that it is gone (410)."),
    "failing": N_("It is off: nothing got through for five days."),
}
_ERRORS = {
    "status": N_("It answered with status {status}."),
    "redirect": N_("It redirects, which is not followed."),
    "timeout": N_("It did not answer in time."),
    "refused": N_("It leads to a private address, or to this service."),
    "dns": N_("There is no such host."),
    "offline": N_("This machine is offline."),
    "connect": N_("It takes no connection."),
    "tls": N_("It offers no secure connection to be trusted."),
    "protocol": N_("It does not answer as a web server does."),
}
_STATES = {
    deliveries.WAITING: N_("Waits"),
    deliveries.DELIVERED: N_("Arrived"),
    deliveries.FAILED: N_("Given up"),
}


class Row(NamedTuple):
    """A delivery for reading."""

    delivery: Delivery
    event: str
    when: str
    facts: list[str]
    error: str
    next_at: str


@bp.get("/", strict_slashes=False)
def show() -> str:
    """All of them, and a form for another one."""
    return _list()


@bp.post("/")
@once.once
def create() -> str | tuple[str, int]:
    """Make one, and show its secret, this once."""
    here, sent = services(), request.form
    given = {**forms.given(sent, "url", "description"), "events": sent.getlist("events")}
    try:
        address = webhooks.address(here.config)
        webhook = webhooks.create(here.store, given, address=address, now=times.now())
    except (Invalid, Conflict) as error:
        return _list({"webhook": forms.failed("webhook", sent, error, _FIELDS)}), 422
    return _one(webhook, secret=webhook.secret)


@bp.get("/<webhook_id>")
def one(webhook_id: str) -> str:
    """How one stands, and what was sent to it."""
    return _one(webhooks.get(services().store, webhook_id))


@bp.get("/<webhook_id>/test")
@bp.get("/<webhook_id>/secret")
@bp.get("/<webhook_id>/state")
@bp.get("/<webhook_id>/erase")
@bp.get("/<webhook_id>/deliveries/<delivery_id>/replay")
def reloaded(webhook_id: str, delivery_id: str = "") -> Response:
    """The address of a form, asked for again, means the page that holds it."""
    return redirect(url_for(".one", webhook_id=webhook_id), 303)


@bp.post("/<webhook_id>/test")
@once.once
def test(webhook_id: str) -> Response:
    """Send a message to try it."""
    try:
        deliveries.ping(services().store, webhook_id, now=times.now())
    except Conflict as error:
        flash(wording.capital(error.message) + ".")
    else:
        wake()
        flash(_("A message to try it is on its way. Load this page again to see what became of it."))
    return _back(webhook_id)


@bp.post("/<webhook_id>/secret")
@once.once
def rotate(webhook_id: str) -> str:
    """Give it another secret, and show that, this once."""
    webhook = webhooks.rotate(services().store, webhook_id, now=times.now())
    return _one(webhook, secret=webhook.secret)


@bp.post("/<webhook_id>/state")
def switch(webhook_id: str) -> Response:
    """Switch it off or on."""
    here, off = services(), request.form.get("do") == "stop"
    changes = {"state": webhooks.DISABLED if off else webhooks.ACTIVE}
    webhooks.update(here.store, webhook_id, changes, address=webhooks.address(here.config), now=times.now())
    wake()
    flash(_("Nothing is sent to it any more.") if off else _("It is told again what happens."))
    return _back(webhook_id)


@bp.post("/<webhook_id>/erase")
def erase(webhook_id: str) -> Response:
    """Erase it with its deliveries."""
    try:
        webhooks.delete(services().store, webhook_id)
        flash(_("The webhook is erased."))
    except NotFound:  # pressed twice, or in another window
        flash(_("It is erased already."))
    return redirect(url_for(".show"), 303)


@bp.post("/<webhook_id>/deliveries/<delivery_id>/replay")
def replay(webhook_id: str, delivery_id: str) -> Response:
    """Send a delivery once more as it was, or now if it waits."""
    try:
        deliveries.replay(services().store, webhook_id, delivery_id, now=times.now())
    except Conflict as error:
        flash(wording.capital(error.message) + ".")
    else:
        wake()
        flash(_("It is sent once more."))
    return _back(webhook_id)


def _back(webhook_id: str) -> Response:
    return redirect(url_for(".one", webhook_id=webhook_id, _anchor="deliveries"), 303)


def _list(sent: dict[str, forms.Form] | None = None) -> str:
    store = services().store
    found = webhooks.list_(store)
    return render_template(
        "admin/webhooks.html",
        tab="settings",
        webhooks=[
            (each, _said(each), _standing(stands))
            for each, stands in zip(found, deliveries.standings(store, found), strict=True)
        ],
        events=[(name, _(label)) for name, label in EVENTS.items()],
        most=str(webhooks.MOST),
        room=len(found) < webhooks.MOST,
        forms=sent or {},
        blank=forms.Form,
    )


def _one(webhook: Webhook, secret: str | None = None) -> str:
    store, tz = services().store, local.zone()
    found = deliveries.of_webhook(store, webhook.id)
    (stands,) = deliveries.standings(store, [webhook])
    return render_template(
        "admin/webhook.html",
        tab="settings",
        webhook=webhook,
        secret=secret,
        both=bool(secret and webhook.former),
        said=_said(webhook),
        events=[_(EVENTS[name]) for name in webhook.events],
        stands=_standing(stands),
        missed=stands.missed,
        last=local.moment(stands.last_success_at, tz) if stands.last_success_at else "",
        rows=[_row(each, at, tz) for each, at in found[:_SHOWN]],
    )


def _said(webhook: Webhook) -> str:
    """Why it is off, if it is."""
    return _(_OFF[webhook.disabled_reason]) if webhook.disabled_reason else ""


def _standing(stands: deliveries.Standing) -> list[str]:
    """What is not as it should be."""
    said = []
    if stands.failures:
        said.append(_("Attempts that failed in a row: {count}", count=stands.failures))
    if stands.waiting:
        said.append(_("Deliveries that wait: {count}", count=stands.waiting))
    return said


def _row(delivery: Delivery, next_at: int | None, tz: Any) -> Row:
    labels = {**EVENTS, webhooks.PING: N_("To try it")}
    when = local.minute(delivery.created_at, tz)
    facts = [when, _(_STATES[delivery.state])]
    if delivery.attempts:
        facts.append(ngettext("{count} attempt", "{count} attempts", delivery.attempts))
    if delivery.duration is not None:
        facts.append(_("{count} ms", count=delivery.duration))
    return Row(
        delivery=delivery,
        event=_(labels[delivery.type]),
        when=when,
        facts=facts,
        error=_(_ERRORS[delivery.error], status=str(delivery.status)) if delivery.error else "",
        next_at=local.minute(next_at, tz) if next_at else "",
    )
