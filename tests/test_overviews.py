"""What the list of posts says at a glance."""

from typing import Any

import pytest
from clicking import NOW, make_post, pour, record, roll_up_all

from shortlinks import times
from shortlinks.funnels import expectation, gathered, overviews
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.profiles import profiles
from shortlinks.snapshots import snapshots
from shortlinks.statistics.stats import Sample
from shortlinks.store import Store

LATER = NOW + 8 * times.DAY


def a_story(store: Store, views: int, clicks: int, **fields: Any) -> posts.Post:
    post, (link,) = make_post(store, "story_link_sticker", kind="story", **fields)
    pour(store, [record(post.id, link.slug, NOW + number * times.MINUTE) for number in range(clicks)])
    roll_up_all(store)
    taken = times.rfc3339(NOW + 7 * times.DAY)
    snapshots.add(store, post, {"views": views, "taken_at": taken}, now=NOW + 7 * times.DAY)
    return post


def test_it_pools_the_newest_posts_and_badges_who_stands_out(store: Store) -> None:
    shown = [a_story(store, 10_000, clicks) for clicks in (70, 80, 75, 4)]
    found = overviews.read(store, shown, gathered.newest(store), now=LATER)
    assert [(pool.placement, pool.clicks, pool.views) for pool in found.pools] == [
        ("instagram/story_link_sticker", 229, 40_000)
    ]
    assert [found.expected[post.id].verdict for post in shown] == ["as_expected"] * 3 + ["fewer"]
    assert found.sentence == "1 of 4 posts lies outside the usual range; by luck alone about 1 would."


def test_two_profiles_on_a_platform_are_told_apart(store: Store) -> None:
    a_story(store, 900, 2)
    other = profiles.create(store, platform="instagram", handle="two", now=NOW)
    a_story(store, 800, 2, profile_id=other.id)
    found = overviews.read(store, [], gathered.newest(store), now=LATER)
    assert [pool.where for pool in found.pools] == [
        "Instagram, link sticker on a story",
        "Instagram @two, link sticker on a story",
    ]


def test_an_empty_service_has_nothing_to_say(store: Store) -> None:
    found = overviews.read(store, [], gathered.newest(store), now=NOW)
    assert (found.pools, found.expected, found.sentence) == ((), {}, "")


def test_clicks_of_a_shared_bio_link_put_no_post_outside(store: Store) -> None:
    # The first was still gaining views when the link went on to the next: their clicks may be its own.
    first, (bio,) = make_post(store, "bio_link")
    shown = [first]
    for number in range(1, 4):
        post, _ = make_post(store, now=NOW + number * times.HOUR)
        links.update(store, bio.slug, {"post_id": post.id}, now=NOW + number * times.HOUR, own_hosts=frozenset())
        shown.append(post)
    for number, (post, clicks) in enumerate(zip(shown, (2, 70, 75, 80), strict=True)):
        start = NOW + number * times.HOUR
        pour(store, [record(post.id, bio.slug, start + minute * 20_000, rev=number) for minute in range(clicks)])
        snapshots.add(store, post, {"views": 10_000, "taken_at": times.rfc3339(LATER)}, now=LATER)
    roll_up_all(store)
    found = overviews.read(store, shown, gathered.newest(store), now=LATER)
    assert found.expected[first.id].verdict == "as_expected"
    assert found.expected[first.id].undecided
    assert found.sentence == (
        "No post stands out for certain: some clicks may be another post’s, because the bio link is shared."
    )
    # Read without regard to whose the clicks may be, it would be.
    usual = [Sample(clicks, 10_000) for clicks in (70, 75, 80)]
    assert expectation.expect(Sample(2, 10_000), usual).verdict == "fewer"


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ([], ""),
        (["no_history"], ""),
        (["as_expected"] * 3, "No post stands out; the differences are views and luck."),
        (["fewer", "no_history"], "1 of 1 post lies outside the usual range; by luck alone about 1 in 5 would."),
        (["more"] + ["as_expected"] * 14, "1 of 15 posts lies outside the usual range; by luck alone about 3 would."),
        (
            ["more", "fewer"] + ["as_expected"] * 13,
            "2 of 15 posts lie outside the usual range; by luck alone about 3 would.",
        ),
    ],
)
def test_it_says_how_many_stand_out_against_luck(verdicts: list[Any], sentence: str) -> None:
    expected = {str(number): expectation.Expected(None, 0, 0, 0, verdict) for number, verdict in enumerate(verdicts)}
    assert overviews.Overview((), expected).sentence == sentence
