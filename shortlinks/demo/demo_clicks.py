"""The clicks of the demo: who came by a link because of a post, and when. They travel the way of all clicks."""

import dataclasses
import math
import random
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from shortlinks import keys, times
from shortlinks.clicks import classify, clicks
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.posts.posts import Post
from shortlinks.rollups import rolling_up
from shortlinks.store import Store

_DOUBLE_TAPS = 0.07
_QUIET_HOURS = range(1, 6)
_BATCH = 500
_JOURNAL = "demo"


@dataclass(frozen=True, slots=True)
class Tap:
    """A click to be: what the browser sent, and where. `person` says that one came, not for the second time in a row."""

    slug: str
    at: int
    agent: str
    origin: str = ""
    method: str = "GET"
    signals: str = ""
    visitor: str = ""
    person: bool = False


class Taps:
    """All clicks of the demo, by the agents and countries of its `plan`."""

    def __init__(self, plan: dict[str, Any], chance: random.Random) -> None:
        self._plan = plan
        self._random = chance
        self.all: list[Tap] = []

    def add(self, post: Post, slug: str, *, half_hours: float, human: int, seen: bool = True) -> None:
        """What comes to one link because of one post: the creator's test, `human` taps by people, some twice, and no people.

        Half of it comes within `half_hours`. Where the link is mere text (not `seen`) no program finds it either.
        """
        half = half_hours * times.HOUR
        tried = post.published_at + self._random.randrange(15, 180) * times.SECOND
        agent = self._plan["own"]["agent"]
        self.all.append(Tap(slug, tried, agent, signals=classify.SELF, visitor=self._visitor()))
        choices = self._plan["agents"][post.platform]
        weights = [choice["weight"] for choice in choices]
        for _ in range(human):
            at = self._moment(post.published_at, half)
            chosen = self._random.choices(choices, weights)[0]
            origin = chosen.get("origin", "")
            tap = Tap(slug, at, chosen["agent"], origin, visitor=self._visitor(), person=True)
            self.all.append(tap)
            if self._random.random() < _DOUBLE_TAPS:
                again = at + self._random.randrange(2, 40) * times.SECOND
                self.all.append(dataclasses.replace(tap, at=again, person=False))
        for kind in self._plan["others"]:
            for _ in range(kind["least"] * seen + round(kind["share"] * human)):
                self.all.append(
                    Tap(
                        slug,
                        self._moment(post.published_at, half / 2),
                        self._random.choice(kind["agents"]),
                        method=kind.get("method", "GET"),
                        signals=kind.get("signals", ""),
                        visitor=self._visitor(),
                    )
                )

    def people(self, start: int, end: int, slug: str | None = None) -> int:
        """How many people came from `start` to `end`, on one link or on all."""
        return sum(tap.person and start <= tap.at < end and slug in (None, tap.slug) for tap in self.all)

    def _moment(self, start: int, half: float) -> int:
        """A moment after `start`, half of them within `half` milliseconds, few at night."""
        while True:
            at = start + times.MINUTE + int(-half * math.log2(1 - self._random.random()))
            if at % times.DAY // times.HOUR not in _QUIET_HOURS or self._random.random() < 0.15:
                return at

    def _visitor(self) -> str:
        countries = self._plan["countries"]
        country = self._random.choices(list(countries), list(countries.values()))[0]
        return f"{self._random.getrandbits(72):018x}\t{self._random.getrandbits(48):012x}\t{country}"

    def send(self, store: Store, *, now: int) -> None:
        """Send those of the past the way of all clicks, and roll them up."""
        held: dict[str, Link] = {}
        batches: dict[str, list[bytes]] = defaultdict(list)
        for tap in sorted((tap for tap in self.all if tap.at < now), key=lambda tap: (tap.at, tap.slug)):
            link = held.get(tap.slug) or held.setdefault(tap.slug, links.get(store, tap.slug))
            turn = links.turn_at(link, tap.at)
            prefix = f"{turn.post_id}\t{link.slug}\t{link.history.index(turn)}"
            record = clicks.line(
                prefix, tap.at, _nonce(tap), tap.method, tap.signals, tap.visitor, tap.origin, tap.agent
            )
            batches[keys.shard(turn.post_id)].append(record)
        for shard, records in batches.items():
            for start in range(0, len(records), _BATCH):
                part = records[start : start + _BATCH]
                store.script("ship_clicks")(
                    keys=[keys.clicks(shard), keys.marks(shard), keys.progress(shard)],
                    args=[_JOURNAL, start, start + len(part), len(part), b"\n".join(part), 0],
                )
            store.redis.hdel(keys.marks(shard), _JOURNAL)
            rolling_up.roll_up(store, shard)


def _nonce(tap: Tap) -> str:
    return f"{random.Random(f'{tap.slug} {tap.at} {tap.visitor}').getrandbits(48):012x}"
