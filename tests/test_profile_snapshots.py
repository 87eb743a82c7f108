import json
from datetime import date

import bad_moments
import pytest

from shortlinks import keys, times
from shortlinks.errors import Invalid, NotFound
from shortlinks.profiles import profile_snapshots, profiles
from shortlinks.profiles.profile_snapshots import ProfileSnapshot

HEADER = "Date,Video Views,Profile Views,Likes,Comments,Shares\n"
TODAY = (date(2026, 11, 22) - date(1970, 1, 1)).days


def _profile(store, now):
    return profiles.create(store, platform="tiktok", handle="anna", now=now)


def test_a_snapshot_speaks_of_an_instant_or_of_a_day(fake, now):
    profile = _profile(fake, now)
    at_once = profile_snapshots.add(fake, profile.id, {"followers": "12.4K"}, now=now)
    assert (at_once.taken_at, at_once.day, at_once.followers) == (now, None, 12_400)
    assert (at_once.precision, at_once.source, at_once.profile_visits) == ({"followers": 50}, "typed", None)
    of_day = profile_snapshots.add(fake, profile.id, {"day": "2026-11-20", "link_taps": 0}, now=now, source="api")
    assert (of_day.taken_at, times.day_name(of_day.day), of_day.link_taps) == (None, "2026-11-20", 0)
    assert profile_snapshots.of_profile(fake, profile.id) == [of_day, at_once]


def test_numbers_of_a_span_are_of_seven_days_up_to_a_moment_and_of_one_with_a_day(fake, now):
    profile = _profile(fake, now)

    def days(**fields):
        return profile_snapshots.add(fake, profile.id, {"views": "1.2K", **fields}, now=now).days

    assert (days(), days(day="2026-11-20")) == (7, 1)
    assert (days(days=30), days(days="28"), days(day="2026-11-20", days=7)) == (30, 28, 7)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, ["followers"]),
        ({"followers": None}, ["followers"]),
        ({"days": 7}, ["followers"]),
        ({"followers": "x", "likes": 5}, ["likes", "followers"]),
        ({"followers": 5, "taken_at": "2026-11-20T00:00:00Z", "day": "2026-11-20"}, ["day"]),
        ({"followers": 5, "day": "2026-11-24"}, ["day"]),
        ({"followers": 5, "day": "2004-12-31"}, ["day"]),
        ({"followers": 5, "day": "20.11.2026"}, ["day"]),
        ({"followers": 5, "day": "20261120"}, ["day"]),
        ({"followers": 5, "day": "2026-W47-1"}, ["day"]),
        ({"followers": 5, "day": 20_000}, ["day"]),
        ({"followers": 5, "taken_at": "2026-11-23T00:00:00Z"}, ["taken_at"]),
        ({"views": 5, "days": 0}, ["days"]),
        ({"views": 5, "days": 91}, ["days"]),
        ({"views": 5, "days": 7.5}, ["days"]),
        ({"views": 5, "days": True}, ["days"]),
        ({"views": 5, "days": "9" * 5_000}, ["days"]),
        ({"views": 5, "days": "-7"}, ["days"]),
        ({"views": 10**12 + 1}, ["views"]),
    ],
)
def test_a_bad_snapshot_names_its_fields(fake, now, fields, named):
    profile = _profile(fake, now)
    with pytest.raises(Invalid) as caught:
        profile_snapshots.add(fake, profile.id, fields, now=now)
    assert [field for field, _ in caught.value.errors] == named
    assert profile_snapshots.of_profile(fake, profile.id) == []


def test_there_is_no_snapshot_of_no_profile(fake, now):
    with pytest.raises(NotFound):
        profile_snapshots.add(fake, "nothere", {"followers": 5}, now=now)
    with pytest.raises(NotFound):
        profile_snapshots.take_overview(fake, "nothere", HEADER.encode(), today=TODAY)


def test_entries_from_before_spans_were_noted_hold_what_apps_show(fake, now):
    profile = _profile(fake, now)
    old = {"v": 1, "profile_id": profile.id, "followers": None, "profile_visits": 3, "link_taps": None}
    old |= {"precision": {}, "source": "typed"}
    fake.redis.rpush(
        keys.profile_snapshots(profile.id),
        json.dumps(old | {"id": "a", "taken_at": None, "day": 20_000}),
        json.dumps(old | {"id": "b", "taken_at": now, "day": None}),
    )
    assert [(row.id, row.days, row.views) for row in profile_snapshots.of_profile(fake, profile.id)] == [
        ("a", 1, None),
        ("b", 7, None),
    ]


def test_a_file_is_taken_day_by_day(store, now):
    profile = _profile(store, now)
    found = profile_snapshots.take_overview(
        store, profile.id, (HEADER + "November 20,100,5,0,0,0\nNovember 21,undefined,6,0,0,0\n").encode(), today=TODAY
    )
    assert (len(found.taken), found.left) == (2, ())
    first, second = profile_snapshots.of_profile(store, profile.id)
    assert first == ProfileSnapshot(
        first.id, profile.id, None, TODAY - 2, None, 5, None, {}, "imported", views=100, days=1
    )
    assert (second.day, second.views, second.profile_visits) == (TODAY - 1, None, 6)


def test_the_same_file_twice_adds_nothing_and_a_longer_one_only_what_is_new(store, now):
    profile = _profile(store, now)
    rows = HEADER + "November 19,100,5,0,0,0\nNovember 20,100,5,0,0,0\n"
    profile_snapshots.take_overview(store, profile.id, rows.encode(), today=TODAY)
    before = profile_snapshots.of_profile(store, profile.id)
    again = profile_snapshots.take_overview(store, profile.id, rows.encode(), today=TODAY)
    assert again.taken == ()
    assert [(left.line, left.why) for left in again.left] == [(2, "was there already"), (3, "was there already")]
    assert profile_snapshots.of_profile(store, profile.id) == before
    longer = rows.replace("20,100", "20,101") + "November 21,1,1,0,0,0\nNovember 22,1,1,0,0,0\n"
    found = profile_snapshots.take_overview(store, profile.id, longer.encode(), today=TODAY)
    assert [row.line for row in found.taken] == [3, 4]
    assert [(left.line, left.why) for left in found.left] == [
        (2, "was there already"),
        (5, "is of a day that is not over"),
    ]
    assert len(profile_snapshots.of_profile(store, profile.id)) == 4


def test_a_day_noted_by_hand_is_known_too_but_a_longer_span_is_not_that_day(store, now):
    profile = _profile(store, now)
    profile_snapshots.add(store, profile.id, {"day": "2026-11-20", "views": 100, "profile_visits": 5}, now=now)
    profile_snapshots.add(store, profile.id, {"day": "2026-11-21", "views": 7, "days": 7}, now=now)
    rows = HEADER + "November 20,100,5,0,0,0\nNovember 21,7,,0,0,0\n"
    found = profile_snapshots.take_overview(store, profile.id, rows.encode(), today=TODAY)
    assert [row.line for row in found.taken] == [3]


def test_a_file_with_one_bad_row_is_refused_whole(store, now):
    profile = _profile(store, now)
    with pytest.raises(Invalid) as caught:
        profile_snapshots.take_overview(
            store, profile.id, (HEADER + "November 20,100,5,0,0,0\nNovember 21,many,5,0,0,0\n").encode(), today=TODAY
        )
    assert [field for field, _ in caught.value.errors] == ["row 3"]
    assert profile_snapshots.of_profile(store, profile.id) == []


def test_a_file_for_a_profile_on_another_platform_is_refused(store, now):
    reel = profiles.create(store, platform="instagram", handle="anna", now=now)
    with pytest.raises(Invalid) as caught:
        profile_snapshots.take_overview(store, reel.id, (HEADER + "November 20,100,5,0,0,0\n").encode(), today=TODAY)
    assert caught.value.errors == [("file", "is of a profile on TikTok; this one is on Instagram")]
    assert profile_snapshots.of_profile(store, reel.id) == []


def test_the_newest_followers_are_the_profiles(fake, now):
    profile = _profile(fake, now)

    def after(**fields):
        profile_snapshots.add(fake, profile.id, fields, now=now)
        known = profiles.get(fake, profile.id)
        return known.followers, known.precision

    assert after(day="2026-11-20", followers="12.4K", views="1.2K") == (12_400, {"followers": 50})
    assert after(day="2026-11-19", followers=700) == (12_400, {"followers": 50})
    assert after(profile_visits="1.2K") == (12_400, {"followers": 50})
    assert after(day="2026-11-20", followers=12_345) == (12_345, {})
    assert after(followers=12_400) == (12_400, {})
    assert after(taken_at=now - 1, followers=900) == (12_400, {})
    profiles.update(fake, profile.id, {"followers": 5})
    assert after(taken_at=now - 2, followers=900) == (5, {})
    assert after(followers=0) == (0, {})


def test_followers_that_a_profile_was_made_with_are_of_that_time(fake, now):
    profile = profiles.create(fake, platform="tiktok", handle="anna", followers=600, now=now)
    profile_snapshots.add(fake, profile.id, {"taken_at": now - 1, "followers": 590}, now=now)
    assert profiles.get(fake, profile.id).followers == 600
    profile_snapshots.add(fake, profile.id, {"followers": 610}, now=now)
    assert profiles.get(fake, profile.id).followers == 610


def test_followers_whose_answer_was_lost_are_kept_once(store, server, now):
    profile = _profile(store, now)
    broken, connection = bad_moments.cut_once(server)
    profile_snapshots.add(broken, profile.id, {"followers": 600}, now=now)
    assert connection.cuts == 1
    assert [row.followers for row in profile_snapshots.of_profile(store, profile.id)] == [600]
    assert profiles.get(store, profile.id).followers == 600


def test_a_profile_changed_at_the_same_moment_keeps_both(store, now):
    profile = _profile(store, now)
    racing = bad_moments.interrupted(store, lambda: profiles.update(store, profile.id, {"handle": "berta"}))
    profile_snapshots.add(racing, profile.id, {"followers": 600}, now=now)
    found = profiles.get(store, profile.id)
    assert (found.handle, found.followers) == ("berta", 600)


def test_a_file_whose_answer_was_lost_is_taken_once_and_told_as_taken(store, server, now):
    profile = _profile(store, now)
    broken, connection = bad_moments.cut_once(server)
    found = profile_snapshots.take_overview(
        broken, profile.id, (HEADER + "November 20,100,5,0,0,0\n").encode(), today=TODAY
    )
    assert connection.cuts == 1
    assert len(found.taken) == len(profile_snapshots.of_profile(store, profile.id)) == 1


def test_the_same_file_taken_at_the_same_moment_is_there_once(store, now):
    profile = _profile(store, now)
    rows = (HEADER + "November 20,100,5,0,0,0\n").encode()
    racing = bad_moments.interrupted(
        store, lambda: profile_snapshots.take_overview(store, profile.id, rows, today=TODAY)
    )
    assert profile_snapshots.take_overview(racing, profile.id, rows, today=TODAY).taken == ()
    assert len(profile_snapshots.of_profile(store, profile.id)) == 1
