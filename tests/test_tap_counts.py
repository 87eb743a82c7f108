import pytest
from clicking import PHONE, pour, record, roll_up_all

from shortlinks import times
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.rollups import tap_counts
from shortlinks.store import Store

DAY = times.DAY
SHOP = "https://shop.example/"


@pytest.fixture
def midnight(now: int) -> int:
    return now // DAY * DAY - 9 * DAY


def a_post(store: Store, at: int, **fields) -> tuple[posts.Post, links.Link]:
    wish = {"placement": "bio_link", "target": SHOP}
    asked = {"platform": "instagram", "title": "A", "published_at": at, "links": [wish], **fields}
    post, (link,) = posts.create(store, asked, now=at, own_hosts=frozenset())
    return post, link


def click(store: Store, post_id: str, slug: str, *moments: int, agent: str = PHONE) -> None:
    pour(store, [record(post_id, slug, at, agent=agent) for at in moments])
    roll_up_all(store)


def counted(store: Store, link: links.Link, start: int, end: int, keep=lambda _: True) -> int:
    return sum(tap_counts.human(store, list(tap_counts.spans(links.get(store, link.slug), start, end, keep))))


def test_clicks_are_counted_to_the_minute(store, midnight):
    post, link = a_post(store, midnight)
    noon = midnight + DAY // 2
    click(store, post.id, link.slug, noon - 1, noon, noon + DAY, midnight + 2 * DAY)
    assert counted(store, link, midnight, midnight + 3 * DAY) == 4
    assert counted(store, link, midnight, noon) == 1
    assert counted(store, link, noon, noon + DAY) == 1
    assert counted(store, link, noon, noon + DAY + times.MINUTE) == 2
    assert counted(store, link, midnight + DAY, midnight + 2 * DAY) == 1
    assert counted(store, link, midnight + 3 * DAY, midnight + 4 * DAY) == 0


def test_only_people_on_that_link_count(store, midnight):
    post, link = a_post(store, midnight)
    sticker = links.create(
        store, post.id, {"placement": "story_link_sticker", "target": SHOP}, now=midnight, own_hosts=frozenset()
    )
    click(store, post.id, link.slug, midnight + 5, agent="curl/8")
    click(store, post.id, sticker.slug, midnight + 6)
    click(store, post.id, link.slug, midnight + 7)
    assert counted(store, link, midnight, midnight + DAY) == 1
    assert counted(store, link, midnight, midnight + DAY // 2) == 1


def test_a_link_that_was_turned_counts_on_each_of_its_posts(store, midnight):
    post, link = a_post(store, midnight)
    other, _ = a_post(store, midnight)
    turned = midnight + DAY // 3
    links.update(store, link.slug, {"post_id": other.id}, now=turned, own_hosts=frozenset())
    # A process that still had the old link in memory counts a moment longer for the post before.
    click(store, post.id, link.slug, turned - times.HOUR, turned + times.SECOND)
    click(store, other.id, link.slug, turned + 2 * times.SECOND, turned + times.HOUR)
    assert counted(store, link, midnight, midnight + DAY) == 4
    assert counted(store, link, turned - times.MINUTE, turned + times.MINUTE) == 2


def test_a_link_that_comes_back_to_a_post_counts_nothing_twice(store, midnight):
    post, link = a_post(store, midnight)
    other, _ = a_post(store, midnight)
    for number, each in enumerate((other, post, other, post), 1):
        links.update(
            store, link.slug, {"post_id": each.id}, now=midnight + number * times.MINUTE, own_hosts=frozenset()
        )
    click(store, post.id, link.slug, *(midnight + number * 20 * times.SECOND for number in range(15)))
    assert counted(store, link, midnight, midnight + DAY) == 15


def test_a_turn_to_another_target_parts_the_clicks_of_the_same_post(store, midnight):
    post, link = a_post(store, midnight)
    turned = midnight + DAY // 2
    links.update(store, link.slug, {"target": "https://other.example/"}, now=turned, own_hosts=frozenset())
    click(store, post.id, link.slug, turned - times.MINUTE, turned, turned + times.HOUR)
    to_shop = counted(store, link, midnight, midnight + DAY, lambda turn: turn.target == SHOP)
    elsewhere = counted(store, link, midnight, midnight + DAY, lambda turn: turn.target != SHOP)
    assert (to_shop, elsewhere) == (1, 2)


def test_nothing_asked_is_nothing_counted(store):
    assert tap_counts.human(store, []) == []
