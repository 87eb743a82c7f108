"""The funnel from what is stored: cut at the snapshot, and told with its findings and readings."""

import pytest
from clicking import NOW, OWN_HOSTS, PREVIEW, make_post
from report_cast import step, take, tap

from shortlinks import keys, times
from shortlinks.errors import Invalid, NotFound
from shortlinks.funnels import reports
from shortlinks.links import links
from shortlinks.profiles import profiles
from shortlinks.rollups import rollups
from shortlinks.sales import conversions
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

HOUR = times.HOUR


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


def test_a_funnel_reads_counts_and_never_clicks(store: Store) -> None:
    """So it costs the same whatever their number."""
    post, (link,) = make_post(store, "bio_link")
    tap(store, link, *(NOW + number for number in range(100)))
    store.redis.delete(keys.tail(post.id), keys.kept(post.id))
    assert step(reports.funnel(store, post.id, now=NOW + HOUR), "clicks").count == 100
    assert rollups.hits(rollups.totals(store, [post.id])[0]) == 100


def test_it_tells_the_clicks_from_reading_to_reading(store: Store) -> None:
    post, (link,) = make_post(store, "story_link_sticker")
    tap(store, link, NOW + HOUR, NOW + 2 * times.DAY, NOW + 3 * times.DAY)
    take(store, post, NOW + times.DAY, 500)
    take(store, post, NOW + 7 * times.DAY, 800)
    found = reports.funnel(store, post.id, now=NOW + 8 * times.DAY).windows
    assert [(window.new_views, window.clicks) for window in found] == [(500, 1), (300, 2)]
