"""Clicks that get lost on the way to the target page: told where clearly more do than usual, or inside one app."""

from dataclasses import replace
from typing import Any

import pytest
from case_cast import case, codes, one, usual
from outcome_cast import outcome, reading

from shortlinks.findings.cases import Case
from shortlinks.funnels import leaks


def measured(clicks: int, arrived: int, *, usually: int | None = 57, **fields: Any) -> Case:
    """Of so many clicks so many arrived; of each other post's 60 it were `usually`."""
    others = () if usually is None else tuple(replace(each, measured=60, arrived=usually) for each in usual())
    found = case(clicks=60, others=others, **fields)
    return replace(found, own=replace(found.own, measured=clicks, arrived=arrived))


@pytest.mark.parametrize(
    ("clicks", "arrived", "usually", "found"),
    [
        (60, 40, 57, True),
        (60, 54, 57, False),
        # So many get lost on all of them.
        (60, 40, 42, False),
        # Four of ten are too few to tell anything.
        (10, 6, 57, False),
        (60, 40, None, False),
        (60, 60, 57, False),
        (0, 0, 57, False),
    ],
)
def test_a_post_is_told_whose_clicks_get_lost_more_than_usual(
    clicks: int, arrived: int, usually: int | None, found: bool
) -> None:
    assert ("lost_on_the_way" in codes(measured(clicks, arrived, usually=usually))) is found


@pytest.mark.parametrize(
    ("apps", "found"),
    [
        ((("Instagram", 40, 28), ("Safari", 60, 58)), "Instagram"),
        ((("(unknown)", 60, 58), ("Instagram", 40, 28)), "Instagram"),
        ((("Instagram", 40, 37), ("Safari", 60, 58)), None),
        ((("Instagram", 40, 28), ("Safari", 60, 42)), None),
        # Fewer get lost there than elsewhere.
        ((("Instagram", 400, 395), ("(unknown)", 60, 30)), None),
        ((("Instagram", 100, 50),), None),
    ],
)
def test_an_app_is_told_in_which_more_get_lost_than_in_all_others(
    apps: tuple[tuple[str, int, int], ...], found: str | None
) -> None:
    clicks, arrived = sum(row[1] for row in apps), sum(row[2] for row in apps)
    given = measured(clicks, arrived, usually=None, arrived_in=apps)
    assert ("lost_on_the_way" in codes(given)) is (found is not None)
    if found:
        told = one(given, "lost_on_the_way")
        assert told.title == ("Inside Instagram clicks get lost: 28 of 40 arrived at your page, of all others 58 of 60")
        assert told.evidence["app"] == found
        assert told.evidence["apps"] == [{"app": name, "clicks": made, "arrived": there} for name, made, there in apps]


def test_it_says_what_is_usual() -> None:
    told = one(measured(60, 40), "lost_on_the_way")
    assert told.title == "40 of 60 clicks arrived at your page, clearly fewer than your usual 54–59 arrivals"
    assert (told.evidence["usual_low"], told.evidence["usual_high"], told.evidence["app"]) == (54, 59, None)


def test_the_way_to_the_page_is_a_step_that_leaks() -> None:
    others = [outcome(reading(10_000, 60), measured=60, arrived=57) for _ in range(8)]
    found = leaks.biggest(outcome(reading(10_000, 60), measured=60, arrived=40), others)
    assert found is not None
    assert (found.above, found.below, found.count, found.base) == ("clicks", "arrivals", 40, 60)
    assert found.sentence == (
        "More than usual is lost between our server and your page: 60 clicks usually bring you 54–59 arrivals, here there "
        "were 40."
    )
    assert leaks.biggest(outcome(reading(10_000, 60), measured=60, arrived=56), others) is None
    assert leaks.biggest(outcome(reading(10_000, 60)), others) is None
    assert leaks.biggest(outcome(reading(10_000, 60), measured=7, arrived=3), others) is None, "four are too few"
