"""Sharing a link: what the fold of each link on a post's page shows, and the pictures to save."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request

from shortlinks import times, urls
from shortlinks.errors import Invalid
from shortlinks.links import address_cards, links, qr_codes
from shortlinks.links.address_cards import Shape
from shortlinks.links.links import Link
from shortlinks.links.qr_codes import Drawn, Kind
from shortlinks.placements import captions, placements
from shortlinks.placements.captions import Caption
from shortlinks.records import nouns
from shortlinks.web.admin import forms
from shortlinks.web.services import services
from shortlinks.words import wording
from shortlinks.words.language import N_, _

bp = Blueprint("share", __name__)

PICTURES = frozenset({"admin.share.qr", "admin.share.card_picture"})
"""Endpoints whose answers a browser may keep and ask for again."""

_SHAPES: dict[Shape, str] = {"tall": N_("Stories, reels, TikTok, Shorts"), "square": N_("Posts and feeds")}
_PRINT = "print"
_TYPES: dict[Kind, str] = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class Share:
    """What helps to hang a link: what its spot takes, and its QR `code`.

    Where a scan of that would count as a tap (not `scannable`), scans are better counted for the post's link in print,
    whose slug is "" where there is none.
    """

    address: str
    caption: Caption
    note: str
    code: Drawn
    scannable: bool
    print_slug: str
    print_placement: str


@bp.get("/links/<slug>/qr.<any(svg, png):kind>")
def qr(slug: str, kind: Kind) -> Response:
    """The QR code of a link, to save."""
    link = links.get(services().store, slug)
    return picture(qr_codes.picture(_address(link), kind), _TYPES[kind], f"{link.slug}-qr.{kind}")


@bp.get("/links/<slug>/card")
def card(slug: str) -> str | tuple[str, int]:
    """The card of a link, with a line of one's own."""
    link = links.get(services().store, slug)
    form, status = forms.Form("card", request.args), 200
    try:
        line = _line()
        address_cards.check(line)
    except Invalid as error:
        form, line, status = forms.failed("card", request.args, error, ("line",)), "", 422
    page = render_template(
        "admin/card.html",
        tab="posts",
        link=link,
        address=urls.as_typed(_address(link)),
        form=form,
        line=line,
        coupon=_coupon(link, _usable(link)),
        longest=address_cards.LONGEST_LINE,
        shapes=[(shape, _(label), *address_cards.SIZES[shape]) for shape, label in _SHAPES.items()],
    )
    return page, status


@bp.get("/links/<slug>/card-<any(tall, square):shape>.png")
def card_picture(slug: str, shape: Shape) -> Response:
    """The card as a picture, to save."""
    link = links.get(services().store, slug)
    drawn = address_cards.draw(urls.as_typed(_address(link)), shape, line=_line(), coupon=_coupon(link, _usable(link)))
    return picture(drawn, _TYPES["png"], f"{link.slug}-{shape}.png")


def picture(content: bytes, mimetype: str, name: str) -> Response:
    """A picture that is shown, or saved under `name`; cheap to ask for again (304)."""
    response = Response(content, mimetype=mimetype)
    response.headers.set("Content-Disposition", "inline", filename=name)
    response.add_etag()
    response.make_conditional(request)
    return response


def of_link(link: Link, title: str, usable: Sequence[Link]) -> Share:
    """What the fold of `link` shows; `title` is its post's, `usable` are all links that lead on from that now."""
    placement = placements.by_id(link.placement)
    hung = [(each, placements.by_id(each.placement)) for each in usable]
    in_print = next((each.slug for each, spot in hung if spot.name == _PRINT), "")
    typed = next((each for each, spot in hung if spot.typed and spot.name != _PRINT), None)
    return Share(
        address=_address(link),
        caption=captions.of_link(
            placement,
            _address(link),
            title=title,
            in_bio=any(spot.bio and spot.clickable and spot.platform == placement.platform for _link, spot in hung),
            typed=urls.as_typed(_address(typed)) if typed else "",
            coupon=_coupon(link, usable),
        ),
        note=wording.capital(placement.note) if placement.note else "",
        code=qr_codes.drawn(_address(link)),
        # Nobody can tap where people type, so what comes from there by scan is told from taps.
        scannable=placement.typed,
        print_slug=in_print,
        print_placement=f"{placement.platform}/{_PRINT}",
    )


def _line() -> str:
    """The line to stand above the address. Raises Invalid("line")."""
    return nouns.or_empty(nouns.text(address_cards.LONGEST_LINE))(request.args.get("line", ""), "line")


def _usable(link: Link) -> list[Link]:
    """All links that lead on from the post of `link` now."""
    now = times.now()
    return [each for each in links.of_post(services().store, link.post_id) if links.state_at(each, now) == "active"]


def _coupon(link: Link, usable: Sequence[Link]) -> str:
    """The code to show with a link: its own, or that of another link of the post."""
    return next((each.coupon for each in (link, *usable) if each.coupon), "")


def _address(link: Link) -> str:
    return f"{services().config.base_url}/{link.slug}"
