"""Eight weeks of believable posts of an invented pottery, to look around in. What happened is in demo.toml.

Everything is made by the functions that the service itself uses, each called with a moment of the past as its `now`; the
clicks travel through streams and roll-up like any others (see `demo_clicks`), and numbers are typed in as apps show them (see
`demo_numbers`). Chance comes from a seeded generator, an experiment's arms too: the same at every filling apart from what
lies in the future at `now`.
"""

import dataclasses
import random
import tomllib
from importlib import resources

from shortlinks import ids, keys, times
from shortlinks.arrivals import arrival_counts, arrivals, beacon
from shortlinks.demo.demo_clicks import Taps
from shortlinks.demo.demo_numbers import Notebook, Row, followers
from shortlinks.errors import Conflict
from shortlinks.experiments import experiments
from shortlinks.links import links
from shortlinks.placements import placements
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profiles
from shortlinks.profiles.profiles import Profile
from shortlinks.rollups import kept_clicks
from shortlinks.sales import conversions
from shortlinks.store import Store

BIO_SLUG = "shop"
WEEKS = 8

_SEED = 20_261_122
_STORY = WEEKS * 7 * times.DAY
_NO_HOSTS: frozenset[str] = frozenset()
_ARRIVE, _ARRIVE_INSIDE = 0.98, 0.9
_KEPT_DAYS = 90
_WITH_CLICK_ID = {"click_id_param": "sl"}


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
        self.plan = tomllib.loads(resources.files("shortlinks.demo").joinpath("demo.toml").read_text("utf-8"))
        self.random = random.Random(_SEED)
        self.taps = Taps(self.plan, self.random)
        self.profiles: dict[str, tuple[Row, Profile]] = {}
        self.named: dict[str, Post] = {}
        self.made: list[tuple[Row, Post]] = []

    def fill(self) -> None:
        """Post by post, then the clicks, the orders that came of them, and at last what was noted of all of it."""
        for row in self.plan["profiles"]:
            self._profile(row)
        for row in sorted([*self.plan["experiments"], *self.plan["posts"]], key=self._at):
            if "question" in row:
                self._try(row)
            else:
                self._post(row)
        self.taps.send(self.store, now=self.now)
        self._arrive()
        self._order()
        notebook = Notebook(self.store, self.random, self.now)
        for row, post in self.made:
            notebook.post(row, post)
        for row, profile in self.profiles.values():
            notebook.profile(row, profile.id, self.made, self.taps, BIO_SLUG)
        notebook.shop(self.plan["shop"], self.made, self.taps)

    def _at(self, row: Row) -> int:
        midnight = times.day_of(self.now) * times.DAY
        return midnight - int(row["ago"] * times.DAY) + int(row["hour"] * times.HOUR)

    def _profile(self, row: Row) -> None:
        profile = profiles.create(
            self.store,
            platform=row["platform"],
            handle=row["handle"],
            kind=row["kind"],
            followers=followers(row, 1),
            shop=f"https://{self.plan['shop']['host']}",
            now=self.now - _STORY,
        )
        self.profiles[profile.platform] = row, profile

    def _try(self, row: Row) -> None:
        fields = {name: value for name, value in row.items() if name not in ("ago", "hour")}
        experiments.create(self.store, fields, now=self._at(row))

    def _post(self, row: Row) -> None:
        at = self._at(row)
        fields: Row = {name: row[name] for name in ("platform", "kind", "title", "tags", "notes") if name in row}
        fields["published_at"] = at
        fields["followers"] = followers(self.profiles[row["platform"]][0], 1 - (self.now - at) / _STORY)
        if "part_of" in row:
            fields["part_of"] = self.named[row["part_of"]].id
        if "siblings" in row:
            fields["siblings"] = [self.named[row["siblings"]].id]
        wishes = [
            {
                **_WITH_CLICK_ID,
                "placement": wish["placement"],
                "target": wish["target"],
                "slug": wish.get("slug") or self._slug(),
            }
            for wish in row.get("links", ())
        ]
        bio_is_new = "bio" in row and not any("bio" in earlier for earlier, _ in self.made)
        if bio_is_new:
            wishes.append({**_WITH_CLICK_ID, "placement": "bio_link", "target": row["bio"], "slug": BIO_SLUG})
        post, made = posts.create(
            self.store, fields | {"links": wishes}, now=at, own_hosts=_NO_HOSTS, chance=self.random.randrange
        )
        self.made.append((row, post))
        self.named[row.get("name", post.id)] = post
        if bio_is_new:
            profiles.update(self.store, post.profile_id, {"bio_slug": BIO_SLUG})
        elif "bio" in row:
            turned = {"post_id": post.id, "target": row["bio"]}
            links.update(self.store, BIO_SLUG, turned, now=at, own_hosts=_NO_HOSTS)
        for wish, link in zip(row.get("links", ()), made, strict=False):
            human = wish["human"] if post.experiment is None else wish["by_arm"][post.experiment.arm]
            clickable = placements.by_id(link.placement).clickable
            self.taps.add(post, link.slug, half_hours=row["half_hours"], human=human, seen=clickable)
        if "bio" in row:
            self.taps.add(post, BIO_SLUG, half_hours=row["half_hours"], human=row["bio_clicks"])

    def _slug(self) -> str:
        return "".join(self.random.choices(ids.ALPHABET, k=links.SHORTEST))

    def _arrive(self) -> None:
        """Most who tapped got to the shop, fewer of them inside an app, and the shop's pages told of it."""
        beacon.renew(self.store, now=self.now - _STORY)
        chance = random.Random(_SEED)
        for _row, post in self.made:
            people = [kept for kept in kept_clicks.stream(self.store, post.id) if kept.reason == "human"]
            for click in sorted(people, key=lambda kept: (kept.at, kept.nonce)):
                if chance.random() < (_ARRIVE_INSIDE if click.app else _ARRIVE):
                    arrivals.take(self.store, click.id, now=click.at, kept_days=_KEPT_DAYS)
        arrival_counts.count(self.store, now=self.now)

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
