"""Findings on ways that did not lead on, each beside a case that is nearly the same and gives none."""

from typing import Any

import pytest
from case_cast import BIO, CAPTION, DAY, HOUR, PUBLISHED, WEBSITE_FIELD, broken, case, codes, hung, one
from outcome_cast import STICKER, reading

from shortlinks.findings.cases import Account, Peak

SPANS = ((PUBLISHED, PUBLISHED + 2 * DAY),)


def peak(expired: int = 0, lost: int = 0) -> Peak:
    return Peak(spans=SPANS, clicks=9, expired=expired, broken=3 * HOUR, clicks_lost=lost)


@pytest.mark.parametrize(
    ("given", "ledger", "found"),
    [
        (peak(expired=3), {"human": 9, "expired": 3}, True),
        (peak(expired=1), {"human": 9, "expired": 1}, True),
        (peak(expired=1), {"human": 9, "crawler": 40, "expired": 1}, False),
        (peak(expired=4), {"human": 0, "crawler": 40, "expired": 4}, False),
        (peak(expired=0), {"human": 9, "expired": 30}, False),
        (peak(lost=1), {"human": 9}, True),
        (peak(), {"human": 9}, False),
        (None, {"human": 9, "expired": 30}, False),
    ],
)
def test_people_who_met_a_dead_end_in_the_best_time_are_told(
    given: Peak | None, ledger: dict[str, int], found: bool
) -> None:
    assert ("link_broken_during_peak" in codes(case(clicks=9, ledger=ledger, peak=given))) is found


def test_it_says_how_many_met_what() -> None:
    both = one(case(clicks=9, ledger={"human": 9, "expired": 12}, peak=peak(12, 1)), "link_broken_during_peak")
    assert both.title == (
        "In the post’s best time 12 hits met a link that was switched off or had ended and 1 click met a target that did "
        "not work"
    )
    assert (both.severity, both.confidence, both.evidence["people_among_them_about"]) == ("high", "likely", 11)
    single = one(case(clicks=9, ledger={"human": 9, "expired": 1}, peak=peak(1)), "link_broken_during_peak")
    assert single.title == "In the post’s best time 1 hit met a link that was switched off or had ended"
    assert (single.severity, single.confidence) == ("medium", "possible")


@pytest.mark.parametrize(
    ("links", "severity"),
    [
        ((hung(target=broken("broken", since=PUBLISHED)),), "high"),
        ((hung(target=broken("slow", seconds=4.13)),), "medium"),
        ((hung(target=broken("slow", seconds=4.13)), hung(STICKER, "b2c3d", target=broken())), "high"),
        ((hung(target=broken("ok", seconds=0.2)),), None),
        ((hung(target=broken("unknown")),), None),
        ((hung(target=broken(), working=False),), None),
        ((hung(),), None),
    ],
)
def test_a_target_that_is_broken_or_slow_is_told(links: tuple[Any, ...], severity: str | None) -> None:
    given = case(links=links)
    assert ("slow_or_broken_target" in codes(given)) is (severity is not None)
    if severity:
        assert one(given, "slow_or_broken_target").severity == severity


def test_what_our_server_saw_is_told_as_that() -> None:
    slow = one(case(links=(hung(target=broken("slow", seconds=4.13)),)), "slow_or_broken_target")
    assert slow.title == "From our server the target took 4.1 s; phones may be slower"
    assert slow.confidence == "possible"
    down = one(case(links=(hung(target=broken(since=PUBLISHED + 7 * DAY)),)), "slow_or_broken_target")
    assert down.title == "The page that the link leads to does not work, as seen from our server, for 3 days now"


def turned(at: int, **fields: Any) -> Any:
    return hung(stays=((PUBLISHED - HOUR, PUBLISHED + at),), working=False, **fields)


@pytest.mark.parametrize(
    ("links", "seen", "said"),
    [
        # Noted after the turn and again later: so much came for certain.
        ((turned(DAY),), ((4_000, 2), (12_000, 9)), ("at least 8,000", "certain")),
        ((turned(DAY),), ((11_500, 2), (12_000, 9)), None),
        # Noted before and after only: at most.
        ((turned(2 * DAY),), ((4_000, 1), (12_000, 9)), ("up to 8,000", "possible")),
        ((turned(8 * DAY),), ((4_000, 1), (12_000, 9)), None),
        ((turned(2 * DAY),), ((11_000, 1), (12_000, 9)), None),
        ((turned(DAY),), ((12_000, 9),), None),
        ((turned(10 * DAY),), ((4_000, 2), (12_000, 9)), None),
        ((turned(-HOUR // 2),), ((4_000, 2), (12_000, 9)), None),
        ((hung(),), ((4_000, 2), (12_000, 9)), None),
        ((turned(DAY), hung(BIO, "b2c3d")), ((4_000, 2), (12_000, 9)), None),
        ((turned(DAY), hung("instagram/bio_page", "b2c3d")), ((4_000, 2), (12_000, 9)), None),
        ((turned(DAY), hung(CAPTION, "b2c3d")), ((4_000, 2), (12_000, 9)), ("at least 8,000", "certain")),
        ((turned(DAY),), (), None),
        ((turned(DAY),), ((0, 2), (0, 9)), None),
    ],
)
def test_a_bio_link_turned_away_from_a_post_that_still_gained_views_is_told(
    links: tuple[Any, ...], seen: tuple[tuple[int, int], ...], said: tuple[str, str] | None
) -> None:
    given = case(links=links, seen=tuple(reading(views, age=age * DAY) for views, age in seen))
    assert ("bio_pointed_elsewhere" in codes(given)) is (said is not None)
    if said:
        found = one(given, "bio_pointed_elsewhere")
        assert found.title.endswith(f": {said[0]} of its 12,000 views came after that")
        assert found.confidence == said[1]


def test_a_link_that_the_account_is_not_given_loses_nobody_by_being_turned() -> None:
    def told(followers: int) -> list[str]:
        seen = (reading(4_000, 0, age=2 * DAY), reading(12_000, 0, age=9 * DAY))
        given = case(
            platform="tiktok",
            account=Account("personal", followers),
            links=(turned(DAY, spot=WEBSITE_FIELD),),
            seen=seen,
        )
        return [code for code in codes(given) if code in ("no_tappable_spot", "bio_pointed_elsewhere")]

    assert (told(600), told(1_200)) == (["no_tappable_spot"], ["bio_pointed_elsewhere"])
