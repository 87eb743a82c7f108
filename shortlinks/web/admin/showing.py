"""A post's path to show to others: as a picture for the creator's own story, and at a secret address for reading."""

from dataclasses import dataclass
from typing import Self
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from shortlinks import times
from shortlinks.funnels import path_cards, reports
from shortlinks.funnels.funnel import Funnel
from shortlinks.posts import posts, shown
from shortlinks.posts.posts import Post
from shortlinks.snapshots import snapshots
from shortlinks.web.admin import charts, local, once, share
from shortlinks.web.services import services
from shortlinks.words import wording
from shortlinks.words.language import _, ngettext

bp = Blueprint("showing", __name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """What others see of a post: `basis` says of when the numbers are."""

    title: str
    headline: str
    path: charts.Path
    basis: str

    @classmethod
    def of_post(cls, post: Post) -> Self:
        """As things stand now."""
        store, tz = services().store, local.zone()
        known = reports.known(store, post)
        funnel = reports.of_known(store, known, now=times.now(), base_url=services().config.base_url)
        basis = snapshots.basis(known.noted)
        path = charts.path(funnel, basis.precision if basis else {})
        return cls(post.title, funnel.headline, path, _basis(funnel, tz))

    def picture(self) -> bytes:
        """The same as a PNG."""
        bars = [bar(row) for row in self.path.rows]
        return path_cards.draw(
            self.title, self.headline, bars, ticks=self.path.places, notes=[self.basis, self.path.scale]
        )


@dataclass(frozen=True, slots=True)
class Fold:
    """What a post's page shows of it: the address, "" where there is none, and letters that the picture leaves out."""

    address: str
    undrawn: str


@bp.get("/posts/<post_id>/path.png")
def picture(post_id: str) -> Response:
    """The path as a picture, to save or to share."""
    drawn = Shown.of_post(posts.get(services().store, post_id)).picture()
    return share.picture(drawn, "image/png", f"{post_id}-path.png")


@bp.post("/posts/<post_id>/shown")
@once.once
def change(post_id: str) -> BaseResponse:
    """Show the path at a secret address, at another one, or no more."""
    store = services().store
    posts.get(store, post_id)
    if request.form.get("do") == "stop":
        shown.stop(store, post_id)
        flash(_("The secret address is off. It leads nowhere any more."), "shown")
    else:
        shown.renew(store, post_id)
        flash(_("Whoever has the secret address below can read these numbers."), "shown")
    return redirect(url_for("admin.page.show", post_id=post_id, _anchor="shown"), 303)


def fold(post: Post, token: str | None) -> Fold:
    """What the post's page shows of it; `token` is that of its address, None where it has none."""
    address = f"{services().config.base_url.rstrip('/')}{url_for('shown.page', token=token)}" if token else ""
    return Fold(address, path_cards.undrawn(post.title))


def _basis(funnel: Funnel, tz: ZoneInfo) -> str:
    if funnel.snapshot_at is None:
        return _("No numbers of the platform yet: all clicks so far.")
    said = _("Numbers of {when}, clicks up to then.", when=local.moment(funnel.snapshot_at, tz))
    since = funnel.clicks_after_snapshot
    more = ngettext("{count} more click since.", "{count} more clicks since.", since)
    return f"{said} {more}" if since else said


def bar(row: charts.Row) -> path_cards.Bar:
    """What the picture has of a step: what the page says of it, without its rates."""
    off = f" ±{wording.number(row.precision)}" if row.precision else ""
    return path_cards.Bar(
        label=row.label,
        count=row.missing if row.count is None else f"{wording.number(row.count)}{off}",
        length=None if row.count is None else row.length,
        extra=row.extra,
        beside=row.role == "beside",
        aside=row.aside,
        note=" ".join(filter(None, (row.bounded, row.in_no_rate))),
    )
