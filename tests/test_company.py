"""The posts that one is held against are kept in memory for as long as nothing changes."""

from collections.abc import Callable

import pytest
from clicking import NOW, make_post, pour, record, roll_up_all

from shortlinks import times
from shortlinks.arrivals import arrival_counts, arrivals, beacon
from shortlinks.clicks import clicks
from shortlinks.funnels import company, gathered
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.profiles import profiles
from shortlinks.records import changes
from shortlinks.sales import conversions
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

LATER = NOW + 10 * times.DAY


def held(memory: company.Memory, store: Store, post: posts.Post, now: int = LATER) -> company.Company:
    return memory.of(store, post, now=now, seen=changes.seen(store))


def test_nothing_is_read_again_while_nothing_changes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    post, like, third = (make_post(store, "bio_link", now=NOW + number)[0] for number in range(3))
    memory = company.Memory()
    first, seen = held(memory, store, post), changes.seen(store)
    monkeypatch.setattr(store.redis.connection_pool, "get_connection", pytest.fail)
    assert memory.of(store, post, now=LATER, seen=seen) == first
    assert [each.post_id for each in first.others] == [third.id, like.id]
    assert [each.post_id for each in memory.of(store, like, now=LATER, seen=seen).others] == [third.id, post.id]


def test_stories_and_other_profiles_have_a_company_of_their_own(store: Store) -> None:
    post, _ = make_post(store, "bio_link")
    make_post(store, "bio_link")
    story, _ = make_post(store, "story_link_sticker", kind="story")
    other, _ = make_post(store, platform="tiktok")
    memory = company.Memory()
    for each in (post, story, other, post):
        assert held(memory, store, each) == company.read(store, each, now=LATER)
    assert held(memory, store, story).others == held(memory, store, other).others == []


def test_of_many_the_newest_others_are_its_company_whether_it_is_among_them_or_not(store: Store) -> None:
    made = [make_post(store, now=NOW + number)[0] for number in range(gathered.NEAREST + 3)]
    memory = company.Memory()
    for post in (made[0], made[-1]):
        others = [each.id for each in reversed(made) if each != post]
        assert [each.post_id for each in held(memory, store, post).others] == others[: gathered.NEAREST]


def test_whatever_changes_is_told_at_once(store: Store) -> None:
    post, _ = make_post(store, "bio_link")
    like, (link,) = make_post(store, "bio_link")
    memory, told = company.Memory(), []

    def after(change: Callable[[], object]) -> None:
        change()
        told.append(held(memory, store, post))
        assert told[-1] == company.read(store, post, now=LATER)

    def clicked(link: links.Link, at: int) -> str:
        pour(store, [record(link.post_id, link.slug, at, nonce="c" * 12, rev=link.rev)])
        roll_up_all(store)
        return clicks.click_id(link.slug, link.rev, at, "c" * 12)

    def arrived() -> None:
        arrivals.take(store, id_, now=NOW + times.HOUR, kept_days=90)
        arrival_counts.count(store, now=NOW + times.HOUR)

    after(lambda: None)
    after(lambda: clicked(link, NOW + times.MINUTE))
    after(lambda: snapshots.add(store, like, {"views": 900, "taken_at": times.rfc3339(NOW + times.DAY)}, now=LATER))
    fields = {"external_id": "1", "kind": "sale", "slug": link.slug, "occurred_at": times.rfc3339(NOW + times.HOUR)}
    after(lambda: conversions.report(store, fields, now=LATER, source="api"))
    after(lambda: posts.update(store, like.id, {"title": "Blue plates", "followers": 900}, now=LATER))
    after(lambda: profiles.update(store, like.profile_id, {"followers": 1_000}))
    after(lambda: links.update(store, link.slug, {"click_id_param": "sl"}, now=NOW, own_hosts=frozenset()))
    beacon.renew(store, now=NOW)
    id_ = clicked(links.get(store, link.slug), NOW + 10 * times.MINUTE)
    after(arrived)
    after(lambda: make_post(store, "bio_link"))
    after(lambda: posts.purge(store, like.id))
    assert [len(each.others) for each in told[-3:]] == [1, 2, 1]
    clicked_, noted, sold = (each.others[0] for each in told[1:4])
    assert (clicked_.human, len(clicked_.readings), len(noted.readings), sold.conversions) == (1, 0, 1, 1)
    assert [each.sold for each in told[2:4]] == [False, True]
    assert told[-3].others[0].arrived == 1
