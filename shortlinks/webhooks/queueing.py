"""From what happened to what is to be delivered: each webhook goes through the events at its own pace.

Its place among them moves in the same step as the deliveries are queued that come of them: whoever is killed in between has
done nothing, and who does it again finds the place moved.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from shortlinks import ids, keys, times
from shortlinks.errors import Invalid, Missed
from shortlinks.links import link_records, target_visits
from shortlinks.records import events, nouns
from shortlinks.records.events import Event
from shortlinks.sales import conversion_records
from shortlinks.store import Store
from shortlinks.webhooks import deliveries, webhooks
from shortlinks.webhooks.deliveries import Delivery
from shortlinks.webhooks.webhooks import Webhook

MOST_WAITING = 1_000
"""How many deliveries of a webhook may wait; what happens beyond counts as missed."""
_AT_ONCE = 500
_COUNTED = ("counted", "recounted")
_REPORTED = ("created", "refunded", "beside")
_STATES = {"broken": "broken", "mended": "works"}


def take(store: Store, webhook_id: str, *, now: int) -> bool:
    """Queue what a webhook is to be told of the next events behind its place. Returns whether there may be more."""
    place = store.redis.hget(keys.webhook(webhook_id), "place")
    missed = 0
    try:
        page = events.newest(store) if place is None else events.since(store, place, limit=_AT_ONCE)
    except (Missed, Invalid):  # forgotten meanwhile, or of another store
        page, missed = events.newest(store), 1
    if page.place == place:
        return False

    def change(pipe: Any) -> bool:
        raw = pipe.hget(keys.WEBHOOKS, webhook_id)
        webhook = None if raw is None else webhooks.decode(raw)
        if webhook is None or webhook.state != webhooks.ACTIVE or pipe.hexists(keys.SETTINGS, nouns.IMPORTING):
            return False
        if pipe.hget(keys.webhook(webhook_id), "place") != place:
            return True
        due = pipe.zcard(keys.webhook_due(webhook_id))
        told = list(_told(pipe, webhook, page.events))
        room = max(0, MOST_WAITING - due)
        taken, lost = told[:room], missed + len(told[room:])
        clicked = _clicked(pipe, webhook, page.events)
        pipe.multi()
        pipe.hset(keys.webhook(webhook_id), "place", page.place)
        for number, delivery in enumerate(taken):
            # All are due, in this order.
            deliveries.queue(pipe, webhook_id, delivery, at=now - len(taken) + number)
        if lost:
            pipe.hincrby(keys.webhook(webhook_id), "missed", lost)
        for post_id, entry in clicked.items():
            count(pipe, webhook_id, post_id, entry, now=now)
        return len(page.events) == _AT_ONCE

    watched = (keys.WEBHOOKS, keys.SETTINGS, keys.webhook(webhook_id), keys.webhook_posts(webhook_id))
    return bool(store.transact(change, *watched))


def count(pipe: Any, webhook_id: str, post_id: str, entry: deliveries.Ledger, *, now: int) -> None:
    """Add to a transaction that the clicks of a post are to be told: by the delivery that waits, or else by another one."""
    if entry.waiting is None:
        made = Delivery(id=ids.new(), type=webhooks.CLICKS, created_at=now, post_id=post_id)
        # What came last may have been sent by a clock that was wrong, a day ahead.
        after = entry.sent_at + deliveries.SPACE if entry.sent_at <= now else now
        deliveries.queue(pipe, webhook_id, made, at=max(now, after))
        entry = replace(entry, waiting=made.id, fixed=False, again=False)
    elif entry.fixed:
        entry = replace(entry, again=True)
    else:
        return
    deliveries.keep(pipe, webhook_id, post_id, entry)


def _clicked(pipe: Any, webhook: Webhook, happened: Sequence[Event]) -> dict[str, deliveries.Ledger]:
    """The posts whose counts changed, which are watched from now on, each with what was told of it."""
    names = [each.post_id for each in happened if each.type == "rollup" and each.change in _COUNTED]
    names = list(dict.fromkeys(names)) if webhooks.CLICKS in webhook.events else []
    if not names:
        return {}
    pipe.watch(*map(keys.post, names))
    raws = pipe.hmget(keys.webhook_posts(webhook.id), names)
    there = pipe.mget(list(map(keys.post, names)))  # a page of links is no post, and one may be erased by now
    return {
        name: deliveries.ledger(raw) for name, raw, post in zip(names, raws, there, strict=True) if post is not None
    }


def _told(pipe: Any, webhook: Webhook, happened: Sequence[Event]) -> Iterator[Delivery]:
    """The deliveries of what happened but for clicks."""
    for event in happened:
        match event.type:
            case "conversion" if webhooks.CONVERSION in webhook.events and event.change in _REPORTED:
                yield from _made(webhooks.CONVERSION, event, _conversion(pipe, event))
            case "link" if webhooks.BROKEN in webhook.events and event.change in _STATES:
                yield from _made(webhooks.BROKEN, event, _link(pipe, event))


def _made(type_: str, event: Event, data: dict[str, Any] | None) -> Iterator[Delivery]:
    if data is not None:
        yield Delivery(id=ids.new(), type=type_, created_at=event.at, post_id=event.post_id, data=data)


def _conversion(pipe: Any, event: Event) -> dict[str, Any] | None:
    pipe.watch(keys.conversion(event.of))
    raw = pipe.get(keys.conversion(event.of))
    return None if raw is None else conversion_records.shown(conversion_records.decode(raw))


def _link(pipe: Any, event: Event) -> dict[str, Any] | None:
    pipe.watch(keys.link(event.of))
    raw = pipe.get(keys.link(event.of))
    link = None if raw is None else link_records.decode(raw)
    if link is None or link.state == "erased":
        return None
    raw = pipe.hget(keys.HEALTH, link.target)
    health = None if raw is None else target_visits.decode(raw)
    broken = event.change == "broken"
    # What is known may be newer than the event.
    agrees = health is not None and (health.broken_since is not None) == broken
    since = health.broken_since if health and agrees and broken else event.at
    return {
        "slug": link.slug,
        "post_id": event.post_id,
        "target": link.target,
        "state": _STATES[event.change],
        "since": times.rfc3339(since or event.at),
        "status": health.status if health and agrees else None,
        "error": health.error if health and agrees else None,
    }
