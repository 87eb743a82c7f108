"""The fold of a link that helps to hang it."""

import re

import pytest
from admin_cast import Browser, wrong

from shortlinks import times
from shortlinks.links import address_cards, links, qr_codes
from shortlinks.links.links import Link
from shortlinks.posts.posts import Post
from shortlinks.store import Store

OWN = frozenset({"go.example"})
SEPARATE = "make a link for print and use its code"


def hang(store: Store, post: Post, placement: str, **fields: object) -> Link:
    asked = {"target": "https://shop.example/mug", "placement": placement} | fields
    return links.create(store, post.id, asked, now=times.now(), own_hosts=OWN)


def test_the_page_draws_the_code_of_each_link_that_works(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, link = reel
    off = hang(store, post, "story_link_sticker")
    links.update(store, off.slug, {"state": "disabled"}, now=times.now(), own_hosts=OWN)
    text = owner.get(f"/admin/posts/{post.id}").text
    assert re.findall(r'<path d="(M4 4h7v1[^"]+)"', text) == [qr_codes.drawn(f"http://go.example/{link.slug}").path]
    assert f'data-share="http://go.example/{link.slug}" data-title="{post.title}" hidden' in text


@pytest.mark.parametrize(
    ("kind", "mimetype", "begins"), [("svg", "image/svg+xml", b"<?xml"), ("png", "image/png", b"\x89PNG")]
)
def test_the_code_is_saved_as_a_file_that_only_the_owner_gets(
    owner: Browser, reel: tuple[Post, Link], kind: str, mimetype: str, begins: bytes
) -> None:
    path = f"/admin/links/{reel[1].slug}/qr.{kind}"
    assert Browser(owner.client.application).get(path).status_code == 303
    answer = owner.get(path)
    assert (answer.status_code, answer.mimetype) == (200, mimetype)
    assert answer.data == qr_codes.picture(f"http://go.example/{reel[1].slug}", kind)  # type: ignore[arg-type]
    assert answer.data.startswith(begins)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Content-Disposition"] == f"inline; filename={reel[1].slug}-qr.{kind}"
    assert owner.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", ["nothing/qr.svg", "SLUG/qr.gif", "SLUG/qr."])
def test_there_is_no_code_of_what_is_no_link(owner: Browser, reel: tuple[Post, Link], path: str) -> None:
    assert owner.get(f"/admin/links/{path.replace('SLUG', reel[1].slug)}").status_code == 404


def test_scans_get_a_link_of_their_own_where_they_would_count_as_taps(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    page = f"/admin/posts/{post.id}"
    text = owner.get(page).text
    assert SEPARATE in text
    form = re.search(r"<form[^>]*>(?:(?!</form>).)*Make a link for print", text, re.DOTALL)
    assert form
    fields = dict(re.findall(r'name="(target|placement)" value="([^"]*)"', form[0]))
    assert owner.send(f"{page}/links", fields, seen=page).status_code == 303
    found = next(each for each in links.of_post(store, post.id) if each.slug != link.slug)
    assert (found.placement, found.target) == ("instagram/print", link.target)
    text = owner.get(page).text
    assert SEPARATE not in text
    assert f"use the code of <code>/{found.slug}</code>" in text
    assert "A scan counts for this link, as if the address had been typed." in text


def test_each_link_comes_with_what_its_spot_takes_and_a_text_that_fits(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, _ = reel
    caption = hang(store, post, "reel_caption")
    hang(store, post, "spoken", slug="mug")
    page = f"/admin/posts/{post.id}"
    shown = _caption(owner, page, caption)
    assert "Nobody can tap an address here: it is mere text." in shown
    assert ">The blue mug\nLink in bio</textarea>" in shown
    assert "It takes 24 of 2,200 characters." in shown
    for link in links.of_post(store, post.id):
        if link.placement == "instagram/bio_link":
            links.update(store, link.slug, {"state": "disabled"}, now=times.now(), own_hosts=OWN)
    assert ">The blue mug\nType go.example/mug into your browser</textarea>" in _caption(owner, page, caption)
    assert "Go to go dot example slash mug" in owner.get(page).text


def test_what_people_type_from_gets_a_card_with_a_line_of_ones_own(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, _ = reel
    page = f"/admin/posts/{post.id}"
    assert "/card" not in owner.get(page).text
    hang(store, post, "on_screen", slug="mug")
    assert 'href="/admin/links/mug/card"' in owner.get(page).text
    text = owner.get("/admin/links/mug/card?line=Type+<it>").text
    assert 'alt="Type &lt;it&gt;: go.example/mug in large white letters on black"' in text
    pictures = re.findall(r'<img src="([^"]+)" width="216" height="(\d+)"', text)
    assert [height for _, height in pictures] == ["384", "216"]
    for (path, _), shape in zip(pictures, ("tall", "square"), strict=True):
        answer = owner.get(path)
        assert (answer.mimetype, answer.headers["Cache-Control"]) == ("image/png", "private, no-cache")
        assert answer.data == address_cards.draw("go.example/mug", shape, line="Type <it>")  # type: ignore[arg-type]
        assert owner.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
        assert Browser(owner.client.application).get(path).status_code == 303
    assert owner.get("/admin/links/mug/card-round.png").status_code == 404
    assert owner.get("/admin/links/nothing/card").status_code == 404


def test_the_coupon_of_a_link_is_on_all_cards_and_in_all_texts_of_its_post(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    page = f"/admin/posts/{post.id}"
    fields = {"target": link.target, "placement": "instagram/spoken", "slug": "mug", "coupon": "MUG10"}
    assert owner.send(f"{page}/links", fields, seen=page).status_code == 303
    hang(store, post, "on_screen", slug="cup")
    text = owner.get(page).text
    assert ">Link in bio\nCode: MUG10</textarea>" in text
    assert ">Go to go dot example slash mug and use the code MUG10.</textarea>" in text
    assert 'name="coupon" value="MUG10"' in text
    for slug in ("mug", "cup"):
        assert f"go.example/{slug}, code MUG10, in large white letters" in owner.get(f"/admin/links/{slug}/card").text
        drawn = address_cards.draw(f"go.example/{slug}", "square", coupon="MUG10")
        assert owner.get(f"/admin/links/{slug}/card-square.png").data == drawn


def test_a_coupon_that_another_link_has_or_nobody_can_type_is_refused_beside_its_field(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    page = f"/admin/posts/{post.id}"
    hang(store, post, "spoken", slug="mug", coupon="MUG10")
    changed = {"target": link.target, "expires_at": "", "post_id": "", "click_id_param": "", "coupon": "mug10"}
    answer = owner.send(f"/admin/links/{link.slug}", changed, seen=page)
    assert (answer.status_code, wrong(answer)) == (422, ["Coupon code &#39;mug10&#39; is the code of /mug already."])
    fields = {"target": link.target, "placement": "instagram/on_screen", "coupon": "10 %"}
    answer = owner.send(f"{page}/links", fields, seen=page)
    assert (answer.status_code, [text[:16] for text in wrong(answer)]) == (422, ["Coupon code must"])
    assert 'value="10 %"' in answer.text
    assert len(links.of_post(store, post.id)) == 2
    for coupon, kept in (("BIO5", "BIO5"), ("", None)):
        assert owner.send(f"/admin/links/{link.slug}", {**changed, "coupon": coupon}, seen=page).status_code == 303
        assert links.get(store, link.slug).coupon == kept


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x" * 61, "A line above the address is longer than 60 characters."),
        ("a\nb", "A line above the address contains a line break or another control character."),
        ("\U000f0000", "A line above the address has letters that no font on this computer can draw: \U000f0000."),
    ],
)
def test_a_line_that_cannot_be_drawn_is_refused_beside_its_field(
    owner: Browser, reel: tuple[Post, Link], line: str, message: str
) -> None:
    path = f"/admin/links/{reel[1].slug}/card"
    answer = owner.get(path, query_string={"line": line})
    assert (answer.status_code, wrong(answer)) == (422, [message])
    assert f'src="{path}-tall.png"' in answer.text
    assert owner.get(f"{path}-tall.png", query_string={"line": line}).status_code == 422


def _caption(owner: Browser, page: str, link: Link) -> str:
    """What the page says about hanging a link."""
    return owner.get(page).text.partition(f'data-share="http://go.example/{link.slug}"')[2].partition("<figure")[0]
