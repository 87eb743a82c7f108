"""RQ entry points: open the store, do the work, log one line, return a count. Each is harmless when run twice."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, wraps
from typing import ParamSpec

import redis
from rq.timeouts import BaseTimeoutException

from shortlinks import config, keys, times
from shortlinks import store as stores
from shortlinks.arrivals import arrival_counts
from shortlinks.clicks import neighbours, own_taps
from shortlinks.fetching import fetching
from shortlinks.insights import insight_reports
from shortlinks.link_imports import link_imports
from shortlinks.links import target_visits
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.records import events
from shortlinks.reminders import reminding
from shortlinks.rollups import recounting, recounts, retention, rolling_up
from shortlinks.running import job_times
from shortlinks.webhooks import delivering, waking, webhooks
from shortlinks.words import language

SLOW_SECONDS = 1.0
# At a time: other jobs wait for their turn meanwhile.
RECOUNT_SECONDS = 45.0
IMPORT_SECONDS = 45.0
_SLOW = {"send_webhooks": math.inf}
"""Jobs that are meant to wait."""
Arguments = ParamSpec("Arguments")

log = logging.getLogger(__name__)


def _timed(work: Callable[Arguments, int]) -> Callable[Arguments, int]:
    """A job that adds its time to the others', and says so when it took long."""

    @wraps(work)
    def job(*args: Arguments.args, **named: Arguments.kwargs) -> int:
        began, failed, done = time.perf_counter(), True, 0
        try:
            done = work(*args, **named)
            failed = False
        finally:
            seconds = time.perf_counter() - began
            with suppress(redis.RedisError):
                job_times.add(_store(), work.__name__, seconds, failed=failed)
            if seconds > _SLOW.get(work.__name__, SLOW_SECONDS):
                log.info(
                    "a job took long",
                    extra={
                        "job": work.__name__,
                        "shards": [arg for arg in args if arg in keys.SHARDS],
                        "done": done,
                        "seconds": seconds,
                    },
                )
        return done

    return job


@_timed
def roll_up(*shards: str) -> int:
    """Roll up what waits in these shards. Returns the clicks counted."""
    return _roll_up(shards)


@_timed
def catch_up() -> int:
    """Roll up what waits in any shard, and have webhooks told: for the case that nobody else asks for it.

    Returns the clicks counted.
    """
    try:
        return _roll_up(keys.SHARDS)
    finally:
        _tell_webhooks()


@_timed
def trim_clicks() -> int:
    """Forget single clicks older than the retention time; their counts stay. Returns how many posts were looked at.

    Whose clicks were the creator's own is forgotten when none of that day can be left.
    """
    days = _config().click_retention_days
    before = times.now() - days * times.DAY
    looked_at = retention.trim(_store(), before=before)
    own_taps.forget(_store(), before=before - retention.LONGER)
    log.info("trimmed old clicks", extra={"days": days, "posts": looked_at})
    return looked_at


@_timed
def sweep_marks() -> int:
    """Drop the marks of journals deleted days ago. Returns of how many."""
    return retention.sweep_marks(_store(), now=times.now())


@_timed
def forget_events() -> int:
    """Forget what happened more than a day ago. Returns how many streams of events were trimmed."""
    return events.forget(_store(), before=times.now() - times.DAY)


@_timed
def finish_purges() -> int:
    """Erase the clicks of posts whose purge was cut short. Returns how many there were."""
    finished = posts.finish_purges(_store())
    if finished:
        log.warning("finished purges that had been cut short", extra={"purges": finished})
    return finished


@_timed
def recount() -> int:
    """Count again what is to be: the days of visitors that were said to be the creator, then everything if somebody asked.

    Returns how many of these visitors and posts had their turn.
    """
    limits = neighbours.limits(_config().repeat_seconds)
    return recounting.of_all_asked(_store(), limits, now=times.now()) + recounts.step(_store(), seconds=RECOUNT_SECONDS)


@_timed
def import_links() -> int:
    """Go on bringing links from another service, if somebody asked for that. Returns how many pieces were done."""
    with language.speaking(settings.voice(_store())):
        return link_imports.step(
            _store(), fetching.of_service(_config()), own_hosts=_config().own_hosts, seconds=IMPORT_SECONDS
        )


@_timed
def visit_targets() -> int:
    """Look whether the targets of links work, those whose turn it is, and forget what no link leads to any more.

    Returns how many were visited; none where the settings say so.
    """
    target_visits.forget_unused(_store())
    if not _config().check_targets:
        return 0
    visited = target_visits.check_due(_store(), fetching.of_service(_config()), now=times.now())
    if visited:
        _tell_webhooks()
    return visited


@_timed
def insights() -> int:
    """Bring the answers over all posts up to date. Returns 1 if something had changed that they rest on."""
    return int(insight_reports.refresh(_store(), now=times.now(), timezone=_config().timezone))


@_timed
def remind() -> int:
    """Send the reminders whose time has come. Returns how many messages were sent; nothing is sent twice."""
    tz = settings.zone(_store(), _config().timezone)
    fetcher = fetching.of_service(_config())
    return reminding.send(_store(), fetcher, now=times.now(), tz=tz, base_url=_config().base_url)


@_timed
def send_webhooks() -> int:
    """Queue what webhooks are to be told and deliver what is due. Returns how many attempts were made."""
    config_ = _config()
    ran = delivering.run(_store(), fetching.of_service(config_), webhooks.address(config_))
    if ran.more:
        _tell_webhooks()
    return ran.attempts


@_timed
def count_arrivals() -> int:
    """Count the arrivals of clicks that pages told of, and of clicks that were counted again. Returns of how many days."""
    return arrival_counts.count(_store(), now=times.now())


@_timed
def rewrite_log() -> int:
    """Have the server rewrite its append-only file, so that salts and erased posts leave the disk. Returns 1 if it does."""
    started = retention.rewrite_log(_store(), now=times.now())
    log.info(
        "rewriting the append-only file" if started else "the server does not begin to rewrite its append-only file now"
    )
    return int(started)


def _roll_up(shards: Sequence[str]) -> int:
    """A shard that fails keeps no other from its turn. Raises ExceptionGroup of what failed, once all had theirs."""
    limits = neighbours.limits(_config().repeat_seconds)
    counted, failures = 0, []
    for shard in shards:
        try:
            counted += rolling_up.roll_up(_store(), shard, limits)
        except BaseTimeoutException:  # RQ's: the time of the whole job is up
            raise
        except Exception as error:
            error.add_note(f"in the roll-up of shard {shard}")
            failures.append(error)
    if counted:
        _tell_webhooks()
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(shards)} shards could not be rolled up", failures)
    return counted


def _tell_webhooks() -> None:
    with suppress(redis.RedisError):  # then they are told within a minute
        waking.wake(_store(), _queue_store())


@lru_cache(maxsize=1)
def _config() -> config.Config:
    return config.load_connected()


@lru_cache(maxsize=1)
def _store() -> stores.Store:
    # One answer may take longer here than in a web process: a batch is committed in one script.
    return stores.open_store(_config().redis_url or "", timeout=10.0)


@lru_cache(maxsize=1)
def _queue_store() -> stores.Store:
    queue_url = _config().queue_url
    return stores.open_store(queue_url) if queue_url and queue_url != _config().redis_url else _store()
