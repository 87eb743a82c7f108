import pytest

from shortlinks import keys, times
from shortlinks.errors import Invalid, NotFound
from shortlinks.posts import posts
from shortlinks.snapshots import polls


def a_story(store, now, **fields):
    asked = {"platform": "instagram", "kind": "story", "title": "What held you back?", **fields}
    return posts.create(store, asked, now=now, own_hosts=frozenset())[0]


def test_results_are_kept_as_they_were_typed(fake, now):
    story = a_story(fake, now)
    poll = polls.add(fake, story, {"votes": {"later": "1.2K", "no_link": 0}}, now=now)
    assert poll == polls.Poll(poll.id, story.id, now, {"later": 1_200, "no_link": 0}, {"later": 50}, "typed")
    assert polls.of_post(fake, story.id) == [poll]


def test_the_newest_results_count_and_earlier_ones_are_kept(fake, now):
    story = a_story(fake, now, published_at=now - times.DAY)
    late = polls.add(fake, story, {"votes": {"later": 9}}, now=now)
    polls.add(fake, story, {"votes": {"later": 3}, "taken_at": now - times.HOUR}, now=now)
    assert [poll.votes["later"] for poll in polls.of_post(fake, story.id)] == [3, 9]
    assert polls.newest(polls.of_post(fake, story.id)) == late
    corrected = polls.add(fake, story, {"votes": {"later": 8}, "taken_at": now // times.MINUTE * times.MINUTE}, now=now)
    assert polls.newest(polls.of_post(fake, story.id)) == corrected
    assert polls.newest([]) is None


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, ["votes"]),
        ({"votes": None}, ["votes"]),
        ({"votes": []}, ["votes"]),
        ({"votes": {}}, ["votes.later"]),
        ({"votes": {"later": None}}, ["votes.later"]),
        ({"votes": {"bored": 1}}, ["votes.bored"]),
        ({"votes": {"later": -1, "money": "some", "other": 2}}, ["votes.later", "votes.money"]),
        ({"votes": {"later": 1}, "taken_at": "2026-11-24T00:00:00Z"}, ["taken_at"]),
        ({"votes": {"later": 1}, "taken_at": "2026-11-01T00:00:00Z"}, ["taken_at"]),
        ({"votes": {"later": 1}, "views": 5}, ["views"]),
        (7, ["poll", "votes"]),
    ],
)
def test_bad_results_name_their_fields_and_write_nothing(fake, now, fields, named):
    story = a_story(fake, now, published_at=now - times.DAY)
    with pytest.raises(Invalid) as caught:
        polls.add(fake, story, fields, now=now)
    assert [field for field, _ in caught.value.errors] == named
    assert polls.of_post(fake, story.id) == []


def test_results_go_with_their_post(store, now):
    story, other = a_story(store, now), a_story(store, now)
    for each in (story, other):
        polls.add(store, each, {"votes": {"later": 1}}, now=now)
    posts.purge(store, story.id)
    assert store.redis.exists(keys.polls(story.id)) == 0
    assert len(polls.of_post(store, other.id)) == 1
    with pytest.raises(NotFound):
        polls.add(store, story, {"votes": {"later": 1}}, now=now)
    assert store.redis.exists(keys.polls(story.id)) == 0


def test_every_motive_can_be_answered(fake, now):
    story = a_story(fake, now)
    votes = {motive: number for number, motive in enumerate(polls.MOTIVES)}
    assert polls.add(fake, story, {"votes": votes}, now=now).votes == votes
    assert {"later", "support", "money", "forgot", "no_need", "no_link", "other"} == set(polls.MOTIVES)
