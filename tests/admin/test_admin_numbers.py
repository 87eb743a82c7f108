"""Noting numbers: the sheet with its paste box, and the walk through all posts that want theirs."""

import html
import re

import pytest
from admin_cast import Browser, wrong

from shortlinks import times
from shortlinks.links.links import Link
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

WALK = "/admin/numbers"


def plain(text: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text)))


def value(text: str, name: str) -> str:
    found = re.search(rf'<input[^>]* name="{name}" value="([^"]*)"', text)
    assert found, name
    return html.unescape(found[1])


def a_post(store: Store, title: str, *, hours: int, **fields: object) -> Post:
    """An Instagram reel that is so many hours old."""
    now = times.now()
    wish = {"platform": "instagram", "kind": "reel", "title": title, "published_at": now - hours * times.HOUR, **fields}
    return posts.create(store, wish, now=now, own_hosts=frozenset())[0]


def test_a_pasted_text_fills_the_fields_and_nothing_is_saved_before_it_was_seen(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    page = f"/admin/posts/{reel[0].id}"
    text = "12,4 mil visualizaciones\nMe gusta 931\nGuardados 14\nHola"
    seen = owner.send(f"{page}/snapshots", {"pasted": text, "read": "1", "likes": "7", "reach": "9K"}, seen=page)
    assert seen.status_code == 200
    shown = plain(seen.text)
    assert "Understood: views 12,4 mil, likes 931 and saves 14. Nothing is saved yet" in shown
    assert "Left out: Hola." in shown
    fields = {name: value(seen.text, name) for name in ("views", "likes", "saves", "reach", "source")}
    assert fields == {"views": "12,4 mil", "likes": "931", "saves": "14", "reach": "9K", "source": "pasted"}
    assert snapshots.of_post(store, reel[0].id) == []

    assert owner.send(f"{page}/snapshots", {**fields, "pasted": ""}, seen=page).status_code == 303
    (row,) = snapshots.of_post(store, reel[0].id)
    assert (row.views, row.likes, row.saves, row.reach) == (12_400, 931, 14, 9_000)
    assert (row.precision, row.source) == ({"views": 50, "reach": 500}, "pasted")


def test_a_text_that_was_not_read_yet_is_read_whichever_button_is_pressed(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    page = f"/admin/posts/{reel[0].id}"
    seen = owner.send(f"{page}/snapshots", {"pasted": "931 likes", "views": "10"}, seen=page)
    assert (seen.status_code, value(seen.text, "likes"), value(seen.text, "views")) == (200, "931", "10")
    assert snapshots.of_post(store, reel[0].id) == []


def test_typed_numbers_are_typed_whatever_the_form_says_besides(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    page = f"/admin/posts/{reel[0].id}"
    for source in ("", "api", "<b>"):
        owner.send(f"{page}/snapshots", {"views": "10", "source": source}, seen=page)
    assert [row.source for row in snapshots.of_post(store, reel[0].id)] == ["typed"] * 3


@pytest.mark.parametrize(
    ("text", "message"), [("hello", "The text holds no number"), ("", "The text must be some text")]
)
def test_a_text_without_numbers_comes_back(owner: Browser, reel: tuple[Post, Link], text: str, message: str) -> None:
    page = f"/admin/posts/{reel[0].id}"
    answer = owner.send(f"{page}/snapshots", {"pasted": text, "read": "1", "views": "12"}, seen=page)
    assert answer.status_code == 422
    assert [said[: len(message)] for said in wrong(answer)] == [message]
    assert f">{text}</textarea>" in answer.text
    assert value(answer.text, "views") == "12"


def test_what_is_doubtful_is_told_and_left_empty(owner: Browser, reel: tuple[Post, Link]) -> None:
    page = f"/admin/posts/{reel[0].id}"
    text = "Views 12 931 likes\nComments <script>14\n<img src=x>"
    answer = owner.send(f"{page}/snapshots", {"pasted": text, "read": "1"}, seen=page)
    assert "“Views 12 931 likes” can be read in two ways." in plain(answer.text)
    assert value(answer.text, "views") == ""
    assert "<script>14" not in answer.text
    assert "<img src=x" not in answer.text


def test_the_fields_take_a_k_on_a_phone_and_say_which_readings_are_asked_for(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post = a_post(store, "Yesterday's", hours=30)
    text = owner.get(f"/admin/posts/{post.id}").text
    assert len(re.findall(r'name="(?:views|likes)"[^>]* inputmode="text"', text)) == 2
    assert "Asked for at 24 hours (due now) and at 7 days (due " in plain(text)
    snapshots.add(store, post, {"views": 5}, now=times.now())
    assert "Asked for at 24 hours (noted)" in plain(owner.get(f"/admin/posts/{post.id}").text)


def test_the_walk_goes_through_all_that_is_due_with_skip(owner: Browser, store: Store) -> None:
    week, story, day = (
        a_post(store, "Of last week", hours=8 * 24, permalink="https://www.instagram.com/reel/abc"),
        a_post(store, "A story", hours=23, kind="story"),
        a_post(store, "Yesterday's", hours=24),
    )
    first = owner.get(WALK)
    assert "1 of 3" in plain(first.text)
    assert "Its reading at 7 days is due." in plain(first.text)
    assert 'href="https://www.instagram.com/reel/abc"' in first.text
    action = html.unescape(re.findall(r'action="(/admin/numbers[^"]*)"', first.text)[0])
    answer = owner.send(action, {"views": "12.4K", "likes": "931"}, seen=WALK)
    assert answer.status_code == 303
    assert [row.views for row in snapshots.of_post(store, week.id)] == [12_400]

    second = owner.get(answer.location)
    assert "2 of 3" in plain(second.text)
    skip = html.unescape(re.findall(r'class="button" href="(/admin/numbers[^"]*)">Skip', second.text)[0])
    third = owner.get(skip)
    assert "3 of 3" in plain(third.text)
    action = html.unescape(re.findall(r'action="(/admin/numbers[^"]*)"', third.text)[0])
    read = owner.send(action, {"pasted": "800 views 9 likes"}, seen=WALK)
    assert (read.status_code, value(read.text, "views")) == (200, "800")
    assert "3 of 3" in plain(read.text)
    answer = owner.send(action, {"views": "800", "likes": "9", "source": "pasted"}, seen=WALK)
    end = plain(owner.get(answer.location).text)
    skipped = story if snapshots.of_post(store, day.id) else day
    assert f"1 left {skipped.title} Instagram · " in end
    assert "Yesterday's Instagram · at 7 days, in " in end
    assert "Of last week at" not in end
    action = f"{WALK}?posts={skipped.id}&place=1"
    answer = owner.send(action, {"views": "150", "likes": "2"}, seen=WALK)
    assert "That was the last one" in owner.get(answer.location).text


def test_numbers_with_a_mistake_stay_at_their_post(owner: Browser, store: Store) -> None:
    post = a_post(store, "<b>Yesterday's", hours=30)
    action = f"{WALK}?posts={post.id}&place=1"
    answer = owner.send(action, {"views": "many"}, seen=WALK)
    assert answer.status_code == 422
    assert value(answer.text, "views") == "many"
    assert "1 of 1" in plain(answer.text)
    assert "<b>Yesterday" not in answer.text
    assert snapshots.of_post(store, post.id) == []


@pytest.mark.parametrize(
    "query", ["", "?posts=&place=1", "?posts=gone&place=1", "?posts=gone.../x&place=0", "?place=9"]
)
def test_a_walk_through_nothing_says_so(owner: Browser, query: str) -> None:
    answer = owner.client.get(WALK + query, follow_redirects=True)
    assert answer.status_code == 200
    assert "All numbers are as new as they need to be." in answer.text


def test_a_post_that_was_erased_meanwhile_is_passed_over(owner: Browser, store: Store) -> None:
    gone, there = a_post(store, "Gone", hours=30), a_post(store, "There", hours=30)
    posts.purge(store, gone.id)
    for answer in (
        owner.get(f"{WALK}?posts={gone.id}.{there.id}&place=1"),
        owner.send(f"{WALK}?posts={gone.id}.{there.id}&place=1", {"views": "5"}, seen=WALK),
    ):
        assert answer.status_code == 303
        assert "2 of 2" in plain(owner.get(answer.location).text)
    assert snapshots.of_post(store, there.id) == []


def test_a_doubt_about_views_that_fell_is_told_with_the_next_post(owner: Browser, store: Store) -> None:
    post = a_post(store, "Falling", hours=24 * 8)
    snapshots.add(store, post, {"views": 900, "taken_at": post.published_at + times.DAY}, now=times.now())
    answer = owner.send(f"{WALK}?posts={post.id}&place=1", {"views": "90"}, seen=WALK)
    assert "Falling: The views, 90, are lower than the 900 you noted on" in plain(owner.get(answer.location).text)


def test_only_the_owner_walks(stranger: Browser) -> None:
    assert stranger.get(WALK).status_code == 303


def test_a_creator_notes_numbers_in_german(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    page = f"/admin/posts/{reel[0].id}"
    assert 'placeholder="12.4K"' in owner.get(page).text  # as the templates are compiled, whatever is spoken later
    settings.set_language(store, "de")
    assert 'placeholder="12,4 Tsd."' in owner.get(page).text
    bad = owner.send(f"{page}/snapshots", {"views": "viele", "likes": "931"}, seen=page)
    assert bad.status_code == 422
    assert "Views: muss eine Zahl sein, wie 12400, 12.400 oder 12,4 Tsd." in plain(bad.text)
    nothing = owner.send(f"{page}/snapshots", {"taken_at": "gestern"}, seen=page)
    assert nothing.status_code == 422
    assert "Views: fehlt, oder eins davon: Likes, Reichweite, Kommentare, Shares, Saves, Profil" in plain(nothing.text)
    assert "Abgelesen am: muss Datum und Uhrzeit sein, wie 2026-11-22T18:30." in plain(nothing.text)
    seen = owner.send(f"{page}/snapshots", {"pasted": "12.400 Aufrufe 1,2 Tsd. Likes", "read": "1"}, seen=page)
    assert "Verstanden: Views 12.400 und Likes 1,2 Tsd. – gespeichert ist noch nichts" in plain(seen.text)
    fields = {name: value(seen.text, name) for name in ("views", "likes", "source")}
    assert owner.send(f"{page}/snapshots", fields, seen=page).status_code == 303
    (row,) = snapshots.of_post(store, reel[0].id)
    assert (row.views, row.likes, row.precision) == (12_400, 1_200, {"likes": 50})
    assert "Die Zahlen sind gespeichert." in plain(owner.get(page).text)
