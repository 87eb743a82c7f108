"""Asking the workers for what cannot wait for the clock.

First of all for roll-ups: which shards have clicks that are not rolled up, and a job for them while that is so. By monotonic
time and by what the streams say: no flag can get stuck when a worker dies or a clock jumps.
"""

import logging
import time

import redis
from rq import Queue

from shortlinks import keys
from shortlinks.records import stream_ids
from shortlinks.rollups import rolling_up
from shortlinks.store import Store

OTHER_QUEUE = "default"
"""For jobs that may take long: counts do not wait for them."""
RECOUNT_JOB = "worker.jobs.recount"
IMPORT_JOB = "worker.jobs.import_links"
INSIGHTS_JOB = "worker.jobs.insights"
ASK_AGAIN_SECONDS = 0.5
_LOOKED_THROUGH = 20
_MOST_JOBS = 2 * len(keys.SHARDS)

log = logging.getLogger(__name__)


class Waker:
    """Knows the newest entry of each shard's stream that is not rolled up, and wakes the worker for it."""

    def __init__(self, store: Store, queue: Queue) -> None:
        self.store = store
        self.queue = queue
        self._behind: dict[str, str] = {}
        self._asked: dict[str, float] = {}
        self._away = False

    @property
    def idle(self) -> bool:
        """Whether nothing waits for its roll-up, as far as we know."""
        return not self._behind

    def shipped(self, shard: str, entry: str) -> None:
        """A shard's stream has a new entry."""
        self._behind[shard] = entry

    def look(self) -> None:
        """Read from the streams what waits: Redis may hold more, or less, than what we shipped."""
        pipe = self.store.redis.pipeline(transaction=False)
        for shard in keys.SHARDS:
            pipe.xrevrange(keys.clicks(shard), count=1)
        newest = zip(keys.SHARDS, pipe.execute(), strict=True)
        self._behind = {shard: entries[0][0].decode() for shard, entries in newest if entries}

    def ask(self, *, last: bool = False) -> None:
        """Ask for the roll-up of each shard that is behind, at once the first time and again while it stays behind.

        The `last` time all are asked for, because nobody will ask again.
        """
        if not self._behind:
            return
        shards = list(self._behind)
        pipe = self.store.redis.pipeline(transaction=False)
        for shard in shards:
            pipe.hget(keys.progress(shard), "cursor")
        now = time.monotonic()
        due: list[str] = []
        for shard, cursor in zip(shards, pipe.execute(), strict=True):
            if cursor and stream_ids.order(cursor.decode()) >= stream_ids.order(self._behind[shard]):
                del self._behind[shard]
            elif last or now - self._asked.get(shard, -ASK_AGAIN_SECONDS) >= ASK_AGAIN_SECONDS:
                due.append(shard)
        if due:
            self._asked.update(dict.fromkeys(due, now))
            self._enqueue(due, whatever_waits=last)

    def _enqueue(self, shards: list[str], *, whatever_waits: bool) -> None:
        try:
            if whatever_waits or self.queue.count < _MOST_JOBS:
                # One job for all of them: RQ's own work for a job costs as much as counting some hundred clicks.
                self.queue.enqueue(rolling_up.JOB, *shards, result_ttl=0, failure_ttl=3_600, job_timeout=300)
            self._away = False
        except redis.RedisError as error:
            # It may be a server of its own: shipping goes on, and the clicks wait in their streams.
            if not self._away:
                log.warning("nobody can be asked to roll up, clicks wait in Redis: %s", error)
            self._away = True


def recount(queue_store: Store) -> None:
    """Ask for what is to be counted again to be counted now; the clock asks every minute anyway. `queue_store` is where RQ lives.

    Raises redis.RedisError when nobody can be asked.
    """
    Queue(OTHER_QUEUE, connection=queue_store.redis).enqueue(
        RECOUNT_JOB, result_ttl=0, failure_ttl=3_600, job_timeout=6 * 3_600
    )


def import_links(queue_store: Store) -> None:
    """Ask for an import of links to go on now; the clock asks every minute anyway.

    Raises redis.RedisError when nobody can be asked.
    """
    Queue(OTHER_QUEUE, connection=queue_store.redis).enqueue(
        IMPORT_JOB, result_ttl=0, failure_ttl=3_600, job_timeout=3_600
    )


def insights(queue_store: Store) -> None:
    """Ask for the insights to be brought up to date now, unless somebody has; the clock asks every minute anyway.

    Raises redis.RedisError when nobody can be asked.
    """
    queue = Queue(OTHER_QUEUE, connection=queue_store.redis)
    if INSIGHTS_JOB not in (job.func_name for job in queue.get_jobs(0, _LOOKED_THROUGH)):
        queue.enqueue(INSIGHTS_JOB, result_ttl=0, failure_ttl=3_600, job_timeout=300)
