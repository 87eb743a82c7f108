"""Rolling clicks up: from a shard's stream into counts and kept chunks, exactly once. `rollups` reads what was counted."""

import logging
from collections.abc import Mapping, Sequence

import redis

from shortlinks import keys, times
from shortlinks.clicks import neighbours, selves
from shortlinks.clicks.selves import Selves
from shortlinks.records import stream_ids
from shortlinks.rollups import steps, tally
from shortlinks.store import Store

QUEUE = "rollup"
JOB = "worker.jobs.roll_up"
BATCH_ENTRIES = 16

log = logging.getLogger(__name__)


def roll_up(store: Store, shard: str, limits: neighbours.Limits = neighbours.LIMITS) -> int:
    """Roll up everything that waits in `shard` and return how many clicks were counted.

    May be killed at any point and run twice or side by side: cursor and counts move together.
    """
    counted, more = 0, True
    while more:
        done, more = _roll_up_batch(store, shard, limits)
        counted += done
    return counted


def _roll_up_batch(store: Store, shard: str, limits: neighbours.Limits) -> tuple[int, bool]:
    """Commit one batch. Returns how many clicks it counted, and whether more may wait."""
    cursor, epoch = (
        value.decode() if value else "" for value in store.redis.hmget(keys.progress(shard), "cursor", "epoch")
    )
    entries = store.redis.xrange(keys.clicks(shard), min=f"({cursor}" if cursor else "-", count=BATCH_ENTRIES)
    if not entries:
        return 0, False
    recorded, rejected = [], 0
    for _, fields in entries:
        found, bad = tally.parse(fields.get(b"b", b""))
        recorded += found
        rejected += bad
    alive, posts, mine = _alive(store, {click.post_id for click in recorded})
    judged = tally.judge((click for click in recorded if click.post_id in alive), mine)
    batch = tally.count(judged, _recall(store, tally.wanted(judged, limits), limits), mine)
    last = entries[-1][0].decode()
    names, changes, arguments = steps.of_batch(batch, _due_tails(store, batch), now=times.now(), posts=posts)
    done, detail = store.script("commit_rollup")(
        keys=[keys.progress(shard), keys.clicks(shard), *names],
        args=[
            cursor,
            epoch,
            last,
            stream_ids.after(last),
            batch.counted,
            rejected,
            len(recorded) - batch.counted,
            changes,
            *arguments,
        ],
    )
    if not done:
        log.info("somebody else rolled up this batch", extra={"shard": shard})
        return 0, True
    if detail:
        log.error("counts failed on keys of a wrong type", extra={"shard": shard, "failed": detail})
    return batch.counted, len(entries) == BATCH_ENTRIES


def _alive(store: Store, post_ids: set[str]) -> tuple[frozenset[str], frozenset[str], Selves]:
    """Which of these posts and bio pages are still there, which of them are posts, and whose clicks are the creator's own."""
    asked = sorted(post_ids)
    pipe = store.redis.pipeline(transaction=False)
    for post_id in asked:
        # A key that is named twice counts twice, which tells a post from a bio page.
        pipe.exists(keys.post(post_id), *keys.counted(post_id))
    pipe.hgetall(keys.SELVES)
    *found, marks = pipe.execute(raise_on_error=False)
    for answer in found:
        if isinstance(answer, Exception):
            raise answer
    if isinstance(marks, redis.ResponseError):  # of a wrong type: nobody is marked, and clicks count
        log.error("the marks of own taps cannot be read", extra={"failed": str(marks)})
        marks = {}
    known = dict(zip(asked, found, strict=True))
    alive, posts = (frozenset(name for name in asked if known[name] >= least) for least in (1, 2))
    return alive, posts, selves.parse(marks)


def _recall(
    store: Store,
    wanted: Mapping[neighbours.Place, Sequence[str]],
    limits: neighbours.Limits,
) -> neighbours.Recent:
    """What is remembered of earlier clicks. A key of a wrong type holds nothing; the commit will count that."""
    pipe = store.redis.pipeline(transaction=False)
    for (post_id, slot), fields in wanted.items():
        pipe.hmget(keys.recent(post_id, slot), fields)
    known = {}
    for (place, fields), values in zip(wanted.items(), pipe.execute(raise_on_error=False), strict=True):
        if isinstance(values, list):
            known[place] = {
                field: value.decode() for field, value in zip(fields, values, strict=True) if value is not None
            }
        elif not isinstance(values, redis.ResponseError):
            raise values
    return neighbours.Recent(known, limits)


def _due_tails(store: Store, batch: tally.Tally) -> dict[str, list[str]]:
    """The tails that have become long enough to be sealed.

    The commit fails when one has changed since: other commits move the cursor, and who trims a tail raises the epoch.

    One of a wrong type is left to the script, which counts it and goes on.
    """
    pipe = store.redis.pipeline(transaction=False)
    for post_id in batch.posts:
        pipe.llen(keys.tail(post_id))
    lengths = pipe.execute(raise_on_error=False)
    due = [
        post_id
        for (post_id, post), length in zip(batch.posts.items(), lengths, strict=True)
        if isinstance(length, int) and length + len(post.lines) >= tally.SEAL_AT
    ]
    for post_id in due:
        pipe.lrange(keys.tail(post_id), 0, -1)
    return {post_id: [line.decode() for line in lines] for post_id, lines in zip(due, pipe.execute(), strict=True)}
