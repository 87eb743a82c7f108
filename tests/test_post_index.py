"""Posts are found by an index that is written together with them, and is filled where it is missing."""

from typing import Any

import pytest

from shortlinks import keys
from shortlinks.errors import Invalid
from shortlinks.posts import post_index, posts
from shortlinks.posts.posts import Post
from shortlinks.records import nouns
from shortlinks.store import Store

NOW = 1_795_300_000_000
VIDEO = "https://www.tiktok.com/@ada/video/7123456789012345678"


def make(store: Store, title: str, at: int = NOW, **fields: Any) -> Post:
    asked = {"platform": "instagram", "title": title, **fields}
    return posts.create(store, asked, now=at, own_hosts=frozenset())[0]


def found(store: Store, **filters: Any) -> list[str]:
    """The titles of all pages of two, which have to hold together what one page does."""
    titles: list[str] = []
    cursor: str | None = None
    while True:
        page, cursor = posts.list_(store, limit=2, cursor=cursor, **filters)
        assert len(page) == 2 or cursor is None
        titles += [post.title for post in page]
        if cursor is None:
            break
    whole, following = posts.list_(store, limit=50, **filters)
    assert following is None
    assert titles == [post.title for post in whole]
    return titles


@pytest.fixture
def five(fake: Store) -> list[Post]:
    made = [
        make(fake, "Größe XL", tags=["Sale"], notes="two\nLINES"),
        make(fake, "Blue bowls", platform="tiktok", permalink=VIDEO),
        make(fake, "Old bowls", NOW + 2, tags=["sale", "a\\b"]),
        make(fake, "Bowls again?", NOW + 1),
        make(fake, "Put away", NOW + 3, tags=["sale"]),
    ]
    posts.update(fake, made[4].id, {"archived": True}, now=NOW + 4)
    return made


@pytest.mark.parametrize("filled", [True, False])
def test_all_filters_find_what_they_name_newest_first_with_and_without_an_index(
    fake: Store, five: list[Post], filled: bool
) -> None:
    if not filled:
        fake.redis.delete(keys.FOUND_BY)
    assert found(fake, q="bowls") == ["Old bowls", "Bowls again?", "Blue bowls"]
    assert found(fake, q="GRÖSSE") == ["Größe XL"]
    assert found(fake, q="two\nlines") == ["Größe XL"]
    assert found(fake, q="video/7123") == ["Blue bowls"]
    assert found(fake, q="instagram") == []
    assert found(fake, tag="#SALE") == ["Old bowls", "Größe XL"]
    assert found(fake, tag="a\\b") == ["Old bowls"]
    assert found(fake, tag="sal") == []
    assert found(fake, tag="sale", archived=None) == ["Put away", "Old bowls", "Größe XL"]
    assert found(fake, archived=True) == ["Put away"]
    assert found(fake, platform="tiktok", q="bowls") == ["Blue bowls"]
    assert found(fake, profile_id=five[0].profile_id, q="again") == ["Bowls again?"]
    assert found(fake, q="\ud800") == []


def test_an_index_that_holds_some_posts_only_is_made_whole_before_it_is_believed(fake: Store, five: list[Post]) -> None:
    fake.redis.delete(keys.FOUND_BY)
    make(fake, "The newest bowls", NOW + 9)
    assert found(fake, q="bowls") == ["The newest bowls", "Old bowls", "Bowls again?", "Blue bowls"]
    assert fake.redis.hlen(keys.FOUND_BY) == len(five) + 2


def test_a_change_and_an_erasing_take_effect_at_once(fake: Store, five: list[Post]) -> None:
    assert len(found(fake, q="bowls")) == 3
    posts.update(fake, five[1].id, {"title": "Blue plates", "tags": ["new"]}, now=NOW)
    assert found(fake, q="blue bowls") == []
    assert found(fake, tag="new") == ["Blue plates"]
    posts.purge(fake, five[2].id)
    assert found(fake, q="bowls") == ["Bowls again?"]
    assert not fake.redis.hexists(keys.FOUND_BY, five[2].id)


def test_a_post_that_vanished_since_it_was_found_leaves_no_gap(fake: Store, five: list[Post]) -> None:
    fake.redis.delete(keys.post(five[3].id))
    assert found(fake, q="bowls") == ["Old bowls", "Blue bowls"]


def test_where_most_posts_fit_no_more_than_the_next_few_are_looked_at(
    fake: Store, five: list[Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        make(fake, f"More bowls {number}", NOW + 10 + number)
    whole = found(fake, q="bowls", platform="instagram")
    asked: list[int] = []
    search = post_index.search
    monkeypatch.setattr(post_index, "search", lambda *given: asked.append(1) or search(*given))
    page, cursor = posts.list_(fake, limit=3, q="bowls", platform="instagram")
    more, _cursor = posts.list_(fake, limit=3, cursor=cursor, q="bowls", platform="instagram")
    assert [post.title for post in page + more] == whole[:6]
    assert asked == []
    assert posts.list_(fake, limit=1, q="größe")[0] == [five[0]]
    assert asked == [1]


def test_a_post_that_is_erased_while_a_list_is_read_ends_it_not(fake: Store, five: list[Post]) -> None:
    for number in range(5):
        make(fake, f"More bowls {number}", NOW + 10 + number)
    for _ in range(2):
        fake.redis.delete(keys.post(make(fake, "Gone bowls", NOW + 9).id))
    assert found(fake, q="bowls") == [f"More bowls {4 - number}" for number in range(5)] + [
        "Old bowls",
        "Bowls again?",
        "Blue bowls",
    ]


@pytest.mark.parametrize("limit", [0, -1, -9])
def test_a_list_of_none_is_refused_filtered_or_not(fake: Store, limit: int) -> None:
    for filters in ({}, {"q": "bowls"}):
        with pytest.raises(Invalid, match="at least 1"):
            posts.list_(fake, limit=limit, **filters)


@pytest.mark.parametrize("filled", [True, False])
def test_an_address_finds_the_newest_post_that_has_it(fake: Store, five: list[Post], filled: bool) -> None:
    if not filled:
        fake.redis.delete(keys.FOUND_BY)
    asked = "https://m.tiktok.com/@ADA/video/7123456789012345678?utm_source=x"
    twin = posts.with_permalink(fake, asked)
    assert twin is not None
    assert twin.id == five[1].id
    other = make(fake, "Once more", NOW + 20, platform="tiktok", permalink=VIDEO)
    newest = posts.with_permalink(fake, asked)
    assert newest is not None
    assert newest.id == other.id
    # Its number alone makes no address of it.
    make(fake, "7123456789012345678", NOW + 30)
    assert posts.with_permalink(fake, asked) == newest


def test_the_index_is_read_in_one_go(fake: Store, five: list[Post], monkeypatch: pytest.MonkeyPatch) -> None:
    found(fake, q="bowls")
    read: list[Any] = []
    load = nouns.load
    monkeypatch.setattr(nouns, "load", lambda raw: read.append(raw) or load(raw))
    posts.list_(fake, limit=50, q="nobody says so")
    assert read == []
