"""Counting kept clicks again: what comes of it is what a roll-up from scratch makes of the same clicks."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from clicking import CRAWLER, NOW, PHONE, PREVIEW, counted, make_post, pour, record, roll_up_all
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shortlinks import keys, times
from shortlinks import store as stores
from shortlinks.backups import export
from shortlinks.clicks import classify, clicks, neighbours, own_taps, selves
from shortlinks.clicks.classify import Verdict
from shortlinks.clicks.neighbours import Limits
from shortlinks.errors import Unavailable
from shortlinks.rollups import draft, kept_clicks, moment, recounting, retention, rolling_up, rollups, swapping, tally
from shortlinks.store import Store

POST = "somepost22"
LIMITS = Limits(visitor=3, network=6)
WHATSAPP = "WhatsApp/2.23.20.0 A"
few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Recorded = tuple[str, int, dict[str, str]]
any_click = st.builds(
    lambda slug, at, **fields: (slug, NOW + at, fields),
    st.sampled_from("ab"),
    st.integers(-3 * times.DAY, times.DAY) | st.integers(0, 3 * times.MINUTE) | st.just(-2 * times.DAY),
    visitor=st.integers(0, 4).map(str),
    net=st.sampled_from(["net1", "net2"]),
    agent=st.sampled_from([PHONE, PHONE, PHONE, CRAWLER, PREVIEW, WHATSAPP, "strange", ""]),
    method=st.sampled_from(["GET", "GET", "GET", "HEAD"]),
    signals=st.sampled_from(["", "", "", "prefetch", "expired", "self"]),
    country=st.sampled_from(["DE", "MX", ""]),
    origin=st.integers(0, 30).map(lambda number: f"https://{number}.example"),
)
any_clicks = st.lists(any_click, max_size=80)
cuts = st.lists(st.integers(0, 80), max_size=5)


def lines(found: Sequence[Recorded], first: int = 0) -> list[bytes]:
    return [
        record(POST, slug, at, nonce=f"{number:012x}", **fields)  # type: ignore[arg-type]
        for number, (slug, at, fields) in enumerate(found, first)
    ]


def begin(store: Store) -> None:
    store.redis.flushall()
    store.redis.set(keys.post(POST), "{}")
    store.redis.zadd(keys.POSTS, {POST: 1})


def roll_up(store: Store, found: Sequence[Recorded], cuts: Sequence[int] = (), first: int = 0) -> None:
    written = lines(found, first)
    start = 0
    for end in [*sorted(cuts), len(written)]:
        if written[start:end]:
            pour(store, written[start:end])
            rolling_up.roll_up(store, keys.shard(POST), LIMITS)
        start = max(start, end)


@contextmanager
def other_rules() -> Iterator[None]:
    """Rules that know no crawlers, take every preview for a person and the strange for a preview."""

    def classified(method: str, signals: str, agent: str, origin: str) -> Verdict:
        real = real_rules(method, signals, agent, origin)
        reason = {"crawler": "human", "preview": "human", "head": "monitor"}.get(real.reason, real.reason)
        reason, app = ("preview", "WhatsApp") if agent == "strange" else (reason, f"{agent[:4]}{origin[-9:]}")
        return Verdict(reason, app, "other", "Other", "Other")

    real_rules = classify.classify
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classify, "classify", classified)
        patch.setattr(classify, "VERSION", 1)
        patch.setattr(tally, "VERSION", "version:1")
        yield


def everything(store: Store) -> dict[str, Any]:
    """All that Redis holds of the post but the names of chunks; sketches by what they estimate."""
    found: dict[str, Any] = {}
    for raw in store.redis.scan_iter(f"sl:*post:{POST}:*"):
        name = raw.decode()
        match store.redis.type(raw):
            case b"hash":
                found[name] = store.redis.hgetall(raw)
            case b"string":
                found[name] = store.redis.pfcount(raw)
            case b"list":
                found[name] = store.redis.lrange(raw, 0, -1)
            case b"stream":
                found[name] = [clicks.unpack(fields[b"z"]) for _, fields in store.redis.xrange(raw)]
    return found


def recount(store: Store, **asked: Any) -> recounting.Outcome:
    return recounting.recount(store, POST, LIMITS, now=NOW, **asked)


def an_hour_later(store: Store) -> None:
    """What was remembered of clicks of more than an hour ago is forgotten."""
    late = (NOW - neighbours.REMEMBERED_SECONDS * times.SECOND) // neighbours.SLOT
    for raw in store.redis.scan_iter("*:recent:*"):
        if int(raw.rpartition(b":")[2]) < late:
            store.redis.delete(raw)


def many(seed: int) -> tuple[list[Recorded], list[Recorded], list[int]]:
    """Several hundred clicks as `any_click` has them, more to follow, and cuts."""
    chance = random.Random(seed)
    when = [lambda: chance.randrange(-6 * times.DAY, times.DAY), lambda: chance.randrange(3 * times.MINUTE)]

    def one() -> Recorded:
        return (
            chance.choice("ab"),
            NOW + chance.choice(when)(),
            {
                "visitor": str(chance.randrange(12)),
                "net": chance.choice(["net1", "net2"]),
                "agent": chance.choice([PHONE, PHONE, PHONE, CRAWLER, PREVIEW, WHATSAPP, "strange"]),
                "origin": f"https://{chance.randrange(40)}.example",
                "country": chance.choice(["DE", "MX", ""]),
            },
        )

    return [one() for _ in range(400)], [one() for _ in range(60)], sorted(chance.sample(range(400), 12))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("limit", [10, 40])
def test_many_clicks_come_to_the_same_as_from_scratch(store: Store, seed: int, limit: int) -> None:
    found, more, cuts = many(seed)
    compare(store, found, more, cuts, limit=limit, marked=bool(seed % 2), later=seed > 1)


@few
@given(
    found=any_clicks,
    more=any_clicks,
    cuts=cuts,
    limit=st.integers(3, 40),
    marked=st.booleans(),
    later=st.booleans(),
)
def test_it_is_the_same_as_a_roll_up_from_scratch(
    store: Store, found: list[Recorded], more: list[Recorded], cuts: list[int], limit: int, marked: bool, later: bool
) -> None:
    compare(store, found, more, cuts, limit=limit, marked=marked, later=later)


def compare(
    store: Store,
    found: list[Recorded],
    more: list[Recorded],
    cuts: list[int],
    *,
    limit: int,
    marked: bool,
    later: bool,
) -> None:
    """Also for the clicks that come after it, which look back at what was counted again."""
    forget = an_hour_later if later else lambda _: None

    def mark() -> None:
        if marked:
            own_taps.add(store, selves.whole_day(selves.VISITOR, "1", NOW))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally, "VALUES_LIMIT", limit)
        patch.setattr(tally, "SEAL_AT", 4)
        patch.setattr(tally, "CHUNK", 16)
        begin(store)
        mark()
        roll_up(store, found, cuts)
        forget(store)
        scratch = everything(store)
        roll_up(store, more, first=len(found))
        scratch_after = everything(store)
        begin(store)
        with other_rules():
            roll_up(store, found, cuts)
        forget(store)
        before = counted(store, POST)
        names = [name for name, _ in store.redis.xrange(keys.kept(POST))]
        mark()
        outcome = recount(store)
        assert everything(store) == scratch
        assert [name for name, _ in store.redis.xrange(keys.kept(POST))] == names
        assert (outcome.clicks, outcome.left) == (len(found), 0)
        after = counted(store, POST)
        moved = [
            (old.reason, new.reason)
            for old, new in zip(before["kept"], after["kept"], strict=True)
            if old.reason != new.reason
        ]
        assert sorted(outcome.moved.elements()) == sorted(moved)
        roll_up(store, more, first=len(found))
        assert everything(store) == scratch_after
        assert not list(store.redis.scan_iter("*:draft:*"))


def of_other_rules(store: Store, found: Sequence[Recorded], cuts: Sequence[int] = ()) -> None:
    begin(store)
    with other_rules():
        roll_up(store, found, cuts)


def from_scratch(store: Store, found: Sequence[Recorded], cuts: Sequence[int] = ()) -> dict[str, Any]:
    begin(store)
    roll_up(store, found, cuts)
    return everything(store)


def interfere(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None], *, times_: int = 1) -> None:
    """Have something happen each time a draft is about to be put in place, `times_` times."""
    swap = draft.Draft._swap
    left = [times_]

    def swapped(self: draft.Draft, *arguments: Any) -> bool:
        if left[0]:
            left[0] -= 1
            act()
        return swap(self, *arguments)

    monkeypatch.setattr(draft.Draft, "_swap", swapped)


class TestMeanwhile:
    @pytest.fixture(autouse=True)
    def small_chunks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tally, "SEAL_AT", 4)
        monkeypatch.setattr(tally, "CHUNK", 16)

    @pytest.mark.parametrize("each", [1, 3, 40])
    def test_clicks_that_come_in_between_are_counted_with_the_rest(
        self, store: Store, monkeypatch: pytest.MonkeyPatch, each: int
    ) -> None:
        """They lengthen the tail, or have it sealed into a chunk."""
        found, _, cuts = many(7)
        cuts = [*cuts, 200, *range(200 + each, 200 + 6 * each, each)]
        expected = from_scratch(store, found[: 200 + 5 * each], cuts)
        of_other_rules(store, found[:200], cuts)
        done = [200]

        def more() -> None:
            roll_up(store, found[done[0] : done[0] + each], first=done[0])
            done[0] += each

        interfere(monkeypatch, more, times_=5)
        outcome = recount(store)
        assert outcome.clicks == 200 + 5 * each
        assert everything(store) == expected

    def test_more_than_a_page_of_chunks_may_be_sealed_in_between(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A worker that catches up commits thousands of clicks at once. They stand before the tail that is read with them."""
        found: list[Recorded] = [
            (
                "a",
                NOW + number,
                {"visitor": str(number), "net": f"n{number}", "agent": CRAWLER if number % 3 else PHONE},
            )
            for number in range(392)
        ]
        cuts = [22, 25]
        expected = from_scratch(store, found, cuts)
        of_other_rules(store, found[:25], cuts)
        look, looks = moment.look, []

        def looked(*arguments: Any) -> moment.Moment:
            looks.append(1)
            if len(looks) == 3:  # the chunks there were are read
                roll_up(store, found[25:], first=25)
            return look(*arguments)

        monkeypatch.setattr(moment, "look", looked)
        recount(store)
        assert store.redis.xlen(keys.kept(POST)) > 20
        assert store.redis.llen(keys.tail(POST)) == 2
        assert everything(store) == expected

    def test_a_late_click_of_a_day_that_was_let_go_begins_it_again(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        late: Recorded = ("a", NOW - 5 * times.DAY, {"visitor": "1", "net": "net1"})
        found = [late, ("a", NOW, {"visitor": "2", "net": "net1", "agent": CRAWLER})] * 20
        of_other_rules(store, found)
        an_hour_later(store)
        with pytest.MonkeyPatch.context() as patch:
            interfere(patch, lambda: roll_up(store, [late], first=40))
            outcome = recount(store)
        assert outcome.clicks == 41
        assert rollups.ledger(rollups.totals(store, [POST])[0]) == {
            **{"hits": 41, "human": 1, "repeat": 37, "burst": 0, "crawler": 20, "lost": 0}
        } | {"burst": 18, "repeat": 2}

    def test_what_is_trimmed_in_between_does_not_come_back(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        found: list[Recorded] = [
            ("a", NOW - day * times.DAY, {"visitor": str(number), "net": f"n{number}", "agent": CRAWLER})
            for day in (9, 5, 0)
            for number in range(20)
        ]
        of_other_rules(store, found, [20, 40])
        before = counted(store, POST)["days"]
        interfere(monkeypatch, lambda: retention.trim(store, before=NOW - 7 * times.DAY) and None)
        outcome = recount(store)
        assert (outcome.clicks, outcome.left) == (40, 1)
        assert [kept.at for kept in kept_clicks.stream(store, POST)] == [at for _, at, _ in found[20:]]
        after = counted(store, POST)["days"]
        oldest = NOW // times.DAY - 9
        assert {row: n for row, n in after.items() if row[0] == oldest} == {
            row: n for row, n in before.items() if row[0] == oldest
        }
        assert rollups.ledger(rollups.totals(store, [POST])[0]) == {"hits": 60, "human": 20, "crawler": 40, "lost": 0}

    def test_a_post_that_is_purged_in_between_stays_away(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        of_other_rules(store, many(1)[0])

        def purge() -> None:
            store.redis.delete(keys.post(POST))
            rollups.erase(store, POST)

        interfere(monkeypatch, purge)
        assert recount(store) == recounting.Outcome()
        assert everything(store) == {}
        assert not list(store.redis.scan_iter("*:draft:*"))

    def test_a_mark_that_is_set_in_between_holds(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        found: list[Recorded] = [("a", NOW, {"visitor": visitor, "net": "n"}) for visitor in "123"]
        of_other_rules(store, found)
        interfere(monkeypatch, lambda: own_taps.add(store, selves.whole_day(selves.VISITOR, "2", NOW)))
        assert recount(store).moved == {("human", "self"): 1}

    def test_a_roll_up_under_way_looks_again(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """It has read the tail and what is remembered; both are others after the swap."""
        found, _, _ = many(3)
        expected = from_scratch(store, found, [303])
        of_other_rules(store, found[:303])
        due, met = rolling_up._due_tails, []

        def recounted_behind_our_back(*arguments: Any) -> Any:
            tails = due(*arguments)
            if not met:
                met.append(1)
                recount(store)
            return tails

        monkeypatch.setattr(rolling_up, "_due_tails", recounted_behind_our_back)
        roll_up(store, found[303:], first=303)
        assert met
        assert everything(store) == expected

    def test_two_at_once_are_as_good_as_one(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        found, _, cuts = many(5)
        expected = from_scratch(store, found, cuts)
        of_other_rules(store, found, cuts)
        interfere(monkeypatch, lambda: recount(store) and None)
        assert recount(store).moved == {}
        assert everything(store) == expected

    def test_an_answer_that_is_lost_changes_nothing(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """The driver sends a command again whose connection broke."""
        found, _, cuts = many(5)
        expected = from_scratch(store, found, cuts)
        of_other_rules(store, found, cuts)
        script = store.script("swap_recount")
        monkeypatch.setitem(store.scripts, "swap_recount", lambda **call: [script(**call), script(**call)][1])
        assert recount(store).moved
        assert everything(store) == expected

    def test_a_draft_that_is_partly_forgotten_is_begun_again(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As when the server's clock jumps, or a laptop sleeps for a night: what is written after that is there, but not all."""
        found, _, cuts = many(5)
        expected = from_scratch(store, found, cuts)
        of_other_rules(store, found, cuts)
        take, taken = draft.Draft._take, []

        def forgotten(self: draft.Draft, name: str, chunk: bytes) -> None:
            taken.append(name)
            if len(taken) == 5:
                store.redis.delete(*store.redis.scan_iter("*:draft:*"))
            take(self, name, chunk)

        monkeypatch.setattr(draft.Draft, "_take", forgotten)
        assert recount(store).clicks == len(found)
        assert everything(store) == expected
        assert not list(store.redis.scan_iter("*:draft:*"))

    def test_others_that_never_rest_are_told_of(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(recounting, "_ATTEMPTS", 3)
        of_other_rules(store, many(5)[0])
        before = everything(store)
        bump = keys.progress(keys.shard(POST))
        interfere(monkeypatch, lambda: store.redis.hincrby(bump, "epoch", 1) and None, times_=1_000)
        with pytest.raises(Unavailable, match=POST):
            recount(store)
        assert everything(store) == before
        assert not list(store.redis.scan_iter("*:draft:*"))


@pytest.mark.parametrize("commands", [1, 3, 6, 10, 20, 40, 80])
def test_one_that_is_killed_anywhere_leaves_counts_of_before_or_after(store: Store, commands: int) -> None:
    found, _, cuts = many(5)
    after = from_scratch(store, found, cuts)
    of_other_rules(store, found, cuts)
    before = everything(store)
    executed = [0]
    execute = redis.client.Pipeline.execute

    class Killed(BaseException):
        pass

    def counted_execute(self: Any, *arguments: Any, **named: Any) -> Any:
        executed[0] += 1
        if executed[0] == commands:
            raise Killed
        return execute(self, *arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redis.client.Pipeline, "execute", counted_execute)
        patch.setattr(draft.Draft, "discard", lambda _: None)
        with suppress(Killed):
            recount(store)
    assert everything(store) in (before, after)
    assert all(0 < store.redis.ttl(name) <= 6 * 3_600 for name in store.redis.scan_iter("*:draft:*"))
    recount(store)
    assert everything(store) == after


def test_days_that_are_not_kept_whole_are_left_alone(store: Store) -> None:
    found: list[Recorded] = [
        ("a", NOW - day * times.DAY, {"visitor": f"{day}{number}", "net": f"n{number}", "agent": CRAWLER})
        for day in (5, 1)
        for number in range(3)
    ]
    of_other_rules(store, found)
    store.redis.lpop(keys.tail(POST))
    outcome = recount(store)
    assert (outcome.clicks, outcome.left, outcome.moved) == (3, 1, {("human", "crawler"): 3})
    assert [kept.reason for kept in kept_clicks.stream(store, POST)] == ["human"] * 2 + ["crawler"] * 3
    assert [kept.version for kept in kept_clicks.stream(store, POST)] == [1] * 2 + [classify.VERSION] * 3
    total = rollups.totals(store, [POST])[0]
    assert (total["human"], total["crawler"]) == (3, 3)
    assert rollups.beside(store, POST) == {("version", "1"): 3, ("version", str(classify.VERSION)): 3}
    assert dict(rollups.breakdown(store, POST, "country")) == {"DE": 3}


def test_of_a_post_without_a_whole_day_nothing_changes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "CHUNK", 16)
    of_other_rules(store, [("a", NOW, {"visitor": str(number), "net": "n"}) for number in range(100)])
    store.redis.xtrim(keys.kept(POST), maxlen=store.redis.xlen(keys.kept(POST)) - 1, approximate=False)
    before = everything(store)
    assert recount(store) == recounting.Outcome(left=1)
    assert recount(store, of="1") == recounting.Outcome(left=1)
    assert everything(store) == before


@pytest.mark.parametrize(
    ("key", "field"), [(keys.total(POST), "human"), (keys.days(POST), f"{NOW // times.DAY}|a|human")]
)
def test_counts_that_are_no_numbers_stop_it_before_anything_is_written(store: Store, key: str, field: str) -> None:
    of_other_rules(store, [("a", NOW, {"visitor": "1", "net": "n", "agent": CRAWLER})] * 3)
    store.redis.hset(key, field, "many")
    before = everything(store)
    with pytest.raises((redis.ResponseError, ValueError)):
        recount(store)
    assert everything(store) == before


def test_a_breakdown_that_is_full_stays_true_after_a_day_of_it_was_counted_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value under "(other)" gets no field of its own because a day gave one up: its earlier clicks would not be there."""
    monkeypatch.setattr(tally, "VALUES_LIMIT", 3)
    day = NOW // times.DAY

    def person(number: int, of: int, country: str) -> Recorded:
        return ("a", of * times.DAY + number, {"visitor": f"{number}", "net": f"n{number}", "country": country})

    begin(store)
    roll_up(store, [person(0, day - 1, "AA"), person(1, day, "BB"), person(2, day, "CC"), person(3, day - 1, "DD")])
    own_taps.add(store, *(selves.whole_day(selves.VISITOR, who, NOW) for who in "12"))
    recount(store, days={day})
    roll_up(store, [person(4, day, "DD")], first=4)
    assert dict(rollups.breakdown(store, POST, "country")) == {"AA": 1, "(other)": 2}
    recount(store)
    assert dict(rollups.breakdown(store, POST, "country")) == {"AA": 1, "DD": 2}


def test_what_nobody_remembered_of_the_last_hour_is_remembered_after_it(store: Store) -> None:
    """The creator's taps are no taps; taken back, they are, and the next one repeats them."""
    mine = selves.whole_day(selves.VISITOR, "1", NOW)
    found: list[Recorded] = [("a", NOW + at, {"visitor": "1", "net": "n"}) for at in (0, 5 * times.SECOND)]
    begin(store)
    own_taps.add(store, mine)
    roll_up(store, found[:1])
    assert not list(store.redis.scan_iter("*:recent:*"))
    own_taps.remove(store, mine)
    assert recount(store).moved == {("self", "human"): 1}
    roll_up(store, found[1:], first=1)
    assert rollups.ledger(rollups.totals(store, [POST])[0]) == {"hits": 2, "human": 1, "repeat": 1, "lost": 0}


def test_only_the_days_that_are_asked_for(store: Store) -> None:
    found: list[Recorded] = [
        ("a", NOW - day * times.DAY, {"visitor": str(day), "net": "n", "agent": CRAWLER}) for day in (2, 1, 0)
    ]
    of_other_rules(store, found)
    assert recount(store, days={NOW // times.DAY - 1}) == recounting.Outcome(1, 0, Counter({("human", "crawler"): 1}))
    assert [kept.reason for kept in kept_clicks.stream(store, POST)] == ["human", "crawler", "human"]


class TestOfVisitor:
    def test_that_visitors_clicks_of_the_day_on_every_post_are_told_anew(self, store: Store) -> None:
        day = NOW // times.DAY
        made = [make_post(store, "bio_link") for _ in range(3)]
        for number, (post, (link,)) in enumerate(made):
            taps = [("me", NOW), ("other", NOW), ("me", NOW - times.DAY)][: 3 - number]
            pour(store, [record(post.id, link.slug, at, visitor=visitor) for visitor, at in taps])
        roll_up_all(store)
        own_taps.add(store, selves.whole_day(selves.VISITOR, "me", NOW))
        outcome = recounting.of_visitor(store, day, "me", now=NOW)
        assert outcome == recounting.Outcome(5, 0, Counter({("human", "self"): 3}))
        reasons = [[kept.reason for kept in kept_clicks.stream(store, post.id)] for post, _ in made]
        assert reasons == [["self", "human", "human"], ["self", "human"], ["self"]]
        own_taps.remove(store, selves.whole_day(selves.VISITOR, "me", NOW))
        assert recounting.of_visitor(store, day, "me", now=NOW).moved == {("self", "human"): 3}

    def test_whoever_was_named_is_counted_again_until_that_is_done(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        post, (link,) = make_post(store, "bio_link")
        pour(store, [record(post.id, link.slug, visitor=who) for who in ("me", "too", "other")])
        roll_up_all(store)
        own_taps.add(store, *(selves.whole_day(selves.VISITOR, who, NOW) for who in ("me", "too")))
        recount, turns = recounting.recount, []

        def killed_at_the_second(*arguments: Any, **named: Any) -> recounting.Outcome:
            turns.append(1)
            if len(turns) == 2:
                raise KeyboardInterrupt
            return recount(*arguments, **named)

        monkeypatch.setattr(recounting, "recount", killed_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            recounting.of_all_asked(store, now=NOW)
        assert len(own_taps.asked(store)) == 1
        assert recounting.of_all_asked(store, now=NOW) == 1
        assert recounting.of_all_asked(store, now=NOW) == 0
        assert rollups.totals(store, [post.id])[0]["self"] == 2

    def test_one_who_is_named_again_meanwhile_has_another_turn(self, store: Store) -> None:
        mark = selves.whole_day(selves.VISITOR, "me", NOW)
        own_taps.add(store, mark)
        ((day, who, number),) = own_taps.asked(store)
        own_taps.remove(store, mark)
        own_taps.answered(store, day, who, number)
        assert [(day, who) for day, who, _ in own_taps.asked(store)] == [(NOW // times.DAY, "me")]

    def test_a_post_that_cannot_be_read_keeps_no_other_from_its_turn(self, store: Store) -> None:
        made = [make_post(store, "bio_link") for _ in range(3)]
        pour(store, [record(post.id, link.slug, visitor="me") for post, (link,) in made])
        roll_up_all(store)
        store.redis.set(keys.days(made[0][0].id), "no hash")
        store.redis.xadd(keys.kept(made[1][0].id), {"z": b"no chunk"})
        own_taps.add(store, selves.whole_day(selves.VISITOR, "me", NOW))
        assert recounting.of_visitor(store, NOW // times.DAY, "me", now=NOW).moved == {("human", "self"): 1}

    def test_of_nobody_it_is_nothing(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        pour(store, [record(post.id, link.slug, NOW)])
        roll_up_all(store)
        assert recounting.of_visitor(store, NOW // times.DAY, "me", now=NOW) == recounting.Outcome()


def test_an_export_meanwhile_holds_counts_and_clicks_of_one_moment(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "SEAL_AT", 4)
    post, (link,) = make_post(store, "bio_link")
    with other_rules():
        pour(store, [record(post.id, link.slug, agent=CRAWLER) for _ in range(20)])
        roll_up_all(store)
    read = export._kept_lines

    def recounted_before(*arguments: Any) -> Iterator[str]:
        monkeypatch.setattr(export, "_kept_lines", read)
        recounting.recount(store, post.id, now=NOW)
        return read(*arguments)

    monkeypatch.setattr(export, "_kept_lines", recounted_before)
    export.write(store, tmp_path / "backup.ndjson", now=NOW)
    store.redis.flushall()
    export.read(store, tmp_path / "backup.ndjson")
    assert rollups.ledger(rollups.totals(store, [post.id])[0]) == {"hits": 20, "human": 0, "crawler": 20, "lost": 0}
    assert {kept.reason for kept in kept_clicks.stream(store, post.id)} == {"crawler"}


def test_both_scripts_go_by_the_same_numbers() -> None:
    """What the roll-up's keeps to itself, the re-count has to know."""
    script = stores.script_text("commit_rollup")
    assert f"local VISITOR_TTL = {swapping.SKETCH_SECONDS}\n" in script
    assert f"local OTHER = '{swapping.OTHER}'\n" in script
