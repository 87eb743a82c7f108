"""The card of arrivals on the page of sales: the line of code that tells them, on and off, and what became of what was told."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shortlinks import times
from shortlinks.arrivals import beacon
from shortlinks.web.admin import once
from shortlinks.web.services import services
from shortlinks.words.language import _, ngettext

bp = Blueprint("beacon", __name__, url_prefix="/settings/sales")

_DAYS = 7
"""So many days of arrivals are told."""


@bp.get("/arrivals")
def reloaded() -> Response:
    """The card stands on the page of sales."""
    return redirect(url_for("admin.selling.show", _anchor="arrivals"), 303)


@bp.post("/arrivals")
@once.once
def switch() -> Response:
    """Switch the beacon on, give it another address, or switch it off."""
    store, now = services().store, times.now()
    if request.form.get("do") == "stop":
        beacon.stop(store, now=now)
        flash(_("Arrivals are off. Code on your pages tells nothing any more; what was counted stays."))
    else:
        beacon.renew(store, now=now)
        flash(_("Arrivals have a new address: paste their code into your pages."))
    return redirect(url_for("admin.selling.show", _anchor="arrivals"), 303)


def card() -> dict[str, Any]:
    """What the page shows of arrivals; `address` is None while they are off."""
    here = services()
    token, base_url = beacon.token(here.store), here.config.base_url.rstrip("/")
    address = f"{base_url}/a/{token}" if token else None
    return {
        "address": address,
        "code": render_template("snippets/arrivals.txt", address=address),
        "origin": "{0.scheme}://{0.netloc}".format(urlsplit(base_url)),
        "told": _told(),
    }


def _told() -> list[str]:
    """How many arrivals were taken, and why others were not."""
    taken, refused = beacon.told(services().store, days=_DAYS, now=times.now())
    if not taken and not refused:
        return []
    said = [
        ngettext(
            "{count} arrival was told in the last {days} days.",
            "{count} arrivals were told in the last {days} days.",
            taken,
            days=_DAYS,
        )
    ]
    if refused:
        reasons = ", ".join(
            _("{what} ({count})", what=_(beacon.REASONS[reason]), count=number) for reason, number in refused
        )
        many = sum(number for _reason, number in refused)
        said.append(
            ngettext(
                "{count} more was not counted: {reasons}.",
                "{count} more were not counted: {reasons}.",
                many,
                reasons=reasons,
            )
        )
    return said
