"""Insights are computed once and kept until something changes that they rest on."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from clicking import NOW, OWN_HOSTS, make_post, pour, record, roll_up_all

from shortlinks import insights, keys, times, weeks
from shortlinks.clicks import own_taps
from shortlinks.errors import Invalid
from shortlinks.experiments import experiments
from shortlinks.funnels import gathered, pools
from shortlinks.insights import advice, insight_reports
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.owner import settings, tokens
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profile_reports, profile_snapshots, profiles
from shortlinks.records import nouns, program
from shortlinks.sales import conversions, shops
from shortlinks.snapshots import polls, snapshots
from shortlinks.statistics.stats import Sample
from shortlinks.store import Store

DAY = times.DAY
LATER = NOW + 10 * DAY

Made = tuple[Post, Link]


@pytest.fixture
def made(store: Store) -> Made:
    post, (link,) = make_post(store, "bio_link")
    snapshots.add(store, post, {"views": 1_000, "likes": 70, "taken_at": times.rfc3339(NOW + DAY)}, now=NOW + DAY)
    insight_reports.refresh(store, now=LATER)
    return post, link


def snapshot(store: Store, made: Made) -> None:
    snapshots.add(store, made[0], {"views": 1_200, "taken_at": times.rfc3339(NOW + 2 * DAY)}, now=LATER)


def click(store: Store, made: Made) -> None:
    pour(store, [record(made[0].id, made[1].slug, NOW + times.HOUR)])
    roll_up_all(store)


def conversion(store: Store, made: Made) -> None:
    fields = {"external_id": "A1", "kind": "sale", "slug": made[1].slug, "occurred_at": times.rfc3339(NOW + DAY)}
    conversions.report(store, fields, now=LATER)


def retarget(store: Store, made: Made) -> None:
    links.update(store, made[1].slug, {"target": "https://shop.example/cup"}, now=LATER, own_hosts=OWN_HOSTS)


def rename(store: Store, made: Made) -> None:
    posts.update(store, made[0].id, {"title": "The green mug"}, now=LATER)


def profile(store: Store, made: Made) -> None:
    profiles.update(store, made[0].profile_id, {"handle": "kiln"})


def recount(store: Store, made: Made) -> None:
    store.redis.hincrby(keys.progress(keys.shard(made[0].id)), "epoch", 1)


def poll(store: Store, made: Made) -> None:
    polls.add(store, made[0], {"votes": {"forgot": 7}}, now=LATER)


def shop(store: Store, made: Made) -> None:
    monday = weeks.parse("2026-W47")
    shops.put(store, "shop.example", "2026-W47", {"visits": 60, "orders": 3}, now=LATER, this_week=monday)


def visits(store: Store, made: Made) -> None:
    profile_snapshots.add(store, made[0].profile_id, {"profile_visits": 40}, now=LATER)


def experiment(store: Store, made: Made) -> None:
    fields = {"question": "Name a deadline", "platform": "instagram", "kind": "video", "per_arm": 8}
    experiments.create(store, fields, now=LATER)


CHANGES = [snapshot, click, conversion, retarget, rename, profile, recount, poll, shop, visits, experiment]


def test_what_has_not_changed_is_not_computed_again(store: Store, made: Made) -> None:
    kept = store.redis.hget(keys.INSIGHTS, "en")
    assert insight_reports.refresh(store, now=LATER + times.HOUR) is False
    assert store.redis.hget(keys.INSIGHTS, "en") == kept
    report = insight_reports.read(store, now=LATER + times.HOUR)
    assert (report.as_of, report.up_to_date, report.posts, report.older) == (LATER, True, 1, 0)
    assert store.redis.hget(keys.INSIGHTS, "en") == kept


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_seen_and_the_old_answers_are_served_until_the_new_ones_are_there(
    store: Store, made: Made, change: Callable[[Store, Made], None]
) -> None:
    change(store, made)
    stale = insight_reports.read(store, now=LATER + times.HOUR)
    assert (stale.as_of, stale.up_to_date) == (LATER, False)
    assert insight_reports.refresh(store, now=LATER + times.HOUR) is True
    fresh = insight_reports.read(store, now=LATER + times.HOUR)
    assert (fresh.as_of, fresh.up_to_date) == (LATER + times.HOUR, True)
    assert insight_reports.refresh(store, now=LATER + times.HOUR) is False


def test_a_new_day_moves_the_last_28_days(store: Store, made: Made) -> None:
    assert not insight_reports.read(store, now=LATER + DAY).up_to_date
    assert insight_reports.refresh(store, now=LATER + DAY) is True


def test_another_program_gives_answers_of_its_own(store: Store, made: Made) -> None:
    kept = json.loads(store.redis.hget(keys.INSIGHTS, "en"))
    of_before_the_upgrade = kept["mark"].replace(program.fingerprint(), "0123456789abcdef")
    store.redis.hset(keys.INSIGHTS, "en", json.dumps(kept | {"mark": of_before_the_upgrade}))
    assert not insight_reports.read(store, now=LATER).up_to_date
    assert insight_reports.refresh(store, now=LATER) is True
    assert insight_reports.read(store, now=LATER).up_to_date


def test_another_default_time_zone_cuts_other_weeks(store: Store, made: Made) -> None:
    assert not insight_reports.read(store, now=LATER, timezone="Pacific/Auckland").up_to_date
    assert insight_reports.refresh(store, now=LATER, timezone="Pacific/Auckland") is True
    settings.set_timezone(store, "Europe/Berlin")
    assert insight_reports.refresh(store, now=LATER, timezone="Pacific/Auckland") is True
    # The creator's own goes before the default.
    assert insight_reports.refresh(store, now=LATER) is False


def test_where_nothing_is_kept_it_is_computed_there_and_then(store: Store) -> None:
    report = insight_reports.read(store, now=NOW)
    assert (report.as_of, report.up_to_date, report.posts) == (NOW, True, 0)
    assert [item["code"] for item in report.items][:2] == ["month", "path"]
    assert store.redis.exists(keys.INSIGHTS)


def test_answers_in_another_shape_are_not_believed(store: Store, made: Made) -> None:
    store.redis.hset(keys.INSIGHTS, "en", json.dumps({"format": 0, "mark": "x"}))
    assert insight_reports.read(store, now=LATER).up_to_date


def test_the_answers_are_those_of_the_data(store: Store, made: Made) -> None:
    click(store, made)
    insight_reports.refresh(store, now=LATER)
    items = {item["code"]: item for item in insight_reports.read(store, now=LATER).items}
    assert "1,000 views brought 1 click" in items["path"]["answer"]
    assert items["path"]["answer"].startswith("1 post of the last 28 days. Instagram, posts: ")
    data = insight_reports.gather(store, now=LATER)
    assert [item.to_dict()["answer"] for item in insights.all_(data, now=LATER)] == [
        item["answer"] for item in items.values()
    ]


def test_polls_shops_and_experiments_are_told(store: Store, made: Made) -> None:
    polls.add(store, made[0], {"votes": {"forgot": 2}, "taken_at": times.rfc3339(NOW + DAY)}, now=LATER)
    for change in (poll, shop, experiment):
        change(store, made)
    this_week = weeks.parse("2026-W48")
    shops.put(store, "shop.example", "2026-W48", {"visits": 80}, now=LATER, this_week=this_week)
    data = insight_reports.gather(store, now=LATER + DAY)
    assert data.votes == {"I forgot": 7}
    assert data.orders == [Sample(3, 60)]
    assert data.running == ["“Name a deadline”. Day 2 of 28; 0 posts with, 0 without."]


def test_a_profiles_weeks_are_read_where_its_numbers_were_noted(store: Store, made: Made) -> None:
    assert insight_reports.gather(store, now=LATER).weeks == {}
    post = made[0]
    snapshots.add(store, post, {"views": 1_500, "taken_at": times.rfc3339(NOW + 9 * DAY)}, now=LATER)
    profile_snapshots.add(store, post.profile_id, {"profile_visits": 40, "day": "2026-11-29", "days": 7}, now=LATER)
    (rates,) = insight_reports.gather(store, now=LATER).weeks.values()
    assert {rate.name: rate.numerator for rate in rates}["profile_visits_per_view"] == 40


def test_weeks_are_those_of_the_default_time_zone_as_everywhere(store: Store, made: Made) -> None:
    # On Monday at 00:30 in Auckland a new week is under way there, while UTC still has Sunday.
    monday = times.parse("2026-11-29T11:30:00Z", "at")
    auckland = times.zone("Pacific/Auckland")
    profile_id = made[0].profile_id
    for at, views in ((monday - 9 * DAY, 1_500), (monday - 1, 2_500)):
        snapshots.add(store, made[0], {"views": views, "taken_at": times.rfc3339(at)}, now=monday)
    profile_snapshots.add(store, profile_id, {"profile_visits": 40, "day": "2026-11-29", "days": 7}, now=monday)
    shown = profile_reports.of_profile(store, profile_id, now=monday, tz=auckland)
    told = insight_reports.gather(store, now=monday, timezone="Pacific/Auckland").weeks
    assert told == {profile_id: [rate for week in shown.weeks for rate in week.rates]}
    assert told != insight_reports.gather(store, now=monday).weeks


def test_all_posts_are_read_once_however_many_profiles_there_are(
    store: Store, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = profiles.create(store, platform="instagram", handle="kiln", now=NOW)
    for profile_id in (made[0].profile_id, second.id):
        profile_snapshots.add(store, profile_id, {"profile_visits": 40, "day": "2026-11-29", "days": 7}, now=LATER)
    read = links.all_
    asked = []
    monkeypatch.setattr(links, "all_", lambda store: asked.append(1) or read(store))
    insight_reports.gather(store, now=LATER)
    assert len(asked) == 1


def test_only_the_newest_posts_are_read_and_it_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insight_reports, "NEWEST", 3)
    made = [make_post(store, "bio_link", now=NOW + number)[0] for number in range(5)]
    data = insight_reports.gather(store, now=LATER)
    assert [outcome.post_id for outcome in data.outcomes] == [post.id for post in reversed(made[2:])]
    report = insight_reports.read(store, now=LATER)
    assert (report.posts, report.older) == (3, 2)


def test_a_purge_leaves_no_title_behind(store: Store, made: Made) -> None:
    assert b"The blue mug" in store.redis.hget(keys.INSIGHTS, "en")
    posts.purge(store, made[0].id)
    assert not store.redis.exists(keys.INSIGHTS)


def test_a_purge_while_answers_are_computed_leaves_no_title_behind(
    store: Store, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename(store, made)
    computed = insights.all_

    def purged_meanwhile(data: insights.Data, *, now: int) -> list[insights.Insight]:
        found = computed(data, now=now)
        posts.purge(store, made[0].id)
        return found

    monkeypatch.setattr(insights, "all_", purged_meanwhile)
    insight_reports.refresh(store, now=LATER)
    assert not store.redis.exists(keys.INSIGHTS)
    monkeypatch.undo()
    assert insight_reports.refresh(store, now=LATER) is True
    assert insight_reports.read(store, now=LATER).posts == 0


def revision(store: Store) -> int:
    return int(store.redis.get(keys.REVISION) or 0)


def test_a_transaction_counts_once_and_one_that_writes_nothing_not_at_all(store: Store) -> None:
    before = revision(store)
    make_post(store, "bio_link")
    assert revision(store) == before + 1
    with pytest.raises(Invalid):
        make_post(store, "no_such_spot")
    nouns.commit(store, lambda pipe: None)
    nouns.commit(store, lambda pipe: pipe.multi())
    tokens.create(store, "script", ["read"], now=NOW)
    own_taps.read(store)
    assert revision(store) == before + 2


def test_what_to_repeat_does_not_rest_on_whom_a_shared_bio_link_pointed_to(store: Store) -> None:
    _, (link,) = make_post(store, "bio_link")
    for number in range(1, 9):
        post, _ = make_post(store, now=NOW + number * times.HOUR)
        links.update(store, link.slug, {"post_id": post.id}, now=NOW + number * times.HOUR, own_hosts=OWN_HOSTS)
    link = links.get(store, link.slug)
    at = NOW + DAY
    pour(store, [record(links.turn_at(link, at).post_id, link.slug, at + number) for number in range(40)])
    roll_up_all(store)
    for post in posts.list_(store, limit=20)[0]:
        snapshots.add(store, post, {"views": 1_000, "taken_at": times.rfc3339(NOW + 3 * DAY)}, now=LATER)
    data = insight_reports.gather(store, now=LATER)
    assert [each.contested for each in data.outcomes if each.clicks] == [40]
    assert advice.outside(data.outcomes, now=LATER) == []


def test_a_shared_bio_link_is_told_of_every_post_as_one_by_one_but_for_days_that_are_cut(store: Store) -> None:
    data = shared_by_three(store)
    assert [(each.contested, each.elsewhere) for each in data.outcomes] == [(7, 5), (5, 7), (0, 0)]
    one_by_one = [
        gathered.credited(store, posts.get(store, each.post_id), replace(each, contested=0, elsewhere=0))
        for each in data.outcomes
    ]
    assert one_by_one == list(data.outcomes)


def shared_by_three(store: Store) -> insights.Data:
    """A bio link that promotes three posts in turn. The first has stopped gaining views before the second is out."""
    first, (link,) = make_post(store, "bio_link")
    second, third = (make_post(store, now=NOW + day * DAY)[0] for day in (10, 12))
    for post, day in ((second, 10), (third, 14)):
        at = NOW + day * DAY
        links.update(store, link.slug, {"post_id": post.id}, now=at, own_hosts=OWN_HOSTS)
    for rev, (post, day, number) in enumerate(((first, 0, 4), (second, 13, 5), (third, 14, 7))):
        at = NOW + day * DAY + times.HOUR
        pour(store, [record(post.id, link.slug, at + nth, rev=rev) for nth in range(number)])
    roll_up_all(store)
    for post, views in ((first, (1_000, 1_000)), (second, (1_500, 2_500)), (third, (1_500, 2_500))):
        for day, seen in zip((3, 5), views, strict=True):
            fields = {"views": seen, "likes": 60, "taken_at": times.rfc3339(post.published_at + day * DAY)}
            snapshots.add(store, post, fields, now=NOW + 20 * DAY)
    return insight_reports.gather(store, now=NOW + 20 * DAY)


def test_the_clicks_of_a_shared_bio_link_and_the_views_of_its_posts_are_pooled_once(store: Store) -> None:
    data = shared_by_three(store)
    (pool,) = pools.of(data.outcomes, now=NOW + 20 * DAY)
    assert (pool.posts, pool.clicks, pool.views) == (3, 4 + 5 + 7, 1_000 + 2_500 + 2_500)


def test_a_steady_creator_reads_alike_in_both_four_weeks(store: Store) -> None:
    # A post a week, with a click a day and 1,000 views a week for two weeks.
    today, lines = NOW + 84 * DAY, []
    for week in range(1, 12):
        at = today - 7 * week * DAY + times.HOUR
        post, (link,) = make_post(store, "post", now=at, platform="threads")
        lines += [record(post.id, link.slug, at + day * DAY) for day in range(14) if at + day * DAY < today]
        for age in range(1, min(week, 4) + 1):
            taken = at + 7 * age * DAY - times.HOUR
            seen = {"views": 1_000 * min(age, 2), "likes": 60 * min(age, 2), "taken_at": times.rfc3339(taken)}
            snapshots.add(store, post, seen, now=today)
        sale = {"external_id": f"A{week}", "kind": "sale", "slug": link.slug, "occurred_at": times.rfc3339(at + DAY)}
        conversions.report(store, sale, now=today)
    pour(store, lines)
    roll_up_all(store)
    month = insights.all_(insight_reports.gather(store, now=today), now=today)[0]
    assert month.evidence["changes"] == [
        "4 posts, 4 before",
        "8,000 views, 8,000 before",
        "480 likes, 480 before",
        "56 clicks, 56 before",
        "4 conversions, 4 before",
    ]
    assert month.evidence["headline"].endswith("Altogether as many clicks came: 56, after 56 in the 28 days before.")


def test_views_whose_growth_nobody_noted_are_in_no_sum_and_that_is_told(store: Store) -> None:
    today = NOW + 60 * DAY
    old, _ = make_post(store, "bio_link")
    for age, views in ((59, 400_000), (60, 400_100)):
        taken = times.rfc3339(NOW + age * DAY)
        snapshots.add(store, old, {"views": views, "taken_at": taken}, now=today)
    make_post(store, "bio_link", now=today - DAY)
    seen, _ = make_post(store, "bio_link", now=today - 10 * DAY)
    snapshots.add(store, seen, {"views": 700, "taken_at": times.rfc3339(today - DAY)}, now=today)
    evidence = insights.all_(insight_reports.gather(store, now=today), now=today)[0].evidence
    assert (evidence["four_weeks"]["views"], evidence["before"]["views"]) == (700, 0)
    assert evidence["counted"].endswith(
        "noted as new then. Left out there, because nobody noted by how much they grew: 2 posts, 1 before."
    )


def test_moments_that_move_on_are_not_kept(store: Store, made: Made) -> None:
    click(store, made)
    insight_reports.gather(store, now=LATER)
    kept = store.redis.get(keys.cuts(made[0].id))
    insight_reports.gather(store, now=LATER + times.MINUTE)
    assert store.redis.get(keys.cuts(made[0].id)) == kept
