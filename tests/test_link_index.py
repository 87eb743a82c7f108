"""Links are found, and their clicks added up, by indexes that are written together with records and counts."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clicking import CRAWLER, NOW, OWN_HOSTS, PHONE, make_post, pour, record, roll_up_all

from shortlinks import keys, times
from shortlinks.backups import export, export_format, restore
from shortlinks.bio_pages import bio_page_rows, bio_pages
from shortlinks.clicks.neighbours import Limits
from shortlinks.links import link_search, links
from shortlinks.links.links import Link
from shortlinks.posts import post_index, posts
from shortlinks.rollups import link_sums, link_totals, recounting, recounts, rollups
from shortlinks.rollups.link_totals import LinkTotal
from shortlinks.store import Store

INDEX = (keys.LINKS_IN_USE, keys.LINKS_FOUND_BY, keys.LINKS_OUT_OF_USE)
OPENS = 3


def assert_true(store: Store) -> None:
    """All that the indexes say is what the records and the day sums say, each read for itself."""
    every = links.all_(store)
    active = [link for link in every if link.state == "active"]
    entries = link_search.in_use(store)
    assert [
        (int(at), slug.decode(), until.decode(), post_id.decode(), set(before.decode().split()), target.decode())
        for at, slug, until, post_id, before, target in entries
    ] == [
        (
            link.created_at,
            link.slug,
            "" if link.expires_at is None else str(link.expires_at),
            link.post_id,
            {turn.post_id for turn in link.history} - {link.post_id},
            link.target,
        )
        for link in active
    ]
    assert link_search.page(store, start=0, size=len(every) + 1) == (active, len(active))
    assert {slug.decode() for slug in store.redis.hkeys(keys.LINKS_OUT_OF_USE)} == {
        link.slug for link in every if link.state != "active"
    }
    hits, human = counted(store)
    totals = {link.slug: LinkTotal(hits[link.slug], human[link.slug]) for link in every}
    assert link_totals.of_links(store, every) == totals
    assert link_totals.of_entries(store, entries) == (
        [totals[link.slug].hits for link in active],
        [totals[link.slug].human for link in active],
    )
    assert link_totals.in_use(store) == (
        sum(totals[link.slug].hits for link in active),
        sum(totals[link.slug].human for link in active),
    )


def counted(store: Store) -> tuple[Counter[str], Counter[str]]:
    """All hits and clicks by people of each link, from the day sums of all posts."""
    hits: Counter[str] = Counter()
    human: Counter[str] = Counter()
    for post_id in store.redis.zrange(keys.POSTS, 0, -1):
        for (_day, slug, reason), number in rollups.days(store, post_id.decode()).items():
            if slug:
                hits[slug] += number
                human[slug] += number if reason == "human" else 0
    return hits, human


class Life:
    """What a creator and visitors do, drawn by chance."""

    def __init__(self, store: Store, seed: int, folder: Path) -> None:
        self.store = store
        self.chance = random.Random(seed)
        self.file = folder / "export"
        self.now = NOW
        self.page = bio_pages.put(store, self.make().profile_id, {"name": "ada"}, now=NOW).profile_id

    def step(self) -> None:
        self.now += self.chance.choice([0, 1, times.MINUTE])
        often = [self.click, self.click, self.click, self.change, self.change, self.make, self.hang, self.switch]
        self.chance.choice([*often, self.turn, self.turn, self.recount, self.purge, self.upgrade, self.restore])()

    def make(self) -> posts.Post:
        return make_post(self.store, *["bio_link", "story_link_sticker"][: self.chance.randint(0, 2)], now=self.now)[0]

    def hang(self) -> None:
        if self.chance.random() < 0.3:
            row = {"post_id": self.make().id, "target": self.target()}
            bio_page_rows.add(self.store, self.page, row, now=self.now, own_hosts=OWN_HOSTS)
        else:
            wish = {"placement": "bio_link", "target": self.target()}
            links.create(self.store, self.post(), wish, now=self.now, own_hosts=OWN_HOSTS)

    def change(self) -> None:
        self.update(
            self.chance.choice(
                [
                    {"target": self.target()},
                    {"expires_at": times.rfc3339(self.now + self.chance.randint(1, 9) * times.DAY)},
                    {"expires_at": None},
                    {"utm": {"source": "x"}},
                ]
            )
        )

    def switch(self) -> None:
        for link in self.chance.choices(self.there(), k=3):
            state = "disabled" if link.state == "active" else "active"
            links.update(self.store, link.slug, {"state": state}, now=self.now, own_hosts=OWN_HOSTS)

    def turn(self) -> None:
        self.update({"post_id": self.post()})

    def purge(self) -> None:
        if self.store.redis.zcard(keys.POSTS) > 2:
            posts.purge(self.store, self.post())

    def click(self) -> None:
        agents = [PHONE, PHONE, CRAWLER]
        made = []
        for link in self.chance.choices(self.there(), k=8):
            turn = self.chance.choice(link.history)
            agent, visitor = self.chance.choice(agents), self.chance.choice(["", "somebody", "somebody"])
            at = self.now - self.chance.randint(0, 2) * times.DAY
            made.append(record(turn.post_id, link.slug, at, agent=agent, visitor=visitor))
        made += [record(self.page, self.page, self.now, visitor="somebody") for _ in range(OPENS)]
        pour(self.store, made)
        roll_up_all(self.store)

    def recount(self) -> None:
        limits = Limits(repeat=self.chance.choice([0, 30 * times.SECOND]))
        for post_id in self.store.redis.zrange(keys.POSTS, 0, -1):
            recounting.recount(self.store, post_id.decode(), limits, now=self.now)
        recounting.recount(self.store, self.page, limits, now=self.now)

    def upgrade(self) -> None:
        """The store is one from before there were the indexes, but for what the first roll-ups of the new version add."""
        self.store.redis.delete(*INDEX)
        for shard in keys.SHARDS:
            self.store.redis.hdel(keys.progress(shard), link_sums.MARK)
            self.store.redis.delete(keys.link_hits(shard), keys.link_human(shard))
        self.chance.choice([self.click, self.recount, self.change, self.purge])()

    def restore(self) -> None:
        export.write(self.store, self.file, now=self.now)
        self.store.redis.flushall()
        # Somebody looks into the service while there is nothing in it.
        assert_true(self.store)
        restore.read(self.store, self.file)

    def post(self) -> str:
        """The id of a post."""
        return str(self.chance.choice(self.store.redis.zrange(keys.POSTS, 0, -1)).decode())

    def there(self) -> list[Link]:
        """The links that are not erased."""
        return [link for link in links.all_(self.store) if link.state != "erased"] or [self.fresh()]

    def fresh(self) -> Link:
        self.hang()
        return links.list_(self.store, limit=1)[0][0]

    def update(self, changes: dict[str, Any]) -> None:
        links.update(self.store, self.chance.choice(self.there()).slug, changes, now=self.now, own_hosts=OWN_HOSTS)

    def target(self) -> str:
        return f"https://shop.example/{self.chance.choice(['mug', 'Bowl', 'größe'])}"


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_the_indexes_say_what_the_records_say(
    store: Store, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that the counts of one post are several lines of an export.
    monkeypatch.setattr(export_format, "_FIELDS", 3)
    life = Life(store, seed, tmp_path)
    for number in range(60):
        life.step()
        if number % 4 == 3:
            assert_true(store)
    life.click()
    assert_true(store)
    # Whole indexes are believed, and not made anew with each question.
    for key in (keys.LINKS_IN_USE, *map(keys.link_human, keys.SHARDS)):
        store.redis.delete(key)
    assert link_search.count(store) == 0
    assert link_totals.in_use(store).human == 0


@pytest.mark.parametrize("index", ["links", "sums"])
def test_a_change_during_the_filling_is_in_the_index_afterwards(
    store: Store, monkeypatch: pytest.MonkeyPatch, index: str
) -> None:
    post, (link, other) = make_post(store, "bio_link", "story_link_sticker")
    pour(store, [record(post.id, each.slug) for each in (link, other)])
    roll_up_all(store)
    store.redis.delete(*INDEX, keys.link_hits(keys.shard(post.id)), keys.link_human(keys.shard(post.id)))
    store.redis.hdel(keys.progress(keys.shard(post.id)), link_sums.MARK)
    waiting = [True]
    transact = store.transact

    def meanwhile(change: Callable[[Any], Any], *watched: str) -> Any:
        def changed(pipe: Any) -> Any:
            result = change(pipe)
            if waiting and (keys.link(link.slug) if index == "links" else keys.days(post.id)) in watched:
                # Between what is read for the index and what is written.
                waiting.clear()
                links.update(store, link.slug, {"state": "disabled"}, now=NOW, own_hosts=OWN_HOSTS)
                pour(store, [record(post.id, each.slug) for each in (link, other)])
                roll_up_all(store)
            return result

        return transact(changed, *watched)

    monkeypatch.setattr(store, "transact", meanwhile)
    link_totals.in_use(store)
    assert not waiting
    assert_true(store)


def test_clicks_that_a_recount_took_from_people_before_there_were_sums_are_not_taken_twice(store: Store) -> None:
    post, (first, second) = make_post(store, "bio_link", "story_link_sticker")
    pour(store, [record(post.id, link.slug, NOW + number, net="one") for number, link in enumerate((first, second))])
    roll_up_all(store)
    shard = keys.shard(post.id)
    store.redis.delete(keys.link_hits(shard), keys.link_human(shard))
    recounting.recount(store, post.id, Limits(network=1), now=NOW)
    assert rollups.totals(store, [post.id])[0]["human"] == 1
    assert link_totals.of_links(store, [first, second]) == {
        first.slug: LinkTotal(1, 1),
        second.slug: LinkTotal(1, 0),
    }


def test_what_an_older_version_left_wrong_is_right_after_a_recount(store: Store) -> None:
    """It writes records and day sums, and leaves the indexes as they are."""
    post, (link,) = make_post(store, "bio_link")
    pour(store, [record(post.id, link.slug)])
    roll_up_all(store)
    assert_true(store)
    [(title, _made)] = post_index.search(store, posts.decode, post_index.wanted(words=post.title))
    sums = [key(keys.shard(post.id)) for key in (keys.link_hits, keys.link_human)]
    before = {key: store.redis.dump(key) for key in (keys.LINKS_IN_USE, keys.LINKS_FOUND_BY, keys.FOUND_BY, *sums)}
    links.update(store, link.slug, {"target": "https://new.example/"}, now=NOW, own_hosts=OWN_HOSTS)
    posts.update(store, post.id, {"title": "Better"}, now=NOW)
    pour(store, [record(post.id, link.slug, visitor="another")])
    roll_up_all(store)
    for key, value in before.items():
        store.redis.restore(key, 0, value, replace=True)
    recounts.begin(store, now=NOW)
    assert_true(store)
    while recounts.step(store, seconds=1):
        pass
    assert_true(store)
    assert [id_ for id_, _made in post_index.search(store, posts.decode, post_index.wanted(words="better"))] == [title]


def test_pages_of_links_in_use_tell_of_all(store: Store) -> None:
    made = [make_post(store, "bio_link", now=NOW + number // 2)[1][0] for number in range(7)]
    links.update(store, made[3].slug, {"state": "disabled"}, now=NOW, own_hosts=OWN_HOSTS)
    left = sorted(
        (link for link in made if link != made[3]), key=lambda link: (link.created_at, link.slug), reverse=True
    )
    assert link_search.page(store, start=0, size=4) == (left[:4], 6)
    assert link_search.page(store, start=4, size=4) == (left[4:], 6)
    assert link_search.page(store, start=8, size=4) == ([], 6)
    assert link_search.page(store, start=0, size=0) == ([], 6)
    assert link_search.count(store) == 6
