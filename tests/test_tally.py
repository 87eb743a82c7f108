"""Adding a batch up: pure."""

import json

import pytest
from clicking import CRAWLER, NOW, PHONE, PREVIEW, record
from hypothesis import given
from hypothesis import strategies as st

from shortlinks import clicks, keys, tally, times

ALIVE = frozenset({"post"})
DAY = NOW // times.DAY


def tallied(*records: bytes) -> tally.Tally:
    return tally.count([clicks.parse(line) for line in records], ALIVE)


def plan(counted: tally.Tally, **tails: list[str]) -> tuple[list[str], list[list[object]], list[object]]:
    names, steps, arguments = tally.steps(counted, tails)
    return names, json.loads(steps), arguments


@pytest.mark.parametrize(
    ("batch", "good", "bad"),
    [
        (b"", 0, 1),
        (record("post", "s"), 1, 0),
        (record("post", "s") + b"\n" + record("post", "s"), 2, 0),
        (record("post", "s") + b"\ngarbled\n" + record("post", "s"), 2, 1),
        (record("", "s"), 0, 1),
        (record("post", ""), 0, 1),
        (record("post", "s").replace(str(NOW).encode(), b"soon"), 0, 1),
        (b"\xff\xfe" * 100, 0, 1),
        (record("post", "s", rev=-1), 0, 1),
        (record("post", "s", -1), 0, 1),
        (record("post", "s", 10**30), 0, 1),
        (record("post", "s").replace(str(NOW).encode(), "²".encode()), 0, 1),
        (record("post", "s").replace(b"\t0\t", "\t²\t".encode()), 0, 1),
        (record("post", "s").replace(str(NOW).encode(), b"9" * 5_000), 0, 1),
        (record("post", "s|human"), 0, 1),
    ],
)
def test_lines_that_are_no_clicks_are_rejected_one_by_one(batch: bytes, good: int, bad: int) -> None:
    found, rejected = tally.parse(batch)
    assert (len(found), rejected) == (good, bad)


def test_a_click_counts_by_post_link_day_minute_and_reason() -> None:
    minute = NOW % times.DAY // times.MINUTE
    counted = tallied(
        record("post", "a"),
        record("post", "a", NOW + times.DAY),
        record("post", "b", agent=PREVIEW),
        record("post", "b", method="HEAD"),
    )
    post = counted.posts["post"]
    assert post.total == {"human": 2, "preview": 1, "head": 1}
    assert post.days == {f"{DAY}|a|human": 1, f"{DAY + 1}|a|human": 1, f"{DAY}|b|preview": 1, f"{DAY}|b|head": 1}
    assert post.minutes[DAY] == {f"{minute}|a|human": 1, f"{minute}|b|preview": 1, f"{minute}|b|head": 1}
    assert post.minutes[DAY + 1] == {f"{minute}|a|human": 1}


def test_breakdowns_and_visitors_are_of_people_only() -> None:
    counted = tallied(
        record("post", "a", country="DE", origin="https://l.instagram.com"),
        record("post", "a", country="", agent=CRAWLER),
        record("post", "a", signals="prefetch"),
        record("post", "a", signals="expired"),
        record("post", "a", agent=""),
    )
    post = counted.posts["post"]
    assert post.total == {"human": 1, "crawler": 1, "prefetch": 1, "expired": 1, "empty_agent": 1}
    assert post.by["country"] == {"DE": 1}
    assert post.by["referrer"] == {"https://l.instagram.com": 1}
    assert post.by["app"] == {tally.UNKNOWN: 1}
    assert post.by["os"] == {"iOS": 1}
    assert sum(len(run) for _, run in post.seen[DAY]) == 1


def test_clicks_of_a_post_that_is_gone_are_dropped_and_counted() -> None:
    counted = tallied(record("gone", "a"), record("post", "a"), record("gone", "b"))
    assert (counted.counted, counted.dropped) == (1, 2)
    assert set(counted.posts) == {"post"}


def test_every_counted_click_is_kept_with_its_verdict() -> None:
    counted = tallied(record("post", "a", agent=PHONE), record("post", "a", agent=PREVIEW))
    kept = [clicks.parse_kept("post", line) for line in counted.posts["post"].lines]
    assert [(click.reason, click.app, click.os) for click in kept] == [
        ("human", "", "iOS"),
        ("preview", "Telegram", "Other"),
    ]


@given(
    lines=st.lists(st.integers(0, 9_999).map(str), max_size=600),
    tail=st.none() | st.lists(st.integers(0, 9_999).map(str), max_size=31),
)
def test_tail_and_chunks_hold_the_lines_in_order(lines: list[str], tail: list[str] | None) -> None:
    """Whatever their number; and nothing short is ever sealed."""
    whole = [f"slug\t0\t{number}\t" for number in (tail or []) + lines]
    before = len(tail or [])
    counted = tally.Tally(posts={"post": tally.PostTally(lines=whole[before:])})
    tails = {} if tail is None else {"post": whole[:before]}
    names, steps, arguments = plan(counted, **tails)
    found = [] if tail is not None else whole[:before]
    for step in steps:
        if step[0] == "seal":
            _, key, count, first, last, argument = step
            assert names[int(str(key)) - 3] == keys.kept("post")
            chunk = clicks.unpack(arguments[int(str(argument)) - 9])  # type: ignore[arg-type]
            assert tally.SEAL_AT <= len(chunk) == count <= tally.CHUNK
            assert (first, last) == (int(chunk[0].split("\t")[2]), int(chunk[-1].split("\t")[2]))
            found += chunk
        elif step[0] == "tail":
            _, key, fresh, first, last = step
            assert names[int(str(key)) - 3] == keys.tail("post")
            assert fresh == (tail is not None)
            found += [str(line) for line in arguments[int(str(first)) - 9 : int(str(last)) - 8]]
    assert found == whole


def test_a_crowd_of_one_minute_is_seen_in_parts_that_a_script_can_take() -> None:
    counted = tallied(*(record("post", "a", visitor=f"v{number}") for number in range(2_500)))
    _, steps, _ = plan(counted)
    (see,) = (step for step in steps if step[0] == "see")
    groups = see[6]
    assert isinstance(groups, list)
    assert [len(group) - 1 for group in groups] == [1_000, 1_000, 500]
