"""What the pages are made of, shown together: for who changes how they look."""

from flask import Blueprint, render_template
from werkzeug.datastructures import MultiDict

from shortlinks.funnels.funnel import Rate
from shortlinks.web.admin import charts, forms
from shortlinks.web.admin.post_cards import Whisker
from shortlinks.words import wording
from shortlinks.words.language import _, decimals

bp = Blueprint("styles", __name__)

_COLOURS = (
    *("page", "card", "sunken", "ink", "quiet", "line", "edge", "accent", "on-accent"),
    *("beside", "range", "good", "warn", "warn-page", "bad", "bad-page"),
)


@bp.get("/_styles")
def show() -> str:
    """The tokens and the vocabulary of components, each with an example."""
    usual = _("usually {span}", span=wording.span(6, 31, "click"))
    wrong = _("must be a count such as {count} or {short}K", count=12_400, short=decimals("12.4"))
    return render_template(
        "admin/styles.html",
        tab="",
        colours=_COLOURS,
        steps=(
            charts.Row("views", _("Views"), "path", 12_400, 100),
            charts.Row("likes", _("Likes"), "beside", 931, 73),
            charts.Row("profile_visits", _("Profile visits"), "path", None),
            charts.Row("clicks", _("Clicks"), "path", 9, 20, 8, (7, 14)),
        ),
        rate=wording.rate(Rate("clicks_per_view", 9, 12_400, 0.000_73, 0.000_4, 0.001_4, 0.95, "wilson")),
        ticks=("10%", "24%", "49%", "73%"),
        whiskers=(
            Whisker("20%", "50%", "5%", "fewer", usual),
            Whisker("20%", "50%", "45%", "within", usual),
            Whisker("20%", "50%", "90%", "more", usual),
        ),
        bars=charts.bars([(str(day), clicks) for day, clicks in enumerate((0, 3, 9, 4, 2, 0, 1, 1, 0, 5))]),
        form=forms.Form("example", MultiDict({"views": "12.4 apples"}), {"views": wrong}),
    )
