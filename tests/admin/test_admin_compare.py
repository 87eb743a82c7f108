"""The page that compares posts."""

import re

from admin_cast import Browser
from clicking import NOW, make_post, pour, record, roll_up_all

from shortlinks import times
from shortlinks.posts import posts
from shortlinks.snapshots import snapshots
from shortlinks.store import Store


def _plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def _story(store: Store, title: str, views: int, clicks: int) -> posts.Post:
    post, (link,) = make_post(store, "story_link_sticker", title=title)
    pour(store, [record(post.id, link.slug, NOW + number * times.MINUTE) for number in range(clicks)])
    roll_up_all(store)
    taken = NOW + 3 * times.DAY
    snapshots.add(store, post, {"views": views, "taken_at": times.rfc3339(taken)}, now=taken)
    return post


def test_it_says_which_brings_more_and_shows_the_best_first(owner: Browser, store: Store) -> None:
    wide, deep = _story(store, "<Wide>", 40_000, 3), _story(store, "Deep", 3_000, 6)
    text = _plain(owner.get(f"/admin/compare?posts={wide.id}&posts={deep.id}").text)
    assert "The two really differ." in text
    assert "“Deep” brings 27 times as many clicks per view as “&lt;Wide&gt;”." in text
    assert text.index("Deep InstagramBest guess") < text.index("3 clicks from 40,000 views")


def test_without_a_choice_it_only_asks_for_one(owner: Browser, store: Store) -> None:
    _story(store, "Deep", 3_000, 6)
    page = owner.get("/admin/compare")
    assert page.status_code == 200
    assert "Two at a time" not in page.text
    assert "Deep" in page.text


def test_one_post_alone_is_refused_in_words(owner: Browser, store: Store) -> None:
    page = owner.get(f"/admin/compare?posts={_story(store, 'Deep', 3_000, 6).id}")
    assert page.status_code == 422
    assert "Posts must be 2 to 20 different posts." in _plain(page.text)


def test_the_lists_of_posts_and_of_siblings_lead_to_it(owner: Browser, store: Store) -> None:
    one, other = _story(store, "One", 900, 1), _story(store, "Other", 900, 2)
    posts.update(store, one.id, {"siblings": [other.id]}, now=NOW)
    assert 'href="/admin/compare"' in owner.get("/admin/").text
    assert f"/admin/compare?posts={one.id}&amp;posts={other.id}" in owner.get(f"/admin/posts/{one.id}").text
