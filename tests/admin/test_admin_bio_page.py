"""The page of links, as its owner makes it, fills it and puts it in order."""

import re

import pytest
from admin_cast import Browser, wrong

from shortlinks import keys, times
from shortlinks.bio_pages import bio_pages
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.posts import posts
from shortlinks.profiles import profiles
from shortlinks.rollups import rollups
from shortlinks.store import Store
from shortlinks.web.admin import bio_page

Reel = tuple[posts.Post, Link]
HOSTILE = "<script>alert(1)</script>"


def place(reel: Reel) -> str:
    return f"/admin/profiles/{reel[0].profile_id}/page/"


def made(owner: Browser, reel: Reel, **fields: str) -> None:
    sent = {"name": "ada", "title": "Ada", "about": "", "theme": "device", "accent": "ink"} | fields
    assert owner.send(f"{place(reel)}settings", sent, seen=place(reel)).status_code == 303


def test_the_profile_leads_to_its_page_which_says_what_it_costs(owner: Browser, reel: Reel) -> None:
    assert f'href="{place(reel)}"' in owner.get(f"/admin/profiles/{reel[0].profile_id}").text
    text = owner.get(place(reel)).text
    assert "It is one tap more" in text
    assert "Put a post on the page" not in text


def test_strangers_see_nothing_of_it(stranger: Browser, reel: Reel) -> None:
    assert stranger.get(place(reel)).status_code == 303
    assert stranger.get("/admin/profiles/nobody/page/").status_code == 303


def test_of_no_profile_there_is_none(owner: Browser) -> None:
    assert owner.get("/admin/profiles/nobody/page/").status_code == 404


def test_a_page_is_made_filled_put_in_order_and_emptied(owner: Browser, reel: Reel, store: Store) -> None:
    post, _ = reel
    made(owner, reel, accent="sea", theme="dark")
    other, _ = posts.create(
        store, {"platform": "instagram", "title": "The jug"}, now=times.now(), own_hosts=frozenset()
    )
    text = owner.get(place(reel)).text
    assert 'value="http://go.example/@ada" readonly aria-label="Address of the page"' in text
    assert re.findall(r'<option value="(\w+)"[^>]*>The', text) == [other.id, post.id]
    rows = f"{place(reel)}rows"
    assert owner.send(rows, {"post_id": post.id, "title": "", "target": ""}, seen=place(reel)).status_code == 303
    wish = {"post_id": other.id, "title": "My jug", "target": "shop.example/jug"}
    assert owner.send(rows, wish | {"target": "https://shop.example/jug"}, seen=place(reel)).status_code == 303
    page = bio_pages.get(store, post.profile_id)
    assert [row.title for row in page.rows] == ["My jug", "The blue mug"]
    jug, mug = page.slugs
    assert links.get(store, jug).placement == "instagram/bio_page"
    text = owner.get(place(reel)).text
    assert "Every post of this profile is on it" in text
    # The top row has no way up, the last no way down.
    assert re.findall(r'name="position" value="(\d)"', text) == ["2", "1"]
    moved = owner.send(f"{rows}/{mug}", {"title": "unsaved", "position": "1"}, seen=place(reel))
    assert moved.headers["Location"].endswith(f"#row-{mug}")
    owner.send(f"{rows}/{mug}", {"title": "Mugs, all blue"}, seen=place(reel))
    assert [row.title for row in bio_pages.get(store, post.profile_id).rows] == ["Mugs, all blue", "My jug"]
    owner.send(f"{rows}/{jug}", {"do": "remove", "title": ""}, seen=place(reel))
    assert bio_pages.get(store, post.profile_id).slugs == [mug]
    assert owner.send(f"{rows}/{jug}", {"do": "remove"}, seen=place(reel)).status_code == 404


def test_what_is_wrong_is_said_at_its_field_with_what_was_typed(owner: Browser, reel: Reel, store: Store) -> None:
    sent = {"name": "a b", "title": HOSTILE, "about": "", "theme": "pink", "accent": "ink"}
    answer = owner.send(f"{place(reel)}settings", sent, seen=place(reel))
    assert answer.status_code == 422
    assert [said.partition(" ")[0] for said in wrong(answer)] == ["Name", "Light"]
    assert "&lt;script&gt;" in answer.text
    assert HOSTILE not in answer.text
    assert bio_pages.find(store, reel[0].profile_id) is None
    made(owner, reel)
    answer = owner.send(
        f"{place(reel)}rows", {"post_id": reel[0].id, "target": "ftp://x", "title": ""}, seen=place(reel)
    )
    assert answer.status_code == 422
    assert wrong(answer)[0].startswith("Where it leads ")
    owner.send(f"{place(reel)}rows", {"post_id": reel[0].id}, seen=place(reel))
    (slug,) = bio_pages.get(store, reel[0].profile_id).slugs
    answer = owner.send(f"{place(reel)}rows/{slug}", {"title": ""}, seen=place(reel))
    assert (answer.status_code, wrong(answer)) == (422, ["Row 1 must not be empty."])
    for again in ("rows", "settings", f"rows/{slug}"):
        assert owner.get(f"{place(reel)}{again}").headers["Location"] == place(reel)


def test_a_page_is_switched_off_and_on(owner: Browser, reel: Reel, store: Store) -> None:
    made(owner, reel)
    made(owner, reel)
    assert "The page is switched off" in owner.get(place(reel)).text
    assert owner.get("/@ada").status_code == 404
    made(owner, reel, online="1")
    assert owner.get("/@ada").status_code == 200


def test_a_row_whose_link_leads_nowhere_is_marked(owner: Browser, reel: Reel, store: Store) -> None:
    made(owner, reel)
    owner.send(f"{place(reel)}rows", {"post_id": reel[0].id}, seen=place(reel))
    assert "not shown" not in owner.get(place(reel)).text
    (slug,) = bio_pages.get(store, reel[0].profile_id).slugs
    links.update(store, slug, {"state": "disabled"}, now=times.now(), own_hosts=frozenset())
    assert "not shown: the link is switched off or has expired" in owner.get(place(reel)).text


def test_hostile_titles_show_as_text(owner: Browser, reel: Reel, store: Store) -> None:
    made(owner, reel, title=HOSTILE, about=HOSTILE)
    posts.update(store, reel[0].id, {"title": HOSTILE}, now=times.now())
    assert HOSTILE not in owner.get(place(reel)).text
    owner.send(f"{place(reel)}rows", {"post_id": reel[0].id}, seen=place(reel))
    assert HOSTILE not in owner.get(place(reel)).text


def test_how_often_it_was_asked_for_is_told_in_words_with_what_is_lost(
    owner: Browser, reel: Reel, store: Store
) -> None:
    made(owner, reel)
    assert "Since it was made" not in owner.get(place(reel)).text
    counts = {"human": 3, "preview": 1, "empty_agent": 2, rollups.LOST: 1}
    store.redis.hset(keys.total(reel[0].profile_id), mapping=counts)
    text = owner.get(place(reel)).text
    said = "it was asked for 6 times: 3 by people, 1 link preview and 2 requests without a user agent."
    assert f"{said} 1 more could not be written down and is lost." in text


def test_newer_posts_of_another_profile_take_no_place_among_those_to_put_on_it(
    owner: Browser, reel: Reel, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(owner, reel)
    monkeypatch.setattr(bio_page, "_OFFERED", 1)
    other = profiles.create(store, platform="instagram", handle="other", now=times.now())
    fields = {"platform": "instagram", "title": "Not hers", "profile_id": other.id}
    posts.create(store, fields, now=times.now() + 1, own_hosts=frozenset())
    text = owner.get(place(reel)).text
    assert f'<option value="{reel[0].id}"' in text
    assert "Not hers" not in text
