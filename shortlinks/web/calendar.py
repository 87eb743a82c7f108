"""`/calendar/<secret>.ics`: the calendar of reminders, for whoever has its address: calendars of phones cannot sign in."""

import hmac

from flask import Blueprint, Response, abort, request

from shortlinks import times
from shortlinks.owner import settings
from shortlinks.reminders import calendar_feed, reminders, reminding
from shortlinks.web.services import services

bp = Blueprint("calendar", __name__)


@bp.get("/calendar/<secret>.ics")
def feed(secret: str) -> Response:
    """The calendar, if it is switched on and this is its address; cheap to ask for again (304)."""
    found = services()
    own = reminders.calendar_secret(found.store)
    if own is None or not hmac.compare_digest(own.encode(), secret.encode("utf-8", "surrogatepass")):
        abort(404)
    zone = settings.zone(found.store, found.config.timezone)
    text = reminding.calendar(found.store, now=times.now(), tz=zone, base_url=found.config.base_url)
    answer = Response(text, content_type=calendar_feed.KIND)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Disposition"] = 'inline; filename="numbers.ics"'
    answer.add_etag()
    answer.make_conditional(request)
    return answer
