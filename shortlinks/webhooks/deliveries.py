"""Deliveries: one message to one webhook each, from when it is queued until it arrived or was given up, and a while longer.

The id of a delivery is that of its message: whatever is sent again has the same one. What a message says is fixed before it
is sent the first time. Of the clicks of a post at most one delivery is under way to a webhook at a time (see Ledger).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from shortlinks import ids, keys, times
from shortlinks.errors import Conflict, NotFound
from shortlinks.records import nouns
from shortlinks.store import Store
from shortlinks.webhooks import webhooks
from shortlinks.webhooks.webhooks import Webhook
from shortlinks.words.language import _

WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"
KEPT = 30 * times.DAY
MOST_DONE = 200
"""How many are remembered that arrived or were given up, and for how long."""
SPACE = 10 * times.SECOND
"""How long after the last delivery of a post's clicks the next one is sent, at the earliest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """`data` is what the message says; None for clicks that are not counted together yet, `totals` are theirs then, and `told`
    what they were the difference to (human, hits). `settled`: it arrived once, whatever becomes of its replay."""

    id: str
    type: str
    created_at: int
    post_id: str | None = None
    data: dict[str, Any] | None = None
    told: tuple[int, int] | None = None
    totals: tuple[int, int] | None = None
    state: str = WAITING
    attempts: int = 0
    status: int | None = None
    error: str | None = None
    duration: int | None = None
    tried_at: int | None = None
    settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What a webhook was told of a post's clicks: `told` (human, hits) is what arrived last. `waiting` is the delivery under
    way; once it is `fixed`, what is clicked then has to come in another one, `again`. `sent_at`: when the last one arrived."""

    told: tuple[int, int] = (0, 0)
    waiting: str | None = None
    fixed: bool = False
    again: bool = False
    sent_at: int = 0


class Standing(NamedTuple):
    """How a webhook stands. `missed` happened and was never told, but for clicks, which the next delivery of them tells."""

    failures: int
    last_success_at: int | None
    last_status: int | None
    last_error: str | None
    missed: int
    waiting: int


def decode(raw: bytes | str) -> Delivery:
    """The delivery in a stored record."""
    record = nouns.load(raw)
    return Delivery(**record | {name: _pair(record[name]) for name in ("told", "totals")})


def ledger(raw: bytes | str | None) -> Ledger:
    """What is stored of a post; None: nothing was told of it yet."""
    if raw is None:
        return Ledger()
    record = json.loads(raw)
    return Ledger(**record | {"told": tuple(record["told"])})


def standings(store: Store, of: Sequence[Webhook]) -> list[Standing]:
    """How each of these webhooks stands; read at once."""
    pipe = store.redis.pipeline(transaction=False)
    for each in of:
        pipe.hmget(keys.webhook(each.id), "failures", "last_success_at", "last_status", "last_error", "missed")
        pipe.zcard(keys.webhook_due(each.id))
    rows = pipe.execute()
    return [
        Standing(
            int(failures or 0), _whole(at), _whole(status), error.decode() if error else None, int(missed or 0), due
        )
        for (failures, at, status, error, missed), due in zip(rows[0::2], rows[1::2], strict=True)
    ]


def of_webhook(store: Store, webhook_id: str) -> list[tuple[Delivery, int | None]]:
    """What waits, was delivered and given up, newest first, each with when it is tried next. Raises NotFound."""
    webhooks.get(store, webhook_id)
    pipe = store.redis.pipeline(transaction=True)
    pipe.hvals(keys.webhook_deliveries(webhook_id))
    pipe.zrange(keys.webhook_due(webhook_id), 0, -1, withscores=True)
    raws, due = pipe.execute()
    next_at = {name.decode(): int(at) for name, at in due}
    found = sorted(map(decode, raws), key=place)
    return [(each, next_at.get(each.id)) for each in found]


def place(delivery: Delivery) -> tuple[int, str]:
    """By what `of_webhook` is in order."""
    return -delivery.created_at, delivery.id


def ping(store: Store, webhook_id: str, *, now: int) -> Delivery:
    """Queue a message to try a webhook with. Raises NotFound, and Conflict("state") for one that is switched off."""
    made = Delivery(id=ids.new(), type=webhooks.PING, created_at=now, data={})

    def change(pipe: Any) -> Delivery:
        _active(pipe, webhook_id)
        pipe.multi()
        queue(pipe, webhook_id, made, at=now)
        pipe.hdel(keys.webhook(webhook_id), "quiet_until")
        return made

    return nouns.commit(store, change, keys.WEBHOOKS)


def replay(store: Store, webhook_id: str, delivery_id: str, *, now: int) -> Delivery:
    """Send a delivery once more as it was, or now if it waits.

    Raises NotFound, and Conflict: the webhook is switched off (`state`), or clicks that were given up are told by another
    delivery, so that they would count twice (`delivery`).
    """

    def change(pipe: Any) -> Delivery:
        _active(pipe, webhook_id)
        found = _read(pipe, webhook_id, delivery_id)
        entry = ledger(pipe.hget(keys.webhook_posts(webhook_id), found.post_id)) if _owes(found) else None
        again = replace(found, state=WAITING, attempts=0)
        if entry and found.state == FAILED and (entry.waiting or entry.told != found.told):
            raise Conflict("delivery", _("is told by a later one, which these clicks are part of"))
        pipe.multi()
        queue(pipe, webhook_id, again, at=now)
        pipe.zrem(keys.webhook_done(webhook_id), delivery_id)
        pipe.hdel(keys.webhook(webhook_id), "quiet_until")
        if entry and found.state == FAILED:
            keep(pipe, webhook_id, found.post_id or "", replace(entry, waiting=found.id, fixed=True))
        return again

    watched = (keys.WEBHOOKS, keys.webhook_deliveries(webhook_id), keys.webhook_posts(webhook_id))
    return nouns.commit(store, change, *watched)


def queue(pipe: Any, webhook_id: str, delivery: Delivery, *, at: int) -> None:
    """Add to a transaction that a delivery waits to be tried at an instant."""
    put(pipe, webhook_id, delivery)
    pipe.zadd(keys.webhook_due(webhook_id), {delivery.id: at})


def told(store: Store, webhook_id: str) -> dict[str, tuple[int, int]]:
    """The counts (human, hits) of each post that arrived last at a webhook: what the next ones are the difference to."""
    found = {
        name.decode(): ledger(raw).told for name, raw in store.redis.hgetall(keys.webhook_posts(webhook_id)).items()
    }
    return {post_id: counts for post_id, counts in found.items() if counts != (0, 0)}


def put(pipe: Any, webhook_id: str, delivery: Delivery) -> None:
    """Add to a transaction what writes a delivery."""
    pipe.hset(keys.webhook_deliveries(webhook_id), delivery.id, nouns.dump(asdict(delivery)))


def keep(pipe: Any, webhook_id: str, post_id: str, entry: Ledger) -> None:
    """Add to a transaction what writes the ledger of a post."""
    pipe.hset(keys.webhook_posts(webhook_id), post_id, json.dumps(asdict(entry)))


def drop(pipe: Any, webhook_id: str, names: Iterable[str]) -> None:
    """Add to a transaction that deliveries are forgotten."""
    if gone := list(names):
        pipe.hdel(keys.webhook_deliveries(webhook_id), *gone)
        pipe.zrem(keys.webhook_due(webhook_id), *gone)
        pipe.zrem(keys.webhook_done(webhook_id), *gone)


def forget(store: Store, *, now: int) -> int:
    """Forget of each webhook what was done KEPT ago, and all that is done but the newest MOST_DONE. Returns how many."""
    gone = 0
    for webhook in webhooks.list_(store):

        def change(pipe: Any, webhook_id: str = webhook.id) -> int:
            done = keys.webhook_done(webhook_id)
            old = pipe.zrange(done, "-inf", now - KEPT, byscore=True)
            names = {name.decode() for name in (*old, *pipe.zrange(done, 0, -1 - MOST_DONE))}
            pipe.multi()
            drop(pipe, webhook_id, names)
            return len(names)

        gone += store.transact(change, keys.webhook_done(webhook.id))
    return gone


def erase(store: Store, post_id: str) -> None:
    """Forget what webhooks were told, or are to be told, of a post whose record is gone already."""
    for webhook in webhooks.list_(store):

        def change(pipe: Any, webhook_id: str = webhook.id) -> None:
            raws = pipe.hvals(keys.webhook_deliveries(webhook_id))
            own = [each.id for each in map(decode, raws) if each.post_id == post_id]
            pipe.multi()
            drop(pipe, webhook_id, own)
            pipe.hdel(keys.webhook_posts(webhook_id), post_id)

        store.transact(change, keys.webhook_deliveries(webhook.id))


def _active(pipe: Any, webhook_id: str) -> None:
    if webhooks.read(pipe, webhook_id).state != webhooks.ACTIVE:
        raise Conflict("state", _("must be active: nothing is sent to a webhook that is switched off"))


def _read(pipe: Any, webhook_id: str, delivery_id: str) -> Delivery:
    raw = pipe.hget(keys.webhook_deliveries(webhook_id), delivery_id)
    if raw is None:
        raise NotFound("delivery", delivery_id)
    return decode(raw)


def _owes(delivery: Delivery) -> bool:
    """Whether what was told of its post depends on this delivery."""
    return delivery.type == webhooks.CLICKS and not delivery.settled


def _pair(value: Any) -> tuple[int, int] | None:
    return None if value is None else (value[0], value[1])


def _whole(value: bytes | None) -> int | None:
    return int(value or 0) or None
