"""Visits to targets: whose turn it is, what is kept of them, and that nothing is visited twice at once."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

import bad_moments
import far_side
import pytest
from clicking import NOW, make_link, make_post
from far_side import FarSide

from shortlinks import keys, times
from shortlinks.fetching import addresses, fetching
from shortlinks.fetching.fetching import Fetcher
from shortlinks.insights import insight_reports
from shortlinks.links import links, target_health, target_visits
from shortlinks.links.links import Link
from shortlinks.links.target_health import Health
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.records import events, nouns
from shortlinks.store import Store

OWN_HOSTS = frozenset({"go.example"})
FETCHER = Fetcher(
    allowed=addresses.allowed(("127.0.0.0/8",)), agent="ours/1", resolve=lambda *_: [ip_address("127.0.0.1")]
)


@pytest.fixture
def shop() -> Iterator[FarSide]:
    with far_side.running() as side:
        yield side


def visit_all(store: Store, now: int = NOW, fetcher: Fetcher = FETCHER, **options: float) -> int:
    return target_visits.check_due(store, fetcher, now=now, **options)


def health(store: Store, link: Link) -> Health:
    return target_visits.of_targets(store, [link.target])[link.target]


def turn(store: Store, link: Link, now: int = NOW, **changes: object) -> Link:
    return links.update(store, link.slug, changes, now=now, own_hosts=OWN_HOSTS)


def test_a_target_that_works_is_asked_for_its_head_only(store: Store, shop: FarSide) -> None:
    link = make_link(store, target=shop.url("/mug"))
    assert target_visits.of_targets(store, [link.target]) == {}
    assert visit_all(store) == 1
    found = health(store, link)
    assert (found.status, found.error, found.last_ok_at) == (200, None, found.checked_at)
    assert found.seconds is not None
    assert target_health.state(found, NOW) == "ok"
    assert shop.asked() == ["HEAD /mug"]


@pytest.mark.parametrize(
    "refusal",
    [*map(far_side.says, ("405 Not Allowed", "404 Not Found", "501 Not Implemented", "403 No")), far_side.is_silent],
)
def test_where_head_is_refused_or_odd_get_tells(
    store: Store, shop: FarSide, refusal: far_side.Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target_visits, "HEAD_SECONDS", 0.3)
    shop.replies["/mug"] = far_side.only_get(far_side.says("200 OK", body=b"hello"), refusal)
    link = make_link(store, target=shop.url("/mug"))
    visit_all(store)
    assert shop.asked() == ["HEAD /mug", "GET /mug"]
    assert (health(store, link).status, health(store, link).error) == (200, None)


def test_a_head_that_is_cut_off_is_no_verdict(store: Store, shop: FarSide) -> None:
    shop.replies["/mug"] = far_side.only_get(far_side.says("200 OK"), lambda *_: None)
    link = make_link(store, target=shop.url("/mug"))
    visit_all(store)
    assert health(store, link).error is None


def test_a_target_that_stays_away_is_broken_and_one_that_comes_back_is_not(store: Store, shop: FarSide) -> None:
    link = make_link(store, target=shop.url("/mug"))
    shop.replies["/mug"] = far_side.says("404 Not Found")
    assert visit_all(store) == 1
    assert target_health.state(health(store, link), NOW) == "unknown"
    assert visit_all(store, NOW + times.MINUTE) == 0
    assert visit_all(store, NOW + 5 * times.MINUTE) == 1
    broken = health(store, link)
    assert (broken.broken_since, broken.status) == (NOW, 404)
    assert visit_all(store, NOW + 10 * times.MINUTE) == 0
    del shop.replies["/mug"]
    assert visit_all(store, NOW + 70 * times.MINUTE) == 1
    mended = health(store, link)
    assert target_health.state(mended, NOW + 70 * times.MINUTE) == "ok"
    assert target_health.broken_spans(mended) == [(NOW, NOW + 70 * times.MINUTE)]


def told(store: Store, change: str) -> set[tuple[str, str]]:
    """The links of which it is told that they broke or were mended, each with its post, if none is told of twice."""
    found = [event for event in events.since(store, None, limit=200).events if event.change == change]
    assert len({event.of for event in found}) == len(found)
    return {(event.of, event.post_id) for event in found}


def test_the_links_of_a_target_that_breaks_or_is_mended_are_told_of_once(
    store: Store, server: str, shop: FarSide
) -> None:
    hung = [make_link(store, target=shop.url("/mug")) for _ in range(3)]
    turned = make_link(store, target=shop.url("/mug"))
    turn(store, make_link(store, target=shop.url("/mug")), state="disabled")
    shop.replies["/mug"] = far_side.says("404 Not Found")
    visit_all(store)
    assert told(store, "broken") == set()

    def reply(*args: object) -> None:
        turn(store, turned, target=shop.url("/bowl"))
        far_side.says("404 Not Found")(*args)  # type: ignore[arg-type]

    shop.replies["/mug"] = reply
    broken, connection = bad_moments.cut_once(server)
    visit_all(broken, NOW + 5 * times.MINUTE)
    assert connection.cuts == 1
    ours = {(link.slug, link.post_id) for link in hung}
    assert told(store, "broken") == ours
    visit_all(store, NOW + 70 * times.MINUTE)
    assert told(store, "mended") == set()
    del shop.replies["/mug"]
    visit_all(store, NOW + 140 * times.MINUTE)
    visit_all(store, NOW + 210 * times.MINUTE)
    assert (told(store, "broken"), told(store, "mended")) == (ours, ours)


@pytest.mark.parametrize("slow", [False, True])
def test_answers_are_out_of_date_while_a_target_is_bad_and_once_it_is_mended(
    store: Store, shop: FarSide, monkeypatch: pytest.MonkeyPatch, slow: bool
) -> None:
    make_link(store, target=shop.url("/mug"))

    def out_of_date(minutes: int) -> bool:
        now = NOW + minutes * times.MINUTE
        insight_reports.refresh(store, now=now)
        assert visit_all(store, now) == 1
        return insight_reports.refresh(store, now=now)

    if slow:
        monkeypatch.setattr(target_health, "SLOW_SECONDS", -1.0)
    else:
        shop.replies["/mug"] = far_side.says("404 Not Found")
    assert [out_of_date(minutes) for minutes in (0, 5, 70)] == [False, True, True], "the first may be a blip"
    monkeypatch.undo()
    shop.replies.clear()
    assert [out_of_date(minutes) for minutes in (140, 210)] == [True, False]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (far_side.says("403 Forbidden"), "robots"),
        (far_side.says("429 Too Many Requests"), "robots"),
        (far_side.says("503 Unavailable", body=b"prove that you are no robot"), "robots"),
        (far_side.says("302 Found", "Location: http://169.254.169.254/"), "refused"),
        (far_side.says("302 Found", "Location: itms-apps://shop"), "refused"),
        (far_side.says("302 Found", "Location: /mug", "Set-Cookie: a=b"), "redirects"),
    ],
)
def test_what_our_server_cannot_tell_is_kept_as_such(
    store: Store, shop: FarSide, reply: far_side.Reply, error: str
) -> None:
    shop.replies["/mug"] = reply
    link = make_link(store, target=shop.url("/mug"))
    for hours in (0, 7, 14):
        assert visit_all(store, NOW + hours * times.HOUR) == 1
    found = health(store, link)
    assert (found.error, found.broken_since) == (error, None)
    assert target_health.state(found, found.checked_at) == "unknown"


def test_silence_is_the_targets_only_once_another_answered(store: Store, shop: FarSide) -> None:
    """A firewall around our server makes every target look dead."""
    with far_side.running() as closed:
        dead = make_link(store, target=closed.url("/mug"))
    for minutes in (0, 60, 120):
        assert visit_all(store, NOW + minutes * times.MINUTE) == 1
    assert (health(store, dead).error, health(store, dead).broken_since) == ("offline", None)
    make_link(store, now=NOW + times.HOUR, target=shop.url("/bowl"))
    for minutes in (180, 240):
        assert visit_all(store, NOW + minutes * times.MINUTE) == 2
    assert health(store, dead).broken_since == NOW + 180 * times.MINUTE


def test_a_private_target_is_not_visited(store: Store, shop: FarSide) -> None:
    link = make_link(store, target=shop.url("/mug"))
    visit_all(store, fetcher=replace(FETCHER, allowed=addresses.allowed(())))
    assert shop.seen == []
    assert health(store, link).error == "refused"


def test_several_links_with_one_target_are_one_visit(store: Store, shop: FarSide) -> None:
    for _ in range(3):
        make_link(store, target=shop.url("/mug"))
    assert visit_all(store) == 1
    assert shop.asked() == ["HEAD /mug"]


def test_only_links_that_work_are_visited(store: Store, shop: FarSide) -> None:
    turn(store, make_link(store, target=shop.url("/off")), state="disabled")
    make_link(store, target=shop.url("/ended"), expires_at=NOW + times.HOUR)
    post, _ = make_post(store, links=[{"placement": "bio_link", "target": shop.url("/erased")}])
    posts.purge(store, post.id)
    assert visit_all(store, NOW + 2 * times.HOUR) == 0
    assert shop.seen == []


def test_a_new_target_is_visited_in_the_next_run(store: Store, shop: FarSide) -> None:
    link = make_link(store, target=shop.url("/mug"))
    visit_all(store)
    turn(store, link, target=shop.url("/bowl"))
    assert visit_all(store, NOW + times.MINUTE) == 1
    assert shop.asked() == ["HEAD /mug", "HEAD /bowl"]


def test_the_newest_posts_come_first_and_a_run_has_its_time(store: Store, shop: FarSide) -> None:
    for days in (3, 1, 2):
        target = shop.url(f"/{days}")
        make_post(store, links=[{"placement": "bio_link", "target": target}], published_at=NOW - days * times.DAY)
    visit_all(store)
    assert shop.asked() == ["HEAD /1", "HEAD /2", "HEAD /3"]
    assert visit_all(store, NOW + times.DAY, seconds=-1) == 0
    assert visit_all(store, NOW + times.DAY) == 3


def test_one_host_is_not_visited_too_often_in_a_run(store: Store, shop: FarSide) -> None:
    hung = [{"placement": "bio_link", "target": shop.url(f"/{number}")} for number in range(15)]
    make_post(store, links=hung)
    make_link(store, now=NOW - times.DAY, target=shop.url("/", "other.example"))
    assert visit_all(store) == target_visits.MOST_OF_HOST + 1
    assert visit_all(store, NOW + times.MINUTE) == 5
    assert len(set(shop.asked())) == 16


def test_nothing_is_visited_twice_in_parallel(store: Store, shop: FarSide) -> None:
    at_work, go_on = threading.Event(), threading.Event()

    def wait(method: str, path: str, connection: socket.socket) -> None:
        at_work.set()
        go_on.wait(60)
        far_side.says("200 OK")(method, path, connection)

    shop.replies["/mug"] = wait
    make_link(store, target=shop.url("/mug"))
    first = threading.Thread(target=visit_all, args=(store,))
    first.start()
    try:
        assert at_work.wait(60)
        assert visit_all(store) == 0
    finally:
        go_on.set()
        first.join(60)
    assert shop.asked() == ["HEAD /mug"]
    assert not store.redis.exists(keys.VISITING)


def test_a_run_that_fails_leaves_the_way_free(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    make_link(store)
    monkeypatch.setattr(fetching.Fetcher, "fetch", lambda *_, **__: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        visit_all(store)
    assert not store.redis.exists(keys.VISITING)


def test_a_target_is_forgotten_when_no_link_led_there(store: Store, shop: FarSide) -> None:
    link = make_link(store, target=shop.url("/mug"))
    post, _ = make_post(store, links=[{"placement": "bio_link", "target": shop.url("/bowl")}])
    visit_all(store)
    turn(store, link, target=shop.url("/newer"), now=NOW + 1)
    visit_all(store, NOW + 1)
    assert target_visits.forget_unused(store) == 0
    assert health(store, link).target == shop.url("/mug")
    posts.purge(store, post.id)
    assert target_visits.forget_unused(store) == 1
    posts.purge(store, link.post_id)
    assert target_visits.forget_unused(store) == 2
    assert not store.redis.exists(keys.HEALTH)


def test_nothing_is_forgotten_while_an_import_is_bringing_it(store: Store, shop: FarSide) -> None:
    make_link(store, target=shop.url("/mug"))
    visit_all(store)
    store.redis.delete(keys.LINKS)
    settings.put(store, nouns.IMPORTING, "counts 00")
    assert target_visits.forget_unused(store) == 0
    settings.put(store, nouns.IMPORTING, None)
    assert target_visits.forget_unused(store) == 1
