"""Which run delivers to which webhook: one at a time, also where the runs of several processes meet.

A lease names its run, and a run that lives says so every second. One that was killed falls silent, and who has heard nothing of
it for DEAD_SECONDS takes what it held. That is by the onlooker's own clock, which never jumps: nothing expires by Redis's.
"""

import time
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

import redis

from shortlinks import ids, keys
from shortlinks.store import Store

BEAT_SECONDS = 1.0
DEAD_SECONDS = 4.0
OURS, THEIRS, SILENT = "ours", "theirs", "silent"
"""Whose a webhook is: this run's, that of another one that lives, or of one of which it is not known yet whether it does."""
_DEAD = "dead"
_KEPT_SECONDS = 3_600


class Leases:
    """The leases of one run, given back at the end of the `with` block. `run` is what stands in them."""

    def __init__(self, store: Store) -> None:
        self.run = ids.new().encode()
        self._store = store
        self._held: set[str] = set()
        self._heard: dict[bytes, tuple[bytes | None, float]] = {}
        self._over = Event()
        self._living = Thread(target=self._live, name="webhook-leases", daemon=True)

    def __enter__(self) -> Self:
        self._beat()
        self._living.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._living.join()
        with suppress(redis.RedisError):  # then they are taken, as those of a run that was killed
            for webhook_id in self._held:
                self._swap(webhook_id, self.run, None)
            self._store.redis.delete(keys.webhook_run(self.run.decode()))

    def take(self, webhook_id: str) -> str:
        """Take the lease of a webhook if it is free or a dead run's. Returns OURS, THEIRS or SILENT."""
        holder = self._store.redis.set(keys.webhook_lease(webhook_id), self.run, nx=True, get=True)
        whose = OURS if holder in (None, self.run) else self._heard_of(holder)
        if whose == _DEAD:
            whose = OURS if self._swap(webhook_id, holder, self.run) else THEIRS
        (self._held.add if whose == OURS else self._held.discard)(webhook_id)
        return whose

    def _heard_of(self, run: bytes) -> str:
        """Whether another run has said that it lives since it was asked for last."""
        said, now = self._store.redis.get(keys.webhook_run(run.decode())), time.monotonic()
        before, since = self._heard.setdefault(run, (said, now))
        if said != before:
            self._heard[run] = said, now
            return THEIRS
        return _DEAD if now - since >= DEAD_SECONDS else SILENT

    def _swap(self, webhook_id: str, holder: bytes, other: bytes | None) -> bool:
        """Put another one, or nobody, into a lease. Returns False where it is not the holder's any more."""
        lease = keys.webhook_lease(webhook_id)

        def change(pipe: Any) -> bool:
            same = pipe.get(lease) == holder
            pipe.multi()
            if same and other is None:
                pipe.delete(lease)
            elif same:
                pipe.set(lease, other)
            return bool(same)

        return bool(self._store.transact(change, lease))

    def _beat(self) -> None:
        pipe = self._store.redis.pipeline(transaction=True)
        pipe.incr(keys.webhook_run(self.run.decode()))
        pipe.expire(keys.webhook_run(self.run.decode()), _KEPT_SECONDS)
        pipe.execute()

    def _live(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            with suppress(redis.RedisError):
                self._beat()
