"""The re-count of everything: its button on the settings page, and how far it is."""

from contextlib import suppress
from typing import Any

import redis
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from shortlinks import times
from shortlinks.clicks import classify, neighbours
from shortlinks.errors import Unavailable
from shortlinks.rollups import recounts
from shortlinks.running import wake
from shortlinks.web.admin import local
from shortlinks.web.services import services

bp = Blueprint("recount", __name__, url_prefix="/settings/recount")


@bp.get("/")
def reloaded() -> BaseResponse:
    """The button's address, asked for again, means the page that holds it."""
    return redirect(url_for("admin.settings.show"), 303)


@bp.post("/")
def begin() -> BaseResponse:
    """Begin, unless one is under way. The worker does it."""
    here = services()
    try:
        recounts.begin(here.store, neighbours.limits(here.config.repeat_seconds), now=times.now())
    except Unavailable as error:
        flash(str(error))
    else:
        with suppress(redis.RedisError):  # then it begins within a minute
            wake.recount(here.queue_store)
    return redirect(url_for("admin.settings.show", _anchor="counting"), 303)


@bp.get("/live")
def live() -> Response:
    """What changes while one looks. Cheap to ask for again (304)."""
    response = Response(render_template("admin/_recount.html", **shown()))
    response.add_etag()
    response.make_conditional(request)
    return response


def shown() -> dict[str, Any]:
    """What the template needs."""
    found = recounts.last(services().store)
    finished = found.finished if found else None
    return {
        "recount": found,
        "recount_told": recounts.sentences(found) if found and finished else [],
        "recount_ended": local.moment(finished, local.zone()) if finished else "",
        "rules": classify.VERSION,
        "rules_changed": bool(finished) and found is not None and found.version != classify.VERSION,
    }
