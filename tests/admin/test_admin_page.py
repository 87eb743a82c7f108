"""The page of one post: path, numbers, live fragment."""

import re
from zoneinfo import ZoneInfo

import pytest
from admin_cast import Browser, count, wrong
from clicking import asked

from shortlinks import keys, times
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.sales import conversions
from shortlinks.snapshots import snapshots
from shortlinks.store import Store
from shortlinks.web.admin import local

BIO = {"placement": "bio_link", "target": "https://shop.example/mug"}


def _plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def test_typed_numbers_become_rates_in_words(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, link = reel
    page = f"/admin/posts/{post.id}"
    count(store, link, 9, at=times.now() - times.MINUTE)
    assert owner.send(f"{page}/snapshots", {"views": "12.4K", "likes": "931"}, seen=page).status_code == 303
    text = _plain(owner.get(page).text)
    assert "9 of 12,400 views, 0.07 %, between 0.04 % and 0.14 %" in text
    assert "931 of 12,400 views, 7.5 %" in text
    assert "12,400 ±50" in text
    assert "9 hits: none left out 9 clicks by people A person followed the link" in text


def test_a_step_that_is_not_measured_is_shown_with_where_to_find_it(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    count(store, reel[1], 1, at=times.now())
    text = _plain(owner.get(f"/admin/posts/{reel[0].id}").text)
    assert "Profile visits not noted Where to find it: Instagram: Insights of the post, Profile visits" in text
    assert "Views not noted" in text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"views": "-3"}, "Views must not be negative."),
        ({"views": "many"}, "Views "),
        ({}, "Views is required"),
        ({"views": "10", "likes": "9999"}, "Likes 9,999 on 10 views cannot be: are the two swapped?"),
        ({"views": "10", "taken_at": "2999-01-01T00:00"}, "Read off is in the future."),
        ({"views": "10", "saves": "nonsense"}, "Saves "),
    ],
)
def test_numbers_with_a_mistake_come_back_and_are_not_noted(
    owner: Browser, store: Store, reel: tuple[Post, Link], fields: dict[str, str], message: str
) -> None:
    page = f"/admin/posts/{reel[0].id}"
    answer = owner.send(f"{page}/snapshots", fields, seen=page)
    assert answer.status_code == 422
    assert [text[: len(message)] for text in wrong(answer)] == [message]
    assert all(text.endswith((".", "?")) and "?." not in text and "_" not in text for text in wrong(answer))
    for name, typed in fields.items():
        assert re.search(rf'name="{name}" value="{re.escape(typed)}"', answer.text)
    assert snapshots.of_post(store, reel[0].id) == []


def test_the_suggested_time_means_the_moment_of_sending(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    page = f"/admin/posts/{reel[0].id}"
    before = times.now()
    owner.send(
        f"{page}/snapshots",
        {"views": "10", "taken_at": "2026-01-01T10:00", "suggested": "2026-01-01T10:00"},
        seen=page,
    )
    (row,) = snapshots.of_post(store, reel[0].id)
    assert before <= row.taken_at <= times.now()


def test_a_typed_time_is_read_in_the_zone_of_the_settings(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    settings.set_timezone(store, "Asia/Tokyo")
    posts.update(store, reel[0].id, {"published_at": "2025-12-31T00:00:00Z"}, now=times.now())
    page = f"/admin/posts/{reel[0].id}"
    owner.send(
        f"{page}/snapshots",
        {"views": "10", "taken_at": "2026-01-01T10:00", "suggested": "2026-01-01T11:00"},
        seen=page,
    )
    (row,) = snapshots.of_post(store, reel[0].id)
    assert times.rfc3339(row.taken_at) == "2026-01-01T01:00:00Z"
    assert "Thu 1 Jan 2026, 10:00" in owner.get(page).text


def test_a_replaced_number_stays_in_the_history(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, _ = reel
    now = times.now()
    for views in ("100", "101"):
        snapshots.add(store, post, {"views": views, "taken_at": now}, now=now)
    text = _plain(owner.get(f"/admin/posts/{post.id}").text)
    assert text.count("replaced") == 1
    assert "Views 101" in text


def test_a_number_is_corrected_by_noting_it_again_with_the_time_that_is_shown(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, _ = reel
    page = f"/admin/posts/{post.id}"
    wrong_at = times.now() // times.MINUTE * times.MINUTE - 10 * times.MINUTE + 40_123
    snapshots.add(store, post, {"views": 99_999, "taken_at": wrong_at}, now=times.now())
    shown = times.rfc3339(wrong_at)[:16]
    owner.send(f"{page}/snapshots", {"views": "100", "taken_at": shown, "suggested": "2026-01-01T00:00"}, seen=page)
    text = _plain(owner.get(page).text)
    assert "Views 100 " in text
    assert text.count("replaced") == 1
    assert "<b>100</b> views" in owner.get("/admin/").text


def test_likes_noted_later_do_not_take_the_views_from_the_path(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, _ = reel
    now = times.now()
    snapshots.add(store, post, {"views": "12.4K", "taken_at": now - 10 * times.MINUTE}, now=now)
    snapshots.add(store, post, {"likes": "931"}, now=now)
    text = _plain(owner.get(f"/admin/posts/{post.id}").text)
    assert "12,400 ±50" in text.partition("Where clicks come from")[0]
    assert "join the path with the next views" in text


def test_pastes_and_other_previews_are_told_apart_and_nothing_without_any(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    path = f"/admin/posts/{post.id}/live"
    first = owner.get(path)
    assert not re.search("[Pp]asted|link preview", first.text)
    count(store, link, 3, at=times.now(), agent="WhatsApp/2.23.20.0 A")
    count(store, link, 12, at=times.now(), agent="facebookexternalhit/1.1")
    second = owner.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    text = _plain(second.text)
    assert "0 clicks by people 15 hits: 15 left out 15 link previews A messenger" in text
    assert "= 15 hits How we count Pasted into at least 3 chats: WhatsApp 3." in text
    assert (
        "Other link previews: Facebook 12. Facebook fetches again and again, so this tells no number of people or chats."
        in text
    )


def test_what_is_lost_is_told(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    store.redis.hset(keys.total(reel[0].id), "lost", 2)
    assert "2 more could not be written down and are lost" in owner.get(f"/admin/posts/{reel[0].id}").text


def test_clicks_of_the_last_days_and_their_apps_are_shown(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    count(store, link, 4, at=times.now() - 2 * times.DAY)
    count(store, link, 2, at=times.now())
    count(store, link, 5, at=times.now() - 40 * times.DAY)
    page = owner.get(f"/admin/posts/{post.id}").text
    assert page.count('class="fill" x="') == 2
    assert "with 4." in page
    text = _plain(page)
    assert "Instagram 11" in text
    assert "phone 11" in text
    assert "DE 11" in text


@pytest.mark.parametrize(
    ("now", "zone", "first"),
    [
        ("2026-10-26T22:30:00Z", "Europe/Berlin", "Tue 13 Oct"),  # the clocks went back the day before
        ("2026-10-26T23:30:00Z", "Europe/Berlin", "Wed 14 Oct"),
        ("2026-03-29T22:30:00Z", "Europe/Berlin", "Tue 17 Mar"),  # they went forward, and it is half past midnight
        # The days after lack their midnight or have it twice.
        ("2026-09-18T03:30:00Z", "America/Santiago", "Sat 5 Sep"),
        ("2026-11-21T22:26:40Z", "UTC", "Sun 8 Nov"),
    ],
)
def test_the_last_14_days_are_days_of_the_calendar(now: str, zone: str, first: str) -> None:
    tz = ZoneInfo(zone)
    at = times.parse(now, "now")
    assert local.day(local.days_ago(13, at, tz), tz) == first


def test_the_headline_tells_the_clicks_there_were_when_views_were_noted(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    now = times.now()
    count(store, link, 2, at=now - 30 * times.MINUTE)
    page = f"/admin/posts/{post.id}"
    assert "2 clicks by people " in _plain(owner.get(page).text)
    snapshots.add(store, post, {"views": "12.4K"}, now=now - 20 * times.MINUTE)
    assert "2 clicks by people " in _plain(owner.get(page).text)
    count(store, link, 1, at=now - 10 * times.MINUTE)
    assert "3 clicks by people, 2 when you noted 12,400 views" in _plain(owner.get(page).text)


def test_views_stand_on_the_same_axis_as_the_clicks(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, _ = reel
    page = f"/admin/posts/{post.id}"
    assert 'class="views"' not in owner.get(page).text
    snapshots.add(store, post, {"views": 1_234}, now=times.now())
    assert "Line: views as noted, up to 1,234." in owner.get(page).text
    assert 'class="views"' in owner.get(page).text


def test_an_old_post_shows_its_first_days_and_the_last_ones_are_a_tap_away(owner: Browser, store: Store) -> None:
    now = times.now()
    out = now - 60 * times.DAY
    hung = [{"placement": "bio_link", "target": "https://shop.example/"}]
    fields = {"platform": "instagram", "title": "Old", "published_at": times.rfc3339(out), "links": hung}
    post, (link,) = posts.create(store, fields, now=out, own_hosts=frozenset())
    count(store, link, 5, at=out + times.HOUR)
    count(store, link, 3, at=now - times.MINUTE)
    page = owner.get(f"/admin/posts/{post.id}").text
    assert ">First 14 days</h2>" in page
    assert "with 5." in page
    last = re.search(r'href="([^"]+#days)">Last 14 days</a>', page)
    assert last
    page = owner.get(last[1]).text
    assert ">Last 14 days</h2>" in page
    assert "with 3." in page
    assert ">First 14 days</a>" in page


def test_a_number_that_was_noted_before_is_not_called_unknown(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    now = times.now()
    earlier = now - 10 * times.MINUTE
    snapshots.add(store, reel[0], {"views": 100, "link_taps": 11, "taken_at": earlier}, now=now)
    snapshots.add(store, reel[0], {"views": 120}, now=now)
    text = _plain(owner.get(f"/admin/posts/{reel[0].id}").text)
    assert f"Link taps not noted this time (11 on {local.minute(earlier, ZoneInfo('UTC'))})" in text
    assert "Profile visits not noted Where" in text


def test_what_a_finding_says_is_not_said_again_at_the_link(owner: Browser, store: Store) -> None:
    hung = [{"placement": "reel_caption", "target": "https://shop.example/mug"}]
    fields = {"platform": "instagram", "title": "The blue mug", "links": hung}
    post, (link,) = posts.create(store, fields, now=times.now(), own_hosts=frozenset())
    page = f"/admin/posts/{post.id}"

    def at_the_link() -> list[str]:
        (card,) = re.findall(r'<article class="link.*?</article>', owner.get(page).text, re.DOTALL)
        return re.findall(r'class="warning small">([^<(]*)', card)

    assert "Nobody can tap this link on Instagram: Caption of a reel" in _plain(owner.get(page).text)
    assert at_the_link() == []
    # A finding is of links that work. Whoever looks at one that is off is still told.
    links.update(store, link.slug, {"state": "disabled"}, now=times.now(), own_hosts=frozenset())
    assert at_the_link() == ["Nobody can tap a link there "]


@pytest.mark.parametrize(("part", "most"), [("", 42), ("/live", 26)])
def test_a_page_asks_the_store_little_whatever_else_there_is(
    owner: Browser, store: Store, reel: tuple[Post, Link], monkeypatch: pytest.MonkeyPatch, part: str, most: int
) -> None:
    post, link = reel
    count(store, link, 9, at=times.now() - times.MINUTE)
    snapshots.add(store, post, {"views": "12.4K", "likes": "931"}, now=times.now())
    page = f"/admin/posts/{post.id}{part}"

    def often() -> int:
        owner.get(page)
        with asked(monkeypatch) as sent:
            assert owner.get(page).status_code == 200
        return len(sent)

    def more(number: int, **fields: str) -> str:
        wish = {"platform": "instagram", "title": f"Post {number}", "links": [BIO], **fields}
        return posts.create(store, wish, now=times.now() + number, own_hosts=frozenset())[0].id

    made = [more(1), more(2, part_of=post.id)]
    posts.update(store, post.id, {"siblings": made[:1]}, now=times.now())
    few = often()
    assert few <= most
    made += [more(number, part_of=post.id) for number in range(3, 20)]
    posts.update(store, post.id, {"siblings": made[:1] + made[2:]}, now=times.now())
    assert often() == few


def test_posts_that_share_its_bio_link_are_read_at_once(
    owner: Browser, store: Store, reel: tuple[Post, Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    post, link = reel
    count(store, link, 9, at=times.now() - times.MINUTE)
    snapshots.add(store, post, {"views": "12.4K"}, now=times.now())

    def shared_with(number: int) -> int:
        """With so many more posts: how often the fragment asks."""
        for _ in range(number):
            now = times.now()
            other, _ = posts.create(store, {"platform": "instagram", "title": "Other"}, now=now, own_hosts=frozenset())
            snapshots.add(store, other, {"views": 100}, now=now)
            links.update(store, link.slug, {"post_id": other.id}, now=now, own_hosts=frozenset())
        owner.get(f"/admin/posts/{post.id}/live")
        with asked(monkeypatch) as sent:
            assert owner.get(f"/admin/posts/{post.id}/live").status_code == 200
        return len(sent)

    assert shared_with(1) == shared_with(9)


def test_conversions_that_nobody_reports_are_a_gap(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    count(store, reel[1], 5, at=times.now() - times.MINUTE)
    text = _plain(owner.get(f"/admin/posts/{reel[0].id}").text)
    assert "Conversions not reported Where to find it: Your shop’s own orders; none was ever reported here." in text
    assert "0 conversions" not in text


def test_conversions_stand_on_the_path(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, link = reel
    count(store, link, 4, at=times.now() - times.MINUTE)
    conversions.report(store, {"external_id": "order-1", "kind": "sale", "slug": link.slug}, now=times.now())
    assert "Conversions 1" in _plain(owner.get(f"/admin/posts/{post.id}").text)


def test_a_post_that_is_not_out_yet_has_no_age(owner: Browser, store: Store) -> None:
    now = times.now()
    fields = {"platform": "x", "title": "Soon", "published_at": now + times.DAY}
    post, _ = posts.create(store, fields, now=now, own_hosts=frozenset({"go.example"}))
    assert "not out yet" in owner.get(f"/admin/posts/{post.id}").text
    assert "not out yet" in owner.get("/admin/").text


def test_an_unknown_post_is_not_found(owner: Browser) -> None:
    for path in ("/admin/posts/nothing", "/admin/posts/nothing/live", "/admin/posts/nothing/edit"):
        assert owner.get(path).status_code == 404


def test_a_conversion_after_the_numbers_is_told(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, link = reel
    now = times.now()
    snapshots.add(store, post, {"views": "100", "taken_at": now - 10 * times.MINUTE}, now=now)
    conversions.report(store, {"external_id": "order-1", "kind": "sale", "slug": link.slug}, now=now)
    assert "Conversions 0 1 more since." in _plain(owner.get(f"/admin/posts/{post.id}").text)


def test_the_noted_numbers_have_no_more_columns_than_a_phone_holds(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    fields = {"views": "1.2M", "likes": "12.4K", "reach": "1.1M", "saves": 1_234, "profile_visits": 12_345}
    snapshots.add(store, reel[0], fields, now=times.now())
    table = owner.get(f"/admin/posts/{reel[0].id}").text.partition('id="history"')[2].partition("</table>")[0]
    assert table.count("<th ") == 3
    assert "Reach 1,100,000 Saves 1,234 Profile visits 12,345" in _plain(table.replace("</span>", " "))


def test_the_newest_clicks_are_shown_whatever_they_are(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, link = reel
    assert "Newest clicks None yet." in _plain(owner.get(f"/admin/posts/{post.id}").text)
    now = times.now()
    count(store, link, 30, at=now - times.DAY)
    count(store, link, 1, at=now, agent="TelegramBot (like TwitterBot)")
    page = owner.get(f"/admin/posts/{post.id}").text.partition('id="newest"')[2].partition("</section>")[0]
    items = [_plain(item) for item in re.findall("<li.*?</li>", page, re.DOTALL)]
    assert len(items) == 20
    assert "Link preview" in items[0]
    assert local.minute(now, ZoneInfo("UTC")) in items[0]
    assert "TelegramBot, from Telegram, from Instagram, in DE" in items[0]
    assert "Click by a person" in items[1]
    assert "Instagram on iOS, a phone, from Instagram, in DE" in items[1]
    assert "15 more" in page


def test_views_where_nobody_can_tap_are_no_result_on_the_page(owner: Browser, store: Store) -> None:
    said = {}
    for spots in ((), ("tiktok/video_caption",), ("tiktok/video_caption", "tiktok/bio_website_field")):
        links = [{"placement": spot, "target": "https://shop.example/mug"} for spot in spots]
        wish = {"platform": "tiktok", "title": "Mug", "links": links}
        post, _ = posts.create(store, wish, now=times.now(), own_hosts=frozenset())
        page = f"/admin/posts/{post.id}"
        owner.send(f"{page}/snapshots", {"views": "4000"}, seen=page)
        said[spots] = _plain(owner.get(page).text)
    none, dead, both = said.values()
    assert "Nothing to expect. No link promotes this post, so the views say nothing about clicks." in none
    assert "Nothing to expect. Nobody can tap a link in this place (TikTok, caption of a video), so the views" in dead
    assert "0 clicks in 4,000 views" not in none + dead
    assert "0 clicks in 4,000 views: very likely under" in both
    assert "Nothing to expect" not in both


def test_clicks_on_a_shared_bio_link_are_told_with_the_fewest_and_the_most(
    owner: Browser, reel: tuple[Post, Link], store: Store
) -> None:
    post, link = reel
    now = times.now()
    asked = {"platform": "instagram", "title": "The next mug", "published_at": now - 30 * times.MINUTE}
    following, _ = posts.create(store, asked, now=now, own_hosts=frozenset())
    count(store, link, 2, at=now - 45 * times.MINUTE)
    # From here on a tap may be by somebody who came from the other post.
    count(store, link, 1, at=now - 10 * times.MINUTE)
    said = "At least 2, at most 7: the bio link is shared by posts"
    assert said not in owner.get(f"/admin/posts/{post.id}").text
    count(store, links.update(store, link.slug, {"post_id": following.id}, now=now, own_hosts=frozenset()), 4, at=now)
    assert said in owner.get(f"/admin/posts/{post.id}").text


def test_views_that_fell_are_saved_and_said_to_be_a_slip_perhaps(owner: Browser, reel: tuple[Post, Link]) -> None:
    page = f"/admin/posts/{reel[0].id}"
    at = local.to_input(times.now() - 30 * times.MINUTE, ZoneInfo("UTC"))
    for fields, told in (({"views": "12,400", "taken_at": at}, False), ({"views": "1,234"}, True)):
        assert owner.send(f"{page}/snapshots", fields, seen=page).status_code == 303
        text = _plain(owner.get(page).text)
        assert "The numbers are saved." in text
        assert ("The views, 1,234, are lower than the 12,400 you noted on" in text) == told


def test_numbers_from_before_the_post_are_marked_as_such(owner: Browser, reel: tuple[Post, Link]) -> None:
    page = f"/admin/posts/{reel[0].id}"
    assert (
        owner.send(f"{page}/snapshots", {"views": "12,400", "taken_at": "2020-01-01T10:00"}, seen=page).status_code
        == 303
    )
    text = _plain(owner.get(page).text)
    assert "The numbers are dated before the post is out (" in text
    assert "Wed 1 Jan 2020, 10:00 before it was out" in text
    assert "12,400 views" not in _plain(owner.get("/admin/").text)


def test_devices_are_named_also_those_that_nobody_knew(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    counts = {"phone": 5, "other": 3, "(unknown)": 2, "(other)": 1}
    store.redis.hset(keys.by(reel[0].id, "device"), mapping=counts)
    devices = _plain(owner.get(f"/admin/posts/{reel[0].id}").text.partition("<caption>Devices")[2])
    assert devices.startswith(" phone 5 other 3 (unknown) 2 (other) 1 ")
