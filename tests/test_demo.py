"""The demo: believable, quick, the same each time, and never on top of somebody's own posts."""

import time
from typing import Any

import pytest

from shortlinks import (
    conversions,
    demo,
    kept_clicks,
    keys,
    links,
    placements,
    posts,
    profiles,
    reports,
    rollups,
    snapshots,
    times,
)
from shortlinks.errors import Conflict
from shortlinks.posts import Post
from shortlinks.store import Store


@pytest.fixture
def filled(store: Store, now: int) -> Store:
    demo.fill(store, now=now)
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


def test_it_fills_eight_weeks_within_seconds(store: Store, now: int) -> None:
    began = time.monotonic()
    demo.fill(store, now=now)
    assert time.monotonic() - began < 20
    made = all_posts(store)
    assert len(made) >= 24
    oldest = min(post.published_at for post in made)
    assert 50 * times.DAY < now - oldest < 57 * times.DAY
    assert {post.platform for post in made} == {"instagram", "tiktok", "youtube", "threads", "pinterest"}
    assert {profile.kind for profile in profiles.list_(store, limit=50)[0]} == {"business", "personal", "creator"}


def test_it_gives_the_same_numbers_each_time(store: Store, now: int) -> None:
    demo.fill(store, now=now)
    first = numbers(store, now)
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
    stories = [post for post in made.values() if post.kind == "story"]
    assert len(stories) >= 4
    assert all(made[story.part_of or ""].platform == "instagram" for story in stories)
    assert any(len(post.siblings) == 2 for post in made.values())


def test_dead_captions_are_found_and_the_demo_shows_what_else_is_told(filled: Store, now: int) -> None:
    dead = {
        link.placement
        for post in all_posts(filled)
        for link in links.of_post(filled, post.id)
        if placements.by_id(link.placement).dead
    }
    assert {"tiktok/video_caption", "youtube/shorts_description"} <= dead
    found = {
        finding.code for post in all_posts(filled) for finding in reports.funnel(filled, post.id, now=now).findings
    }
    assert found == {"dead_placement", "no_tappable_spot", "snapshot_stale", "too_early_to_tell", "typed_in"}


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
    assert demo._as_shown(count) == shown


def test_sales_came_of_clicks(filled: Store) -> None:
    sales = [sale for post in all_posts(filled) for sale in conversions.of_post(filled, post.id)]
    assert len(sales) > 20
    assert all(sale.click_id and sale.currency == "GBP" for sale in sales)


def test_it_leaves_a_service_with_posts_alone(store: Store, now: int) -> None:
    posts.create(store, {"platform": "instagram", "title": "Mine"}, now=now, own_hosts=frozenset())
    with pytest.raises(Conflict):
        demo.fill(store, now=now)
    assert [post.title for post in all_posts(store)] == ["Mine"]
