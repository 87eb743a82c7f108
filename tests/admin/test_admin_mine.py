"""“That was me” on a click: whose mark it makes, and what it does not."""

import re
import secrets
from dataclasses import replace

import pytest
import redis
from admin_cast import IPHONE, Browser
from apiflask import APIFlask
from rq import Queue

from shortlinks import keys, times
from shortlinks.bio_pages import bio_pages
from shortlinks.clicks import clicks, own_taps
from shortlinks.clicks.clicks import Kept
from shortlinks.links.links import Link
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.rollups import kept_clicks, recounting, rolling_up, rollups
from shortlinks.running import wake
from shortlinks.store import Store


def tapped(
    store: Store, link: Link, at: int, *, visitor: str = "", net: str = "", agent: str = IPHONE, signals: str = ""
) -> Kept:
    """A click, counted; the visitor is a new one unless named."""
    who = f"{visitor or secrets.token_hex(6)}\t{net or secrets.token_hex(4)}\tDE"
    nonce = secrets.token_hex(6)
    line = clicks.line(f"{link.post_id}\t{link.slug}\t0", at, nonce, "GET", signals, who, "", agent)
    shard = keys.shard(link.post_id)
    store.redis.xadd(keys.clicks(shard), {"b": line})
    rolling_up.roll_up(store, shard)
    found = kept_clicks.find(store, link.post_id, clicks.click_id(link.slug, 0, at, nonce))
    assert found
    return found


def say(owner: Browser, click: Kept, mine: str = "1", **fields: str) -> str:
    """Send the form of a click. Returns what the page says then."""
    page = f"/admin/posts/{click.post_id}"
    answer = owner.send(f"{page}/mine", {"click": click.id, "mine": mine, **fields}, seen=page)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{page}#newest")
    found = re.search(r'id="newest".*?<p class="note" role="status">([^<]*)', owner.get(page).text, re.DOTALL)
    assert found
    return found[1]


def asked_for(store: Store) -> list[tuple[str, tuple[object, ...]]]:
    """The jobs that wait for the roll-up worker."""
    return [(job.func_name, job.args) for job in Queue(wake.OTHER_QUEUE, connection=store.redis).jobs]


def row(owner: Browser, click: Kept) -> str:
    """What the page shows of a click."""
    page = owner.get(f"/admin/posts/{click.post_id}").text.partition('id="newest"')[2].partition("</section>")[0]
    return next((item for item in re.findall("<li.*?</li>", page, re.DOTALL) if click.id in item), "")


def test_that_was_me_marks_the_visitor_of_the_click_for_its_day(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    at = times.now() - 3 * times.DAY
    mine, other = tapped(store, reel[1], at), tapped(store, reel[1], at)
    assert "That was me<" in row(owner, mine)
    assert say(owner, mine).startswith("That was you. That day is being counted again wherever this visitor tapped")
    assert asked_for(store) == [(wake.RECOUNT_JOB, ())]
    assert own_taps.asked(store) == [(times.day_of(at), mine.visitor, 1)]
    marks = own_taps.read(store)
    assert marks.said(mine.visitor, at)
    assert not marks.said(mine.visitor, at + times.DAY)
    assert not marks.said(other.visitor, at)
    assert not marks.tested(mine.net, at)
    # Clicks that come from now on know it.
    assert tapped(store, reel[1], at + 1, visitor=mine.visitor).reason == "self"


def test_of_a_day_that_is_not_kept_whole_any_more_nothing_is_changed(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    click = tapped(store, reel[1], times.now() - 90 * times.DAY)
    assert say(owner, click).startswith("Not all clicks of that day are kept any more")
    assert not own_taps.read(store)
    assert asked_for(store) == []


def test_it_can_be_taken_back(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    click = tapped(store, reel[1], times.now())
    say(owner, click)
    assert "That was not me<" in row(owner, click)
    assert "It is being counted again." in row(owner, click)
    assert "Count again<" in row(owner, click)
    assert say(owner, click, "0").startswith("That was not you. That day is being counted again")
    assert not own_taps.read(store)
    assert asked_for(store) == [(wake.RECOUNT_JOB, ())] * 2
    assert own_taps.asked(store) == [(times.day_of(click.at), click.visitor, 2)]
    assert "That was me<" in row(owner, click)


def test_a_click_that_is_the_owners_says_by_what(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    now = times.now()
    say(owner, tapped(store, reel[1], now, visitor="me"))
    said = row(owner, tapped(store, reel[1], now, visitor="me"))
    assert "You said that this visitor was you." in said
    assert "That was not me<" in said
    assert "Count again" not in said
    marked = tapped(store, reel[1], now, signals="self")
    page = owner.get(f"/admin/posts/{reel[0].id}").text
    assert "The browser is marked as yours." in page
    assert row(owner, marked) == ""  # nothing to be said of it


def test_until_it_is_counted_again_it_says_so_and_can_be_asked_for_again(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    now = times.now()
    say(owner, tapped(store, reel[1], now, visitor="me"))
    counted = tapped(store, reel[1], now, visitor="me")
    assert counted.reason == "self"
    say(owner, counted, "0")
    waiting = row(owner, counted)
    assert "It is being counted again." in waiting
    assert "Count again<" in waiting
    assert "That was me" not in waiting
    say(owner, counted, "0")
    assert len(asked_for(store)) == 3


def test_without_a_queue_the_mark_is_kept_and_the_owner_told(
    owner: Browser, store: Store, reel: tuple[Post, Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise redis.ConnectionError

    click = tapped(store, reel[1], times.now())
    monkeypatch.setattr(wake, "recount", away)
    assert "within some minutes" in say(owner, click)
    assert own_taps.read(store).said(click.visitor, click.at)
    assert "Count again<" in row(owner, click)


@pytest.mark.parametrize("agent", ["TelegramBot (like TwitterBot)", "curl/8.5.0", ""])
def test_what_no_person_did_is_nobodys(owner: Browser, store: Store, reel: tuple[Post, Link], agent: str) -> None:
    click = tapped(store, reel[1], times.now(), agent=agent)
    assert row(owner, click) == ""
    assert say(owner, click) == "Only a tap by a person can have been yours. Nothing was changed."
    assert not own_taps.read(store)
    assert asked_for(store) == []


def test_repeats_and_bursts_are_asked_for_too(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    now = times.now()
    found = [tapped(store, reel[1], now, visitor="eager") for _ in range(12)]
    assert {click.reason for click in found} == {"human", "repeat", "burst"}
    assert all("That was me<" in row(owner, click) for click in found)


@pytest.mark.parametrize("name", ["click", "visitor", "hash", "day"])
def test_no_visitor_can_be_named_but_by_a_kept_click(
    owner: Browser, store: Store, reel: tuple[Post, Link], name: str
) -> None:
    click = tapped(store, reel[1], times.now(), visitor="somebody")
    for value in ("somebody", "", f"{click.id}0", click.id.replace(".", "/"), "x.00000000000" + "0" * 13):
        page = f"/admin/posts/{reel[0].id}"
        owner.send(f"{page}/mine", {"mine": "1", name: value}, seen=page)
    assert not own_taps.read(store)


def test_a_click_that_is_not_kept_any_more_is_told(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    click = tapped(store, reel[1], times.now())
    store.redis.delete(keys.tail(reel[0].id))
    assert say(owner, click) == "That is not kept any more, so nothing was changed."
    assert not own_taps.read(store)


def test_nor_is_one_of_another_post(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    other, _ = posts.create(
        store, {"platform": "x", "title": "Another"}, now=times.now(), own_hosts=frozenset({"go.example"})
    )
    click = tapped(store, reel[1], times.now())._replace(post_id=other.id)
    assert "not kept any more" in say(owner, click)
    assert not own_taps.read(store)


def test_strangers_and_other_sites_say_nothing(
    app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    click, stranger = tapped(store, reel[1], times.now()), Browser(app)
    path = f"/admin/posts/{reel[0].id}/mine"
    assert owner.client.post(path, data={"click": click.id, "mine": "1"}).status_code == 400
    fields = {"click": click.id, "mine": "1", "csrf_token": stranger.token("/admin/sign-in")}
    assert "/admin/sign-in" in stranger.client.post(path, data=fields).headers["Location"]
    assert not own_taps.read(store)
    assert owner.get(path).headers["Location"] == f"/admin/posts/{reel[0].id}"
    assert owner.send("/admin/posts/nothing/mine", {"click": click.id}, seen="/admin/settings/").status_code == 404


def test_too_many_marks_are_told(
    owner: Browser, store: Store, reel: tuple[Post, Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_taps, "MOST_MARKS", 0)
    assert say(owner, tapped(store, reel[1], times.now())) == "There are 0 marks of your own taps already."


def test_the_form_names_no_visitor(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    tapped(store, reel[1], times.now(), visitor="a-hash-of-somebody", net="a-net-of-some")
    page = owner.get(f"/admin/posts/{reel[0].id}").text
    assert "a-hash-of-somebody" not in page
    assert "a-net-of-some" not in page


def test_of_an_open_of_the_page_of_links_too(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, link = reel
    made = bio_pages.put(store, post.profile_id, {"name": "ada"}, now=times.now())
    of_page = replace(link, post_id=made.profile_id, slug=made.profile_id)
    path, at = f"/admin/profiles/{made.profile_id}/page/", times.now()
    assert "That was me" not in owner.get(path).text
    mine = tapped(store, of_page, at, visitor="me")
    tapped(store, of_page, at + 1)
    tapped(store, link, at + 2, visitor="me")

    def newest() -> str:
        text = owner.get(path).text
        return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", text.partition("Newest opens")[2].partition("</section>")[0]))

    assert newest().count("Opened by a person") == newest().count("That was me ") == 2
    assert made.profile_id not in newest()
    answer = owner.send(f"{path}mine", {"click": mine.id, "mine": "1"}, seen=path)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}#newest")
    assert "That was you. That day is being counted again wherever this visitor tapped" in newest()
    recounting.of_all_asked(store, now=at)
    assert bio_pages.opens(store, made) == {"hits": 2, "human": 1, "self": 1, "lost": 0}
    assert rollups.totals(store, [post.id])[0]["self"] == 1
    assert "Opened by you" in newest()
    assert "You said that this visitor was you. That was not me" in newest()
    assert newest().count("That was me ") == 1
    owner.send(f"{path}mine", {"click": mine.id, "mine": "0"}, seen=path)
    recounting.of_all_asked(store, now=at)
    assert bio_pages.opens(store, made)["human"] == 2


def test_of_an_open_nobody_speaks_where_there_is_no_page(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, link = reel
    click = tapped(store, link, times.now())
    path = f"/admin/profiles/{post.profile_id}/page/"
    assert owner.send(f"{path}mine", {"click": click.id, "mine": "1"}, seen=path).status_code == 404
    bio_pages.put(store, post.profile_id, {"name": "ada"}, now=times.now())
    owner.send(f"{path}mine", {"click": click.id, "mine": "1"}, seen=path)
    assert "That is not kept any more, so nothing was changed." in owner.get(path).text
    assert not own_taps.read(store)
    assert owner.get(f"{path}mine").headers["Location"] == path
