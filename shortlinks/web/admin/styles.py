"""What the pages are made of, shown together: for who changes how they look."""

from flask import Blueprint, render_template
from werkzeug.datastructures import MultiDict

from shortlinks.web.admin import charts, forms
from shortlinks.web.admin.post_cards import Whisker

bp = Blueprint("styles", __name__)

_COLOURS = (
    *("page", "card", "sunken", "ink", "quiet", "line", "edge", "accent", "on-accent"),
    *("beside", "range", "good", "warn", "warn-page", "bad", "bad-page"),
)
_STEPS = (
    charts.Row("views", "Views", "path", 12_400, 100),
    charts.Row("likes", "Likes", "beside", 931, 73),
    charts.Row("profile_visits", "Profile visits", "path", None),
    charts.Row("clicks", "Clicks", "path", 9, 20, 8, (7, 14)),
)
_WHISKERS = (
    Whisker("20%", "50%", "5%", "fewer", "usually 6–31 clicks"),
    Whisker("20%", "50%", "45%", "within", "usually 6–31 clicks"),
    Whisker("20%", "50%", "90%", "more", "usually 6–31 clicks"),
)


@bp.get("/_styles")
def show() -> str:
    """The tokens and the vocabulary of components, each with an example."""
    return render_template(
        "admin/styles.html",
        tab="",
        colours=_COLOURS,
        steps=_STEPS,
        ticks=("10%", "24%", "49%", "73%"),
        whiskers=_WHISKERS,
        bars=charts.bars([(str(day), clicks) for day, clicks in enumerate((0, 3, 9, 4, 2, 0, 1, 1, 0, 5))]),
        form=forms.Form(
            "example", MultiDict({"views": "12.4 apples"}), {"views": "must be a count such as 12,400 or 12.4K"}
        ),
    )
