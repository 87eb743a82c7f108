"""Which posts want their numbers noted, read from the store."""

from typing import Any

from clicking import NOW, make_post, pour, record, roll_up_all

from shortlinks import times
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.snapshots import asking, snapshots
from shortlinks.store import Store

HOUR, DAY = times.HOUR, times.DAY


def out(store: Store, age: int, title: str, **fields: Any) -> tuple[posts.Post, links.Link]:
    """A post that is so old."""
    post, (link,) = make_post(store, "bio_link", published_at=NOW - age, title=title, **fields)
    return post, link


def note(store: Store, post: posts.Post, age: int, **numbers: Any) -> None:
    snapshots.add(store, post, {"views": 1_200, "taken_at": post.published_at + age} | numbers, now=NOW)


def tap(store: Store, link: links.Link, many: int, at: int) -> None:
    pour(store, [record(link.post_id, link.slug, at) for _ in range(many)])
    roll_up_all(store)


def test_due_readings_come_first_the_longest_waiting_before_the_others_and_then_old_numbers(store: Store) -> None:
    out(store, 2 * HOUR, "too young")
    out(store, 26 * HOUR, "a day")
    out(store, 8 * DAY, "a week")
    out(store, 23 * HOUR, "story", kind="story")
    out(store, 60 * DAY, "never noted")
    done, _ = out(store, 30 * HOUR, "noted")
    note(store, done, 20 * HOUR)
    away, _ = out(store, 26 * HOUR, "archived")
    posts.update(store, away.id, {"archived": True}, now=NOW)
    for title, clicks in (("stale", 3), ("staler", 9), ("quiet", 2)):
        post, link = out(store, 40 * DAY, title)
        note(store, post, 8 * DAY)
        tap(store, link, 4, post.published_at + DAY)
        tap(store, link, clicks, NOW - DAY)
    found = asking.wanted(store, now=NOW)
    assert [each.post.title for each in found] == ["a week", "a day", "story", "staler", "stale"]
    assert found[0].why == "Its reading at 7 days is due"
    assert found[-1].why == "Its numbers are 32 days old, and 3 clicks came since"
    assert found[-1].last == "1,200 views, 32 days ago"
    assert found[0].last == ""


def test_a_reading_without_views_is_none(store: Store) -> None:
    post, _ = out(store, 25 * HOUR, "likes only")
    note(store, post, 24 * HOUR, views=None, likes=5)
    assert [one.asked.name for _, one in asking.open_ones(store, now=NOW)] == ["24h"]
    note(store, post, 24 * HOUR)
    assert asking.open_ones(store, now=NOW) == []


def test_what_is_open_is_the_same_whichever_way_it_is_asked(store: Store) -> None:
    ages = (HOUR, 25 * HOUR, 3 * DAY, 5 * DAY, 8 * DAY, 12 * DAY, 40 * DAY)
    for age in ages:
        for noted in (None, HOUR, 20 * HOUR, 5 * DAY, 6 * DAY):
            post, _ = out(store, age, f"{age} {noted}")
            if noted is not None and noted < age:
                note(store, post, noted)
    short = [(post.id, one) for post, one in asking.open_ones(store, now=NOW)]
    assert short == [(each.post.id, each.standing) for each in asking.wanted(store, now=NOW)]
    assert len(short) == 16
