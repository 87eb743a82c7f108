"""The demo: believable, quick, the same each time, and never on top of somebody's own posts."""

import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shortlinks import keys, times
from shortlinks import store as stores
from shortlinks.demo import demo, demo_numbers
from shortlinks.errors import Conflict
from shortlinks.experiments import experiment_reports, experiments
from shortlinks.funnels import reports
from shortlinks.funnels.funnel import Funnel
from shortlinks.insights import insight_reports
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.placements import placements
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profile_reports, profiles
from shortlinks.rollups import kept_clicks, rollups
from shortlinks.sales import conversions, shop_weeks, shops
from shortlinks.snapshots import polls, snapshots
from shortlinks.store import Store
from tests.conftest import NOW

UTC = ZoneInfo("UTC")


@pytest.fixture(scope="module")
def kept(server: str) -> list[tuple[bytes, bytes, int]]:
    """The demo, filled once for all tests that read it: names, values and milliseconds left (0: for good) of its keys."""
    store = stores.open_store(server)
    store.redis.flushall()
    demo.fill(store, now=NOW)
    found = [(name, store.redis.dump(name), max(0, store.redis.pttl(name))) for name in store.redis.scan_iter()]
    store.redis.close()
    return found


@pytest.fixture
def filled(kept: list[tuple[bytes, bytes, int]], store: Store) -> Store:
    with store.redis.pipeline(transaction=False) as pipe:
        for name, value, left in kept:
            pipe.restore(name, left, value)
        pipe.execute()
    return store


def all_posts(store: Store) -> list[Post]:
    return posts.list_(store, limit=200)[0]


def numbers(store: Store, now: int) -> list[dict[str, Any]]:
    """What is shown of each post, without the ids, which differ from filling to filling."""
    found = []
    for post in all_posts(store):
        shown = reports.funnel(store, post.id, now=now).to_dict()
        shown.pop("post_id")
        shown["findings"] = [finding["code"] for finding in shown["findings"]]
        by = [reports.breakdown(store, post.id, by) for by in rollups.BREAKDOWNS]
        found.append({"title": post.title, "funnel": shown, "by": by})
    return sorted(found, key=lambda each: str(each))


def told(store: Store, post: Post, now: int) -> Funnel:
    return reports.funnel(store, post.id, now=now)


def of_tiktok(store: Store) -> list[Post]:
    return [post for post in all_posts(store) if post.platform == "tiktok"]


def hung(store: Store, post: Post) -> list[Link]:
    return links.of_post(store, post.id)


def test_it_fills_eight_weeks_within_seconds(store: Store, now: int) -> None:
    began = time.process_time()
    demo.fill(store, now=now)
    assert time.process_time() - began < 20
    made = all_posts(store)
    assert len(made) >= 24
    oldest = min(post.published_at for post in made)
    assert 50 * times.DAY < now - oldest < 57 * times.DAY
    assert {post.platform for post in made} == {"instagram", "tiktok", "youtube", "threads", "pinterest"}
    assert {profile.kind for profile in profiles.list_(store, limit=50)[0]} == {"business", "personal", "creator"}


def test_it_gives_the_same_numbers_each_time(filled: Store, store: Store, now: int) -> None:
    first = numbers(filled, now)
    store.redis.flushall()
    demo.fill(store, now=now)
    assert numbers(store, now) == first


@pytest.mark.parametrize("minutes", [0, 60, 17 * 60 + 1, 18 * 60 + 1, 23 * 60])
def test_nothing_in_it_lies_in_the_future(store: Store, now: int, minutes: int) -> None:
    now = times.day_of(now) * times.DAY + minutes * times.MINUTE
    demo.fill(store, now=now)
    for post in all_posts(store):
        assert post.published_at <= now
        assert all(snapshot.taken_at <= now for snapshot in snapshots.of_post(store, post.id))
        assert all(sale.occurred_at <= now for sale in conversions.of_post(store, post.id))
        for click in kept_clicks.stream(store, post.id):
            assert post.published_at <= click.at < now


def test_most_posts_have_few_clicks_and_one_took_off(filled: Store) -> None:
    human = sorted(total["human"] for total in rollups.totals(filled, [post.id for post in all_posts(filled)]))
    assert human[-1] > 400
    assert human[-2] < 60
    assert human[len(human) // 2] <= 20
    assert human[0] == 0


def test_the_clicks_are_of_every_kind_and_all_are_counted(filled: Store) -> None:
    totals = rollups.totals(filled, [post.id for post in all_posts(filled)])
    reasons = {reason for total in totals for reason in total}
    assert reasons >= {"human", "preview", "crawler", "prefetch", "head", "empty_agent", "repeat", "self", "ai"}
    progress = rollups.progress(filled)
    assert progress["shipped"] == progress["counted"] == sum(map(rollups.hits, totals)) > 500
    assert not any(filled.redis.hgetall(keys.marks(shard)) for shard in keys.SHARDS)


def test_links_were_pasted_into_chats_and_servers_fetched_them_too(filled: Store, now: int) -> None:
    told = [reports.funnel(filled, post.id, now=now).previews for post in all_posts(filled)]
    assert sum(bool(each.pasted) for each in told) > 10
    assert {app for each in told for app in each.pasted} == {"iMessage", "WhatsApp"}
    assert {app for each in told for app in each.fetched} == {"Facebook", "Mastodon", "Discord"}


def test_the_bio_link_was_re_pointed_from_reel_to_reel(filled: Store) -> None:
    bio = links.get(filled, demo.BIO_SLUG)
    promoted = [turn.post_id for turn in bio.history]
    assert len(set(promoted)) == len(promoted) >= 6
    for post_id in promoted:
        assert rollups.totals(filled, [post_id])[0]["human"] > 0
        assert posts.get(filled, post_id).platform == "instagram"


def test_stories_are_parts_and_the_same_video_elsewhere_is_a_sibling(filled: Store) -> None:
    made = {post.id: post for post in all_posts(filled)}
    promoting = [post for post in made.values() if post.part_of]
    assert len(promoting) >= 8
    assert all(story.kind == "story" and made[story.part_of or ""].platform == "instagram" for story in promoting)
    assert any(len(post.siblings) == 2 for post in made.values())


def test_dead_captions_are_found_and_the_demo_shows_what_else_is_told(filled: Store, now: int) -> None:
    dead = {
        link.placement
        for post in all_posts(filled)
        for link in links.of_post(filled, post.id)
        if placements.by_id(link.placement).dead
    }
    assert {"tiktok/video_caption", "youtube/shorts_description"} <= dead
    found = {finding.code for post in all_posts(filled) for finding in told(filled, post, now).findings}
    assert found == {
        "bio_pointed_elsewhere",
        "dead_placement",
        "maybe_you",
        "no_tappable_spot",
        "profile_visits_without_taps",
        "shown_to_strangers",
        "snapshot_stale",
        "too_early_to_tell",
        "typed_in",
    }


def test_one_video_was_shown_to_strangers_and_brought_clearly_fewer(filled: Store, now: int) -> None:
    (post,) = [post for post in of_tiktok(filled) if post.title == "I dropped a whole kiln shelf"]
    funnel = told(filled, post, now)
    assert "clearly fewer" in funnel.expected.sentence
    codes = [finding.code for finding in funnel.findings]
    assert "shown_to_strangers" in codes
    assert not {"likes_without_clicks", "saves_without_clicks"} & set(codes)


def test_one_reel_leaks_between_profile_and_link_and_one_lost_the_bio_too_early(filled: Store, now: int) -> None:
    by_title = {post.title: post for post in all_posts(filled) if post.platform == "instagram"}
    leaking = told(filled, by_title["Three glazes, one bowl"], now)
    assert leaking.leak
    assert (leaking.leak.above, leaking.leak.below) == ("profile_visits", "clicks")
    early = told(filled, by_title["Why this mug costs 34 pounds"], now)
    assert [finding.confidence for finding in early.findings if finding.code == "bio_pointed_elsewhere"] == ["certain"]


def test_nobody_can_tap_on_its_small_tiktok_and_some_type_the_word_they_hear(filled: Store, now: int) -> None:
    (profile,) = [each for each in profiles.list_(filled, limit=50)[0] if each.platform == "tiktok"]
    assert (profile.kind, profile.followers) == ("personal", 600)
    heard = [post for post in of_tiktok(filled) if {link.placement for link in hung(filled, post)} == {"tiktok/spoken"}]
    assert len(heard) >= 6
    for post in heard:
        assert all(link.slug.isalpha() for link in hung(filled, post))
        assert {"no_tappable_spot", "typed_in"} <= {finding.code for finding in told(filled, post, now).findings}


def test_every_story_has_an_expected_range(filled: Store, now: int) -> None:
    stories = [post for post in all_posts(filled) if post.kind == "story"]
    assert len(stories) > 20
    assert all("usually bring you" in told(filled, story, now).expected.sentence for story in stories)


def test_one_experiment_has_a_result_and_one_runs(filled: Store, now: int) -> None:
    running, ended = (experiment_reports.read(filled, each, now=now) for each in experiments.list_(filled, limit=10)[0])
    assert running.sentence.startswith("Day 13 of 28; ")
    assert (ended.yes, ended.no) == (6, 6)
    assert ended.trial
    assert ended.trial.verdict == "yes_higher"
    (month, *_) = insight_reports.read(filled, now=now).items
    assert month["evidence"]["repeat"].startswith("“Show the address in the first frame”. Your experiment found")
    assert insight_reports.gather(filled, now=now + 60 * times.DAY).better == []


def test_of_seven_questions_six_are_told(filled: Store, now: int) -> None:
    items = {item["code"]: item for item in insight_reports.read(filled, now=now).items}
    assert len(items) == 7
    # Her late views bring as many clicks as the early ones, so nothing is to be told of those.
    assert {code for code, item in items.items() if item["sure"] == "cannot_tell_yet"} == {"later"}
    assert "That is 1.7 times as much as in the 28 days before." in items["month"]["answer"]
    assert "21 “I’ll come back later”" in items["support"]["answer"]
    assert "Day 13 of 28" in items["month"]["evidence"]["test"]


def test_her_profiles_and_her_shop_have_numbers_of_each_week(filled: Store, now: int) -> None:
    for profile in profiles.list_(filled, limit=50)[0]:
        if profile.platform in ("instagram", "tiktok"):
            weeks = profile_reports.of_profile(filled, profile.id, now=now, tz=UTC).weeks
            assert all(week.profile_visits for week in weeks[1:])
            assert all(week.link_taps is not None for week in weeks[1:]) == (profile.platform == "instagram")
    sold = shop_weeks.of_totals(filled, shops.all_(filled), UTC)
    assert len(sold) >= 7
    assert all(week.other_way and week.link_clicks for week in sold)
    assert [bool(polls.of_post(filled, post.id)) for post in all_posts(filled)].count(True) == 1


def test_numbers_are_typed_as_the_apps_show_them(filled: Store) -> None:
    taken = [row for post in all_posts(filled) for row in snapshots.of_post(filled, post.id)]
    assert any(row.precision.get("views") == 50 for row in taken)
    assert any(row.views and "views" not in row.precision for row in taken)
    for post in all_posts(filled):
        views = [row.views or 0 for row in snapshots.of_post(filled, post.id)]
        assert views
        assert views == sorted(views)


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0"), (999.6, "1,000"), (9_412, "9,412"), (12_449, "12.4K"), (318_400, "318.4K"), (1_240_000, "1.2M")],
)
def test_counts_look_as_apps_show_them(count: float, shown: str) -> None:
    assert demo_numbers.as_shown(count) == shown


def test_sales_came_of_clicks(filled: Store) -> None:
    sales = [sale for post in all_posts(filled) for sale in conversions.of_post(filled, post.id)]
    assert len(sales) > 20
    assert all(sale.click_id and sale.currency == "GBP" for sale in sales)


def test_it_leaves_a_service_with_posts_alone(store: Store, now: int) -> None:
    posts.create(store, {"platform": "instagram", "title": "Mine"}, now=now, own_hosts=frozenset())
    with pytest.raises(Conflict):
        demo.fill(store, now=now)
    assert [post.title for post in all_posts(store)] == ["Mine"]
