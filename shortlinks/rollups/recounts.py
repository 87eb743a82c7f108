"""The re-count of everything: one post after the other, and resumed where it was cut off.

As a whole only its beginning and end are kept. What came of each post is noted by the step that put it in place, so nothing is
told twice. A post that fails keeps no other from its turn.
"""

import json
import logging
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import redis

from shortlinks import keys, times
from shortlinks.clicks import classify, neighbours
from shortlinks.clicks.neighbours import Limits
from shortlinks.errors import Unavailable
from shortlinks.links import link_index
from shortlinks.owner import settings
from shortlinks.posts import post_index
from shortlinks.records import nouns
from shortlinks.rollups import counted, link_sums, recounting
from shortlinks.store import Store
from shortlinks.words import wording
from shortlinks.words.language import _, ngettext

_POST = "post:"
_FAILED = "null"
_MOST_TRIES = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recount:
    """The last re-count of everything. Times are milliseconds, `finished` is None while it is under way.

    `version` is that of the rules, `repeat` the window of repeats (milliseconds). `done` of the `posts` had their turn; of
    those, `failed` could not be counted again. `clicks` were counted again, `left` days were left as they were, because not all
    of their clicks are kept any more. `moved` says how many clicks went from one reason to another.
    A bio page is one of the posts here.
    """

    run: str
    version: int
    repeat: int
    started: int
    finished: int | None
    posts: int
    done: int = 0
    failed: int = 0
    clicks: int = 0
    left: int = 0
    moved: Counter[tuple[str, str]] = field(default_factory=Counter)


def begin(store: Store, limits: Limits = neighbours.LIMITS, *, now: int) -> Recount:
    """Have everything counted again by today's rules within these limits, unless that is under way; `step` does the work.

    Indexes and sums that stand beside records and counts are made anew, too: an older version that ran meanwhile knows of none.
    Raises Unavailable while an import is under way.
    """

    def change(pipe: Any) -> bool:
        if pipe.hexists(keys.SETTINGS, nouns.IMPORTING):
            raise Unavailable(_("An import is under way here, or was cut off. Count again after it."))
        before, finished, version, repeat = pipe.hmget(keys.RECOUNT, "started", "finished", "version", "repeat")
        same = (version, repeat) == (b"%d" % classify.VERSION, b"%d" % limits.repeat)
        if before and not finished and same:
            pipe.multi()
            return False
        # Its name is greater than that of the one before.
        started = max(now, int(before or 0) + 1)
        posts = pipe.zcard(keys.POSTS) + pipe.zcard(keys.BIO_PAGES)
        pipe.multi()
        pipe.delete(keys.RECOUNT)
        begun = {
            "run": f"{started:013d}-{secrets.token_hex(4)}",
            "version": classify.VERSION,
            "repeat": limits.repeat,
            "started": started,
            "posts": posts,
        }
        pipe.hset(keys.RECOUNT, mapping=begun)
        post_index.drop(pipe)
        link_index.drop(pipe)
        return True

    if store.transact(change, keys.RECOUNT, keys.SETTINGS):
        link_sums.drop(store)
        for shard in keys.SHARDS:
            store.redis.unlink(keys.recounted(shard))
    found = last(store)
    assert found is not None
    return found


def step(store: Store, *, seconds: float) -> int:
    """Count posts again, the newest first: for about so long, but at least one.

    Returns how many had their turn; 0 when there is no more to do. May be killed, and run side by side. A post that cannot be
    counted again is logged and noted. Raises Unavailable while an import is under way.
    """
    found = last(store)
    if found is None or found.finished is not None:
        return 0
    if settings.get(store, nouns.IMPORTING):
        raise Unavailable(_("An import is under way here. The re-count goes on after it."))
    if found.version != classify.VERSION:  # begun before an upgrade
        found = begin(store, Limits(repeat=found.repeat), now=times.now())
    deadline, tried = time.monotonic() + seconds, 0
    noted = {name.removeprefix(_POST) for name, _outcome in _results(store, found.run)}
    for post_id in reversed(counted.ids(store)):
        if post_id in noted or _noted(store, post_id, found.run):
            continue
        if tried and time.monotonic() >= deadline:
            return tried
        tried += 1
        try:
            if _tries(store, post_id) > _MOST_TRIES:
                raise RuntimeError("it was begun again and again, and never came to its end")
            recounting.recount(store, post_id, Limits(repeat=found.repeat), now=times.now(), of=found.run)
        except (redis.ConnectionError, redis.TimeoutError, redis.OutOfMemoryError):
            raise
        except Exception as error:
            # Whatever it is about this post, the others have their turn.
            log.error("a post could not be counted again", extra={"post": post_id, "error": repr(error)})
            _note_failure(store, post_id, found.run)
    _finish(store, found.run)
    return tried


def last(store: Store) -> Recount | None:
    """The re-count that is under way, else the last there was, else None."""
    row = {name.decode(): value.decode() for name, value in store.redis.hgetall(keys.RECOUNT).items()}
    if not row:
        return None
    done = failed = clicks = left = 0
    moved: Counter[tuple[str, str]] = Counter()
    for name, value in _results(store, row["run"]):
        before, bar, after = name.partition("|")
        if bar:
            moved[before, after] += int(value)
        elif value == _FAILED:
            done, failed = done + 1, failed + 1
        else:
            of_clicks, of_days = json.loads(value)
            done, clicks, left = done + 1, clicks + of_clicks, left + of_days
    return Recount(
        run=row["run"],
        version=int(row["version"]),
        repeat=int(row["repeat"]),
        started=int(row["started"]),
        finished=int(row["finished"]) if "finished" in row else None,
        posts=max(int(row["posts"]), done),
        done=done,
        failed=failed,
        clicks=clicks,
        left=left,
        moved=moved,
    )


def sentences(found: Recount) -> list[str]:
    """What a re-count did, for people."""
    clicks, posts, version = (
        wording.plural(found.clicks, "click"),
        wording.plural(found.posts, "post"),
        str(found.version),
    )
    if found.repeat:
        told = [
            _(
                "{clicks} of {posts} counted again by the rules of version {version}, with repeats within {window}.",
                clicks=clicks,
                posts=posts,
                version=version,
                window=wording.plural(found.repeat // times.SECOND, "second"),
            )
        ]
    else:
        told = [
            _(
                "{clicks} of {posts} counted again by the rules of version {version}, without repeats.",
                clicks=clicks,
                posts=posts,
                version=version,
            )
        ]
    for (before, after), number in sorted(found.moved.items(), key=lambda pair: (-pair[1], pair[0])):
        told.append(
            ngettext(
                "{count} click went from {before} to {after}.",
                "{count} clicks went from {before} to {after}.",
                number,
                before=classify.name(before),
                after=classify.name(after),
            )
        )
    if not found.moved:
        told.append(_("No click has another reason now."))
    if found.left:
        told.append(
            ngettext(
                "{count} day left as counted before: not all of their clicks are kept any more.",
                "{count} days left as counted before: not all of their clicks are kept any more.",
                found.left,
            )
        )
    if found.failed:
        told.append(
            ngettext(
                "{count} post could not be counted again; the log says why.",
                "{count} posts could not be counted again; the log says why.",
                found.failed,
            )
        )
    return told


def _results(store: Store, run: str) -> Iterator[tuple[str, str]]:
    """What is noted of a re-count: `post:<id>` with its outcome, `<reason before>|<after>` with a number."""
    pipe = store.redis.pipeline(transaction=False)
    for shard in keys.SHARDS:
        pipe.hgetall(keys.recounted(shard))
    for row in pipe.execute(raise_on_error=False):
        if isinstance(row, redis.RedisError):
            log.error("what the re-count found cannot be read", extra={"failed": str(row)})
        elif row.pop(b"run", b"") == run.encode():
            yield from ((name.decode(), value.decode()) for name, value in row.items())


def _noted(store: Store, post_id: str, run: str) -> bool:
    """Whether a post had its turn, which somebody else may have given it just now."""
    of, done = store.redis.hmget(keys.recounted(keys.shard(post_id)), "run", f"{_POST}{post_id}")
    return bool(of == run.encode() and done)


def _tries(store: Store, post_id: str) -> int:
    """How many times in a row this post was begun, now included: it may take so much memory that the worker is killed."""

    def change(pipe: Any) -> int:
        same = pipe.hget(keys.RECOUNT, "at") == post_id.encode()
        tries = 1 + (int(pipe.hget(keys.RECOUNT, "tries")) if same else 0)
        pipe.multi()
        pipe.hset(keys.RECOUNT, mapping={"at": post_id, "tries": tries})
        return tries

    return int(store.transact(change, keys.RECOUNT))


def _note_failure(store: Store, post_id: str, run: str) -> None:
    key = keys.recounted(keys.shard(post_id))

    def change(pipe: Any) -> None:
        of = pipe.hget(key, "run") or b""
        pipe.multi()
        if of < run.encode():
            pipe.delete(key)
        if of <= run.encode():
            pipe.hset(key, "run", run)
            # Somebody beside us may have had more luck.
            pipe.hsetnx(key, f"{_POST}{post_id}", _FAILED)

    store.transact(change, key)


def _finish(store: Store, run: str) -> None:
    def change(pipe: Any) -> None:
        ours = pipe.hget(keys.RECOUNT, "run") == run.encode()
        pipe.multi()
        if ours:
            pipe.hset(keys.RECOUNT, "finished", times.now())

    store.transact(change, keys.RECOUNT)
