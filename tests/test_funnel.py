import json
import math
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outcome_cast import outcome, reading

from shortlinks import times
from shortlinks.clicks.previews import Previews
from shortlinks.findings.finding import Finding
from shortlinks.funnels import expectation, funnel, leaks
from shortlinks.statistics import spread

BIG = 10**12
PUBLISHED = 1_795_000_000_000
MINUTE = times.MINUTE


def snapshot(taken_at: int = 0, *, precision: dict[str, int] | None = None, **counts: int) -> Any:
    """What a platform said: the counts given, None for the others."""
    numbers: dict[str, int | None] = dict.fromkeys(("views", "likes", "reach", "profile_visits", "link_taps"))
    return SimpleNamespace(taken_at=taken_at, precision=precision or {}, **(numbers | counts))


def build(**changes: Any) -> funnel.Funnel:
    """The funnel of an Instagram reel with nine clicks from the bio; `changes` are arguments of funnel.build."""
    arguments: dict[str, Any] = {
        "post_id": "bcdfghjkmn",
        "as_of": times.parse("2026-11-22T10:00:00Z", "at"),
        "snapshot": snapshot(times.parse("2026-11-22T09:30:00Z", "at"), views=12_400, likes=931),
        "ledger": {"crawler": 5, "human": 11, "preview": 14, "monitor": 0, "visitors": 9, "lost": 0},
        "previews": Previews({"iMessage": 2}, {"Facebook": 12}),
        "clicks": {"profile": 9},
        "tapped": 9,
        "visitors": 8,
        "conversions": 1,
        "conversions_after": 3,
        "at_least": 7,
        "at_most": 14,
        "findings": (),
        "gap_places": {"profile_visits": "Instagram: Insights of the post, Profile visits"},
        "expected": expectation.expect(None, []),
        "leak": None,
        "windows": (),
    }
    return funnel.build(**(arguments | changes))


def rates(built: funnel.Funnel) -> dict[str, tuple[int, int]]:
    return {rate.name: (rate.numerator, rate.denominator) for rate in built.rates}


def counts(built: funnel.Funnel) -> dict[str, int]:
    return {step.name: step.count for step in built.steps}


def test_it_is_the_json_of_the_api() -> None:
    finding = Finding(
        code="dead_placement",
        severity="high",
        title="Nobody can tap it",
        evidence={"links": []},
        next_step="Move it.",
        confidence="certain",
    )
    answer = build(findings=[finding]).to_dict()
    found = answer.pop("rates")
    assert answer == {
        "post_id": "bcdfghjkmn",
        "as_of": "2026-11-22T10:00:00Z",
        "snapshot_at": "2026-11-22T09:30:00Z",
        "stale_seconds": 1800,
        "steps": [
            {"name": "views", "role": "path", "count": 12_400, "source": "snapshot"},
            {"name": "likes", "role": "beside", "count": 931, "source": "snapshot"},
            {"name": "clicks", "role": "path", "count": 9, "at_least": 7, "at_most": 14, "source": "log"},
            {"name": "visitors", "role": "beside", "count": 8, "source": "log"},
            {"name": "conversions", "role": "path", "count": 1, "source": "log"},
        ],
        "gaps": [{"name": "profile_visits", "where": "Instagram: Insights of the post, Profile visits"}],
        "expected": {
            "clicks": None,
            "verdict": "no_history",
            "clear": False,
            "undecided": False,
            "sentence": "Note the views of this post: then you see here what they usually bring you.",
        },
        "leak": None,
        "windows": [],
        "ledger": {"hits": 30, "human": 11, "preview": 14, "crawler": 5, "lost": 0},
        "previews": {"pasted": {"iMessage": 2}, "fetched": {"Facebook": 12}},
        "clicks_after_snapshot": 2,
        "conversions_after_snapshot": 3,
        "findings": [
            {
                "code": "dead_placement",
                "severity": "high",
                "title": "Nobody can tap it",
                "evidence": {"links": []},
                "next_step": "Move it.",
                "confidence": "certain",
            }
        ],
    }
    clicks_per_view = next(rate for rate in found if rate["name"] == "clicks_per_view")
    assert {key: value for key, value in clicks_per_view.items() if key not in ("rate", "low", "high")} == {
        "name": "clicks_per_view",
        "numerator": 9,
        "denominator": 12_400,
        "level": 0.95,
        "method": "wilson",
        "sentence": "9 of 12,400 views, 0.07\u00a0%, between 0.04\u00a0% and 0.14\u00a0%",
    }
    interval = [clicks_per_view[key] for key in ("rate", "low", "high")]
    assert interval == pytest.approx([0.000726, 0.000382, 0.001379], abs=1e-6)


def test_its_rates_are_those_that_both_sides_were_counted_for() -> None:
    assert rates(build()) == {
        "likes_per_view": (931, 12_400),
        "clicks_per_view": (9, 12_400),
        "clicks_per_like": (9, 931),
        "visitors_per_click": (8, 9),
        "conversions_per_click": (1, 9),
    }


def test_without_a_snapshot_there_are_no_views_and_no_rates_on_them() -> None:
    built = build(snapshot=None)
    assert counts(built) == {"clicks": 9, "visitors": 8, "conversions": 1}
    assert rates(built) == {"visitors_per_click": (8, 9), "conversions_per_click": (1, 9)}
    answer = built.to_dict()
    assert answer["snapshot_at"] is None
    assert answer["stale_seconds"] is None


def test_without_a_click_its_steps_are_there_at_0_and_rates_on_them_are_not() -> None:
    built = build(clicks={"profile": 0}, visitors=0, conversions=0, at_least=0, at_most=0, ledger={})
    assert counts(built) == {"views": 12_400, "likes": 931, "clicks": 0, "visitors": 0, "conversions": 0}
    assert rates(built) == {
        "likes_per_view": (931, 12_400),
        "clicks_per_view": (0, 12_400),
        "clicks_per_like": (0, 931),
    }
    assert built.ledger == {"hits": 0, "human": 0, "lost": 0}
    assert {"name": "visitors", "role": "beside", "count": 0, "source": "log"} in built.to_dict()["steps"]


def test_conversions_that_nobody_reports_are_a_gap_and_no_measured_0() -> None:
    places = {"arrivals": "The shop", "conversions": "Its orders"}
    built = build(conversions=0, gap_places=places)
    assert counts(built)["conversions"] == 0
    assert built.gaps == (funnel.Gap("arrivals", "The shop"), funnel.Gap("conversions", "Its orders"))
    assert "conversions_per_click" not in rates(built)
    assert rates(build(conversions=0))["conversions_per_click"] == (0, 9)


def test_a_post_without_any_link_has_no_click_per_view() -> None:
    assert rates(build(clicks={}, visitors=0, conversions=0)) == {"likes_per_view": (931, 12_400)}


@pytest.mark.parametrize("clicks", [{}, {"viewers": 3}, {"profile": 3}])
def test_where_nobody_can_tap_no_clicks_are_no_rate_of_views(clicks: dict[Any, int]) -> None:
    full = snapshot(views=12_400, likes=931, reach=8_100, profile_visits=300, link_taps=20)
    nothing = expectation.of_outcome(outcome(reading(12_400, 3), spots=("instagram/reel_caption",)), [])
    found = rates(build(snapshot=full, clicks=clicks, expected=nothing, visitors=2))
    assert not {name for name in found if name.startswith("clicks_per_")}
    assert found["profile_visits_per_view"] == (300, 12_400)
    assert bool(clicks) == ("clicks_per_view" in rates(build(snapshot=full, clicks=clicks)))


def lost(above: str, below: str) -> leaks.Leak:
    return leaks.Leak(above, below, 3, 400, 80.0, spread.Range(low=60, high=100, mean=80.0, level=0.8, posts=8), 0.1)


def finding(code: str) -> Finding:
    return Finding(code=code, severity="high", title="T", evidence={}, next_step="N.", confidence="likely")


@pytest.mark.parametrize(
    ("step", "code", "told"),
    [
        (("profile_visits", "clicks"), "profile_visits_without_taps", False),
        (("profile_visits", "link_taps"), "profile_visits_without_taps", False),
        (("profile_visits", "clicks"), "clicks_without_conversions", True),
        (("clicks", "conversions"), "clicks_without_conversions", False),
        (("clicks", "conversions"), "profile_visits_without_taps", True),
        (("views", "profile_visits"), "profile_visits_without_taps", True),
        (("views", "profile_visits"), "too_early_to_tell", True),
        # What was to be expected of it says that one.
        (("views", "clicks"), "too_early_to_tell", False),
    ],
)
def test_a_leak_is_not_told_again_beside_a_finding_on_that_step(step: tuple[str, str], code: str, told: bool) -> None:
    built = build(leak=lost(*step), findings=[finding(code)])
    assert (built.untold_leak is not None) is told
    assert built.to_dict()["leak"]["from"] == step[0]


def test_zero_views_are_a_step_and_no_denominator() -> None:
    built = build(snapshot=snapshot(views=0, likes=0))
    assert counts(built)["views"] == 0
    assert rates(built) == {"visitors_per_click": (8, 9), "conversions_per_click": (1, 9)}


def test_likes_without_views_carry_their_own_rate() -> None:
    built = build(snapshot=snapshot(likes=931))
    assert "views" not in counts(built)
    assert rates(built)["clicks_per_like"] == (9, 931)
    assert "likes_per_view" not in rates(built)


def test_optional_steps_and_their_rates_appear_when_they_were_noted() -> None:
    full = snapshot(views=12_400, likes=931, reach=8_100, profile_visits=300, link_taps=20)
    built = build(snapshot=full)
    assert [(step.name, step.role) for step in built.steps] == [
        ("views", "path"),
        ("reach", "beside"),
        ("likes", "beside"),
        ("profile_visits", "path"),
        ("link_taps", "path"),
        ("clicks", "path"),
        ("visitors", "beside"),
        ("conversions", "path"),
    ]
    assert built.gaps == ()
    assert rates(built) == {
        "likes_per_view": (931, 12_400),
        "profile_visits_per_view": (300, 12_400),
        "link_taps_per_view": (20, 12_400),
        "link_taps_per_profile_visit": (20, 300),
        "clicks_per_view": (9, 12_400),
        "clicks_per_reach": (9, 8_100),
        "clicks_per_like": (9, 931),
        "clicks_per_profile_visit": (9, 300),
        "clicks_per_link_tap": (9, 20),
        "visitors_per_click": (8, 9),
        "conversions_per_click": (1, 9),
    }


def test_clicks_from_a_sticker_are_in_no_rate_on_profile_visits() -> None:
    noted = snapshot(views=12_400, profile_visits=300, link_taps=20)
    mixed = rates(build(snapshot=noted, clicks={"viewers": 6, "profile": 3}))
    assert mixed["clicks_per_view"] == (9, 12_400)
    assert mixed["clicks_per_profile_visit"] == (3, 300)
    assert "link_taps_per_profile_visit" not in mixed
    sticker = rates(build(snapshot=noted, clicks={"viewers": 9}))
    assert sticker["clicks_per_link_tap"] == (9, 20)
    assert "clicks_per_profile_visit" not in sticker


def test_who_typed_the_address_did_not_tap() -> None:
    noted = snapshot(views=12_400, link_taps=4)
    assert rates(build(snapshot=noted, clicks={"viewers": 5, "profile": 3}, tapped=3))["clicks_per_link_tap"] == (3, 4)
    assert "clicks_per_link_tap" not in rates(build(snapshot=noted, clicks={"viewers": 5}, tapped=None))


def test_clicks_from_a_newsletter_are_in_no_rate_on_views() -> None:
    beside = build(clicks={"profile": 9, "outside": 40})
    assert counts(beside)["clicks"] == 49
    assert rates(beside)["clicks_per_view"] == (9, 12_400)
    assert rates(beside)["clicks_per_like"] == (9, 931)
    assert rates(beside)["conversions_per_click"] == (1, 49)
    assert "clicks_per_view" not in rates(build(clicks={"outside": 40}))


def test_more_clicks_than_views_are_an_exact_poisson_rate() -> None:
    rate = next(rate for rate in build(snapshot=snapshot(views=5)).rates if rate.name == "clicks_per_view")
    assert rate.method == "poisson_exact"
    assert rate.low < 9 / 5 < rate.high


def test_the_rounding_of_typed_numbers_widens_a_rate() -> None:
    def likes_per_view(**precision: int) -> funnel.Rate:
        built = build(snapshot=snapshot(views=12_400, likes=931, precision=precision))
        return next(rate for rate in built.rates if rate.name == "likes_per_view")

    exact, rounded, both = likes_per_view(), likes_per_view(views=50), likes_per_view(views=50, likes=5)
    assert both.low < rounded.low < exact.low < exact.rate == both.rate < exact.high < rounded.high < both.high


@pytest.mark.parametrize(
    ("clicks", "missing"),
    [
        ({"profile": 1}, ["reach", "profile_visits", "arrivals"]),
        ({}, ["reach", "profile_visits", "arrivals"]),
        ({"viewers": 1}, ["reach", "arrivals"]),
        ({"viewers": 1, "profile": 0}, ["reach", "profile_visits", "arrivals"]),
    ],
)
def test_a_step_that_nobody_takes_is_no_gap(clicks: dict[str, int], missing: list[str]) -> None:
    places = dict.fromkeys(("arrivals", "profile_visits", "reach"), "in the app")
    assert [gap.name for gap in build(clicks=clicks, gap_places=places).gaps] == missing


def test_the_range_of_clicks_holds_the_count() -> None:
    step = next(step for step in build(at_least=11, at_most=8).steps if step.name == "clicks")
    assert (step.at_least, step.count, step.at_most) == (9, 9, 9)


def test_the_ledger_adds_up_and_holds_nothing_but_reasons() -> None:
    built = build(ledger={"human": 9, "hits": 99, "visitors": 8, "self": 1, "repeat": 2, "expired": 0, "lost": 3})
    assert built.ledger == {"hits": 12, "human": 9, "repeat": 2, "self": 1, "lost": 3}
    assert list(built.ledger) == ["hits", "human", "repeat", "self", "lost"]


def test_clicks_after_the_snapshot_are_those_not_yet_in_the_steps() -> None:
    assert build(ledger={"human": 9}).clicks_after_snapshot == 0
    assert build(ledger={"human": 30}).clicks_after_snapshot == 21
    assert build(ledger={"human": 8}).clicks_after_snapshot == 0


def test_a_snapshot_a_little_ahead_of_the_clock_is_not_stale() -> None:
    as_of = PUBLISHED
    assert build(as_of=as_of, snapshot=snapshot(as_of + 4 * MINUTE, views=1)).stale_seconds == 0


def test_only_what_was_not_noted_is_a_gap() -> None:
    places = {"views": "A", "profile_visits": "B", "link_taps": "C"}
    built = build(snapshot=snapshot(views=5, link_taps=0), gap_places=places)
    assert built.gaps == (funnel.Gap("profile_visits", "B"),)
    assert [gap.name for gap in build(snapshot=None, gap_places=places).gaps] == [
        "views",
        "profile_visits",
        "link_taps",
    ]


number = st.integers(0, BIG)
audiences = st.dictionaries(st.sampled_from(["viewers", "profile", "outside"]), number)
noted = st.dictionaries(st.sampled_from(["views", "likes", "reach", "profile_visits", "link_taps"]), number)


@settings(deadline=None)
@given(noted, audiences, number, number, number, number)
def test_any_counts_give_json_without_nan_and_rates_within_their_bounds(
    noted: dict[str, int], clicks: dict[str, int], visitors: int, conversions: int, at_least: int, at_most: int
) -> None:
    built = build(
        snapshot=snapshot(PUBLISHED, **noted),
        clicks=clicks,
        visitors=visitors,
        conversions=conversions,
        at_least=at_least,
        at_most=at_most,
    )
    json.dumps(built.to_dict(), allow_nan=False)
    for rate in built.rates:
        assert rate.denominator > 0
        assert rate.rate == rate.numerator / rate.denominator
        assert 0 <= rate.low <= rate.rate <= rate.high
        assert math.isfinite(rate.high)
        assert rate.high <= 1 or rate.method == "poisson_exact"
    step = next(step for step in built.steps if step.name == "clicks")
    assert step.at_least <= step.count <= step.at_most


@pytest.mark.parametrize(
    ("at", "end"),
    [
        (0, MINUTE),
        (1, MINUTE),
        (MINUTE - 1, MINUTE),
        (MINUTE, 2 * MINUTE),
        (PUBLISHED, PUBLISHED // MINUTE * MINUTE + MINUTE),
    ],
)
def test_the_minute_that_holds_a_snapshot_counts_as_before_it(at: int, end: int) -> None:
    assert funnel.cut_end(at) == end


def test_its_headline_is_of_clicks_by_viewers_and_of_all_where_there_are_no_views() -> None:
    certain = {"at_least": 9, "at_most": 9}
    assert build(**certain).headline == "9 clicks by people from 12,400 views: about 1 per 1,400"
    assert build().headline == "9 clicks by people (at least 7, at most 14) from 12,400 views"
    beside = {"clicks": {"profile": 9, "outside": 4}, "at_least": 11, "at_most": 18}
    assert build(**beside).headline == build().headline
    assert build(snapshot=None).headline == "9 clicks by people (at least 7, at most 14)"
    assert build(snapshot=None, clicks={"profile": 1}, at_least=1, at_most=1).headline == "1 click by a person"
