"""A post that nobody clicked yet: who the hits were, and what to do next, instead of an empty picture."""

import re
from typing import Any

import pytest
from admin_cast import Browser, count

from shortlinks import times
from shortlinks.clicks import previews
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profiles
from shortlinks.snapshots import snapshots
from shortlinks.store import Store
from shortlinks.web.admin import day_zero

INSTAGRAM_PREVIEW = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"
OWN = frozenset({"go.example"})


def make(store: Store, platform: str, spot: str | None, *, old: int = times.HOUR, **fields: Any) -> tuple[Post, Any]:
    hung = [{"placement": spot, "target": "https://shop.example/"}] if spot else []
    asked = {"platform": platform, "title": "Mug", "published_at": times.now() - old, "links": hung, **fields}
    return posts.create(store, asked, now=times.now(), own_hosts=OWN)


def plain(text: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", text.partition('id="day-0"')[2].partition("</section>")[0]).split())


@pytest.mark.parametrize(
    ("ledger", "pasted", "fetched", "said"),
    [
        ({"hits": 0}, {}, {}, "0 hits: nobody yet, and no app fetched a preview."),
        (
            {"hits": 1, "preview": 1},
            {},
            {"Instagram": 1},
            "1 hit = 0 people + 1 preview from Instagram: nobody yet.",
        ),
        (
            {"hits": 7, "human": 0, "lost": 0, "preview": 4, "crawler": 2, "self": 1},
            {"WhatsApp": 1},
            {"Facebook": 2},
            "7 hits = 0 people + 1 tap of your own + 4 previews from WhatsApp and Facebook + 2 crawlers: nobody yet.",
        ),
        ({"hits": 2, "preview": 2}, {}, {}, "2 hits = 0 people + 2 previews: nobody yet."),
    ],
)
def test_the_hits_are_summed_up_as_nobody(
    ledger: dict[str, int], pasted: dict[str, int], fetched: dict[str, int], said: str
) -> None:
    assert day_zero.summed(ledger, previews.Previews(pasted, fetched)) == said


def test_a_preview_alone_is_explained_and_what_to_do_next(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    count(store, reel[1], 1, at=times.now(), agent=INSTAGRAM_PREVIEW)
    page = owner.get(f"/admin/posts/{reel[0].id}").text
    said = plain(page)
    assert "1 hit = 0 people + 1 preview from Facebook: nobody yet." in said
    assert "1. Copy the link. 2. Hang it where it is meant to be: bio link." in said
    assert "3. Tap it once as a follower would, as a test" in said
    assert "4. Come back tomorrow and note views and likes, when it is 24 hours old" in said
    assert "From views to clicks" not in page
    assert 'class="days"' not in page
    assert "No chart yet" in page
    assert plain(owner.get(f"/admin/posts/{reel[0].id}/live").text) == said


def test_it_says_nothing_of_its_clicks_but_what_else_there_is_to_say(owner: Browser, store: Store) -> None:
    tappable, _ = make(store, "instagram", "bio_link", old=2 * times.DAY)
    assert 'id="findings"' not in owner.get(f"/admin/posts/{tappable.id}").text
    dead, _ = make(store, "instagram", "reel_caption", old=2 * times.DAY)
    found = owner.get(f"/admin/posts/{dead.id}").text.partition('id="findings"')[2]
    assert "Nobody can tap" in found
    assert "Too few clicks to tell" not in found


def test_the_first_click_by_a_person_ends_it(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    count(store, reel[1], 1, at=times.now())
    page = owner.get(f"/admin/posts/{reel[0].id}").text
    assert "Too early to tell" in page
    assert 'id="day-0"' not in page
    assert "From views to clicks" in page
    assert 'class="days"' in page


def test_numbers_that_are_noted_end_it(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    snapshots.add(store, reel[0], {"views": 120}, now=times.now())
    page = owner.get(f"/admin/posts/{reel[0].id}").text
    assert 'id="day-0"' not in page
    assert "From views to clicks" in page


def test_tiktok_takes_its_time_and_a_dead_spot_is_named(owner: Browser, store: Store) -> None:
    slow, _ = make(store, "tiktok", "bio_website_field")
    assert "TikTok’s link may take 24–72 h to show." in plain(owner.get(f"/admin/posts/{slow.id}").text)
    assert "Nobody can tap it there" not in plain(owner.get(f"/admin/posts/{slow.id}").text)
    profiles.update(store, slow.profile_id, {"followers": 600})
    assert "Nobody can tap it there" in plain(owner.get(f"/admin/posts/{slow.id}").text)
    dead, _ = make(store, "instagram", "reel_caption")
    said = plain(owner.get(f"/admin/posts/{dead.id}").text)
    assert "caption of a reel. Nobody can tap it there" in said
    assert "24–72" not in said


def test_a_post_without_a_usable_link_is_told_to_get_one(owner: Browser, store: Store) -> None:
    post, _ = make(store, "instagram", None)
    assert "1. Add a link to this post" in plain(owner.get(f"/admin/posts/{post.id}").text)
    other, (link,) = make(store, "instagram", "bio_link")
    links.update(store, link.slug, {"state": "disabled"}, now=times.now(), own_hosts=OWN)
    assert "1. Add a link to this post" in plain(owner.get(f"/admin/posts/{other.id}").text)


@pytest.mark.parametrize(
    ("kind", "old", "said"),
    [
        ("reel", 2 * times.DAY, "4. Note views and likes now:"),
        ("story", times.HOUR, "4. Come back before it is gone and note views and likes, when it is 22 hours old:"),
        ("reel", -times.HOUR, "4. Come back tomorrow and note views"),
    ],
)
def test_when_to_note_the_numbers_first(owner: Browser, store: Store, kind: str, old: int, said: str) -> None:
    post, _ = make(store, "instagram", "bio_link", old=old, kind=kind)
    assert said in plain(owner.get(f"/admin/posts/{post.id}").text)


def test_the_home_page_says_that_nobody_came_yet_until_somebody_did(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    make(store, "tiktok", "bio_website_field")
    assert "0 hits: nobody yet" in plain(owner.get("/admin/").text)
    count(store, reel[1], 2, at=times.now(), agent=INSTAGRAM_PREVIEW)
    assert "2 hits = 0 people + 2 previews: nobody yet." in plain(owner.get("/admin/").text)
    assert 'id="day-0"' not in owner.get("/admin/?platform=tiktok").text
    count(store, reel[1], 1, at=times.now())
    assert 'id="day-0"' not in owner.get("/admin/").text


def test_the_home_page_leads_to_the_set_up(owner: Browser, store: Store) -> None:
    empty = owner.get("/admin/").text
    assert "see whether people can reach your links" in empty
    assert 'id="day-0"' not in empty
    make(store, "tiktok", "bio_website_field")
    assert "Each of your links works only on this computer, as far as we know." in owner.get("/admin/").text
