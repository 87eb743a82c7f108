"""Where an experiment could succeed, from the creator's own numbers."""

import pytest
from clicking import pour, record, roll_up_all

from shortlinks import times
from shortlinks.experiments import chances, experiment_reports, trial_power, trial_words
from shortlinks.posts import posts
from shortlinks.profiles import profiles
from shortlinks.snapshots import snapshots
from shortlinks.store import Store


def publish(store: Store, at: int, kind: str, views: int, clicks: int) -> posts.Post:
    placement = "story_link_sticker" if kind == "story" else "bio_link"
    links = [{"placement": placement, "target": "https://shop.example/"}]
    asked = {"platform": "instagram", "kind": kind, "title": "A mug", "links": links}
    post, (link,) = posts.create(store, asked, now=at, own_hosts=frozenset())
    pour(store, [record(post.id, link.slug, at + number * times.MINUTE) for number in range(clicks)])
    roll_up_all(store)
    snapshots.add(store, post, {"views": views}, now=at + 2 * times.DAY)
    return post


def test_own_posts_give_the_median_views_the_pooled_rate_and_the_pace(store: Store, now: int) -> None:
    for ago, views, clicks in ((40, 900, 0), (20, 1_000, 4), (10, 9_100, 7)):
        publish(store, now - ago * times.DAY, "reel", views, clicks)
    publish(store, now - 41 * times.DAY, "reel", 12, 15)  # 12 typed for 12K is not usual
    (usual,) = experiment_reports.usual(store, now=now)
    assert (usual.platform, usual.kind, usual.views, usual.posts, usual.pace) == ("instagram", "video", 1_000, 3, 2)
    assert usual.rate == pytest.approx(11 / 11_000)
    own = chances.of([usual], "instagram", "video")
    assert (own.per_arm, own.views, own.rate, own.own) == (8, 1_000, usual.rate, True)
    assert own.advice.endswith("At your pace, 2 in the last 28 days, that takes about 32 weeks: give it as many.")
    assert own.power == trial_power.power(per_arm=8, views=1_000, rate=usual.rate)


@pytest.mark.parametrize(
    ("ages", "pace"),
    [
        ([1, 3, 9], (3, 9)),
        ([1, 3, 90], (2, 28)),
        ([0.5, 0.2], (2, 7)),
        ([7.0], (1, 7)),
        ([7.1, 1], (2, 8)),
        ([28, 40], (1, 28)),
        ([-1, 10], (1, 10)),
        ([], (0, 28)),
        ([-1], (0, 28)),
    ],
)
def test_a_pace_is_that_of_28_days_or_since_the_first_post_but_of_a_week_at_least(
    now: int, ages: list[float], pace: tuple[int, int]
) -> None:
    assert chances.pace([now - round(age * times.DAY) for age in ages], now=now) == pace


def test_of_one_spot_only_its_posts_and_its_clicks_are_usual(store: Store, now: int) -> None:
    both = [{"placement": name, "target": "https://shop.example/"} for name in ("bio_link", "spoken")]
    for ago, views, in_bio, typed in ((5, 1_000, 6, 1), (6, 3_000, 2, 1)):
        at = now - ago * times.DAY
        asked = {"platform": "instagram", "kind": "reel", "title": "A mug", "links": both}
        post, hung = posts.create(store, asked, now=at, own_hosts=frozenset())
        for link, many in zip(hung, (in_bio, typed), strict=True):
            pour(store, [record(post.id, link.slug, at + number * times.MINUTE) for number in range(many)])
        snapshots.add(store, post, {"views": views}, now=at + 2 * times.DAY)
    publish(store, now - 4 * times.DAY, "reel", 500, 3)
    roll_up_all(store)
    (every,) = experiment_reports.usual(store, now=now)
    (spoken,) = experiment_reports.usual(store, now=now, placement="instagram/spoken")
    assert (every.views, every.rate, every.posts, every.pace) == (2_000, 10 / 4_000, 2, 3), "the third hangs elsewhere"
    assert (spoken.views, spoken.rate, spoken.posts, spoken.pace) == (2_000, 2 / 4_000, 2, 2)
    assert experiment_reports.usual(store, now=now, placement="instagram/chat") == []


def test_one_profile_is_not_counted_as_another(store: Store, now: int) -> None:
    for number in range(3):
        publish(store, now - (number + 3) * times.DAY, "reel", 1_000, 1)
    big = profiles.create(store, platform="instagram", handle="big", now=now)
    link = {"placement": "bio_link", "target": "https://shop.example/"}
    asked = {"platform": "instagram", "kind": "reel", "title": "Seen", "profile_id": big.id, "links": [link]}
    seen, _ = posts.create(store, asked, now=now - 2 * times.DAY, own_hosts=frozenset())
    snapshots.add(store, seen, {"views": 900_000}, now=now)
    (usual,) = experiment_reports.usual(store, now=now)
    assert (usual.posts, usual.rate, usual.pace) == (3, 3 / 3_000, 4)


def test_a_plan_too_small_for_any_verdict_says_so_and_which_is_not(store: Store, now: int) -> None:
    small = chances.of([], "instagram", "story", per_arm=2, views=150, rate=0.3)
    assert small.sentence == "2 + 2 stories cannot find anything, whatever they bring: at least 5 + 5 can."
    assert small.advice == "Plan at least 5 posts with it and 5 without."
    assert "cannot find anything" in chances.of([], "instagram", "video", per_arm=4).sentence
    enough = chances.of([], "instagram", "story", per_arm=5, views=150, rate=0.3)
    assert "see a doubling" in enough.sentence
    assert enough.advice == trial_words.advice(per_arm=5, power=enough.power)


def test_what_is_given_counts_and_what_is_unknown_is_a_small_creators(store: Store, now: int) -> None:
    chance = chances.of([], "instagram", "story", per_arm=14, views=150, rate=0.03)
    assert chance.sentence == (
        "14 + 14 stories of 150 views at about 3 clicks per 100 views see a doubling 85\u00a0% of the time."
    )
    unknown = chances.of([], "instagram", "video")
    assert (unknown.per_arm, unknown.views, unknown.rate, unknown.own) == (8, 1_000, 0.001, False)
    assert unknown.sentence.startswith("8 + 8 reels of 1,000 views at about 1 click per 1,000 views see a doubling 19")


def test_where_a_test_succeeds_best_stands_first(store: Store, now: int) -> None:
    for number in range(4):
        publish(store, now - (number + 3) * times.DAY, "reel", 1_000, 1)
    for number in range(3):
        publish(store, now - (number + 3) * times.DAY, "story", 150, 5)
    best = chances.best(experiment_reports.usual(store, now=now))
    assert [chance.kind for chance in best] == ["story", "video"]
    assert best[0].power > 2 * best[1].power


def test_a_creator_without_clicks_or_numbers_is_told_something(store: Store, now: int) -> None:
    assert chances.best(experiment_reports.usual(store, now=now)) == []
    publish(store, now - 5 * times.DAY, "reel", 1_000, 0)
    (usual,) = experiment_reports.usual(store, now=now)
    assert usual.rate == 0.5 / 1_000
    assert 0 < chances.of([usual], "instagram", "video").power < 0.2
