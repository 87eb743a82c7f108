"""Posts side by side."""

from typing import Any

from flask import Blueprint, render_template, request

from shortlinks import times
from shortlinks.errors import Invalid
from shortlinks.funnels import outcomes, reports
from shortlinks.insights import compared
from shortlinks.placements import placements
from shortlinks.posts import posts
from shortlinks.web.admin import charts, forms
from shortlinks.web.services import services

bp = Blueprint("compare", __name__)

_OFFERED = 50


@bp.get("/compare")
def show() -> str | tuple[str, int]:
    """Choose posts, and see which brings more clicks per view."""
    store, now = services().store, times.now()
    wanted = list(dict.fromkeys(request.args.getlist("posts")))
    form, found = forms.Form("compare"), None
    if wanted:
        try:
            found = reports.compare(store, wanted, now=now)
        except Invalid as error:
            form = forms.failed("compare", request.args, error, ("posts",))
    offered = posts.list_(store, limit=_OFFERED)[0]
    offered += [
        post for name in wanted if name not in {each.id for each in offered} and (post := posts.find(store, name))
    ]
    page = render_template(
        "admin/compare.html",
        tab="posts",
        form=form,
        chosen=set(wanted),
        offered=[(post, placements.platform_label(post.platform)) for post in offered],
        found=found,
        rows=_rows(found) if found else [],
    )
    return (page, 422) if form.errors else page


def _rows(found: compared.Compared) -> list[dict[str, Any]]:
    """The posts, those on one way together and the best first, each with the bar of its interval on a scale that all share."""
    most = max((side.estimate.high for side in found.sides if side.estimate), default=0.0)
    ways = list(dict.fromkeys(outcomes.way(side.outcome) for side in found.sides))
    last = len(found.sides) + 1
    ranked = sorted(found.sides, key=lambda side: (ways.index(outcomes.way(side.outcome)), side.rank or last))
    return [
        {
            "side": side,
            "platform": placements.platform_label(side.outcome.platform),
            "bar": charts.interval(side.estimate, most) if side.estimate else None,
        }
        for side in ranked
    ]
