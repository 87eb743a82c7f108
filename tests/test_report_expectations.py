"""What a funnel says was to be expected of a post, from the others in the store."""

from typing import Any

from clicking import NOW, make_post
from report_cast import take, tap

from shortlinks import times
from shortlinks.funnels import reports
from shortlinks.posts import posts
from shortlinks.store import Store


def a_reel(store: Store, views: int, clicks: int, now: int = NOW, **fields: Any) -> posts.Post:
    """A reel whose sticker was tapped by so many, noted a week after."""
    post, (link,) = make_post(store, "story_link_sticker", now=now, **fields)
    tap(store, link, *(now + number * times.MINUTE for number in range(clicks)))
    take(store, post, now + 7 * times.DAY, views)
    return post


def test_from_the_third_post_on_it_says_what_was_to_be_expected(store: Store) -> None:
    later = NOW + 8 * times.DAY
    for number in (70, 95):
        post = a_reel(store, 10_000, number)
        assert reports.funnel(store, post.id, now=later).expected.verdict == "no_history"
    expected = reports.funnel(store, a_reel(store, 10_000, 80).id, now=later).expected
    assert expected.verdict == "as_expected"
    assert expected.range
    assert (expected.range.posts, expected.count, expected.base) == (2, 80, 10_000)
    low = reports.funnel(store, a_reel(store, 40_000, 3).id, now=later)
    assert (low.expected.verdict, low.expected.clear) == ("fewer", True)
    assert low.leak
    assert (low.leak.above, low.leak.below, low.leak.count) == ("views", "clicks", 3)


def test_others_are_of_the_same_way_only(store: Store) -> None:
    later = NOW + 8 * times.DAY
    for _ in range(3):
        a_reel(store, 10_000, 60, kind="story")
    assert reports.funnel(store, a_reel(store, 10_000, 3).id, now=later).expected.verdict == "no_history"


def test_an_earlier_funnel_is_held_against_what_was_known_then(store: Store) -> None:
    for _ in range(2):
        a_reel(store, 10_000, 60, now=NOW + 5 * times.DAY)
    post = a_reel(store, 10_000, 60)
    later = NOW + 30 * times.DAY
    assert reports.funnel(store, post.id, now=later).expected.verdict == "as_expected"
    assert reports.funnel(store, post.id, now=later, at=NOW + 8 * times.DAY).expected.verdict == "no_history"
