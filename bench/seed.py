"""Much of everything, quickly: written by the nouns themselves, but many at a time and without a wait for the disk."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

from bench import traffic
from shortlinks import ids, keys, times
from shortlinks.clicks import classify, clicks, visitors
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.posts import post_records, posts
from shortlinks.records import nouns
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

LINKS_A_POST = 3
_AT_ONCE = 500
_PEOPLE = 0.85
"""The share of clicks by people, as far as agents tell. Previews, crawlers and the rest share what is left."""


@lru_cache(maxsize=4)
def agents(count: int) -> list[str]:
    """So many distinct user agents, most of them people's."""
    reasons = {agent: classify.classify("GET", "", agent, "").reason for agent in traffic.agents(2 * count)}
    people = [agent for agent, reason in reasons.items() if reason == "human"][: int(count * _PEOPLE)]
    others = [agent for agent, reason in reasons.items() if reason != "human"]
    return people + others[: count - len(people)]


def add_posts(store: Store, count: int, now: int, *, links_each: int = 2) -> list[tuple[str, str]]:
    """Posts made since a year ago, with links and three snapshots each: (post id, first slug)."""
    post, link = _patterns(store, now)
    made = []
    pipe = store.redis.pipeline(transaction=False)
    for number in range(count):
        at = now - times.DAY * 365 + number * times.DAY * 365 // count
        one = replace(post, id=ids.new(), title=f"Reel number {number}", published_at=at, created_at=at)
        slugs = [ids.new(7) for _ in range(links_each)]
        post_records.stage(pipe, one)
        for slug in slugs:
            links.stage(pipe, _hung(link, slug, one.id, at))
        for taken in range(3):
            pipe.rpush(keys.snapshots(one.id), nouns.dump(asdict(_snapshot(one.id, at + taken * times.HOUR, taken))))
        made.append((one.id, slugs[0]))
        if number % _AT_ONCE == 0:
            pipe.execute()
    pipe.execute()
    return made


def add_links(store: Store, start: int, end: int, now: int) -> None:
    """The links called `slug(start)` to `slug(end - 1)`, LINKS_A_POST a post; but no posts, which no redirect asks for."""
    _, link = _patterns(store, now)
    pipe = store.redis.pipeline(transaction=False)
    post_id = ""
    for number in range(start, end):
        post_id = ids.new() if number % LINKS_A_POST == 0 or not post_id else post_id
        links.stage(pipe, _hung(link, slug(number), post_id, now))
        if number % _AT_ONCE == 0:
            pipe.execute()
    pipe.execute()


def slug(number: int) -> str:
    """The slug of one of `add_links`."""
    return f"{number:05x}"


def over_a_year(made: list[tuple[str, str]], each: int, of_agents: list[str], now: int) -> Iterator[tuple[str, bytes]]:
    """Clicks on posts that were all made a year ago, `each` a post, as (post id, line) in order of time.

    They come as they do: half of them within the first four days, then fewer and fewer. (1 + hours)^-1 is their density.
    """
    chance = random.Random(1)
    start, hours = now - 365 * times.DAY, 365 * 24
    at = sorted(
        (start + int(((1 + hours) ** chance.random() - 1) * times.HOUR), index)
        for index in range(len(made))
        for _ in range(each)
    )
    salt = chance.randbytes(32)
    for instant, index in at:
        post_id, own = made[index]
        agent = chance.choice(of_agents)
        who = visitors.identify(traffic.address(chance), agent, salt)
        nonce = chance.randbytes(6).hex()
        yield post_id, clicks.line(f"{post_id}\t{own}\t0", instant, nonce, "GET", "", who, "", agent)


@contextmanager
def hurried(store: Store) -> Iterator[None]:
    """Inside the `with` block no noun waits for the second in which the server writes to its disk."""
    usual = store.redis.config_get("appendfsync")["appendfsync"]
    store.redis.config_set("appendfsync", "always")
    yield
    store.redis.config_set("appendfsync", usual)


def _patterns(store: Store, now: int) -> tuple[posts.Post, Link]:
    """A post and a link as the service makes them, to be copied."""
    hung = {"placement": "bio_link", "target": traffic.TARGET}
    fields = {"platform": "instagram", "title": "The pattern", "tags": ["sale", "autumn"], "links": [hung]}
    with hurried(store):
        post, [link] = posts.create(store, fields, now=now, own_hosts=frozenset())
    return post, link


def _hung(link: Link, own: str, post_id: str, at: int) -> Link:
    return replace(link, slug=own, post_id=post_id, created_at=at, history=(links.Turn(at, post_id, link.target),))


def _snapshot(post_id: str, at: int, taken: int) -> snapshots.Snapshot:
    counts: dict[str, Any] = dict.fromkeys(snapshots.NUMBERS)
    counts |= {"views": 1_000 * (taken + 1), "likes": 80 * (taken + 1)}
    return snapshots.Snapshot(
        id=ids.new(), post_id=post_id, taken_at=at, precision={"views": 50}, source="typed", **counts
    )
