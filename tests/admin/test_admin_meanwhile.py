"""Forms that were opened before somebody changed elsewhere what they change."""

import re
from html import unescape
from typing import Any

import pytest
from admin_cast import Browser, wrong
from werkzeug.test import TestResponse

from shortlinks import times
from shortlinks.bio_pages import bio_page_rows, bio_pages
from shortlinks.links.links import Link
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profiles
from shortlinks.store import Store

HOSTS = frozenset({"go.example"})
_FORM = re.compile(r'<form\b[^>]*method="post"[^>]*>.*?</form>', re.S)
_FIELD = re.compile(r'<(?:input|textarea)\b[^>]*?name="(\w+)"[^>]*?(?: value="([^"]*)"[^>]*>|>([^<]*)</textarea>)')
_SELECT = re.compile(r'<select\b[^>]*name="(\w+)"[^>]*>(.*?)</select>', re.S)


def form(seen: TestResponse, marker: str) -> dict[str, str]:
    """The form that holds `marker`, as a browser would send it."""
    (found,) = [each for each in _FORM.findall(seen.text) if marker in each]
    found = re.sub(r'<input type="checkbox"(?:(?! checked)[^>])*>', "", found)
    fields = {name: unescape(value or text) for name, value, text in _FIELD.findall(found)}
    for name, options in _SELECT.findall(found):
        (fields[name],) = re.findall(r'<option value="([^"]*)" selected', options) or [""]
    return fields


def send(owner: Browser, path: str, fields: dict[str, str]) -> TestResponse:
    return owner.client.post(path, data=fields)


def change(store: Store, post: Post, **changes: Any) -> Post:
    return posts.update(store, post.id, changes, now=times.now())


def test_a_title_and_notes_that_were_changed_elsewhere_are_not_written_over_unseen(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, path = reel[0], f"/admin/posts/{reel[0].id}/edit"
    typed = form(owner.get(path), 'name="notes"') | {"title": "My mug", "notes": "first\r\nsecond", "tags": "a, b"}
    change(store, post, title="Their mug", notes="theirs", tags=["a", "b"])
    refused = send(owner, path, typed)
    assert refused.status_code == 422
    assert [unescape(text) for text in wrong(refused)] == [
        "It says “Their mug” there now.",
        "It says “theirs” there now.",
    ]
    assert "It was changed elsewhere meanwhile. Save again" in refused.text
    again = form(refused, 'name="notes"')
    assert {name: again[name].replace("\r", "") for name in ("title", "notes", "tags")} == {
        "title": "My mug",
        "notes": "first\nsecond",
        "tags": "a, b",
    }
    assert posts.get(store, post.id).title == "Their mug"
    assert send(owner, path, again).status_code == 303
    changed = posts.get(store, post.id)
    assert (changed.title, changed.notes, changed.tags) == ("My mug", "first\nsecond", ("a", "b"))


def test_what_was_changed_again_before_it_was_confirmed_is_shown_again(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, path = reel[0], f"/admin/posts/{reel[0].id}/edit"
    typed = form(owner.get(path), 'name="notes"') | {"title": "My mug"}
    change(store, post, title="Their mug")
    confirmed = form(send(owner, path, typed), 'name="notes"')
    change(store, post, title="Her mug")
    assert [unescape(text) for text in wrong(send(owner, path, confirmed))] == ["It says “Her mug” there now."]
    assert posts.get(store, post.id).title == "Her mug"


def test_a_form_that_was_refused_for_a_mistake_still_knows_what_it_saw(
    owner: Browser, store: Store, reel: tuple[Post, Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    post, path = reel[0], f"/admin/posts/{reel[0].id}/edit"
    mistaken = form(owner.get(path), 'name="notes"') | {"title": ""}
    update = posts.update

    def refused(*args: Any, **named: Any) -> Post:
        monkeypatch.setattr(posts, "update", update)
        try:
            return update(*args, **named)
        finally:
            change(store, post, title="Their mug")

    monkeypatch.setattr(posts, "update", refused)
    mended = form(send(owner, path, mistaken), 'name="notes"') | {"title": "My mug"}
    assert send(owner, path, mended).status_code == 422
    assert posts.get(store, post.id).title == "Their mug"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"archived": True}, id="what the form has no field for"),
        pytest.param({"title": "My mug"}, id="to the same"),
    ],
)
def test_nobody_is_asked_about_what_is_not_written_over(
    owner: Browser, store: Store, reel: tuple[Post, Link], changes: dict[str, Any]
) -> None:
    post, path = reel[0], f"/admin/posts/{reel[0].id}/edit"
    typed = form(owner.get(path), 'name="notes"') | {"title": "My mug"}
    change(store, post, **changes)
    assert send(owner, path, typed).status_code == 303
    changed = posts.get(store, post.id)
    assert (changed.title, changed.archived) == ("My mug", "archived" in changes)


def test_choices_are_told_by_their_names(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, path = reel[0], f"/admin/posts/{reel[0].id}/edit"
    fields = {"platform": "tiktok", "title": "The same cup"}
    other, _ = posts.create(store, fields, now=times.now(), own_hosts=HOSTS)
    typed = form(owner.get(path), 'name="notes"') | {"notes": "mine"}
    change(store, post, kind="story", siblings=[other.id], part_of=other.id)
    refused = send(owner, path, typed)
    told = [unescape(text) for text in wrong(refused)]
    assert "It says “The same cup” there now." in told
    assert "It says “Story” there now." in unescape(refused.text)
    assert send(owner, path, form(refused, 'name="notes"')).status_code == 303
    changed = posts.get(store, post.id)
    assert (changed.notes, changed.siblings, changed.part_of) == ("mine", (), None)


def test_a_change_between_the_look_and_the_writing_is_seen(
    owner: Browser, store: Store, reel: tuple[Post, Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    post, path = reel[0], f"/admin/posts/{reel[0].id}/edit"
    typed = form(owner.get(path), 'name="notes"') | {"title": "My mug"}
    update = posts.update

    def overtaken(*args: Any, **named: Any) -> Post:
        monkeypatch.setattr(posts, "update", update)
        change(store, post, title="Their mug")
        return update(*args, **named)

    monkeypatch.setattr(posts, "update", overtaken)
    assert send(owner, path, typed).status_code == 422
    assert posts.get(store, post.id).title == "Their mug"


def test_a_profile_is_not_written_over_unseen(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    profile_id = reel[0].profile_id
    page = f"/admin/profiles/{profile_id}"
    typed = form(owner.get(page), 'name="handle"') | {"handle": "ada"}
    profiles.update(store, profile_id, {"handle": "eve", "shop": "shop.example"})
    refused = send(owner, f"{page}/edit", typed)
    assert [unescape(text) for text in wrong(refused)] == [
        "It says “eve” there now.",
        "It says “shop.example” there now.",
    ]
    assert profiles.get(store, profile_id).handle == "eve"
    mended = form(refused, 'name="handle"') | {"shop": "shop.example"}
    assert send(owner, f"{page}/edit", mended).status_code == 303
    profile = profiles.get(store, profile_id)
    assert (profile.handle, profile.shop) == ("ada", "shop.example")


def test_a_page_of_links_and_its_rows_are_not_written_over_unseen(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    profile_id, now = reel[0].profile_id, times.now()
    page = f"/admin/profiles/{profile_id}/page/"
    bio_pages.put(store, profile_id, {"name": "ada"}, now=now)
    made, _ = bio_page_rows.add(store, profile_id, {"post_id": reel[0].id}, now=now, own_hosts=HOSTS)
    slug = made.rows[0].slug
    opened = owner.get(page)
    about, row = form(opened, 'name="about"') | {"about": "mine"}, form(opened, f'id="row-{slug}"') | {"title": "mine"}
    bio_pages.put(store, profile_id, {"about": "theirs", "online": False}, now=now)
    bio_page_rows.edit(store, profile_id, slug, {"title": "theirs"})

    refused = send(owner, f"{page}rows/{slug}", row)
    assert [unescape(text) for text in wrong(refused)] == ["It says “theirs” there now."]
    assert send(owner, f"{page}rows/{slug}", form(refused, f'id="row-{slug}"')).status_code == 303
    refused = send(owner, f"{page}settings", about)
    assert [unescape(text) for text in wrong(refused)] == ["It says “theirs” there now.", "It says “Off” there now."]
    assert send(owner, f"{page}settings", form(refused, 'name="about"')).status_code == 303
    found = bio_pages.get(store, profile_id)
    assert (found.rows[0].title, found.about, found.online) == ("mine", "mine", True)


def test_a_page_that_was_made_in_another_tab_is_not_made_over_and_stays_online(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    profile_id = reel[0].profile_id
    page = f"/admin/profiles/{profile_id}/page/"
    opened = form(owner.get(page), 'name="about"')
    typed, same = opened | {"name": "mine", "about": ""}, opened | {"name": "ada", "about": "theirs"}
    bio_pages.put(store, profile_id, {"name": "ada", "about": "theirs"}, now=times.now())
    assert send(owner, f"{page}settings", same).status_code == 303
    assert bio_pages.get(store, profile_id).online
    refused = send(owner, f"{page}settings", typed)
    assert refused.status_code == 422
    assert send(owner, f"{page}settings", form(refused, 'name="about"')).status_code == 303
    found = bio_pages.get(store, profile_id)
    assert (found.name, found.about, found.online) == ("mine", "", True)
