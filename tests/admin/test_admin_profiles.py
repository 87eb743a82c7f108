"""The profiles: their names, numbers, weeks and shop; and the poll on a story's page."""

import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from admin_cast import Browser, count, wrong

from shortlinks import times, weeks
from shortlinks.links.links import Link
from shortlinks.posts import posts
from shortlinks.profiles import profile_snapshots, profiles
from shortlinks.sales import shops
from shortlinks.snapshots import polls, snapshots
from shortlinks.store import Store

Reel = tuple[posts.Post, Link]


def last_week() -> str:
    return weeks.name(weeks.latest(times.now(), times.zone("UTC"), 2)[1])


def page_of(post: posts.Post) -> str:
    return f"/admin/profiles/{post.profile_id}"


def send(owner: Browser, post: posts.Post, form: str, **fields: object):
    return owner.send(f"{page_of(post)}/{form}", fields, seen=page_of(post))


def test_the_list_of_posts_leads_to_the_profiles(owner: Browser, reel: Reel) -> None:
    assert 'href="/admin/profiles/"' in owner.get("/admin/").text
    page = owner.get("/admin/profiles/").text
    assert f'href="{page_of(reel[0])}"' in page
    assert "@me" in page


def test_strangers_see_no_profile(stranger: Browser, reel: Reel) -> None:
    for path in ("/admin/profiles/", page_of(reel[0])):
        assert stranger.get(path).status_code == 303


def test_without_a_profile_the_page_says_how_one_is_made(owner: Browser) -> None:
    assert "made with the first post on its platform, or here" in owner.get("/admin/profiles/").text
    assert owner.get("/admin/profiles/nothere").status_code == 404


def test_a_second_profile_on_a_platform_is_made_with_its_own_handle(owner: Browser, reel: Reel, store: Store) -> None:
    place = "/admin/profiles/"
    fields = {"platform": "instagram", "handle": "@ada.shop", "kind": "business", "followers": "1.2K"}
    answer = owner.send(place, fields | {"shop": "shop.example"})
    second = profiles.of_platform(store, "instagram")[1]
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{place}{second.id}")
    assert (second.handle, second.kind, second.followers) == ("ada.shop", "business", 1_200)
    assert (second.shop, second.precision) == ("shop.example", {"followers": 50})
    assert profiles.of_platform(store, "instagram")[0].id == reel[0].profile_id
    page = owner.get(place).text
    assert page.index("@ada.shop</h2>") < page.index("@me</h2>")
    assert owner.send(place, {"platform": "x", "handle": "ada.shop", "shop": ""}).status_code == 303


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"handle": "ME"}, "Handle &#39;ME&#39; is there already on instagram."),
        ({"handle": " "}, "Handle must not be empty."),
        ({"platform": "moon"}, "Platform must be one of"),
        ({"platform": ""}, "Platform must be one of"),
        ({"kind": "royal"}, "Kind must be one of"),
        ({"followers": "lots"}, "Followers "),
        ({"shop": "no host"}, "Shop "),
    ],
)
def test_a_profile_that_cannot_be_made_comes_back_as_it_was_typed(
    owner: Browser, reel: Reel, store: Store, change: dict[str, str], message: str
) -> None:
    fields = {"platform": "instagram", "handle": "ada", "kind": "creator", "followers": "600", "shop": ""}
    answer = owner.send("/admin/profiles/", fields | change)
    assert answer.status_code == 422
    (said,) = wrong(answer)
    assert said.startswith(message)
    assert '<details class="card" open>' in answer.text
    if "followers" not in change:
        assert 'value="600"' in answer.text
    assert [profile.id for profile in profiles.list_(store, limit=5)[0]] == [reel[0].profile_id]


def test_a_profile_is_changed(owner: Browser, reel: Reel, store: Store) -> None:
    post, _ = reel
    answer = send(owner, post, "edit", handle="@ada", kind="creator", shop="https://Shop.example/a")
    assert answer.status_code == 303
    profile = profiles.get(store, post.profile_id)
    assert (profile.handle, profile.kind, profile.shop) == ("ada", "creator", "shop.example")
    profiles.update(store, post.profile_id, {"followers": "12.4K"})
    send(owner, post, "edit", handle="ada", kind="creator", shop="")
    profile = profiles.get(store, post.profile_id)
    assert (profile.shop, profile.followers, profile.precision) == (None, 12_400, {"followers": 50})


def test_followers_are_typed_in_one_place_and_warn_before_the_next_post(owner: Browser, store: Store) -> None:
    video, _ = posts.create(store, {"platform": "tiktok", "title": "A"}, now=times.now(), own_hosts=frozenset())
    assert owner.get(page_of(video)).text.count('name="followers"') == 1
    assert "Noted last" not in owner.get(page_of(video)).text
    assert send(owner, video, "snapshots", followers="600", days="7").status_code == 303
    assert "Noted last: 600." in owner.get(page_of(video)).text
    assert "600 followers" in owner.get("/admin/profiles/").text
    assert "and you have 600" in owner.get("/admin/posts/new?platform=tiktok").text


def test_a_profile_that_cannot_be_is_shown_again_as_it_was_typed(owner: Browser, reel: Reel, store: Store) -> None:
    profiles.create(store, platform="instagram", handle="taken", now=times.now())
    answer = send(owner, reel[0], "edit", handle="taken", kind="royal", shop="no host")
    assert answer.status_code == 422
    assert len(wrong(answer)) == 2
    assert 'value="no host"' in answer.text
    answer = send(owner, reel[0], "edit", handle="taken", kind="creator", shop="")
    assert answer.status_code == 422
    assert profiles.get(store, reel[0].profile_id).handle == "me"


def test_numbers_are_of_the_last_seven_days_unless_said_otherwise(owner: Browser, reel: Reel, store: Store) -> None:
    post, _ = reel
    assert send(owner, post, "snapshots", profile_visits="310", days="7").status_code == 303
    sent = {"followers": "12.4K", "days": "28", "taken_at": "2026-01-05T09:00", "suggested": "2026-11-01T10:00"}
    assert send(owner, post, "snapshots", **sent).status_code == 303
    early, late = profile_snapshots.of_profile(store, post.profile_id)
    assert (late.profile_visits, late.days, late.source) == (310, 7, "typed")
    assert (early.followers, early.days, early.taken_at) == (12_400, 28, times.parse("2026-01-05T09:00:00Z", ""))


@pytest.mark.parametrize(
    "fields", [{}, {"days": "0", "views": "5"}, {"followers": "many"}, {"views": "5", "taken_at": "x"}]
)
def test_numbers_that_cannot_be_are_refused(owner: Browser, reel: Reel, store: Store, fields: dict[str, str]) -> None:
    assert send(owner, reel[0], "snapshots", **fields).status_code == 422
    assert profile_snapshots.of_profile(store, reel[0].profile_id) == []


def test_weeks_show_clicks_and_say_what_is_not_noted(owner: Browser, reel: Reel, store: Store) -> None:
    post, link = reel
    count(store, link, 3, at=times.now())
    page = unescape(owner.get(page_of(post)).text)
    assert "under way" in page
    assert "Profile visits are not noted for that week. Where to find them: Instagram" in page
    assert "not noted</span>" in page


def rows_of(page: str) -> list[list[str]]:
    """The cells of the table of weeks as they are read out, the newest week first."""
    table = page.split("<table", 1)[1].split("</table>", 1)[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in table.split("<tr>")[2:]]
    return [[" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in row] for row in cells]


def test_numbers_that_are_the_least_and_those_that_are_about_right_are_told_apart(owner: Browser, store: Store) -> None:
    now = times.now()
    monday = weeks.latest(now, times.zone("UTC"), 2)[1]
    start = monday * times.DAY

    def noted(published_at: int, views: int, at: int) -> posts.Post:
        fields = {"platform": "instagram", "title": "A", "published_at": published_at}
        post, _ = posts.create(store, fields, now=now, own_hosts=frozenset())
        snapshots.add(store, post, {"views": views, "taken_at": at}, now=now)
        return post

    post = noted(start, 70, start + 3 * times.DAY)
    week, before, *older = rows_of(unescape(owner.get(page_of(post)).text))[1:]
    assert week[1:] == ["≥ 70", "– not noted", "– nobody could tap", "– nobody could tap"]
    assert before[1:] == ["– not noted", "– not noted", "– nobody could tap", "– nobody could tap"]
    assert all(row[1] == "– not noted" for row in older)
    # Out on Saturday, read on Wednesday: half of its views may be of either week.
    noted(start - 2 * times.DAY, 1_000, start + 2 * times.DAY)
    fields = {"day": times.day_name(monday - 1), "days": 30, "profile_visits": 300, "link_taps": 30}
    profile_snapshots.add(store, post.profile_id, fields, now=now)
    fields["day"] = times.day_name(monday + 6)
    profile_snapshots.add(store, post.profile_id, fields, now=now)
    week = rows_of(unescape(owner.get(page_of(post)).text))[1]
    assert week[1:3] == ["≈ 570", "≈ 70 ≈ 7 taps"]


def test_tiktoks_own_file_is_taken(owner: Browser, store: Store) -> None:
    video, _ = posts.create(store, {"platform": "tiktok", "title": "A"}, now=times.now(), own_hosts=frozenset())
    day = datetime.now(UTC) - timedelta(days=1)
    data = f"Date,Video Views,Profile Views\n{day:%B} {day.day},100,5\n".encode()
    for told in ("1 day taken.", "0 days taken. 1 row left: row 2 was there already."):
        answer = send(owner, video, "overview", file=(io.BytesIO(data), "Overview.csv"))
        assert answer.status_code == 303
        assert told in owner.get(page_of(video)).text
    assert len(profile_snapshots.of_profile(store, video.profile_id)) == 1


@pytest.mark.parametrize("fields", [{}, {"file": (io.BytesIO(b""), "")}, {"file": (io.BytesIO(b"PK"), "Overview.zip")}])
def test_what_is_no_such_file_is_refused(owner: Browser, store: Store, fields: dict[str, object]) -> None:
    video, _ = posts.create(store, {"platform": "tiktok", "title": "A"}, now=times.now(), own_hosts=frozenset())
    assert send(owner, video, "overview", **fields).status_code == 422
    assert profile_snapshots.of_profile(store, video.profile_id) == []


def test_only_tiktok_has_that_file(owner: Browser, reel: Reel) -> None:
    assert "Overview.csv" not in owner.get(page_of(reel[0])).text
    data = (io.BytesIO(b"Date,Video Views\nNovember 1,5\n"), "Overview.csv")
    answer = send(owner, reel[0], "overview", file=data)
    assert answer.status_code == 422
    assert wrong(answer) == ["Overview.csv is of a profile on TikTok; this one is on Instagram."]


def test_a_file_without_days_says_so(owner: Browser, store: Store) -> None:
    video, _ = posts.create(store, {"platform": "tiktok", "title": "A"}, now=times.now(), own_hosts=frozenset())
    answer = send(owner, video, "overview", file=(io.BytesIO(b"Date,Video Views\n"), "Overview.csv"))
    assert answer.status_code == 422
    assert [each.partition(":")[0] for each in wrong(answer)] == ["Overview.csv holds no days"]


def test_a_week_of_the_shop_is_noted_and_told(owner: Browser, reel: Reel, store: Store) -> None:
    post, _ = reel
    assert "Say below which shop" in owner.get(page_of(post)).text
    assert send(owner, post, "totals", week=last_week(), visits="60").status_code == 422
    profiles.update(store, post.profile_id, {"shop": "www.shop.example"})
    assert send(owner, post, "totals", week=last_week(), visits="60", orders="2").status_code == 303
    (totals,) = shops.of_shop(store, "shop.example")
    assert (totals.visits, totals.orders, totals.source) == (60, 2, "typed")
    assert "The shop had 60 visits and 2 orders; 0 came through your links" in owner.get(page_of(post)).text


@pytest.mark.parametrize(
    "fields", [{"visits": "60", "week": "2099-W01"}, {"visits": "60", "week": "x"}, {"visits": "some"}, {}]
)
def test_a_week_that_cannot_be_is_refused(owner: Browser, reel: Reel, store: Store, fields: dict[str, str]) -> None:
    profiles.update(store, reel[0].profile_id, {"shop": "shop.example"})
    assert send(owner, reel[0], "totals", **({"week": last_week()} | fields)).status_code == 422
    assert shops.of_shop(store, "shop.example") == []


@pytest.mark.parametrize("form", ["edit", "snapshots", "overview", "totals"])
def test_the_address_of_a_refused_form_leads_back(owner: Browser, reel: Reel, form: str) -> None:
    answer = owner.get(f"{page_of(reel[0])}/{form}")
    assert (answer.status_code, answer.headers["Location"]) == (303, page_of(reel[0]))


def test_a_story_may_ask_what_held_them_back(owner: Browser, reel: Reel, store: Store) -> None:
    assert "Ask what held them back" not in owner.get(f"/admin/posts/{reel[0].id}").text
    asked = {"platform": "instagram", "kind": "story", "title": "Why?"}
    story, _ = posts.create(store, asked, now=times.now(), own_hosts=frozenset())
    place = f"/admin/posts/{story.id}"
    page = unescape(owner.get(place).text)
    assert all(answer in page for answer in (polls.QUESTION, *polls.MOTIVES.values()))
    assert owner.send(f"{place}/polls", {"later": "12", "no_link": "5", "money": ""}, seen=place).status_code == 303
    (poll,) = polls.of_post(store, story.id)
    assert (poll.votes, poll.source) == ({"later": 12, "no_link": 5}, "typed")
    page = unescape(owner.get(place).text)
    assert "<li>12 “I’ll come back later”</li><li>5 “Couldn’t find the link”</li>" in page
    assert "Ask what held them back" not in page
    for bad in ({}, {"later": "many"}):
        answer = owner.send(f"{place}/polls", bad, seen=place)
        assert answer.status_code == 422
        assert len(wrong(answer)) == 1
    assert owner.get(f"{place}/polls").status_code == 303


def test_the_share_of_non_followers_is_noted_with_a_post(owner: Browser, reel: Reel, store: Store) -> None:
    post, _ = reel
    place = f"/admin/posts/{post.id}"
    assert "Insights of the post, Views, Non-followers" in owner.get(place).text
    assert owner.send(f"{place}/snapshots", {"views": "1000", "non_followers": "84,2 %"}, seen=place).status_code == 303
    (row,) = snapshots.of_post(store, post.id)
    assert row.non_followers == 84.2
    assert "Non-followers 84.2&nbsp;%" in owner.get(place).text
    answer = owner.send(f"{place}/snapshots", {"non_followers": "120"}, seen=place)
    assert wrong(answer) == ["Share of non-followers is more than 100 %."]
