"""Taking down arrivals: each click once, by its id, and no longer than a day after the click.

A page may tell sooner than the click is rolled up. So what it tells is checked for what an id says by itself, and waits;
`arrival_counts` looks for the click among those that are kept, and one that there never was counts nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from shortlinks import keys, times
from shortlinks.arrivals.beacon import AGAIN, Refused
from shortlinks.clicks import click_ids
from shortlinks.links import link_records
from shortlinks.records import nouns
from shortlinks.store import Store

LATEST = times.DAY
"""How long after the click its arrival is believed, in milliseconds."""

_LONGER = 3
_ROWS = 500


def take(store: Store, text: str, *, now: int, kept_days: int) -> None:
    """Take down that the click with this id arrived. Single clicks are kept `kept_days`. Raises beacon.Refused."""
    if not text.strip():
        raise Refused("no_click")
    said = click_ids.parse(text)
    if said is None or said.rev is None or said.at > now + nouns.SKEW:
        raise Refused("click")
    if said.at < now - LATEST:
        raise Refused("late")
    raw = store.redis.get(keys.link(said.slug))
    link = None if raw is None else link_records.decode(raw)
    if link is None or said.rev > link.rev:
        raise Refused("click")
    if not link.click_id_param:
        raise Refused("link")
    post_id, day = link.history[said.rev].post_id, times.day_of(said.at)
    told = keys.arrived(post_id, day)
    with store.redis.pipeline(transaction=True) as pipe:
        pipe.sadd(told, said.id)
        pipe.expireat(told, (day + kept_days + _LONGER) * times.DAY // times.SECOND)
        pipe.hincrby(keys.arriving(keys.shard(post_id)), f"{post_id}|{day}", 1)
        fresh = pipe.execute()[0]
    if not fresh:
        raise Refused(AGAIN)


def told(store: Store, post_id: str, days: Sequence[int]) -> Iterator[dict[str, Any]]:
    """What an export holds of each of these UTC days of a post: the ids of clicks that arrived, some hundred at a time,
    `until` when they are kept (seconds), and whether they are `due` to be counted."""
    # Most posts have none: one question then, and not one a day.
    if not days or not store.redis.exists(*(keys.arrived(post_id, day) for day in days)):
        return
    for day in days:
        pipe = store.redis.pipeline(transaction=True)
        pipe.smembers(keys.arrived(post_id, day))
        pipe.expiretime(keys.arrived(post_id, day))
        pipe.hexists(keys.arriving(keys.shard(post_id)), f"{post_id}|{day}")
        members, until, due = pipe.execute()
        ids = sorted(name.decode() for name in members)
        for start in range(0, len(ids), _ROWS):
            yield {"day": day, "until": until, "due": bool(due), "ids": ids[start : start + _ROWS]}
