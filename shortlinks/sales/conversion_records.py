"""Conversions as they are stored. `conversions` holds the verbs; what is here reads and writes within its transactions."""

from dataclasses import asdict, dataclass
from typing import Any

from shortlinks import keys, times
from shortlinks.records import events, nouns

PIXEL = "pixel"
"""The source that anybody can write to: its address stands in a page that everybody reads."""

SOURCES = ("typed", "api", PIXEL, "stripe", "shopify", "kofi", "gumroad")
"""Where a conversion came from."""

CREDITED = "post"
OUTSIDE_WINDOW = "outside_window"
WAITING = "waiting"
CREDITS = (CREDITED, OUTSIDE_WINDOW, WAITING, "no_amount", "other_currency", "more_than_sale")
"""Whether a conversion counts for a post, or why it does not. The last three are of refunds that came before their sale and
did not fit it."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """`external_id` is the reporter's own (an order number). `amount_minor` is in minor units (cents) of `currency`.

    A refund has a negative amount and the external id of its sale in `refunds`. `post_id` is the post in whose records it is;
    it counts for that post where `credit` is CREDITED. A refund that waits for its sale is in none.
    """

    id: str
    external_id: str
    kind: str
    post_id: str | None
    slug: str | None
    click_id: str | None
    coupon: str | None
    amount_minor: int | None
    currency: str | None
    occurred_at: int
    created_at: int
    refunds: str | None = None
    source: str = "api"
    credit: str = CREDITED

    @property
    def verified(self) -> bool:
        """Whether somebody said it who is known, and not a page that anybody can open."""
        return self.source != PIXEL

    @property
    def counts(self) -> bool:
        """Whether it is one of its post's conversions: a success, known to be one, and credited to the post."""
        return self.refunds is None and self.verified and self.credit == CREDITED

    @property
    def late(self) -> bool:
        """Whether it is a success that came too long after its click to be the post's."""
        return self.refunds is None and self.verified and self.credit == OUTSIDE_WINDOW

    @property
    def takes_back(self) -> bool:
        """Whether it is a refund that fits its sale."""
        return self.refunds is not None and self.credit in (CREDITED, OUTSIDE_WINDOW)


def decode(raw: bytes | str) -> Conversion:
    """The conversion in a stored record."""
    return Conversion(**nouns.load(raw))


def shown(conversion: Conversion) -> dict[str, Any]:
    """A conversion as programs are told of it: by the API and by webhooks."""
    fields = asdict(conversion) | {
        "post_id": conversion.post_id if conversion.credit == CREDITED else None,
        "occurred_at": times.rfc3339(conversion.occurred_at),
        "verified": conversion.verified,
    }
    del fields["created_at"]
    return fields


def stage(pipe: Any, conversion: Conversion) -> None:
    """Add to a transaction all that writes a new conversion, or a refund that has waited until now."""
    record = nouns.dump(asdict(conversion))
    index(pipe, conversion, record)
    if conversion.post_id is not None:
        pipe.rpush(list_of(conversion), record)


def index(pipe: Any, conversion: Conversion, record: str) -> None:
    """The part of `stage` that may be repeated: all but its place in the list of its post."""
    pipe.set(keys.conversion(conversion.external_id), record)
    pipe.zadd(keys.CONVERSIONS, {conversion.external_id: conversion.occurred_at})
    if conversion.refunds is None:
        return
    pipe.zadd(keys.refunds(conversion.refunds), {conversion.external_id: conversion.created_at})
    if conversion.post_id is None:
        pipe.hset(keys.WAITING_REFUNDS, conversion.external_id, record)
    else:
        pipe.hdel(keys.WAITING_REFUNDS, conversion.external_id)


def unstage(pipe: Any, conversion: Conversion, raw: bytes) -> None:
    """Add to a transaction all that erases a conversion, which is stored as `raw`."""
    pipe.delete(keys.conversion(conversion.external_id))
    pipe.zrem(keys.CONVERSIONS, conversion.external_id)
    if conversion.refunds is not None:
        pipe.zrem(keys.refunds(conversion.refunds), conversion.external_id)
    if conversion.post_id is None:
        pipe.hdel(keys.WAITING_REFUNDS, conversion.external_id)
    else:
        pipe.lrem(list_of(conversion), 1, raw)


def tell(pipe: Any, conversion: Conversion, change: str | None = None) -> None:
    """Add to a transaction the event that a conversion came to its post, or `change`; none of a refund that waits."""
    came = "created" if conversion.counts else "refunded" if conversion.takes_back else "beside"
    if conversion.post_id is not None:
        events.tell(pipe, "conversion", change or came, conversion.post_id, conversion.external_id)


def list_of(conversion: Conversion) -> str:
    """The key of the list of its post that holds it."""
    post_id = conversion.post_id or ""
    return keys.post_conversions(post_id) if conversion.counts else keys.post_beside(post_id)
