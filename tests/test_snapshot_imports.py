import threading
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shortlinks import times
from shortlinks.errors import Invalid, NotFound
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profiles
from shortlinks.snapshots import import_plans, snapshot_imports, snapshots
from shortlinks.store import Store
from tests.conftest import NOW

BERLIN = ZoneInfo("Europe/Berlin")
HEADER = "Post ID,Account ID,Description,Publish time,Permalink,Date,Views,Likes\n"


def line(code: str = "A", title: str = "Bag", views: object = 1_000, likes: object = 90) -> str:
    address = code and f"https://www.instagram.com/reel/{code}/"
    return f"1,2,{title},11/01/2026 18:00,{address},Lifetime,{views},{likes}\n"


def post(store: Store, code: str | None = "A", **fields: Any) -> Post:
    asked = {"platform": "instagram", "title": "Bag", "published_at": "2026-11-01T17:00:00Z"} | fields
    if code:
        asked["permalink"] = f"https://www.instagram.com/p/{code}/?igsh=x"
    return posts.create(store, asked, now=NOW, own_hosts=frozenset())[0]


def plan(store: Store, *lines: str, now: int = NOW, **options: Any) -> import_plans.Plan:
    return import_plans.read(store, (HEADER + "".join(lines)).encode(), now=now, tz=BERLIN, **options)


def take(store: Store, *lines: str, choices: dict[int, str] | None = None, now: int = NOW, **options: Any) -> Any:
    return snapshot_imports.take(store, plan(store, *lines, now=now), choices, now=now, **options)


def noted(store: Store, own: Post) -> list[tuple[int, int | None, int | None]]:
    return [(row.taken_at, row.views, row.likes) for row in snapshots.of_post(store, own.id)]


def everything(store: Store) -> dict[bytes, bytes]:
    store.id()  # drawn when first asked for, be it by an earlier test's thread that has not ended yet
    return {key: store.redis.dump(key) for key in store.redis.keys("*") if not key.endswith(b"settled")}


def test_a_row_becomes_an_imported_snapshot_of_the_post_with_its_address(store):
    own = post(store)
    taken = take(store, line(views="12.4K"))
    (row,) = snapshots.of_post(store, own.id)
    assert taken.snapshots == (row,)
    assert (row.source, row.views, row.precision, row.taken_at) == ("imported", 12_400, {"views": 50}, NOW)


def test_looking_writes_nothing(store):
    post(store)
    before = everything(store)
    assert len(plan(store, line(), line("B")).entries) == 1
    assert everything(store) == before


def test_the_same_file_again_changes_nothing_more_also_much_later(store):
    own, other = post(store), post(store, None, title="Hat")
    file = (line(), line("B"), line("C", title="Cap"))
    take(store, *file, choices={3: snapshot_imports.NEW, 4: other.id})
    before = everything(store)
    again = plan(store, *file, now=NOW + times.DAY)
    assert ([each.why for each in again.left], again.entries, again.unmatched) == (["was taken in before"] * 3, (), ())
    assert snapshot_imports.take(store, again, now=NOW + times.DAY).snapshots == ()
    assert {key: raw for key, raw in everything(store).items() if not key.endswith(b"revision")} == {
        key: raw for key, raw in before.items() if not key.endswith(b"revision")
    }
    assert noted(store, own) == [(NOW, 1_000, 90)]


def test_a_later_file_with_equal_numbers_is_a_reading_of_its_own(store):
    own = post(store)
    take(store, line())
    take(store, line(), "", line("Z"), now=NOW + times.DAY)
    assert noted(store, own) == [(NOW, 1_000, 90), (NOW + times.DAY, 1_000, 90)]


def test_what_is_noted_of_that_minute_already_is_left(store):
    own = post(store)
    snapshots.add(store, own, {"views": 1_000, "likes": 90}, now=NOW)
    assert [left.why for left in plan(store, line()).left] == [
        "is noted already, of that minute and with these numbers"
    ]
    assert len(plan(store, line(likes=91)).entries) == 1


def test_numbers_that_would_go_down_are_marked_with_what_was_noted(store):
    own = post(store)
    snapshots.add(store, own, {"views": "1.2K", "likes": 95}, now=NOW - times.DAY)
    snapshots.add(store, own, {"comments": 5}, now=NOW - times.HOUR)
    (entry,) = plan(store, line(views=1_100)).entries
    assert entry.lower == {"views": 1_200, "likes": 95}
    assert plan(store, line(views=1_150, likes=95)).entries[0].lower == {}  # 1.2K may have been 1,150
    assert plan(store, line(), taken_at=NOW - 2 * times.DAY).entries[0].lower == {}


def test_left_out_posts_stay_as_they_are(store):
    own, other = post(store), post(store, "B", title="Hat")
    take(store, line(), line("B"), but=[own.id])
    assert (noted(store, own), len(noted(store, other))) == ([], 1)


def test_a_chosen_post_gets_the_address_so_that_it_is_found_the_next_time(store):
    own = post(store, None)
    found = plan(store, line())
    assert (found.entries, found.unmatched[0].suggested) == ((), own)
    assert take(store, line()).snapshots == ()
    take(store, line(), choices={2: own.id})
    assert posts.get(store, own.id).permalink == "https://www.instagram.com/reel/A/"
    assert plan(store, line(views=1_001)).entries[0].post.id == own.id


def test_a_row_can_become_a_post_on_the_profile_that_is_asked_for(store):
    profiles.create(store, platform="instagram", handle="first", now=NOW)
    second = profiles.create(store, platform="instagram", handle="second", now=NOW + 1)
    taken = take(store, line(), line("B", title=""), choices=dict.fromkeys((2, 3), "new"), profile_id=second.id)
    made = [posts.get(store, each.id) for each in taken.made]
    assert {each.title for each in made} == {"Bag", "Instagram post of row 3"}
    assert {(each.kind, each.profile_id, each.published_at) for each in made} == {
        ("video", second.id, 1_793_552_400_000)
    }
    assert len(noted(store, made[0])) == 1


def test_new_posts_stand_in_the_order_in_which_they_were_published(store):
    days = ("05", "03", "01", "06", "02", "04")
    take(store, *(line(day).replace("11/01", f"11/{day}") for day in days), choices=dict.fromkeys(range(2, 8), "new"))
    found, _ = posts.list_(store, limit=9)
    assert [each.permalink and each.permalink[-3:-1] for each in found] == ["06", "05", "04", "03", "02", "01"]
    assert len({each.profile_id for each in found}) == 1


def test_taking_again_what_was_looked_at_leaves_a_new_post_as_it_was_changed_since(store):
    found = plan(store, line())
    (made,) = snapshot_imports.take(store, found, {2: "new"}, now=NOW).made
    posts.update(store, made.id, {"title": "The bag"}, now=NOW)
    again = snapshot_imports.take(store, found, {2: "new"}, now=NOW)
    assert (again.made, again.snapshots, posts.get(store, made.id).title) == ((), (), "The bag")


def test_the_same_choices_again_are_no_mistake_and_others_are(store):
    bare = post(store, None, title="Hat")
    file, choices = (line(), line("B"), line("")), {2: bare.id, 3: "new", 4: "new"}
    assert len(take(store, *file, choices=choices).snapshots) == 3
    again = take(store, *file, choices=choices, now=NOW + times.MINUTE)
    assert (again.made, again.snapshots, len(posts.list_(store, limit=9)[0])) == ((), (), 3)
    with pytest.raises(Invalid, match=r"row 3.*was taken in before"):
        take(store, *file, choices={3: bare.id})


def test_a_new_post_of_a_row_without_an_address_is_known_again(store):
    take(store, line(""), choices={2: "new"})
    assert [left.why for left in plan(store, line("")).left] == ["was taken in before"]


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({2: "new"}, "is none of those without a post"),
        ({3: "nothere"}, "The post that was chosen is gone: it was erased meanwhile"),
        ({3: "tiktok"}, "“Bag” is no post on Instagram"),
        ({3: "own"}, "has another address"),
        ({3: "bare", 4: "bare"}, "is the post of row 3 already"),
        ({9: "new"}, "is none of those without a post"),
    ],
)
def test_a_choice_that_cannot_be_refuses_everything(store, choices, message):
    made = {
        "own": post(store),
        "bare": post(store, None, title="Hat"),
        "tiktok": post(store, None, platform="tiktok"),
    }
    named = {row: made[name].id if name in made else name for row, name in choices.items()}
    before = everything(store)
    with pytest.raises(Invalid, match=message):
        take(store, line(), line("B"), line("C"), choices=named)
    assert everything(store) == before


def test_a_profile_elsewhere_refuses_everything(store):
    post(store)
    elsewhere = profiles.create(store, platform="tiktok", handle="me", now=NOW)
    before = everything(store)
    with pytest.raises(Invalid, match="profile_id"):
        take(store, line(), line("B"), choices={3: "new"}, profile_id=elsewhere.id)
    assert everything(store) == before


def test_a_post_that_is_erased_meanwhile_refuses_everything(store):
    own, other = post(store), post(store, "B", title="Hat")
    found = plan(store, line(), line("B"))
    posts.purge(store, other.id)
    with pytest.raises(NotFound):
        snapshot_imports.take(store, found, now=NOW)
    assert noted(store, own) == []


def test_numbers_that_cannot_be_are_left_whether_there_is_a_post_or_not(store):
    post(store)
    found = plan(store, line(views=10, likes=5_000), line("B", views=10, likes=5_000))
    assert (found.entries, found.unmatched) == ((), ())
    assert "5,000 on 10 views cannot be" in found.left[0].why


def test_two_rows_that_match_one_post_are_taken_once(store):
    post(store)
    found = plan(store, line(), line().replace("/reel/", "/p/"))
    assert len(found.entries) == 1
    assert [left.why for left in found.left] == ["is of the same post as row 2"]


def test_a_reading_from_before_the_post_was_out_is_marked(store):
    post(store)
    assert plan(store, line(), taken_at=NOW - 25 * times.DAY).entries[0].early
    assert not plan(store, line()).entries[0].early


def test_the_time_of_reading_cannot_be_in_the_future(store):
    with pytest.raises(Invalid, match="taken_at: is in the future"):
        plan(store, line(), taken_at=NOW + times.DAY)


@pytest.mark.parametrize("choices", [{}, {3: "new"}])
def test_those_who_take_the_same_file_at_once_add_it_once(store, choices):
    own = post(store)
    for number in range(5):
        found = plan(store, line(views=1_000 + number), line(f"B{number}"))
        together = threading.Barrier(6)

        def one(found: import_plans.Plan = found, together: threading.Barrier = together) -> None:
            together.wait()
            snapshot_imports.take(store, found, choices, now=NOW)

        threads = [threading.Thread(target=one) for _ in range(6)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert noted(store, own) == [(NOW, 1_000 + number, 90) for number in range(5)]
    assert len(posts.list_(store, limit=9)[0]) == 1 + 5 * len(choices)
    assert len(profiles.of_platform(store, "instagram")) == 1


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("ABCDE"), st.integers(0, 9_999)), max_size=6))
def test_every_row_is_taken_unmatched_or_left_exactly_once(store, rows):
    store.redis.flushall()
    post(store), post(store, "B", title="Hat")
    if rows:
        found = plan(store, *(line(code, views=views) for code, views in rows))
        told = [entry.match.row.line for entry in found.entries]
        told += [match.row.line for match in found.unmatched] + [left.line for left in found.left]
        assert sorted(told) == list(range(2, len(rows) + 2))
