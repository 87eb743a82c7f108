"""What arrives from shop systems: orders and refunds taken down as conversions, and what became of each, counted.

An order that no link is known to have brought is no conversion. It is kept with the reason, so that none is lost unseen, and so
that its refunds do not wait for it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from shortlinks import ids, keys, times
from shortlinks.errors import Conflict, Invalid
from shortlinks.links import link_fields, link_records
from shortlinks.records import nouns
from shortlinks.sales import conversion_records, conversions, refunds
from shortlinks.shop_hooks import gumroad, kofi, shopify, stripe, told
from shortlinks.store import Store
from shortlinks.words.language import N_

READERS: dict[str, Callable[..., list[told.Event]]] = {
    "stripe": stripe.read,
    "shopify": shopify.read,
    "kofi": kofi.read,
    "gumroad": gumroad.read,
}

SALE, LATE, REFUND = "sale", "late", "refunded"
"""A new conversion, one that came too long after its click, and a refund."""
AGAIN, UNUSED, TEST = "again", "unused", "test"
"""What was told before, what is no paid order or refund of one, and what was sent to try the address."""

UNCREDITED = {
    "no_link": N_("no click id and no coupon code"),
    "click": N_("unknown click id"),
    "coupon": N_("coupon code of no link"),
    "slug": N_("unknown link"),
    "several": N_("several links in the message"),
}
"""Why an order is no link's."""

UNTAKEN = {
    "order": N_("bad order number"),
    "amount": N_("unreadable amount"),
    "currency": N_("unknown currency"),
    "differs": N_("told before, with other content"),
    "misfit": N_("refund that does not fit its sale"),
}
"""Why what a shop told could not be taken down, though it is the shop's."""

REFUSED = {
    "signature": N_("signature"),
    "replay": N_("sent long before"),
    "token": N_("verification token"),
    "seller": N_("another seller"),
    "body": N_("unreadable"),
}
"""Why a body is not believed to be the shop's."""

_COUNTS_SECONDS = 30 * times.DAY // times.SECOND
_KEPT_SECONDS = 180 * times.DAY // times.SECOND
_NEWEST = 100
_MOST_WORDS = 300
_WORD = re.compile(r"[\w-]+")
_OF_FIELD = {"click_id": "click"}


@dataclass(frozen=True, slots=True)
class Uncredited:
    """An order that is no link's; `reason` is one of UNCREDITED."""

    id: str
    source: str
    reason: str
    amount_minor: int
    currency: str
    at: int
    run: str


def take(store: Store, system: str, secret: str, body: bytes, headers: Mapping[str, str], *, now: int) -> list[str]:
    """Take down what a body of this system tells, and answer what became of each event in it.

    What comes again changes nothing. Raises told.Refused for a body that is not proven to be the shop's, and Unavailable.
    """
    try:
        events = READERS[system](body, headers, secret, now=now)
    except told.Refused as refused:
        _count(store, system, [refused.reason], now)
        raise
    except told.Unusable as unusable:
        outcomes = [unusable.reason]
    else:
        outcomes = [_taken(store, system, event, now) for event in events] or [UNUSED]
    _count(store, system, outcomes, now, arrived=True)
    return outcomes


def counts(store: Store, system: str, *, days: int, now: int) -> Counter[str]:
    """What became of a system's webhooks in the last `days` UTC days, today included."""
    today, found = times.day_of(now), Counter[str]()
    for day in range(today - days + 1, today + 1):
        for field, number in store.redis.hgetall(keys.hooks(day)).items():
            name, _, outcome = field.decode().partition("|")
            found[outcome] += int(number) if name == system else 0
    return +found


def last(store: Store, system: str) -> tuple[int | None, int | None]:
    """When a webhook of this system came last, and when it was tried last."""
    pipe = store.redis.pipeline(transaction=False)
    for key in (keys.HOOKS_SEEN, keys.HOOKS_SEEN_FORMERLY):
        pipe.hmget(key, system, f"test|{system}")
    at, tried = (new or old for new, old in zip(*pipe.execute(), strict=True))
    return None if at is None else int(at), None if tried is None else int(tried)


def uncredited(store: Store, system: str, *, limit: int) -> list[Uncredited]:
    """The newest orders of a system that are no link's, among the newest of all."""
    found = (Uncredited(**nouns.load(raw)) for raw in store.redis.lrange(keys.UNCREDITED, 0, _NEWEST - 1))
    return [each for each in found if each.source == system][:limit]


def _taken(store: Store, system: str, event: told.Event, now: int) -> str:
    match event:
        case told.Sale():
            return _sale(store, system, event, now)
        case told.Refund():
            return _refund(store, system, event, now)
        case told.Test():
            return TEST


def _sale(store: Store, system: str, sale: told.Sale, now: int) -> str:
    known = conversions.find(store, sale.id)
    if known is not None and known.verified:
        same = (known.amount_minor, known.currency) == (sale.amount_minor, sale.currency)
        return AGAIN if same else "differs"
    fields = _fields(sale, sale.amount_minor, now) | {"kind": sale.kind}
    slugs = _named_in(store, sale.message)
    reasons = ["several"] if len(slugs) > 1 else []
    for named in _ways(sale, slugs):
        try:
            made, created = conversions.report(store, fields | named, now=now, source=system)
        except Invalid as invalid:
            field = invalid.errors[0][0]
            reasons.append(_OF_FIELD.get(field, field))
        except Conflict:
            return "differs"
        else:
            if not created:
                return AGAIN
            _forget(store, sale.id)
            return SALE if made.counts else LATE
    reason = next((each for each in reasons if each in UNCREDITED), "no_link")
    kept = Uncredited(sale.id, system, reason, sale.amount_minor, sale.currency, now, ids.new())
    return reason if _keep(store, kept) else AGAIN


def _fields(event: told.Sale | told.Refund, amount_minor: int, now: int) -> dict[str, Any]:
    """What both have, as fields of a conversion. A time that cannot be is none."""
    fields = {"external_id": event.id, "amount_minor": amount_minor, "currency": event.currency}
    if event.at is not None and nouns.EARLIEST <= event.at <= now + nouns.SKEW:
        fields["occurred_at"] = times.rfc3339(event.at)
    return fields


def _ways(sale: told.Sale, slugs: set[str]) -> Iterator[dict[str, str]]:
    """How the order may name its link, the surest first."""
    used = {"coupon": sale.coupons[0]} if sale.coupons else {}
    for click in sale.clicks:
        yield {"click_id": click} | used
    for coupon in sale.coupons:
        yield {"coupon": coupon}
    if len(slugs) == 1:
        yield {"slug": next(iter(slugs))}


def _named_in(store: Store, message: str) -> set[str]:
    """The links that a message names: by a coupon code or a slug that is a word of its own."""
    found = dict.fromkeys(word.strip("-_").lower() for word in _WORD.findall(message))
    words = [word for word in found if link_fields.SLUG.fullmatch(word.replace("_", "-"))][:_MOST_WORDS]
    if not words:
        return set()
    pipe = store.redis.pipeline(transaction=False)
    pipe.hmget(keys.COUPONS, [link_records.as_code(word) for word in words])
    pipe.mget([keys.link(word) for word in words])
    by_coupon, by_slug = pipe.execute()
    there = (link_records.decode(raw) for raw in by_slug if raw is not None)
    return {slug.decode() for slug in by_coupon if slug} | {link.slug for link in there if link.state != "erased"}


def _refund(store: Store, system: str, refund: told.Refund, now: int) -> str:
    sale = conversions.find(store, refund.sale)
    if conversions.find(store, refund.id) is not None:
        return AGAIN
    if sale is None and store.redis.exists(keys.uncredited(refund.sale)):
        return UNUSED
    fields = _fields(refund, -refund.amount_minor, now) | {"kind": "refund", "refunds": refund.sale}
    try:
        made, created = conversions.report(store, fields, now=now, source=system)
    except Invalid:
        return "misfit"
    except Conflict:
        return "differs"
    if made.credit == conversion_records.WAITING and store.redis.exists(keys.uncredited(refund.sale)):
        # Its order came, and was found to be no link's, while this was written.
        nouns.commit(store, lambda pipe: _stop_waiting(pipe, refund.sale), keys.refunds(refund.sale))
        return UNUSED
    return REFUND if created else AGAIN


def _keep(store: Store, order: Uncredited) -> bool:
    """Keep an order that is no link's, and have its refunds wait no more; returns whether it is new."""

    def change(pipe: Any) -> bool:
        raw = pipe.get(keys.uncredited(order.id))
        if raw is not None:
            return bool(nouns.load(raw)["run"] == order.run)
        pipe.watch(keys.refunds(order.id))
        _stop_waiting(pipe, order.id)
        record = nouns.dump(asdict(order))
        pipe.set(keys.uncredited(order.id), record, ex=_KEPT_SECONDS)
        pipe.lpush(keys.UNCREDITED, record)
        pipe.ltrim(keys.UNCREDITED, 0, _NEWEST - 1)
        return True

    return nouns.commit(store, change, keys.uncredited(order.id))


def _forget(store: Store, order_id: str) -> None:
    """Keep an order no more that is a link's after all: told again, when a link had its code."""
    raw = store.redis.get(keys.uncredited(order_id))
    if raw is not None:
        with store.redis.pipeline(transaction=True) as pipe:
            pipe.delete(keys.uncredited(order_id))
            pipe.lrem(keys.UNCREDITED, 0, raw)
            pipe.execute()


def _stop_waiting(pipe: Any, sale_id: str) -> None:
    """Begin the writing part of a transaction, with the end of all refunds that wait for this order, which is watched."""
    waiting = [each for each in refunds.of_sale(pipe, sale_id) if each.credit == conversion_records.WAITING]
    records = [(each, pipe.get(keys.conversion(each.external_id))) for each in waiting]
    pipe.multi()
    for each, raw in records:
        conversion_records.unstage(pipe, each, raw)


def _count(store: Store, system: str, outcomes: Iterable[str], now: int, *, arrived: bool = False) -> None:
    """Count outcomes of a system, and that it `arrived`, proven to be the shop's."""
    key = keys.hooks(times.day_of(now))
    with store.redis.pipeline(transaction=True) as pipe:
        for outcome in outcomes:
            pipe.hincrby(key, f"{system}|{outcome}", 1)
            if outcome == TEST:
                pipe.hset(keys.HOOKS_SEEN, f"test|{system}", now)
        pipe.expire(key, _COUNTS_SECONDS)
        if arrived:
            pipe.hset(keys.HOOKS_SEEN, system, now)
        pipe.execute()
