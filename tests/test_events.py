"""Events: each change is told once, in the step that makes it, and whoever reads on misses nothing and meets nothing twice."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from zoneinfo import ZoneInfo

import bad_moments
import pytest
import redis
from clicking import (
    CRAWLER,
    NOW,
    OWN_HOSTS,
    PHONE,
    asked,
    make_post,
    make_post_in,
    own_server,
    pour,
    record,
    roll_up_all,
)

from shortlinks import keys, times
from shortlinks import store as stores
from shortlinks.bio_pages import bio_page_rows, bio_pages
from shortlinks.clicks import classify
from shortlinks.clicks.classify import Verdict
from shortlinks.errors import Invalid, Missed
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profiles
from shortlinks.records import events
from shortlinks.records.events import Event
from shortlinks.rollups import recounting, rolling_up, rollups
from shortlinks.sales import conversions
from shortlinks.snapshots import import_plans, snapshot_imports, snapshots
from shortlinks.store import Store

SALE = {"external_id": "order 1", "kind": "sale"}
LONG_AFTER = 1 << 45


def said(found: list[Event]) -> list[tuple[str, str, str]]:
    return [(event.type, event.change, event.of) for event in found]


def since(store: Store, place: bytes | None) -> list[Event]:
    return events.since(store, place, limit=10_000).events


def told_by(store: Store, change: Callable[[], Any]) -> list[tuple[str, str, str]]:
    """What a change is told as."""
    place = events.newest(store).place
    change()
    return said(since(store, place))


def walk(store: Store, place: bytes | None, limit: int) -> Iterator[Event]:
    while (page := events.since(store, place, limit=limit)).events:
        yield from page.events
        place = page.place
    assert page.place == (place or page.place)


def turn(store: Store, link: Link, **changes: Any) -> Link:
    return links.update(store, link.slug, changes, now=NOW, own_hosts=OWN_HOSTS)


def edit(store: Store, post: Post, **changes: Any) -> Post:
    return posts.update(store, post.id, changes, now=NOW)


def report(store: Store, link: Link, **fields: Any) -> Any:
    return conversions.report(store, {**SALE, "slug": link.slug, **fields}, now=NOW)


class TestNouns:
    def test_a_post_is_made_with_its_links_changed_archived_and_erased(self, store: Store) -> None:
        post, (bio, story) = make_post(store, "bio_link", "story_link_sticker")
        assert said(since(store, None)) == [
            ("post", "made", ""),
            ("link", "made", bio.slug),
            ("link", "made", story.slug),
        ]
        assert told_by(store, lambda: edit(store, post, title="B")) == [("post", "changed", "")]
        assert told_by(store, lambda: edit(store, post, title="B")) == []
        assert told_by(store, lambda: edit(store, post, archived=True)) == [("post", "archived", "")]
        assert told_by(store, lambda: edit(store, post, archived=False)) == [("post", "changed", "")]
        assert {event.post_id for event in since(store, None)} == {post.id}
        sibling, _ = make_post(store, siblings=[post.id], platform="tiktok")
        found = [(event.change, event.post_id) for event in since(store, None)[-2:]]
        assert found == [("made", sibling.id), ("changed", post.id)]

    def test_a_link_is_turned_changed_and_ended(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        other, _ = make_post(store)
        later = times.rfc3339(NOW + times.HOUR)
        assert told_by(store, lambda: turn(store, link, post_id=other.id)) == [("link", "turned", link.slug)]
        assert since(store, None)[-1].post_id == other.id
        assert told_by(store, lambda: turn(store, link, target="https://shop.example/")) == [
            ("link", "turned", link.slug)
        ]
        assert told_by(store, lambda: turn(store, link, target="https://shop.example/")) == []
        assert told_by(store, lambda: turn(store, link, expires_at=later)) == [("link", "changed", link.slug)]
        assert told_by(store, lambda: turn(store, link, state="disabled")) == [("link", "ended", link.slug)]
        assert told_by(store, lambda: turn(store, link, coupon="MUG10")) == [("link", "changed", link.slug)]
        assert told_by(store, lambda: turn(store, link, state="active")) == [("link", "changed", link.slug)]
        added = links.create(
            store, post.id, {"placement": "bio_link", "target": "https://a.example/"}, now=NOW, own_hosts=OWN_HOSTS
        )
        assert said(since(store, None))[-1] == ("link", "made", added.slug)
        profile = profiles.get(store, post.profile_id)
        bio_pages.put(store, profile.id, {"name": "ada"}, now=NOW)
        wish = {"post_id": post.id, "slug": "row"}
        place = events.newest(store).place
        bio_page_rows.add(store, profile.id, wish, now=NOW, own_hosts=OWN_HOSTS)
        assert said(since(store, place)) == [("link", "made", "row")]

    def test_a_conversion_is_told_by_what_it_is_to_its_post(self, store: Store) -> None:
        _, (link,) = make_post(store, "bio_link")
        money = {"amount_minor": 900, "currency": "EUR"}
        back = {
            "external_id": "back 1",
            "kind": "refund",
            "refunds": "order 1",
            "amount_minor": -900,
            "currency": "EUR",
        }
        assert told_by(store, lambda: report(store, link, **back)) == [], "it waits, and is no post's"
        came = [("conversion", "created", "order 1"), ("conversion", "refunded", "back 1")]
        assert told_by(store, lambda: report(store, link, **money)) == came
        assert told_by(store, lambda: report(store, link, **money)) == []
        pixel = {**SALE, "external_id": "seen", "slug": link.slug}
        seen = [("conversion", "beside", "seen")]
        assert told_by(store, lambda: conversions.report(store, pixel, now=NOW, source=conversions.PIXEL)) == seen
        assert told_by(store, lambda: conversions.report(store, pixel, now=NOW)) == [("conversion", "created", "seen")]
        typed = {**SALE, "external_id": "typed", "slug": link.slug}
        conversions.report(store, typed, now=NOW, source="typed")
        gone = [("conversion", "removed", "typed")]
        assert told_by(store, lambda: conversions.remove(store, link.post_id, "typed")) == gone

    def test_each_snapshot_is_told(self, store: Store) -> None:
        post, _ = make_post(store, permalink="https://www.instagram.com/reel/C8aB3xyNq0T/")
        snapshot = snapshots.add(store, post, {"views": 400}, now=NOW)
        assert said(since(store, None))[-1] == ("snapshot", "added", snapshot.id)
        named = "https://www.instagram.com/reel/C8bK2vwMp1R/"
        rows = (
            "Post ID,Account ID,Description,Publish time,Permalink,Date,Views,Likes\n"
            f"1,2,A,,{post.permalink},Lifetime,12600,940\n3,2,B,,{named},Lifetime,500,9\n"
        )
        plan = import_plans.read(store, rows.encode(), now=NOW, tz=ZoneInfo("Europe/Berlin"))
        found = told_by(store, lambda: snapshot_imports.take(store, plan, {plan.unmatched[0].row.line: "new"}, now=NOW))
        assert [(type_, change) for type_, change, _ in found] == [
            ("post", "made"),
            ("snapshot", "added"),
            ("snapshot", "added"),
        ]
        assert told_by(store, lambda: snapshot_imports.take(store, plan, now=NOW)) == []


class TestCrashes:
    def changes(self, store: Store) -> dict[str, Callable[[Store], Any]]:
        post, (link,) = make_post(store, "bio_link")
        new = {"placement": "bio_link", "target": "https://a.example/"}
        return {
            "post made": lambda on: make_post(on, "bio_link"),
            "post changed": lambda on: edit(on, post, title="B"),
            "link made": lambda on: links.create(on, post.id, new, now=NOW, own_hosts=OWN_HOSTS),
            "link turned": lambda on: turn(on, link, target="https://b.example/"),
            "snapshot added": lambda on: snapshots.add(on, post, {"views": 1}, now=NOW),
            "conversion created": lambda on: report(on, link),
            "post erased": lambda on: posts.purge(on, post.id),
        }

    def test_a_change_whose_answer_was_lost_is_told_once(self, store: Store, server: str) -> None:
        for name, change in self.changes(store).items():
            broken, connection = bad_moments.cut_once(server)
            found = told_by(store, lambda change=change, broken=broken: change(broken))  # type: ignore[misc]
            assert connection.cuts == 1
            assert [f"{type_} {became}" for type_, became, _ in found].count(name) == 1, name
            assert len(found) == (2 if name == "post made" else 1), found

    def test_a_roll_up_whose_answer_was_lost_is_told_once(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        post, (link,) = make_post(store, "bio_link")
        pour(store, [record(post.id, link.slug)])
        script = store.scripts["commit_rollup"]

        def cut(**given: Any) -> Any:
            script(**given)
            raise redis.ConnectionError

        place = events.newest(store).place
        monkeypatch.setitem(store.scripts, "commit_rollup", cut)
        with pytest.raises(redis.ConnectionError):
            rolling_up.roll_up(store, keys.shard(post.id))
        monkeypatch.undo()
        roll_up_all(store)
        (event,) = since(store, place)
        assert (event.type, event.change, event.post_id, event.human, event.hits) == (
            "rollup",
            "counted",
            post.id,
            1,
            1,
        )

    def test_counts_and_their_event_are_lost_together_or_not_at_all(self) -> None:
        with own_server() as server:
            store = server.store
            post, (link,) = make_post(store, "bio_link")
            place, before = events.newest(store).place, server.size()
            pour(store, [record(post.id, link.slug) for _ in range(3)])
            shipped = server.size()
            roll_up_all(store)
            after = server.size()
            seen = set()
            for size in sorted({after, *range(shipped + 1, after, (after - shipped) // 12)}, reverse=True):
                server.lose_tail(min(size, server.size()))
                told = [event.hits for event in since(store, place)]
                assert told == [rollups.hits(total) for total in rollups.totals(store, [post.id]) if total["human"]]
                seen.add(tuple(told))
            assert seen == {(3,), ()}
            roll_up_all(store)
            assert [event.hits for event in since(store, place)] == [3]
            server.lose_tail(before)
            assert since(store, place) == []


class TestCounts:
    def test_a_post_is_told_of_once_with_its_newest_counts(self, store: Store) -> None:
        one, other = (make_post_in(store, shard) for shard in ("03", "11"))
        place = events.newest(store).place
        for agents in ([PHONE], [PHONE, CRAWLER], [PHONE]):
            for post, link in (one, other):
                pour(store, [record(post.id, link.slug, agent=agent) for agent in agents])
            roll_up_all(store)
        counts = {event.post_id: (event.change, event.human, event.hits) for event in since(store, place)}
        assert counts == {post.id: ("counted", 3, 4) for post, _ in (one, other)}
        assert [event.at for event in since(store, place)] == sorted(event.at for event in since(store, place))
        first = since(store, place)[0]
        pour(store, [record(one[0].id, one[1].slug)])
        roll_up_all(store)
        assert [(event.post_id, event.human) for event in since(store, first.place)] == [
            (other[0].id, 3),
            (one[0].id, 4),
        ]

    def test_a_re_count_that_moves_clicks_is_told_and_another_is_not(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        post, (link,) = make_post(store, "bio_link")
        pour(store, [record(post.id, link.slug), record(post.id, link.slug, agent=CRAWLER)])
        roll_up_all(store)
        place = events.newest(store).place
        recounting.recount(store, post.id, now=NOW)
        assert since(store, place) == []
        monkeypatch.setattr(classify, "classify", lambda *_: Verdict("crawler", "", "", "", ""))
        recounting.recount(store, post.id, now=NOW)
        (event,) = since(store, place)
        assert (event.type, event.change, event.human, event.hits) == ("rollup", "recounted", 0, 2)
        assert store.redis.xlen(keys.events(keys.shard(post.id))) == 1

    def test_what_is_opened_of_a_bio_page_is_no_posts(self, store: Store) -> None:
        post, _ = make_post(store)
        bio_pages.put(store, post.profile_id, {"name": "ada"}, now=NOW)
        pour(store, [record(post.profile_id, post.profile_id)])
        assert told_by(store, lambda: roll_up_all(store)) == []
        assert rollups.totals(store, [post.profile_id])[0]["human"] == 1

    def test_a_key_of_a_wrong_type_costs_the_event_only(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        store.redis.set(keys.events(keys.shard(post.id)), "broken")
        pour(store, [record(post.id, link.slug)])
        roll_up_all(store)
        assert rollups.totals(store, [post.id])[0]["human"] == 1
        assert rollups.progress(store)["rejected"] == 1


class TestErasing:
    def test_of_an_erased_post_nothing_is_told_but_that(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        other, (kept,) = make_post(store, "bio_link")
        place = events.newest(store).place
        for on in (link, kept):
            report(store, on, external_id=f"order {on.slug}")
            pour(store, [record(on.post_id, on.slug)])
        roll_up_all(store)
        pour(store, [record(post.id, link.slug)])
        posts.purge(store, post.id)
        roll_up_all(store)
        found = [(event.post_id, event.type, event.change) for event in since(store, place)]
        assert sorted(found) == sorted(
            [(other.id, "conversion", "created"), (other.id, "rollup", "counted"), (post.id, "post", "erased")]
        )
        assert {event.of for event in since(store, None) if event.post_id == post.id} == {""}
        assert not store.redis.hexists(keys.told(keys.shard(post.id)), post.id)

    def test_what_is_erased_behind_a_place_makes_it_no_older(self, store: Store) -> None:
        post, _ = make_post(store, "bio_link")
        page = events.since(store, None, limit=1)
        posts.purge(store, post.id)
        assert said(since(store, page.place)) == [("post", "erased", "")]


class TestPlaces:
    def many(self, store: Store) -> list[Event]:
        """Events of all kinds, in all streams, of which several have the same time."""
        made = [make_post(store, "bio_link") for _ in range(6)]
        for number in range(10):
            for post, (link,) in random.Random(number).sample(made, 3):
                pour(store, [record(post.id, link.slug)])
                snapshots.add(store, post, {"views": 400 + number}, now=NOW)
            roll_up_all(store)
        for stream, number in enumerate((1, 5, 1 << 40)):
            for shard in ("00", "09"):
                fields = {"change": "counted", "post": f"late{stream}", "human": 1, "hits": 2}
                store.redis.xadd(keys.events(shard), fields, id=f"{LONG_AFTER}-{number}")
        return since(store, None)

    def test_each_event_is_a_place_to_go_on_from(self, store: Store) -> None:
        whole = self.many(store)
        assert len(whole) > 50
        for limit in (1, 7, 200):
            assert list(walk(store, None, limit)) == whole
        for number, event in enumerate(whole):
            assert since(store, event.place) == whole[number + 1 :]
        assert events.newest(store).place == events.since(store, whole[-1].place, limit=1).place == whole[-1].place

    def test_an_event_that_is_written_late_with_an_earlier_time_still_comes(self, store: Store) -> None:
        make_post(store, "bio_link")
        place = since(store, None)[-1].place
        late = {"change": "counted", "post": "other", "human": 1, "hits": 2}
        store.redis.xadd(keys.events("07"), late, id="1-1")
        (event,) = since(store, place)
        assert (event.post_id, event.at) == ("other", 1)
        assert since(store, event.place) == []

    def test_an_unchanged_poll_asks_once(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        place = self.many(store)[-1].place
        with asked(monkeypatch) as sent:
            assert events.since(store, place, limit=50) == ([], place)
        assert len(sent) == 1

    @pytest.mark.parametrize("broken", [b"", b"1234", b"12345", b"1234" + b"\xff" * 60])
    def test_what_is_no_place_is_refused(self, store: Store, broken: bytes) -> None:
        with pytest.raises(Invalid) as caught:
            events.since(store, broken, limit=1)
        assert [field for field, _ in caught.value.errors] == ["after"]

    def test_a_place_in_another_store_is_refused(self, store: Store) -> None:
        store.id()
        place = events.newest(store).place
        store.redis.flushall()
        store.id()
        with pytest.raises(Invalid, match="after"):
            events.since(store, place, limit=1)

    def test_read_while_much_happens_nothing_is_missed_and_nothing_comes_twice(self, server: str, store: Store) -> None:
        made = [make_post(store, "bio_link") for _ in range(8)]
        place, seen = events.newest(store).place, []

        def click(seed: int) -> None:
            own, drawn = stores.open_store(server), random.Random(seed)
            for _ in range(60):
                chosen = drawn.choices(made, k=3)
                pour(own, [record(post.id, link.slug) for post, (link,) in chosen])
                for post, _ in chosen:
                    rolling_up.roll_up(own, keys.shard(post.id))

        def change(seed: int) -> None:
            own, drawn = stores.open_store(server), random.Random(seed)
            for number in range(60):
                post, (link,) = drawn.choice(made)
                snapshots.add(own, post, {"views": 400 + number}, now=NOW)
                report(own, link, external_id=f"{seed}.{number}")

        with ThreadPoolExecutor(4) as pool:
            busy = [pool.submit(work, seed) for seed, work in enumerate((click, click, change, change))]
            over = False
            while not over:
                over = all(each.done() for each in busy)
                while (page := events.since(store, place, limit=5)).events:
                    seen += page.events
                    place = page.place
        for each in busy:
            each.result()
        nouns = [(event.type, event.of) for event in seen if event.type != "rollup"]
        assert len(set(nouns)) == len(nouns) == 240
        fields = [fields for _, fields in store.redis.xrange(keys.EVENTS)][-240:]
        assert nouns == [(each[b"type"].decode(), each[b"of"].decode()) for each in fields]
        for post, _ in made:
            hits = [event.hits for event in seen if event.type == "rollup" and event.post_id == post.id]
            assert hits == sorted(set(hits)), "no counts are told twice"
            assert hits[-1] == rollups.hits(rollups.totals(store, [post.id])[0])
        assert sum(store.redis.xlen(keys.events(shard)) for shard in keys.SHARDS) == len(made)


class TestForgetting:
    def test_what_is_older_than_a_day_goes_and_who_missed_it_is_told(self, store: Store) -> None:
        now = times.now()
        old = {"change": "counted", "post": "old", "human": 1, "hits": 1}
        for at in (now - 30 * times.HOUR, now - 25 * times.HOUR):
            store.redis.xadd(keys.events("05"), old, id=f"{at}-0")
        store.redis.xadd(keys.events("06"), old | {"post": "young"}, id=f"{now - 23 * times.HOUR}-0")
        first, second, young = since(store, None)
        make_post(store)
        assert events.forget(store, before=now - times.DAY) == 1
        assert [event.post_id for event in since(store, None)][:1] == ["young"]
        assert len(since(store, second.place)) == len(since(store, young.place)) + 1 == 2
        with pytest.raises(Missed):
            events.since(store, first.place, limit=1)
        assert events.forget(store, before=now - times.DAY) == 0

    def test_a_stream_in_which_nothing_happens_makes_no_place_too_old(self, store: Store) -> None:
        make_post(store)
        place = since(store, None)[-1].place
        assert events.forget(store, before=times.now() + times.MINUTE) == 1
        assert since(store, place) == since(store, None) == []
        assert events.since(store, None, limit=1).place == events.newest(store).place == place
        make_post(store)
        assert len(since(store, place)) == len(since(store, None)) == 1

    def test_two_that_forget_at_once_never_take_back_what_is_said_to_be_gone(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for at in (1, 2, 3):
            store.redis.xadd(keys.events("05"), {"change": "counted", "post": "old"}, id=f"{at}-0")
        first, _, _ = since(store, None)
        slower = bad_moments.interrupted(store, lambda: events.forget(store, before=4))
        events.forget(slower, before=2)
        with pytest.raises(Missed):
            events.since(store, first.place, limit=1)
