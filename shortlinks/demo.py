"""Eight weeks of believable posts of an invented pottery, to look around in. What happened is in demo.toml.

Everything is made by the functions that the service itself uses, each called with a moment of the past as its `now`; the
clicks travel through streams and roll-up like any others. Numbers come from a seeded generator: the same at every filling
apart from what lies in the future at `now`.
"""

import dataclasses
import math
import random
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from importlib import resources
from typing import Any

from shortlinks import (
    classify,
    clicks,
    conversions,
    ids,
    kept_clicks,
    keys,
    links,
    placements,
    posts,
    profile_snapshots,
    profiles,
    rolling_up,
    snapshots,
    times,
)
from shortlinks.errors import Conflict
from shortlinks.links import Link
from shortlinks.posts import Post
from shortlinks.store import Store

BIO_SLUG = "shop"
WEEKS = 8


_SEED = 20_261_122
_WEEK = 7 * times.DAY
_LOOKS = (times.DAY, _WEEK, 2 * _WEEK)
_FIRST_LOOK = 3 * times.HOUR
_ALL_BUT_DONE = 0.998
_DOUBLE_TAPS = 0.07
_QUIET_HOURS = range(1, 6)
_BATCH = 500
_JOURNAL = "demo"
_NO_HOSTS: frozenset[str] = frozenset()

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Tap:
    """A click to be: what the browser sent, and where."""

    slug: str
    at: int
    agent: str
    origin: str = ""
    method: str = "GET"
    signals: str = ""
    visitor: str = ""


class _Unhurried(Store):
    """The same store, which does not wait for the disk after each of some hundred writes."""

    def settle(self) -> bool:
        return True


def fill(store: Store, *, now: int) -> None:
    """Fill an empty service with posts of the eight weeks before `now`. Raises Conflict("posts") when it is not empty."""
    if store.redis.exists(keys.POSTS, keys.LINKS, keys.PROFILES):
        raise Conflict("posts", "there are some already; the demo fills an empty service only")
    unhurried = _Unhurried(**{field.name: getattr(store, field.name) for field in dataclasses.fields(store)})
    _Demo(unhurried, now).fill()
    store.settle()


class _Demo:
    def __init__(self, store: Store, now: int) -> None:
        self.store = store
        self.now = now
        self.plan = tomllib.loads(resources.files("shortlinks").joinpath("demo.toml").read_text("utf-8"))
        self.random = random.Random(_SEED)
        self.named: dict[str, Post] = {}
        self.made: list[tuple[Row, Post]] = []
        self.taps: list[_Tap] = []

    def fill(self) -> None:
        """Post by post, then what was seen of each, then the clicks, then the orders that came of them."""
        began = self.now - WEEKS * _WEEK
        for row in self.plan["profiles"]:
            self._profile(row, began)
        for row in sorted(self.plan["posts"], key=self._published):
            self._post(row)
        for row, post in self.made:
            self._look(row, post)
        self._click()
        self._order()

    def _published(self, row: Row) -> int:
        midnight = times.day_of(self.now) * times.DAY
        return midnight - int(row["ago"] * times.DAY) + int(row["hour"] * times.HOUR)

    def _profile(self, row: Row, began: int) -> None:
        first, last = row["followers"]
        profile = profiles.create(
            self.store,
            platform=row["platform"],
            handle=row["handle"],
            kind=row["kind"],
            followers=last,
            shop="https://mossandkiln.example",
            now=began,
        )
        for week in range(WEEKS + 1):
            at = began + week * _WEEK
            seen = first + (last - first) * week // WEEKS
            profile_snapshots.add(self.store, profile.id, {"followers": seen}, now=at)

    def _post(self, row: Row) -> None:
        at = self._published(row)
        fields: Row = {name: row[name] for name in ("platform", "kind", "title", "tags", "notes") if name in row}
        fields["published_at"] = at
        if "part_of" in row:
            fields["part_of"] = self.named[row["part_of"]].id
        if "siblings" in row:
            fields["siblings"] = [self.named[row["siblings"]].id]
        wishes = [
            {"placement": wish["placement"], "target": wish["target"], "slug": wish.get("slug") or self._slug()}
            for wish in row.get("links", ())
        ]
        bio_is_new = "bio" in row and not any("bio" in earlier for earlier, _ in self.made)
        if bio_is_new:
            wishes.append({"placement": "bio_link", "target": row["bio"], "slug": BIO_SLUG, "click_id_param": "click"})
        post, made = posts.create(self.store, fields | {"links": wishes}, now=at, own_hosts=_NO_HOSTS)
        self.made.append((row, post))
        self.named[row.get("name", post.id)] = post
        if bio_is_new:
            profiles.update(self.store, post.profile_id, {"bio_slug": BIO_SLUG})
        elif "bio" in row:
            turned = {"post_id": post.id, "target": row["bio"]}
            links.update(self.store, BIO_SLUG, turned, now=at, own_hosts=_NO_HOSTS)
        for wish, link in zip(row.get("links", ()), made, strict=False):
            self._tap(row, post, link.slug, wish["human"], seen=placements.by_id(link.placement).clickable)
        if "bio" in row:
            self._tap(row, post, BIO_SLUG, row["bio_clicks"])

    def _slug(self) -> str:
        return "".join(self.random.choices(ids.ALPHABET, k=links.SHORTEST))

    def _look(self, row: Row, post: Post) -> None:
        """The creator types in what the app shows after a day, a week and two; of a young post after some hours."""
        ages = [age for age in _LOOKS if post.published_at + age <= self.now] or [_FIRST_LOOK]
        for age in ages:
            # Nobody looks on the minute.
            at = post.published_at + age + self.random.randrange(25) * times.MINUTE
            if at > self.now:
                continue
            part = 1 - 2 ** (-age / (row["half_hours"] * times.HOUR))
            part = 1 if part > _ALL_BUT_DONE else part
            seen = {
                "views": _as_shown(row["views"] * part),
                "likes": _as_shown(row["likes"] * part),
                "comments": _as_shown(row["likes"] * part / 24),
            }
            if "profile_visits" in row:
                seen["reach"] = _as_shown(row["views"] * part * 0.86)
                seen["saves"] = _as_shown(row["likes"] * part / 9)
                seen["profile_visits"] = _as_shown(row["profile_visits"] * part)
            snapshots.add(self.store, post, seen, now=at)

    def _tap(self, row: Row, post: Post, slug: str, human: int, seen: bool = True) -> None:
        """What comes to one link because of one post: the creator's test, `human` taps by people, some twice, and no people.

        Where it is mere text (not `seen`) no program finds it either.
        """
        half = row["half_hours"] * times.HOUR
        tried = post.published_at + self.random.randrange(15, 180) * times.SECOND
        agent = self.plan["own"]["agent"]
        self.taps.append(_Tap(slug, tried, agent, signals=classify.SELF, visitor=self._visitor()))
        choices = self.plan["agents"][row["platform"]]
        weights = [choice["weight"] for choice in choices]
        for _ in range(human):
            at = self._moment(post.published_at, half)
            chosen = self.random.choices(choices, weights)[0]
            tap = _Tap(slug, at, chosen["agent"], chosen.get("origin", ""), visitor=self._visitor())
            self.taps.append(tap)
            if self.random.random() < _DOUBLE_TAPS:
                again = at + self.random.randrange(2, 40) * times.SECOND
                self.taps.append(dataclasses.replace(tap, at=again))
        for kind in self.plan["others"]:
            for _ in range(kind["least"] * seen + round(kind["share"] * human)):
                self.taps.append(
                    _Tap(
                        slug,
                        self._moment(post.published_at, half / 2),
                        self.random.choice(kind["agents"]),
                        method=kind.get("method", "GET"),
                        signals=kind.get("signals", ""),
                        visitor=self._visitor(),
                    )
                )

    def _moment(self, start: int, half: float) -> int:
        """A moment after `start`, half of them within `half` milliseconds, few at night."""
        while True:
            at = start + times.MINUTE + int(-half * math.log2(1 - self.random.random()))
            if at % times.DAY // times.HOUR not in _QUIET_HOURS or self.random.random() < 0.15:
                return at

    def _visitor(self) -> str:
        countries = self.plan["countries"]
        country = self.random.choices(list(countries), list(countries.values()))[0]
        return f"{self.random.getrandbits(72):018x}\t{self.random.getrandbits(48):012x}\t{country}"

    def _click(self) -> None:
        """Send the taps of the past the way of all clicks, and roll them up."""
        held: dict[str, Link] = {}
        batches: dict[str, list[bytes]] = defaultdict(list)
        self.taps = sorted((tap for tap in self.taps if tap.at < self.now), key=lambda tap: (tap.at, tap.slug))
        for tap in self.taps:
            link = held.get(tap.slug) or held.setdefault(tap.slug, links.get(self.store, tap.slug))
            turn = links.turn_at(link, tap.at)
            prefix = f"{turn.post_id}\t{link.slug}\t{link.history.index(turn)}"
            record = clicks.line(
                prefix, tap.at, _nonce(tap), tap.method, tap.signals, tap.visitor, tap.origin, tap.agent
            )
            batches[keys.shard(turn.post_id)].append(record)
        for shard, records in batches.items():
            for start in range(0, len(records), _BATCH):
                part = records[start : start + _BATCH]
                self.store.script("ship_clicks")(
                    keys=[keys.clicks(shard), keys.marks(shard), keys.progress(shard)],
                    args=[_JOURNAL, start, start + len(part), len(part), b"\n".join(part), 0],
                )
            self.store.redis.hdel(keys.marks(shard), _JOURNAL)
            rolling_up.roll_up(self.store, shard)

    def _order(self) -> None:
        """Some who tapped bought something within two hours, and the shop told us by the click id."""
        found = []
        for row, post in self.made:
            people = [kept for kept in kept_clicks.stream(self.store, post.id) if kept.reason == "human"]
            people.sort(key=lambda kept: (kept.at, kept.nonce))
            for click in self.random.sample(people, min(len(people), row.get("orders", 0))):
                at = click.at + self.random.randrange(4, 120) * times.MINUTE
                found.append((at, click.id, 1_800 + 200 * self.random.randrange(40)))
        for number, (at, click_id, amount) in enumerate(sorted(found), 1041):
            if at <= self.now:
                report: Row = {"external_id": f"MK-{number}", "kind": "sale", "click_id": click_id}
                report |= {"amount_minor": amount, "currency": self.plan["currency"]}
                conversions.report(self.store, report, now=at)


def _nonce(tap: _Tap) -> str:
    return f"{random.Random(f'{tap.slug} {tap.at} {tap.visitor}').getrandbits(48):012x}"


def _as_shown(count: float) -> str:
    """A count as an app shows it: `9,412`, `12.4K`, `1.2M`."""
    for size, letter in ((1_000_000, "M"), (1_000, "K")):
        if count >= 10 * size or (count >= size and letter == "M"):
            return f"{count / size:.1f}{letter}"
    return f"{round(count):,}"
