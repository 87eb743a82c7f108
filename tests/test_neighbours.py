"""What the clicks next to a click make of it, against a plain reference that looks at every pair."""

import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from clicking import NOW, record
from hypothesis import given
from hypothesis import strategies as st

from shortlinks import times
from shortlinks.clicks import clicks, neighbours
from shortlinks.clicks.clicks import Click
from shortlinks.clicks.neighbours import LIMITS, Limits, Recent

SECOND = times.SECOND
NOON = NOW // times.DAY * times.DAY + 12 * times.HOUR


def tap(at: int, slug: str = "a", **who: str) -> Click:
    return clicks.parse(record("post", slug, at, **({"visitor": "v", "net": "n"} | who)))  # type: ignore[arg-type]


def told(found: Sequence[Click], limits: Limits = LIMITS) -> list[str]:
    recent = Recent({}, limits)
    return [recent.tap(click) for click in found]


def reference(found: Sequence[Click], limits: Limits) -> list[str]:
    reasons: list[str] = []
    for number, click in enumerate(found):
        minute = click.at // times.MINUTE
        before = found[:number]
        of_visitor = [each for each in before if each.visitor == click.visitor]
        if sum(each.at // times.MINUTE == minute for each in of_visitor) >= limits.visitor:
            reasons.append("burst")
        elif any(each.slug == click.slug and abs(each.at - click.at) < limits.repeat for each in of_visitor):
            reasons.append("repeat")
        else:
            # How a tap came to be a burst is not kept: those that the network's own limit stopped count to it, too.
            minutes = Counter(
                each.at // times.MINUTE
                for each, reason in zip(before, _through(found, limits)[:number], strict=True)
                if each.net == click.net and reason
            )
            reasons.append("burst" if minutes[minute] >= limits.network else "human")
    return reasons


def _through(found: Sequence[Click], limits: Limits) -> list[bool]:
    """Whether each tap gets as far as the limit of its network."""
    answers = []
    for number, click in enumerate(found):
        of_visitor = [each for each in found[:number] if each.visitor == click.visitor]
        many = sum(each.at // times.MINUTE == click.at // times.MINUTE for each in of_visitor) >= limits.visitor
        close = any(each.slug == click.slug and abs(each.at - click.at) < limits.repeat for each in of_visitor)
        answers.append(not many and not close)
    return answers


@pytest.mark.parametrize(
    ("seconds", "reasons"),
    [
        ([0, 29.999], ["human", "repeat"]),
        ([0, 30], ["human", "human"]),
        ([29.999, 59.998], ["human", "repeat"]),  # over the edge of a bucket
        ([1, 59.999], ["human", "human"]),
        # The window runs from the last tap: whoever taps on and on is one click.
        ([0, 20, 40, 60, 89.999], ["human", "repeat", "repeat", "repeat", "repeat"]),
        # The one that was counted first stays, also if an older one arrives later.
        ([20, 0], ["human", "repeat"]),
        ([40, 0, 20], ["human", "human", "repeat"]),
        ([0, 0], ["human", "repeat"]),
    ],
)
def test_a_tap_within_the_window_of_another_is_a_repeat(seconds: list[float], reasons: list[str]) -> None:
    assert told([tap(NOON + round(second * SECOND)) for second in seconds]) == reasons


@pytest.mark.parametrize(
    "other", [{"slug": "b"}, {"visitor": "w"}, {"visitor": "w", "net": "m"}], ids=["link", "visitor", "network"]
)
def test_only_the_same_visitor_on_the_same_link_repeats(other: dict[str, str]) -> None:
    assert told([tap(NOON), tap(NOON + SECOND, **other)]) == ["human", "human"]


def test_with_no_window_every_tap_counts() -> None:
    assert told([tap(NOON), tap(NOON), tap(NOON + 1)], Limits(repeat=0)) == ["human"] * 3


@pytest.mark.parametrize("seconds", [1, 7, 30, 45, 600])
def test_any_window_holds_to_the_millisecond(seconds: int) -> None:
    limits = neighbours.limits(seconds)
    for first in (NOON, NOON + 299_999, NOON + seconds * SECOND - 1):
        assert told([tap(first), tap(first + seconds * SECOND - 1)], limits) == ["human", "repeat"]
        assert told([tap(first), tap(first + seconds * SECOND)], limits) == ["human", "human"]


def test_more_than_ten_taps_of_a_visitor_in_a_minute_are_a_burst() -> None:
    """Over all links of a post: whoever opens one after another is no person reading."""
    found = [tap(NOON + number * SECOND, slug=str(number)) for number in range(12)]
    assert told(found) == ["human"] * 10 + ["burst"] * 2
    assert told([*found, tap(NOON + times.MINUTE, slug="later")])[-1] == "human"


def test_a_network_may_hold_a_hundred_people() -> None:
    """An office or a carrier; each its own visitor."""
    found = [tap(NOON + number, visitor=str(number)) for number in range(102)]
    assert told(found) == ["human"] * 100 + ["burst"] * 2


def test_who_taps_on_and_on_takes_nothing_from_the_others_of_the_network() -> None:
    found = [tap(NOON + number) for number in range(500)] + [
        tap(NOON + 600, visitor=str(number)) for number in range(99)
    ]
    assert Counter(told(found)) == {"human": 100, "repeat": 9, "burst": 490}


any_tap = st.builds(
    tap,
    st.integers(0, 200).map(lambda second: NOON + second * SECOND)
    | st.integers(-20 * times.MINUTE, 20 * times.MINUTE).map(lambda offset: NOON + offset),
    st.sampled_from("ab"),
    visitor=st.sampled_from("vwxyz"),
    net=st.sampled_from("nm"),
)


@given(
    found=st.lists(any_tap, max_size=40),
    limits=st.builds(
        Limits, st.sampled_from([0, 1_000, 7_000, 30_000, 600_000]), st.integers(1, 8), st.integers(1, 12)
    ),
)
def test_every_tap_is_told_as_by_looking_at_all_others(found: list[Click], limits: Limits) -> None:
    assert told(found, limits) == reference(found, limits)


@given(found=st.lists(any_tap, max_size=40), cuts=st.lists(st.integers(0, 40), max_size=6))
def test_only_what_is_asked_for_is_needed_of_earlier_batches(found: list[Click], cuts: list[int]) -> None:
    """Each batch is told what it asks for of what the batches before it left, and no more."""
    kept: dict[Any, dict[str, str]] = {}
    reasons: list[str] = []
    start = 0
    for end in [*sorted(cuts), len(found)]:
        batch = found[start:end]
        start = max(start, end)
        asked = neighbours.by_place(field for click in batch for field in neighbours.taps(click, LIMITS))
        known = {
            place: {name: kept[place][name] for name in fields if name in kept.get(place, {})}
            for place, fields in asked.items()
        }
        recent = Recent(known)
        reasons += [recent.tap(click) for click in batch]
        for place, fields in recent.changed.items():
            kept.setdefault(place, {}).update(fields)
    assert reasons == told(found)


class TestPastes:
    @pytest.mark.parametrize(
        ("minutes", "first"),
        [
            ([0, 9.99], [True, False]),
            ([0, 10], [True, True]),
            ([9, 11], [True, False]),
            ([0, 8, 16], [True, False, False]),
            ([8, 0], [True, False]),
        ],
    )
    def test_a_device_that_fetches_again_within_ten_minutes_pastes_once(
        self, minutes: list[float], first: list[bool]
    ) -> None:
        recent = Recent({})
        assert [recent.paste(tap(NOON + round(minute * times.MINUTE))) for minute in minutes] == first

    def test_another_device_is_another_paste(self) -> None:
        recent = Recent({})
        assert recent.paste(tap(NOON))
        assert recent.paste(tap(NOON, visitor=secrets.token_hex(4)))

    def test_one_message_may_hold_two_links(self) -> None:
        recent = Recent({})
        assert recent.paste(tap(NOON))
        assert not recent.paste(tap(NOON, slug="b"))

    def test_taps_and_pastes_know_nothing_of_each_other(self) -> None:
        for limits in (LIMITS, neighbours.limits(600)):
            recent = Recent({}, limits)
            assert recent.paste(tap(NOON))
            assert recent.tap(tap(NOON)) == "human"
