"""`/placements`: the catalogue."""

from dataclasses import asdict
from typing import Any

from shortlinks.placements import placements
from shortlinks.web.api import schemas
from shortlinks.web.api.blueprint import bp, needs


@bp.get("/placements")
@needs("read")
@bp.output(schemas.PlacementPage)
def list_placements() -> dict[str, Any]:
    """The spots where a link can hang, and whether anybody can tap it there

    The whole catalogue at once.
    """
    return {"items": [asdict(row) for row in placements.all_()], "next_cursor": None}
