"""What may be asked of a link: slug, target, expiry, UTM parameters. Checks only; `links` stores."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shortlinks import times, urls
from shortlinks.errors import Invalid
from shortlinks.placements import placements
from shortlinks.records import nouns
from shortlinks.words.language import _

CREATE = ("target", "placement", "slug", "expires_at", "forward_query", "utm", "click_id_param", "coupon")
UPDATE = ("target", "post_id", "expires_at", "state", "forward_query", "utm", "click_id_param", "coupon")
UTM = ("source", "medium", "campaign", "term", "content", "id")
"""Google's names without their `utm_`: https://support.google.com/analytics/answer/10917952 (2024)."""

FARTHEST_EXPIRY = 3_653 * times.DAY

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
_COUPON = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,39}")
_TRAILING = " \t.,;:!?)]}>/'\"’”»…。、！？"


@dataclass(frozen=True, slots=True)
class Wish:
    """A link as it was asked for, checked; not yet a link. `slug` is empty when one is to be drawn."""

    slug: str
    target: str
    placement: str
    expires_at: int | None
    forward_query: bool
    utm: dict[str, str] | None
    click_id_param: str | None
    coupon: str | None


def normalise(text: str) -> str:
    """A slug as someone typed it from a caption ("K7m2p.") as it is stored: lower-case, nothing trailing."""
    return text.lower().rstrip(_TRAILING)


def read(
    given: Any, *, platform: str | None, now: int, own_hosts: frozenset[str], reserved: frozenset[str], prefix: str = ""
) -> tuple[Wish, list[tuple[str, str]]]:
    """The wish in `given`, and what is wrong with it; the wish is meaningless when anything is.

    `platform` is the post's, by which a placement is named; None when the post's own is bad.
    """
    fields = nouns.Fields(given, CREATE, "link", prefix)
    wish = Wish(
        slug=fields.take("slug", slug(reserved), ""),
        target=fields.need("target", target(own_hosts), ""),
        placement=fields.need("placement", placement(platform), ""),
        expires_at=fields.take("expires_at", expiry(now, earliest=now), None),
        forward_query=fields.take("forward_query", nouns.yes_or_no, False),
        utm=fields.take("utm", utm, None),
        click_id_param=fields.take("click_id_param", parameter, None),
        coupon=fields.take("coupon", coupon, None),
    )
    return wish, fields.errors


def slug(reserved: frozenset[str]) -> nouns.Check[str]:
    """A check for a slug that someone chose; `reserved` words are ways of this service."""

    def check(value: Any, field: str) -> str:
        if not isinstance(value, str):
            raise Invalid.field(field, _("must be text"))
        text = value.strip().lower()
        if not SLUG.fullmatch(text):
            raise Invalid.field(
                field,
                _("may hold the letters a-z, digits and hyphens, begins with no hyphen, and has up to 64 characters"),
            )
        if text in reserved:
            raise Invalid.field(field, _("is reserved for this service"))
        return text

    return check


def target(own_hosts: frozenset[str]) -> nouns.Check[str]:
    """A check for where a link leads."""
    return lambda value, field: urls.target(value, own_hosts=own_hosts, field=field)


def placement(platform: str | None) -> nouns.Check[str]:
    """A check for a placement, by its name on `platform` or by its whole id; gives the whole id."""

    def check(value: Any, field: str) -> str:
        if not isinstance(value, str):
            raise Invalid.field(field, _("must be text"))
        return placements.get(platform, value).id if platform is not None else value

    return check


def expiry(now: int, *, earliest: int = nouns.EARLIEST) -> nouns.Check[int]:
    """A check for the instant at which a link stops working."""
    in_time = nouns.instant(latest=now + FARTHEST_EXPIRY, beyond=_("is more than ten years ahead"))

    def check(value: Any, field: str) -> int:
        at = in_time(value, field)
        if at < earliest:
            raise Invalid.field(field, _("has already passed"))
        return at

    return check


def parameter(value: Any, field: str) -> str:
    """A check for the name of a query parameter."""
    if not isinstance(value, str) or not _PARAMETER.fullmatch(value.strip()):
        raise Invalid.field(field, _("must be the name of a query parameter: a letter, then letters, digits, _ . or -"))
    return value.strip()


def coupon(value: Any, field: str) -> str:
    """A check for a coupon code that people can type; shown as it was written."""
    if not isinstance(value, str) or not _COUPON.fullmatch(value.strip()):
        raise Invalid.field(field, _("must be 2 to 40 letters A-Z, digits, hyphens or underscores, such as MUG10"))
    return value.strip()


def utm(value: Any, field: str) -> dict[str, str] | None:
    """A check for UTM parameters, named with or without `utm_`; an empty object is None."""
    if not isinstance(value, Mapping):
        raise Invalid.field(field, _("must be an object with some of {names}", names=", ".join(UTM)))
    short = {str(name).removeprefix("utm_"): text for name, text in value.items()}
    fields = nouns.Fields(short, UTM, "UTM set", f"{field}.")
    for name in UTM:
        if {name, f"utm_{name}"} <= value.keys():
            fields.fail(name, _("is asked for twice"))
    found = {name: fields.take(name, nouns.or_empty(nouns.text(200)), "") for name in UTM}
    fields.raise_errors()
    return {name: text for name, text in found.items() if text} or None
