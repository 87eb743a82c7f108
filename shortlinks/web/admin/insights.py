"""The pages of answers over all posts, and of the last four weeks, which can be printed."""

from contextlib import suppress
from typing import Any

import redis
from flask import Blueprint, render_template

from shortlinks import times
from shortlinks.insights import insight_reports
from shortlinks.insights.insight_reports import Report
from shortlinks.running import wake
from shortlinks.web.admin import local, pictures
from shortlinks.web.services import services
from shortlinks.words.language import N_, _

bp = Blueprint("insights", __name__, url_prefix="/insights")

_SURE = {
    "certain": N_("Certain"),
    "likely": N_("Likely"),
    "possible": N_("Possible"),
    "cannot_tell_yet": N_("Cannot tell yet"),
}


@bp.get("/")
def show() -> str:
    """Every question with its answer."""
    report = _read()
    return render_template("admin/insights.html", cards=[_card(item) for item in report.items], **_common(report))


@bp.get("/four-weeks")
def four_weeks() -> str:
    """What the last four weeks brought, what to repeat, to stop and to test."""
    report = _read()
    month, *others = report.items
    tz = local.zone()
    return render_template(
        "admin/four_weeks.html",
        month=_card(month),
        others=[_card(item) for item in others],
        since=local.day(report.as_of - times.FOUR_WEEKS, tz),
        until=local.day(report.as_of, tz),
        **_common(report),
    )


def _read() -> Report:
    """What is kept; where it is out of date, the worker is asked for more."""
    here = services()
    report = insight_reports.read(here.store, now=times.now(), timezone=here.config.timezone)
    if not report.up_to_date:
        with suppress(redis.RedisError):  # then it is done within a minute
            wake.insights(here.queue_store)
    return report


def _common(report: Report) -> dict[str, Any]:
    return {
        "tab": "insights",
        "report": report,
        "as_of": local.moment(report.as_of, local.zone()),
        "sure": {name: _(label) for name, label in _SURE.items()},
        "interval": pictures.interval,
    }


def _card(item: Any) -> dict[str, Any]:
    """An insight with its picture as the template draws it."""
    picture = item["picture"]
    drawn = pictures.scatter(picture) if picture["kind"] == "scatter" else pictures.bars(picture)
    return {**item, "drawn": drawn}
