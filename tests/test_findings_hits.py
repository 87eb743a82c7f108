"""Findings on who the hits were, each beside a case that is nearly the same and gives none."""

from typing import Any

import pytest
from case_cast import BIO, CAPTION, DAY, HOUR, MINUTE, PUBLISHED, SPOKEN, case, codes, hits, hung, one
from outcome_cast import reading

from shortlinks.findings.cases import Account


@pytest.mark.parametrize(
    ("ledger", "code"),
    [
        ({"preview": 3}, "previews_only"),
        ({"preview": 3, "self": 1, "head": 1}, "previews_only"),
        ({"preview": 3, "crawler": 1}, "bots_only"),
        ({"library": 1}, "bots_only"),
        ({"crawler": 2, "self": 1}, "bots_only"),
        ({"preview": 3, "human": 1}, None),
        ({"crawler": 3, "expired": 1}, None),
        ({"self": 2}, None),
        ({}, None),
        ({"lost": 3}, None),
    ],
)
def test_hits_without_people_are_told_as_previews_or_as_programs(ledger: dict[str, int], code: str | None) -> None:
    found = set(codes(case(clicks=ledger.get("human", 0), ledger=ledger))) & {"previews_only", "bots_only"}
    assert found == ({code} if code else set())


@pytest.mark.parametrize(
    ("ledger", "title"),
    [
        ({"preview": 1}, "Nobody followed the link yet: its only hit was by an app fetching a preview"),
        ({"crawler": 3}, "Nobody followed the link yet: all 3 hits were by programs"),
        # The creator's own tap is a hit, too, and no app fetching a preview.
        ({"preview": 3, "self": 1}, "Nobody followed the link yet: 3 of 4 hits were by apps fetching a preview"),
        ({"crawler": 1, "self": 2}, "Nobody followed the link yet: 1 of 3 hits was by a program"),
    ],
)
def test_its_title_counts_them(ledger: dict[str, int], title: str) -> None:
    given = case(clicks=0, ledger=ledger)
    (code,) = set(codes(given)) & {"previews_only", "bots_only"}
    assert one(given, code).title == title


def test_previews_of_a_link_that_nobody_can_tap_lack_no_reason_to_tap() -> None:
    steps = [
        one(case(clicks=0, ledger={"preview": 3}, links=links), "previews_only").next_step
        for links in ((hung(CAPTION),), (hung(CAPTION), hung(SPOKEN, "b2c3d")))
    ]
    assert [step.endswith("where it hangs nobody can tap it.") for step in steps] == [True, False]


@pytest.mark.parametrize("ledger", [{"preview": 3}, {"crawler": 3}])
def test_somebody_who_bought_followed_the_link(ledger: dict[str, int]) -> None:
    """The shop may report a sale by the link's ending, without a click that was counted."""
    codes_of = {"previews_only", "bots_only"}
    assert len(codes_of & set(codes(case(clicks=0, ledger=ledger, conversions=0)))) == 1
    assert not codes_of & set(codes(case(clicks=0, ledger=ledger, conversions=1)))


def test_a_preview_is_no_proof_that_people_saw_the_link() -> None:
    step = one(case(clicks=0, ledger={"preview": 1}), "previews_only").next_step
    assert "which may have been you. That does not say whether people saw it." in step
    assert "missing" not in step


def first(*reasons: str, **fields: Any) -> list[str]:
    clicks = fields.pop("clicks", 2)
    return codes(case(clicks=clicks, first_hits=hits(*reasons), **fields))


@pytest.mark.parametrize(
    ("reasons", "changes", "found"),
    [
        (("human",), {}, True),
        (("human", "human"), {}, True),
        (("human", "preview", "crawler"), {}, True),
        (("human", "human", "human"), {}, False),
        (("preview", "human"), {}, False),
        (("human", "preview", "human"), {}, False),
        (("self", "human"), {}, False),
        (("human",), {"clicks": 20}, True),
        (("human",), {"clicks": 21}, False),
        (("human",), {"seen": (reading(50, age=-HOUR), reading(12_400, 2, age=9 * DAY))}, False),
        (("human",), {"seen": (reading(0, age=-HOUR), reading(12_400, 2, age=9 * DAY))}, True),
        ((), {}, False),
    ],
)
def test_the_first_clicks_may_be_the_creators_where_nothing_came_before(
    reasons: tuple[str, ...], changes: dict[str, Any], found: bool
) -> None:
    assert ("maybe_you" in first(*reasons, **changes)) is found


@pytest.mark.parametrize(
    ("after", "found"),
    [(PUBLISHED - HOUR + 10 * MINUTE, True), (PUBLISHED - HOUR + 11 * MINUTE, False), (PUBLISHED, True)],
)
def test_at_once_is_within_ten_minutes_of_making_the_link_or_of_publication(after: int, found: bool) -> None:
    assert ("maybe_you" in codes(case(clicks=1, first_hits=hits("human", start=after)))) is found


@pytest.mark.parametrize(("made_at", "found"), [(PUBLISHED - HOUR, True), (PUBLISHED - DAY, False)])
def test_a_link_that_people_knew_from_an_earlier_post_is_tapped_by_them(made_at: int, found: bool) -> None:
    """It was turned to this post an hour before."""
    link = hung(stays=((PUBLISHED - HOUR, None),), made_at=made_at)
    given = case(clicks=1, links=(link,), first_hits=hits("human", start=PUBLISHED + MINUTE))
    assert ("maybe_you" in codes(given)) is found


def test_it_says_how_soon_they_came() -> None:
    two = one(case(clicks=2, first_hits=hits("human", "human")), "maybe_you")
    assert two.title == (
        "The first 2 clicks may be your own: they came within 2 minutes of making the link or publishing the post"
    )
    assert [click["seconds_after"] for click in two.evidence["clicks"]] == [60, 120]
    assert two.confidence == "possible"
    late = one(case(clicks=1, first_hits=hits("human", start=PUBLISHED - HOUR + 119_000)), "maybe_you")
    assert "came within 2 minutes of" in late.title
    at_once = one(case(clicks=1, first_hits=hits("human", start=PUBLISHED - HOUR)), "maybe_you")
    assert at_once.title.startswith("The first click may be your own: it came within a minute of ")


@pytest.mark.parametrize(("early", "clicks", "severity"), [(1, 60, "low"), (30, 60, "medium"), (1, 1, "medium")])
def test_clicks_before_the_post_was_out_are_told(early: int, clicks: int, severity: str) -> None:
    found = one(case(clicks=clicks, before_publish=early), "clicks_before_publish")
    assert (found.severity, found.confidence) == (severity, "certain")
    assert found.title == f"{early} click{'' if early == 1 else 's'} came before the post was out"


def test_clicks_of_a_post_that_is_still_to_come_are_before_it() -> None:
    found = one(case(clicks=2, before_publish=2, as_of=PUBLISHED - HOUR, views=None), "clicks_before_publish")
    assert found.title == "2 clicks came before the post is out"
    assert "clicks_before_publish" not in codes(case(before_publish=0))


@pytest.mark.parametrize(
    ("links", "clicks"),
    [
        ((hung(SPOKEN, clicks=3),), 3),
        ((hung(CAPTION, clicks=1),), 1),
        ((hung(SPOKEN, clicks=3), hung(CAPTION, "b2c3d", clicks=1), hung(BIO, "f4g5h", clicks=9)), 4),
        ((hung(SPOKEN, clicks=0),), None),
        ((hung(BIO, clicks=3),), None),
        ((hung("instagram/print", clicks=3),), None),
    ],
)
def test_clicks_where_nobody_can_tap_were_typed(links: tuple[Any, ...], clicks: int | None) -> None:
    given = case(links=links)
    assert ("typed_in" in codes(given)) is (clicks is not None)
    if clicks:
        assert one(given, "typed_in").evidence["clicks"] == clicks


def test_a_click_that_may_be_the_creators_own_is_not_called_typed() -> None:
    alone = case(clicks=1, links=(hung(SPOKEN, clicks=1),), first_hits=hits("human"))
    assert {"maybe_you", "typed_in"} & set(codes(alone)) == {"maybe_you"}
    two = case(clicks=2, links=(hung(SPOKEN, clicks=2),), first_hits=hits("human"))
    assert one(two, "typed_in").title == "1 click came through a spot where nobody can tap: Spoken"


@pytest.mark.parametrize(
    ("links", "account", "asked"),
    [
        ((hung(SPOKEN, clicks=3),), None, True),
        ((hung(SPOKEN, clicks=3), hung(BIO, "b2c3d", working=False)), None, True),
        ((hung(SPOKEN, clicks=3), hung(BIO, "b2c3d")), None, False),
        ((hung("tiktok/spoken", clicks=3),), Account("personal", 600), False),
        ((hung("tiktok/spoken", clicks=3),), Account("business", 600), True),
    ],
)
def test_who_is_typed_is_asked_for_a_link_to_tap_only_where_there_can_be_another(
    links: tuple[Any, ...], account: Account | None, asked: bool
) -> None:
    found = one(case(platform="tiktok", account=account, links=links), "typed_in")
    assert ("hang a link where a tap opens it" in found.next_step) is asked
