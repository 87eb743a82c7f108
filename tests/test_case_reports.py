"""Cases as they are read: clicks, turns, ended links and targets in the store, and what the funnel says of them."""

from typing import Any

import pytest
from clicking import CRAWLER, NOW, OWN_HOSTS, PREVIEW, asked, make_post, pour, record, roll_up_all

from shortlinks import keys, times
from shortlinks.findings import case_reports
from shortlinks.findings.finding import Finding
from shortlinks.funnels import reports
from shortlinks.links import link_warnings, links, target_visits
from shortlinks.links.target_health import Health
from shortlinks.posts import posts
from shortlinks.profiles import profiles
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

HOUR, DAY, MINUTE = times.HOUR, times.DAY, times.MINUTE
BASE_URL = "https://go.example"


def take(store: Store, post: posts.Post, at: int, views: Any, **counts: Any) -> None:
    snapshots.add(store, post, {"views": views, "taken_at": times.rfc3339(at), **counts}, now=at)


def tap(store: Store, link: links.Link, *moments: int, **fields: Any) -> None:
    pour(store, [record(links.turn_at(link, at).post_id, link.slug, at, **fields) for at in moments])
    roll_up_all(store)


def turn(store: Store, link: links.Link, at: int, **changes: Any) -> links.Link:
    return links.update(store, link.slug, changes, now=at, own_hosts=OWN_HOSTS)


def found(store: Store, post: posts.Post, now: int = NOW + 10 * DAY) -> dict[str, Finding]:
    said = reports.funnel(store, post.id, now=now, base_url=BASE_URL).findings
    return {finding.code: finding for finding in said}


def spread(start: int, end: int, number: int) -> list[int]:
    return [start + (end - start) * index // number for index in range(number)]


def test_a_try_of_ones_own_is_suspected_and_one_after_a_preview_is_not(store: Store) -> None:
    mine, (link,) = make_post(store, "story_link_sticker")
    tap(store, link, NOW + 2 * MINUTE)
    tap(store, link, NOW + 3 * MINUTE, agent=PREVIEW)
    assert found(store, mine)["maybe_you"].evidence["clicks"] == [
        {"at": times.rfc3339(NOW + 2 * MINUTE), "slug": link.slug, "seconds_after": 120}
    ]
    shared, (other,) = make_post(store, "story_link_sticker")
    tap(store, other, NOW + MINUTE, agent=PREVIEW)
    tap(store, other, NOW + 2 * MINUTE)
    assert "maybe_you" not in found(store, shared)


def test_the_first_hits_are_the_first_in_time_however_they_were_counted(store: Store) -> None:
    post, (link,) = make_post(store, "story_link_sticker")
    tap(store, link, NOW + 2 * MINUTE)
    tap(store, link, NOW + MINUTE, agent=CRAWLER)
    assert "maybe_you" not in found(store, post)


def test_nobody_is_suspected_once_the_first_clicks_are_forgotten(store: Store) -> None:
    post, (link,) = make_post(store, "story_link_sticker", now=NOW - DAY)
    tap(store, link, NOW - 20 * HOUR)
    store.redis.delete(keys.tail(post.id), keys.kept(post.id))
    again = links.create(
        store,
        post.id,
        {"placement": "story_link_sticker", "target": "https://shop.example/mug"},
        now=NOW + DAY,
        own_hosts=OWN_HOSTS,
    )
    tap(store, again, NOW + DAY + MINUTE)
    assert "maybe_you" not in found(store, post)


def test_clicks_before_the_minute_of_publication_are_counted(store: Store) -> None:
    out = NOW + 3 * HOUR + 30_000
    post, (link,) = make_post(store, "story_link_sticker", published_at=times.rfc3339(out))
    tap(store, link, NOW + HOUR, NOW + 2 * HOUR, out - 60_000, out - 5_000, out + HOUR)
    assert found(store, post)["clicks_before_publish"].evidence["clicks"] == 3
    assert found(store, post, now=NOW + 150 * MINUTE)["clicks_before_publish"].title.endswith("before the post is out")
    on_time, (other,) = make_post(store, "story_link_sticker")
    tap(store, other, NOW)
    assert "clicks_before_publish" not in found(store, on_time)


def test_a_bio_link_turned_away_too_early_is_told_with_the_views_that_came_after(store: Store) -> None:
    first, (bio,) = make_post(store, "bio_link")
    second, _ = make_post(store, "story_link_sticker", now=NOW + DAY)
    take(store, first, NOW + 12 * HOUR, 1_000)
    turn(store, bio, NOW + DAY, post_id=second.id)
    take(store, first, NOW + 2 * DAY, 4_000)
    take(store, first, NOW + 9 * DAY, 9_000)
    told = found(store, first)["bio_pointed_elsewhere"]
    assert (told.evidence["views_after_at_least"], told.evidence["views_after_at_most"]) == (5_000, 8_000)
    assert "bio_pointed_elsewhere" not in found(store, second)
    assert "bio_pointed_elsewhere" not in {
        finding.code for finding in reports.funnel(store, first.id, now=NOW + 10 * DAY, at=NOW + 20 * HOUR).findings
    }
    turn(store, bio, NOW + 9 * DAY, post_id=first.id)
    assert "bio_pointed_elsewhere" not in found(store, first)


def test_a_stay_ends_with_another_post_and_not_with_another_target(store: Store) -> None:
    first, (bio,) = make_post(store, "bio_link")
    second, _ = make_post(store, "story_link_sticker")
    turn(store, bio, NOW + DAY, target="https://shop.example/cup")
    turn(store, bio, NOW + 2 * DAY, post_id=second.id)
    turn(store, bio, NOW + 3 * DAY, post_id=first.id)
    link = turn(store, bio, NOW + 4 * DAY, target="https://shop.example/bowl")
    whole = ((NOW, NOW + 2 * DAY), (NOW + 3 * DAY, None))
    assert case_reports.stays(link, first.id, as_of=NOW + 9 * DAY) == whole
    assert case_reports.stays(link, second.id, as_of=NOW + 9 * DAY) == ((NOW + 2 * DAY, NOW + 3 * DAY),)
    assert case_reports.stays(link, first.id, as_of=NOW + DAY) == ((NOW, None),)
    assert case_reports.stays(link, first.id, as_of=NOW - 1) == ()


def test_hits_on_a_link_that_ended_in_the_first_days_are_told_and_later_ones_are_not(store: Store) -> None:
    early, (link,) = make_post(store, "story_link_sticker", kind="video")
    tap(store, link, *spread(NOW + HOUR, NOW + 6 * HOUR, 9))
    tap(store, link, *spread(NOW + 30 * HOUR, NOW + 40 * HOUR, 4), signals="expired")
    told = found(store, early)["link_broken_during_peak"]
    assert (told.evidence["hits_on_ended_links"], told.evidence["clicks_in_that_time"]) == (4, 9)
    late, (other,) = make_post(store, "story_link_sticker", kind="video")
    tap(store, other, *spread(NOW + HOUR, NOW + 6 * HOUR, 9))
    tap(store, other, *spread(NOW + 60 * HOUR, NOW + 70 * HOUR, 4), signals="expired")
    assert "link_broken_during_peak" not in found(store, late)


def test_the_busiest_day_is_part_of_the_best_time_and_a_storys_first_day_is_all_of_it(store: Store) -> None:
    post, (link,) = make_post(store, "story_link_sticker", kind="video")
    busy = (times.day_of(NOW) + 6) * DAY
    tap(store, link, *spread(busy + HOUR, busy + 6 * HOUR, 9))
    tap(store, link, busy + 7 * HOUR, busy + 8 * HOUR, signals="expired")
    assert found(store, post)["link_broken_during_peak"].evidence["hits_on_ended_links"] == 2
    story, (sticker,) = make_post(store, "story_link_sticker", kind="story")
    tap(store, sticker, *spread(NOW + HOUR, NOW + 2 * HOUR - MINUTE, 4))
    tap(store, sticker, *spread(NOW + 30 * HOUR, NOW + 40 * HOUR, 4), signals="expired")
    assert "link_broken_during_peak" not in found(store, story)


@pytest.mark.parametrize(("span", "lost"), [((NOW + HOUR, NOW + 3 * HOUR), 2), ((NOW + 5 * HOUR, NOW + 9 * HOUR), 0)])
def test_clicks_while_the_target_was_broken_in_the_first_days_are_told(
    store: Store, span: tuple[int, int], lost: int
) -> None:
    post, (link,) = make_post(store, "story_link_sticker")
    tap(store, link, NOW + 30 * MINUTE, NOW + 90 * MINUTE, NOW + 2 * HOUR, NOW + 4 * HOUR)
    health = Health(target=link.target, checked_at=NOW + 9 * DAY, spans=(span,), seconds=0.2, status=200)
    with store.redis.pipeline() as pipe:
        target_visits.stage(pipe, health)
        pipe.execute()
    said = found(store, post)
    assert ("link_broken_during_peak" in said) is bool(lost)
    if lost:
        evidence = said["link_broken_during_peak"].evidence
        assert (evidence["clicks_while_target_was_broken"], evidence["target_broken_seconds"]) == (lost, 2 * 3_600)


def test_a_target_that_is_slow_now_is_told_with_its_seconds(store: Store) -> None:
    post, (link,) = make_post(store, "story_link_sticker")
    now = NOW + 10 * DAY
    health = Health(target=link.target, checked_at=now - HOUR, status=200, seconds=4.13, slow_since=now - 2 * HOUR)
    with store.redis.pipeline() as pipe:
        target_visits.stage(pipe, health)
        pipe.execute()
    assert found(store, post, now)["slow_or_broken_target"].title.startswith("From our server the target took 4.1 s;")


def test_clicks_that_came_late_are_told_by_the_readings(store: Store) -> None:
    late, (link,) = make_post(store, "story_link_sticker")
    tap(store, link, NOW + HOUR, *spread(NOW + 4 * DAY, NOW + 8 * DAY, 5))
    take(store, late, NOW + 3 * DAY, 5_000)
    take(store, late, NOW + 9 * DAY, 5_200)
    assert found(store, late)["late_clicks"].evidence["clicks_after"] == 5
    steady, (other,) = make_post(store, "story_link_sticker")
    tap(store, other, NOW + HOUR, *spread(NOW + 4 * DAY, NOW + 8 * DAY, 5))
    take(store, steady, NOW + 3 * DAY, 1_000)
    take(store, steady, NOW + 9 * DAY, 5_200)
    assert "late_clicks" not in found(store, steady)


def test_clicks_on_a_spoken_link_were_typed_and_those_on_its_sticker_were_not(store: Store) -> None:
    post, (spoken, sticker) = make_post(store, "spoken", "story_link_sticker")
    tap(store, sticker, NOW + HOUR, NOW + 2 * HOUR)
    assert "typed_in" not in found(store, post)
    tap(store, spoken, NOW + 3 * HOUR)
    assert found(store, post)["typed_in"].evidence["clicks"] == 1


def test_a_small_personal_account_is_read_from_its_profile(store: Store) -> None:
    post, _ = make_post(store, "spoken", platform="tiktok")
    assert "no_tappable_spot" not in found(store, post)
    profiles.update(store, post.profile_id, {"followers": 600})
    assert found(store, post)["no_tappable_spot"].evidence["followers"] == 600
    profiles.update(store, post.profile_id, {"kind": "business"})
    assert "no_tappable_spot" not in found(store, post)


def test_a_click_on_another_post_proves_that_the_account_has_the_spot_by_now(store: Store) -> None:
    old, (website,) = make_post(store, "bio_website_field", platform="tiktok")
    profiles.update(store, old.profile_id, {"followers": 600})
    new, (bio,) = make_post(store, "bio_website_field", platform="tiktok", now=NOW + DAY)
    noted, (field,) = make_post(store, "bio_website_field", platform="tiktok", followers=600, now=NOW + DAY)
    silent = profiles.create(store, platform="tiktok", handle="two", followers=300, now=NOW)

    def told() -> list[bool]:
        """At each post, at each link, and before a post is made."""
        said = link_warnings.of_links(store, [bio, field], base_url=BASE_URL)
        before = link_warnings.of_platform(store, "tiktok")
        pages = ["no_tappable_spot" in found(store, post) for post in (old, new, noted)]
        return [*pages, *(bool(said[link.slug]) for link in (bio, field)), len(before) == 2]

    assert told() == [True] * 6
    tap(store, website, NOW + MINUTE)
    # Of the followers that a post came out with it is no proof, save on that post.
    assert told() == [False, False, True, False, True, False]
    ((_, message),) = link_warnings.of_platform(store, "tiktok")
    assert message.startswith(f"@{silent.handle}: ")
    tap(store, field, NOW + DAY + MINUTE)
    assert told() == [False] * 6


def test_the_whole_short_address_is_measured_where_it_is_known(store: Store) -> None:
    wish = {"placement": "post", "target": "https://shop.example/mug", "slug": "autumn-drop"}
    post, _ = make_post(store, platform="linkedin", links=[wish])
    assert found(store, post)["link_shortened_by_platform"].evidence["links"][0]["length"] == 30
    said = reports.funnel(store, post.id, now=NOW + DAY).findings
    assert "link_shortened_by_platform" not in [finding.code for finding in said]


@pytest.mark.parametrize("wish", [{}, {"published_at": times.rfc3339(NOW + 5 * DAY)}])
def test_a_post_without_anything_has_a_case(store: Store, wish: dict[str, Any]) -> None:
    post, _ = make_post(store, **wish)
    for at in (None, NOW - DAY, NOW + DAY):
        assert reports.funnel(store, post.id, now=NOW + 2 * DAY, at=at).findings[-1].code == "no_link"


def test_a_busy_posts_clicks_are_not_read_one_by_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    post, (link,) = make_post(store, "story_link_sticker")
    tap(store, link, *spread(NOW, NOW + DAY, 40))
    reports.funnel(store, post.id, now=NOW + 2 * DAY)
    with asked(monkeypatch) as few:
        reports.funnel(store, post.id, now=NOW + 2 * DAY)
    tap(store, link, *spread(NOW + DAY, NOW + 2 * DAY, 400))
    reports.funnel(store, post.id, now=NOW + 3 * DAY)
    with asked(monkeypatch) as many:
        reports.funnel(store, post.id, now=NOW + 3 * DAY)
    assert len(many) <= len(few)


@pytest.mark.parametrize("stated", [True, False])
def test_numbers_dated_before_the_post_was_out_are_named_and_in_no_rate(store: Store, stated: bool) -> None:
    post, (link,) = make_post(store, "story_link_sticker", **({"published_at": NOW - HOUR} if stated else {}))
    tap(store, link, NOW + HOUR)
    take(store, post, NOW - 300 * DAY, 12_400)
    said = found(store, post)["noted_before_publish"]
    assert said.evidence["latest_taken_at"] == times.rfc3339(NOW - 300 * DAY)
    funnel = reports.funnel(store, post.id, now=NOW + 10 * DAY)
    assert (funnel.snapshot_at, funnel.windows, {rate.name for rate in funnel.rates}) == (
        None,
        (),
        {"visitors_per_click"},
    )
    take(store, post, NOW + DAY, 13_000)
    funnel = reports.funnel(store, post.id, now=NOW + 10 * DAY)
    assert [(window.start, window.new_views) for window in funnel.windows] == [(post.published_at, 13_000)]
    assert found(store, post)["noted_before_publish"].evidence["snapshots"] == 1
    assert "noted_before_publish" not in found(store, post, now=NOW - 301 * DAY)


def test_a_time_of_publication_behind_its_numbers_is_named_until_it_is_put_right(store: Store) -> None:
    post, (link,) = make_post(store, "story_link_sticker")
    tap(store, link, NOW + HOUR)
    take(store, post, NOW + DAY, 12_400)
    take(store, post, NOW + 2 * DAY, 12_500)
    assert "noted_before_publish" not in found(store, post)
    post = posts.update(store, post.id, {"published_at": NOW + 3 * DAY}, now=NOW)
    assert found(store, post)["noted_before_publish"].title == (
        "Numbers noted 2 times are dated before the post was out, so they are in no rate"
    )
    funnel = reports.funnel(store, post.id, now=NOW + 10 * DAY)
    assert (funnel.windows, funnel.expected.verdict) == ((), "no_history")
    posts.update(store, post.id, {"published_at": NOW}, now=NOW)
    assert "noted_before_publish" not in found(store, post)
    assert len(reports.funnel(store, post.id, now=NOW + 10 * DAY).windows) == 2
