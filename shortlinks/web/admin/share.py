"""Sharing a link: what the fold of each link on a post's page shows, and the pictures to save."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, request

from shortlinks import links, placements, qr_codes
from shortlinks.links import Link
from shortlinks.qr_codes import Drawn, Kind
from shortlinks.web.services import services

bp = Blueprint("share", __name__)

PICTURES = frozenset({"admin.share.qr"})
"""Endpoints whose answers a browser may keep and ask for again."""

_PRINT = "print"
_TYPES: dict[Kind, str] = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class Share:
    """What helps to hang a link: its QR `code`, and where a scan would count as a tap (not `scannable`), the slug of the post's
    link in print, "" where there is none, that scans are better counted for."""

    address: str
    code: Drawn
    scannable: bool
    print_slug: str
    print_placement: str


@bp.get("/links/<slug>/qr.<any(svg, png):kind>")
def qr(slug: str, kind: Kind) -> Response:
    """The QR code of a link, to save."""
    link = links.get(services().store, slug)
    return picture(qr_codes.picture(_address(link), kind), _TYPES[kind], f"{link.slug}-qr.{kind}")


def picture(content: bytes, mimetype: str, name: str) -> Response:
    """A picture that is shown, or saved under `name`; cheap to ask for again (304)."""
    response = Response(content, mimetype=mimetype)
    response.headers.set("Content-Disposition", "inline", filename=name)
    response.add_etag()
    response.make_conditional(request)
    return response


def of_link(link: Link, usable: Sequence[Link]) -> Share:
    """What the fold of `link` shows; `usable` are all links that lead on from its post now."""
    placement = placements.by_id(link.placement)
    in_print = next((each.slug for each in usable if placements.by_id(each.placement).name == _PRINT), "")
    return Share(
        address=_address(link),
        code=qr_codes.drawn(_address(link)),
        # Nobody can tap where people type, so what comes from there by scan is told from taps.
        scannable=placement.typed,
        print_slug=in_print,
        print_placement=f"{placement.platform}/{_PRINT}",
    )


def _address(link: Link) -> str:
    return f"{services().config.base_url}/{link.slug}"
