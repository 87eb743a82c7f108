"""Delivers to webhooks: all at the same time and one delivery each, so that none waits for another that is slow or dead.

A run goes on as long as there is something to be done soon. Two at once share the webhooks: each is served by who has its
lease, which goes with the time of Redis.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any, NamedTuple

from redis.exceptions import LockError

from shortlinks import keys, times
from shortlinks.errors import Invalid
from shortlinks.fetching.connecting import FetchError
from shortlinks.fetching.fetching import Fetcher
from shortlinks.store import Store
from shortlinks.webhooks import attempts, deliveries, queueing, retrying, signing, webhooks
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
# Longer than an attempt with its deadline takes; a run that was killed holds its webhooks up so long.
_LEASE_SECONDS = 30.0

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
    this, leases = Run(store, fetcher, address, clock), _Leases(store)
    busy: dict[str, Future[None]] = {}
    failures: dict[str, BaseException] = {}
    made, deadline = 0, time.monotonic() + seconds
    deliveries.forget(store, now=clock())
    with ThreadPoolExecutor(webhooks.MOST) as pool:
        try:
            while True:
                late, soon = time.monotonic() >= deadline, False
                for webhook in webhooks.list_(store):
                    if webhook.state != ACTIVE or webhook.id in {*busy, *failures} or not leases.have(webhook.id):
                        continue
                    found, at = _next(this, webhook)
                    if found and not late:
                        busy[webhook.id] = pool.submit(_attempt, this, webhook.id, found, leases.token(webhook.id))
                        made += 1
                    soon = soon or (at is not None and at <= clock() + linger)
                if not busy and (late or not soon):
                    break
                if busy:
                    wait(busy.values(), _TURN_SECONDS, FIRST_COMPLETED)
                else:
                    time.sleep(_TURN_SECONDS)
                for webhook_id in [name for name, each in busy.items() if each.done()]:
                    if error := busy.pop(webhook_id).exception():
                        failures[webhook_id] = error
        finally:
            wait(busy.values())
            leases.give_back()
    if failures:
        raise BaseExceptionGroup(f"{len(failures)} webhooks could not be served", list(failures.values()))
    return Ran(made, soon)


def _next(this: Run, webhook: Webhook) -> tuple[str | None, int | None]:
    """The delivery of a webhook that is due, if one is, and when it or the next one may be tried."""
    now = this.clock()
    while queueing.take(this.store, webhook.id, now=now):
        pass
    pipe = this.store.redis.pipeline(transaction=False)
    pipe.zrange(keys.webhook_due(webhook.id), 0, 0, withscores=True)
    pipe.hget(keys.webhook(webhook.id), "quiet_until")
    first, quiet_until = pipe.execute()
    if not first:
        return None, None
    ((name, due),) = first
    at = max(int(due), int(quiet_until or 0))
    return (name.decode() if at <= now else None), at


def _attempt(this: Run, webhook_id: str, delivery_id: str, lease: bytes) -> None:
    now = this.clock()
    begun = attempts.begin(this.store, webhook_id, delivery_id, lease=lease, now=now)
    if begun is None:
        return
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


class _Leases:
    """Which webhooks are this run's to serve."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._mine: dict[str, Any] = {}

    def have(self, webhook_id: str) -> bool:
        """Whether a webhook is ours, for a while longer from now on."""
        with suppress(LockError):
            if webhook_id in self._mine:
                return bool(self._mine[webhook_id].reacquire())
        lock = self._store.redis.lock(keys.webhook_lease(webhook_id), timeout=_LEASE_SECONDS, thread_local=False)
        if not lock.acquire(blocking=False):
            self._mine.pop(webhook_id, None)
            return False
        self._mine[webhook_id] = lock
        return True

    def token(self, webhook_id: str) -> bytes:
        """What stands in the lease while it is ours."""
        return bytes(self._mine[webhook_id].local.token)

    def give_back(self) -> None:
        """Let others serve them from now on."""
        for lock in self._mine.values():
            with suppress(LockError):
                lock.release()
