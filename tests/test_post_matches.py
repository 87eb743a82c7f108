from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from shortlinks import times
from shortlinks.posts.post_records import Post
from shortlinks.snapshots import post_matches, typed
from shortlinks.snapshots.post_exports import Row
from tests.conftest import NOW

BERLIN = ZoneInfo("Europe/Berlin")
POST = Post(
    id="a", platform="instagram", profile_id="p", kind="video", part_of=None, siblings=(), title="Autumn bag drop",
    permalink="https://www.instagram.com/reel/DAbc1/", published_at=NOW, tags=(), followers=None, notes="",
    archived=False, created_at=NOW,
)  # fmt: skip
ROW = Row(2, "1790", "https://www.instagram.com/p/DAbc1/", "Autumn bag drop", NOW, {"views": typed.Count(5, 0)})


def match(row: Row, *posts: Post, platform: str = "instagram") -> post_matches.Match:
    (found,) = post_matches.of_rows([row], posts, platform=platform, tz=BERLIN)
    return found


def test_a_row_is_matched_by_the_id_in_the_address_however_that_is_written():
    found = match(ROW, replace(POST, id="b", permalink=None), POST)
    assert (found.post, found.by) == (POST, "id")


def test_an_id_of_its_own_column_matches_where_it_stands_in_the_posts_address():
    post = replace(POST, platform="facebook", permalink="https://www.facebook.com/shop/posts/122100")
    row = replace(ROW, native_id="122100", permalink="https://www.facebook.com/999/posts/pfbid02x")
    assert match(row, post, platform="facebook").by == "id"
    assert match(replace(row, native_id="122101"), post, platform="facebook").post is None
    assert match(replace(row, native_id=""), replace(post, permalink=None), platform="facebook").post is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://social.example/a/1/", "https://www.social.example/a/1#top", True),
        ("https://social.example/a?x=1", "https://social.example/a?x=2", False),
        ("https://social.example/a/1", "https://social.example/a/2", False),
    ],
)
def test_an_address_nobody_knows_is_compared_as_it_is_written(one, other, same):
    found = match(replace(ROW, permalink=one), replace(POST, permalink=other))
    assert (found.by == "permalink") is same


def test_of_several_posts_with_the_address_none_is_taken():
    found = match(ROW, POST, replace(POST, id="b", title="Again"))
    assert found.post is None
    assert found.why == "2 posts have its address: “Autumn bag drop” and “Again”"


@pytest.mark.parametrize(
    ("title", "days", "suggested"),
    [
        ("autumn  BAG drop", 0, True),
        ("Autumn bag drop #bags #shop", 1, True),
        ("Autumn bag…", -1, True),
        ("Autumn bag drop", 3, False),
        ("Autumn", 0, False),
        ("Winter bag drop", 0, False),
        ("", 0, False),
    ],
)
def test_title_and_day_only_suggest(title, days, suggested):
    found = match(replace(ROW, title=title, published_at=NOW + days * times.DAY), replace(POST, permalink=None))
    assert found.post is None
    assert (found.suggested is not None) is suggested
    assert found.why == "no post here has its address"


def test_nothing_is_suggested_between_two_or_where_both_have_addresses():
    nameless = replace(POST, permalink=None)
    assert match(ROW, nameless, replace(nameless, id="b")).suggested is None
    assert match(replace(ROW, permalink="https://www.instagram.com/p/Other/"), POST).suggested is None
    assert match(replace(ROW, permalink="", published_at=None), nameless).suggested is None
    assert match(replace(ROW, permalink=""), nameless).why == "the file does not say its address"


def test_the_nearest_posts_come_first_without_those_of_another_address():
    bare = replace(POST, permalink=None)
    near, far = (replace(bare, id=name, published_at=NOW - days * times.DAY) for name, days in (("n", 1), ("f", 9)))
    other = replace(POST, id="o", permalink="https://www.instagram.com/p/Other/")
    assert post_matches.nearest(ROW, [far, other, near], 5) == [near, far]
    assert post_matches.nearest(replace(ROW, published_at=None), [far, near], 1) == [near]
