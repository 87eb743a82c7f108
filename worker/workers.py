"""RQ's worker classes, with waits that fit a service whose Redis may be away for a moment."""

from contextlib import suppress
from typing import Any

import redis
from rq.worker import BaseWorker, SimpleWorker, Worker

# Loaded once, and not by each fork again.
import worker.jobs  # noqa: F401
from shortlinks.running import priority
from shortlinks.webhooks import waking

DEQUEUE_SECONDS = 2
"""How long a worker waits for a job before it asks again."""
PATIENCE_SECONDS = 3
"""And how much longer for the answer. RQ waits almost seven minutes altogether, which is how long counts would stand still
after a firewall has forgotten the connection: it stays open, and nothing comes through it any more."""


class _Patient(BaseWorker):
    """Works behind the redirects, and waits no longer than it must for a Redis that is away."""

    dequeue_timeout = DEQUEUE_SECONDS
    connection_timeout = DEQUEUE_SECONDS + PATIENCE_SECONDS

    def work(self, *args: Any, **named: Any) -> bool:
        """Work until told to stop."""
        priority.give_way()
        return bool(super().work(*args, **named))


class RollupWorker(_Patient, SimpleWorker):
    """Runs jobs in its own process: no fork, so the verdicts on agents it has met stay in memory.

    RQ waits up to a minute between attempts to reach Redis; after an outage clicks should show within seconds.
    """

    max_connection_wait_time = 1.0

    def work(self, *args: Any, **named: Any) -> bool:
        """Work until told to stop, once what reads agents is loaded."""
        from shortlinks.clicks import agents

        agents.load()
        return super().work(*args, **named)


class JobWorker(_Patient, Worker):
    """Runs each job in a fork, for everything that may take long or leak.

    Agents are read by a recount only, which loads what reads them itself.
    """

    max_connection_wait_time = 5.0


class WebhookWorker(_Patient, SimpleWorker):
    """Delivers to webhooks, in its own process, because a click is to be delivered within seconds. It waits for others most of
    the time, which nobody else should have to.
    """

    max_connection_wait_time = 5.0

    def work(self, *args: Any, **named: Any) -> bool:
        """Work until told to stop, at once on what one that was killed has left."""
        with suppress(redis.RedisError):  # then the clock asks for it
            waking.ask(self.queues[0])
        return super().work(*args, **named)
