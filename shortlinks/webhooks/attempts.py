"""What is written before an attempt and after it: what a message says, so that it never changes, and what became of it."""

import json
from dataclasses import replace
from typing import Any

from shortlinks import keys, times
from shortlinks.posts import post_records
from shortlinks.rollups import rollups
from shortlinks.store import Store
from shortlinks.webhooks import deliveries, queueing, retrying, webhooks
from shortlinks.webhooks.deliveries import Delivery
from shortlinks.webhooks.retrying import Outcome
from shortlinks.webhooks.webhooks import Webhook

DELIVERED, FAILED, GIVEN_UP = "delivered", "failed", "given_up"
OUTCOMES = (DELIVERED, FAILED, GIVEN_UP)
"""What attempts are counted by. The last attempt of a delivery that is given up is one of FAILED, too."""


def begin(
    store: Store, webhook_id: str, delivery_id: str, *, lease: bytes, now: int
) -> tuple[Webhook, Delivery] | None:
    """What to send and to whom, from now on the same at each attempt. None where there is nothing to be sent (any more), or the
    `lease` is another's by now.
    """

    def change(pipe: Any) -> tuple[Webhook, Delivery] | None:
        hook = pipe.hget(keys.WEBHOOKS, webhook_id)
        known = pipe.hget(keys.webhook_deliveries(webhook_id), delivery_id)
        webhook = None if hook is None else webhooks.decode(hook)
        delivery = None if known is None else deliveries.decode(known)
        if webhook is None or webhook.state != webhooks.ACTIVE or pipe.get(keys.webhook_lease(webhook_id)) != lease:
            return None
        if delivery is None or delivery.state != deliveries.WAITING:
            return None
        if delivery.data is None:
            # Read while the webhook's place is watched: what is counted from then on is an event behind it, and told next.
            counts = rollups.totals(store, [delivery.post_id or ""])[0]
            delivery = _fix(pipe, webhook, delivery, (counts["human"], rollups.hits(counts)), now)
        return None if delivery is None else (webhook, delivery)

    watched = (keys.webhook(webhook_id), keys.webhook_deliveries(webhook_id), keys.webhook_posts(webhook_id))
    found: tuple[Webhook, Delivery] | None = store.transact(
        change, keys.WEBHOOKS, keys.webhook_lease(webhook_id), *watched
    )
    return found


def _fix(pipe: Any, webhook: Webhook, delivery: Delivery, totals: tuple[int, int], now: int) -> Delivery | None:
    """Add to a transaction what the clicks of a post come to by now. None where nothing has changed since they were told."""
    post_id = delivery.post_id or ""
    pipe.watch(keys.post(post_id))
    raw = pipe.get(keys.post(post_id))
    entry = deliveries.ledger(pipe.hget(keys.webhook_posts(webhook.id), post_id))
    pipe.multi()
    if raw is None or totals == entry.told:
        deliveries.drop(pipe, webhook.id, [delivery.id])
        deliveries.keep(pipe, webhook.id, post_id, replace(entry, waiting=None, fixed=False, again=False))
        if raw is None:
            pipe.hdel(keys.webhook_posts(webhook.id), post_id)
        return None
    data = {
        "post_id": post_id,
        "title": post_records.decode(raw).title,
        "human": totals[0] - entry.told[0],
        "hits": totals[1] - entry.told[1],
        "total": {"human": totals[0], "hits": totals[1]},
    }
    fixed = replace(delivery, created_at=now, data=data, told=entry.told, totals=totals)
    deliveries.put(pipe, webhook.id, fixed)
    deliveries.keep(pipe, webhook.id, post_id, replace(entry, waiting=delivery.id, fixed=True, again=False))
    return fixed


def message(delivery: Delivery) -> bytes:
    """The body of a delivery."""
    said = {"id": delivery.id, "type": delivery.type, "created_at": times.rfc3339(delivery.created_at)}
    return json.dumps({**said, "data": delivery.data}, ensure_ascii=False, separators=(",", ":")).encode()


def record(store: Store, webhook_id: str, delivery_id: str, outcome: Outcome, *, now: int) -> str | None:
    """Note how an attempt ended, and what follows. Returns why the webhook was switched off, if it was."""

    def change(pipe: Any) -> str | None:
        hook = pipe.hget(keys.WEBHOOKS, webhook_id)
        raw = pipe.hget(keys.webhook_deliveries(webhook_id), delivery_id)
        if hook is None or raw is None:  # erased meanwhile
            return None
        webhook, before = webhooks.decode(hook), deliveries.decode(raw)
        if before.state != deliveries.WAITING:  # another run came first
            return None
        failures, since = pipe.hmget(keys.webhook(webhook_id), "failures", "failing_since")
        post_id = before.post_id if before.type == webhooks.CLICKS and not before.settled else None
        entry = deliveries.ledger(pipe.hget(keys.webhook_posts(webhook_id), post_id)) if post_id else None
        waiting = pipe.zrange(keys.webhook_due(webhook_id), 0, -1)
        tried = replace(
            before,
            attempts=before.attempts + 1,
            status=outcome.status,
            error=outcome.error,
            duration=outcome.duration,
            tried_at=now,
        )
        pipe.multi()
        pipe.hset(keys.webhook(webhook_id), "last_status", outcome.status or 0)
        if outcome.error is None:
            _arrived(pipe, webhook_id, tried, waiting if int(failures or 0) >= retrying.OUTAGE else [], now)
            done, reason = True, None
        else:
            reason = retrying.switched_off(outcome, int(since or now), now)
            done = _failed(pipe, webhook_id, tried, outcome, int(failures or 0) + 1, now)
            if reason and webhook.state == webhooks.ACTIVE:
                webhooks.switch_off(pipe, webhook, reason, now=now)
        if done and entry and post_id and entry.waiting == delivery_id:
            told = tried.totals if outcome.error is None and tried.totals else entry.told
            after = deliveries.Ledger(told=told, sent_at=now)
            if entry.again:
                queueing.count(pipe, webhook_id, post_id, after, now=now)
            else:
                deliveries.keep(pipe, webhook_id, post_id, after)
        return reason

    watched = (keys.WEBHOOKS, keys.webhook(webhook_id), keys.webhook_deliveries(webhook_id))
    reason: str | None = store.transact(change, *watched, keys.webhook_posts(webhook_id))
    return reason


def sums(store: Store) -> dict[str, int]:
    """How many attempts to all webhooks ended in each of OUTCOMES."""
    found = store.redis.hmget(keys.WEBHOOK_SUMS, OUTCOMES)
    return {name: int(number or 0) for name, number in zip(OUTCOMES, found, strict=True)}


def _arrived(pipe: Any, webhook_id: str, tried: Delivery, waiting: list[bytes], now: int) -> None:
    pipe.hincrby(keys.WEBHOOK_SUMS, DELIVERED, 1)
    _done(pipe, webhook_id, replace(tried, state=deliveries.DELIVERED, settled=True), now)
    pipe.hset(keys.webhook(webhook_id), "last_success_at", now)
    pipe.hdel(keys.webhook(webhook_id), "failures", "failing_since", "quiet_until", "last_error")
    if others := [name for name in waiting if name.decode() != tried.id]:
        pipe.zadd(keys.webhook_due(webhook_id), dict.fromkeys(others, now), xx=True, lt=True)


def _failed(pipe: Any, webhook_id: str, tried: Delivery, outcome: Outcome, failures: int, now: int) -> bool:
    """Whether it is given up."""
    state = keys.webhook(webhook_id)
    pipe.hincrby(keys.WEBHOOK_SUMS, FAILED, 1)
    pipe.hsetnx(state, "failing_since", now)
    quiet = now + retrying.quiet_for(failures, outcome.retry_after)
    pipe.hset(state, mapping={"failures": failures, "last_error": outcome.error or "", "quiet_until": quiet})
    wait = retrying.again_in(tried.id, tried.attempts, outcome.retry_after)
    if wait is not None and outcome.status != retrying.GONE:
        deliveries.queue(pipe, webhook_id, tried, at=now + wait)
        return False
    pipe.hincrby(keys.WEBHOOK_SUMS, GIVEN_UP, 1)
    _done(pipe, webhook_id, replace(tried, state=deliveries.FAILED), now)
    return True


def _done(pipe: Any, webhook_id: str, delivery: Delivery, now: int) -> None:
    deliveries.put(pipe, webhook_id, delivery)
    pipe.zrem(keys.webhook_due(webhook_id), delivery.id)
    pipe.zadd(keys.webhook_done(webhook_id), {delivery.id: now})
