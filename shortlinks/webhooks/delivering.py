"""Delivers to webhooks: all at the same time and one delivery each, so that none waits for another that is slow or dead.

A run goes on as long as there is something to be done soon. Two at once share the webhooks: each is served by who has its
lease. What was sent under an id must never be another message later, whatever Redis forgets in a power cut: so it is on the disk
before it is sent, and because that takes a moment, some messages to a webhook are written together, and then sent one by one.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import NamedTuple

from shortlinks import keys, times
from shortlinks.errors import Invalid
from shortlinks.fetching.connecting import FetchError
from shortlinks.fetching.fetching import Fetcher
from shortlinks.store import Store
from shortlinks.webhooks import attempts, deliveries, leases, queueing, retrying, signing, webhooks
from shortlinks.webhooks.deliveries import Delivery
from shortlinks.webhooks.retrying import Outcome
from shortlinks.webhooks.webhooks import ACTIVE, Address, Webhook

QUEUE = "webhooks"
JOB = "worker.jobs.send_webhooks"
RUN_SECONDS = 50.0
LINGER = 35 * times.SECOND
"""How long before something is due a run waits for it rather than leave it to the clock."""
READ_BYTES = 4 * 1024
"""So much of an answer is read, and nothing of it kept."""
_KIND = "application/json"
_TURN_SECONDS = 0.5
_TOGETHER = 50
"""So many messages to a webhook are written to the disk at once, before the first of them is sent."""

log = logging.getLogger(__name__)


class Ran(NamedTuple):
    """What a run did: attempts, and whether there is more to be done soon."""

    attempts: int
    more: bool


class Run(NamedTuple):
    """What a run works with. `address` checks once more that a webhook does not lead back here."""

    store: Store
    fetcher: Fetcher
    address: Address
    clock: Callable[[], int]


def run(
    store: Store,
    fetcher: Fetcher,
    address: Address,
    *,
    clock: Callable[[], int] = times.now,
    seconds: float = RUN_SECONDS,
    linger: int = LINGER,
) -> Ran:
    """Queue what happened and deliver what is due, for so many seconds at most, and while something is due within `linger`.

    Harmless when run twice at once. Raises redis.RedisError, and BaseExceptionGroup of what failed, once all others had their
    turn.
    """
    this = Run(store, fetcher, address, clock)
    busy: dict[str, Future[int]] = {}
    failures: dict[str, BaseException] = {}
    made, deadline = 0, time.monotonic() + seconds
    deliveries.forget(store, now=clock())
    with leases.Leases(store) as held, ThreadPoolExecutor(webhooks.MOST) as pool:
        while True:
            late, soon = time.monotonic() >= deadline, False
            for webhook in webhooks.list_(store):
                if webhook.state != ACTIVE or webhook.id in {*busy, *failures}:
                    continue
                whose = held.take(webhook.id)
                if whose != leases.OURS:
                    soon = soon or whose == leases.SILENT
                    continue
                found, at = _next(this, webhook)
                if found and not late:
                    busy[webhook.id] = pool.submit(_deliver, this, webhook.id, found, held.run, deadline)
                soon = soon or (at is not None and at <= clock() + linger)
            if not busy and (late or not soon):
                break
            if busy:
                wait(busy.values(), _TURN_SECONDS, FIRST_COMPLETED)
            else:
                time.sleep(_TURN_SECONDS)
            for webhook_id in [name for name, each in busy.items() if each.done()]:
                done = busy.pop(webhook_id)
                if error := done.exception():
                    failures[webhook_id] = error
                else:
                    made += done.result()
    if failures:
        raise BaseExceptionGroup(f"{len(failures)} webhooks could not be served", list(failures.values()))
    return Ran(made, soon)


def _next(this: Run, webhook: Webhook) -> tuple[list[str], int | None]:
    """The deliveries of a webhook that are due, some of them, and when the first or the next one may be tried."""
    now = this.clock()
    while queueing.take(this.store, webhook.id, now=now):
        pass
    pipe = this.store.redis.pipeline(transaction=False)
    pipe.zrange(keys.webhook_due(webhook.id), 0, _TOGETHER - 1, withscores=True)
    pipe.hmget(keys.webhook(webhook.id), "quiet_until", "failures")
    waiting, (quiet_until, failures) = pipe.execute()
    if not waiting:
        return [], None
    quiet = int(quiet_until or 0) if int(quiet_until or 0) <= now + retrying.LONGEST_ASKED else 0
    early = _by_a_wrong_clock(this.store, webhook.id, [name for name, at in waiting if at > now + deliveries.SPACE])
    due = [name.decode() for name, at in waiting if at <= now or name in early]
    at = max(now if early else int(waiting[0][1]), quiet)
    # Where the last one did not get through, what the others say is better left open.
    return (due[: 1 if failures else None] if at <= now else []), at


def _by_a_wrong_clock(store: Store, webhook_id: str, names: list[bytes]) -> set[bytes]:
    """Those of these that were never tried. They are due within moments, so the clock was ahead when they were queued."""
    raws = store.redis.hmget(keys.webhook_deliveries(webhook_id), names) if names else []
    return {name for name, raw in zip(names, raws, strict=True) if raw and not deliveries.decode(raw).attempts}


def _deliver(this: Run, webhook_id: str, names: list[str], run: bytes, deadline: float) -> int:
    """Deliver these one after another, until one does not arrive. Returns how many attempts that were."""
    begun = [attempts.begin(this.store, webhook_id, name, lease=run, now=this.clock()) for name in names]
    # What was tried before is on the disk already. If the disk has no time for it now, the next turn tries again.
    if any(each and not each[1].attempts for each in begun) and not this.store.settle():
        return 0
    made = 0
    for name, found in zip(names, begun, strict=True):
        arrived = _attempt(this, webhook_id, name, found and found[1], run)
        made += arrived is not None
        if arrived is False or time.monotonic() >= deadline:
            break
    return made


def _attempt(this: Run, webhook_id: str, delivery_id: str, settled: Delivery | None, run: bytes) -> bool | None:
    """Whether a delivery arrived; None where there is nothing to be sent any more, or it is not what is on the disk for certain:
    then Redis has lost that meanwhile, and the next turn begins with it.
    """
    now = this.clock()
    begun = attempts.begin(this.store, webhook_id, delivery_id, lease=run, now=now)
    if begun is None or begun[1] != settled:
        return None
    webhook, delivery = begun
    body = attempts.message(delivery)
    headers = signing.headers(webhook.secrets(now), delivery.id, now, body)
    began = time.monotonic()

    def taken() -> int:
        return round((time.monotonic() - began) * times.SECOND)

    try:
        this.address(webhook.url, "url")
        answer = this.fetcher.post(webhook.url, body, kind=_KIND, headers=headers, most=READ_BYTES)
        outcome = retrying.of_answer(answer.status, answer.headers, taken(), this.clock())
    except FetchError as error:
        outcome = Outcome(error=error.word, duration=taken())
    except Invalid:
        outcome = Outcome(error="refused", duration=taken())
    reason = attempts.record(this.store, webhook_id, delivery_id, outcome, now=this.clock())
    if reason:
        log.warning("a webhook was switched off", extra={"webhook": webhook_id, "reason": reason})
    return outcome.error is None
