from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from shortlinks import times, weeks
from shortlinks.profiles import profile_spans, profile_weeks
from shortlinks.profiles.profile_spans import Measured, Span
from shortlinks.profiles.profile_weeks import BioLink, Calendar, Timeline

UTC = ZoneInfo("UTC")
MONDAY = (date(2026, 11, 16) - date(1970, 1, 1)).days
WEEK = profile_weeks.calendar_of(MONDAY, UTC)
BEFORE = profile_weeks.calendar_of(MONDAY - 7, UTC)
AFTER = WEEK.end + times.DAY


def at(days: float) -> int:
    """An instant so many days after the week began."""
    return WEEK.start + int(days * times.DAY)


def week(
    *timelines: Timeline,
    spans: tuple[Span, ...] = (),
    clicks: int = 0,
    sales: int = 0,
    now: int = AFTER,
    calendar: Calendar = WEEK,
    bio_link: BioLink = "tappable",
    page: profile_weeks.Page | None = None,
) -> profile_weeks.Week:
    (found,) = profile_weeks.build(
        [calendar],
        now=now,
        timelines=timelines,
        spans=spans,
        bio_links=[bio_link],
        bio_clicks=[clicks],
        pages=[page],
        conversions=[sales],
    )
    return found


def rates(found: profile_weeks.Week) -> dict[str, tuple[int, int]]:
    return {rate.name: (rate.numerator, rate.denominator) for rate in found.rates}


def daily(**counts: int) -> tuple[Span, ...]:
    return tuple(Span(day, day, **counts) for day in range(MONDAY, MONDAY + 7))


def test_views_grow_in_straight_lines_from_nothing_when_the_post_was_published():
    post = Timeline(at(-7), ((at(0), 700), (at(14), 2_100)))
    assert week(post).views_gained == 700
    assert week(post, calendar=BEFORE).views_gained == 700
    assert not week(post).open


def test_a_reading_in_the_middle_of_the_week_bends_the_line():
    post = Timeline(at(-10), ((at(-5), 100), (at(1), 700), (at(8), 1_400)))
    assert week(post).views_gained == pytest.approx(100 + 600, abs=1)


def test_the_views_of_all_posts_are_added_up():
    one, other = Timeline(at(1), ((at(8), 700),)), Timeline(at(-30), ((at(-1), 500), (at(9), 1_500)))
    assert week(one, other).views_gained == 600 + 700


def test_after_the_last_reading_the_week_is_open_and_its_views_are_the_least():
    post = Timeline(at(-1), ((at(3), 400),))
    found = week(post, clicks=4)
    assert (found.views_gained, found.open, found.unread) == (300, True, 1)
    assert rates(found) == {"conversions_per_bio_click": (0, 4)}


def test_a_post_that_is_known_to_have_stopped_leaves_no_week_open():
    post = Timeline(at(-9), ((at(-2), 400), (at(-1), 400)), stopped=True)
    assert (week(post).views_gained, week(post).open) == (0, False)
    assert week(replace(post, stopped=False)).open


OLD = Timeline(at(-100), ((at(-99), 1_000), (at(-93), 1_200)), quiet_from=at(-44))


def test_an_old_post_that_nobody_reads_again_leaves_no_week_open():
    found = week(OLD, Timeline(at(0), ((at(7), 500),)), clicks=4)
    assert (found.views_gained, found.open, found.unread, found.quiet) == (500, False, 0, 1)
    assert rates(found)["bio_clicks_per_view"] == (4, 500)


def test_an_old_post_that_nobody_ever_read_leaves_none_open_either():
    found = week(replace(OLD, readings=()), Timeline(at(0), ((at(7), 500),)))
    assert (found.open, found.quiet) == (False, 1)


def test_a_post_that_became_old_in_the_week_leaves_it_open():
    for quiet_from, (unread, quiet) in ((at(0), (0, 1)), (at(0) + 1, (1, 0)), (None, (1, 0))):
        found = week(replace(OLD, quiet_from=quiet_from), Timeline(at(0), ((at(7), 500),)))
        assert (found.open, found.unread, found.quiet) == (unread == 1, unread, quiet)


@pytest.mark.parametrize(("grown", "quiet"), [(20, 1), (21, 0)])
def test_an_old_post_that_was_seen_to_go_on_is_waited_for(grown, quiet):
    # 1 % of 500 views is 5 a week, 20 in the four weeks before the last reading.
    readings = ((at(-36), 1_000), (at(-8), 1_000 + grown))
    found = week(replace(OLD, readings=readings), Timeline(at(0), ((at(7), 500),)))
    assert (found.unread, found.quiet) == (1 - quiet, quiet)


def test_an_old_post_that_is_read_again_counts():
    found = week(replace(OLD, readings=(*OLD.readings, (at(7), 1_300))))
    assert (found.views_gained, found.quiet) == (7, 0)


def test_a_reading_at_the_very_end_of_the_week_closes_it():
    assert not week(Timeline(at(0), ((WEEK.end, 10),))).open
    assert week(Timeline(at(0), ((WEEK.end - 1, 10),))).open


def test_without_any_reading_and_before_the_first_post_views_are_not_known():
    for timelines, posts in (((Timeline(at(1), ()),), 1), ((), 0), ((Timeline(at(8), ((at(9), 5),)),), 0)):
        found = week(*timelines)
        assert (found.views_gained, found.posts, found.open, found.rates) == (None, posts, False, ())
    assert week(spans=daily(views=300)).views_gained == 2_100


def test_a_post_that_came_out_at_the_very_end_of_the_week_is_not_of_it():
    for days, posts in ((7, 0), (6.99, 1)):
        found = week(Timeline(at(days), ((at(8), 5),)))
        assert (found.posts, found.views_gained) == (posts, 0 if posts else None)


def test_a_post_without_readings_beside_one_with_them_leaves_the_week_open():
    found = week(Timeline(at(1), ()), Timeline(at(0), ((at(7), 70),)))
    assert (found.views_gained, found.open, found.unread) == (70, True, 1)


def test_views_that_fall_are_taken_from_the_later_reading_and_never_gained_below_nothing():
    post = Timeline(at(-2), ((at(-1), 9_000), (at(1), 100), (at(8), 800)))
    assert week(post, calendar=BEFORE).views_gained == 100
    assert week(post).views_gained == 600


def test_numbers_from_before_the_publication_count_at_their_moment():
    post = Timeline(at(2), ((at(1), 50), (at(8), 120)))
    assert week(post).views_gained == 50 + 60


def test_views_of_ten_to_the_twelfth_and_of_nothing_are_taken():
    most = 10**12
    found = week(Timeline(at(0), ((at(7), most),)), spans=daily(profile_visits=most), clicks=most, sales=0)
    assert found.views_gained == most
    assert found.profile_visits == 7 * most
    assert all(0 <= rate.low <= rate.rate <= rate.high < 10 for rate in found.rates)
    assert week(Timeline(at(0), ((at(7), 0),)), clicks=3).rates[0].name == "conversions_per_bio_click"


def test_the_week_under_way_is_open_and_has_no_rates():
    post = Timeline(at(-1), ((at(3), 400),))
    found = week(post, now=at(3), spans=daily(profile_visits=5), clicks=4)
    assert (found.over, found.open, found.unread, found.rates) == (False, True, 0, ())
    assert found.views_gained == 300


def test_rates_stand_where_both_sides_are_measured():
    post = Timeline(at(0), ((at(7), 5_000),))
    found = week(post, spans=daily(profile_visits=20, link_taps=1), clicks=9, sales=1)
    assert rates(found) == {
        "profile_visits_per_view": (140, 5_000),
        "link_taps_per_profile_visit": (7, 140),
        "bio_clicks_per_view": (9, 5_000),
        "bio_clicks_per_profile_visit": (9, 140),
        "conversions_per_bio_click": (1, 9),
    }
    assert rates(week(post, clicks=9)) == {"bio_clicks_per_view": (9, 5_000), "conversions_per_bio_click": (0, 9)}
    assert rates(week(post, spans=daily(profile_visits=0))) == {
        "profile_visits_per_view": (0, 5_000),
        "bio_clicks_per_view": (0, 5_000),
    }
    assert rates(week(clicks=3)) == {"conversions_per_bio_click": (0, 3)}


@pytest.mark.parametrize("bio_link", ["withheld", "none"])
def test_there_is_no_rate_of_taps_where_nobody_can_tap(bio_link):
    found = week(Timeline(at(0), ((at(7), 5_000),)), spans=daily(profile_visits=5, link_taps=0), bio_link=bio_link)
    assert rates(found) == {"profile_visits_per_view": (35, 5_000)}


def test_the_platforms_own_views_of_the_week_go_before_those_of_the_posts():
    post = Timeline(at(0), ((at(1), 5_000),))
    found = week(post, spans=daily(views=300))
    assert (found.views_gained, found.open, found.unread) == (2_100, False, 0)
    assert week(post, spans=daily(views=300)[:6]).views_gained == 5_000
    spread = week(post, spans=(Span(MONDAY - 20, MONDAY + 9, views=3_000),))
    assert (spread.views_gained, spread.open) == (5_000, True)


def test_days_are_added_up_and_a_missing_one_is_a_gap():
    assert profile_spans.measured(daily(profile_visits=5), MONDAY, "profile_visits") == Measured(35, spread=False)
    assert profile_spans.measured(daily(profile_visits=5)[1:], MONDAY, "profile_visits") is None
    assert profile_spans.measured(daily(profile_visits=5), MONDAY, "link_taps") is None
    assert profile_spans.measured((), MONDAY, "views") is None


def test_the_later_entry_of_a_day_replaces_the_earlier_and_a_day_goes_before_a_longer_span():
    corrected = (*daily(profile_visits=5), Span(MONDAY, MONDAY, profile_visits=50))
    assert profile_spans.measured(corrected, MONDAY, "profile_visits") == Measured(80, spread=False)
    rough = (*daily(profile_visits=5), Span(MONDAY, MONDAY + 6, profile_visits=999))
    assert profile_spans.measured(rough, MONDAY, "profile_visits") == Measured(35, spread=False)


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_seven_days_that_end_within_a_day_of_the_weeks_end_are_the_week(off):
    span = Span(MONDAY + off, MONDAY + off + 6, profile_visits=310)
    assert profile_spans.measured((span,), MONDAY, "profile_visits") == Measured(310, spread=False)


@pytest.mark.parametrize("off", [-2, 2, -7, 7])
def test_seven_days_that_end_further_off_are_not(off):
    span = Span(MONDAY + off, MONDAY + off + 6, profile_visits=310)
    assert profile_spans.measured((span,), MONDAY, "profile_visits") is None


def test_of_two_spans_about_the_week_the_nearest_counts_and_then_the_last():
    near = Span(MONDAY + 1, MONDAY + 7, profile_visits=1)
    exact = Span(MONDAY, MONDAY + 6, profile_visits=2)
    again = replace(exact, profile_visits=3)
    assert profile_spans.measured((exact, near), MONDAY, "profile_visits") == Measured(2, spread=False)
    assert profile_spans.measured((exact, again), MONDAY, "profile_visits") == Measured(3, spread=False)
    assert profile_spans.measured((near, replace(near, profile_visits=4)), MONDAY, "profile_visits").count == 4


def test_longer_spans_are_shared_out_evenly_and_there_is_no_rate_on_them():
    span = Span(MONDAY - 20, MONDAY + 9, profile_visits=300)
    found = week(Timeline(at(0), ((at(7), 5_000),)), spans=(span,), clicks=9)
    assert (found.profile_visits, found.spread) == (70, ("profile_visits",))
    assert set(rates(found)) == {"bio_clicks_per_view", "conversions_per_bio_click"}


def test_the_rounding_of_what_was_typed_widens_the_rates():
    def bounds(found: profile_weeks.Week) -> tuple[float, float]:
        (rate,) = (rate for rate in found.rates if rate.name == "profile_visits_per_view")
        return rate.low, rate.high

    exact = Timeline(at(0), ((at(7), 5_000),))
    sharp = bounds(week(exact, spans=daily(profile_visits=20)))
    rounded = bounds(week(replace(exact, rounding=500), spans=daily(profile_visits=20)))
    visits = bounds(week(exact, spans=tuple(replace(span, rounding=5) for span in daily(profile_visits=20))))
    assert rounded[0] < sharp[0] < sharp[1] < rounded[1]
    assert visits[0] < sharp[0] < sharp[1] < visits[1]
    before = Timeline(at(-9), ((at(-2), 400), (at(-1), 400)), stopped=True, rounding=500)
    assert bounds(week(exact, before, spans=daily(profile_visits=20))) == sharp


def test_views_shared_out_between_readings_far_from_the_weeks_ends_carry_no_rate():
    far = Timeline(at(-10), ((at(-5), 100), (at(20), 10_100)))
    found = week(far, clicks=9)
    assert (found.spread, "bio_clicks_per_view" in rates(found)) == (("views_gained",), False)
    near = Timeline(at(-10), ((at(-0.5), 100), (at(7.5), 10_100)))
    assert (week(near, clicks=9).spread, "bio_clicks_per_view" in rates(week(near, clicks=9))) == ((), True)
    saturday = Timeline(at(-2), ((at(2), 1_000),))
    assert (week(saturday).views_gained, week(saturday).spread) == (500, ("views_gained",))
    # A little of an old post does not blur what a new one gained within the week.
    old, new = Timeline(at(-40), ((at(-20), 9_000), (at(20), 9_400))), Timeline(at(1), ((at(7), 9_000),))
    assert week(old, new, clicks=9).spread == ()


@pytest.mark.parametrize(("old", "spread"), [(1_000, ()), (1_001, ("views_gained",))])
def test_a_tenth_of_the_views_may_lie_on_either_side_of_the_weeks_end(old, spread):
    # The old post gained its views from four days before the end of the week to as long after it: half of them in the week.
    straddling = Timeline(at(-30), ((at(-20), 0), (at(3), 0), (at(11), old)))
    within = Timeline(at(0), ((at(5), 10_000 - old // 2), (at(8), 10_000 - old // 2)))
    found = week(straddling, within)
    assert found.views_gained == pytest.approx(10_000, abs=1)
    assert found.spread == spread


@pytest.mark.parametrize(("start", "end", "spread"), [(6, 9, ()), (5, 8, ()), (6 - 0.01, 8.01, ("views_gained",))])
def test_a_reading_within_a_day_of_the_weeks_end_is_near_enough(start, end, spread):
    assert week(Timeline(at(0), ((at(start), 100), (at(end), 10_100)))).spread == spread


def test_shorter_spans_that_fill_the_week_are_exact():
    spans = (Span(MONDAY, MONDAY + 2, profile_visits=10), Span(MONDAY + 3, MONDAY + 6, profile_visits=11))
    assert profile_spans.measured(spans, MONDAY, "profile_visits") == Measured(21, spread=False)


def test_weeks_come_in_the_order_that_was_asked_for_with_their_own_clicks():
    found = profile_weeks.build(
        [WEEK, BEFORE],
        now=AFTER,
        timelines=(),
        spans=(),
        bio_links=["tappable"] * 2,
        bio_clicks=[2, 1],
        pages=[None, profile_weeks.Page(3, 2)],
        conversions=[1, 0],
    )
    assert [each.page_opens for each in found] == [None, 3]
    assert [(each.monday, each.bio_clicks, each.conversions) for each in found] == [(MONDAY, 2, 1), (MONDAY - 7, 1, 0)]
    assert found[0].to_dict()["week"] == weeks.name(MONDAY) == "2026-W47"
    assert found[0].to_dict()["starts_on"] == "2026-11-16"


def test_taps_on_the_bio_page_are_held_against_its_opens_whatever_else_is_noted():
    found = week(page=profile_weeks.Page(40, 12), clicks=12)
    assert (found.page_opens, found.page_taps) == (40, 12)
    assert rates(found)["page_taps_per_page_open"] == (12, 40)
    assert rates(week(page=profile_weeks.Page(0, 0))) == {}
    assert rates(week(page=profile_weeks.Page(40, 12), now=WEEK.end - 1)) == {}
    assert week().page_opens is None
