"""Reminders that leave the site: the calendar's secret address, and where messages go. All off until switched on here."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shortlinks.errors import Invalid
from shortlinks.reminders import channels, reminders, reminding
from shortlinks.web.admin import forms, local, once
from shortlinks.web.services import services
from shortlinks.words.language import _

bp = Blueprint("reminders", __name__, url_prefix="/settings/reminders")


@bp.get("/", strict_slashes=False)
def show() -> str:
    """What is on, where it leads, and how it went."""
    return _page()


@bp.get("/calendar")
@bp.get("/<channel>")
def reloaded(channel: str = "") -> Response:
    """A refused form stands at its own address; who asks for that again means the page that holds the form."""
    return redirect(url_for(".show"), 303)


@bp.post("/calendar")
@once.once
def calendar() -> Response:
    """Switch the calendar on, give it another address, or switch it off."""
    store = services().store
    if request.form.get("do") == "stop":
        reminders.stop_calendar(store)
        flash(_("The calendar is off. Its address leads nowhere any more."))
    else:
        reminders.new_calendar(store)
        flash(_("The calendar has a new address: subscribe to it on your phone."))
    return redirect(url_for(".show", _anchor="calendar"), 303)


@bp.post("/<channel>")
def change(channel: str) -> Response | tuple[str, int]:
    """Have a channel send to an address, try it, or switch it off."""
    if channel not in channels.BY_NAME:
        abort(404)
    store, do, label = services().store, request.form.get("do"), channels.BY_NAME[channel].label
    if do == "stop":
        reminders.stop(store, channel)
        flash(_("Nothing is sent to {channel} any more.", channel=label))
    elif do == "test":
        reminders.ask_test(store, channel)
        flash(_("A message to try it is on its way: it takes up to a minute."))
    else:
        try:
            reminders.set_address(store, channel, request.form.get("address", ""))
        except Invalid as error:
            return _page({channel: forms.failed(channel, request.form, error, ("address",))}), 422
        flash(_("Reminders are sent to {channel} from now on.", channel=label))
    return redirect(url_for(".show", _anchor=channel), 303)


def _page(sent: dict[str, forms.Form] | None = None) -> str:
    store, tz, base_url = services().store, local.zone(), services().config.base_url.rstrip("/")
    secret = reminders.calendar_secret(store)
    stands = [(channel, reminders.standing(store, channel.name)) for channel in channels.ALL]
    return render_template(
        "admin/reminders.html",
        tab="settings",
        feed=f"{base_url}{url_for('calendar.feed', secret=secret)}" if secret else None,
        channels=[(channel, each, local.moment(each.error_at, tz) if each.error else "") for channel, each in stands],
        start=str(reminding.WAKING_HOURS.start),
        stop=str(reminding.WAKING_HOURS.stop),
        zone=str(tz),
        forms=sent or {},
        blank=forms.Form,
    )
