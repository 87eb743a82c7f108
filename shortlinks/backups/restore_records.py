"""What each record of an export becomes in Redis. Reads nothing, so that it can be tried without a server."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from shortlinks import keys, times
from shortlinks.arrivals import spans
from shortlinks.backups import export_format
from shortlinks.backups.export_format import Record
from shortlinks.bio_pages import bio_page_records
from shortlinks.clicks import click_ids, clicks, selves
from shortlinks.clicks.selves import Mark
from shortlinks.experiments import experiment_records
from shortlinks.links import links, misses, target_visits
from shortlinks.owner import settings, tokens
from shortlinks.posts import post_records, shown
from shortlinks.profiles import profile_snapshots, profiles
from shortlinks.records import nouns
from shortlinks.rollups import rollups, tally
from shortlinks.sales import conversion_records, shops
from shortlinks.snapshots import polls, snapshots
from shortlinks.webhooks import deliveries, webhooks

Ship = Callable[[str, int, list[bytes]], None]
"""Puts waiting clicks into a shard's stream: shard, how many went there before, one line each."""


class Nowhere:
    """A pipe for which every command is as good as done: what a record turns into is tried without writing it."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None


class Writer:
    """Turns the records of a file, one after the other, into commands of `pipe`.

    `posts` are the ids of the posts and bio pages in the file, `made_at` (milliseconds) is when it was written.
    Raises ValueError, LookupError, TypeError or AttributeError for a record
    that is none.
    """

    def __init__(
        self, pipe: Any, posts: set[str] | frozenset[str], *, made_at: int, ship: Ship = lambda *_: None
    ) -> None:
        self._pipe = pipe
        self._posts = posts
        self._made_at = made_at
        self._ship = ship
        self._marks: Counter[str] = Counter()
        self._counted: Counter[str] = Counter()
        self._uncounted: dict[str, int] = {}
        # Bio pages, whose opens are no link's; and what a post's links come to as far as its day sums were read.
        self._pages: set[str] = set()
        self._links_of = ""
        self._of_links: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        # The kept clicks that make the next chunk of a post, and the stream id of its last one.
        self._kept_of = ""
        self._kept: list[str] = []
        self._chunk = (0, 0)
        self._kinds: dict[str, Callable[[Record], None]] = {
            "setting": self._setting,
            "token": self._token,
            "webhook": self._webhook,
            "self": self._self,
            "health": self._health,
            "shop_totals": self._shop_totals,
            "misses": self._misses,
            "uncounted": self._note_uncounted,
            "post": self._post,
            "bio_page": self._bio_page,
            "shown": self._shown,
            "snapshots": self._snapshots,
            "polls": self._polls,
            "conversions": self._conversions,
            "conversions_beside": self._conversions,
            "waiting": self._waiting,
            "counts": self._counts,
            "arrived": self._arrived,
            "measured": self._measured,
            "click": self._click,
            "pending": self._pending,
            "link": self._link,
            "profile": self._profile,
            "experiment": self._experiment,
            "profile_snapshots": self._profile_snapshots,
        }

    def take(self, record: Record) -> None:
        """Add the commands that write `record`."""
        if record["kind"] != "click":
            self.finish()
        self._kinds[record["kind"]](record)

    def finish(self) -> None:
        """Add the commands that write what is left of the last post's kept clicks."""
        self._seal()
        if self._kept:
            self._pipe.delete(keys.tail(self._kept_of))
            self._pipe.rpush(keys.tail(self._kept_of), *self._kept)
        self._kept_of, self._kept = "", []

    def progress(self) -> None:
        """Add the commands that set the shards' counters to what is here now."""
        for shard in keys.SHARDS:
            beside = self._uncounted if shard == keys.SHARDS[0] else {}
            done = self._counted[shard] + beside.get("rejected", 0) + beside.get("dropped", 0)
            self._pipe.hset(keys.progress(shard), mapping={"counted": self._counted[shard], "shipped": done, **beside})

    def _setting(self, record: Record) -> None:
        self._pipe.hset(keys.SETTINGS, record["name"], json.dumps(record["value"]))
        if record["name"] == settings.PASSWORD_HASH:
            self._pipe.hdel(keys.SETTINGS, settings.SETUP_CODE_HASH)

    def _token(self, record: Record) -> None:
        raw = _dump(record["record"])
        tokens.decode(raw)
        self._pipe.hset(keys.TOKENS, record["sha256"], raw)

    def _webhook(self, record: Record) -> None:
        webhook = webhooks.decode(_dump(record["record"]))
        webhooks.stage(self._pipe, webhook)
        for post_id, (human, hits) in record["told"].items():
            deliveries.keep(self._pipe, webhook.id, post_id, deliveries.Ledger(told=(int(human), int(hits))))

    def _self(self, record: Record) -> None:
        marks = [selves.check(Mark(**mark)) for mark in record["marks"]]
        (field,) = {selves.field(mark) for mark in marks}
        self._pipe.hset(keys.SELVES, field, selves.to_keep((mark.start, mark.end) for mark in marks))

    def _health(self, record: Record) -> None:
        health = target_visits.decode(json.dumps(record["record"]))
        target_visits.stage(self._pipe, health)

    def _shop_totals(self, record: Record) -> None:
        shops.stage(self._pipe, shops.decode(_dump(record["record"])))

    def _misses(self, record: Record) -> None:
        key = keys.misses(int(record["day"]))
        self._pipe.hset(key, mapping=_numbers(record["counts"]))
        self._pipe.expireat(key, (record["day"] + 1) * times.DAY // times.SECOND + misses.KEPT_SECONDS)

    def _note_uncounted(self, record: Record) -> None:
        self._uncounted = {name: int(record["counts"].get(name, 0)) for name in export_format.UNCOUNTED}

    def _profile(self, record: Record) -> None:
        profiles.stage(self._pipe, profiles.decode(json.dumps(record["record"])))

    def _profile_snapshots(self, record: Record) -> None:
        self._append(keys.profile_snapshots(record["profile"]), record, profile_snapshots.ProfileSnapshot)

    def _experiment(self, record: Record) -> None:
        experiment_records.restore(self._pipe, _dump(record["record"]))

    def _post(self, record: Record) -> None:
        post_records.stage(self._pipe, post_records.decode(json.dumps(record["record"])))

    def _bio_page(self, record: Record) -> None:
        page = bio_page_records.decode(_dump(record["record"]))
        bio_page_records.stage(self._pipe, page)
        self._pages.add(page.profile_id)

    def _shown(self, record: Record) -> None:
        shown.stage(self._pipe, self._known(record["post"]), record["token"])

    def _snapshots(self, record: Record) -> None:
        self._append(keys.snapshots(self._known(record["post"])), record, snapshots.Snapshot)

    def _polls(self, record: Record) -> None:
        self._append(keys.polls(self._known(record["post"])), record, polls.Poll)

    def _conversions(self, record: Record) -> None:
        post_id = self._known(record["post"])
        key = keys.post_conversions(post_id) if record["kind"] == "conversions" else keys.post_beside(post_id)
        self._append(key, record, conversion_records.Conversion)
        for each in record["records"]:
            conversion_records.index(self._pipe, conversion_records.decode(_dump(each)), _dump(each))

    def _waiting(self, record: Record) -> None:
        raw = _dump(record["record"])
        conversion_records.index(self._pipe, conversion_records.decode(raw), raw)

    def _append(self, key: str, record: Record, noun: type) -> None:
        """Put rows behind the `start` rows before them, also when they are there already."""
        for each in record["records"]:
            noun(**nouns.load(_dump(each)))
        if record["start"]:
            self._pipe.ltrim(key, 0, int(record["start"]) - 1)
        else:
            self._pipe.delete(key)
        self._pipe.rpush(key, *map(_dump, record["records"]))

    def _counts(self, record: Record) -> None:
        post_id, counts = self._known(record["post"]), record["counts"]
        self._pipe.hset(export_format.counts_key(post_id, record), mapping=_numbers(counts))
        if record["of"] == "total":
            self._counted[keys.shard(post_id)] += rollups.hits(counts)
        if record["of"] == "days" and post_id not in self._pages:
            self._links(post_id, counts)

    def _links(self, post_id: str, days: dict[str, int]) -> None:
        """Set the sums of a post's links to what its day sums come to, of which these are some more."""
        if post_id != self._links_of:
            self._links_of, self._of_links = post_id, (Counter(), Counter())
        shard = keys.shard(post_id)
        more = tally.by_link(post_id, {name: int(number) for name, number in days.items()})
        for key, sums, added in zip((keys.link_hits(shard), keys.link_human(shard)), self._of_links, more, strict=True):
            sums.update(added)
            if added:
                self._pipe.hset(key, mapping=_numbers({name: sums[name] for name in added}))

    def _arrived(self, record: Record) -> None:
        post_id, day = self._known(record["post"]), int(record["day"])
        if not all(map(click_ids.parse, record["ids"])):
            raise ValueError("no click id")
        key = keys.arrived(post_id, day)
        self._pipe.sadd(key, *record["ids"])
        self._pipe.expireat(key, int(record["until"]))
        if record["due"]:
            self._pipe.hset(keys.arriving(keys.shard(post_id)), f"{post_id}|{day}", 1)

    def _measured(self, record: Record) -> None:
        spans.check(record["name"], record["value"])
        self._pipe.hset(keys.MEASURED, record["name"], json.dumps(record["value"]))

    def _click(self, record: Record) -> None:
        post_id, line = self._known(record["post"]), record["line"]
        clicks.parse_kept(post_id, line)
        if post_id != self._kept_of:
            self.finish()
            self._kept_of, self._chunk = post_id, (0, 0)
        self._kept.append(line)
        if len(self._kept) == tally.CHUNK:
            self._seal()

    def _seal(self) -> None:
        # Named as of the file's own time, because an import that is repeated must give the same names.
        sealed, self._kept = tally.chunks(self._kept)
        for chunk in sealed:
            name, (at, sequence) = tally.named(chunk, self._made_at), self._chunk
            self._chunk = (name, 1) if name > at else (at, sequence + 1)
            self._pipe.xadd(keys.kept(self._kept_of), {"z": clicks.pack(chunk)}, id="{}-{}".format(*self._chunk))

    def _pending(self, record: Record) -> None:
        shards: dict[str, list[bytes]] = {}
        for line in record["lines"]:
            shards.setdefault(keys.shard(self._known(clicks.parse(line.encode()).post_id)), []).append(line.encode())
        for shard, lines in shards.items():
            self._ship(shard, self._marks[shard], lines)
            self._marks[shard] += len(lines)

    def _link(self, record: Record) -> None:
        link = links.decode(json.dumps(record["record"]))
        for turn in link.history:
            if turn.post_id in self._posts:
                self._pipe.zadd(keys.post_links(turn.post_id), {link.slug: turn.from_}, nx=True)
        links.stage(self._pipe, link)

    def _known(self, post_id: str) -> str:
        if post_id not in self._posts:
            raise ValueError(f"there is no post {post_id!r} before it")
        return post_id


def _dump(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _numbers(counts: dict[str, int]) -> dict[bytes, int]:
    return {field.encode("utf-8", "surrogateescape"): int(number) for field, number in counts.items()}
