"""Files to take along, from the settings page."""

from flask import Blueprint, Response, abort

from shortlinks.web import downloads
from shortlinks.words.language import N_

bp = Blueprint("exports", __name__, url_prefix="/export")

FORMS = {ending: form for form, ending in downloads.ENDINGS.items()}
LABELS = {"posts": N_("Posts"), "funnels": N_("The path of each post"), "clicks": N_("Clicks, one by one")}
"""What the tables are called on the page."""


@bp.get("/everything.ndjson")
def everything() -> Response:
    """All of the service, to be read into an empty one."""
    return downloads.everything()


@bp.get("/<any(posts, funnels, clicks):name>.<ending>")
def table(name: str, ending: str) -> Response:
    """One table, as CSV or as a workbook."""
    form = FORMS.get(ending)
    if form is None:
        abort(404)
    return downloads.table(name, form)
