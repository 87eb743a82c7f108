"""Journals to streams: every line once, whatever fails. Everything it knows, it can read again from Redis."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from clicking import (
    NOW,
    Server,
    due_at_once,
    make_post,
    make_post_in,
    make_shipper,
    marks,
    own_server,
    record,
    roll_up_all,
    ship_all,
    shipping,
    streamed,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rq import Queue

from shortlinks import keys, times
from shortlinks.clicks import aside, journal, ship
from shortlinks.clicks import shipper as shippers
from shortlinks.clicks.journal import Journal
from shortlinks.clicks.shipper import Shipper
from shortlinks.posts import posts
from shortlinks.rollups import retention, rolling_up, rollups
from shortlinks.running import wake
from shortlinks.store import Store


@pytest.fixture
def shipper(store: Store, tmp_path: Path) -> Shipper:
    return make_shipper(store, tmp_path)


def write(own: Journal, count: int, posts: int = 40, begin: int = 0) -> list[bytes]:
    """Clicks of many posts, so of many shards."""
    records = [
        record(f"post{number % posts}", f"s{number % posts}", NOW + number, nonce=f"{number:012x}")
        for number in range(begin, begin + count)
    ]
    assert all(own.append(line, "post") for line in records)
    return records


def in_order_by_shard(records: list[bytes]) -> list[bytes]:
    return sorted(records, key=lambda line: keys.shard(line.partition(b"\t")[0].decode()))


def test_every_line_is_shipped_once_in_order(store: Store, own: Journal, shipper: Shipper) -> None:
    records = write(own, 500)
    ship_all(shipper)
    assert streamed(store) == in_order_by_shard(records)
    ship_all(shipper)
    assert len(streamed(store)) == 500
    assert rollups.progress(store)["shipped"] == 500
    assert shipper.drained()


def test_a_long_journal_is_shipped_in_pieces(
    store: Store, own: Journal, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shippers, "PIECE", 4_096)
    records = write(own, 300)
    assert shipper.step()
    assert 0 < len(streamed(store)) < 300
    assert not shipper.drained()
    ship_all(shipper)
    assert streamed(store) == in_order_by_shard(records)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(
    counts=st.lists(st.integers(1, 60), min_size=1, max_size=6),
    piece=st.integers(600, 6_000),
    failures=st.sets(st.integers(0, 12), max_size=5),
    restarts=st.sets(st.integers(0, 12), max_size=4),
)
def test_failures_and_restarts_between_any_two_calls_change_nothing(
    store: Store,
    tmp_path_factory: pytest.TempPathFactory,
    counts: list[int],
    piece: int,
    failures: set[int],
    restarts: set[int],
) -> None:
    """After each failure some of a piece's shards have it and some do not; reading goes on from the smallest mark."""
    store.redis.flushall()
    folder = tmp_path_factory.mktemp("journal")
    own = Journal(folder, store.id())
    shipper = make_shipper(store, folder)
    written: list[bytes] = []
    step = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shippers, "PIECE", piece)
        for count in [*counts, 0, 0, 0]:
            written += write(own, count, begin=len(written))
            for _ in range(3):
                if step in restarts:
                    shipper = make_shipper(store, folder)
                if step in failures:
                    _fail_halfway(shipper)
                else:
                    shipper.step()
                step += 1
        ship_all(shipper)
    assert streamed(store) == in_order_by_shard(written)
    own.close()


def _fail_halfway(shipper: Shipper) -> None:
    """One step of which only every second shard's call gets through, and no answer comes back."""

    def run(tailed: Any, end: int, calls: Any) -> list[Any]:
        Shipper._run(shipper, tailed, end, calls[::2])
        raise redis.ConnectionError("no answer")

    shipper._run = run  # type: ignore[method-assign]
    try:
        shipper.step()
    except redis.ConnectionError:
        shipper.forget()
    finally:
        del shipper._run


def test_two_shippers_by_mistake_ship_every_line_once(store: Store, own: Journal, tmp_path: Path) -> None:
    both = [make_shipper(store, tmp_path), make_shipper(store, tmp_path)]
    written: list[bytes] = []
    for _ in range(10):
        written += write(own, 20, begin=len(written))
        for shipper in both:
            shipper.step()
    for shipper in both:
        ship_all(shipper)
    assert streamed(store) == in_order_by_shard(written)


def test_garbled_lines_are_set_aside_and_counted_and_the_others_shipped(
    store: Store, own: Journal, shipper: Shipper, tmp_path: Path
) -> None:
    first = write(own, 1)
    assert own.path is not None
    with own.path.open("ab") as file:
        file.write(b"nonsense\n\n" + journal.framed(b"wrong sum")[:-2] + b"\n")
    second = write(own, 1, begin=1)
    ship_all(shipper)
    ship_all(make_shipper(store, tmp_path))
    assert sorted(streamed(store)) == sorted(first + second)
    assert rollups.progress(store)["garbled"] == 3
    aside = (tmp_path / "aside" / f"{own.path.stem}.garbled").read_bytes()
    assert aside.startswith(b"nonsense\n\n")


def test_garbled_lines_are_counted_even_where_they_cannot_be_set_aside(
    store: Store, own: Journal, shipper: Shipper, tmp_path: Path
) -> None:
    (tmp_path / "aside").write_text("in the way")
    write(own, 1)
    assert own.path is not None
    with own.path.open("ab") as file:
        file.write(b"nonsense\n")
    write(own, 1, begin=1)
    ship_all(shipper)
    assert len(streamed(store)) == 2
    assert rollups.progress(store)["garbled"] == 1


def test_a_cut_last_line_waits_for_its_owner_and_is_set_aside_without_one(
    store: Store, own: Journal, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_at_once(monkeypatch)
    write(own, 1)
    assert own.path is not None
    with own.path.open("ab") as file:
        file.write(b"01234567 half a cli")
    ship_all(shipper)
    ship_all(shipper)
    assert rollups.progress(store)["garbled"] == 0
    assert not shipper.drained()
    own.close()
    ship_all(shipper)
    assert rollups.progress(store)["garbled"] == 1
    assert shipper.drained()


def test_losses_are_told_to_their_posts_however_often_they_are_read(
    store: Store, shipper: Shipper, tmp_path: Path
) -> None:
    post, _ = make_post(store)
    path = tmp_path / "a.log"
    for lost in (3, 3, 5):
        path.write_bytes(
            journal.Header(store.id(), {post.id: lost, "unknown": 2, journal.ANY_POST: 1}, path.stem).encode()
        )
        make_shipper(store, tmp_path).step()
        shipper.forget()
        shipper.step()
    assert rollups.totals(store, [post.id])[0]["lost"] == 5
    assert rollups.progress(store)["lost"] == 3


def test_losses_that_redis_forgot_are_told_again(
    store: Store, shipper: Shipper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lost its last second, with the count and with the note that it was told."""
    due_at_once(monkeypatch)
    post, _ = make_post(store)
    path = tmp_path / "a.log"
    path.write_bytes(journal.Header(store.id(), {post.id: 7}, path.stem).encode())
    shipper.step()
    store.redis.delete(keys.total(post.id), *(keys.marks(shard) for shard in keys.SHARDS))
    for _ in range(5):
        shipper.step()
    assert not path.exists()
    assert rollups.totals(store, [post.id])[0]["lost"] == 7


class TestRollups:
    def test_each_shard_that_is_behind_is_asked_for_once(
        self, store: Store, own: Journal, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(own, 200)
        ship_all(shipper)
        shards = {keys.shard(f"post{number}") for number in range(40)}
        asked = [shard for job in shipper.waker.queue.jobs for shard in job.args]
        assert sorted(asked) == sorted(shards)
        assert {job.func_name for job in shipper.waker.queue.jobs} == {rolling_up.JOB}
        ship_all(shipper)
        assert [shard for job in shipper.waker.queue.jobs for shard in job.args] == asked

    def test_a_quiet_system_runs_no_jobs(
        self, store: Store, own: Journal, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        due_at_once(monkeypatch)
        write(own, 200)
        ship_all(shipper)
        for number in range(40):
            store.redis.set(keys.post(f"post{number}"), "{}")
        assert roll_up_all(store) == 200
        shipper.waker.queue.empty()
        for _ in range(5):
            shipper.step()
        assert shipper.waker.queue.count == 0

    def test_a_job_that_was_lost_is_asked_for_again(
        self, store: Store, own: Journal, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(own, 1)
        ship_all(shipper)
        shipper.waker.queue.empty()
        monkeypatch.setattr(wake, "ASK_AGAIN_SECONDS", 0.0)
        shipper.step()
        assert shipper.waker.queue.count == 1

    def test_a_redis_that_was_emptied_is_asked_for_nothing(
        self, store: Store, own: Journal, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        due_at_once(monkeypatch)
        write(own, 10)
        ship_all(shipper)
        own.close()
        store.redis.flushall()
        for _ in range(3):
            shipper.step()
        shipper.waker.queue.empty()
        for _ in range(3):
            shipper.step()
        assert shipper.waker.queue.count == 0
        assert shipper.idle()

    def test_a_dead_worker_is_not_buried_under_jobs(
        self, store: Store, own: Journal, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        due_at_once(monkeypatch)
        write(own, 200)
        for _ in range(20):
            shipper.step()
        assert shipper.waker.queue.count < 4 * len(keys.SHARDS)

    def test_without_a_queue_shipping_goes_on(
        self,
        store: Store,
        own: Journal,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """The queue may be a Redis of its own, and away."""
        due_at_once(monkeypatch)
        with own_server() as server:
            shipper = Shipper(tmp_path, store, Queue(rolling_up.QUEUE, connection=server.store.redis))
            server.kill()
            write(own, 10)
            for _ in range(3):
                shipper.step()
            assert len(streamed(store)) == 10
            assert [entry.message.partition(":")[0] for entry in caplog.records] == [
                "nobody can be asked to roll up, clicks wait in Redis"
            ]
            server.start()
            shipper.step()
            assert shipper.waker.queue.count == 1

    def test_before_the_end_all_that_is_behind_is_asked_for(self, store: Store, own: Journal, shipper: Shipper) -> None:
        write(own, 200)
        ship_all(shipper)
        asked = sorted(shard for job in shipper.waker.queue.jobs for shard in job.args)
        shipper.waker.ask()
        assert sorted(shard for job in shipper.waker.queue.jobs for shard in job.args) == asked
        shipper.waker.ask(last=True)
        assert sorted(shard for job in shipper.waker.queue.jobs for shard in job.args) == sorted(2 * asked)

    def test_with_clicks_behind_the_ship_process_stays(self, store: Store, shipper: Shipper, tmp_path: Path) -> None:
        owner = Journal(tmp_path, store.id())
        assert owner.append(record("post0", "s0", NOW), "post0")
        ship_all(shipper)
        owner.close()
        shipper._tailed.clear()
        assert not shipper.idle()
        store.redis.set(keys.post("post0"), "{}")
        roll_up_all(store)
        shipper.waker.ask()
        assert shipper.idle()

    def test_what_was_shipped_before_a_restart_is_asked_for(
        self, store: Store, own: Journal, shipper: Shipper, tmp_path: Path
    ) -> None:
        write(own, 1)
        ship_all(shipper)
        shipper.waker.queue.empty()
        other = make_shipper(store, tmp_path)
        other.step()
        assert other.waker.queue.count == 1


class TestRetire:
    def test_a_shipped_journal_goes_when_its_owner_is_gone(
        self, store: Store, own: Journal, shipper: Shipper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        due_at_once(monkeypatch)
        write(own, 10)
        for _ in range(5):
            shipper.step()
        assert len(journal.files(tmp_path)) == 1
        own.close()
        for _ in range(5):
            shipper.step()
        assert journal.files(tmp_path) == []
        assert len(streamed(store)) == 10

    def test_it_stays_until_its_last_line_is_shipped(
        self, store: Store, own: Journal, shipper: Shipper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        due_at_once(monkeypatch)
        monkeypatch.setattr(shippers, "PIECE", 2_048)
        write(own, 300)
        own.close()
        while journal.files(tmp_path):
            shipper.step()
        assert len(streamed(store)) == 300

    def test_its_marks_are_kept_for_days_and_then_dropped(
        self, store: Store, own: Journal, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        due_at_once(monkeypatch)
        write(own, 10)
        assert own.path is not None
        name, size = own.path.stem, own.size
        own.close()
        for _ in range(5):
            shipper.step()
        now = int(time.time())
        retention.sweep_marks(store, now=now * times.SECOND + retention.MARKS_KEPT - times.MINUTE)
        assert marks(store, name) == [size] * len(keys.SHARDS)
        retention.sweep_marks(store, now=now * times.SECOND + retention.MARKS_KEPT + times.MINUTE)
        assert all(store.redis.hlen(keys.marks(shard)) == 0 for shard in keys.SHARDS)

    def test_it_stays_while_its_losses_are_not_told(
        self, store: Store, shipper: Shipper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        due_at_once(monkeypatch)
        path = tmp_path / "a.log"
        path.write_bytes(journal.Header(store.id(), name=path.stem).encode())
        monkeypatch.setattr(shipper, "_tell_losses", lambda *_: None)
        shipper.step()
        with path.open("r+b") as file:
            file.write(journal.Header(store.id(), {"post": 1}, path.stem).encode())
        for _ in range(5):
            shipper.step()
        assert path.exists()
        monkeypatch.undo()
        due_at_once(monkeypatch)
        for _ in range(5):
            shipper.step()
        assert not path.exists()
        assert rollups.progress(store)["lost"] == 1

    def test_one_that_is_shorter_than_its_marks_goes_too(
        self, store: Store, own: Journal, shipper: Shipper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """A power cut took its end, which had been shipped."""
        due_at_once(monkeypatch)
        write(own, 10)
        ship_all(shipper)
        assert own.path is not None
        os.truncate(own.path, own.size - 300)
        own.close()
        for _ in range(5):
            shipper.step()
        assert journal.files(tmp_path) == []

    def test_many_wait_for_the_disk_together(
        self, store: Store, shipper: Shipper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        due_at_once(monkeypatch)
        waits: list[bool] = []
        settle = Store.settle
        monkeypatch.setattr(Store, "settle", lambda self: (waits.append(True), settle(self))[1])
        for _ in range(8):
            owner = Journal(tmp_path, store.id())
            write(owner, 1)
            owner.close()
        for _ in range(5):
            shipper.step()
        assert journal.files(tmp_path) == []
        assert len(waits) == 1

    def test_it_stays_while_the_server_has_not_got_it_on_disk(
        self, store: Store, own: Journal, shipper: Shipper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        due_at_once(monkeypatch)
        write(own, 10)
        own.close()
        monkeypatch.setattr(Store, "settle", lambda self: False)
        for _ in range(5):
            shipper.step()
        assert len(journal.files(tmp_path)) == 1


class TestAside:
    def test_a_journal_with_a_garbled_header_is_set_aside(self, store: Store, shipper: Shipper, tmp_path: Path) -> None:
        (tmp_path / "a.log").write_bytes(b"what is this?\n" * 1_000)
        shipper.step()
        assert journal.files(tmp_path) == []
        assert (tmp_path / "aside" / "a.log").exists()
        assert streamed(store) == []

    def test_its_clicks_are_counted_as_garbled_once(
        self, store: Store, own: Journal, shipper: Shipper, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        write(own, 5)
        path = own.path
        assert path is not None
        with path.open("r+b") as file:
            file.write(b"what is this?")
        own.close()
        shipper.step()
        assert rollups.progress(store)["garbled"] == 5
        assert f"{path.name} is set aside" in caplog.text
        (tmp_path / "aside" / path.name).rename(path)
        shipper.step()
        assert rollups.progress(store)["garbled"] == 5

    def test_one_of_another_version_is_set_aside_and_stops_nothing(
        self, store: Store, own: Journal, shipper: Shipper, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "a.log").write_bytes(journal.framed(b'{"v":2}'.ljust(journal.HEADER_SIZE - 10)))
        write(own, 10)
        ship_all(shipper)
        assert len(streamed(store)) == 10
        assert (tmp_path / "aside" / "a.log").exists()
        assert "format 2" in caplog.text

    def test_what_lay_aside_for_long_is_deleted(self, tmp_path: Path) -> None:
        (tmp_path / "aside").mkdir()
        for name, at in (("old.log", 1_000), ("new.log", 3_000)):
            (tmp_path / "aside" / name).touch()
            os.utime(tmp_path / "aside" / name, (at, at))
        assert aside.sweep(tmp_path, before=2_000) == 1
        assert [path.name for path in (tmp_path / "aside").iterdir()] == ["new.log"]
        assert aside.sweep(tmp_path / "nowhere", before=2_000) == 0

    def test_a_copy_is_set_aside_and_a_renamed_journal_goes_on(
        self, store: Store, own: Journal, shipper: Shipper, tmp_path: Path
    ) -> None:
        write(own, 10)
        ship_all(shipper)
        assert own.path is not None
        shutil.copy(own.path, tmp_path / "copy.log")
        ship_all(shipper)
        assert (tmp_path / "aside" / "copy.log").exists()
        own.path.rename(tmp_path / "renamed.log")
        write(own, 10, begin=10)
        for _ in range(3):
            shipper.forget()
            ship_all(shipper)
        assert len(streamed(store)) == 20

    def test_what_is_no_journal_stops_nothing(
        self, store: Store, own: Journal, shipper: Shipper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "folder.log").mkdir()
        (tmp_path / "locked.log").touch()
        write(own, 10)
        opened = os.open

        def forbidden(path: Any, *rest: Any) -> int:
            if Path(path).name == "locked.log":
                raise PermissionError("root may read everything, others may not")
            return opened(path, *rest)

        monkeypatch.setattr(os, "open", forbidden)
        ship_all(shipper)
        assert len(streamed(store)) == 10

    def test_losses_are_not_told_again_when_their_post_is_purged(self, store: Store, tmp_path: Path) -> None:
        post, _ = make_post(store, "bio_link")
        path = tmp_path / "losing.log"
        for lost in (100, 101):
            path.write_bytes(journal.Header(store.id(), {post.id: lost}, path.stem).encode())
            shipper = make_shipper(store, tmp_path)
            ship_all(shipper)
            if lost == 100:
                assert rollups.totals(store, [post.id])[0]["lost"] == 100
                posts.purge(store, post.id)
        assert rollups.progress(store)["lost"] == 1

    def test_where_that_is_impossible_the_others_are_shipped_all_the_same(
        self, store: Store, own: Journal, shipper: Shipper, tmp_path: Path
    ) -> None:
        (tmp_path / "aside").write_text("in the way")
        (tmp_path / "a.log").write_bytes(b"what is this?\n" * 1_000)
        write(own, 10)
        ship_all(shipper)
        assert len(streamed(store)) == 10
        assert (tmp_path / "a.log").exists()

    def test_a_header_that_is_being_written_is_read_again(
        self, store: Store, own: Journal, shipper: Shipper, tmp_path: Path
    ) -> None:
        write(own, 1)
        assert own.path is not None
        good = own.path.read_bytes()[: journal.HEADER_SIZE]
        with own.path.open("r+b") as file:
            file.write(good[:100] + b"?")
        ship_all(shipper)
        assert streamed(store) == []
        with own.path.open("r+b") as file:
            file.write(good)
        shipper.forget()
        ship_all(shipper)
        assert len(streamed(store)) == 1


class TestProcess:
    """`python -m shortlinks.clicks.ship` as it runs beside gunicorn."""

    @pytest.fixture
    def server(self) -> Iterator[Server]:
        with own_server() as made:
            yield made

    def test_there_is_one_a_host_and_sigterm_ships_what_is_left(self, server: Server, tmp_path: Path) -> None:
        own = Journal(tmp_path / "journal", server.store.id())
        with shipping(server.url, tmp_path) as first:
            until(lambda: named(tmp_path) == str(first.pid))
            with shipping(server.url, tmp_path) as second:
                assert second.wait(60) == 0
            records = write(own, 2_000)
            assert ship.stop_and_wait(tmp_path, 60)
            assert first.wait(60) == 0
        assert streamed(server.store) == in_order_by_shard(records)
        own.close()

    def test_it_is_started_where_there_is_none(
        self, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in {"REDIS_URL": server.url, "SECRET_KEY": "k" * 32, "SHORTLINKS_QUEUE_URL": ""}.items():
            monkeypatch.setenv(name, value)
        own = Journal(tmp_path / "journal", server.store.id())
        records = write(own, 10)
        ship.ensure_running(tmp_path)
        (process,) = ship._started
        try:
            # Another web process looks too while it begins.
            monkeypatch.setattr(ship, "_started", [])
            ship.ensure_running(tmp_path)
            assert ship._started == []
            monkeypatch.undo()
            until(lambda: len(streamed(server.store)) == len(records))
            ship.ensure_running(tmp_path)
            assert ship._started == [process]
            assert ship.stop_and_wait(tmp_path, 60)
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.wait()
            ship._started.clear()
        own.close()

    def test_redis_may_be_killed_under_it_and_come_back(self, server: Server, tmp_path: Path) -> None:
        own = Journal(tmp_path / "journal", server.store.id())
        with shipping(server.url, tmp_path) as process:
            records = write(own, 100)
            until(lambda: len(streamed(server.store)) == 100)
            server.kill()
            records += write(own, 100, begin=100)
            server.start()
            until(lambda: len(streamed(server.store)) == 200)
            assert streamed(server.store) == in_order_by_shard(records)
            process.terminate()
            assert process.wait(60) == 0
        own.close()

    def test_it_leaves_when_its_folder_was_deleted(self, server: Server, tmp_path: Path) -> None:
        with shipping(server.url, tmp_path) as process:
            until(lambda: named(tmp_path) == str(process.pid))
            shutil.rmtree(tmp_path / "journal")
            assert process.wait(60) == 0

    def test_trying_the_lock_never_names_anyone_to_be_killed(self, tmp_path: Path) -> None:
        assert ship.stop_and_wait(tmp_path)
        assert named(tmp_path) == ""

    def test_one_of_another_host_that_shares_the_folder_is_not_told_to_stop(
        self, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Two containers on one volume: its process id means nothing here."""
        with shipping(server.url, tmp_path) as process:
            until(lambda: named(tmp_path) == str(process.pid))
            monkeypatch.setattr(socket, "gethostname", lambda: "another")
            assert not ship.stop_and_wait(tmp_path, 5)
            monkeypatch.undo()
            assert ship.stop_and_wait(tmp_path, 60)
            assert process.wait(60) == 0

    def test_stopping_gives_up_on_one_that_does_not_listen(self, server: Server, tmp_path: Path) -> None:
        with shipping(server.url, tmp_path) as process:
            until(lambda: named(tmp_path) == str(process.pid))
            process.send_signal(signal.SIGSTOP)
            assert not ship.stop_and_wait(tmp_path, 0.2)
        assert ship.stop_and_wait(tmp_path, 60)


def named(folder: Path) -> str:
    """Whom the lock file names as the ship process."""
    try:
        return (folder / "journal" / "ship.lock").read_text().partition(" ")[0]
    except FileNotFoundError:
        return ""


def until(holds: Any) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_posts_of_one_shard_share_its_stream(store: Store, own: Journal, shipper: Shipper) -> None:
    one, other = make_post_in(store, "03"), make_post_in(store, "03")
    for post, link in (one, other):
        own.append(record(post.id, link.slug), post.id)
    ship_all(shipper)
    assert store.redis.xlen(keys.clicks("03")) == 1
    assert roll_up_all(store) == 2
