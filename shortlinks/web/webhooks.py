"""Webhooks are told at once of what a request did."""

from contextlib import suppress

import redis

from shortlinks.web.services import services
from shortlinks.webhooks import waking


def wake() -> None:
    """Have what happened delivered now; where nobody can be asked it is within a minute."""
    here = services()
    with suppress(redis.RedisError):
        waking.wake(here.store, here.queue_store)
