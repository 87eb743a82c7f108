"""Rolling up and reading what was counted, on the real server: what must hold for any clicks, however they come."""

from collections import Counter
from collections.abc import Sequence

import pytest
import redis
from clicking import (
    CRAWLER,
    NOW,
    PHONE,
    PREVIEW,
    counted,
    make_post,
    make_post_in,
    own_server,
    pour,
    record,
    roll_up_all,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shortlinks import keys, times
from shortlinks.clicks import clicks, neighbours
from shortlinks.errors import Invalid
from shortlinks.posts import posts
from shortlinks.rollups import kept_clicks, rolling_up, rollups, steps, tally
from shortlinks.store import Store

POST = "somepost22"
few = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# So few that repeats and bursts are common.
LIMITS = neighbours.Limits(visitor=3, network=6)

any_click = st.builds(
    lambda slug, at, **fields: (slug, at, fields),
    st.sampled_from("ab"),
    st.integers(-3 * times.DAY, 3 * times.DAY).map(lambda offset: NOW + offset)
    | st.integers(NOW, NOW + 3 * times.MINUTE),
    visitor=st.integers(0, 5).map(str),
    net=st.sampled_from(["net1", "net2"]),
    agent=st.sampled_from([PHONE, PHONE, PHONE, CRAWLER, PREVIEW, ""]),
    method=st.sampled_from(["GET", "GET", "GET", "HEAD"]),
    signals=st.sampled_from(["", "", "", "prefetch", "expired"]),
    country=st.sampled_from(["DE", "MX", ""]),
    origin=st.integers(0, 30).map(lambda number: f"https://{number}.example"),
)
any_clicks = st.lists(any_click, max_size=60)
# One person, or few, who tap on and on.
taps = st.lists(
    st.builds(
        lambda slug, at, visitor: (slug, at, {"visitor": visitor, "net": "net1"}),
        st.sampled_from("ab"),
        st.integers(0, 150).map(lambda second: NOW + second * times.SECOND),
        st.sampled_from("123"),
    ),
    min_size=8,
    max_size=40,
)


def lines(found: Sequence[tuple[str, int, dict[str, str]]]) -> list[bytes]:
    return [record(POST, slug, at, nonce=f"{number:012x}", **fields) for number, (slug, at, fields) in enumerate(found)]  # type: ignore[arg-type]


def begin(store: Store) -> None:
    store.redis.flushall()
    store.redis.set(keys.post(POST), "{}")


def roll_up(store: Store) -> int:
    return rolling_up.roll_up(store, keys.shard(POST), LIMITS)


class TestBatches:
    @few
    @given(
        found=any_clicks | taps,
        cuts=st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=8),
        limit=st.integers(3, 40),
    )
    @example(
        # One visitor in two minutes, which arrive out of order.
        found=[
            ("a", NOW + times.MINUTE, {"visitor": "1", "net": "1"}),
            ("a", NOW, {"visitor": "2", "net": "1"}),
            ("a", NOW + times.MINUTE, {"visitor": "2", "net": "1"}),
        ],
        cuts=[(2, True)],
        limit=40,
    )
    def test_how_clicks_are_split_into_batches_changes_no_count(
        self,
        store: Store,
        found: list[tuple[str, int, dict[str, str]]],
        cuts: list[tuple[int, bool]],
        limit: int,
    ) -> None:
        """Cut into entries of the stream, some of which are rolled up before the next comes."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tally, "VALUES_LIMIT", limit)
            begin(store)
            pour(store, lines(found))
            roll_up(store)
            at_once = counted(store, POST)
            begin(store)
            start = 0
            for end, at_this_point in [*sorted(cuts), (len(found), True)]:
                pour(store, lines(found)[start:end])
                start = max(start, end)
                if at_this_point:
                    roll_up(store)
            assert counted(store, POST) == at_once

    @few
    @given(found=any_clicks)
    def test_sums_reconcile(self, store: Store, found: list[tuple[str, int, dict[str, str]]]) -> None:
        begin(store)
        pour(store, lines(found))
        assert roll_up(store) == len(found)
        everything = counted(store, POST)
        total = everything["total"]
        reasons = {reason: number for reason, number in total.items() if reason not in ("visitors", "lost") and number}
        assert rollups.hits(total) == sum(reasons.values()) == len(found) == len(everything["kept"])
        for sums in (everything["days"], everything["minutes"]):
            by_reason: Counter[str] = Counter()
            for (_, _, reason), number in sums.items():
                by_reason[reason] += number
            assert by_reason.pop("visitors", 0) == total["visitors"]
            assert by_reason == reasons
        assert Counter(kept.reason for kept in everything["kept"]) == reasons
        for values in everything["by"].values():
            assert values.total() == total["human"]
        assert total["visitors"] <= total["human"]
        per_day = {(kept.at // times.DAY, kept.visitor) for kept in everything["kept"] if kept.reason == "human"}
        assert total["visitors"] == len(per_day)

    @few
    @given(found=st.lists(any_click, min_size=1, max_size=40))
    def test_replaying_a_committed_batch_changes_nothing(
        self, store: Store, found: list[tuple[str, int, dict[str, str]]]
    ) -> None:
        begin(store)
        shard = keys.shard(POST)
        pour(store, lines(found))
        ((entry, fields),) = store.redis.xrange(keys.clicks(shard))
        roll_up(store)
        before = counted(store, POST), rollups.progress(store), store.redis.hgetall(keys.progress(shard))
        # The same call again, as after an answer that got lost.
        batch = tally.count(tally.judge(tally.parse(fields[b"b"])[0]), neighbours.Recent({}))
        names, changes, arguments = steps.of_batch(batch, {POST: []}, now=NOW, posts={POST})
        answer = store.script("commit_rollup")(
            keys=[keys.progress(shard), keys.clicks(shard), *names],
            args=["", "", entry, entry, batch.counted, 0, 0, changes, *arguments],
        )
        assert answer == [0, entry]
        assert roll_up(store) == 0
        assert (counted(store, POST), rollups.progress(store), store.redis.hgetall(keys.progress(shard))) == before

    def test_what_was_rolled_up_has_left_the_stream(self, store: Store) -> None:
        begin(store)
        for _ in range(20):
            pour(store, [record(POST, "a")])
        assert rollups.lag(store)["pending_batches"] == 20
        assert roll_up(store) == 20
        assert rollups.lag(store) == {"pending_batches": 0, "oldest_seconds": 0.0}
        pour(store, [record(POST, "a")])
        assert roll_up(store) == 1

    def test_garbled_lines_are_rejected_and_counted(self, store: Store) -> None:
        begin(store)
        pour(store, [record(POST, "a"), POST.encode() + b"\tgarbled", record(POST, "a")])
        store.redis.xadd(keys.clicks(keys.shard(POST)), {"what": "is this"})
        assert roll_up(store) == 2
        assert rollups.progress(store) | {"lost": 0} == {
            **{"shipped": 0, "garbled": 0, "dropped": 0, "lost": 0},
            **{"counted": 2, "rejected": 2},
        }

    def test_values_beyond_the_limit_are_summed_up(self, store: Store) -> None:
        begin(store)
        pour(store, [record(POST, "a", origin=f"https://{number}.example") for number in range(300)])
        roll_up(store)
        found = dict(rollups.breakdown(store, POST, "referrer"))
        assert len(found) == tally.VALUES_LIMIT + 1
        assert found["(other)"] == 100

    def test_referrers_are_stored_by_origin_and_read_by_name(self, store: Store) -> None:
        begin(store)
        origins = ["https://www.instagram.com", "https://a.example", "https://www.a.example", "https://a.example"]
        origins += ["https://l.instagram.com", "", "android-app://com.instagram.android", "http://instagram.com"]
        pour(store, [record(POST, "a", origin=origin) for origin in origins])
        roll_up(store)
        stored = {name.decode() for name in store.redis.hkeys(keys.by(POST, "referrer"))}
        assert stored == (set(origins) - {""}) | {tally.UNKNOWN}
        assert rollups.breakdown(store, POST, "referrer") == [("Instagram", 4), ("a.example", 3), (tally.UNKNOWN, 1)]

    @pytest.mark.parametrize("broken", ["total", "days", "tail", "kept", "minutes", "by", "visitors"])
    def test_a_key_of_a_wrong_type_costs_its_own_step_and_is_counted(self, store: Store, broken: str) -> None:
        begin(store)
        day = NOW // times.DAY
        names = {
            **{"total": keys.total(POST), "days": keys.days(POST), "tail": keys.tail(POST), "kept": keys.kept(POST)},
            **{"minutes": keys.minutes(POST, day), "by": keys.by(POST, "os"), "visitors": keys.visitors(POST, day)},
        }
        store.redis.zadd(names[broken], {"a sorted set where another type should be": 1})
        pour(store, [record(POST, "a") for _ in range(40)])
        assert roll_up(store) == 40
        assert rollups.progress(store)["rejected"] >= 1
        assert rollups.progress(store)["counted"] == 40
        assert rollups.lag(store)["pending_batches"] == 0
        store.redis.delete(names[broken])
        pour(store, [record(POST, "a")])
        assert roll_up(store) == 1
        if broken != "total":
            assert rollups.totals(store, [POST])[0]["human"] == 41
        if broken != "minutes":
            assert sum(rollups.minutes(store, POST, [day]).values()) >= 41

    def test_a_server_out_of_memory_changes_nothing_and_it_works_later(self) -> None:
        with own_server("--maxmemory-policy", "noeviction") as server:
            store = server.store
            begin(store)
            pour(store, [record(POST, "a") for _ in range(40)])
            shard = keys.shard(POST)
            store.redis.config_set("maxmemory", 1)
            with pytest.raises(redis.ResponseError, match=r"OOM|memory"):
                rolling_up.roll_up(store, shard)
            with pytest.raises(redis.ResponseError, match=r"OOM|memory"):
                store.script("ship_clicks")(
                    keys=[keys.clicks(shard), keys.marks(shard), keys.progress(shard)], args=["j", 0, 9, 1, b"x", 0]
                )
            assert store.redis.exists(keys.total(POST), keys.progress(shard), keys.marks(shard)) == 0
            assert store.redis.xlen(keys.clicks(shard)) == 1
            store.redis.config_set("maxmemory", 0)
            assert rolling_up.roll_up(store, shard) == 40
            assert counted(store, POST)["total"]["human"] == 40


class TestErase:
    def test_nothing_of_a_purged_post_is_left_in_its_shard(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        for day in range(3):
            pour(store, [record(post.id, link.slug, NOW + day * times.DAY, visitor=str(n)) for n in range(40)])
        roll_up_all(store)
        assert list(store.redis.scan_iter(f"*}}:post:{post.id}:*"))
        posts.purge(store, post.id)
        assert list(store.redis.scan_iter(f"*{post.id}*")) == []

    def test_an_erased_posts_late_clicks_are_dropped_and_counted(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        pour(store, [record(post.id, link.slug)])
        posts.purge(store, post.id)
        pour(store, [record(post.id, link.slug) for _ in range(3)])
        assert roll_up_all(store) == 0
        assert rollups.progress(store)["dropped"] == 4
        assert list(store.redis.scan_iter(f"*{post.id}*")) == []

    def test_a_roll_up_under_way_while_a_post_is_erased_counts_none_of_its_clicks(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        post, link = make_post_in(store, "05")
        other, other_link = make_post_in(store, "05")
        pour(store, [record(post.id, link.slug), record(other.id, other_link.slug)])
        alive = rolling_up._alive
        seen: list[int] = []

        def purged_behind_our_back(store: Store, post_ids: set[str]) -> object:
            found = alive(store, post_ids)
            if not seen:
                seen.append(1)
                posts.purge(store, post.id)
            return found

        monkeypatch.setattr(rolling_up, "_alive", purged_behind_our_back)
        assert rolling_up.roll_up(store, "05") == 1
        assert rollups.progress(store)["dropped"] == 1
        assert list(store.redis.scan_iter(f"*{post.id}*")) == []
        assert rollups.totals(store, [other.id])[0]["human"] == 1

    def test_a_day_cannot_be_added_once_the_erasing_has_looked_which_there_are(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A roll-up that found the post alive commits at the worst moment."""
        post, link = make_post_in(store, "05")
        pour(store, [record(post.id, link.slug)])
        rolling_up.roll_up(store, "05")
        cursor = store.redis.hget(keys.progress("05"), "cursor")
        late = clicks.parse(record(post.id, link.slug, NOW + times.DAY))
        batch = tally.count(tally.judge([late]), neighbours.Recent({}))
        names, changes, arguments = steps.of_batch(batch, {}, now=NOW, posts=())
        hkeys, answers = store.redis.hkeys, []

        def looked(key: str) -> object:
            days = hkeys(key)
            commit = store.script("commit_rollup")(
                keys=[keys.progress("05"), keys.clicks("05"), *names],
                args=[cursor, "", "9999999999999-0", "9999999999999-1", 1, 0, 0, changes, *arguments],
            )
            answers.append(commit)
            return days

        monkeypatch.setattr(store.redis, "hkeys", looked)
        rollups.erase(store, post.id)
        assert answers == [[0, cursor]]
        assert list(store.redis.scan_iter(f"sl:{{05}}:post:{post.id}:*")) == []


class TestBetween:
    @few
    @given(
        found=any_clicks,
        edges=st.lists(
            st.integers(-4 * 1_440, 4 * 1_440).map(lambda minute: (times.minute_of(NOW) + minute) * times.MINUTE)
            | st.integers(-4, 4).map(lambda day: (times.day_of(NOW) + day) * times.DAY)
            | st.integers(0, 4).map(lambda minute: (times.minute_of(NOW) + minute) * times.MINUTE),
            max_size=8,
            unique=True,
        ),
        forever=st.booleans(),
    )
    def test_it_equals_a_brute_force_count(
        self, store: Store, found: list[tuple[str, int, dict[str, str]]], edges: list[int], forever: bool
    ) -> None:
        begin(store)
        pour(store, lines(found))
        roll_up(store)
        bounds = sorted(edges)
        intervals = list(zip(bounds[::2], bounds[1::2], strict=False))
        if forever and len(bounds) % 2:
            intervals.append((bounds[-1], 1 << 62))
        expected = Counter(
            (kept.slug, kept.reason)
            for kept in kept_clicks.stream(store, POST)
            if any(start <= kept.at < end for start, end in intervals)
        )
        read = rollups.between(store, POST, intervals)
        read.pop(("", "visitors"), None)
        assert read == expected

    def test_of_whole_days_no_minute_is_read(self, store: Store) -> None:
        begin(store)
        pour(store, [record(POST, "a", NOW + day * times.DAY) for day in range(30)])
        roll_up(store)
        for day in range(1, 29):
            store.redis.delete(keys.minutes(POST, times.day_of(NOW) + day))
        assert rollups.between(store, POST, [(NOW // times.MINUTE * times.MINUTE, 1 << 62)])["a", "human"] == 30


class TestBreakdown:
    def test_by_link_reason_and_dimension(self, store: Store) -> None:
        begin(store)
        pour(
            store,
            [
                record(POST, "a", country="DE"),
                record(POST, "b"),
                record(POST, "b", country="MX"),
                record(POST, "b", agent=PREVIEW),
            ],
        )
        roll_up(store)
        assert rollups.breakdown(store, POST, "link") == [("b", 2), ("a", 1)]
        assert rollups.breakdown(store, POST, "reason") == [("human", 3), ("preview", 1)]
        assert rollups.breakdown(store, POST, "country") == [("DE", 2), ("MX", 1)]
        with pytest.raises(Invalid, match="by"):
            rollups.breakdown(store, POST, "moon")

    def test_of_a_post_without_clicks_all_is_empty(self, store: Store) -> None:
        assert rollups.totals(store, [POST]) == [{"human": 0, "visitors": 0, "lost": 0}]
        assert all(rollups.breakdown(store, POST, by) == [] for by in (*keys.DIMENSIONS, "link", "reason"))
        assert rollups.ledger(rollups.totals(store, [POST])[0]) == {"hits": 0, "human": 0, "lost": 0}

    def test_only_reasons_there_are_can_be_asked_for(self) -> None:
        assert rollups.known_reason("human") == "human"
        assert rollups.known_reason("visitors") == "visitors"
        with pytest.raises(Invalid, match="reason"):
            rollups.known_reason("lost")


@pytest.mark.parametrize("spoil", ["key", "field"])
def test_marks_of_own_taps_that_make_no_sense_stop_no_roll_up(store: Store, spoil: str) -> None:
    begin(store)
    if spoil == "key":
        store.redis.set(keys.SELVES, "no hash")
    else:
        store.redis.hset(keys.SELVES, mapping={"20000": "x", "x|y|z": "[]", "20000|visitor|me": "[[1"})
    pour(store, [record(POST, "a")])
    assert roll_up(store) == 1
    assert rollups.totals(store, [POST])[0]["human"] == 1
