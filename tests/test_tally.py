"""Adding a batch up: pure."""

import json
from typing import Any

import pytest
from clicking import CRAWLER, NOW, PHONE, PREVIEW, record
from hypothesis import given
from hypothesis import strategies as st

from shortlinks import keys, times
from shortlinks.clicks import clicks, neighbours, selves
from shortlinks.rollups import steps, tally

DAY = NOW // times.DAY


def tallied(*records: bytes) -> tally.Tally:
    judged = tally.judge(clicks.parse(line) for line in records)
    return tally.count(judged, neighbours.Recent({}))


def plan(counted: tally.Tally, **tails: list[str]) -> tuple[list[str], list[list[object]], list[object]]:
    names, changes, arguments = steps.of_batch(counted, tails, now=NOW, posts=())
    return names, json.loads(changes), arguments


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
    assert post.total == {"human": 2, "preview": 1, "head": 1, tally.VERSION: 4, "preview:Telegram": 1}
    assert post.days == {
        **{f"{DAY}|a|human": 1, f"{DAY + 1}|a|human": 1, f"{DAY}|b|preview": 1, f"{DAY}|b|head": 1},
        **{f"{DAY}||{tally.VERSION}": 3, f"{DAY + 1}||{tally.VERSION}": 1, f"{DAY}||preview:Telegram": 1},
    }
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
    assert post.total == {
        **{"human": 1, "crawler": 1, "prefetch": 1, "expired": 1, "empty_agent": 1},
        tally.VERSION: 5,
    }
    assert post.by["country"] == {"DE": 1}
    assert post.by["referrer"] == {"https://l.instagram.com": 1}
    assert post.by["app"] == {"Instagram": 1}
    assert post.by["os"] == {"iOS": 1}
    assert sum(len(run) for _, run in post.seen[DAY]) == 1


def test_every_counted_click_is_kept_with_its_verdict() -> None:
    counted = tallied(record("post", "a", agent=PHONE), record("post", "a", agent=PREVIEW))
    kept = [clicks.parse_kept("post", line) for line in counted.posts["post"].lines]
    assert [(click.reason, click.app, click.os) for click in kept] == [
        ("human", "", "iOS"),
        ("preview", "Telegram", "Other"),
    ]


def test_previews_by_the_senders_own_device_are_counted_by_paste() -> None:
    """WhatsApp's comes from the phone that pastes, Facebook's from Facebook, as often as it likes."""
    whatsapp, facebook = (
        "WhatsApp/2.23.20.0 A",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    )
    counted = tallied(
        record("post", "a", agent=whatsapp, visitor="one"),
        record("post", "a", NOW + times.MINUTE, agent=whatsapp, visitor="one"),
        record("post", "a", agent=whatsapp, visitor="two"),
        record("post", "a", NOW + times.HOUR, agent=whatsapp, visitor="one"),
        record("post", "a", agent=facebook, visitor="three"),
        record("post", "a", agent=facebook, visitor="four"),
    ).posts["post"]
    assert counted.total == {
        "preview": 6,
        tally.VERSION: 6,
        "preview:WhatsApp": 4,
        "preview:Facebook": 2,
        "pasted:WhatsApp": 3,
    }
    assert counted.days[f"{DAY}||pasted:WhatsApp"] + counted.days[f"{DAY + 1}||pasted:WhatsApp"] == 3


class TestOwnTaps:
    @pytest.mark.parametrize(
        ("click", "reason"),
        [
            ({"visitor": "me"}, "self"),
            ({"visitor": "me", "at": NOW + times.HOUR}, "self"),
            ({"visitor": "me", "at": NOW + times.DAY}, "human"),
            ({"visitor": "me", "agent": PREVIEW}, "preview"),
            ({"visitor": "me", "signals": "prefetch"}, "prefetch"),
            ({"visitor": "other"}, "human"),
            ({"net": "home"}, "self"),
            ({"net": "home", "at": NOW - 1}, "human"),
            ({"net": "home", "at": NOW + selves.TEST - 1}, "self"),
            ({"net": "home", "at": NOW + selves.TEST}, "human"),
            ({"net": "home", "agent": CRAWLER}, "crawler"),
            ({"signals": "self"}, "self"),
            ({"signals": "self,fbclid"}, "self"),
            ({"signals": "self", "agent": CRAWLER}, "crawler"),
            ({"signals": "expired,self"}, "expired"),
        ],
    )
    def test_a_tap_is_ones_own_by_mark_or_signal(self, click: dict[str, Any], reason: str) -> None:
        mine = selves.Selves(
            [selves.whole_day(selves.VISITOR, "me", NOW), selves.Mark(selves.NETWORK, "home", NOW, NOW + selves.TEST)]
        )
        judged = tally.judge([clicks.parse(record("post", "a", **click))], mine)
        assert tally.count(judged, neighbours.Recent({}), mine).posts["post"].total[reason] == 1

    def test_they_are_neither_repeats_nor_bursts_nor_make_others_so(self) -> None:
        mine = selves.Selves([selves.whole_day(selves.VISITOR, "me", NOW)])
        lines = [record("post", "a", NOW + number, visitor="me", net="home") for number in range(200)]
        lines.append(record("post", "a", NOW, visitor="guest", net="home"))
        judged = tally.judge((clicks.parse(line) for line in lines), mine)
        total = tally.count(judged, neighbours.Recent({}), mine).posts["post"].total
        assert (total["self"], total["human"]) == (200, 1)

    def test_what_comes_during_a_test_is_noted_whatever_it_is(self) -> None:
        mine = selves.Selves([selves.Mark(selves.NETWORK, "home", NOW, NOW + selves.TEST)])
        lines = [
            record("post", "a", net="home"),
            record("post", "a", net="home", agent=PREVIEW),
            record("post", "a", net="elsewhere"),
            record("post", "a", NOW + selves.TEST, net="home"),
        ]
        judged = tally.judge((clicks.parse(line) for line in lines), mine)
        counted = tally.count(judged, neighbours.Recent({}), mine)
        assert [clicks.parse_kept(*noted).reason for noted in counted.noted] == ["self", "preview"]

    def test_a_paste_of_ones_own_while_testing_is_no_news(self) -> None:
        mine = selves.Selves([selves.Mark(selves.NETWORK, "home", NOW, NOW + selves.TEST)])
        lines = [record("post", "a", net=net, agent="WhatsApp/2.23.20.0 A") for net in ("home", "elsewhere")]
        judged = tally.judge((clicks.parse(line) for line in lines), mine)
        total = tally.count(judged, neighbours.Recent({}), mine).posts["post"].total
        assert (total["preview:WhatsApp"], total["pasted:WhatsApp"]) == (2, 1)


moments = st.lists(st.integers(0, 9_999) | st.integers(0, 9 * times.DAY), max_size=600)


@given(lines=moments, tail=st.none() | moments.map(lambda found: found[:31]))
def test_tail_and_chunks_hold_the_lines_in_order(lines: list[int], tail: list[int] | None) -> None:
    """Whatever their number and times; a chunk is named by its newest and within a day of its first."""
    whole = [f"slug\t0\t{at}\t" for at in (tail or []) + lines]
    before = len(tail or [])
    counted = tally.Tally(posts={"post": tally.PostTally(lines=whole[before:])})
    tails = {} if tail is None else {"post": whole[:before]}
    names, changes, arguments = plan(counted, **tails)
    found = [] if tail is not None else whole[:before]
    for step in changes:
        if step[0] == "seal":
            _, key, newest, argument = step
            assert names[int(str(key)) - 3] == keys.kept("post")
            chunk = clicks.unpack(arguments[int(str(argument)) - 9])  # type: ignore[arg-type]
            at = [clicks.kept_at(line) for line in chunk]
            assert len(chunk) <= tally.CHUNK
            assert newest == str(max(at))
            assert all(abs(each - at[0]) < times.DAY for each in at)
            found += chunk
        elif step[0] == "tail":
            _, key, fresh, first, last = step
            assert names[int(str(key)) - 3] == keys.tail("post")
            assert fresh == (tail is not None)
            rest = [str(line) for line in arguments[int(str(first)) - 9 : int(str(last)) - 8]]
            assert tail is None or len(rest) < tally.SEAL_AT
            found += rest
    assert found == whole


def test_clicks_of_one_day_are_not_sealed_in_small_pieces() -> None:
    sealed, rest = tally.chunks([f"slug\t0\t{NOW + number}\t" for number in range(600)])
    assert ([len(chunk) for chunk in sealed], rest) == ([256, 256, 88], [])
    sealed, rest = tally.chunks([f"slug\t0\t{NOW + number}\t" for number in range(256 + 31)])
    assert ([len(chunk) for chunk in sealed], len(rest)) == ([256], 31)


def test_a_clock_that_was_ahead_names_no_chunk_in_the_future() -> None:
    counted = tallied(*(record("post", "a", NOW + 365 * times.DAY) for _ in range(40)))
    _, changes, _ = plan(counted, post=[])
    assert [step[2] for step in changes if step[0] == "seal"] == [str(NOW)]


def test_a_crowd_of_one_minute_is_seen_in_parts_that_a_script_can_take() -> None:
    counted = tallied(*(record("post", "a", visitor=f"v{number}") for number in range(2_500)))
    _, changes, _ = plan(counted)
    (see,) = (step for step in changes if step[0] == "see")
    groups = see[6]
    assert isinstance(groups, list)
    assert [len(group) - 1 for group in groups] == [1_000, 1_000, 500]
