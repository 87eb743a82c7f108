"""Which readings of a post are due."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks import times
from shortlinks.funnels import outcomes
from shortlinks.posts import post_fields
from shortlinks.snapshots import readings

OUT = 1_795_000_000_000
HOUR, DAY = times.HOUR, times.DAY


def states(kind: str, age: int, *taken: int) -> list[str]:
    found = readings.of_post(kind, OUT, [OUT + at for at in taken], now=OUT + age)
    return [f"{each.asked.name} {each.state}" for each in found]


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (-DAY, "24h later 7d later"),
        (24 * HOUR - 1, "24h later 7d later"),
        (24 * HOUR, "24h due 7d later"),
        (48 * HOUR - 1, "24h due 7d later"),
        (48 * HOUR, "24h overdue 7d later"),
        (4 * DAY, "24h missed 7d later"),
        (7 * DAY, "24h missed 7d due"),
        (9 * DAY, "24h missed 7d overdue"),
        (28 * DAY, "24h missed 7d missed"),
    ],
)
def test_a_post_is_read_at_a_day_and_at_a_week(age: int, expected: str) -> None:
    assert " ".join(states("video", age)) == expected


@pytest.mark.parametrize(
    ("age", "state"),
    [(22 * HOUR - 1, "later"), (22 * HOUR, "due"), (24 * HOUR, "overdue"), (3 * DAY, "missed")],
)
def test_a_story_is_read_before_it_is_gone(age: int, state: str) -> None:
    assert states("story", age) == [f"22h {state}"]


def test_a_reading_that_counts_in_rates_is_that_of_the_first_day() -> None:
    assert states("video", 30 * HOUR, outcomes.SETTLED) == ["24h done", "7d later"]
    assert states("video", 30 * HOUR, outcomes.SETTLED - 1) == ["24h done", "7d later"]
    assert states("video", 30 * HOUR, outcomes.SETTLED - times.MINUTE) == ["24h due", "7d later"]
    assert states("story", 30 * HOUR, outcomes.SETTLED) == ["22h done"]
    assert outcomes.ENOUGH.startswith(f"{outcomes.SETTLED // HOUR} hours")


def test_a_late_reading_is_no_reading_of_the_first_day() -> None:
    assert states("video", 8 * DAY, 4 * DAY) == ["24h missed", "7d due"]
    assert states("video", 8 * DAY, 6 * DAY) == ["24h missed", "7d done"]
    assert states("video", 40 * DAY, DAY, 28 * DAY) == ["24h done", "7d missed"]


@pytest.mark.parametrize("asked", [*readings.OF_POST, *readings.OF_STORY])
def test_each_has_its_times_in_order(asked: readings.Asked) -> None:
    assert asked.counts < asked.due < asked.overdue < asked.until


def test_they_are_called_by_their_ages() -> None:
    assert [each.label for each in (*readings.OF_POST, *readings.OF_STORY)] == ["24 hours", "7 days", "22 hours"]


@given(
    st.sampled_from(post_fields.KINDS), st.integers(-DAY, 60 * DAY), st.lists(st.integers(-DAY, 60 * DAY), max_size=4)
)
def test_never_are_two_of_a_post_asked_for_at_once_and_noting_it_settles_it(
    kind: str, age: int, taken: list[int]
) -> None:
    now = OUT + age
    found = readings.of_post(kind, OUT, [OUT + at for at in taken], now=now)
    assert sum(each.is_open for each in found) <= 1
    if readings.open_one(found):
        assert readings.open_one(readings.of_post(kind, OUT, [*(OUT + at for at in taken), now], now=now)) is None


@pytest.mark.parametrize(
    ("days", "clicks", "stale"), [(7, 3, True), (6, 30, False), (7, 2, False), (70, 0, False), (70, 3, True)]
)
def test_old_numbers_are_stale_where_people_still_come(days: int, clicks: int, stale: bool) -> None:
    assert readings.is_stale(days * DAY, clicks) is stale
