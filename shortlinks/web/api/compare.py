"""`/compare`: posts side by side."""

from flask import Response

from shortlinks import reports, times
from shortlinks.web.api import schemas
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
    return answer(reports.compare(services().store, wanted, now=times.now()).to_dict())
