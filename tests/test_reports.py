"""The funnel from what is stored: cut at the snapshot, with the range of shared bio links."""

from typing import Any

import pytest
from clicking import NOW, OWN_HOSTS, PREVIEW, make_post, pour, record, roll_up_all
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shortlinks import (
    conversions,
    funnel,
    kept_clicks,
    keys,
    links,
    posts,
    profiles,
    reports,
    rollups,
    snapshots,
    times,
)
from shortlinks.errors import Invalid, NotFound
from shortlinks.store import Store

HOUR = times.HOUR


def take(store: Store, post: posts.Post, at: int, views: int, **counts: Any) -> None:
    snapshots.add(store, post, {"views": views, "taken_at": times.rfc3339(at), **counts}, now=at)


def step(found: funnel.Funnel, name: str) -> funnel.Step:
    (one,) = (step for step in found.steps if step.name == name)
    return one


def tap(store: Store, link: links.Link, *moments: int, **fields: Any) -> None:
    """Clicks for the post that the link promoted at each moment."""
    pour(store, [record(links.turn_at(link, at).post_id, link.slug, at, **fields) for at in moments])
    roll_up_all(store)


def test_without_a_snapshot_all_clicks_count(store: Store) -> None:
    post, (link,) = make_post(store, "story_link_sticker")
    tap(store, link, NOW, NOW + times.DAY)
    tap(store, link, NOW, agent=PREVIEW)
    found = reports.funnel(store, post.id, now=NOW + 2 * times.DAY)
    assert (found.snapshot_at, step(found, "clicks").count, found.clicks_after_snapshot) == (None, 2, 0)
    assert found.ledger == {"hits": 3, "human": 2, "preview": 1, "lost": 0}
    assert {one.name for one in found.steps} == {"clicks", "visitors", "conversions"}


@pytest.mark.parametrize(
    ("offset", "before"),
    [(-times.MINUTE, True), (-1, True), (0, True), (39_999, True), (40_000, False), (times.DAY, False)],
)
def test_clicks_are_cut_at_the_end_of_the_snapshots_minute(store: Store, offset: int, before: bool) -> None:
    taken_at = NOW - NOW % times.MINUTE + 20_000
    post, (link,) = make_post(store, "story_link_sticker", now=NOW - times.DAY)
    take(store, post, taken_at, 12_400)
    tap(store, link, taken_at + offset)
    found = reports.funnel(store, post.id, now=NOW + 2 * times.DAY)
    assert (step(found, "clicks").count, found.clicks_after_snapshot) == ((1, 0) if before else (0, 1))
    assert step(found, "visitors").count == int(before)
    assert found.ledger["human"] == 1


def test_a_funnel_of_an_earlier_time_uses_the_snapshot_of_then(store: Store) -> None:
    post, (link,) = make_post(store, "story_link_sticker")
    take(store, post, NOW + HOUR, 100)
    take(store, post, NOW + 3 * HOUR, 300)
    tap(store, link, NOW + HOUR // 2, NOW + 2 * HOUR, NOW + 4 * HOUR)
    counts = [
        (step(found, "clicks").count, found.snapshot_at)
        for at in (NOW + HOUR // 2, NOW + 2 * HOUR, NOW + 5 * HOUR, None)
        for found in [reports.funnel(store, post.id, now=NOW + 6 * HOUR, at=at)]
    ]
    assert counts == [(1, None), (1, NOW + HOUR), (2, NOW + 3 * HOUR), (2, NOW + 3 * HOUR)]


def test_the_newer_of_two_snapshots_of_one_moment_wins(store: Store) -> None:
    post, _ = make_post(store)
    take(store, post, NOW, 100)
    take(store, post, NOW, 200)
    assert step(reports.funnel(store, post.id, now=NOW), "views").count == 200


def test_likes_noted_later_leave_the_views_and_their_clicks_as_they_are(store: Store) -> None:
    post, (link,) = make_post(store, "story_link_sticker")
    take(store, post, NOW + HOUR, 100, likes=10)
    tap(store, link, NOW + HOUR // 2, NOW + 2 * HOUR)
    before = reports.funnel(store, post.id, now=NOW + 4 * HOUR)
    snapshots.add(store, post, {"likes": 30, "taken_at": NOW + 3 * HOUR}, now=NOW + 3 * HOUR)
    after = reports.funnel(store, post.id, now=NOW + 4 * HOUR)
    assert after == before
    assert (after.snapshot_at, step(after, "views").count, step(after, "likes").count) == (NOW + HOUR, 100, 10)
    assert (step(after, "clicks").count, after.clicks_after_snapshot) == (1, 1)


def test_an_expired_link_is_no_dead_link_any_more(store: Store) -> None:
    post, (link,) = make_post(store, "reel_caption")
    links.update(store, link.slug, {"expires_at": NOW + HOUR}, now=NOW, own_hosts=OWN_HOSTS)
    found = {
        at: {finding.code for finding in reports.funnel(store, post.id, now=NOW + 9 * HOUR, at=at).findings}
        for at in (NOW + HOUR - 1, NOW + HOUR)
    }
    assert ["dead_placement" in codes for codes in found.values()] == [True, False]


def test_a_finding_counts_the_clicks_that_the_rate_counts(store: Store) -> None:
    post, (sticker, letter) = make_post(store, "story_link_sticker", "newsletter")
    take(store, post, NOW + 2 * times.DAY, 1_000)
    tap(store, sticker, *(NOW + number for number in range(3)))
    tap(store, letter, *(NOW + number for number in range(40)))
    found = reports.funnel(store, post.id, now=NOW + 3 * times.DAY)
    (finding,) = found.findings
    (rate,) = (rate for rate in found.rates if rate.name == "clicks_per_view")
    assert (finding.evidence["clicks"], rate.numerator, step(found, "clicks").count) == (3, 3, 43)
    assert (finding.evidence["low"], finding.evidence["high"]) == (rate.low, rate.high)


@pytest.mark.parametrize(
    ("spots", "barred"), [(["video_caption"], True), ([], True), (["video_caption", "spoken"], False)]
)
def test_where_nobody_can_tap_no_click_is_no_result(store: Store, spots: list[str], barred: bool) -> None:
    for number in range(3):
        other, _ = make_post(store, *spots, platform="tiktok", now=NOW - number * HOUR)
        take(store, other, NOW + 2 * times.DAY, 4_000)
    post, _ = make_post(store, *spots, platform="tiktok")
    take(store, post, NOW + 2 * times.DAY, 4_000)
    answer = reports.funnel(store, post.id, now=NOW + 3 * times.DAY).to_dict()
    said = "0 clicks in 4,000 views" in str(answer)
    assert (said, any(rate["name"] == "clicks_per_view" for rate in answer["rates"])) == (not barred, not barred)
    assert (answer["expected"]["clicks"] is None, answer["windows"] == []) == (barred, barred)
    assert answer["expected"]["sentence"].endswith("so the views say nothing about clicks.") is barred


@pytest.mark.parametrize("followers", [600, 1_200])
def test_where_nobody_can_tap_not_nothing_went_wrong(store: Store, followers: int) -> None:
    profiles.create(store, platform="tiktok", handle="me", now=NOW - times.DAY, followers=followers)
    for number in range(4):
        post, _ = make_post(store, "bio_website_field", platform="tiktok", now=NOW - number * HOUR)
        take(store, post, NOW + 2 * times.DAY, 800)
    found = reports.funnel(store, post.id, now=NOW + 3 * times.DAY)
    calm, small = found.expected.sentence.endswith(": as expected, nothing went wrong."), followers < 1_000
    assert (calm, any(finding.code == "no_tappable_spot" for finding in found.findings)) == (not small, small)


def test_a_bio_text_makes_no_rate_of_profile_visits(store: Store) -> None:
    found = {}
    for spot in ("bio_text", "bio_link"):
        post, _ = make_post(store, "spoken", spot)
        take(store, post, NOW + 2 * times.DAY, 4_000, profile_visits=300)
        rates = reports.funnel(store, post.id, now=NOW + 3 * times.DAY).rates
        found[spot] = {"clicks_per_view", "clicks_per_profile_visit"} & {rate.name for rate in rates}
    assert found == {"bio_text": {"clicks_per_view"}, "bio_link": {"clicks_per_view", "clicks_per_profile_visit"}}


@pytest.mark.parametrize(("spots", "tapped"), [(["bio_link", "spoken"], (3, 4)), (["spoken"], None)])
def test_clicks_that_were_typed_are_in_no_rate_of_link_taps(
    store: Store, spots: list[str], tapped: tuple[int, int] | None
) -> None:
    post, hung = make_post(store, *spots)
    take(store, post, NOW + 2 * times.DAY, 900, link_taps=4)
    for link, clicks in zip(hung, (3, 5), strict=False):
        tap(store, link, *(NOW + number for number in range(clicks)))
    found = {rate.name: rate for rate in reports.funnel(store, post.id, now=NOW + 3 * times.DAY).rates}
    rate = found.get("clicks_per_link_tap")
    assert (rate and (rate.numerator, rate.denominator)) == tapped
    assert found["clicks_per_view"].numerator == sum((3, 5)[: len(hung)])


def test_clicks_from_a_newsletter_alone_are_measured_against_no_views(store: Store) -> None:
    post, (letter,) = make_post(store, "newsletter")
    take(store, post, NOW + 2 * times.DAY, 12_400)
    tap(store, letter, NOW, NOW + 1)
    said = {finding.code: finding for finding in reports.funnel(store, post.id, now=NOW + 3 * times.DAY).findings}
    finding = said["too_early_to_tell"]
    assert (finding.evidence["clicks"], finding.evidence.get("views")) == (2, None)
    assert "no views yet" not in finding.next_step


def test_conversions_are_cut_like_clicks(store: Store) -> None:
    post, (link,) = make_post(store, "story_link_sticker")
    take(store, post, NOW + HOUR, 100)
    for number, at in enumerate((NOW + 1_000, NOW + HOUR + 1, NOW + 2 * HOUR)):
        fields = {"external_id": str(number), "kind": "sale", "slug": link.slug, "occurred_at": times.rfc3339(at)}
        conversions.report(store, fields, now=NOW + 3 * HOUR)
    found = reports.funnel(store, post.id, now=NOW + 3 * HOUR)
    assert (step(found, "conversions").count, found.conversions_after_snapshot) == (2, 1)


def test_no_conversions_are_a_result_only_where_some_are_reported(store: Store) -> None:
    post, (link,) = make_post(store, "bio_link")
    tap(store, link, NOW)

    def measured() -> tuple[bool, bool]:
        found = reports.funnel(store, post.id, now=NOW + HOUR)
        assert step(found, "conversions").count == 0
        gap = any(each.name == "conversions" for each in found.gaps)
        return not gap, any(rate.name == "conversions_per_click" for rate in found.rates)

    assert measured() == (False, False)
    _, (other,) = make_post(store, "bio_link")
    conversions.report(store, {"external_id": "order-1", "kind": "sale", "slug": other.slug}, now=NOW)
    assert measured() == (True, True)


def test_a_post_that_does_not_exist_has_no_funnel(store: Store) -> None:
    with pytest.raises(NotFound):
        reports.funnel(store, "nosuchpost", now=NOW)
    with pytest.raises(NotFound):
        reports.breakdown(store, "nosuchpost", "app")


def test_breakdown_by_placement(store: Store) -> None:
    post, (bio, sticker) = make_post(store, "bio_link", "story_link_sticker")
    tap(store, bio, NOW)
    tap(store, sticker, NOW, NOW + 1)
    assert reports.breakdown(store, post.id, "placement") == [
        ("instagram/story_link_sticker", 2),
        ("instagram/bio_link", 1),
    ]
    with pytest.raises(Invalid, match="by"):
        reports.breakdown(store, post.id, "moon")


class TestSharedBioLinks:
    def test_where_no_link_is_shared_the_three_are_equal(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        make_post(store, "bio_link")
        tap(store, link, NOW, NOW + 1)
        clicked = step(reports.funnel(store, post.id, now=NOW + HOUR), "clicks")
        assert (clicked.at_least, clicked.count, clicked.at_most) == (2, 2, 2)

    def test_a_link_that_was_turned_gives_a_range_to_both_posts(self, store: Store) -> None:
        older, (link,) = make_post(store, "bio_link")
        newer, _ = make_post(store, now=NOW + HOUR)
        link = links.update(store, link.slug, {"post_id": newer.id}, now=NOW + HOUR, own_hosts=OWN_HOSTS)
        tap(store, link, NOW, NOW + 1, NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR)
        first, second = (step(reports.funnel(store, post.id, now=NOW + 4 * HOUR), "clicks") for post in (older, newer))
        # The newer post was not published yet when the first two came.
        assert (first.at_least, first.count, first.at_most) == (2, 2, 5)
        assert (second.at_least, second.count, second.at_most) == (0, 3, 3)

    def test_a_post_that_gains_no_views_any_more_earns_none(self, store: Store) -> None:
        older, (link,) = make_post(store, "bio_link")
        for hour in (2, 26):
            take(store, older, NOW + hour * HOUR, 500)
        newer, _ = make_post(store, now=NOW + 28 * HOUR)
        link = links.update(store, link.slug, {"post_id": newer.id}, now=NOW + 28 * HOUR, own_hosts=OWN_HOSTS)
        tap(store, link, NOW, NOW + 29 * HOUR)
        clicked = step(reports.funnel(store, newer.id, now=NOW + 30 * HOUR), "clicks")
        assert (clicked.at_least, clicked.count, clicked.at_most) == (1, 1, 1)

    def test_the_same_views_twice_within_an_hour_do_not_make_the_count_certain(self, store: Store) -> None:
        older, (link,) = make_post(store, "bio_link")
        for minute in (100, 130):
            take(store, older, NOW + minute * times.MINUTE, 500)
        newer, _ = make_post(store, now=NOW + 4 * HOUR)
        link = links.update(store, link.slug, {"post_id": newer.id}, now=NOW + 4 * HOUR, own_hosts=OWN_HOSTS)
        tap(store, link, NOW, NOW + 5 * HOUR)
        clicked = step(reports.funnel(store, newer.id, now=NOW + 6 * HOUR), "clicks")
        assert (clicked.at_least, clicked.count, clicked.at_most) == (0, 1, 1)

    def test_a_purged_post_earns_none(self, store: Store) -> None:
        older, (link,) = make_post(store, "bio_link")
        newer, _ = make_post(store, now=NOW + HOUR)
        link = links.update(store, link.slug, {"post_id": newer.id}, now=NOW + HOUR, own_hosts=OWN_HOSTS)
        tap(store, link, NOW, NOW + 2 * HOUR)
        posts.purge(store, older.id)
        clicked = step(reports.funnel(store, newer.id, now=NOW + 4 * HOUR), "clicks")
        assert (clicked.at_least, clicked.count, clicked.at_most) == (1, 1, 1)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        begins=st.lists(st.integers(0, 40), min_size=3, max_size=3),
        turns=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 1), st.integers(0, 2)), max_size=6),
        taps=st.lists(st.tuples(st.integers(0, 80), st.integers(0, 2)), max_size=40),
        views=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 80), st.integers(1, 2)), max_size=8),
    )
    def test_at_least_and_at_most_equal_a_brute_force_count(
        self,
        store: Store,
        begins: list[int],
        turns: list[tuple[int, int, int]],
        taps: list[tuple[int, int]],
        views: list[tuple[int, int, int]],
    ) -> None:
        """Three posts, two bio links that go from one to the other, a story sticker that does not. In half hours."""
        store.redis.flushall()
        start = NOW - NOW % times.MINUTE
        unit = 30 * times.MINUTE
        made = [
            make_post(
                store,
                *(["bio_link"] if number < 2 else ["story_link_sticker"]),
                now=start,
                published_at=times.rfc3339(start + begins[number] * unit),
            )
            for number in range(3)
        ]
        three = [post for post, _ in made]
        slugs = [own[0].slug for _, own in made]
        for at, which, to in sorted(turns):
            links.update(store, slugs[which], {"post_id": three[to].id}, now=start + at * unit, own_hosts=OWN_HOSTS)
        for which, at, count in views:
            take(store, three[which], start + at * unit, count)
        hung = [links.get(store, slug) for slug in slugs]
        for at, which in taps:
            moment = start + at * unit + 7
            pour(store, [record(links.turn_at(hung[which], moment).post_id, slugs[which], moment)])
        roll_up_all(store)
        end = start + 100 * unit
        kept = {post.id: list(kept_clicks.stream(store, post.id)) for post in three}
        taken = {
            post.id: snapshots.effective(snapshots.once_out(snapshots.of_post(store, post.id), post.published_at))
            for post in three
        }
        for post in three:
            found = step(reports.funnel(store, post.id, now=end), "clicks")
            cut = funnel.cut_end(taken[post.id][-1].taken_at) if taken[post.id] else 1 << 62
            gained = {
                other.id: range(other.published_at, _last_gain(taken[other.id], other.published_at) or 1 << 62)
                for other in three
            }
            mine = [click for click in kept[post.id] if click.at < cut]
            sharing = {
                link.slug: {turn.post_id for turn in link.history} - {post.id}
                for link in hung[:2]
                if post.id in {turn.post_id for turn in link.history}
            }
            lost = sum(any(click.at - 7 in gained[other] for other in sharing.get(click.slug, ())) for click in mine)
            won = sum(
                click.at < cut and click.at - 7 in gained[post.id]
                for other in three
                for click in kept[other.id]
                if other.id in sharing.get(click.slug, ())
            )
            assert (found.at_least, found.count, found.at_most) == (len(mine) - lost, len(mine), len(mine) + won)


def _last_gain(taken: list[snapshots.Snapshot], published_at: int) -> int | None:
    """When the views stopped: the first of the last snapshots with the same views, if those span a day."""
    first = len(taken)
    while first and taken[first - 1].views == taken[-1].views:
        first -= 1
    if not taken or taken[-1].taken_at - taken[first].taken_at < times.DAY:
        return None
    return max(published_at, taken[first].taken_at)


def test_a_funnel_reads_counts_and_never_clicks(store: Store) -> None:
    """So it costs the same whatever their number."""
    post, (link,) = make_post(store, "bio_link")
    tap(store, link, *(NOW + number for number in range(100)))
    store.redis.delete(keys.tail(post.id), keys.kept(post.id))
    assert step(reports.funnel(store, post.id, now=NOW + HOUR), "clicks").count == 100
    assert rollups.hits(rollups.totals(store, [post.id])[0]) == 100


def a_reel(store: Store, views: int, clicks: int, now: int = NOW, **fields: Any) -> posts.Post:
    """A reel whose sticker was tapped by so many, noted a week after."""
    post, (link,) = make_post(store, "story_link_sticker", now=now, **fields)
    tap(store, link, *(now + number * times.MINUTE for number in range(clicks)))
    take(store, post, now + 7 * times.DAY, views)
    return post


def test_from_the_third_post_on_it_says_what_was_to_be_expected(store: Store) -> None:
    later = NOW + 8 * times.DAY
    for number in (70, 95):
        post = a_reel(store, 10_000, number)
        assert reports.funnel(store, post.id, now=later).expected.verdict == "no_history"
    expected = reports.funnel(store, a_reel(store, 10_000, 80).id, now=later).expected
    assert expected.verdict == "as_expected"
    assert expected.range
    assert (expected.range.posts, expected.count, expected.base) == (2, 80, 10_000)
    low = reports.funnel(store, a_reel(store, 40_000, 3).id, now=later)
    assert (low.expected.verdict, low.expected.clear) == ("fewer", True)
    assert low.leak
    assert (low.leak.above, low.leak.below, low.leak.count) == ("views", "clicks", 3)


def test_others_are_of_the_same_way_only(store: Store) -> None:
    later = NOW + 8 * times.DAY
    for _ in range(3):
        a_reel(store, 10_000, 60, kind="story")
    assert reports.funnel(store, a_reel(store, 10_000, 3).id, now=later).expected.verdict == "no_history"


def test_an_earlier_funnel_is_held_against_what_was_known_then(store: Store) -> None:
    for _ in range(2):
        a_reel(store, 10_000, 60, now=NOW + 5 * times.DAY)
    post = a_reel(store, 10_000, 60)
    later = NOW + 30 * times.DAY
    assert reports.funnel(store, post.id, now=later).expected.verdict == "as_expected"
    assert reports.funnel(store, post.id, now=later, at=NOW + 8 * times.DAY).expected.verdict == "no_history"


def test_it_tells_the_clicks_from_reading_to_reading(store: Store) -> None:
    post, (link,) = make_post(store, "story_link_sticker")
    tap(store, link, NOW + HOUR, NOW + 2 * times.DAY, NOW + 3 * times.DAY)
    take(store, post, NOW + times.DAY, 500)
    take(store, post, NOW + 7 * times.DAY, 800)
    found = reports.funnel(store, post.id, now=NOW + 8 * times.DAY).windows
    assert [(window.new_views, window.clicks) for window in found] == [(500, 1), (300, 2)]


def test_posts_that_share_a_bio_link_are_not_called_different_by_whom_it_pointed_to(store: Store) -> None:
    older, (link,) = make_post(store, "bio_link")
    newer, _ = make_post(store, now=NOW + HOUR)
    links.update(store, link.slug, {"post_id": newer.id}, now=NOW + HOUR, own_hosts=OWN_HOSTS)
    link = links.get(store, link.slug)
    tap(store, link, *(NOW + 2 * HOUR + number * times.MINUTE for number in range(30)))
    for post in (older, newer):
        take(store, post, NOW + 2 * times.DAY, 5_000)
    (pair,) = reports.compare(store, [older.id, newer.id], now=NOW + 3 * times.DAY).pairs
    assert (pair.found.verdict, pair.shared) == ("cannot_tell_yet", True)
