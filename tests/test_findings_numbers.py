"""Findings on the numbers themselves, each beside a case that is nearly the same and gives none."""

from dataclasses import replace
from typing import Any

import pytest
from case_cast import BIO, CAPTION, DAY, HOUR, MINUTE, PUBLISHED, SPOKEN, case, codes, hung, one, usual
from outcome_cast import outcome, reading

from shortlinks import times
from shortlinks.funnels import expectation

LAST = 12_400
LATE = ((10_000, 10, 3 * DAY), (11_000, 30, 9 * DAY))


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"age": 5 * HOUR}, "the numbers cover its first 5 hours"),
        ({"age": DAY - 1}, "the numbers cover its first 23 hours"),
        ({"views": None, "as_of": PUBLISHED + 40 * MINUTE}, "the post is 40 minutes old"),
        ({"views": None, "as_of": PUBLISHED + 20}, "the post is less than a minute old"),
        ({"age": 0, "as_of": PUBLISHED + 20}, "the numbers cover its first minute"),
        ({"age": -DAY}, "the numbers cover its first minute"),
        ({"age": -2 * DAY, "as_of": PUBLISHED - DAY}, "the post is not out yet"),
        ({"views": None, "clicks": 0, "as_of": PUBLISHED - DAY}, "the post is not out yet"),
    ],
)
def test_it_is_too_early_to_tell(changes: dict[str, Any], title: str) -> None:
    found = one(case(**changes), "too_early_to_tell")
    assert (found.severity, found.confidence) == ("low", "certain")
    assert found.title == f"Too early to tell: {title}"


@pytest.mark.parametrize(
    ("changes", "clicks"),
    [
        ({"clicks": 9}, "9 clicks"),
        ({"clicks": 1, "views": 300}, "1 click"),
        ({"clicks": 0, "views": 1_000}, "0 clicks"),
        ({"clicks": 0, "views": None}, "0 clicks"),
        ({"clicks": 19, "views": 0}, "19 clicks"),
        ({"clicks": 19, "views": 3}, "19 clicks"),
        ({"clicks": 9, "others": usual(posts=1)}, "9 clicks"),
    ],
)
def test_an_older_post_has_too_few_clicks_to_tell(changes: dict[str, Any], clicks: str) -> None:
    assert one(case(**changes), "too_early_to_tell").title == f"Too few clicks to tell: {clicks} so far"


@pytest.mark.parametrize(
    "changes",
    [
        {"age": DAY},
        {"clicks": 20},
        {"clicks": 20, "views": None},
        {"clicks": 0, "views": 1_000_000},
        {"clicks": 2, "views": 12_000},
        {"clicks": 9, "others": usual(clicks=9)},
        {"clicks": 0, "others": usual(clicks=1), "age": 5 * HOUR},
    ],
)
def test_it_is_not_too_early_once_something_can_be_said_or_is_expected(changes: dict[str, Any]) -> None:
    assert "too_early_to_tell" not in codes(case(**changes))


def test_too_early_shows_what_the_numbers_leave_open_and_asks_for_views() -> None:
    found = one(case(clicks=9), "too_early_to_tell")
    assert found.evidence == {
        "clicks": 9,
        "clicks_needed": 20,
        "age_seconds": 9 * 86_400,
        "views": LAST,
        "low": pytest.approx(0.000382, abs=1e-6),
        "high": pytest.approx(0.001379, abs=1e-6),
        "level": 0.95,
    }
    assert "no views" not in found.next_step
    bare = one(case(None, 9), "too_early_to_tell")
    assert "There are no views yet" in bare.next_step
    young = one(case(None, 9, as_of=PUBLISHED + 5 * HOUR), "too_early_to_tell")
    assert "note the views again" not in young.next_step
    assert (
        one(case(clicks=9, age=5 * HOUR), "too_early_to_tell").next_step
        == "Clicks keep coming for days: note the views again."
    )


def test_clicks_that_no_viewer_made_are_measured_against_no_views() -> None:
    found = one(case(clicks=9, viewers=None), "too_early_to_tell")
    assert (found.evidence["clicks"], found.evidence.get("views")) == (9, None)


@pytest.mark.parametrize(
    ("age", "days", "after", "found"),
    [
        (2 * DAY, 10, 3, True),
        (2 * DAY, 10, 0, False),
        (2 * DAY, 4, 3, False),
        (2 * DAY, 5, 3, True),
        (30 * DAY, 36, 3, False),
        (30 * DAY, 37, 1, True),
        (HOUR, 1, 3, False),
        (HOUR, 2, 3, True),
        (-DAY, 3, 3, True),
    ],
)
def test_numbers_are_stale_once_clicks_came_long_after_them(age: int, days: int, after: int, found: bool) -> None:
    given = case(age=age, as_of=PUBLISHED + days * DAY, ledger={"human": 60 + after})
    assert ("snapshot_stale" in codes(given)) is found


def test_stale_numbers_say_how_old_they_are() -> None:
    given = case(age=2 * DAY, ledger={"human": 61})
    assert one(given, "snapshot_stale").title == "The numbers are 8 days old, and 1 click came since"
    assert "snapshot_stale" not in codes(case(None, ledger={"human": 61}))


@pytest.mark.parametrize(
    ("views", "clicks", "changes", "found"),
    [
        (12, 13, {}, True),
        (12, 12, {}, False),
        (0, 1, {}, True),
        (0, 0, {}, False),
        (12, 13, {"precision": {"views": 1}}, False),
        (12, 16, {"contested": 4}, False),
        (12, 17, {"contested": 4}, True),
        (12, 13, {"viewers": None}, False),
        (12, 13, {"viewers": 2}, False),
        (None, 13, {}, False),
    ],
)
def test_more_clicks_than_views_are_told_whatever_was_rounded_or_shared(
    views: int | None, clicks: int, changes: dict[str, Any], found: bool
) -> None:
    assert ("more_clicks_than_views" in codes(case(views, clicks, **changes))) is found


def test_one_of_each_is_told_in_good_grammar() -> None:
    assert one(case(0, 1), "more_clicks_than_views").title == "More clicks than views: 1 click and 0 views"
    assert one(case(1, 2), "more_clicks_than_views").title == "More clicks than views: 2 clicks and 1 view"


def readings(*rows: tuple[int, int, int], off: int = 0) -> tuple[Any, ...]:
    return tuple(
        replace(reading(views, clicks, age=age * DAY), precision={"views": off}) for age, views, clicks in rows
    )


@pytest.mark.parametrize(
    ("rows", "changes", "found"),
    [
        ([(3, 10_000, 10), (9, 11_000, 30)], {}, True),
        ([(1, 9_000, 8), (4, 10_000, 10), (9, 11_000, 30)], {}, True),
        # Views and clicks kept pace.
        ([(3, 10_000, 10), (9, 20_000, 20)], {}, False),
        # Only two clicks, however few views.
        ([(3, 10_000, 10), (9, 10_000, 12)], {}, False),
        ([(3, 10_000, 10), (9, 10_000, 13)], {}, True),
        # Half a post's life, but not of its clicks.
        ([(3, 10_000, 1), (9, 20_000, 5)], {}, False),
        ([(2, 10_000, 10), (9, 11_000, 30)], {}, False),
        ([(9, 11_000, 30)], {}, False),
        ([(3, 10_000, 10), (9, 11_000, 30)], {"contested": 18}, False),
        # Views that were corrected downwards: nobody knows how many were new.
        ([(3, 10_000, 10), (9, 9_000, 30)], {}, False),
        ([(3, 10_000, 10), (9, 11_000, 30)], {"viewers": None}, False),
        # "10K" and "11K" may be 9,500 and 11,500: the clicks still came late. "10K" twice may hide all.
        ([(3, 10_000, 10), (9, 10_000, 14)], {"off": 500}, False),
    ],
)
def test_clicks_that_came_late_are_told_where_new_views_do_not_explain_them(
    rows: list[tuple[int, int, int]], changes: dict[str, Any], found: bool
) -> None:
    seen = readings(*rows, off=changes.pop("off", 0))
    assert ("late_clicks" in codes(case(seen[-1].views, rows[-1][2], seen=seen, **changes))) is found


def test_late_clicks_are_counted_beside_late_views() -> None:
    given = case(11_000, 30, seen=readings((4, 10_000, 10), (9, 11_000, 30)))
    assert one(given, "late_clicks").title == (
        "People came late: 20 of 30 clicks, but only 1,000 of 11,000 views, came after its first 4 days"
    )
    nearly = (reading(10_000, 10, age=round(3.9 * DAY)), reading(11_000, 30, age=9 * DAY))
    assert one(case(11_000, 30, seen=nearly), "late_clicks").title.endswith("after its first 4 days")


@pytest.mark.parametrize(
    ("links", "told"),
    [((), False), ((hung(CAPTION),), False), ((hung(CAPTION), hung(SPOKEN, "b2c3d")), True), ((hung(BIO),), True)],
)
def test_where_no_link_is_in_reach_neither_few_clicks_nor_old_numbers_are_the_reason(
    links: tuple[Any, ...], told: bool
) -> None:
    assert ("too_early_to_tell" in codes(case(1_000, 3, links=links))) is told
    assert ("snapshot_stale" in codes(case(age=2 * DAY, ledger={"human": 63}, links=links))) is told


@pytest.mark.parametrize(("spots", "told"), [((CAPTION,), False), ((CAPTION, BIO), True)])
def test_clicks_typed_late_from_a_caption_are_against_no_views(spots: tuple[str, ...], told: bool) -> None:
    seen = tuple(reading(views, clicks, age=age, spot=CAPTION) for views, clicks, age in LATE)
    own = outcome(*seen, spots=spots)
    given = case(seen=seen, clicks=30, views=11_000, own=own, expected=expectation.of_outcome(own, ()))
    assert ("late_clicks" in codes(given)) is told


@pytest.mark.parametrize(
    ("early", "title"),
    [
        ((PUBLISHED - DAY,), "Numbers noted once are"),
        ((PUBLISHED - DAY, PUBLISHED - HOUR), "Numbers noted 2 times are"),
    ],
)
def test_numbers_dated_before_the_post_are_told(early: tuple[int, ...], title: str) -> None:
    found = one(case(noted_early=early), "noted_before_publish")
    assert found.title == f"{title} dated before the post was out, so they are in no rate"
    assert (found.evidence["snapshots"], found.evidence["latest_taken_at"]) == (len(early), times.rfc3339(max(early)))
    assert "noted_before_publish" not in codes(case())


def test_numbers_of_a_post_that_is_still_to_come_are_before_it() -> None:
    given = case(noted_early=(PUBLISHED - DAY,), as_of=PUBLISHED - HOUR, views=None)
    assert "before the post is out" in one(given, "noted_before_publish").title
