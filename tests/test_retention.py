"""Forgetting in time: single clicks go, counts stay."""

import time
from contextlib import suppress

import pytest
from clicking import NOW, Server, counted, make_post, own_server, pour, record, roll_up_all

from shortlinks import clicks, keys, posts, retention, rollups, times
from shortlinks.store import Store


def at_kept(store: Store, post: posts.Post) -> list[int]:
    return [kept.at for kept in clicks.stream(store, post.id)]


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


def test_a_chunk_goes_when_it_was_sealed_before(store: Store) -> None:
    post, _ = make_post(store)
    fill(store, post, *[NOW] * 64)
    sealed = int(store.redis.xrange(keys.kept(post.id))[-1][0].partition(b"-")[0])
    assert retention.trim(store, before=sealed) == 1
    assert len(at_kept(store, post)) == 64
    retention.trim(store, before=sealed + 1)
    assert at_kept(store, post) == []
    assert rollups.hits(rollups.totals(store, [post.id])[0]) == 64


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
        if not seen:
            seen.append(1)
            fill(store, post, *[NOW] * 300)
        return parse(post_id, line)

    with monkeypatch.context() as patch:
        patch.setattr(clicks, "parse_kept", sealed_behind_our_back)
        retention.trim(store, before=NOW)
    assert at_kept(store, post).count(NOW) == 300


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
        assert retention.rewrite_log(server.store)
        deadline = time.monotonic() + 20
        while salt in on_disk(server):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def on_disk(server: Server) -> bytes:
    """The append-only file, also while its parts are being replaced."""
    parts = []
    for path in server.folder.glob("appendonlydir/*"):
        with suppress(FileNotFoundError):
            parts.append(path.read_bytes())
    return b"".join(parts)


def test_a_server_that_allows_no_rewrite_is_left_alone() -> None:
    with own_server("--rename-command", "BGREWRITEAOF", "") as server:
        assert not retention.rewrite_log(server.store)
