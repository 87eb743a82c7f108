"""`/insights`: what all posts together answer to the creator's questions."""

from contextlib import suppress

import redis
from flask import Response

from shortlinks import times
from shortlinks.insights import insight_reports
from shortlinks.running import wake
from shortlinks.web.api import schemas
from shortlinks.web.api.blueprint import answer, bp, needs
from shortlinks.web.services import services


@bp.get("/insights")
@needs("read")
@bp.output(schemas.Insights)
def get_insights() -> Response:
    """The creator's questions, answered from all posts together

    Each with a sentence, the numbers it rests on, how sure it is, and what would settle it. Computed in the background;
    answers that are out of date are given as they are, and brought up to date meanwhile. The newest 1,000 posts are read.
    """
    here = services()
    report = insight_reports.read(here.store, now=times.now(), timezone=here.config.timezone)
    if not report.up_to_date:
        with suppress(redis.RedisError):  # then it is done within a minute
            wake.insights(here.queue_store)
    return answer(report.to_dict())
