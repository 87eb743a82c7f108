"""Arrivals: told by pages, counted once for clicks that there are, and moved when these are counted again."""

import secrets
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from apiflask import APIFlask
from clicking import PHONE, PREVIEW, make_config, make_link, make_post, pour, record, roll_up_all
from werkzeug.test import TestResponse

from shortlinks import keys, times, web
from shortlinks.arrivals import arrival_counts, arrivals, beacon, measured, spans
from shortlinks.clicks import clicks, own_taps, selves
from shortlinks.funnels import reports
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.rollups import kept_clicks, recounting, rollups
from shortlinks.snapshots import snapshots
from shortlinks.store import Store
from shortlinks.words import wording

NOW = times.now() // times.MINUTE * times.MINUTE
"""The real minute: salts and records of days live by the server's clock."""
START = NOW - 3 * times.HOUR
INSTAGRAM = f"{PHONE} Instagram 393.1.0.36.70 (iPhone15,3; iOS 18_5; en_US)"


@pytest.fixture(autouse=True)
def on(store: Store) -> None:
    beacon.renew(store, now=START - times.DAY)


@pytest.fixture
def link(store: Store) -> links.Link:
    return make_link(store, now=START - times.HOUR, click_id_param="sl")


def click(store: Store, link: links.Link, at: int = START, number: int = 1, **fields: str) -> list[str]:
    """The ids of so many clicks on a link, a second apart, rolled up."""
    nonces = [secrets.token_hex(6) for _ in range(number)]
    moments = [at + place * times.SECOND for place in range(number)]
    pour(
        store,
        [
            record(link.post_id, link.slug, moment, nonce=nonce, rev=link.rev, **fields)
            for moment, nonce in zip(moments, nonces, strict=True)
        ],
    )
    roll_up_all(store)
    return [clicks.click_id(link.slug, link.rev, moment, nonce) for moment, nonce in zip(moments, nonces, strict=True)]


def take(store: Store, *ids: str, now: int = NOW) -> list[str]:
    """What became of each arrival that is told."""
    found = []
    for each in ids:
        try:
            arrivals.take(store, each, now=now, kept_days=90)
            found.append(beacon.TAKEN)
        except beacon.Refused as refused:
            found.append(refused.reason)
    return found


def of(store: Store, link: links.Link, end: int = NOW + times.DAY) -> measured.Measured | None:
    ever = links.ever_of_post(store, link.post_id)
    return measured.of_posts(store, {link.post_id: (ever, end)}).get(link.post_id)


def counted(store: Store, link: links.Link, now: int = NOW) -> measured.Measured | None:
    """What was measured of the link's post, all that was told counted."""
    arrival_counts.count(store, now=now)
    return of(store, link)


def due(store: Store, link: links.Link) -> int:
    return int(store.redis.hlen(keys.arriving(keys.shard(link.post_id))))


def test_an_arrival_counts_once_by_its_click_id_however_that_is_spelt(store: Store, link: links.Link) -> None:
    one, two, three = click(store, link, number=3)
    assert take(store, one, two) == [beacon.TAKEN] * 2
    assert take(store, one, one.replace(".", "_"), f" {one.upper()} ") == [beacon.AGAIN] * 3
    assert counted(store, link) == (3, 2, 0)
    assert take(store, three) == [beacon.TAKEN]
    assert counted(store, link) == (3, 3, 0)
    assert due(store, link) == 0


def test_what_names_no_click_is_not_taken(store: Store, link: links.Link) -> None:
    plain = make_link(store, now=START - times.HOUR)
    late = clicks.click_id(link.slug, 0, NOW - times.DAY - 1, "0" * 12)
    early = clicks.click_id(link.slug, 0, NOW + times.HOUR, "0" * 12)
    turned = clicks.click_id(link.slug, 1, START, "0" * 12)
    unknown = clicks.click_id("nowhere", 0, START, "0" * 12)
    old = f"{link.slug}.{START:011x}{'0' * 12}"
    assert take(store, "", "x", late, early, turned, unknown, old, *click(store, plain)) == [
        *("no_click", "click", "late", "click", "click", "click", "click", "link")
    ]
    assert counted(store, link) is None
    assert due(store, link) == 0


def test_a_forged_id_counts_nothing_and_is_told_as_such_after_an_hour(store: Store, link: links.Link) -> None:
    """Its link, turn and time are right, but there was no such click."""
    (real,) = click(store, link, at=NOW - 10 * times.MINUTE)
    forged = clicks.click_id(link.slug, 0, NOW - 10 * times.MINUTE, "f" * 12)
    assert take(store, real, forged) == [beacon.TAKEN] * 2
    assert counted(store, link) == (1, 1, 0)
    assert due(store, link) == 1, "it may still be on its way to the roll-up"
    assert counted(store, link, now=NOW + times.HOUR) == (1, 1, 0)
    assert due(store, link) == 0
    assert dict(beacon.told(store, days=2, now=NOW + times.HOUR)[1]) == {"click": 1}
    assert store.redis.smembers(keys.arrived(link.post_id, times.day_of(NOW - 10 * times.MINUTE))) == {real.encode()}


def test_forged_ids_have_a_day_read_a_few_times_however_many_are_sent(
    store: Store, link: links.Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One each minute of two hours, of each time of the day. What has arrived meanwhile is counted once there is one."""
    (real, *_others) = click(store, link, at=START, number=5)
    plain, read = kept_clicks.since, Counter[int]()

    def reading(*args: int, **named: int) -> Iterator[clicks.Kept]:
        read[now] += 1
        return plain(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(kept_clicks, "since", reading)
    for minute in range(120):
        now = NOW + minute * times.MINUTE
        at = START + (minute * 7 % 60) * times.MINUTE if minute % 2 else now
        if times.day_of(at) == times.day_of(START):
            take(store, clicks.click_id(link.slug, 0, at, f"{minute:012x}"), now=now)
        arrival_counts.count(store, now=now)
    assert 0 < read.total() <= 9
    take(store, real, now=now)
    assert counted(store, link, now=now + times.HOUR) == (5, 1, 0)


def test_an_arrival_waits_for_its_click_to_be_rolled_up(store: Store, link: links.Link) -> None:
    nonce = "a" * 12
    assert take(store, clicks.click_id(link.slug, 0, START, nonce), now=START) == [beacon.TAKEN]
    assert counted(store, link, now=START + times.MINUTE) is None
    pour(store, [record(link.post_id, link.slug, START, nonce=nonce)])
    roll_up_all(store)
    assert counted(store, link, now=START + 5 * times.MINUTE) == (1, 1, 0)


def test_arrivals_of_clicks_that_are_no_persons_stand_apart(store: Store, link: links.Link) -> None:
    people, programs = click(store, link, number=2), click(store, link, agent=PREVIEW)
    take(store, *people[:1], *programs)
    assert counted(store, link) == (2, 1, 1)


def test_only_what_was_clicked_while_arrivals_were_told_is_measured(store: Store, link: links.Link) -> None:
    """Not before the first one arrived there, nor on links without ids, nor the newest."""
    other = make_link(store, now=START - times.HOUR)
    elsewhere = make_link(store, now=START - times.HOUR, click_id_param="sl", target="https://other.example/")
    click(store, link, at=START, number=3)
    later = START + times.HOUR
    first, *_rest = click(store, link, at=later, number=4)
    click(store, other, at=later)
    click(store, elsewhere, at=later)
    assert counted(store, link) is None
    take(store, first)
    assert counted(store, link) == (4, 1, 0)
    assert of(store, other) is None
    assert of(store, elsewhere) is None
    assert spans.read(store).of == {"shop.example|sl": [(later, None)]}
    click(store, link, at=NOW - times.MINUTE, number=5)
    assert of(store, link) == (4, 1, 0)
    assert counted(store, link, now=NOW + 2 * times.MINUTE) == (9, 1, 0)
    assert of(store, link, end=later) is None


def test_a_link_is_measured_from_when_it_carries_ids(store: Store) -> None:
    """Another link made its host known before."""
    known = make_link(store, now=START - times.HOUR, click_id_param="sl")
    take(store, *click(store, known, at=START))
    link = make_link(store, now=START)
    click(store, link, at=START + times.MINUTE, number=3)
    switched = START + 10 * times.MINUTE
    link = links.update(store, link.slug, {"click_id_param": "sl"}, now=switched, own_hosts=frozenset())
    ids = click(store, link, at=switched + times.MINUTE, number=2)
    take(store, ids[0])
    assert counted(store, link) == (2, 1, 0)


def test_a_turned_link_is_measured_where_its_clicks_led(store: Store, link: links.Link) -> None:
    take(store, *click(store, link, number=2))
    post, _made = make_post(store, now=START)
    turned = links.update(
        store,
        link.slug,
        {"post_id": post.id, "target": "https://www.other.example/"},
        now=START + times.HOUR,
        own_hosts=frozenset(),
    )
    after = click(store, turned, at=START + times.HOUR + times.MINUTE, number=3)
    assert counted(store, link) == (2, 2, 0)
    assert of(store, turned) is None
    take(store, *after[1:])
    assert counted(store, turned) == (3, 2, 0)
    assert of(store, link) == (2, 2, 0)


def test_what_is_switched_off_measures_nothing_and_keeps_what_was(store: Store, link: links.Link) -> None:
    take(store, *click(store, link, number=2))
    assert counted(store, link) == (2, 2, 0)
    beacon.stop(store, now=START + times.HOUR)
    unheard = click(store, link, at=START + 2 * times.HOUR, number=5)
    assert counted(store, link) == (2, 2, 0)
    beacon.renew(store, now=START + 2 * times.HOUR + 30 * times.MINUTE)
    take(store, unheard[0])
    again = START + 2 * times.HOUR + 40 * times.MINUTE
    heard = click(store, link, at=again, number=4)
    take(store, *heard[:3])
    arrival_counts.count(store, now=NOW)
    assert spans.read(store).of["shop.example|sl"][0] == (START, START + times.HOUR)
    assert len(spans.read(store).of["shop.example|sl"]) == 2


def test_a_click_that_is_counted_again_takes_its_arrival_along(store: Store, link: links.Link) -> None:
    who = secrets.token_urlsafe(9)
    mine, theirs = click(store, link, visitor=who), click(store, link, number=2)
    take(store, *mine, *theirs)
    assert counted(store, link) == (3, 3, 0)
    day = times.day_of(START)
    mark = selves.Mark("visitor", who, day * times.DAY, (day + 1) * times.DAY)
    own_taps.add(store, mark)
    recounting.of_all_asked(store, now=NOW)
    assert of(store, link) == (2, 2, 0), "never more arrivals than clicks, also before they are counted again"
    assert due(store, link) == 1
    assert counted(store, link) == (2, 2, 1)
    own_taps.remove(store, mark)
    recounting.of_all_asked(store, now=NOW)
    assert counted(store, link) == (3, 3, 0)


def test_what_was_counted_stays_when_clicks_are_forgotten(store: Store, link: links.Link) -> None:
    ids = click(store, link, number=3)
    take(store, *ids[:2])
    assert counted(store, link) == (3, 2, 0)
    store.redis.ltrim(keys.tail(link.post_id), 2, -1)
    take(store, ids[2])
    assert counted(store, link) == (3, 2, 0)
    assert due(store, link) == 0


def test_apps_are_told_apart(store: Store, link: links.Link) -> None:
    inside, outside = click(store, link, number=4, agent=INSTAGRAM), click(store, link, number=2)
    take(store, inside[0], *outside)
    arrival_counts.count(store, now=NOW)
    assert measured.apps(store, link.post_id) == [("Instagram", 4, 1), ("(unknown)", 2, 2)]


def test_a_count_that_comes_too_late_changes_nothing(
    store: Store, link: links.Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is of before a re-count, which asked for the day once more."""
    take(store, *click(store, link, number=2))
    plain = kept_clicks.since

    def overtaken(*args: int, **named: int) -> Iterator[clicks.Kept]:
        yield from plain(*args, **named)  # type: ignore[arg-type]
        store.redis.hincrby(keys.progress(keys.shard(link.post_id)), "epoch", 1)

    with monkeypatch.context() as patch:
        patch.setattr(kept_clicks, "since", overtaken)
        arrival_counts.count(store, now=NOW)
    assert due(store, link) == 1
    assert not store.redis.exists(keys.arrivals(link.post_id))
    assert counted(store, link) == (2, 2, 0)


def test_an_erased_post_leaves_nothing(store: Store, link: links.Link) -> None:
    take(store, *click(store, link, number=2))
    arrival_counts.count(store, now=NOW)
    store.redis.delete(keys.post(link.post_id))
    rollups.erase(store, link.post_id)
    take(store, clicks.click_id(link.slug, 0, START, "0" * 12))
    arrival_counts.count(store, now=NOW)
    assert due(store, link) == 0
    left = {name for name in store.redis.keys(f"*{link.post_id}*") if b":arriv" in name}
    assert left == {keys.arrived(link.post_id, times.day_of(START)).encode()}
    assert store.redis.ttl(left.pop()) > 0


def test_the_funnel_has_the_step_once_a_click_arrived(store: Store, link: links.Link) -> None:
    now, ids = NOW, click(store, link, number=30)
    before = reports.funnel(store, link.post_id, now=now)
    assert {step.name for step in before.steps} == {"clicks", "visitors", "conversions"}
    (gap,) = (gap for gap in before.gaps if gap.name == "arrivals")
    assert gap.where.startswith("Not measured: a line of code on your shop’s pages")
    mark = reports.look(store, link.post_id, now=now).mark
    take(store, *ids[:27], *click(store, link, agent=PREVIEW))
    arrival_counts.count(store, now=now)
    assert reports.look(store, link.post_id, now=now).mark != mark
    found = reports.funnel(store, link.post_id, now=now)
    (step,) = (step.to_dict() for step in found.steps if step.name == "arrivals")
    assert step == {"name": "arrivals", "role": "path", "count": 27, "source": "log", "measured": 30, "apart": 1}
    (rate,) = (rate for rate in found.rates if rate.name == "arrivals_per_click")
    assert (rate.numerator, rate.denominator, rate.method) == (27, 30, "wilson")
    assert wording.rate(rate) == "27 of 30 clicks, 90\u00a0%, between 74\u00a0% and 97\u00a0%"
    assert "arrivals" not in {gap.name for gap in found.gaps}
    assert [step.name for step in found.steps][-2:] == ["arrivals", "conversions"]


def test_arrivals_go_up_to_the_snapshot_as_clicks_do(store: Store, link: links.Link) -> None:
    take(store, *click(store, link, number=3))
    later = click(store, link, at=START + times.HOUR, number=2)
    take(store, *later)
    arrival_counts.count(store, now=NOW)
    post = posts.get(store, link.post_id)
    snapshots.add(store, post, {"views": 100, "taken_at": START + times.MINUTE}, now=NOW)
    found = reports.funnel(store, post.id, now=NOW)
    assert [(step.count, step.measured) for step in found.steps if step.name == "arrivals"] == [(3, 3)]


def test_a_post_is_held_against_others_that_were_measured(store: Store) -> None:
    for arrived in (20, 20, 19, 6):
        other = make_link(store, now=START - times.HOUR, click_id_param="sl")
        ids = click(store, other, number=20)
        take(store, *ids[:arrived])
        snapshots.add(store, posts.get(store, other.post_id), {"views": 900}, now=NOW + 20 * times.HOUR)
    arrival_counts.count(store, now=NOW)
    found = reports.funnel(store, other.post_id, now=NOW + times.DAY)
    (told,) = (finding for finding in found.findings if finding.code == "lost_on_the_way")
    assert (told.evidence["clicks"], told.evidence["arrived"]) == (20, 6)
    assert told.evidence["apps"] == [{"app": "(unknown)", "clicks": 20, "arrived": 6}]


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Iterator[APIFlask]:
    made = web.create_app(make_config(tmp_path), store=store)
    yield made
    made.extensions["shortlinks"].follower.stop()


def get(app: APIFlask, store: Store, sl: str) -> TestResponse:
    return app.test_client().get(f"/a/{beacon.token(store)}.gif", query_string={"sl": sl})


def test_a_page_tells_by_image_by_beacon_and_by_fetch(app: APIFlask, store: Store, link: links.Link) -> None:
    one, two, three = click(store, link, at=NOW - times.HOUR, number=3)
    answer = get(app, store, one)
    assert (answer.status_code, answer.mimetype, answer.headers["Arrival"]) == (200, "image/gif", "taken")
    address, origin = f"/a/{beacon.token(store)}", {"Origin": "https://shop.example"}
    asked = app.test_client().options(address, headers=origin)
    assert asked.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    for told in ({"data": {"sl": two}}, {"json": {"sl": three}}):
        answer = app.test_client().post(address, headers=origin, **told)  # type: ignore[arg-type]
        assert (answer.status_code, answer.headers["Arrival"]) == (204, "taken")
        assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        assert "Set-Cookie" not in answer.headers
    assert counted(store, link) == (3, 3, 0)


def test_refusals_are_answered_alike_and_counted(app: APIFlask, store: Store, link: links.Link) -> None:
    (one,) = click(store, link, at=NOW - times.HOUR)
    for sl in (one, one, "x", ""):
        answer = get(app, store, sl)
        assert (answer.status_code, answer.mimetype) == (200, "image/gif")
    client = app.test_client()
    assert client.get("/a/wrong.gif", query_string={"sl": one}).headers["Arrival"] == 'refused; reason="unknown token"'
    assert client.post(f"/a/{beacon.token(store)}", data=b"{", content_type="application/json").status_code == 204
    assert client.get(f"/a/{beacon.token(store)}.gif?sl=%ff").status_code == 200
    beacon.stop(store, now=NOW)
    assert get(app, store, one).headers["Arrival"] == 'refused; reason="unknown token"'
    taken, refused = beacon.told(store, days=1, now=times.now())
    assert (taken, dict(refused)) == (1, {"again": 1, "body": 1, "click": 2, "no_click": 1, "token": 2})


def test_fifty_at_once_count_once_each(app: APIFlask, store: Store, link: links.Link) -> None:
    ids = click(store, link, at=NOW - times.HOUR, number=25)
    with ThreadPoolExecutor(50) as pool:
        said = list(pool.map(lambda sl: get(app, store, sl).headers["Arrival"], [*ids, *ids]))
    assert sorted(said) == sorted([*["taken"] * 25, *['refused; reason="told before"'] * 25])
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: arrival_counts.count(store, now=NOW), range(8)))
    assert counted(store, link) == (25, 25, 0)


def test_too_many_are_refused(app: APIFlask, store: Store, link: links.Link) -> None:
    app.config["ARRIVAL_RATE"] = "2 per minute"
    ids = click(store, link, at=NOW - times.HOUR, number=3)
    assert [get(app, store, each).headers["Arrival"] for each in ids] == [
        *("taken", "taken", 'refused; reason="too many at once"')
    ]


def test_the_script_is_small_cacheable_and_asks_nothing_of_the_browser(app: APIFlask, store: Store) -> None:
    client = app.test_client()
    answer = client.get(f"/a/{beacon.token(store)}.js")
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    assert "Set-Cookie" not in answer.headers
    assert len(answer.data) <= 1024
    assert f"https://go.example/a/{beacon.token(store)}" in answer.text
    assert not any(word in answer.text for word in ("cookie", "Storage", "navigator.userAgent", "referrer;"))
    assert '.get("slc")' in client.get(f"/a/{beacon.token(store)}.js?p=slc").text
    for bad in ('/a/x"y.js', "/a/short.js", f"/a/{beacon.token(store)}.js?p=%22)"):
        assert client.get(bad).status_code == 404, bad
