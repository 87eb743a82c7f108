"""Click ids as others hand them back: shops with an order, pages with an arrival. Pure; `clicks` makes them."""

import re
from typing import NamedTuple

from shortlinks.links import link_fields

# Ids of the first clicks end before the link's turn.
_ID = re.compile(rf"({link_fields.SLUG.pattern})\.([0-9a-f]{{11}})[0-9a-f]{{12}}([0-9a-f]{{1,8}})?")


class Clicked(NamedTuple):
    """What a click id says: the link, the turn that was in force (None in an old id), and the instant by a clock that may
    have been set since."""

    id: str
    slug: str
    rev: int | None
    at: int


def clean(text: str) -> str:
    """A click id as it is stored: in small letters, and with its dot, for which `_` may stand.

    Stripe's `client_reference_id` takes letters, digits, - and _ only.
    """
    found = text.strip().lower()
    return found if "." in found else found.replace("_", ".", 1)


def parse(text: str) -> Clicked | None:
    """What a click id says, whether or not there was such a click; None for a text that is none."""
    shape = _ID.fullmatch(clean(text))
    return shape and Clicked(shape[0], shape[1], None if shape[3] is None else int(shape[3], 16), int(shape[2], 16))
