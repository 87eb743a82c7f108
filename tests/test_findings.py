"""The catalogue of findings: what is in it, in which order they come, and that any case gives sentences and JSON."""

import json
from dataclasses import replace
from typing import Any

import case_cast
import pytest
from case_cast import (
    BIO,
    CAPTION,
    DAY,
    HOUR,
    LINKEDIN,
    PUBLISHED,
    SPOKEN,
    WEBSITE_FIELD,
    broken,
    case,
    hits,
    hung,
    usual,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from outcome_cast import reading

from shortlinks.findings import findings
from shortlinks.findings.cases import Account, Case, Peak


def lost(given: Case) -> Case:
    """The clicks in its apps were measured."""
    sums = (sum(row[place] for row in given.arrived_in) for place in (1, 2))
    return replace(given, own=replace(given.own, **dict(zip(("measured", "arrived"), sums, strict=True))))


SMALL = Account("personal", 600)
TRIGGERS: dict[str, Case] = {
    "dead_placement": case(links=(hung(CAPTION),)),
    "other_format": case(platform="youtube", format="short", links=(hung("youtube/video_description"),)),
    "no_link": case(clicks=0, links=()),
    "no_tappable_spot": case(platform="tiktok", account=SMALL, links=(hung("tiktok/spoken"),)),
    "slow_or_broken_target": case(links=(hung(target=broken()),)),
    "link_broken_during_peak": case(
        ledger={"human": 60, "expired": 9}, peak=Peak(spans=((0, 1),), clicks=60, expired=9)
    ),
    "clicks_without_conversions": case(clicks=100, conversions=0, others=usual(clicks=100, conversions=10)),
    "lost_on_the_way": lost(case(arrived_in=(("Instagram", 40, 28), ("Safari", 60, 58)))),
    "no_click_ids": case(
        conversions=0, links=(hung(tells_sales=False),), others=tuple(replace(each, by_click=2) for each in usual())
    ),
    "profile_visits_without_taps": case(links=(hung(CAPTION),), counts={"profile_visits": 300}),
    "bio_pointed_elsewhere": case(
        links=(hung(stays=((PUBLISHED - HOUR, PUBLISHED + DAY),), working=False),),
        seen=(reading(4_000, age=2 * DAY), reading(12_400, 60, age=9 * DAY)),
    ),
    "shown_to_strangers": case(40_000, 3, others=usual(), followers=(600, 0)),
    "likes_without_clicks": case(clicks=3, counts={"likes": 400}, others=usual(likes=300)),
    "saves_without_clicks": case(clicks=3, counts={"saves": 400}, others=usual(saves=300)),
    "more_clicks_than_views": case(views=12, clicks=60),
    "noted_before_publish": case(noted_early=(PUBLISHED - DAY,)),
    "clicks_before_publish": case(before_publish=3),
    "previews_only": case(clicks=0, ledger={"preview": 4}),
    "bots_only": case(clicks=0, ledger={"crawler": 4, "preview": 1}),
    "maybe_you": case(clicks=1, first_hits=hits("human")),
    "typed_in": case(links=(hung(SPOKEN, clicks=3),)),
    "late_clicks": case(
        seen=(reading(10_000, 10, age=3 * DAY), reading(11_000, 30, age=9 * DAY)), clicks=30, views=11_000
    ),
    "link_shortened_by_platform": case(links=(hung(LINKEDIN, "a-slug-that-is-long"),)),
    "snapshot_stale": case(age=2 * DAY, ledger={"human": 63}),
    "too_early_to_tell": case(clicks=9),
}


def test_every_finding_of_the_catalogue_has_a_case_that_shows_it_and_its_evidence() -> None:
    assert TRIGGERS.keys() == findings.CODES.keys()
    for code, given_ in TRIGGERS.items():
        found = case_cast.one(given_, code)
        assert found.evidence, code
        assert found.next_step.endswith((".", "?")), code
        assert not found.title.endswith("."), code
    assert all(row.trigger.endswith(".") and row.source.endswith(".") for row in findings.CODES.values())


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert case_cast.codes(case()) == []
    assert case_cast.codes(case(others=usual(likes=300, saves=30), counts={"likes": 350, "saves": 40})) == []


def test_the_gravest_finding_comes_first_and_a_dead_placement_before_all() -> None:
    given_ = case(
        clicks=9,
        conversions=0,
        links=(hung(CAPTION, target=broken()), hung(SPOKEN, "b2c3d", clicks=2)),
        platform="tiktok",
        account=SMALL,
        before_publish=1,
    )
    assert case_cast.codes(given_) == [
        "dead_placement",
        "no_tappable_spot",
        "slow_or_broken_target",
        "clicks_before_publish",
        "typed_in",
        "too_early_to_tell",
    ]


def test_what_weighs_more_comes_first_whatever_its_place_in_the_catalogue() -> None:
    peak = Peak(spans=((0, 1),), clicks=9, expired=1)
    given_ = case(
        clicks=100,
        conversions=0,
        ledger={"human": 100, "expired": 1},
        peak=peak,
        others=usual(clicks=100, conversions=10),
    )
    assert case_cast.codes(given_) == ["clicks_without_conversions", "link_broken_during_peak"]


count = st.integers(0, 30) | st.integers(0, 10**12)
moment = st.integers(-(10**12), 10**13)
few = st.integers(0, 12 * DAY)
noted = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("likes", "saves", "reach", "profile_visits", "link_taps"), count)
)
spots = st.sampled_from((BIO, CAPTION, SPOKEN, LINKEDIN, WEBSITE_FIELD))
reasons = st.sampled_from(("human", "preview", "crawler", "expired", "self", "repeat"))
targets = st.none() | st.builds(
    broken,
    st.sampled_from(("ok", "slow", "broken", "unknown")),
    seconds=st.none() | st.floats(0, 60, allow_nan=False),
    since=st.none() | moment,
)


@st.composite
def any_case(draw: st.DrawFn) -> Case:
    views, clicks, counts = draw(st.none() | count), draw(count), draw(noted)
    ages = sorted(draw(st.lists(st.integers(-DAY, 400 * DAY), max_size=4)))
    seen = tuple(reading(draw(count), draw(count), age=age, conversions=draw(count), **draw(noted)) for age in ages)
    links: list[Any] = []
    for number, spot in enumerate(draw(st.lists(spots, max_size=3))):
        made_at, lasted = PUBLISHED + draw(st.integers(-DAY, DAY)), draw(st.none() | few)
        fields: dict[str, Any] = {"clicks": draw(count), "target": draw(targets), "working": lasted is None}
        stay = (made_at, None if lasted is None else made_at + lasted)
        links.append(hung(spot, f"slug{number}", made_at=made_at, stays=(stay,), **fields))
    others = draw(
        st.sampled_from(((), usual(), usual(0), usual(5, 10**12, likes=7), usual(1, 1, posts=2, conversions=3)))
    )
    ledger = draw(st.dictionaries(reasons, count, max_size=4)) | {"lost": 0, "visitors": clicks}
    return case(
        views,
        clicks,
        counts=counts,
        seen=draw(st.none() | st.just(seen)),
        others=others,
        age=draw(st.integers(-2 * DAY, 400 * DAY)),
        as_of=draw(moment),
        ledger=ledger,
        contested=draw(st.integers(0, clicks)),
        elsewhere=draw(count),
        viewers=draw(st.none() | st.just(clicks)),
        conversions=draw(st.sampled_from((0, 1))),
        links=tuple(links),
        account=draw(
            st.none() | st.builds(Account, st.sampled_from(("personal", "business")), st.none() | count, count)
        ),
        platform=draw(st.sampled_from(("instagram", "tiktok", "linkedin", "other"))),
        first_hits=hits(*draw(st.lists(reasons, max_size=4)), slug="slug0"),
        before_publish=draw(count),
        non_followers=draw(st.none() | st.floats(0, 100, allow_nan=False)),
        peak=draw(
            st.none()
            | st.builds(Peak, spans=st.just(((0, DAY),)), clicks=count, expired=count, broken=count, clicks_lost=count)
        ),
    )


@settings(deadline=None, max_examples=300)
@given(any_case())
def test_any_case_gives_sentences_and_json_without_nan(given_: Case) -> None:
    for finding in findings.find(given_):
        text = json.dumps(finding.to_dict(), allow_nan=False)
        assert json.loads(text) == finding.to_dict()
        assert "None" not in finding.title + finding.next_step
        assert finding.next_step.endswith((".", "?"))
        assert finding.confidence in ("certain", "likely", "possible")


@pytest.mark.parametrize(
    "changes",
    [
        {"views": None, "clicks": 0, "ledger": {}},
        {"views": 0, "clicks": 0, "counts": {"likes": 4}},
        {"views": None, "clicks": 3, "counts": {"likes": 4}},
        {"views": 10**12, "clicks": 10**12, "others": usual(10**9, 10**12)},
        {"as_of": PUBLISHED - DAY, "views": None, "clicks": 0},
    ],
)
def test_bad_input_says_what_is_missing_or_nothing(changes: dict[str, Any]) -> None:
    for finding in findings.find(case(**changes)):
        assert json.dumps(finding.to_dict(), allow_nan=False)
