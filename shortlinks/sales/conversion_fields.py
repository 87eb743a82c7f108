"""What may be said of a conversion, checked. Pure but for what a link was: `conversions` looks that up and stores."""

import re
from dataclasses import dataclass
from typing import Any

from shortlinks.clicks import click_ids
from shortlinks.clicks.click_ids import Clicked
from shortlinks.errors import Invalid
from shortlinks.links import link_fields, link_records
from shortlinks.records import nouns
from shortlinks.sales import money
from shortlinks.sales.conversion_records import Conversion
from shortlinks.words.language import _

_FIELDS = (
    *("external_id", "kind", "click_id", "slug", "coupon"),
    *("amount_minor", "currency", "occurred_at", "refunds"),
)
_KIND = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A conversion as it was reported, checked. `slug` is empty where only a coupon names the link, or a refund its sale."""

    external_id: str
    kind: str
    click: Clicked | None
    slug: str
    coupon: str | None
    amount_minor: int | None
    currency: str | None
    occurred_at: int
    refunds: str | None

    def told_by(self, earlier: Conversion) -> bool:
        """Whether `earlier` says the same."""
        same = (
            (self.kind, self.amount_minor, self.currency, self.refunds)
            == (earlier.kind, earlier.amount_minor, earlier.currency, earlier.refunds)
        )  # fmt: skip
        if self.refunds is not None:  # its sale says which link
            return same
        # A coupon may have gone to another link since.
        return same and code(self.coupon) == code(earlier.coupon) and self.slug in ("", earlier.slug)


def read(fields: Any, *, now: int, public: bool) -> Asked:
    """What `fields` say. Raises Invalid. `public`: anybody may have sent them, so they take nothing back."""
    asked = nouns.Fields(fields, _FIELDS, "conversion")
    click = asked.take("click_id", _click(now), None)
    found = Asked(
        external_id=asked.need("external_id", nouns.text(200), ""),
        kind=asked.need("kind", _kind, ""),
        click=click,
        slug=asked.take("slug", _slug, click.slug if click else ""),
        coupon=asked.take("coupon", nouns.text(100), None),
        amount_minor=asked.take("amount_minor", _amount, None),
        currency=asked.take("currency", money.currency, None),
        occurred_at=asked.take(
            "occurred_at", nouns.instant(latest=now + nouns.SKEW, beyond=_("is in the future")), now
        ),
        refunds=asked.take("refunds", nouns.text(200), None),
    )
    if click and found.slug != click.slug:
        asked.fail("slug", _("is not that of the click_id"))
    if asked.has("amount_minor") and not asked.has("currency"):
        asked.fail("currency", _("is required with amount_minor"))
    _check_refund(asked, found, public=public)
    asked.raise_errors()
    return found


def _check_refund(asked: nouns.Fields, found: Asked, *, public: bool) -> None:
    if not asked.has("refunds"):
        if (found.amount_minor or 0) < 0:
            asked.fail("amount_minor", _("is below 0 for a refund only: tell in refunds the external_id of its sale"))
        if not any(map(asked.has, ("click_id", "slug", "coupon"))):
            asked.fail("click_id", _("is required, or a slug or a coupon"))
        return
    if public:
        asked.fail("refunds", _("is not taken from a page that anybody can open"))
    if found.refunds == found.external_id:
        asked.fail("refunds", _("is its own external_id: a refund has one of its own"))
    if not asked.has("amount_minor"):
        asked.fail("amount_minor", _("is required with refunds"))
    elif found.amount_minor is not None and found.amount_minor >= 0:
        asked.fail("amount_minor", _("must be below 0 with refunds"))


def code(coupon: str | None) -> str:
    """A coupon code as it is compared."""
    return link_records.as_code(coupon or "")


def _click(now: int) -> nouns.Check[Clicked]:
    """A check for a click id."""

    def check(value: Any, field: str) -> Clicked:
        found = click_ids.parse(value) if isinstance(value, str) else None
        if found is None:
            raise Invalid.field(field, _("is not a click id"))
        if found.rev is None and found.at > now + nouns.SKEW:
            raise Invalid.field(field, _("is from the future"))
        return found

    return check


def _slug(value: Any, field: str) -> str:
    slug = link_fields.normalise(value) if isinstance(value, str) else ""
    if not link_fields.SLUG.fullmatch(slug):
        raise Invalid.field(field, _("is not a slug"))
    return slug


def _kind(value: Any, field: str) -> str:
    word = value.strip().lower() if isinstance(value, str) else ""
    if not _KIND.fullmatch(word):
        raise Invalid.field(field, _("must be a word such as sale or sign-up"))
    return word


def _amount(value: Any, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -money.LARGEST <= value <= money.LARGEST:
        raise Invalid.field(field, _("must be a whole number of minor units (cents)"))
    return value
