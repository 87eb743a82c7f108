"""Outcomes read from the store: clicks up to each reading, by placement, also when they were added up before."""

from typing import Any

from clicking import NOW, make_post, pour, record, roll_up_all
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shortlinks import keys, times
from shortlinks.funnels import company, gathered
from shortlinks.funnels.outcomes import Outcome
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.rollups import cuts, rollups
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

HOUR, DAY = times.HOUR, times.DAY
LATER = NOW + 60 * DAY


def take(store: Store, post: posts.Post, at: int, views: int, **counts: Any) -> None:
    snapshots.add(store, post, {"views": views, "taken_at": times.rfc3339(at), **counts}, now=at)


def tap(store: Store, post: posts.Post, link: links.Link, *moments: int, **fields: Any) -> None:
    pour(store, [record(post.id, link.slug, at, **fields) for at in moments])
    roll_up_all(store)


def read(store: Store, post: posts.Post) -> Outcome:
    return gathered.of_posts(store, [post], now=LATER)[0]


def test_a_reading_holds_the_clicks_up_to_the_end_of_its_minute_by_placement(store: Store) -> None:
    post, (bio, sticker) = make_post(store, "bio_link", "story_link_sticker")
    take(store, post, NOW + DAY, "1.2K", likes=30)
    take(store, post, NOW + 7 * DAY, 5_000)
    tap(store, post, bio, NOW + HOUR, NOW + DAY + 2 * HOUR)
    tap(store, post, sticker, NOW + 2 * HOUR, NOW + 30 * DAY)
    first, last = (found := read(store, post)).readings
    assert (first.clicks, last.clicks) == (
        {"instagram/bio_link": 1, "instagram/story_link_sticker": 1},
        {"instagram/bio_link": 2, "instagram/story_link_sticker": 1},
    )
    assert (first.counts, first.precision) == ({"views": 1_200, "likes": 30}, {"views": 50})
    assert (found.human, found.spots) == (4, ("instagram/bio_link", "instagram/story_link_sticker"))


def test_clicks_by_age_are_there_when_asked_for_and_only_for_ages_that_are_reached(store: Store) -> None:
    post, (bio, letter) = make_post(store, "bio_link", "newsletter")
    tap(store, post, bio, NOW - HOUR, NOW + 30 * times.MINUTE, NOW + 5 * HOUR, NOW + 20 * DAY)
    tap(store, post, letter, NOW + 2 * HOUR)
    (found,) = gathered.of_posts(store, [post], now=NOW + 8 * DAY, by_age=True)
    assert found.by_age == {0: 1, HOUR: 2, 3 * HOUR: 2} | dict.fromkeys(
        (6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY), 3
    )
    assert read(store, post).by_age == {}


def test_views_that_were_taken_back_are_no_gain_and_no_loss(store: Store) -> None:
    post, _ = make_post(store, "bio_link")
    for age, views in ((2, 400), (10, 1_000), (50, 900)):
        take(store, post, NOW + age * DAY, views)
    (found,) = gathered.of_posts(store, [post], now=LATER, by_age=True)
    assert found.gains
    assert [gain.views for gain in found.gains] == [0, 600]


def gained(store: Store, readings: dict[int, int], *, age: int = 40, **fields: Any) -> list[int | None]:
    """What views a post of so many days gained in the last 28 days and in those before, noted at these ages in days."""
    post, _ = make_post(store, "bio_link", **fields)
    for at, views in readings.items():
        take(store, post, NOW + at * DAY, views, likes=views)
    (found,) = gathered.of_posts(store, [post], now=NOW + age * DAY, by_age=True)
    assert found.gains
    assert [gain.likes for gain in found.gains] == [gain.views for gain in found.gains]
    return [gain.views for gain in found.gains]


def test_what_a_post_gained_that_nobody_noted_is_not_known(store: Store) -> None:
    assert gained(store, {2: 400, 30: 1_000}) == [600, 400]
    assert gained(store, {2: 400}) == [None, 400]
    assert gained(store, {}) == [None, None]
    assert gained(store, {20: 900}) == [None, None]
    assert gained(store, {}, age=10) == [None, 0], "it was not out before"


def test_a_post_that_is_done_gains_nothing_without_being_noted(store: Store) -> None:
    assert gained(store, {2: 400}, age=83) == [None, None]
    assert gained(store, {2: 400}, age=84) == [0, None], "eight weeks old as the last four began"
    assert gained(store, {2: 400}, age=400, platform="youtube", links=[]) == [None, None]
    assert gained(store, {1: 400}, kind="story") == [0, 400]
    assert gained(store, {2: 400, 4: 400}) == [0, 400], "two equal readings prove that it had stopped"
    assert gained(store, {2: 400, 90: 500}, age=100) == [100, None]


def test_the_same_question_again_reads_no_rows(store: Store) -> None:
    post, (link,) = make_post(store, "bio_link")
    take(store, post, NOW + DAY, 1_000)
    tap(store, post, link, NOW + HOUR)
    before = read(store, post)
    # What is counted is gone, but neither the total nor the epoch says so: only the kept sums can answer.
    store.redis.delete(keys.days(post.id))
    assert read(store, post) == before


def test_a_new_click_and_a_recount_are_seen_at_once(store: Store) -> None:
    post, (link,) = make_post(store, "bio_link")
    take(store, post, NOW + DAY, 1_000)
    tap(store, post, link, NOW + HOUR)
    assert read(store, post).readings[0].clicks == {"instagram/bio_link": 1}
    tap(store, post, link, NOW + 2 * HOUR)
    assert read(store, post).readings[0].clicks == {"instagram/bio_link": 2}
    store.redis.hincrby(keys.progress(keys.shard(post.id)), "epoch", 1)
    store.redis.delete(keys.days(post.id))
    assert read(store, post).readings[0].clicks == {}


def test_a_purge_erases_what_was_added_up(store: Store) -> None:
    post, _ = make_post(store, "bio_link")
    read(store, post)
    assert store.redis.exists(keys.cuts(post.id))
    posts.purge(store, post.id)
    assert not store.redis.exists(keys.cuts(post.id))


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(0, 5 * 24 * 60), max_size=30), st.lists(st.integers(0, 6 * 24 * 60), min_size=1, max_size=5)
)
def test_it_agrees_with_counting_between(store: Store, taps: list[int], moments: list[int]) -> None:
    post, (link,) = make_post(store, "story_link_sticker")
    tap(store, post, link, *(NOW + minute * times.MINUTE for minute in taps), visitor="")
    wanted = [times.minute_of(NOW + minute * times.MINUTE) * times.MINUTE for minute in moments]
    sums = cuts.human(store, {post.id: wanted})[post.id]
    for at in wanted:
        assert sums[at][link.slug] == rollups.between(store, post.id, [(0, at)])[link.slug, "human"]


def test_posts_beside_are_of_the_same_profile_and_kind(store: Store) -> None:
    post, _ = make_post(store, "bio_link")
    like, _ = make_post(store, "bio_link", kind="image")
    make_post(store, "story_link_sticker", kind="story")
    make_post(store, platform="tiktok")
    held = company.read(store, post, now=LATER)
    assert [outcome.post_id for outcome in held.others] == [like.id]
