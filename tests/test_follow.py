"""Links in memory, and recording a click without Redis. The feed, the salts and a killed server are real."""

import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from clicking import NOW, OWN_HOSTS, PHONE, make_config, make_link, own_server, recorded
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import create_environ

from shortlinks import keys, times
from shortlinks.clicks import visitors
from shortlinks.links import feed, follow, links
from shortlinks.links.follow import Follower
from shortlinks.links.memory import Held, Memory
from shortlinks.store import Store


@pytest.fixture
def follower(store: Store, tmp_path: Path) -> Iterator[Follower]:
    made = Follower(make_config(tmp_path), store)
    yield made
    made.stop()


def held(slug: str, target: str = "https://shop.example/") -> Held:
    return Held(slug, "post", 0, target, "active", None, False, None, None)


def visitor(address: str = "203.0.113.9", **headers: str) -> dict[str, object]:
    environ = create_environ(headers={"User-Agent": PHONE, **headers})
    return environ | {"REMOTE_ADDR": address}


def change(store: Store, slug: str, **fields: object) -> None:
    links.update(store, slug, fields, now=NOW, own_hosts=OWN_HOSTS)


class TestMemory:
    def test_a_link_that_was_filled_is_held(self) -> None:
        memory = Memory(10)
        memory.fill("one", held("one"), "0-0")
        assert memory.get("one") == held("one")
        assert memory.get("two") is None

    @given(st.integers(2, 9), st.lists(st.tuples(st.integers(0, 14), st.sampled_from("fgx")), max_size=60))
    def test_it_never_exceeds_its_limit_and_never_mixes_links_up(
        self, limit: int, deeds: list[tuple[int, str]]
    ) -> None:
        memory = Memory(limit)
        for number, deed in deeds:
            slug = f"s{number}"
            if deed == "f":
                memory.fill(slug, held(slug), "0-0")
                assert memory.get(slug) is not None
            elif deed == "x":
                memory.forget({slug}, "0-0")
                assert memory.get(slug) is None
            else:
                found = memory.get(slug)
                assert found is None or found.slug == slug
            assert len(memory) <= limit

    def test_links_that_are_followed_outlive_those_that_are_not(self) -> None:
        memory = Memory(10)
        memory.fill("often", held("often"), "0-0")
        for number in range(100):
            memory.fill(f"once-{number}", held(f"once-{number}"), "0-0")
            assert memory.get("often") is not None
        assert memory.get("once-1") is None

    def test_a_fill_is_dropped_when_the_feed_has_moved_since_the_link_was_read(self) -> None:
        memory = Memory(10)
        memory.forget({"other"}, "5-1")
        memory.fill("one", held("one"), "5-0")
        assert memory.get("one") is None
        memory.fill("one", held("one"), "5-1")
        assert memory.get("one") is not None

    def test_positions_are_compared_as_numbers(self) -> None:
        memory = Memory(10)
        memory.forget(set(), "9-9")
        memory.fill("one", held("one"), "10-0")
        assert memory.get("one") is not None

    def test_readers_and_writers_in_many_threads_never_meet_an_error(self) -> None:
        memory = Memory(8)
        errors: list[BaseException] = []

        def work(seed: int) -> None:
            try:
                for number in range(3_000):
                    slug = f"s{(seed * 7 + number) % 20}"
                    memory.fill(slug, held(slug), "0-0")
                    found = memory.get(f"s{number % 20}")
                    assert found is None or found.slug == f"s{number % 20}"
                    if number % 50 == 0:
                        memory.clear("0-0")
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len(memory) <= 8


class TestFeed:
    def test_an_edited_link_is_forgotten(self, store: Store, follower: Follower) -> None:
        edited, other = make_link(store).slug, make_link(store).slug
        follower.read_feed()
        assert follower.find(edited)
        assert follower.find(other)
        change(store, edited, target="https://shop.example/new")
        follower.read_feed()
        assert follower.memory.get(edited) is None
        assert follower.memory.get(other) is not None
        found = follower.find(edited)
        assert found is not None
        assert found.location == "https://shop.example/new"

    def test_looking_again_when_nothing_changed_forgets_nothing(self, store: Store, follower: Follower) -> None:
        slug = make_link(store).slug
        follower.read_feed()
        follower.find(slug)
        for _ in range(3):
            follower.read_feed()
        assert follower.memory.get(slug) is not None

    def test_a_burst_of_changes_longer_than_one_read_is_followed_to_its_end(
        self, store: Store, follower: Follower, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feed, "BATCH", 3)
        slug = make_link(store).slug
        follower.read_feed()
        follower.find(slug)
        for number in range(8):
            store.redis.xadd(keys.FEED, {"slug": f"other-{number}"})
        change(store, slug, state="disabled")
        for _ in range(5):
            follower.read_feed()
        assert follower.memory.get(slug) is None

    def test_a_feed_that_was_trimmed_past_us_empties_the_memory(self, store: Store, follower: Follower) -> None:
        slug = make_link(store).slug
        follower.read_feed()
        follower.find(slug)
        change(store, slug, target="https://shop.example/new")
        for _ in range(3):
            store.redis.xadd(keys.FEED, {"slug": "other"}, maxlen=2, approximate=False)
        follower.read_feed()
        assert follower.memory.get(slug) is None

    def test_a_feed_that_went_back_empties_the_memory(self, store: Store, follower: Follower) -> None:
        slug = make_link(store).slug
        follower.read_feed()
        follower.find(slug)
        newest = store.redis.xrevrange(keys.FEED, count=1)[0][0]
        store.redis.xdel(keys.FEED, newest)
        follower.read_feed()
        assert follower.memory.get(slug) is None
        assert follower.find(slug)

    def test_another_feed_empties_the_memory(self, store: Store, follower: Follower) -> None:
        slug = make_link(store).slug
        follower.read_feed()
        follower.find(slug)
        store.redis.flushall()
        make_link(store)
        follower.read_feed()
        assert follower.memory.get(slug) is None

    def test_the_first_link_of_all_is_seen(self, store: Store, follower: Follower) -> None:
        follower.read_feed()
        slug = make_link(store).slug
        follower.read_feed()
        follower.find(slug)
        change(store, slug, state="disabled")
        follower.read_feed()
        assert follower.memory.get(slug) is None

    def test_an_edit_takes_effect_within_a_second_by_itself(self, store: Store, follower: Follower) -> None:
        slug = make_link(store).slug
        assert follower.find(slug)
        change(store, slug, target="https://shop.example/new")
        assert follow.POLL_SECONDS < 1
        # A busy machine may take longer without anything being broken.
        deadline = time.monotonic() + 60
        while (found := follower.find(slug)) is None or found.location != "https://shop.example/new":
            assert time.monotonic() < deadline
            time.sleep(0.01)


class TestHeld:
    @pytest.mark.parametrize(
        ("fields", "fixed"),
        [
            ({}, True),
            ({"utm": {"source": "x"}}, True),
            ({"forward_query": True}, False),
            ({"click_id_param": "c"}, False),
        ],
    )
    def test_the_location_is_ready_unless_the_request_decides_it(
        self, store: Store, fields: dict[str, object], fixed: bool
    ) -> None:
        made = Held.of(make_link(store, **fields))
        assert (made.location is not None) is fixed

    def test_it_names_post_slug_and_turn(self, store: Store) -> None:
        link = make_link(store)
        change(store, link.slug, target="https://shop.example/new")
        assert Held.of(links.get(store, link.slug)).prefix == f"{link.post_id}\t{link.slug}\t1"


class TestRecord:
    def test_a_click_is_in_the_journal(self, store: Store, follower: Follower, tmp_path: Path) -> None:
        link = make_link(store)
        found = follower.find(link.slug)
        assert found is not None
        nonce = follower.record(found, visitor("1.1.1.1", Referer="https://l.instagram.com/?u=secret"), NOW)
        (click,) = recorded(tmp_path / "journal")
        assert (click.post_id, click.slug, click.rev, click.at, click.nonce) == (link.post_id, link.slug, 0, NOW, nonce)
        assert (click.method, click.signals, click.country) == ("GET", "", "AU")
        assert (click.origin, click.agent) == ("https://l.instagram.com", PHONE)

    @given(st.text(st.characters(max_codepoint=0xFF)), st.text(st.characters(max_codepoint=0xFF)))
    def test_nothing_a_client_sends_makes_it_fail(self, agent: str, referrer: str) -> None:
        follower = Follower(make_config(Path("/nowhere")), None)  # type: ignore[arg-type]
        lines: list[bytes] = []
        follower.journal.append = lambda record, post_id: not lines.append(record)  # type: ignore[method-assign, func-returns-value]
        sent = {"REQUEST_METHOD": "GET", "REMOTE_ADDR": "x", "HTTP_USER_AGENT": agent, "HTTP_REFERER": referrer}
        follower.record(held("slug"), sent, NOW)
        (line,) = lines
        assert line.count(b"\t") == 11
        assert b"\n" not in line
        assert len(line) < 1_024

    def test_headers_may_be_missing(self, follower: Follower, tmp_path: Path) -> None:
        follower.record(held("slug"), {"REQUEST_METHOD": "GET"}, NOW)
        (click,) = recorded(tmp_path / "journal")
        assert (click.agent, click.origin, click.country) == ("", "", "")


class TestSalts:
    def test_processes_share_the_salt_of_the_day(self, store: Store, follower: Follower, tmp_path: Path) -> None:
        other = Follower(make_config(tmp_path / "other"), store)
        other.start()
        follower.start()
        at = times.now()
        for one in (follower, other):
            one.record(held("slug"), visitor(), at)
        other.stop()
        assert recorded(tmp_path / "journal")[0].visitor == recorded(tmp_path / "other" / "journal")[0].visitor

    @pytest.mark.parametrize(("hour", "days"), [(0, 1), (11, 1), (12, 2), (23, 2)])
    def test_tomorrows_is_fetched_from_noon_on(self, hour: int, days: int) -> None:
        assert list(follow.salt_days(7 * times.DAY + hour * times.HOUR)) == [7, 8][:days]

    def test_none_lives_longer_than_36_hours(
        self, store: Store, follower: Follower, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        today = times.day_of(times.now())
        monkeypatch.setattr(times, "now", lambda: today * times.DAY + 12 * times.HOUR)
        follower.start()
        for day in (today, today + 1):
            assert len(store.redis.get(keys.salt(day))) == 32
            assert store.redis.pexpiretime(keys.salt(day)) == (day + 1) * times.DAY
            assert store.redis.pexpiretime(keys.salt(day)) - times.now() <= 36 * times.HOUR
        assert store.redis.get(keys.salt(today)) != store.redis.get(keys.salt(today + 1))

    def test_midnight_without_redis_breaks_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        noon = times.day_of(times.now()) * times.DAY + 12 * times.HOUR
        monkeypatch.setattr(times, "now", lambda: noon)
        with own_server() as server:
            both = [Follower(make_config(tmp_path / name), server.store) for name in ("one", "two")]
            for follower in both:
                follower.start()
            server.kill()
            for follower in both:
                follower.record(held("slug"), visitor(), times.now() + times.DAY)
                follower.stop()
        first, second = (recorded(tmp_path / name / "journal")[0] for name in ("one", "two"))
        assert first.visitor == second.visitor

    def test_a_start_without_redis_uses_the_common_salt_once_it_is_there(self, tmp_path: Path) -> None:
        with own_server() as server:
            other = Follower(make_config(tmp_path / "other"), server.store)
            other.start()
            server.kill()
            late = Follower(make_config(tmp_path / "late"), server.store)
            late.start()
            late.record(held("slug"), visitor(), times.now())
            server.start()
            deadline = time.monotonic() + 60
            while True:
                at = times.now()
                nonces = {follower.record(held("slug"), visitor(), at) for follower in (late, other)}
                both = recorded(tmp_path / "late" / "journal") + recorded(tmp_path / "other" / "journal")
                if len({click.visitor for click in both if click.nonce in nonces}) == 1:
                    break
                assert time.monotonic() < deadline
                time.sleep(0.05)
            late.stop()
            other.stop()

    def test_no_address_is_written_anywhere(
        self, store: Store, follower: Follower, tmp_path: Path, server: str
    ) -> None:
        addresses = ["203.0.113.219", "2001:db8:77ab:1::dead"]
        # The append-only file holds every command in full, so every key too; of earlier tests it holds enough to have the same
        # four bytes by chance.
        log = Path(server.removeprefix("unix://")).parent / "appendonlydir"
        before = {path: path.stat().st_size for path in log.iterdir()}
        link = make_link(store)
        found = follower.find(link.slug)
        assert found is not None
        for address in addresses:
            follower.record(found, visitor(address), times.now())
        for folder in (tmp_path, log):
            files = [path for path in folder.rglob("*") if path.is_file()]
            everything = b"".join(path.read_bytes()[before.get(path, 0) :] for path in files)
            assert link.slug.encode() in everything
            for address in addresses:
                assert address.encode() not in everything
                assert visitors.packed(address) not in everything


class TestUpkeep:
    def test_links_in_memory_are_followed_while_redis_is_away_without_asking_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with own_server() as server:
            link = make_link(server.store)
            follower = Follower(make_config(tmp_path), server.store)
            follower.find(link.slug)
            server.kill()
            monkeypatch.setattr(server.store.redis.connection_pool, "get_connection", pytest.fail)
            for _ in range(100):
                found = follower.find(link.slug)
                assert found is not None
                follower.record(found, visitor(), times.now())
            monkeypatch.undo()
            assert len(recorded(tmp_path / "journal")) == 100
            follower.stop()

    def test_the_ship_process_is_looked_after_while_redis_is_away_and_its_failure_harms_nobody(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        asked = threading.Event()
        calls: list[int] = []

        def ensure() -> None:
            calls.append(1)
            if len(calls) > 1:
                asked.set()
            raise OSError("no process for you")

        with own_server() as server:
            server.kill()
            follower = Follower(make_config(tmp_path), server.store)
            follower.start(ensure)
            assert asked.wait(60)
            follower.stop()
        assert "no process for you" in caplog.text
        assert follower.journal.lost == 0

    def test_the_journal_moves_to_a_new_file_when_the_store_becomes_known(self, tmp_path: Path) -> None:
        with own_server() as server:
            server.kill()
            follower = Follower(make_config(tmp_path), server.store)
            follower.start()
            assert follower.journal.store_id == ""
            follower.record(held("slug"), visitor(), NOW)
            server.start()
            deadline = time.monotonic() + 60
            while follower.journal.store_id != server.store.id():
                assert time.monotonic() < deadline
                time.sleep(0.02)
            follower.record(held("slug"), visitor(), NOW)
            assert len(recorded(tmp_path / "journal")) == 2
            assert follower.journal.lost == 0
            follower.stop()

    def test_a_forked_child_begins_again(self, store: Store, tmp_path: Path) -> None:
        follower = Follower(make_config(tmp_path), store)
        follower.record(held("slug"), visitor(), NOW)
        follower.memory._lock.acquire()
        with warnings.catch_warnings():
            # Python 3.12 warns of forks beside other threads, which is what this is about.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            signal.alarm(10)
            follower.memory.fill("slug", held("slug"), "0-0")
            follower.record(held("slug"), visitor(), NOW)
            os._exit(0)
        follower.memory._lock.release()
        _, status = os.waitpid(child, 0)
        assert status == 0
        assert len(list((tmp_path / "journal").glob("*.log"))) == 2
        follower.stop()
