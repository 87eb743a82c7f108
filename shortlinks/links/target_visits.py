"""Visits to the targets of active links, and what they saw (see `target_health`), kept in Redis by target."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlsplit

from redis.exceptions import LockError

from shortlinks import keys
from shortlinks.fetching import connecting
from shortlinks.fetching.fetching import Fetcher
from shortlinks.links import links, target_health
from shortlinks.links.target_health import Health, Visit
from shortlinks.owner import settings
from shortlinks.posts import post_records, posts
from shortlinks.records import nouns
from shortlinks.store import Store

SECONDS = 45.0
"""For how long one run begins visits: other jobs wait for their turn meanwhile."""
MOST_OF_HOST = 10
"""How many visits a run pays to one host, one after the other."""
HEAD_SECONDS, GET_SECONDS = target_health.SLOW_SECONDS, 7.0
# Longer than a run with its last visit and its reading takes; one that was killed holds up the next so long.
_LOCK_SECONDS = 150.0
_AT_ONCE = 500
# What a firewall makes of every visit: it says nothing of a target before our server was answered by one.
_SILENCE = ("connect", "timeout")
_WHATEVER_METHOD = ("refused", "dns", "offline", "connect", "tls")


def of_targets(store: Store, targets: Iterable[str]) -> dict[str, Health]:
    """What is known of these targets, by target; those never visited are not in it."""
    wanted = list(dict.fromkeys(targets))
    raws = store.redis.hmget(keys.HEALTH, wanted) if wanted else []
    return {target: decode(raw) for target, raw in zip(wanted, raws, strict=True) if raw is not None}


def decode(raw: bytes | str) -> Health:
    """What a stored record says."""
    record = nouns.load(raw)
    record["spans"] = tuple((first, until) for first, until in record["spans"])
    return Health(**record)


def stage(pipe: Any, health: Health) -> None:
    """Add to a pipeline what writes `health`."""
    pipe.hset(keys.HEALTH, health.target, nouns.dump(asdict(health)))


def check_due(store: Store, fetcher: Fetcher, *, now: int, seconds: float = SECONDS) -> int:
    """Visit the targets of active links whose turn it is, those of the newest posts first, and return how many.

    It stops after `seconds`; what is left waits for the next run. Does nothing while another run is under way.
    """
    lock = store.redis.lock(keys.VISITING, timeout=_LOCK_SECONDS)
    if not lock.acquire(blocking=False):
        return 0
    try:
        return _check_due(store, fetcher, now, seconds)
    finally:
        with suppress(LockError):  # it took so long that the lock is another's by now
            lock.release()


def _check_due(store: Store, fetcher: Fetcher, now: int, seconds: float) -> int:
    began = time.monotonic()
    published, hung = _published(store, now)
    known = of_targets(store, published)
    due = [
        target
        for target in sorted(published, key=lambda target: (-published[target], target))
        if target_health.due_at(known.get(target), published[target]) <= now
    ]
    reached = any(health.status is not None or health.last_ok_at is not None for health in known.values())
    visited: Counter[str] = Counter()
    for target in due:
        if time.monotonic() - began > seconds:
            break
        host = urlsplit(target).hostname or ""
        if visited[host] < MOST_OF_HOST:
            seen = visit(fetcher, target, at=now)
            reached = reached or seen.status is not None
            if seen.error in _SILENCE and not reached:
                seen = replace(seen, error=target_health.OFFLINE)
            _keep(store, target_health.after(known.get(target), target, seen), hung[target], now)
            visited[host] += 1
    return visited.total()


def _keep(store: Store, health: Health, slugs: Iterable[str], now: int) -> None:
    """Write what was seen of a target, and tell of the links that lead there, among `slugs`, when it broke or was mended."""

    def change(pipe: Any) -> None:
        raw = pipe.hget(keys.HEALTH, health.target)
        before = None if raw is None else decode(raw)
        was_broken, is_broken = (each is not None and each.broken_since is not None for each in (before, health))
        touched = _leading(pipe, health.target, slugs, now) if was_broken != is_broken else []
        pipe.multi()
        stage(pipe, health)
        if _is_bad(before) or _is_bad(health):
            pipe.incr(keys.REVISION)
        for link in touched:
            links.tell(pipe, link, "broken" if is_broken else "mended")

    store.transact(change, keys.HEALTH)


def _leading(pipe: Any, target: str, slugs: Iterable[str], now: int) -> list[links.Link]:
    """The links that lead to the target and work now, from now on watched."""
    raws = post_records.watched(pipe, [keys.link(slug) for slug in slugs])
    found = map(links.decode, raws)
    return [link for link in found if link.target == target and links.state_at(link, now) == "active"]


def _is_bad(health: Health | None) -> bool:
    """Whether the target is known to be broken or slow, of which findings speak, and of how long it has been so."""
    return health is not None and (health.broken_since, health.slow_since) != (None, None)


def visit(fetcher: Fetcher, target: str, *, at: int) -> Visit:
    """Look whether `target` works: with HEAD, and with GET where that is refused, slow or answered oddly."""
    try:
        head = fetcher.fetch(target, method="HEAD", seconds=HEAD_SECONDS)
        if head.status < 400:
            return Visit(at=at, status=head.status, seconds=round(head.seconds, 3))
    except connecting.FetchError as error:
        if error.word in _WHATEVER_METHOD:
            return Visit(at=at, error=error.word)
    try:
        answer = fetcher.fetch(target, seconds=GET_SECONDS)
    except connecting.FetchError as error:
        return Visit(at=at, error=error.word)
    error_word = target_health.error_of(answer.status, answer.headers, answer.body.decode("latin-1"))
    return Visit(at=at, status=answer.status, seconds=round(answer.seconds, 3), error=error_word)


def forget_unused(store: Store) -> int:
    """Forget the targets to which no link leads or ever led, by what is left of its history. Returns how many."""
    known = {field.decode() for field in store.redis.hkeys(keys.HEALTH)}
    # In this order: an import writes what is known of targets before it writes links.
    if not known or settings.get(store, nouns.IMPORTING):
        return 0
    for link in _links(store):
        known -= {link.target, *(turn.target for turn in link.history)}
    return int(store.redis.hdel(keys.HEALTH, *known)) if known else 0


def _published(store: Store, now: int) -> tuple[dict[str, int], dict[str, list[str]]]:
    """The targets of the links that work now, each with when the newest post was out that it belongs to, and with their slugs."""
    found: dict[str, dict[str, None]] = {}
    hung: dict[str, list[str]] = {}
    for link in _links(store):
        if links.state_at(link, now) == "active":
            found.setdefault(link.post_id, {})[link.target] = None
            hung.setdefault(link.target, []).append(link.slug)
    published: dict[str, int] = {}
    names = list(found)
    for start in range(0, len(names), _AT_ONCE):
        raws = store.redis.mget([keys.post(name) for name in names[start : start + _AT_ONCE]])
        for post in (posts.decode(raw) for raw in raws if raw is not None):
            for target in found[post.id]:
                published[target] = max(published.get(target, 0), post.published_at)
    return published, hung


def _links(store: Store) -> Iterator[links.Link]:
    slugs = [slug.decode() for slug in store.redis.zrange(keys.LINKS, 0, -1)]
    for start in range(0, len(slugs), _AT_ONCE):
        raws = store.redis.mget([keys.link(slug) for slug in slugs[start : start + _AT_ONCE]])
        yield from (links.decode(raw) for raw in raws if raw is not None)
