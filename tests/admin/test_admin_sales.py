"""Sales on a post's page: what they brought in words, marking one, taking it back; and their section of the settings."""

import re

import pytest
from admin_cast import Browser, count, wrong

from shortlinks import times
from shortlinks.clicks import clicks
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.sales import conversions
from shortlinks.store import Store

HOSTS = frozenset({"go.example"})


def _plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def _section(owner: Browser, post: Post, name: str = "sales") -> str:
    text = owner.get(f"/admin/posts/{post.id}").text
    return _plain(text[text.index(f'aria-labelledby="{name}"') :].partition("</section>")[0])


def _mark(owner: Browser, post: Post, **fields: str) -> int:
    page = f"/admin/posts/{post.id}"
    return owner.send(f"{page}/sales", fields, seen=page).status_code


def test_what_was_sold_is_told_in_words_by_currency(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, link = reel
    now = times.now()
    assert "Sales None yet." in _section(owner, post)
    for number in range(3):
        sale = {
            "external_id": f"o{number}",
            "kind": "sale",
            "slug": link.slug,
            "amount_minor": 2_800,
            "currency": "EUR",
        }
        conversions.report(store, sale, now=now, source="shopify" if number else "api")
    refund = {"external_id": "r", "kind": "refund", "refunds": "o1", "amount_minor": -2_800, "currency": "EUR"}
    conversions.report(store, refund, now=now)
    conversions.report(store, {**sale, "external_id": "pixel"}, now=now, source="pixel")
    late = clicks.click_id(link.slug, 0, now - 31 * times.DAY, "0" * 12)
    conversions.report(store, {**sale, "external_id": "late", "click_id": late}, now=now)
    text = _section(owner, post)
    assert "3 sales, €84.00; 1 refunded: €28.00" in text
    assert "1 sale came later than 30 days after the click, and counts for no post." in text
    assert "Not verified, and in no count: 1 sale, €28.00." in text
    assert "Refund -€28.00" in text
    assert "Shopify" in text
    assert "too late after the click" in text
    settings.set_language(store, "de")
    assert "28,00\xa0€" in owner.get(f"/admin/posts/{post.id}").text


def test_a_sale_is_marked_on_the_link_that_was_tapped_last_and_counts_for_this_post(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, first = reel
    wish = {"placement": "story_link_sticker", "target": "https://shop.example/mug"}
    links.create(store, post.id, wish, now=times.now(), own_hosts=HOSTS)
    count(store, first, 1, at=times.now() - times.MINUTE)
    page = f"/admin/posts/{post.id}"
    text = owner.get(page).text
    offered = re.findall(r'<option value="([^"]+)"', text[text.index('id="sale-slug"') :].partition("</select>")[0])
    assert offered[0] == first.slug
    nonce = re.search(r'name="nonce" value="(\w+)"', text)
    assert nonce
    fields = {"amount": "€12.50", "slug": offered[0], "nonce": nonce[1]}
    for _ in range(2):  # a double tap
        assert owner.send(f"{page}/sales", fields, seen=page).status_code == 303
    (sale,) = conversions.of_post(store, post.id)
    assert (sale.amount_minor, sale.currency, sale.slug, sale.source) == (1_250, "EUR", first.slug, "typed")
    assert "1 sale, €12.50" in _section(owner, post)
    answer = owner.send(f"{page}/sales", fields | {"amount": "9"}, seen=page)
    assert answer.status_code == 422
    assert wrong(answer) == ["Amount was sent before with something else: it is marked. Send again to mark one more."]
    assert len(conversions.of_post(store, post.id)) == 1


def test_an_order_number_time_and_coupon_are_kept_and_no_amount_is_needed(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    at = times.rfc3339(times.now() - times.DAY)[:16]
    order = {"slug": link.slug, "order": "1001", "occurred_at": at, "suggested": "2020-01-01T00:00", "coupon": "MUG10"}
    assert _mark(owner, post, **order) == 303
    (sale,) = conversions.of_post(store, post.id)
    assert (sale.external_id, sale.coupon, sale.amount_minor) == ("1001", "MUG10", None)
    assert times.rfc3339(sale.occurred_at)[:16] == at
    report = {"external_id": "1001", "kind": "sale", "slug": link.slug, "coupon": "mug10"}
    assert conversions.report(store, report, now=times.now(), source="shopify") == (sale, False)


def test_a_sale_counts_for_the_post_on_whose_page_it_is_marked(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    other, _ = posts.create(store, {"platform": "instagram", "title": "Next"}, now=times.now(), own_hosts=HOSTS)
    links.update(store, link.slug, {"post_id": other.id}, now=times.now(), own_hosts=HOSTS)
    assert _mark(owner, post, slug=link.slug, nonce="a") == 303
    assert conversions.numbers(store, [post.id, other.id]) == [1, 0]
    stranger, made = posts.create(
        store,
        {"platform": "x", "title": "X", "links": [{"placement": "post", "target": "https://shop.example/"}]},
        now=times.now(),
        own_hosts=HOSTS,
    )
    assert _mark(owner, post, slug=made[0].slug, nonce="b") == 422
    assert conversions.numbers(store, [post.id, stranger.id]) == [1, 0]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"amount": "a lot"}, "Amount must be an amount such as "),
        ({"amount": "-5"}, "Amount must not be negative."),
        ({"amount": "1.234 €"}, "Amount has more decimals than EUR has."),
        ({"slug": "nothing"}, "Which link brought it? "),
        ({"occurred_at": "2999-01-01T00:00"}, "When is in the future."),
    ],
)
def test_a_mistake_comes_back_and_marks_nothing(
    owner: Browser, store: Store, reel: tuple[Post, Link], fields: dict[str, str], message: str
) -> None:
    post, link = reel
    page = f"/admin/posts/{post.id}"
    answer = owner.send(f"{page}/sales", {"slug": link.slug, "nonce": "a", **fields}, seen=page)
    assert answer.status_code == 422
    assert [text[: len(message)] for text in wrong(answer)] == [message]
    assert conversions.of_post(store, post.id) == []
    assert owner.get(f"{page}/sales").status_code == 303


def test_a_typed_sale_can_be_removed_and_a_reported_one_not(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    page = f"/admin/posts/{post.id}"
    conversions.report(store, {"external_id": "api", "kind": "sale", "slug": link.slug}, now=times.now())
    assert "Was it a mistake?" not in _section(owner, post)
    _mark(owner, post, slug=link.slug, nonce="a", amount="€5")
    assert "Was it a mistake?" in _section(owner, post)
    for external_id, said in (
        ("typed-a", "Removed: 1 sale, €5.00."),
        ("typed-a", "It is removed already."),
        ("api", "Was not typed here"),
    ):
        owner.send(f"{page}/sales/remove", {"external_id": external_id}, seen=page)
        assert said in _section(owner, post)
    assert [sale.external_id for sale in conversions.of_post(store, post.id)] == ["api"]


def test_the_window_is_set_and_refunds_that_wait_are_shown(owner: Browser, store: Store) -> None:
    page = "/admin/settings/sales"
    assert 'name="window" value="30"' in owner.get(page).text
    refund = {"external_id": "r", "kind": "refund", "refunds": "order-9", "amount_minor": -2_800, "currency": "EUR"}
    conversions.report(store, refund, now=times.now())
    assert "1 refund waits for its sale to be reported: -€28.00 of order-9" in _plain(owner.get(page).text)
    assert owner.send("/admin/settings/sales/window", {"window": "7"}, seen=page).status_code == 303
    assert settings.conversion_window(store) == 7
    assert "1 refund waits for its sale to be reported." in _plain(owner.get("/admin/settings/").text)
    answer = owner.send("/admin/settings/sales/window", {"window": "0"}, seen=page)
    assert (answer.status_code, wrong(answer)) == (422, ["Days from click to sale must be from 1 to 365."])
