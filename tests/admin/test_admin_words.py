"""Charts, words and times of the pages: pure functions."""

from zoneinfo import ZoneInfo

import pytest

from shortlinks import times
from shortlinks.clicks import classify
from shortlinks.clicks.previews import Previews
from shortlinks.errors import Invalid
from shortlinks.funnels import expectation, funnel
from shortlinks.web.admin import charts, local, words

BERLIN = ZoneInfo("Europe/Berlin")


def _funnel(
    *steps: funnel.Step, gaps: tuple[funnel.Gap, ...] = (), rates: tuple[funnel.Rate, ...] = ()
) -> funnel.Funnel:
    nothing = {"hits": 0, "human": 0, "lost": 0}
    unknown = expectation.expect(None, [])
    return funnel.Funnel("p", 0, None, None, steps, gaps, rates, nothing, 0, 0, (), Previews({}, {}), unknown, None, ())


def _step(name: str, count: int, **bounds: int) -> funnel.Step:
    return funnel.Step(name, "path", count, "log", **bounds)


def test_the_path_has_each_step_in_order_with_gaps_where_nothing_is_known() -> None:
    steps = (_step("likes", 3), _step("clicks", 9), _step("visitors", 8), _step("conversions", 0))
    found = charts.path(_funnel(*steps, gaps=(funnel.Gap("profile_visits", "There"),)), {})
    assert [(row.name, row.count) for row in found.rows] == [
        ("views", None),
        ("likes", 3),
        ("profile_visits", None),
        ("clicks", 9),
        ("visitors", 8),
        ("conversions", 0),
    ]
    assert found.rows[2].where == "There"


def test_lengths_are_logarithmic_and_nothing_is_longer_than_the_chart() -> None:
    found = charts.path(
        _funnel(_step("views", 9_999), _step("clicks", 99, at_least=9, at_most=999), _step("visitors", 1)), {}
    )
    rows = {row.name: row for row in found.rows}
    assert rows["views"].width == "100.00%"
    assert rows["clicks"].width == "25.00%"
    assert rows["clicks"].more == "50.00%"
    assert rows["clicks"].bounds == (9, 999)
    assert all(0 < float(tick.rstrip("%")) < 100 for tick in found.ticks)
    assert len(found.ticks) == 4


def test_clicks_that_are_in_no_rate_are_told() -> None:
    steps = _step("views", 100), _step("clicks", 9), _step("visitors", 9)
    for viewers, told in ((9, ""), (8, "1 of them came through a link that"), (2, "7 of them came through links that")):
        rates = (funnel.Rate("clicks_per_view", viewers, 100, 0.1, 0.0, 0.2, 0.95, "wilson"),)
        rows = {row.name: row for row in charts.path(_funnel(*steps, rates=rates), {}).rows}
        assert rows["clicks"].in_no_rate.startswith(told)
        assert bool(rows["clicks"].in_no_rate) is bool(told)
        assert not rows["visitors"].in_no_rate
    rates = (funnel.Rate("clicks_per_profile_visit", 2, 50, 0.1, 0.0, 0.2, 0.95, "wilson"),)
    assert not any(row.in_no_rate for row in charts.path(_funnel(*steps, rates=rates), {}).rows)


@pytest.mark.parametrize(("count", "drawn"), [(0, False), (1, True)])
def test_only_what_is_zero_has_no_bar(count: int, drawn: bool) -> None:
    found = charts.path(_funnel(_step("views", 10**12), _step("clicks", count, at_least=count, at_most=count)), {})
    width = next(row for row in found.rows if row.name == "clicks").width
    assert (float(width.rstrip("%")) > 0) is drawn


def test_a_step_at_least_zero_shows_only_its_range() -> None:
    found = charts.path(_funnel(_step("views", 99), _step("clicks", 3, at_least=0, at_most=9)), {})
    row = next(row for row in found.rows if row.name == "clicks")
    assert (row.width, row.more) == ("0.00%", "50.00%")


def test_bars_fill_the_chart_and_empty_days_keep_a_line() -> None:
    drawn = charts.bars([("Mon", 0), ("Tue", 4), ("Wed", 2)])
    assert [bar.height for bar in drawn] == ["1.50%", "100.00%", "50.00%"]
    assert charts.bars([("Mon", 0)])[0].count == 0


def test_a_long_breakdown_ends_in_other_and_still_adds_up() -> None:
    pairs = [(f"app {number}", 10 - number) for number in range(9)]
    found = charts.shares(pairs)
    assert len(found) == 7
    assert found[-1][0] == "other"
    assert sum(count for _, count, _ in found) == sum(count for _, count in pairs)
    assert max(float(width.rstrip("%")) for _, _, width in found) <= 100
    assert charts.shares([]) == []


def test_the_ledger_adds_up_in_words() -> None:
    counted = {"hits": 31, "human": 9, "preview": 14, "crawler": 1, "burst": 7, "lost": 3, "head": 0}
    found = words.ledger(counted)
    assert [part for part, _ in found.parts] == [
        "9 clicks by people",
        "14 link previews",
        "1 crawler",
        "7 taps in bursts",
    ]
    assert found.parts[2][1] == "A search engine or another robot."
    assert (found.hits, found.short) == ("31 hits", "31 hits: 22 left out")
    assert words.ledger({"hits": 1, "human": 1}).short == "1 hit: none left out"
    assert words.ledger({"hits": 1, "human": 0, "yeti": 1}).parts == [("1 yeti", "")]
    none = words.ledger({"hits": 0, "human": 0, "lost": 0})
    assert (none.hits, none.parts) == ("0 hits", [])


def test_every_reason_has_words() -> None:
    assert words.REASONS.keys() >= classify.REASONS.keys()


def test_a_kind_that_is_not_usual_on_a_platform_is_offered_last_where_it_is_present() -> None:
    assert words.kinds("pinterest", present="live") == [("pin", "Pin"), ("live", "Live")]
    assert words.kinds("pinterest", present="pin") == words.kinds("pinterest", present="nonsense") == [("pin", "Pin")]


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("2026-07-01T10:30:00Z", "2026-07-01T12:30"),
        ("2026-12-01T10:30:00Z", "2026-12-01T11:30"),
        ("2026-10-25T00:30:00Z", "2026-10-25T02:30"),
    ],
)
def test_an_instant_survives_the_form(at: str, text: str) -> None:
    instant = times.parse(at, "at")
    assert local.to_input(instant, BERLIN) == text
    assert local.from_input(text, BERLIN, "at") == instant


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-13-01T10:00", "2026-01-01T10:00Z", "0001-01-01T00:00", "9" * 400],
)
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        local.from_input(text, ZoneInfo("Asia/Tokyo"), "taken_at")
    assert refused.value.errors[0][0] == "taken_at"


def test_moments_are_read_in_the_creators_zone() -> None:
    assert local.moment(times.parse("2026-11-21T22:46:40Z", "at"), BERLIN) == "Sat 21 Nov 2026, 23:46"
    assert local.day(times.parse("2026-11-21T23:46:40Z", "at"), BERLIN) == "Sun 22 Nov"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("is required", "Views is required."),
        ("Tick one.", "Tick one."),
        ("cannot be: are the two swapped?", "Views cannot be: are the two swapped?"),
        (
            "is required, or one of likes, profile_visits, link_taps",
            "Views is required, or one of likes, profile visits, link taps.",
        ),
    ],
)
def test_an_error_ends_like_a_sentence_and_has_no_names_of_fields(text: str, sentence: str) -> None:
    assert words.sentence(text, "Views") == sentence
