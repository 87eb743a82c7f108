from datetime import date
from zoneinfo import ZoneInfo

import pytest
from clicking import pour, record, roll_up_all

from shortlinks import times, weeks
from shortlinks.bio_pages import bio_page_rows, bio_pages
from shortlinks.errors import NotFound
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.profiles import profile_reports, profile_snapshots, profiles
from shortlinks.sales import conversions, shop_weeks, shops
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

UTC = ZoneInfo("UTC")
AUCKLAND = ZoneInfo("Pacific/Auckland")
MONDAY = (date(2026, 11, 9) - date(1970, 1, 1)).days
START = MONDAY * times.DAY
SHOP = "https://www.shop.example/mug"


def at(days: float) -> int:
    """An instant so many days after the week of 9 November began in UTC."""
    return START + int(days * times.DAY)


def a_post(store: Store, published_at: int, *spots: str, target: str = SHOP, **fields) -> posts.Post:
    hung = [{"placement": spot, "target": target} for spot in spots]
    asked = {"platform": "instagram", "title": "A", "published_at": published_at, "links": hung, **fields}
    return posts.create(store, asked, now=at(-20), own_hosts=frozenset())[0]


def click(store: Store, link: links.Link, *moments: int) -> None:
    pour(store, [record(links.turn_at(link, moment).post_id, link.slug, moment) for moment in moments])
    roll_up_all(store)


def report(store: Store, profile_id: str, now: int, tz: ZoneInfo = UTC, number: int = 2):
    """The funnel, and its last whole week."""
    found = profile_reports.of_profile(store, profile_id, now=now, tz=tz, number=number)
    return found, next(week for week in found.weeks if week.over)


def test_a_week_from_views_to_conversions(store, now):
    post = a_post(store, at(-1), "bio_link")
    (link,) = links.of_post(store, post.id)
    for day, views in ((0, 500), (7, 12_900)):
        snapshots.add(store, post, {"views": views, "taken_at": at(day)}, now=now)
    # Read on Monday morning: the last seven days are the week.
    profile_snapshots.add(
        store, post.profile_id, {"profile_visits": 310, "link_taps": 12, "taken_at": at(7.4)}, now=now
    )
    click(store, link, at(-0.1), at(0), at(3), at(6.9), at(7))
    conversions.report(store, {"external_id": "1", "kind": "sale", "slug": link.slug, "occurred_at": at(5)}, now=now)
    found, week = report(store, post.profile_id, now)
    assert [each.monday for each in found.weeks] == [MONDAY + 7, MONDAY]
    assert (week.views_gained, week.open, week.profile_visits, week.link_taps) == (12_400, False, 310, 12)
    assert (week.bio_clicks, week.conversions) == (3, 1)
    assert found.weeks[0].bio_clicks == 1
    assert found.gaps == ()
    assert found.sentences[0] == "Your posts gained 12,400 views in the week from 9 November 2026."
    assert found.sentences[-1].startswith("1 conversion through the bio link: 1 of 3 bio clicks")


def test_a_storys_sticker_and_a_newsletter_are_no_bio_clicks(store, now):
    story = a_post(store, at(1), "story_link_sticker", "newsletter", "bio_page", kind="story")
    for link in links.of_post(store, story.id):
        click(store, link, at(2))
    assert report(store, story.profile_id, now)[1].bio_clicks == 1


def test_a_sale_through_the_sticker_is_none_through_the_bio(store, now):
    post = a_post(store, at(-9), "bio_link", "story_link_sticker")
    for number, link in enumerate(links.of_post(store, post.id)):
        told = {"external_id": str(number), "kind": "sale", "slug": link.slug, "occurred_at": at(2)}
        conversions.report(store, told, now=now)
    assert report(store, post.profile_id, now)[1].conversions == 1


def test_weeks_are_those_of_the_creators_clocks(store, now):
    post = a_post(store, at(-9), "bio_link")
    (link,) = links.of_post(store, post.id)
    # 13 hours ahead: their week begins at 11:00 UTC on Sunday.
    begins = weeks.start(MONDAY, AUCKLAND)
    click(store, link, begins - times.MINUTE, begins, begins + 7 * times.DAY - times.MINUTE, begins + 7 * times.DAY)
    assert report(store, post.profile_id, now, AUCKLAND)[1].monday == MONDAY
    assert report(store, post.profile_id, now, AUCKLAND)[1].bio_clicks == 2
    assert report(store, post.profile_id, now, UTC)[1].bio_clicks == 2 + 1 - 1


def test_a_bio_link_counts_whatever_it_promotes(store, now):
    first, second = a_post(store, at(-9), "bio_link"), a_post(store, at(-8))
    video = a_post(store, at(-8), platform="tiktok")
    (link,) = links.of_post(store, first.id)
    for day, post in ((2, second), (4, video)):
        link = links.update(store, link.slug, {"post_id": post.id}, now=at(day), own_hosts=frozenset())
    click(store, link, at(1), at(3), at(5))
    assert report(store, first.profile_id, now)[1].bio_clicks == 3
    assert report(store, video.profile_id, now)[1].bio_clicks == 0
    posts.purge(store, video.id)
    assert report(store, first.profile_id, now)[1].bio_clicks == 2


def test_of_two_profiles_a_bio_link_belongs_to_the_one_that_names_it_or_else_to_its_first_posts(store, now):
    mine = profiles.create(store, platform="instagram", handle="mine", now=at(-30))
    other = profiles.create(store, platform="instagram", handle="other", now=at(-29))
    post = a_post(store, at(-9), "bio_link", profile_id=other.id)
    (link,) = links.of_post(store, post.id)
    click(store, link, at(1))
    assert [report(store, each.id, now)[1].bio_clicks for each in (mine, other)] == [0, 1]
    profiles.update(store, mine.id, {"bio_slug": link.slug})
    assert [report(store, each.id, now)[1].bio_clicks for each in (mine, other)] == [1, 0]
    video = a_post(store, at(-9), platform="tiktok")
    hung = links.create(
        store, video.id, {"placement": "instagram/bio_link", "target": SHOP}, now=at(-9), own_hosts=frozenset()
    )
    click(store, hung, at(1))
    assert [report(store, each.id, now)[1].bio_clicks for each in (mine, other)] == [2, 0]


def test_what_is_not_noted_is_a_gap_that_says_where_to_find_it(store, now):
    post = a_post(store, at(1))
    found, week = report(store, post.profile_id, now)
    assert (week.views_gained, week.profile_visits, week.link_taps) == (None, None, None)
    assert {gap.name: gap.where.partition(":")[0] for gap in found.gaps} == {
        "views_gained": "Instagram",
        "profile_visits": "Instagram",
        "link_taps": "Instagram",
    }
    assert "Profile visits are not noted for that week." in " ".join(found.sentences)
    reddit = profiles.create(store, platform="reddit", handle="ada", now=now)
    assert [gap.name for gap in report(store, reddit.id, now)[0].gaps] == ["profile_visits"]


def test_a_profile_without_anything_has_weeks_of_nothing(store, now):
    profile = profiles.create(store, platform="tiktok", handle="ada", now=now)
    found = profile_reports.of_profile(store, profile.id, now=now, tz=UTC, number=1)
    (week,) = found.weeks
    assert (week.over, week.views_gained, week.bio_clicks, week.rates) == (False, None, 0, ())
    assert all(found.sentences)
    assert "views_gained" not in [gap.name for gap in found.gaps]
    with pytest.raises(NotFound):
        profile_reports.of_profile(store, "nothere", now=now, tz=UTC)


def test_no_rate_of_taps_is_told_where_the_platform_gives_no_spot_for_a_link(store, now):
    video = a_post(store, at(-9), "bio_website_field", platform="tiktok")
    profile_snapshots.add(store, video.profile_id, {"day": "2026-11-15", "days": 7, "profile_visits": 35}, now=now)

    def told(**changes):
        profiles.update(store, video.profile_id, changes)
        found, week = report(store, video.profile_id, now)
        return week.bio_link, {rate.name for rate in week.rates}, " ".join(found.sentences)

    why = "Nobody can tap a link of yours on TikTok"
    for changes in ({"followers": None}, {"followers": 1_000}, {"followers": 600, "kind": "business"}):
        bio_link, rates, said = told(**changes)
        assert (bio_link, rates, why in said) == ("tappable", {"bio_clicks_per_profile_visit"}, False)
    bio_link, rates, said = told(kind="personal")
    assert (bio_link, rates, why in said) == ("withheld", set(), True)
    assert "very likely under" not in said
    click(store, links.of_post(store, video.id)[0], at(7.2))
    assert told()[:2] == ("tappable", {"bio_clicks_per_profile_visit"})


def test_profiles_that_are_told_together_are_told_as_each_alone(store, now):
    found = []
    wanted = ("tiktok", "bio_website_field", 1), ("instagram", "bio_link", 0), ("tiktok", "bio_website_field", 0)
    for platform, spot, tapped in wanted:
        profile = profiles.create(store, platform=platform, handle=f"ada{len(found)}", now=now)
        post = a_post(store, at(-9), spot, platform=platform, profile_id=profile.id)
        found.append(profiles.update(store, profile.id, {"followers": 600, "kind": "personal"}))
        click(store, links.of_post(store, post.id)[0], *[at(3)] * tapped)
    together = profile_reports.of_profiles(store, found, now=now, tz=UTC, number=2)
    assert [each.weeks[1].bio_link for each in together] == ["tappable", "tappable", "withheld"]
    assert together == [report(store, profile.id, now)[0] for profile in found]


def test_before_a_link_that_can_be_tapped_hung_in_the_bio_there_is_no_rate_on_it(store, now):
    post = a_post(store, at(-30), "story_link_sticker", kind="story")
    profile_snapshots.add(store, post.profile_id, {"day": "2026-11-15", "days": 7, "profile_visits": 35}, now=now)
    found, week = report(store, post.profile_id, now)
    assert (week.bio_link, week.rates) == ("none", ())
    assert "No link that can be tapped was in the bio." in found.sentences
    for placement, day, state in (("bio_text", 1, "none"), ("bio_link", 7, "none"), ("bio_link", 6.9, "tappable")):
        links.create(store, post.id, {"placement": placement, "target": SHOP}, now=at(day), own_hosts=frozenset())
        assert report(store, post.profile_id, now)[1].bio_link == state


@pytest.mark.parametrize(("hour", "exact"), [(12, True), (11, False)])
def test_who_looks_before_noon_is_shown_the_days_up_to_yesterday(store, now, hour, exact):
    """Four days that end on Sunday, or on Saturday; the other three are noted."""
    profile = profiles.create(store, platform="instagram", handle="ada", now=now)
    for day in range(MONDAY, MONDAY + 3):
        profile_snapshots.add(store, profile.id, {"day": times.day_name(day), "profile_visits": 1}, now=now)
    sunday = at(6) + hour * times.HOUR
    profile_snapshots.add(store, profile.id, {"taken_at": sunday, "days": 4, "profile_visits": 40}, now=now)
    assert report(store, profile.id, now)[1].profile_visits == (43 if exact else None)


def test_the_shop_says_how_many_came_another_way(store, now):
    post = a_post(store, at(-9), "bio_link", "story_link_sticker")
    elsewhere = a_post(store, at(-9), "video_description", platform="youtube", target="https://shop.example/")
    other = a_post(store, at(-9), "bio_link", target="https://other.example/")
    for each, number in ((post, 3), (elsewhere, 3), (other, 5)):
        for link in links.of_post(store, each.id):
            click(store, link, *(at(1) + number * times.HOUR for number in range(number)))
    link = links.of_post(store, other.id)[0]
    links.update(store, link.slug, {"target": SHOP}, now=at(2), own_hosts=frozenset())
    click(store, links.get(store, link.slug), at(3))
    totals = shops.put(store, "shop.example", "2026-W46", {"visits": 60}, now=now, this_week=MONDAY + 7)
    (found,) = shop_weeks.of_totals(store, [totals], UTC)
    assert (found.link_clicks, found.other_way) == (10, 50)
    assert found.sentence == "The shop had 60 visits; 10 came through your links, 50 another way."
    fewer = shops.put(store, "shop.example", "2026-W46", {"visits": 4, "orders": 1}, now=now, this_week=MONDAY + 7)
    (found,) = shop_weeks.of_totals(store, [fewer], UTC)
    assert (found.link_clicks, found.other_way) == (10, 0)
    assert shop_weeks.of_totals(store, [], UTC) == []


@pytest.mark.parametrize(
    ("platform", "kind", "days", "quiet"),
    [
        ("instagram", "video", 56, 1),
        ("instagram", "video", 55, 0),
        ("instagram", "story", 1, 1),
        ("instagram", "story", 0.9, 0),
        ("youtube", "video", 300, 0),
        ("pinterest", "pin", 300, 0),
    ],
)
def test_views_of_old_posts_and_stories_need_not_be_noted_for_ever(store, now, platform, kind, days, quiet):
    fields = {"platform": platform, "kind": kind, "title": "An old mug"}
    made = [
        posts.create(store, fields | {"published_at": at(day)}, now=now, own_hosts=frozenset())[0] for day in (-days, 0)
    ]
    snapshots.add(store, made[1], {"views": 500, "taken_at": at(7)}, now=now)
    found, week = report(store, made[0].profile_id, now)
    assert (week.views_gained, week.unread, week.quiet) == (500, 1 - quiet, quiet)
    assert ("What 1 older post may still have gained" in " ".join(found.sentences)) == bool(quiet)


def test_from_opens_of_the_bio_page_to_taps_on_it(store, now):
    post, other = a_post(store, at(-9), "bio_link"), a_post(store, at(-9), "bio_page")
    bio_pages.put(store, post.profile_id, {"name": "ada"}, now=at(1))
    _, link = bio_page_rows.add(store, post.profile_id, {"post_id": post.id}, now=at(1), own_hosts=frozenset())
    opened = (at(2), at(3), at(4), at(7.5))
    pour(store, [record(post.profile_id, post.profile_id, moment) for moment in opened])
    click(store, link, at(2.1), at(7.6))
    # On somebody else's page of links, whose opens nobody counts.
    click(store, links.of_post(store, other.id)[0], at(2))
    bio_page_rows.remove(store, post.profile_id, link.slug)
    found, week = report(store, post.profile_id, now, number=3)
    assert [(each.page_opens, each.page_taps) for each in found.weeks] == [(1, 1), (3, 1), (None, None)]
    assert week.bio_clicks == 2
    assert (
        "Your page of links was opened 3 times; 1 tap on it: 1 of 3 page opens, between 6.1\u00a0% and 79\u00a0%."
        in found.sentences
    )
