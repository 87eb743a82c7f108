"""Asking the worker to tell webhooks at once what happened."""

from rq import Queue

from shortlinks.store import Store
from shortlinks.webhooks import delivering, webhooks


def wake(store: Store, queue_store: Store) -> None:
    """Ask for it, where there is a webhook and nobody has asked yet; the clock asks every minute anyway.

    `queue_store` is where RQ lives. Raises redis.RedisError when nobody can be asked.
    """
    if webhooks.any_(store):
        ask(Queue(delivering.QUEUE, connection=queue_store.redis))


def ask(queue: Queue) -> None:
    """Ask for it in the queue of deliveries, unless somebody has asked already."""
    if not queue.count:
        queue.enqueue(delivering.JOB, result_ttl=0, failure_ttl=3_600, job_timeout=300)
