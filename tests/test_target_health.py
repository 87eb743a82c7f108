"""What follows from visits: blips heal, two bad ones are a verdict, robots' doors are none."""

from datetime import UTC
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks import times
from shortlinks.links import target_health
from shortlinks.links.target_health import Health, Visit

TARGET = "https://shop.example/"
START = 1_794_492_300_000  # 2026-11-12T14:05:00Z
BAD = ["dns", "connect", "tls", "protocol", "timeout", "circle", "status"]


def told(*visits: tuple[int, str | float | int | None]) -> Health:
    """What is known after visits at these minutes: an error, seconds, or the bad status, None for a quick answer."""
    health = None
    for minute, what in visits:
        at = START + minute * times.MINUTE
        match what:
            case None:
                visit = Visit(at=at, status=200, seconds=0.2)
            case float():
                visit = Visit(at=at, status=200, seconds=what)
            case int():
                visit = Visit(at=at, status=what, seconds=0.2, error="status")
            case _:
                visit = Visit(at=at, error=what)
        health = target_health.after(health, TARGET, visit)
    assert health is not None
    return health


def state(health: Health, minutes_later: int = 1) -> str:
    return target_health.state(health, health.checked_at + minutes_later * times.MINUTE)


@pytest.mark.parametrize("error", BAD)
def test_it_is_broken_after_two_bad_visits_some_minutes_apart(error: str) -> None:
    assert state(told((0, error))) == "unknown"
    assert state(told((0, error), (2, error))) == "unknown"
    broken = told((0, error), (5, error))
    assert state(broken) == "broken"
    assert target_health.since(broken, broken.checked_at) == START
    assert state(told((0, None), (60, error), (65, error), (125, error))) == "broken"


def test_a_blip_heals() -> None:
    assert state(told((0, None), (60, 500), (65, None))) == "ok"
    assert state(told((0, 500), (5, None), (65, 500))) == "unknown"
    assert told((0, None), (60, 500), (65, None)).spans == ()


@pytest.mark.parametrize("error", sorted(target_health.UNCLEAR))
def test_what_our_server_cannot_tell_is_no_verdict(error: str) -> None:
    assert state(told((0, error), (5, error), (360, error))) == "unknown"
    assert state(told((0, 404), (5, error), (10, 404))) in ("unknown", "broken")
    assert target_health.warnings(told((0, 404), (5, 404), (65, error)), START + times.HOUR, UTC) == []


def test_our_own_network_being_away_says_nothing_of_the_target() -> None:
    back = told((0, 404), (5, 404), (65, "offline"), (125, 404))
    assert (state(back), back.broken_since, back.spans) == ("broken", START, ())
    assert state(told((0, 404), (5, 404), (65, "offline"))) == "unknown"


def test_it_is_slow_when_measured_twice() -> None:
    assert state(told((0, 4.1))) == "ok"
    assert state(told((0, 4.1), (1, 4.1))) == "ok"
    slow = told((0, 3.2), (5, 4.1))
    assert (state(slow), target_health.since(slow, slow.checked_at)) == ("slow", START)
    assert state(told((0, 3.2), (5, 4.1), (65, 3.0))) == "ok"
    assert state(told((0, 3.2), (5, 4.1), (365, 5.0))) == "slow"
    assert state(told((0, 3.2), (5, 404), (10, 4.1))) == "ok"


def test_nobody_knows_how_a_target_is_that_was_not_visited_for_a_day() -> None:
    health = told((0, 404), (5, 404))
    assert state(health, 24 * 60) == "broken"
    assert state(health, 24 * 60 + 1) == "unknown"
    again = told((0, 404), (5, 404), (3_000, 404))
    assert (state(again), again.spans) == ("unknown", ((START, START + 5 * times.MINUTE),))


def test_when_it_was_broken_is_remembered() -> None:
    health = told((0, 404), (5, 404), (60, None), (120, "dns"), (125, "dns"), (180, "dns"))
    minute = times.MINUTE
    assert health.spans == ((START, START + 60 * minute),)
    assert target_health.broken_spans(health) == [
        (START, START + 60 * minute),
        (START + 120 * minute, START + 180 * minute),
    ]
    assert target_health.broken_spans(told((0, None))) == []


def test_the_newest_changes_are_kept() -> None:
    visits = [(number * 60 + extra, what) for number in range(30) for extra, what in ((0, 404), (5, 404), (30, None))]
    health = told(*visits)
    assert len(health.spans) == target_health.MOST_SPANS
    assert health.spans[-1] == (START + 29 * times.HOUR, START + 29 * times.HOUR + 30 * times.MINUTE)


@given(
    st.lists(
        st.tuples(st.integers(1, 2_000), st.sampled_from([None, 4.0, 404, 500, "dns", "robots", "offline", "refused"])),
        min_size=1,
        max_size=40,
    )
)
def test_whatever_was_seen_makes_sense(seen: list[tuple[int, str | float | int | None]]) -> None:
    minutes = [sum(gap for gap, _ in seen[: number + 1]) for number in range(len(seen))]
    health = told(*zip(minutes, (what for _, what in seen), strict=True))
    assert health.broken_since in (None, health.failing_since)
    assert health.slow_since in (None, health.dragging_since)
    assert health.failing_since is None or health.dragging_since is None
    broken = target_health.broken_spans(health)
    assert all(START <= first < until <= health.checked_at for first, until in broken)
    assert all(before[1] <= after[0] for before, after in pairwise(broken))
    for code, message in target_health.warnings(health, health.checked_at, UTC):
        assert code in ("target_broken", "target_slow")
        assert "None" not in message


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((status, None) for status in (200, 204, 206, 304)),
        *((status, "status") for status in (404, 410, 500, 502, 503, 504, 520)),
        *((status, "robots") for status in (400, 401, 402, 403, 405, 406, 418, 429, 451, 999)),
    ],
)
def test_what_a_status_means(status: int, error: str | None) -> None:
    assert target_health.error_of(status, {}, "") == error


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"cf-mitigated": "challenge"}, ""),
        ({}, "<h1>Please solve this CAPTCHA</h1>"),
        ({"x-datadome": "protected"}, ""),
    ],
)
def test_a_challenge_is_not_an_outage(headers: dict[str, str], body: str) -> None:
    assert target_health.error_of(503, headers, body) == "robots"
    assert target_health.error_of(404, headers, body) == "status"


def test_the_next_visit_is_soon_while_there_is_doubt_and_rare_when_all_is_well() -> None:
    old, young = START - 30 * times.DAY, START - times.DAY
    assert target_health.due_at(None, old) == 0

    def waits(health: Health, published_at: int = old) -> int:
        return target_health.due_at(health, published_at) - health.checked_at

    assert waits(told((0, 500))) == target_health.APART
    assert waits(told((0, 4.0))) == target_health.APART
    hour = times.HOUR
    for health, published_at, most in (
        (told((0, None)), old, 6 * hour),
        (told((0, None)), young, hour),
        (told((0, None)), START + times.DAY, hour),
        (told((0, 404), (5, 404)), old, hour),
        (told((0, "offline")), old, hour),
        (told((0, "robots")), old, 6 * hour),
        (told((0, 4.0), (5, 4.0)), old, 6 * hour),
    ):
        assert most * 3 / 4 <= waits(health, published_at) <= most


def test_visits_that_began_together_drift_apart() -> None:
    waits = {
        target_health.due_at(Health(target=f"https://shop.example/{number}", checked_at=START), 0)
        for number in range(100)
    }
    assert max(waits) - min(waits) > times.HOUR


def test_the_warning_is_a_sentence_with_its_numbers() -> None:
    broken, slow = told((0, 404), (5, 404)), told((0, 3.2), (5, 4.13))
    now = START + times.HOUR
    assert target_health.warnings(broken, now, UTC) == [
        ("target_broken", "The target has answered 404 since 12 Nov, 14:05 UTC.")
    ]
    assert "since 12 Nov, 15:05 CET." in target_health.warnings(broken, now, ZoneInfo("Europe/Berlin"))[0][1]
    assert target_health.warnings(slow, now, UTC) == [
        ("target_slow", "From our server the target took 4.1 s to answer; phones may be slower.")
    ]
    for error in BAD[:-1]:
        ((code, message),) = target_health.warnings(told((0, error), (5, error)), now, UTC)
        assert code == "target_broken"
        assert message.endswith("since 12 Nov, 14:05 UTC.")
    assert target_health.warnings(told((0, None)), now, UTC) == target_health.warnings(None, now, UTC) == []
