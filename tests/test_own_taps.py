"""The creator's own taps: tests from a network, marks of visitors, and what is noted of them."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from clicking import (
    CRAWLER,
    NOW,
    PHONE,
    counted,
    make_config,
    make_link,
    make_post,
    make_shipper,
    pour,
    record,
    recorded,
    roll_up_all,
    ship_all,
)
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import create_environ

from shortlinks import keys, times
from shortlinks.backups import export
from shortlinks.clicks import noted, own_taps, selves
from shortlinks.clicks.selves import NETWORK, VISITOR, Mark
from shortlinks.errors import Conflict, Unavailable
from shortlinks.links.follow import Follower
from shortlinks.posts import posts
from shortlinks.rollups import kept_clicks, rollups
from shortlinks.store import Store

MIDNIGHT = (times.day_of(NOW) + 1) * times.DAY


def network(at: int) -> str:
    """Where the creator is: of another hash each day."""
    return f"home-{times.day_of(at)}"


def reasons(store: Store, post_id: str) -> list[str]:
    return [kept.reason for kept in kept_clicks.stream(store, post_id)]


class TestNetwork:
    @pytest.fixture
    def follower(self, store: Store, tmp_path: Path) -> Iterator[Follower]:
        made = Follower(make_config(tmp_path, trusted_proxies=1), store)
        yield made
        made.stop()

    def visitor(self, forwarded: str, **headers: str) -> dict[str, object]:
        return create_environ(headers={"User-Agent": PHONE, "X-Forwarded-For": forwarded, **headers}) | {
            "REMOTE_ADDR": "10.0.0.1"
        }

    @pytest.mark.parametrize("days", [0, 1], ids=["today", "tomorrow"])
    def test_it_is_what_clicks_from_there_bear(
        self, store: Store, follower: Follower, tmp_path: Path, days: int
    ) -> None:
        """Also when this process did not know the day's salt before."""
        at = times.now() + days * times.DAY
        here = follower.network(self.visitor("198.51.100.7", **{"User-Agent": "another browser"}), at)
        elsewhere = follower.network(self.visitor("203.0.113.7"), at)
        link = make_link(store, now=times.now())
        common = store.redis.get(keys.salt(times.day_of(at)))
        assert common
        follower._salts[times.day_of(at)] = common
        found = follower.find(link.slug)
        assert found
        follower.record(found, self.visitor("198.51.100.250"), at)
        (click,) = recorded(tmp_path / "journal")
        assert click.net == here != elsewhere
        assert here != click.visitor

    @pytest.mark.parametrize("peer", ["", "unix:", "proxy.example"])
    def test_without_an_address_there_is_none(self, store: Store, tmp_path: Path, peer: str) -> None:
        follower = Follower(make_config(tmp_path), store)
        assert follower.network(self.visitor("198.51.100.7") | {"REMOTE_ADDR": peer}, NOW) == ""


class TestMarksOfATest:
    def test_a_test_lasts_ten_minutes(self) -> None:
        assert selves.of_test(network, NOW) == [Mark(NETWORK, network(NOW), NOW, NOW + 10 * times.MINUTE)]

    @pytest.mark.parametrize("before", [1, times.MINUTE, 10 * times.MINUTE - 1])
    def test_past_midnight_it_goes_on_under_the_other_hash(self, before: int) -> None:
        start = MIDNIGHT - before
        assert selves.of_test(network, start) == [
            Mark(NETWORK, network(start), start, MIDNIGHT),
            Mark(NETWORK, network(MIDNIGHT), MIDNIGHT, start + selves.TEST),
        ]

    def test_one_that_ends_at_midnight_is_of_one_day(self) -> None:
        assert selves.of_test(network, MIDNIGHT - selves.TEST) == [
            Mark(NETWORK, network(NOW), MIDNIGHT - selves.TEST, MIDNIGHT)
        ]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)).map(lambda pair: (pair[0], sum(pair))), max_size=8))
def test_joined_spans_cover_the_same_time(spans: list[tuple[int, int]]) -> None:
    found = selves.joined([start, end] for start, end in spans)
    assert found == sorted(found)
    assert {at for start, end in found for at in range(start, end)} == {
        at for start, end in spans for at in range(start, end)
    }
    assert all(first[1] < second[0] for first, second in pairwise(found))


class TestTests:
    def test_all_taps_from_the_network_are_the_creators_until_it_ends(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        own_taps.start_test(store, network, now=NOW)
        end = NOW + selves.TEST
        moments = (NOW - 1, NOW, NOW + times.MINUTE, end - 1, end)
        # Of visitors with names at random, some pairs would count as one.
        pour(store, [record(post.id, link.slug, at, visitor=f"at {at}", net=network(at)) for at in moments])
        pour(store, [record(post.id, link.slug, NOW, visitor="else", net="elsewhere")])
        pour(store, [record(post.id, link.slug, NOW, net=network(NOW), agent=CRAWLER)])
        roll_up_all(store)
        assert reasons(store, post.id) == ["human", "self", "self", "self", "human", "human", "crawler"]
        total = counted(store, post.id)["total"]
        assert (total["human"], total["self"], total["visitors"]) == (3, 3, 3)

    def test_it_goes_on_past_midnight(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        start = MIDNIGHT - times.MINUTE
        own_taps.start_test(store, network, now=start)
        end = start + selves.TEST
        pour(store, [record(post.id, link.slug, at, net=network(at)) for at in (start, MIDNIGHT, end - 1, end)])
        # Yesterday's hash is nobody's today, and the other way round.
        pour(store, [record(post.id, link.slug, MIDNIGHT, net=network(start))])
        pour(store, [record(post.id, link.slug, start, net=network(MIDNIGHT))])
        roll_up_all(store)
        assert reasons(store, post.id) == ["self", "self", "self", "human", "human", "human"]

    def test_stopped_it_takes_nothing_more_and_gives_nothing_back(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        start = MIDNIGHT - 2 * times.MINUTE
        own_taps.start_test(store, network, now=start)
        stop = MIDNIGHT - times.MINUTE
        own_taps.stop_test(store, network, now=stop)
        moments = (start, stop - 1, stop, MIDNIGHT, MIDNIGHT + times.MINUTE)
        pour(store, [record(post.id, link.slug, at, net=network(at)) for at in moments])
        roll_up_all(store)
        assert reasons(store, post.id) == ["self", "self", "human", "human", "human"]

    def test_it_is_stopped_after_midnight_too(self, store: Store) -> None:
        own_taps.start_test(store, network, now=MIDNIGHT - times.MINUTE)
        own_taps.stop_test(store, network, now=MIDNIGHT + times.MINUTE)
        mine = own_taps.read(store)
        assert mine.tested(network(MIDNIGHT), MIDNIGHT + times.MINUTE - 1)
        assert not mine.tested(network(MIDNIGHT), MIDNIGHT + times.MINUTE)

    def test_begun_again_it_lasts_from_then(self, store: Store) -> None:
        for minute in range(5):
            own_taps.start_test(store, network, now=NOW + minute * times.MINUTE)
        end = NOW + 4 * times.MINUTE + selves.TEST
        assert own_taps.read(store).test_ends(network(NOW), NOW) == end
        (kept,) = store.redis.hvals(keys.SELVES)
        assert json.loads(kept) == [[NOW, end]]

    def test_to_stop_what_does_not_run_changes_nothing(self, store: Store) -> None:
        own_taps.stop_test(store, network, now=NOW)
        assert not own_taps.read(store)


class TestMarks:
    def test_a_visitor_is_the_creator_for_the_day(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        own_taps.add(store, selves.whole_day(VISITOR, "me", NOW))
        first = times.day_of(NOW) * times.DAY
        for at in (first - 1, first, MIDNIGHT - 1, MIDNIGHT):
            pour(store, [record(post.id, link.slug, at, visitor="me")])
        pour(store, [record(post.id, link.slug, NOW, net="me")])
        roll_up_all(store)
        assert reasons(store, post.id) == ["human", "self", "self", "human", "human"]
        mine = own_taps.read(store)
        assert mine.said("me", NOW)
        assert not mine.said("me", MIDNIGHT)

    def test_taken_back_it_is_a_visitor_again(self, store: Store) -> None:
        mark = selves.whole_day(VISITOR, "me", NOW)
        own_taps.add(store, mark)
        own_taps.remove(store, mark)
        assert not own_taps.read(store)

    def test_there_is_a_limit_and_who_is_marked_stays_so(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(own_taps, "MOST_MARKS", 2)
        for who in ("a", "b", "a"):
            own_taps.add(store, selves.whole_day(VISITOR, who, NOW))
        with pytest.raises(Conflict):
            own_taps.add(store, selves.whole_day(VISITOR, "c", NOW))
        assert store.redis.hlen(keys.SELVES) == 2

    def test_while_an_import_is_under_way_nothing_is_marked(self, store: Store) -> None:
        store.redis.hset(keys.SETTINGS, "importing", "1")
        with pytest.raises(Unavailable):
            own_taps.start_test(store, network, now=NOW)
        assert not own_taps.read(store)

    def test_those_of_days_that_are_over_are_forgotten(self, store: Store) -> None:
        for days in range(4):
            own_taps.add(store, selves.whole_day(VISITOR, "me", NOW - days * times.DAY))
        assert own_taps.forget(store, before=NOW - 2 * times.DAY) == 1
        assert own_taps.forget(store, before=NOW - 2 * times.DAY) == 0
        mine = own_taps.read(store)
        assert [mine.said("me", NOW - days * times.DAY) for days in range(4)] == [True, True, True, False]


class TestNoted:
    def test_what_comes_during_a_test_is_noted_whatever_it_is(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        other, (elsewhere,) = make_post(store, "bio_link")
        own_taps.start_test(store, network, now=NOW)
        pour(
            store,
            [
                record(post.id, link.slug, NOW + 1, net=network(NOW)),
                record(other.id, elsewhere.slug, NOW + 2, net=network(NOW), agent=CRAWLER),
                record(post.id, link.slug, NOW + 3, net="elsewhere"),
                record(post.id, link.slug, NOW + selves.TEST, net=network(NOW)),
            ],
        )
        roll_up_all(store)
        assert [(kept.post_id, kept.reason) for kept in noted.newest(store, 10)] == [
            (other.id, "crawler"),
            (post.id, "self"),
        ]
        assert [kept.reason for kept in noted.newest(store, 1)] == ["crawler"]

    def test_so_is_what_a_marked_browser_does_and_who_was_said_to_be_the_creator(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        own_taps.add(store, selves.whole_day(VISITOR, "me", NOW))
        pour(
            store,
            [
                record(post.id, link.slug, NOW + 1, signals="self"),
                record(post.id, link.slug, NOW + 2, signals="expired,self"),
                record(post.id, link.slug, NOW + 3, visitor="me"),
                record(post.id, link.slug, NOW + 4, signals="selfie,fbclid"),
            ],
        )
        roll_up_all(store)
        assert [kept.reason for kept in noted.newest(store, 10)] == ["self", "expired", "self"]

    def test_of_very_many_the_newest_are_kept_for_an_hour(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        pour(store, [record(post.id, link.slug, NOW + number, signals="self") for number in range(500)])
        roll_up_all(store)
        found = noted.newest(store, 1_000)
        assert [kept.at for kept in found] == [NOW + number for number in range(499, 299, -1)]
        assert 3_500 < store.redis.ttl(keys.tests(keys.shard(post.id))) <= 3_600
        assert rollups.totals(store, [post.id])[0]["self"] == 500

    def test_those_of_an_erased_post_are_gone(self, store: Store) -> None:
        made = [make_post(store, "bio_link") for _ in range(40)]
        pour(store, [record(post.id, link.slug, NOW, signals="self") for post, (link,) in made for _ in range(2)])
        roll_up_all(store)
        erased = made[0][0]
        posts.purge(store, erased.id)
        assert {kept.post_id for kept in noted.newest(store, 100)} == {post.id for post, _ in made[1:]}


def test_a_click_through_the_app_is_noted_within_one_roll_up(store: Store, tmp_path: Path) -> None:
    follower = Follower(make_config(tmp_path), store)
    follower.start()
    link = make_link(store, now=times.now())
    found = follower.find(link.slug)
    assert found
    here = create_environ(headers={"User-Agent": PHONE}) | {"REMOTE_ADDR": "198.51.100.7"}
    own_taps.start_test(store, lambda at: follower.network(here, at), now=times.now())
    follower.record(found, here, times.now())
    follower.record(found, here | {"REMOTE_ADDR": "203.0.113.7"}, times.now())
    ship_all(make_shipper(store, tmp_path / "journal"))
    roll_up_all(store)
    follower.stop()
    assert reasons(store, link.post_id) == ["self", "human"]
    assert [kept.reason for kept in noted.newest(store, 10)] == ["self"]


def test_marks_that_make_no_sense_stop_neither_forgetting_nor_an_export(store: Store, tmp_path: Path) -> None:
    store.redis.hset(keys.SELVES, mapping={"x": "[]", "20000|visitor|me": "[[1", "20000|visitor|you": '[["a", 2]]'})
    own_taps.add(store, selves.whole_day(selves.VISITOR, "me", NOW))
    export.write(store, tmp_path / "backup.ndjson", now=NOW)
    assert (tmp_path / "backup.ndjson").read_text().count('"kind":"self"') == 1
    assert own_taps.forget(store, before=NOW) == 3
    assert own_taps.read(store).said("me", NOW)
