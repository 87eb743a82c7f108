"""Forgetting in time: single clicks go, counts stay."""

import time
from contextlib import suppress
from typing import Any

import pytest
from clicking import NOW, Server, asked, counted, make_post, own_server, pour, record, roll_up_all, streamed

from shortlinks import keys, times
from shortlinks.clicks import clicks
from shortlinks.posts import posts
from shortlinks.rollups import kept_clicks, retention, rolling_up, rollups, steps
from shortlinks.store import Store


def at_kept(store: Store, post: posts.Post) -> list[int]:
    return [kept.at for kept in kept_clicks.stream(store, post.id)]


def fill(store: Store, post: posts.Post, *moments: int) -> None:
    pour(store, [record(post.id, "slug", at) for at in moments])
    roll_up_all(store)


def test_old_clicks_go_from_the_tail_and_their_counts_stay(store: Store) -> None:
    post, _ = make_post(store)
    fill(store, post, NOW - 2 * times.DAY, NOW - times.DAY, NOW)
    before = {name: value for name, value in counted(store, post.id).items() if name != "kept"}
    assert retention.trim(store, before=NOW - times.DAY) == 1
    assert at_kept(store, post) == [NOW - times.DAY, NOW]
    assert {name: value for name, value in counted(store, post.id).items() if name != "kept"} == before


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The time it is, to be set."""
    at = [NOW]
    monkeypatch.setattr(times, "now", lambda: at[0])
    return at


@pytest.mark.usefixtures("clock")
def test_a_chunk_goes_when_its_newest_click_is_due(store: Store) -> None:
    post, _ = make_post(store)
    fill(store, post, *[NOW - times.HOUR] * 63, NOW)
    assert retention.trim(store, before=NOW) == 1
    assert len(at_kept(store, post)) == 64
    retention.trim(store, before=NOW + 1)
    assert at_kept(store, post) == []
    assert rollups.hits(rollups.totals(store, [post.id])[0]) == 64


@pytest.mark.parametrize("a_day", [1, 3, 20, 50])
def test_no_click_is_kept_much_longer_than_the_retention_time(store: Store, clock: list[int], a_day: int) -> None:
    """However few there are: those that waited for a chunk count from their own time, not from when it was sealed."""
    post, _ = make_post(store)
    retained = 20 * times.DAY
    for day in range(60):
        clock[0] = NOW + day * times.DAY
        fill(store, post, *(clock[0] + number for number in range(a_day)))
        retention.trim(store, before=clock[0] - retained)
        left = at_kept(store, post)
        assert left == sorted(left)
        assert min(left) >= clock[0] - retained - times.DAY
        assert len(left) >= a_day * min(day + 1, retained // times.DAY)


def test_a_click_that_comes_late_is_kept_behind_younger_ones(store: Store, clock: list[int]) -> None:
    post, _ = make_post(store)
    fill(store, post, *[NOW] * 40)
    fill(store, post, *[NOW - 5 * times.DAY] * 40)
    fill(store, post, *[NOW] * 40)
    assert at_kept(store, post) == [NOW] * 40 + [NOW - 5 * times.DAY] * 40 + [NOW] * 40
    assert rollups.progress(store)["rejected"] == 0


@pytest.mark.usefixtures("clock")
def test_a_tail_that_is_trimmed_while_a_roll_up_seals_it_does_not_come_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, _ = make_post(store)
    fill(store, post, *[NOW - times.DAY] * 5)
    of_batch, seen = steps.of_batch, []

    def trimmed_behind_our_back(*arguments: Any, **named: Any) -> Any:
        if not seen:
            seen.append(1)
            retention.trim(store, before=NOW)
        return of_batch(*arguments, **named)

    monkeypatch.setattr(steps, "of_batch", trimmed_behind_our_back)
    fill(store, post, *[NOW] * 40)
    assert at_kept(store, post) == [NOW] * 40
    assert rollups.hits(rollups.totals(store, [post.id])[0]) == 45


def test_a_click_that_waits_for_its_roll_up_is_not_forgotten_however_old_it_is(store: Store) -> None:
    post, _ = make_post(store)
    later = times.now() + times.DAY  # by the clock that names what waits in a stream, too
    fill(store, post, NOW)
    waiting = [record(post.id, "slug", at) for at in (0, NOW - 1_000 * times.DAY, NOW - 1)]
    pour(store, waiting)
    retention.trim(store, before=later)
    assert at_kept(store, post) == []
    assert streamed(store) == waiting
    assert roll_up_all(store) == 3
    assert streamed(store) == []
    before = {name: value for name, value in counted(store, post.id).items() if name != "kept"}
    assert rollups.hits(before["total"]) == sum(before["by"]["device"].values()) == 4
    retention.trim(store, before=later)
    assert counted(store, post.id) == before | {"kept": []}


def test_clicks_that_come_while_a_roll_up_is_at_work_wait_for_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It clears the stream up to what it has read and no further."""
    post, _ = make_post(store)
    late = [record(post.id, "slug", NOW - 365 * times.DAY + number) for number in range(3)]
    of_batch = steps.of_batch

    def more_meanwhile(*arguments: Any, **named: Any) -> Any:
        pour(store, late)
        monkeypatch.setattr(steps, "of_batch", of_batch)
        return of_batch(*arguments, **named)

    monkeypatch.setattr(steps, "of_batch", more_meanwhile)
    pour(store, [record(post.id, "slug", NOW)])
    assert rolling_up.roll_up(store, keys.shard(post.id)) == 1
    assert streamed(store) == late
    assert rolling_up.roll_up(store, keys.shard(post.id)) == 3
    assert rollups.hits(rollups.totals(store, [post.id])[0]) == 4


def test_archived_posts_are_looked_at_too(store: Store) -> None:
    post, _ = make_post(store)
    fill(store, post, NOW - times.DAY)
    posts.update(store, post.id, {"archived": True}, now=NOW)
    assert retention.trim(store, before=NOW) == 1
    assert at_kept(store, post) == []


def test_a_tail_that_is_sealed_meanwhile_loses_no_young_click(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    post, _ = make_post(store)
    fill(store, post, *[NOW - times.DAY] * 5)
    parse, seen = clicks.parse_kept, []

    def sealed_behind_our_back(post_id: str, line: str) -> clicks.Kept:
        seen.append(line)
        if len(seen) == 2:  # the first look was whether there is anything old; from the second on it is watched
            fill(store, post, *[NOW] * 300)
        return parse(post_id, line)

    with monkeypatch.context() as patch:
        patch.setattr(clicks, "parse_kept", sealed_behind_our_back)
        retention.trim(store, before=NOW)
    assert at_kept(store, post).count(NOW) == 300


def test_posts_without_old_clicks_are_looked_at_many_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    often = []
    for _ in range(2):
        for _ in range(5):
            fill(store, make_post(store)[0], NOW)
        with asked(monkeypatch) as sent:
            retention.trim(store, before=NOW)
        often.append(len(sent))
    assert often[0] == often[1]


def test_trimming_nothing_is_fine(store: Store) -> None:
    assert retention.trim(store, before=NOW) == 0
    post, _ = make_post(store)
    assert retention.trim(store, before=0) == 1
    assert at_kept(store, post) == []


def test_an_expired_salt_leaves_the_disk_with_the_next_rewrite() -> None:
    with own_server() as server:
        salt = b"a salt that nobody may find again"
        server.store.redis.set(keys.salt(1), salt, px=1)
        assert salt in on_disk(server)
        while server.store.redis.exists(keys.salt(1)):
            time.sleep(0.001)
        assert retention.rewrite_log(server.store, now=NOW)
        deadline = time.monotonic() + 60
        while salt in on_disk(server):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_salt_that_expired_and_was_not_deleted_yet_is_not_written_anew() -> None:
    """As after days without power: the clock asks for a rewrite before the server comes to what has expired meanwhile."""
    with own_server("--enable-debug-command", "yes") as server:
        server.store.redis.execute_command("DEBUG", "SET-ACTIVE-EXPIRE", "0")
        today = times.day_of(times.now())
        salts = {day: b"the salt of the day %d" % day for day in (today - 3_000, today - 1, today)}
        for day, salt in salts.items():
            server.store.redis.set(keys.salt(day), salt, px=1 if day < today else times.DAY)
        assert retention.rewrite_log(server.store, now=times.now())
        deadline = time.monotonic() + 60
        while salts[today - 1] in on_disk(server):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert [salt in on_disk(server) for salt in salts.values()] == [False, False, True]


def test_a_salt_is_forgotten_by_the_servers_clock(store: Store) -> None:
    """A host whose clock is ahead takes none away from the others."""
    today = times.day_of(times.now())
    store.redis.set(keys.salt(today), "in use", pxat=(today + 1) * times.DAY)
    retention.rewrite_log(store, now=times.now() + 2 * times.DAY)
    assert store.redis.get(keys.salt(today)) == b"in use"


def test_a_slow_log_with_a_salt_in_it_is_emptied_and_another_is_left() -> None:
    with own_server() as server:
        client = server.store.redis
        client.config_set("slowlog-log-slower-than", 0)
        client.set("what", "an owner wants to see")
        client.config_set("slowlog-log-slower-than", -1)
        retention.rewrite_log(server.store, now=NOW)
        assert any(b"wants to see" in entry["command"] for entry in client.slowlog_get())
        client.config_set("slowlog-log-slower-than", 0)
        client.set(keys.salt(1), "salt", px=1)
        client.config_set("slowlog-log-slower-than", -1)
        retention.rewrite_log(server.store, now=NOW)
        assert client.slowlog_get() == []


def test_a_server_that_keeps_its_slow_log_to_itself_is_left_alone() -> None:
    with own_server("--rename-command", "SLOWLOG", "") as server:
        retention.rewrite_log(server.store, now=NOW)


def on_disk(server: Server) -> bytes:
    """The append-only file, also while its parts are being replaced."""
    parts = []
    for path in server.folder.glob("appendonlydir/*"):
        with suppress(FileNotFoundError):
            parts.append(path.read_bytes())
    return b"".join(parts)


def test_a_server_that_allows_no_rewrite_is_left_alone() -> None:
    with own_server("--rename-command", "BGREWRITEAOF", "") as server:
        assert not retention.rewrite_log(server.store, now=NOW)
