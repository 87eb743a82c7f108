"""A post's path shown to others: as a picture, and at a secret address."""

import html
import io
import logging
import re
from urllib.parse import urlsplit

import pytest
from admin_cast import Browser, count
from apiflask import APIFlask
from PIL import Image
from werkzeug.test import TestResponse

from shortlinks import keys, times
from shortlinks.errors import NotFound
from shortlinks.funnels import path_cards
from shortlinks.links import links, misses
from shortlinks.links.links import Link
from shortlinks.posts import posts, shown
from shortlinks.posts.posts import Post
from shortlinks.rollups import rollups
from shortlinks.running import logs
from shortlinks.snapshots import snapshots
from shortlinks.store import Store
from shortlinks.web.admin import showing

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{ 7*7 }} \u202e"


def plain(text: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


def show(owner: Browser, post: Post) -> str:
    """Have the path shown at a (new) secret address. Returns its path, as the page has it."""
    page = f"/admin/posts/{post.id}"
    answer = owner.send(f"{page}/shown", {"do": "new"}, seen=page)
    assert (answer.status_code, urlsplit(answer.location).fragment) == (303, "shown")
    found = re.search(r'id="shown-address" value="http://go\.example(/shown/[^"]+)"', owner.get(page).text)
    assert found
    return found[1]


def get(app: APIFlask, path: str, method: str = "GET") -> TestResponse:
    return app.test_client().open(path, method=method)


def note(store: Store, post: Post, **numbers: str) -> None:
    snapshots.add(store, post, numbers, now=times.now())


def test_nothing_is_shown_until_it_is_asked_for(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    page = owner.get(f"/admin/posts/{reel[0].id}").text
    assert "Make a secret address" in page
    assert "/shown/" not in page.replace(f"/admin/posts/{reel[0].id}/shown", "")
    assert not store.redis.exists(keys.SHOWN)


def test_whoever_has_the_address_reads_the_path_and_nothing_else(
    app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    posts.update(store, post.id, {"notes": "my own notes", "tags": ["privately"]}, now=times.now())
    count(store, link, 9, at=times.now() - times.MINUTE)
    note(store, post, views="12.4K", likes="931")
    answer = get(app, show(owner, post))
    text = plain(answer.text)
    assert answer.status_code == 200
    for said in (
        *("The blue mug", "9 clicks by people from 12,400 views: about 1 per 1,400", "12,400 ±50"),
        *(
            "9 of 12,400 views, 0.07 %, between 0.04 % and 0.14 %",
            "Likes for comparison 931",
            "Profile visits not noted",
        ),
    ):
        assert said in text.replace("\u00a0", " "), said
    other = ("/admin", link.slug, "shop.example", post.id, "my own notes", "privately", "iPhone", "Where to find it")
    assert [word for word in (*other, "DE", "From your", "<script", "<form") if word in answer.text] == []


def test_the_page_is_kept_nowhere_and_tells_nobody_where_it_is(
    app: APIFlask, owner: Browser, reel: tuple[Post, Link]
) -> None:
    path = show(owner, reel[0])
    for address in (path, f"{path}/path.png", "/shown/wrong"):
        headers = get(app, address).headers
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Robots-Tag"].startswith("noindex")
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self';")
        assert "Set-Cookie" not in headers
    assert '<meta name="robots" content="noindex">' in get(app, path).text
    assert re.fullmatch(r"/shown/[A-Za-z0-9_-]{32}", path)


def test_a_wrong_address_does_not_tell_whether_it_ever_was_one(
    app: APIFlask, owner: Browser, reel: tuple[Post, Link]
) -> None:
    first, page = show(owner, reel[0]), f"/admin/posts/{reel[0].id}"
    second = show(owner, reel[0])
    assert [get(app, path).status_code for path in (first, f"{first}/path.png", second)] == [404, 404, 200]
    owner.send(f"{page}/shown", {"do": "stop"}, seen=page)
    never = first[:-1] + ("a" if first[-1] != "a" else "b")
    answers = [get(app, path) for path in (first, second, never)]
    assert {answer.status_code for answer in answers} == {404}
    bodies = {answer.text.replace(path, "") for answer, path in zip(answers, (first, second, never), strict=True)}
    assert len(bodies) == 1
    assert "Make a secret address" in owner.get(page).text


@pytest.mark.parametrize("token", ["", "x", "%00", "None", "..", "a" * 5000, "%F0%9F%8F%BA", "post|x"])
def test_no_guess_shows_anything(app: APIFlask, owner: Browser, reel: tuple[Post, Link], token: str) -> None:
    show(owner, reel[0])
    assert get(app, f"/shown/{token}").status_code == 404


def test_guesses_are_limited(app: APIFlask, owner: Browser, reel: tuple[Post, Link]) -> None:
    show(owner, reel[0])
    app.config["CHECK_RATE"] = "2 per minute"
    assert [get(app, "/shown/wrong").status_code for _ in range(3)] == [404, 404, 429]


def test_an_archived_posts_path_is_still_shown_and_a_purged_ones_is_gone(
    app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    path = show(owner, reel[0])
    posts.update(store, reel[0].id, {"archived": True}, now=times.now())
    assert get(app, path).status_code == 200
    posts.purge(store, reel[0].id)
    assert get(app, path).status_code == 404
    assert not store.redis.exists(keys.SHOWN)
    with pytest.raises(NotFound):
        shown.renew(store, reel[0].id)
    assert not store.redis.exists(keys.SHOWN)


def test_each_post_has_one_address_of_its_own(
    app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    fields = {"platform": "instagram", "title": "The red bowl", "published_at": reel[0].published_at}
    other, _ = posts.create(store, fields, now=times.now(), own_hosts=frozenset())
    mine, its = show(owner, reel[0]), show(owner, other)
    assert "The red bowl" not in get(app, mine).text
    assert "The red bowl" in get(app, its).text
    posts.purge(store, reel[0].id)
    assert get(app, its).status_code == 200


def test_a_look_counts_nowhere(app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    path, journal = show(owner, reel[0]), app.extensions["shortlinks"].follower.journal
    before = journal.appended, rollups.totals(store, [reel[0].id])
    for address in (path, f"{path}/path.png", "/shown/wrong", "/shown"):
        get(app, address)
        get(app, address, "HEAD")
    assert (journal.appended, rollups.totals(store, [reel[0].id])) == before
    assert misses.latest(store, days=1, now=times.now()) == []


def test_no_link_stands_in_its_way(store: Store, reel: tuple[Post, Link]) -> None:
    assert "shown" in links.RESERVED_ALWAYS
    assert links.free(store, ["shown"]) == []


def test_an_error_is_logged_without_the_address(
    app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(logs.formatter("json"))
    monkeypatch.setattr(app.logger, "handlers", [handler])
    path = show(owner, reel[0])
    store.redis.rpush(keys.snapshots(reel[0].id), "garbage")
    assert get(app, path).status_code == 500
    assert "JSONDecodeError" in said.getvalue()
    assert path.removeprefix("/shown/") not in said.getvalue()


def test_a_hostile_title_is_text(app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post = posts.update(store, reel[0].id, {"title": HOSTILE}, now=times.now())
    text = get(app, show(owner, post)).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert owner.get(f"/admin/posts/{post.id}/path.png").status_code == 200


def test_the_picture_is_the_owners_to_save_and_the_same_for_whoever_has_the_address(
    app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    count(store, link, 2, at=times.now() - times.MINUTE)
    path = f"/admin/posts/{post.id}/path.png"
    assert get(app, path).status_code == 303
    answer = owner.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Content-Disposition"] == f"inline; filename={post.id}-path.png"
    assert Image.open(io.BytesIO(answer.data)).size == path_cards.SIZE
    assert owner.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert get(app, f"{show(owner, post)}/path.png").data == answer.data
    assert f'href="{path}" download="{post.id}-path.png"' in owner.get(f"/admin/posts/{post.id}").text
    assert owner.get("/admin/posts/nothing/path.png").status_code == 404


@pytest.mark.parametrize("noted", [{}, {"views": "12.4K", "likes": "931"}, {"views": "1000000000000"}])
def test_the_picture_says_only_what_the_page_says(
    app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link], noted: dict[str, str]
) -> None:
    post, link = reel
    fields = {"platform": "instagram", "kind": "reel", "title": "Another", "published_at": times.now() - times.HOUR}
    posts.create(store, fields, now=times.now(), own_hosts=frozenset())
    count(store, link, 9, at=times.now() - times.MINUTE)
    if noted:
        note(store, post, **noted)
    page = plain(owner.get(f"/admin/posts/{post.id}").text)
    with app.test_request_context():
        found = showing.Shown.of_post(post)
        bars = [showing.bar(row) for row in found.path.rows]
    assert found.headline in page
    assert found.path.scale in page
    assert {bar.label for bar in bars} >= {"Views", "Likes", "Profile visits", "Clicks"}
    for bar in bars:
        label = " ".join(filter(None, (bar.label, bar.aside, bar.count)))
        assert f"{label} " in page, label
        assert bar.note in page
        assert (bar.length is None) == bar.count.startswith("not ")
    assert found.basis.rstrip(".").partition(", clicks")[0] in page.replace(" (less than a minute ago)", "")


def test_letters_that_the_picture_leaves_out_are_named(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    said = "Left out of the title"
    assert said not in owner.get(f"/admin/posts/{reel[0].id}").text
    posts.update(store, reel[0].id, {"title": "Mug \U000f0000"}, now=times.now())
    assert said in owner.get(f"/admin/posts/{reel[0].id}").text


def test_whoever_asks_again_for_a_form_that_was_refused_gets_the_page(owner: Browser, reel: tuple[Post, Link]) -> None:
    assert owner.get(f"/admin/posts/{reel[0].id}/shown").location == f"/admin/posts/{reel[0].id}"


def test_page_and_picture_speak_as_the_readers_browser_asks(
    app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    count(store, link, 9, at=times.now() - times.MINUTE)
    note(store, post, views="12.4K")
    path, german = show(owner, post), {"Accept-Language": "de-DE"}
    reader = app.test_client()
    text = reader.get(path, headers=german).text
    assert "9 Klicks von Personen auf 12.400 Views: etwa 1 pro 1.400" in text
    assert "nicht eingetragen" in text
    assert reader.get(f"{path}/path.png", headers=german).data != reader.get(f"{path}/path.png").data
