"""The forms of links on a post's page."""

import re
from dataclasses import replace

import pytest
from admin_cast import Browser, wrong

from shortlinks import times
from shortlinks.links import links, target_health, target_visits
from shortlinks.links.links import Link
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.store import Store

OWN = frozenset({"go.example"})
REV = re.compile(r'name="rev" value="([^"]+)"')


def _other(store: Store, **fields: object) -> Post:
    post, _ = posts.create(
        store, {"platform": "instagram", "title": "Another"} | fields, now=times.now(), own_hosts=OWN
    )
    return post


def _change(owner: Browser, reel: tuple[Post, Link], **fields: str) -> object:
    post, link = reel
    sent = {"target": link.target, "expires_at": "", "post_id": "", "click_id_param": ""} | fields
    return owner.send(f"/admin/links/{link.slug}", sent, seen=f"/admin/posts/{post.id}")


def test_a_link_is_added_with_a_word_of_ones_own(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    page = f"/admin/posts/{reel[0].id}"
    fields = {"target": "shop.example/x", "placement": "instagram/story_link_sticker", "slug": "Mug"}
    assert owner.send(f"{page}/links", fields, seen=page).status_code == 303
    assert links.get(store, "mug").post_id == reel[0].id


@pytest.mark.parametrize(
    ("slug", "message"),
    [
        ("taken", "Your own ending 'taken' is taken."),
        ("admin", "Your own ending is reserved for this service."),
        ("readyz", "Your own ending is reserved for this service."),
        ("a b", "Your own ending may hold"),
    ],
)
def test_a_word_that_cannot_be_had_is_refused_beside_its_field(
    owner: Browser, store: Store, reel: tuple[Post, Link], slug: str, message: str
) -> None:
    fields = {"target": "https://shop.example/", "placement": "bio_link", "slug": "taken"}
    links.create(store, _other(store).id, fields, now=times.now(), own_hosts=OWN)
    page = f"/admin/posts/{reel[0].id}"
    answer = owner.send(
        f"{page}/links", {"target": "shop.example", "placement": "instagram/bio_link", "slug": slug}, seen=page
    )
    assert answer.status_code == 422
    assert [text.replace("&#39;", "'")[: len(message)] for text in wrong(answer)] == [message]
    assert f'value="{slug}"' in answer.text
    assert len(links.of_post(store, reel[0].id)) == 1


def test_a_changed_target_is_followed_and_kept_in_the_history(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    assert _change(owner, reel, target="https://shop.example/new").status_code == 303  # type: ignore[attr-defined]
    link = links.get(store, reel[1].slug)
    assert [turn.target for turn in link.history] == ["https://shop.example/mug", "https://shop.example/new"]
    assert "https://shop.example/mug" in owner.get(f"/admin/posts/{reel[0].id}").text


def test_a_form_from_before_the_link_was_turned_does_not_turn_it_back_unasked(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    page = f"/admin/posts/{reel[0].id}"
    (seen,) = REV.findall(owner.get(page).text)
    links.update(store, reel[1].slug, {"target": "https://shop.example/new"}, now=times.now(), own_hosts=OWN)
    answer = _change(owner, reel, rev=seen, coupon="MUG10")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "leads to https://shop.example/new now" in wrong(answer)[0]  # type: ignore[arg-type]
    assert 'value="MUG10"' in answer.text  # type: ignore[attr-defined]
    assert links.get(store, reel[1].slug).target == "https://shop.example/new"

    (now,) = REV.findall(answer.text)  # type: ignore[attr-defined]
    assert _change(owner, reel, rev=now, coupon="MUG10").status_code == 303  # type: ignore[attr-defined]
    link = links.get(store, reel[1].slug)
    assert (link.target, link.coupon) == (reel[1].target, "MUG10")


def test_a_refused_target_is_shown_at_its_link(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    answer = _change(owner, reel, target="data:text/html,x")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert [text.split(" must ")[0] for text in wrong(answer)] == ["Leads to"]  # type: ignore[arg-type]
    assert 'value="data:text/html,x"' in answer.text  # type: ignore[attr-defined]
    assert links.get(store, reel[1].slug) == reel[1]


def test_a_link_turned_to_another_post_is_shown_on_both(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    other = _other(store)
    answer = _change(owner, reel, post_id=other.id)
    assert answer.headers["Location"] == f"/admin/posts/{other.id}"  # type: ignore[attr-defined]
    assert "Promotes another post" in owner.get(f"/admin/posts/{reel[0].id}").text
    assert reel[1].slug in owner.get(f"/admin/posts/{other.id}").text


def test_the_bio_link_of_another_post_can_be_turned_to_this_one(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    other = _other(store)
    page = f"/admin/posts/{other.id}"
    assert f"/{reel[1].slug} (Bio link), now for “{reel[0].title}”</option>" in owner.get(page).text
    fields = {"slug": reel[1].slug, "target": "https://shop.example/other"}
    assert owner.send(f"{page}/links/move", fields, seen=page).status_code == 303
    link = links.get(store, reel[1].slug)
    assert (link.post_id, link.target) == (other.id, "https://shop.example/other")


def test_the_oldest_bio_link_can_still_be_turned_after_hundreds_of_newer_links(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    spoken = {"placement": "spoken", "target": "https://shop.example/"}
    for _ in range(5):
        _other(store, links=[spoken] * 50)
    newest = _other(store)
    assert f"/{reel[1].slug} (Bio link), now for" in owner.get(f"/admin/posts/{newest.id}").text


def test_the_history_of_a_link_leads_to_no_post_that_was_erased(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    gone = _other(store)
    for turn in (gone, post):
        links.update(store, link.slug, {"post_id": turn.id}, now=times.now(), own_hosts=OWN)
    page = f"/admin/posts/{post.id}"
    assert f'href="/admin/posts/{gone.id}"' in owner.get(page).text.partition("History of")[2].partition("</table>")[0]
    posts.purge(store, gone.id)
    text = owner.get(page).text
    assert gone.id not in text
    assert "a post that was erased" in text


def test_a_link_is_switched_off_and_on(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, link = reel
    for state in ("disabled", "active"):
        owner.send(f"/admin/links/{link.slug}", {"state": state}, seen=f"/admin/posts/{post.id}")
        assert links.get(store, link.slug).state == state
        assert links.get(store, link.slug).target == link.target


def test_an_expiry_is_set_in_the_zone_of_the_settings_kept_and_cleared(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    settings.set_timezone(store, "Europe/Berlin")
    _change(owner, reel, expires_at="2030-07-01T12:00")
    expiry = links.get(store, reel[1].slug).expires_at
    assert expiry is not None
    assert times.rfc3339(expiry) == "2030-07-01T10:00:00Z"
    links.update(store, reel[1].slug, {"expires_at": expiry + 1_234}, now=times.now(), own_hosts=OWN)
    _change(owner, reel, expires_at="2030-07-01T12:00")
    assert links.get(store, reel[1].slug).expires_at == expiry + 1_234
    _change(owner, reel, expires_at="")
    assert links.get(store, reel[1].slug).expires_at is None


def test_a_link_named_like_a_form_is_no_trouble(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    fields = {"target": "https://shop.example/", "placement": "bio_link", "slug": "numbers"}
    links.create(store, reel[0].id, fields, now=times.now(), own_hosts=OWN)
    page = f"/admin/posts/{reel[0].id}"
    answer = owner.send(f"{page}/snapshots", {"views": "x"}, seen=page)
    assert len(wrong(answer)) == 1


@pytest.mark.parametrize(
    ("error", "seconds", "told"),
    [
        (None, 0.2, "It worked less than a minute ago."),
        ("robots", None, "Our server cannot tell whether it works."),
        ("status", 0.2, "The target has answered 404 since 21 Nov, 22:26 CET."),
        (None, 4.13, "From our server the target took 4.1 s to answer; phones may be slower."),
    ],
)
def test_how_the_target_is_stands_beside_the_link(
    owner: Browser, store: Store, reel: tuple[Post, Link], error: str | None, seconds: float | None, told: str
) -> None:
    settings.set_timezone(store, "Europe/Berlin")
    post, link = reel
    page = f"/admin/posts/{post.id}"
    assert "whether it works" not in owner.get(page).text
    now = times.now()
    health = target_health.Health(target=link.target, checked_at=now)
    for at in (now - times.HOUR, now):
        visit = target_health.Visit(at=at, status=404, seconds=seconds, error=error)
        health = target_health.after(health if at == now else None, link.target, visit)
    if health.broken_since is not None:
        health = replace(health, broken_since=1_795_296_400_000)
    target_visits.stage(store.redis, health)
    assert told in owner.get(page).text


def test_click_ids_are_switched_on_with_one_tick_and_off_by_emptying_the_name(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    page = f"/admin/posts/{post.id}"
    text = owner.get(page).text
    assert text.count('type="checkbox" name="click_id_param" value="sl"') == 2  # this link's, and a new one's
    sent = {"target": link.target, "expires_at": "", "post_id": "", "coupon": ""}
    owner.send(f"/admin/links/{link.slug}", {**sent, "click_id_param": "sl"}, seen=page)
    assert links.get(store, link.slug).click_id_param == "sl"
    assert owner.get(page).text.count('name="click_id_param" value="sl"') == 2  # and proposed for the next one
    assert 'type="checkbox" name="click_id_param"' not in owner.get(page).text
    owner.send(f"/admin/links/{link.slug}", {**sent, "click_id_param": ""}, seen=page)
    assert links.get(store, link.slug).click_id_param is None


def test_a_link_that_a_tool_made_can_be_had_promote_a_real_post(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, bio = reel
    wish = {"platform": "other", "title": "shop.example", "links": [{"placement": "elsewhere", "target": bio.target}]}
    own, (link,) = posts.create(store, wish, now=times.now(), own_hosts=frozenset())
    page = f"/admin/posts/{own.id}"
    assert f'<option value="{post.id}">The blue mug (Instagram)</option>' in owner.get(page).text
    form = {"target": link.target, "post_id": post.id, "rev": "0"}
    assert owner.send(f"/admin/links/{link.slug}", form, seen=page).status_code == 303
    turned = links.get(store, link.slug)
    assert (turned.post_id, turned.placement) == (post.id, "other/elsewhere")
    shown = owner.get(f"/admin/posts/{post.id}").text
    assert f"/{link.slug}</code> (Another platform)" in shown
    assert owner.get(page).status_code == 200
