"""Conversions: one success on the target site each (a sale, a sign-up), told to us with a click id, a slug or a coupon code."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from shortlinks import ids, keys, link_fields, link_records, links, nouns
from shortlinks.errors import Conflict, Invalid
from shortlinks.language import _
from shortlinks.store import Store

_FIELDS = (
    "external_id",
    "kind",
    "click_id",
    "slug",
    "coupon",
    "amount_minor",
    "currency",
    "occurred_at",
)
LARGEST_AMOUNT = 10**12

# Ids of the first clicks end before the link's turn.
_CLICK_ID = re.compile(rf"({link_fields.SLUG.pattern})\.([0-9a-f]{{11}})[0-9a-f]{{12}}([0-9a-f]{{1,8}})?")
_KIND = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_CURRENCY = re.compile(r"[A-Z]{3}")


class _Clicked(NamedTuple):
    """What a click id says: the link, the turn that was in force (None in an old id), and the instant by a clock that may
    have been set since."""

    id: str
    slug: str
    rev: int | None
    at: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """`external_id` is the reporter's own (an order number). `amount_minor` is in minor units (cents) of `currency`."""

    id: str
    external_id: str
    kind: str
    post_id: str
    slug: str
    click_id: str | None
    coupon: str | None
    amount_minor: int | None
    currency: str | None
    occurred_at: int
    created_at: int


def report(store: Store, fields: Any, *, now: int) -> tuple[Conversion, bool]:
    """The conversion that `fields` tell of, and whether it is new. An `external_id` that is known changes nothing.

    It counts for the post that the link promoted at the click, or, by slug or coupon alone, when it occurred. The click
    id says which link, or else the slug, or else the coupon, which with one of them need be no link's. Raises Invalid, and
    Conflict("external_id") when it was reported before with another kind, link, coupon, amount or currency.
    """
    asked = nouns.Fields(fields, _FIELDS, "conversion")
    external_id = asked.need("external_id", nouns.text(200), "")
    kind = asked.need("kind", _kind, "")
    click = asked.take("click_id", _click(now), None)
    slug = asked.take("slug", _slug, click.slug if click else "")
    coupon = asked.take("coupon", nouns.text(100), None)
    amount = asked.take("amount_minor", _amount, None)
    currency = asked.take("currency", _currency, None)
    occurred_at = asked.take("occurred_at", nouns.instant(latest=now + nouns.SKEW, beyond=_("is in the future")), now)
    if not any(map(asked.has, ("click_id", "slug", "coupon"))):
        asked.fail("click_id", _("is required, or a slug or a coupon"))
    if click and slug != click.slug:
        asked.fail("slug", _("is not that of the click_id"))
    if amount is not None and not asked.has("currency"):
        asked.fail("currency", _("is required with amount_minor"))
    asked.raise_errors()
    own_id = ids.new()

    def change(pipe: Any) -> tuple[Conversion, bool]:
        known = pipe.get(keys.conversion(external_id))
        if known is not None:
            earlier = decode(known)
            same = (earlier.kind, earlier.coupon, earlier.amount_minor, earlier.currency) == (
                kind,
                coupon,
                amount,
                currency,
            )
            # A coupon may have gone to another link since.
            if not same or slug not in ("", earlier.slug):
                raise Conflict(
                    "external_id", _("{given} was reported before, with other content", given=repr(external_id))
                )
            return earlier, earlier.id == own_id
        credited = slug or _slug_of(pipe, coupon or "")
        named_by = "click_id" if click else "slug" if slug else "coupon"
        conversion = Conversion(
            id=own_id,
            external_id=external_id,
            kind=kind,
            post_id=_post_of(pipe, credited, click, occurred_at, named_by),
            slug=credited,
            click_id=click.id if click else None,
            coupon=coupon,
            amount_minor=amount,
            currency=currency,
            occurred_at=occurred_at,
            created_at=now,
        )
        record = nouns.dump(asdict(conversion))
        pipe.multi()
        pipe.set(keys.conversion(external_id), record)
        pipe.rpush(keys.post_conversions(conversion.post_id), record)
        return conversion, True

    return nouns.commit(store, change, keys.conversion(external_id))


def of_post(store: Store, post_id: str) -> list[Conversion]:
    """A post's conversions in the order in which they were reported."""
    return of_posts(store, [post_id])[0]


def of_posts(store: Store, post_ids: Sequence[str]) -> list[list[Conversion]]:
    """What `of_post` gives, for each of these posts; read at once."""
    lists = nouns.read_lists(store, map(keys.post_conversions, post_ids))
    return [[decode(raw) for raw in raws] for raws in lists]


def any_reported(store: Store, post_ids: Iterable[str]) -> bool:
    """Whether a conversion was ever reported for one of these posts."""
    names = list(map(keys.post_conversions, post_ids))
    return bool(names) and bool(store.redis.exists(*names))


def numbers(store: Store, post_ids: Sequence[str]) -> list[int]:
    """How many conversions each of these posts has; read at once."""
    pipe = store.redis.pipeline(transaction=False)
    for post_id in post_ids:
        pipe.llen(keys.post_conversions(post_id))
    found: list[int] = pipe.execute()
    return found


def decode(raw: bytes | str) -> Conversion:
    """The conversion in a stored record."""
    return Conversion(**nouns.load(raw))


def _slug_of(pipe: Any, coupon: str) -> str:
    """The link that has a coupon code now."""
    slug = link_records.with_coupon(pipe, coupon)
    if slug is None:
        raise Invalid.field("coupon", _("is the code of no link"))
    return slug


def _post_of(pipe: Any, slug: str, click: _Clicked | None, occurred_at: int, field: str) -> str:
    """The post that the link promoted at the click, or without one when it occurred. It and the link are from now on
    watched. `field` named the link."""
    pipe.watch(keys.link(slug))
    raw = pipe.get(keys.link(slug))
    if raw is None:
        raise Invalid.field(field, _("names no link"))
    post_id = _turn_of(links.decode(raw), click, occurred_at).post_id
    if nouns.missing(pipe, keys.post(post_id)):
        raise Invalid.field(field, _("belongs to a post that was erased"))
    return post_id


def _turn_of(link: links.Link, click: _Clicked | None, occurred_at: int) -> links.Turn:
    """The turn of the link that the click was counted for: the one it names, or by time where that is all there is."""
    if click is None:
        return links.turn_at(link, occurred_at)
    if click.rev is not None and click.rev <= link.rev:
        return link.history[click.rev]
    if click.at < link.created_at - nouns.SKEW:
        raise Invalid.field("click_id", _("is older than its link"))
    return links.turn_at(link, click.at)


def _click(now: int) -> nouns.Check[_Clicked]:
    """A check for a click id."""

    def check(value: Any, field: str) -> _Clicked:
        shape = _CLICK_ID.fullmatch(value.strip().lower()) if isinstance(value, str) else None
        if shape is None:
            raise Invalid.field(field, _("is not a click id"))
        id_, slug, at, rev = shape[0], shape[1], int(shape[2], 16), None if shape[3] is None else int(shape[3], 16)
        if rev is None and at > now + nouns.SKEW:
            raise Invalid.field(field, _("is from the future"))
        return _Clicked(id_, slug, rev, at)

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
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_AMOUNT:
        raise Invalid.field(field, _("must be a whole number of minor units (cents), 0 or more"))
    return value


def _currency(value: Any, field: str) -> str:
    code = value.strip().upper() if isinstance(value, str) else ""
    if not _CURRENCY.fullmatch(code):
        raise Invalid.field(field, _("must be an ISO 4217 code such as EUR"))
    return code
