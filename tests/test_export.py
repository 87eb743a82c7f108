"""Backups on a real server: what is written comes back number for number, and nothing less than a whole file is taken."""

import io
import json
import os
import random
import stat
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import redis
from bad_moments import interrupted
from clicking import due_at_once, make_shipper, pour, ship_all
from clicking import record as recorded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shortlinks import keys, times
from shortlinks import store as stores
from shortlinks.backups import export, export_lines, restore, restore_records
from shortlinks.clicks import clicks, journal, own_taps, selves
from shortlinks.clicks.journal import Journal
from shortlinks.clicks.selves import Mark
from shortlinks.demo import demo
from shortlinks.errors import Unavailable
from shortlinks.experiments import experiments
from shortlinks.funnels import reports
from shortlinks.links import links, misses, target_health, target_visits
from shortlinks.links.links import Link
from shortlinks.owner import settings as kept_settings
from shortlinks.owner import tokens
from shortlinks.posts import posts, shown
from shortlinks.posts.posts import Post
from shortlinks.profiles import profile_snapshots, profiles
from shortlinks.rollups import kept_clicks, retention, rolling_up, rollups, tally, timelines
from shortlinks.sales import conversions, refunds, shops
from shortlinks.shop_hooks import endpoints
from shortlinks.snapshots import polls, snapshots
from shortlinks.store import Store

NOBODY: frozenset[str] = frozenset()
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Mobile/15E148 Safari/604.1"
)
ODD_AGENTS = [
    "",
    "curl/8.11.1",
    "Żółć 🦔 \u2028 \u0085 ‮",
    '"quotes" \\ back\\slashes {"json": [1]} | pipes | <script>alert(1)</script>',
    "Mozilla/5.0 " + "x" * 8_192,
    "\x00\x1f\t\r\n\x7f",
]
ODD_TITLES = ["🫖 mugs – “best of”", "<b>&amp;</b>", "\\u0000 \\n", "ˈkɪln\u200d 窯", "a" * 200]


MARK = {"kind": "visitor", "who": "me", "start": 60_000, "end": 120_000}


def agent_header(text: str) -> str:
    """An agent as WSGI gives it, cut and cleaned as it is when a click is recorded."""
    return clicks.clean(text.encode("utf-8", "surrogatepass").decode("latin-1"), clicks.AGENT_LIMIT)


def send(store: Store, made: list[tuple[Link, int, str]], *, roll_up: bool = True, seed: int = 1) -> None:
    """Clicks (link, at, agent) as the ship process would bring them."""
    rng = random.Random(seed)
    batches: dict[str, list[bytes]] = defaultdict(list)
    for link, at, agent in made:
        turn = links.turn_at(link, at)
        prefix = f"{turn.post_id}\t{link.slug}\t{link.history.index(turn)}"
        visitor = f"{rng.getrandbits(48):012x}\t{rng.getrandbits(48):012x}\t{rng.choice(['DE', 'GB', ''])}"
        origin = rng.choice(["", "https://l.instagram.com"])
        record = clicks.line(prefix, at, f"{rng.getrandbits(48):012x}", "GET", "", visitor, origin, agent_header(agent))
        batches[keys.shard(turn.post_id)].append(record)
    for shard, records in batches.items():
        store.script("ship_clicks")(
            keys=[keys.clicks(shard), keys.marks(shard), keys.progress(shard)],
            args=[f"journal-{seed}", 0, len(records), len(records), b"\n".join(records), 0],
        )
        if roll_up:
            rolling_up.roll_up(store, shard)


def roll_up_all(store: Store) -> None:
    for shard in keys.SHARDS:
        rolling_up.roll_up(store, shard)


def a_post(store: Store, now: int, title: str = "Mugs", **fields: Any) -> tuple[Post, Link]:
    wish = {"placement": "bio_link", "target": "https://shop.example/mugs?a=1"}
    asked = {"platform": "instagram", "title": title, "links": [wish], **fields}
    post, made = posts.create(store, asked, now=now, own_hosts=NOBODY)
    return post, made[0]


def fill(store: Store, now: int) -> None:
    """A bit of everything, with texts that break what is careless."""
    before = now - 3 * times.DAY
    kept_settings.set_timezone(store, "Europe/Berlin")
    kept_settings.set_password_hash(store, "$argon2id$v=19$hash")
    tokens.create(store, "scripts 🦔", ("read", "write"), now=before)
    profile = profiles.create(store, platform="instagram", handle="Kiln.é", kind="business", now=before)
    for question, kind in (("Say the address – “loud” 🦔", "video"), ("Ask in the caption", "live")):
        asked = {"question": question, "platform": "instagram", "kind": kind, "per_arm": 8}
        experiments.create(store, asked, now=before)
    profile_snapshots.add(
        store, profile.id, {"followers": "12.4K", "day": times.day_name(times.day_of(before))}, now=now
    )
    made = [a_post(store, before + number, title) for number, title in enumerate(ODD_TITLES)]
    (whole, bio), (other, _), *_ = made
    links.update(store, bio.slug, {"post_id": other.id}, now=before + times.DAY, own_hosts=NOBODY)
    bio = links.update(
        store,
        bio.slug,
        {"target": "https://shop.example/ü", "coupon": "Mug10"},
        now=before + 2 * times.DAY,
        own_hosts=NOBODY,
    )
    posts.create(
        store,
        {"platform": "instagram", "kind": "story", "title": "Part", "part_of": whole.id, "siblings": [other.id]}
        | {"notes": "two\nlines\tand a tab", "tags": ["tassen", "☕"]},
        now=now,
        own_hosts=NOBODY,
    )
    doomed, _ = a_post(store, now, "Gone")
    posts.purge(store, doomed.id)
    shops.put(store, "shop.example", "2026-W46", {"visits": "1.2K", "orders": 3}, now=now, this_week=30_000)
    shown.renew(store, whole.id)
    endpoints.renew(store, "stripe")
    endpoints.set_secret(store, "stripe", "whsec_ünsafe")
    polls.add(store, whole, {"votes": {"later": "1.2K", "no_link": 0}}, now=now)
    snapshots.add(store, whole, {"non_followers": "84,2 %"}, now=before + times.HOUR)
    for number, views in enumerate(["12.4K", "12,900", "12,900"]):
        snapshots.add(store, whole, {"views": views, "likes": 931}, now=before + (number + 1) * 12 * times.HOUR)
    sold = {"kind": "sale", "slug": bio.slug, "amount_minor": 2_800, "currency": "EUR"}
    conversions.report(store, {"external_id": "№ 1", **sold}, now=now)
    conversions.report(store, {"external_id": "№ 2", **sold}, now=now, source="pixel")
    late = clicks.click_id(bio.slug, 0, now - 31 * times.DAY, "0" * 12)
    conversions.report(store, {"external_id": "№ 3", "click_id": late, **sold}, now=now)
    for number in (1, 9):  # the sale of the second is still to come
        refund = {"external_id": f"back {number}", "refunds": f"№ {number}", "kind": "refund"}
        conversions.report(store, {**refund, "amount_minor": -800, "currency": "EUR"}, now=now)
    for slug in ("nope", "ünbekannt", "x|y", "nope"):
        misses.record(store, slug, now=now)
    mine = selves.whole_day(selves.VISITOR, "iPhone+1/2=", before)
    own_taps.add(store, mine, *(Mark(selves.NETWORK, "home-net", at, at + 60_000) for at in (before, before + 90_000)))
    health = None
    for hours, error in enumerate(("status", "status", None, "tls")):
        visit = target_health.Visit(at=before + hours * times.HOUR, status=404, seconds=0.5, error=error)
        health = target_health.after(health, bio.target, visit)
        target_visits.stage(store.redis, health)
    rng = random.Random(7)
    taps = [
        (link, rng.randrange(before + times.HOUR, now), rng.choice([IPHONE, *ODD_AGENTS]))
        for _, link in made
        for _ in range(20)
    ]
    taps += [(bio, before + times.HOUR + number, IPHONE) for number in range(600)]
    send(store, [(links.get(store, link.slug), at, agent) for link, at, agent in sorted(taps, key=lambda tap: tap[1])])
    store.redis.hincrby(keys.total(whole.id), "lost", 2)
    store.redis.hincrby(keys.by(whole.id, "app"), b"caf\xe9", 1)  # no UTF-8
    store.redis.hincrby(keys.progress(keys.SHARDS[3]), "garbled", 4)


def everything(store: Store) -> dict[str, Any]:
    """All that must survive, as Redis holds it."""
    found: dict[str, Any] = {}
    moments = (keys.STORE, keys.SETTLED, keys.REVISION, keys.INSIGHTS, keys.FEED, keys.SAID, "sl:{n}:salt:")
    for raw in store.redis.scan_iter():
        name = raw.decode()
        if (
            name.startswith(moments)
            or name.endswith((":clicks", ":marks", ":progress", ":tests", ":told"))
            or ":visitors:" in name
            or ":recent:" in name
            or ":arrivals_read:" in name
        ):
            continue
        match store.redis.type(raw):
            case b"string":
                found[name] = json.loads(store.redis.get(raw))
                found[name].pop("claim", None)
            case b"hash":
                found[name] = store.redis.hgetall(raw)
            case b"list" if not name.endswith(":tail"):
                found[name] = [json.loads(each) for each in store.redis.lrange(raw, 0, -1)]
            case b"zset":
                found[name] = store.redis.zrange(raw, 0, -1, withscores=True)
    for name, value in found.items():
        if name == keys.TOKENS:
            found[name] = {digest: json.loads(record) for digest, record in value.items()}
    found["kept"] = {post_id: list(kept_clicks.stream(store, post_id)) for post_id in _post_ids(store)}
    found["progress"] = rollups.progress(store)
    return found


def answers(store: Store, now: int) -> dict[str, Any]:
    """What people are shown of every post."""
    start = now - 60 * times.DAY
    return {
        post_id: {
            "funnel": reports.funnel(store, post_id, now=now).to_dict(),
            "timeline": timelines.of_post(
                store, post_id, start=start, end=now, bucket="hour", tz=ZoneInfo("Asia/Kathmandu"), reason="human"
            ),
            "breakdowns": [reports.breakdown(store, post_id, by) for by in rollups.BREAKDOWNS],
            "clicks": kept_clicks.page(store, post_id, limit=10_000),
            "links": links.ever_of_post(store, post_id),
            "parts": posts.parts(store, post_id),
            "snapshots": snapshots.of_post(store, post_id),
            "conversions": conversions.between(store, post_id),
            "health": target_visits.of_targets(
                store, [turn.target for link in links.ever_of_post(store, post_id) for turn in link.history]
            ),
        }
        for post_id in _post_ids(store)
    }


def _post_ids(store: Store) -> list[str]:
    return [name.decode() for name in store.redis.zrange(keys.POSTS, 0, -1)]


def kinds(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "backup.ndjson"


def test_an_import_gives_the_same_answers_and_records(store: Store, path: Path, now: int) -> None:
    fill(store, now)
    records, said, old_id = everything(store), answers(store, now), store.id()
    assert max(len(post["clicks"][0]) for post in said.values()) > tally.CHUNK
    export.write(store, path, now=now)
    store.redis.flushall()
    export.read(store, path)
    assert everything(store) == records
    assert answers(store, now) == said
    sale = {"external_id": "№ 9", "kind": "sale", "coupon": "MUG10", "amount_minor": 800, "currency": "EUR"}
    conversions.report(store, sale, now=now)
    assert not refunds.waiting(store)
    assert store.id() != old_id == kinds(path)[0]["store"]


def test_both_ways_tell_how_far_they_are(store: Store, path: Path, now: int) -> None:
    fill(store, now)
    heard: list[tuple[int, int]] = []
    export.write(store, path, now=now, told=lambda done, of: heard.append((done, of)))
    posts = len(_post_ids(store))
    assert heard == [(done, posts) for done in range(1, posts + 1)]
    store.redis.flushall()
    heard.clear()
    export.read(store, path, told=lambda done, of: heard.append((done, of)))
    size = path.stat().st_size
    assert {of for _done, of in heard} == {3 * size}
    assert heard == sorted(heard)
    assert heard[0][0] < size / 2
    assert 2.5 * size < heard[-1][0] <= 3 * size


def test_the_demo_comes_back_number_for_number(store: Store, path: Path, now: int) -> None:
    demo.fill(store, now=now)
    records, shown = everything(store), answers(store, now)
    export.write(store, path, now=now)
    store.redis.flushall()
    export.read(store, path)
    assert everything(store) == records
    assert answers(store, now) == shown


def test_an_experiment_goes_on_after_an_import(store: Store, path: Path, now: int) -> None:
    fill(store, now)
    (before,) = (one for one in experiments.list_(store, limit=10)[0] if one.kind == "video")
    assert len(before.draws) > 4
    export.write(store, path)
    store.redis.flushall()
    export.read(store, path)
    post, _ = a_post(store, now, kind="video")
    assert post.experiment is not None
    after = experiments.get(store, before.id)
    assert after.draws[:-1] == before.draws
    assert after.draws[-1].post_id == post.id


def test_the_next_clicks_are_counted_on_top(store: Store, path: Path, now: int) -> None:
    post, link = a_post(store, now - times.DAY)
    send(store, [(link, now - times.HOUR, IPHONE)] * 5)
    export.write(store, path, now=now)
    store.redis.flushall()
    export.read(store, path)
    send(store, [(link, now, IPHONE)] * 40, seed=2)
    total = rollups.totals(store, [post.id])[0]
    assert total["human"] == 45
    assert len(list(kept_clicks.stream(store, post.id))) == 45
    progress = rollups.progress(store)
    assert progress["shipped"] == progress["counted"] == 45


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(agents=st.lists(st.text(st.characters(), max_size=80), min_size=1, max_size=60), waiting=st.booleans())
def test_any_text_a_client_can_send_comes_back(store: Store, path: Path, agents: list[str], waiting: bool) -> None:
    now = 1_795_300_000_000
    store.redis.flushall()
    post, link = a_post(store, now - times.DAY)
    send(store, [(link, now, agent) for agent in agents], roll_up=not waiting)
    export.write(store, path, now=now)
    roll_up_all(store)
    shown = answers(store, now)
    store.redis.flushall()
    export.read(store, path)
    roll_up_all(store)
    assert answers(store, now) == shown
    assert rollups.hits(rollups.totals(store, [post.id])[0]) == len(agents)


def test_clicks_that_wait_for_the_roll_up_are_counted_after_the_import(store: Store, path: Path, now: int) -> None:
    post, link = a_post(store, now - times.DAY)
    send(store, [(link, now - times.HOUR, IPHONE)] * 3)
    send(store, [(link, now, IPHONE)] * 4, roll_up=False, seed=2)
    export.write(store, path, now=now)
    store.redis.flushall()
    export.read(store, path)
    assert rollups.totals(store, [post.id])[0]["human"] == 3
    assert rollups.lag(store)["pending_batches"] == 1
    roll_up_all(store)
    assert rollups.totals(store, [post.id])[0]["human"] == 7
    assert rollups.progress(store)["shipped"] == rollups.progress(store)["counted"] == 7


def test_the_creators_own_taps_are_known_after_an_import(store: Store, path: Path, now: int) -> None:
    """Those that waited for the roll-up, and those that come later."""
    posted, link = a_post(store, now - times.DAY)
    own_taps.add(store, selves.whole_day(selves.VISITOR, "me", now), Mark(selves.NETWORK, "home", now, now + 60_000))
    taps = [("me", "away"), ("you", "home"), ("you-2", "away")]

    def tap(at: int) -> None:
        pour(store, [recorded(posted.id, link.slug, at, visitor=visitor, net=net) for visitor, net in taps])

    tap(now)
    export.write(store, path, now=now)
    marks = store.redis.hgetall(keys.SELVES)
    store.redis.flushall()
    export.read(store, path)
    assert store.redis.hgetall(keys.SELVES) == marks
    tap(now + 59_999)
    roll_up_all(store)
    ledger = rollups.ledger(rollups.totals(store, [posted.id])[0])
    assert ledger == {"hits": 6, "human": 2, "self": 4, "lost": 0}


class Hashes(restore_records.Nowhere):
    """Notes what an import would write into hashes."""

    def __init__(self) -> None:
        self.set: list[tuple[str, str, str]] = []

    def hset(self, key: str, field: str, value: str) -> None:
        self.set.append((key, field, value))


_odd = st.sampled_from(("cat", "", "me|you", "me\t", "ü", -1, 0, 2.5, "5", True, None, [], 10**30))
_marks = st.fixed_dictionaries(
    {
        "kind": st.sampled_from((selves.VISITOR, selves.NETWORK)) | _odd,
        "who": st.sampled_from(("me", "a+/=")) | _odd,
        "start": st.integers(times.DAY, times.DAY + 9) | _odd,
        "end": st.integers(times.DAY + 5, times.DAY + 20) | _odd,
    }
)


@given(marks=st.lists(_marks, max_size=3))
def test_marks_in_a_file_are_refused_or_hold_from_when_to_when_they_say(marks: list[dict[str, Any]]) -> None:
    pipe = Hashes()
    try:
        restore_records.Writer(pipe, set(), made_at=0).take({"kind": "self", "marks": marks})
    except (ValueError, LookupError, TypeError, AttributeError):
        assert not pipe.set
        return
    ((key, field, value),) = pipe.set
    assert key == keys.SELVES
    assert selves.kept(field.encode(), value.encode()) == [Mark(**mark) for mark in marks]
    found = selves.parse({field.encode(): value.encode()})
    for mark in selves.kept(field.encode(), value.encode()):
        who, net = (mark.who, "") if mark.kind == selves.VISITOR else ("", mark.who)
        assert found.claim(who, net, mark.start)


@pytest.mark.parametrize("pause_at", [1, 2])
def test_a_roll_up_during_the_export_neither_loses_nor_doubles_a_click(
    store: Store, path: Path, now: int, pause_at: int
) -> None:
    """It happens before the first or between two posts of one shard are read, after their stream was copied."""
    by_shard: dict[str, list[tuple[Post, Link]]] = defaultdict(list)
    while not any(len(pair) == 2 for pair in by_shard.values()):
        post, link = a_post(store, now)
        by_shard[keys.shard(post.id)].append((post, link))
    pair = next(pair for pair in by_shard.values() if len(pair) == 2)
    send(store, [(link, now, IPHONE) for _, link in pair for _ in range(5)], roll_up=False)
    names = {post.id for post, _ in pair}

    def interrupted() -> Iterator[dict[str, Any] | bytes]:
        met = 0
        for record in export._records(store, now):
            yield record
            if isinstance(record, dict) and record["kind"] == "post" and record["record"]["id"] in names:
                met += 1
                if met == pause_at:
                    roll_up_all(store)

    with path.open("wb") as file:
        file.writelines(export_lines.sealed(interrupted()))
    assert sum(record["kind"] == "pending" for record in kinds(path)) == pause_at - 1
    store.redis.flushall()
    export.read(store, path)
    roll_up_all(store)
    assert [total["human"] for total in rollups.totals(store, sorted(names))] == [5, 5]


def test_what_must_not_leave_the_service_is_not_in_the_file(store: Store, path: Path, now: int) -> None:
    fill(store, now)
    kept_settings.put(store, kept_settings.SETUP_CODE_HASH, "one-time")
    store.redis.set(keys.salt(times.day_of(now)), b"the-salt-of-the-day")
    export.write(store, path, now=now)
    text = path.read_text()
    assert "one-time" not in text
    assert "the-salt-of-the-day" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_imported_password_voids_the_one_time_code(store: Store, path: Path, now: int) -> None:
    kept_settings.set_password_hash(store, "hash")
    a_post(store, now)
    export.write(store, path, now=now)
    store.redis.flushall()
    kept_settings.set_setup_code_hash(store, "code of the new service")
    export.read(store, path)
    assert kept_settings.password_hash(store) == "hash"
    assert kept_settings.setup_code_hash(store) is None


def test_imported_clicks_are_forgotten_when_they_are_due(store: Store, path: Path, now: int) -> None:
    post, link = a_post(store, now - 200 * times.DAY)
    send(store, [(link, now - 100 * times.DAY, IPHONE)] * 300)
    send(store, [(link, now, IPHONE)] * 40, seed=2)
    export.write(store, path, now=now)
    store.redis.flushall()
    export.read(store, path)
    retention.trim(store, before=now - 90 * times.DAY)
    left = [kept.at for kept in kept_clicks.stream(store, post.id)]
    assert left.count(now) == 40
    assert len(left) < 40 + tally.CHUNK
    assert rollups.totals(store, [post.id])[0]["human"] == 340


def test_imported_clicks_far_between_are_forgotten_one_by_one(store: Store, path: Path, now: int) -> None:
    post, link = a_post(store, now - 200 * times.DAY)
    moments = [now - day * times.DAY for day in range(100, -1, -1)]
    send(store, [(link, at, IPHONE) for at in moments])
    export.write(store, path, now=now)
    store.redis.flushall()
    export.read(store, path)
    assert [kept.at for kept in kept_clicks.stream(store, post.id)] == moments
    retention.trim(store, before=now - 90 * times.DAY)
    assert [kept.at for kept in kept_clicks.stream(store, post.id)] == moments[10:]


@pytest.mark.parametrize("keep", [0, 1, 60, 0.1, 0.5, -300, -2], ids=str)
def test_a_cut_file_is_refused_and_nothing_is_written(store: Store, path: Path, now: int, keep: float) -> None:
    fill(store, now)
    export.write(store, path, now=now)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole)) if isinstance(keep, float) else keep])
    store.redis.flushall()
    with pytest.raises(export.ExportError, match="cut off"):
        export.read(store, path)
    assert store.redis.dbsize() == 0


def _doubled_line(lines: list[bytes]) -> list[bytes]:
    return [*lines[:5], lines[4], *lines[5:]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: [line.replace(b"Mugs", b"Bugs") for line in lines], "checksum"),
        (lambda lines: lines[:4] + lines[5:], "checksum"),
        (_doubled_line, "checksum"),
        (lambda lines: [*lines[:3], b"{]\n", *lines[3:]], "Line 4"),
        (lambda lines: [*lines[:3], b'{"kind":"surprise"}\n', *lines[3:]], "Line 4"),
        (lambda lines: [*lines[:3], b'["post"]\n', *lines[3:]], "Line 4"),
        (lambda lines: [*lines, b"Written to -.\n"], "goes on"),
        (lambda lines: lines[1:], "header"),
        (lambda lines: [lines[0].replace(b'"format":1', b'"format":2'), *lines[1:]], "format 2"),
        (lambda lines: [b"%PDF-1.7\n"], "Line 1"),
        (lambda lines: [lines[-1]], "checksum"),
    ],
)
def test_a_changed_file_is_refused_and_nothing_is_written(
    store: Store, path: Path, now: int, change: Callable[[list[bytes]], list[bytes]], message: str
) -> None:
    a_post(store, now)
    export.write(store, path, now=now)
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    store.redis.flushall()
    with pytest.raises(export.ExportError, match=message):
        export.read(store, path)
    assert store.redis.dbsize() == 0


@pytest.mark.parametrize(
    "record",
    [
        {"kind": "post", "record": {"id": "x"}},
        {"kind": "counts", "post": "nowhere", "of": "total", "counts": {"human": 1}},
        {"kind": "counts", "post": "POST", "of": "by", "dimension": "shoe size", "counts": {"44": 1}},
        {"kind": "counts", "post": "POST", "of": "total", "counts": {"human": "many"}},
        {"kind": "click", "post": "POST", "line": "no click"},
        {"kind": "pending", "lines": ["no click"]},
        {"kind": "snapshots", "post": "POST", "start": 0, "records": [{"views": 1}]},
        {"kind": "link", "record": {"history": []}},
        {"kind": "experiment", "record": {"draws": [{"arm": "yes"}]}},
        {"kind": "token", "sha256": "x", "record": {}},
        {"kind": "self", "marks": []},
        {"kind": "self", "marks": [MARK | {"kind": "cat"}]},
        {"kind": "self", "marks": [MARK | {"who": "me|you"}]},
        {"kind": "self", "marks": [MARK | {"start": 120_000}]},
        {"kind": "self", "marks": [MARK | {"start": -5}]},
        {"kind": "self", "marks": [MARK | {"end": 2 * times.DAY}]},
        {"kind": "self", "marks": [MARK | {"end": "tomorrow"}]},
        {"kind": "self", "marks": [MARK, MARK | {"who": "you"}]},
    ],
    ids=lambda record: record["kind"],
)
def test_a_record_that_makes_no_sense_is_found_before_anything_is_written(
    store: Store, path: Path, now: int, record: dict[str, Any]
) -> None:
    post, _ = a_post(store, now)
    if record.get("post") == "POST":
        record = record | {"post": post.id}
    with path.open("wb") as file:
        file.writelines(export_lines.sealed([*export._records(store, now), record]))
    store.redis.flushall()
    with pytest.raises(export.ExportError, match="Line"):
        export.read(store, path)
    assert store.redis.dbsize() == 0


def test_a_service_that_is_not_empty_is_left_as_it_is(store: Store, path: Path, now: int) -> None:
    a_post(store, now)
    export.write(store, path, now=now)
    before = everything(store)
    with pytest.raises(export.ExportError, match="already"):
        export.read(store, path)
    assert everything(store) == before


class Killed(BaseException):
    pass


@pytest.mark.parametrize("after", [False, True], ids=["before sending", "after sending"])
def test_an_import_that_is_killed_anywhere_is_finished_by_the_next(
    store: Store, path: Path, now: int, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    fill(store, now)
    post_id = _post_ids(store)[0]
    send(store, [(links.ever_of_post(store, post_id)[0], now, IPHONE)] * 9, roll_up=False, seed=3)
    export.write(store, path, now=now)
    roll_up_all(store)
    store.redis.delete(*store.redis.keys("*:visitors:*"))
    records = everything(store)
    flush, flushed = restore._flush, count()
    cut_at = 0

    def cut(pipe: Any) -> None:
        number = next(flushed)
        if number == cut_at and not after:
            raise Killed
        flush(pipe)
        if number == cut_at:
            raise Killed

    monkeypatch.setattr(restore, "_FLUSH_BYTES", 50_000)
    monkeypatch.setattr(restore, "_flush", cut)
    while True:
        flushed = count()
        store.redis.flushall()
        try:
            export.read(store, path)
        except Killed:
            with pytest.raises(export.ExportError, match="cut off here"):
                export.write(store, path.with_name("other"), now=now)
            roll_up_all(store)
            export.read(store, path)
        else:
            break
        roll_up_all(store)
        found = everything(store)
        # The sketches of visitors are not in the file, so waiting clicks of known visitors may be counted as new ones.
        assert _without_visitors(found) == _without_visitors(records), cut_at
        cut_at += 1
    assert cut_at > 4


def _without_visitors(found: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {field: n for field, n in value.items() if not field.endswith(b"visitors")}
        if isinstance(value, dict) and name.startswith("sl:") and name[4:6].isdigit()
        else value
        for name, value in found.items()
    }


def test_an_answer_that_is_lost_on_the_way_brings_nothing_twice(
    server: str, store: Store, path: Path, now: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver repeats a batch of commands when the connection breaks before all of its answers are there."""
    fill(store, now)
    roll_up_all(store)
    post_id = _post_ids(store)[0]
    send(store, [(links.ever_of_post(store, post_id)[0], now, IPHONE)] * 9, roll_up=False, seed=3)
    export.write(store, path, now=now)
    records = everything(store)
    store.redis.flushall()
    batches = count()

    class Breaking(redis.UnixDomainSocketConnection):
        doomed = False

        def send_packed_command(self, command: Any, check_health: bool = True) -> None:
            super().send_packed_command(command, check_health)
            if len(b"".join(command) if isinstance(command, list) else command) > 2_000:
                self.doomed = next(batches) % 2 == 0

        def read_response(self, *args: Any, **options: Any) -> Any:
            answer = super().read_response(*args, **options)
            if self.doomed:
                self.doomed = False
                self.disconnect()
                raise redis.ConnectionError("the connection broke")
            return answer

    retry = redis.retry.Retry(redis.backoff.NoBackoff(), 1)
    pool = redis.ConnectionPool(connection_class=Breaking, path=server.removeprefix("unix://"), retry=retry)
    monkeypatch.setattr(restore, "_FLUSH_BYTES", 50_000)
    breaking = stores.on(redis.Redis(connection_pool=pool))
    export.read(breaking, path)
    breaking.redis.close()
    assert next(batches) > 4  # every second of them broke; how many there are depends on the posts' shards
    assert everything(store) == records
    assert rollups.lag(store)["pending_batches"] == 1


def test_nothing_changes_beside_an_import_or_after_one_that_was_cut_off(
    store: Store, path: Path, now: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be written over when the same file is imported again."""
    post, link = a_post(store, now)
    export.write(store, path, now=now)
    store.redis.flushall()
    flush, flushed = restore._flush, []

    def cut(pipe: Any) -> None:
        flush(pipe)
        flushed.append(1)
        if len(flushed) == 2:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(restore, "_flush", cut)
        with pytest.raises(Killed):
            export.read(store, path)
    changes: list[Callable[[], object]] = [
        lambda: a_post(store, now, "Another"),
        lambda: posts.update(store, post.id, {"title": "Other mugs"}, now=now),
        lambda: posts.purge(store, post.id),
        lambda: links.update(store, link.slug, {"state": "disabled"}, now=now, own_hosts=NOBODY),
        lambda: snapshots.add(store, post, {"views": 5}, now=now),
        lambda: conversions.report(store, {"external_id": "1", "kind": "sale", "slug": link.slug}, now=now),
        lambda: profiles.create(store, platform="instagram", handle="kiln", now=now),
    ]
    for change in changes:
        with pytest.raises(Unavailable, match="An import is under way here, or was cut off"):
            change()
    assert posts.get(store, post.id).title == "Mugs"
    export.read(store, path)
    for change in changes[:2]:
        change()
    assert posts.get(store, post.id).title == "Other mugs"


def test_an_import_that_begins_while_a_post_is_made_is_the_only_one_of_the_two(store: Store, now: int) -> None:
    with pytest.raises(Unavailable, match="An import is under way"):
        a_post(interrupted(store, lambda: restore._begin(store, "checksum")), now)
    assert _post_ids(store) == []


def test_after_a_cut_import_no_other_file_is_taken(
    store: Store, path: Path, now: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_post(store, now)
    export.write(store, path, now=now)
    other = path.with_name("other.ndjson")
    export.write(store, other, now=now + 1)
    store.redis.flushall()
    with monkeypatch.context() as patch:
        patch.setattr(restore, "_flush", lambda pipe: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            export.read(store, path)
    with pytest.raises(export.ExportError, match="another file"):
        export.read(store, other)
    export.read(store, path)
    assert len(_post_ids(store)) == 1


def test_a_full_redis_is_told_in_a_sentence_and_the_import_can_be_repeated(
    store: Store, path: Path, now: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, now)
    export.write(store, path, now=now)
    records = everything(store)
    store.redis.flushall()
    monkeypatch.setattr(restore, "_FLUSH_BYTES", 20_000)
    begin = restore._begin

    def begin_then_fill_up(store: Store, checksum: str) -> str:
        phase = begin(store, checksum)
        store.redis.config_set("maxmemory", 1)
        return phase

    with monkeypatch.context() as patch:
        patch.setattr(restore, "_begin", begin_then_fill_up)
        with pytest.raises(export.ExportError, match=r"takes no more writes.*import the same file again"):
            export.read(store, path)
    store.redis.config_set("maxmemory", 0)
    export.read(store, path)
    assert everything(store) == records


def test_an_export_that_fails_leaves_the_last_one_alone(store: Store, path: Path, now: int) -> None:
    post, _ = a_post(store, now)
    path.write_text("the last one")
    store.redis.set(keys.tail(post.id), "of a wrong type")
    with pytest.raises(redis.ResponseError):
        export.write(store, path, now=now)
    assert path.read_text() == "the last one"
    assert list(path.parent.iterdir()) == [path]


def test_an_export_replaces_the_last_one_and_what_a_killed_one_left(store: Store, path: Path, now: int) -> None:
    a_post(store, now)
    path.write_text("the last one")
    path.with_name(f"{path.name}.part").write_text("half of one")
    export.write(store, path, now=now)
    assert kinds(path)[-1]["kind"] == "footer"
    assert list(path.parent.iterdir()) == [path]


def test_an_export_does_not_take_the_place_of_a_pipe(store: Store, path: Path, now: int) -> None:
    # As /dev/stdout and /dev/null are, of which root would make a file.
    os.mkfifo(path)
    with pytest.raises(export.ExportError, match="is no file"):
        export.write(store, path, now=now)
    assert path.is_fifo()


def test_a_pipe_is_read_in(store: Store, path: Path, now: int) -> None:
    post, _ = a_post(store, now)
    export.write(store, path, now=now)
    store.redis.flushall()
    written = path.read_bytes()
    path.unlink()
    os.mkfifo(path)
    writing = Thread(target=path.write_bytes, args=[written], daemon=True)
    writing.start()
    export.read(store, path)
    writing.join()
    assert posts.get(store, post.id) == post


def test_a_dash_means_standard_output_and_input(
    store: Store, now: int, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    post, _ = a_post(store, now)
    export.write(store, Path("-"), now=now)
    written = capsysbinary.readouterr().out
    store.redis.flushall()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(written)))
    export.read(store, Path("-"))
    assert posts.get(store, post.id) == post


def test_a_post_made_during_the_export_comes_with_the_link_that_was_turned_to_it(
    store: Store, path: Path, now: int
) -> None:
    _, link = a_post(store, now)
    late: list[Post] = []

    def meanwhile() -> Iterator[dict[str, Any]]:
        for record in export._records(store, now):
            yield record
            if record["kind"] == "post" and not late:
                fields = {"platform": "youtube", "title": "Late"}
                late.append(posts.create(store, fields, now=now, own_hosts=NOBODY)[0])
                links.update(store, link.slug, {"post_id": late[0].id}, now=now, own_hosts=NOBODY)

    with path.open("wb") as file:
        file.writelines(export_lines.sealed(meanwhile()))
    store.redis.flushall()
    export.read(store, path)
    assert posts.get(store, late[0].id) == late[0]
    assert profiles.get(store, late[0].profile_id).platform == "youtube"
    assert links.get(store, link.slug).post_id == late[0].id


def test_what_journals_hold_that_is_not_shipped_is_told_by_its_size(store: Store, own: Journal, now: int) -> None:
    """Only of this store's journals, and only what they held when the export began."""
    posted, link = a_post(store, now)
    line = recorded(posted.id, link.slug)
    own.append(line, posted.id)
    foreign = Journal(own.folder, "another store")
    foreign.append(line, posted.id)
    assert export.await_journals(store, own.folder, seconds=0) == own.size - journal.HEADER_SIZE > 0
    ship_all(make_shipper(store, own.folder))
    own.append(line, posted.id)
    assert export.await_journals(store, own.folder, seconds=0) > 0
    foreign.close()
    assert export.await_journals(store, own.folder / "nowhere", seconds=0) == 0


def test_an_export_waits_for_the_ship_process(
    server: str, store: Store, own: Journal, path: Path, now: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted, link = a_post(store, now)
    own.append(recorded(posted.id, link.slug), posted.id)
    shipper = make_shipper(store, own.folder)
    due_at_once(monkeypatch)
    # Looks, finds that something is missing, and meanwhile it comes.
    monkeypatch.setattr(export.time, "sleep", lambda _: ship_all(shipper))
    assert export.await_journals(store, own.folder) == 0
    export.write(store, path, now=now)
    (pending,) = [each for each in kinds(path) if each["kind"] == "pending"]
    assert len(pending["lines"]) == 1
