"""Believable clicks to measure with: real user agents, addresses from anywhere, the referrers of apps."""

import json
import random
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from shortlinks import keys, times
from shortlinks.clicks import clicks, visitors
from shortlinks.posts import posts
from shortlinks.store import Store

SAMPLE = [
    row["ua"] for row in json.loads((Path(__file__).parent.parent / "tests/data/user_agents.json").read_text("utf-8"))
]
TARGET = "https://shop.example/summer?utm_source=instagram"
BATCH = 250
_REFERRERS = (
    "",
    "",
    "https://l.instagram.com",
    "https://www.tiktok.com",
    "https://t.co",
    "android-app://com.twitter.android",
)
_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")


def agents(count: int) -> list[str]:
    """As many distinct user agents: the sample, then the sample with other build numbers."""
    made = dict.fromkeys(SAMPLE)
    for number in range(count):
        if len(made) >= count:
            break
        made[_LAST_NUMBER.sub(str(1_000 + number), SAMPLE[number % len(SAMPLE)], count=1)] = None
    return list(made)[:count]


def new_posts(store: Store, count: int, now: int) -> list[tuple[str, str]]:
    """Posts with a link each: (post id, slug)."""
    made = []
    for number in range(count):
        link = {"placement": "story_link_sticker", "target": TARGET}
        fields = {"platform": "instagram", "title": f"Story {number}", "kind": "story", "links": [link]}
        post, [hung] = posts.create(store, fields, now=now, own_hosts=frozenset())
        made.append((post.id, hung.slug))
    return made


def address(chance: random.Random) -> str:
    """An IPv4 address from anywhere."""
    return ".".join(str(chance.randrange(1, 224)) for _ in range(4))


def recorded(
    made: list[tuple[str, str]],
    count: int,
    of_agents: list[str],
    *,
    start: int,
    end: int,
    instants: int | None = None,
    seed: int = 1,
) -> Iterator[tuple[str, bytes]]:
    """Clicks in order of time as (post id, line), spread over the posts and evenly from `start` to `end` (milliseconds).

    With `instants` they come bundled, at so many different moments.
    """
    instants = instants or count
    chance = random.Random(seed)
    salt = chance.randbytes(32)
    for number in range(count):
        post_id, slug = chance.choice(made)
        agent = chance.choice(of_agents)
        at = start + (end - start) * (number * instants // count) // instants
        who = visitors.identify(address(chance), agent, salt)
        referrer = chance.choice(_REFERRERS)
        nonce = chance.randbytes(6).hex()
        yield post_id, clicks.line(f"{post_id}\t{slug}\t0", at, nonce, "GET", "", who, referrer, agent)


def queue(store: Store, lines: Iterable[tuple[str, bytes]], batch: int = BATCH) -> None:
    """Put clicks into the streams as the ship process does, in batches per shard."""
    lines = iter(lines)
    pipe = store.redis.pipeline(transaction=False)
    waiting: dict[str, list[bytes]] = {shard: [] for shard in keys.SHARDS}

    def flush(shard: str) -> None:
        held, waiting[shard] = waiting[shard], []
        if held:
            pipe.xadd(keys.clicks(shard), {"n": len(held), "b": b"\n".join(held)})

    while piece := list(islice(lines, 10_000)):
        for post_id, line in piece:
            shard = keys.shard(post_id)
            waiting[shard].append(line)
            if len(waiting[shard]) == batch:
                flush(shard)
        pipe.execute()
    for shard in keys.SHARDS:
        flush(shard)
    pipe.execute()


def last_days(now: int, days: int) -> tuple[int, int]:
    """Start and end of the last whole UTC days before today."""
    end = times.day_of(now) * times.DAY
    return end - days * times.DAY, end
