from concurrent.futures import ThreadPoolExecutor

import bad_moments
import pytest

from shortlinks import keys, times
from shortlinks.errors import Invalid, NotFound, Unavailable
from shortlinks.posts import posts
from shortlinks.records import nouns
from shortlinks.snapshots import snapshot_warnings, snapshots

MINUTE, HOUR = times.MINUTE, times.HOUR


def _post(store, now, **changes):
    fields = {"platform": "instagram", "title": "A"} | changes
    return posts.create(store, fields, now=now, own_hosts=frozenset())[0]


def test_counts_are_taken_as_they_are_typed_and_keep_their_rounding(fake, now):
    post = _post(fake, now)
    row = snapshots.add(fake, post, {"views": "12.4K", "likes": "931", "shares": 0}, now=now)
    assert (row.views, row.likes, row.shares, row.reach) == (12_400, 931, 0, None)
    assert (row.precision, row.taken_at, row.source, row.post_id) == ({"views": 50}, now, "typed", post.id)
    assert snapshots.of_post(fake, post.id) == [row]


def test_the_share_of_non_followers_is_kept_also_alone_and_older_entries_have_none(fake, now):
    post = _post(fake, now)
    row = snapshots.add(fake, post, {"non_followers": "84,2 %"}, now=now)
    assert (row.non_followers, row.views, row.precision) == (84.2, None, {})
    old = nouns.load(fake.redis.lindex(keys.snapshots(post.id), 0))
    del old["non_followers"]
    fake.redis.rpush(keys.snapshots(post.id), nouns.dump(old | {"views": 5}))
    assert [(each.non_followers, each.views) for each in snapshots.of_post(fake, post.id)] == [(84.2, None), (None, 5)]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, ["views"]),
        ({"non_followers": None}, ["views"]),
        ({"non_followers": "84.25"}, ["non_followers"]),
        ({"views": "x", "non_followers": 101}, ["views", "non_followers"]),
        ({"views": None, "taken_at": None}, ["views"]),
        ({"views": -1}, ["views"]),
        ({"views": "nonsense", "likes": True, "reach": float("nan")}, ["views", "likes", "reach"]),
        ({"views": 10**12 + 1}, ["views"]),
        ({"likes": 10**13}, ["likes"]),
        ({"views": 100, "likes": 601}, ["likes"]),
        ({"views": 100, "reach": 601, "comments": 601, "shares": 601, "saves": 600}, ["reach", "comments", "shares"]),
        (
            {"views": 100, "saves": 601, "profile_visits": 601, "link_taps": 601},
            ["saves", "profile_visits", "link_taps"],
        ),
        ({"views": 5, "clicks": 5}, ["clicks"]),
        ({"views": 5, "taken_at": "2026-11-22T00:00:00Z"}, ["taken_at"]),
        ({"views": 5, "taken_at": "2004-01-01T00:00:00Z"}, ["taken_at"]),
        ({"views": 5, "taken_at": "noon"}, ["taken_at"]),
    ],
)
def test_bad_input_names_its_fields_and_writes_nothing(fake, now, fields, named):
    post = _post(fake, now)
    with pytest.raises(Invalid) as caught:
        snapshots.add(fake, post, fields, now=now)
    assert [field for field, _ in caught.value.errors] == named
    assert snapshots.of_post(fake, post.id) == []


@pytest.mark.parametrize("fields", [{"likes": 10_000}, {"views": 0, "likes": 100}, {"views": 100, "likes": 600}])
def test_many_likes_are_believed_where_they_can_be(fake, now, fields):
    assert snapshots.add(fake, _post(fake, now), fields, now=now).likes == fields["likes"]


def test_numbers_far_beyond_the_views_noted_last_are_not_believed(fake, now):
    post = _post(fake, now)
    snapshots.add(fake, post, {"views": 100}, now=now)
    for name in snapshots.NUMBERS[1:]:
        with pytest.raises(Invalid, match=f"{name}: 1,000,000,000,000 on 100 views cannot be: note the views, too"):
            snapshots.add(fake, post, {name: 10**12}, now=now)
    assert snapshots.add(fake, post, {"likes": 1_100_000}, now=now).likes == 1_100_000
    assert snapshots.add(fake, post, {"likes": 10**9, "views": 10**10}, now=now).likes == 10**9


@pytest.mark.parametrize("stated", [True, False])
def test_numbers_from_before_the_post_is_out_are_kept_and_do_not_count(fake, now, stated):
    out = now - HOUR if stated else now
    post = _post(fake, now, **({"published_at": out} if stated else {}))
    minute = times.minute_of(out - nouns.SKEW) * MINUTE
    wrong, right, old = (
        snapshots.add(fake, post, {"views": 5, "taken_at": at}, now=now)
        for at in (minute - 1, minute, now - 9 * times.DAY)
    )
    rows = snapshots.of_post(fake, post.id)
    assert rows == [old, wrong, right]
    assert snapshots.once_out(rows, post.published_at) == [right]
    said = [snapshot_warnings.of(fake, post, row, tz=times.zone("UTC")) for row in (wrong, right)]
    assert [[code for code, _ in each] for each in said] == [["before_publication"], []]
    assert said[0][0][1].startswith("The numbers are dated before the post is out (")


def test_likes_without_any_view_are_not_believed(fake, now):
    with pytest.raises(Invalid, match="likes"):
        snapshots.add(fake, _post(fake, now), {"views": 0, "likes": 101}, now=now)


def test_of_two_taken_at_the_same_time_the_newer_entry_counts_and_both_are_kept(fake, now):
    post = _post(fake, now)

    def add(views, at):
        return snapshots.add(fake, post, {"views": views, "taken_at": times.rfc3339(at)}, now=now, source="api")

    late, wrong, early, right = add(30, now), add(20, now - MINUTE), add(10, now - HOUR), add(25, now - MINUTE)
    rows = snapshots.of_post(fake, post.id)
    assert rows == [early, wrong, right, late]
    assert snapshots.effective(rows) == [early, right, late]
    assert snapshots.latest(rows) == late
    assert snapshots.latest(rows, at=now - MINUTE) == right
    assert snapshots.latest(rows, at=now - HOUR - 1) is None
    assert snapshots.latest([]) is None


def test_a_correction_typed_to_the_minute_replaces_what_was_noted_within_it(fake, now):
    post = _post(fake, now)
    minute = now - now % MINUTE
    wrong = snapshots.add(fake, post, {"views": 99_999, "taken_at": minute + 40_123}, now=now + MINUTE)
    right = snapshots.add(fake, post, {"views": 100, "taken_at": minute}, now=now + MINUTE)
    rows = snapshots.of_post(fake, post.id)
    assert rows == [wrong, right]
    assert snapshots.effective(rows) == [right]
    assert snapshots.latest(rows) == snapshots.basis(rows) == right


def test_a_funnel_rests_on_the_newest_views_and_on_the_newest_numbers_without_any(fake, now):
    post = _post(fake, now)

    def add(at, **numbers):
        return snapshots.add(fake, post, {**numbers, "taken_at": at}, now=now)

    liked = add(now - 3 * HOUR, likes=5)
    assert snapshots.basis(snapshots.of_post(fake, post.id)) == liked
    seen = add(now - 2 * HOUR, views=100, likes=6)
    newer = add(now - HOUR, likes=7)
    rows = snapshots.of_post(fake, post.id)
    assert (snapshots.basis(rows), snapshots.latest(rows)) == (seen, newer)
    assert snapshots.basis(rows, at=now - 2 * HOUR - 1) == liked
    assert snapshots.basis([]) is None


def test_views_that_fell_since_the_reading_before_are_told_from_those_that_may_not_have(fake, now):
    post = _post(fake, now)

    def fell(at, views):
        row = snapshots.add(fake, post, {"views": views, "taken_at": at}, now=now)
        before = snapshots.fallen_from(snapshots.of_post(fake, post.id), row)
        return before and before.views

    assert fell(now - 4 * HOUR, "12.4K") is None
    assert fell(now - 3 * HOUR, 12_349) == 12_400
    assert fell(now - 3 * HOUR, 12_350) is None
    assert fell(now - 2 * HOUR, 1_234) == 12_350
    # Noted again with the same time, it is held against the reading before it, and so is one from in between.
    assert fell(now - 2 * HOUR, 12_351) is None
    assert fell(now - 3 * HOUR + MINUTE, 9) == 12_350
    assert fell(now - 5 * HOUR, 5) is None
    alone = snapshots.add(fake, post, {"likes": 1}, now=now)
    assert snapshots.fallen_from(snapshots.of_post(fake, post.id), alone) is None


def test_numbers_noted_in_the_same_minute_are_one_with_the_last_entry_of_each(fake, now):
    post = _post(fake, now)
    given = ({"views": "12.4K", "likes": 6, "non_followers": "80 %"}, {"likes": 7}, {"saves": "1.2K", "likes": 8})
    first, second, third = (snapshots.add(fake, post, numbers, now=now) for numbers in given)
    rows = snapshots.of_post(fake, post.id)
    assert rows == [first, second, third]
    (one,) = snapshots.effective(rows)
    assert (one.id, one.views, one.likes, one.saves, one.non_followers) == (third.id, 12_400, 8, 1_200, 80.0)
    assert one.precision == {"views": 50, "saves": 50}
    assert snapshots.with_views(rows) == [snapshots.basis(rows)] == [one]
    assert snapshots.replaced(rows) == {second.id}


def test_the_latest_of_many_posts_are_those_of_each(fake, now):
    none, one, corrected = (_post(fake, now) for _ in range(3))
    snapshots.add(fake, one, {"views": 5}, now=now)
    minute = now - now % MINUTE
    for views, at in (({"views": 90}, minute + 30_000), ({"likes": 7}, minute), ({"views": 80}, minute - HOUR)):
        snapshots.add(fake, corrected, views | {"taken_at": at}, now=now + MINUTE)
    ids = [none.id, one.id, corrected.id]
    found = fake.answers(snapshots.asking_latest(ids))[0]
    assert found == [snapshots.latest(rows) for rows in snapshots.of_posts(fake, ids)]
    assert found[0] is None
    assert (found[2].views, found[2].likes) == (90, 7)


def test_a_number_typed_exactly_over_a_rounded_one_is_exact(fake, now):
    post = _post(fake, now)
    for views in ("12.4K", 12_412):
        snapshots.add(fake, post, {"views": views, "shares": 3}, now=now)
    rows = snapshots.of_post(fake, post.id)
    assert (snapshots.basis(rows).views, snapshots.basis(rows).precision) == (12_412, {})
    assert snapshots.replaced(rows) == {rows[0].id}


def test_an_erased_post_takes_no_snapshot(fake, now):
    post = _post(fake, now)
    fake.redis.delete(keys.post(post.id))
    with pytest.raises(NotFound):
        snapshots.add(fake, post, {"views": 5}, now=now)
    assert not fake.redis.exists(keys.snapshots(post.id))


def test_snapshots_at_the_same_moment_are_all_kept(store, now):
    post = _post(store, now)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda views: snapshots.add(store, post, {"views": views}, now=now), range(20)))
    assert sorted(row.views for row in snapshots.of_post(store, post.id)) == list(range(20))


def test_a_transaction_whose_answer_was_lost_adds_the_snapshot_once(store, server, now):
    post = _post(store, now)
    broken, connection = bad_moments.cut_once(server)
    row = snapshots.add(broken, post, {"views": 5}, now=now)
    assert connection.cuts == 1
    assert snapshots.of_post(store, post.id) == [row]


def test_a_full_memory_is_told(store, now):
    post = _post(store, now)
    store.redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(Unavailable):
            snapshots.add(store, post, {"views": 5}, now=now)
    finally:
        store.redis.config_set("maxmemory", 0)
    assert snapshots.of_post(store, post.id) == []
