"""`/compare`: posts side by side."""

from flask import Response

from shortlinks.funnels import reports
from shortlinks.records import changes
from shortlinks.web.api import conditional, schemas
from shortlinks.web.api.blueprint import answer, bp, needs
from shortlinks.web.services import services


@bp.get("/compare")
@needs("read")
@bp.input(schemas.CompareQuery, location="query")
@bp.output(schemas.Compared)
def compare(query_data: schemas.CompareQuery) -> Response:
    """Posts side by side: clicks per view, and of each pair whether one is really higher

    By the last reading of each post. Where many are compared, verdicts go by p-values adjusted for it.
    """
    wanted = [name.strip() for name in query_data.posts.split(",") if name.strip()]
    store, now = services().store, conditional.this_minute()
    if same := conditional.unchanged(changes.mark(store, now=now)):
        return same
    return answer(reports.compare(store, wanted, now=now).to_dict())
