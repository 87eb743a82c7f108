"""Timelines: buckets of a clock that is changed twice a year, empty ones filled."""

from collections import Counter
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from clicking import NOW, PREVIEW, pour, record, roll_up_all
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shortlinks import keys, times
from shortlinks.errors import Invalid
from shortlinks.rollups import timelines
from shortlinks.store import Store

POST = "somepost22"


def begin(store: Store) -> None:
    store.redis.flushall()
    store.redis.set(keys.post(POST), "{}")


ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Havana",
)
# Around each change of clocks: also Havana's second midnight, St. John's change at one past midnight, Apia's missing day.
CHANGES = (
    "2026-03-29T01:00:00Z",
    "2026-10-25T01:00:00Z",
    "2010-11-07T02:31:00Z",
    "2026-11-01T04:30:00Z",
    "2026-04-04T15:00:00Z",
    "2026-10-03T15:30:00Z",
    "2026-11-01T05:00:00Z",
    "2026-03-08T05:00:00Z",
    "2011-12-30T10:00:00Z",
)


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    around=st.sampled_from(CHANGES).map(lambda text: times.parse(text, "at")),
    offsets=st.lists(st.integers(-2_000, 2_000), min_size=1, max_size=40),
    bucket=st.sampled_from(["day", "hour", "quarter_hour"]),
)
@example(around=times.parse("2026-11-01T05:00:00Z", "at"), offsets=[-30, 10, 30, 70], bucket="day")
@example(
    around=times.parse("2010-11-07T02:31:00Z", "at"), offsets=[0], bucket="day"
)  # St. John's, at a minute past midnight
def test_local_buckets_add_up_where_the_clocks_change(
    store: Store, zone: str, around: int, offsets: list[int], bucket: str
) -> None:
    tz = ZoneInfo(zone)
    begin(store)
    moments = [around + offset * times.MINUTE for offset in offsets]
    pour(store, [record(POST, "a", at) for at in moments])
    roll_up_all(store)
    start, end = min(moments), max(moments) + 1
    rows = timelines.of_post(store, POST, start=start, end=end, bucket=bucket, tz=tz)
    starts = [at for at, _ in rows]
    assert starts == sorted(set(starts))
    assert sum(count for _, count in rows) == len(moments)
    if bucket == "day":
        local = Counter(datetime.fromtimestamp(at / 1_000, tz).date() for at in moments)
        named = {datetime.fromtimestamp(at / 1_000, tz).date(): count for at, count in rows}
        assert len(named) == len(rows)
        assert {date: count for date, count in named.items() if count} == local
        assert all((after - before) // times.HOUR in range(22, 27) for before, after in pairwise(starts))


def test_empty_buckets_are_filled(store: Store) -> None:
    begin(store)
    start = times.parse("2026-11-20T10:07:00Z", "at")
    pour(store, [record(POST, "a", start), record(POST, "a", start + 3 * times.HOUR, agent=PREVIEW)])
    roll_up_all(store)
    utc = ZoneInfo("UTC")
    rows = timelines.of_post(store, POST, start=start, end=start + 4 * times.HOUR, bucket="hour", tz=utc)
    assert [count for _, count in rows] == [1, 0, 0, 0, 0]
    assert times.rfc3339(rows[0][0]) == "2026-11-20T10:00:00Z"
    previews = timelines.of_post(
        store, POST, start=start, end=start + 4 * times.HOUR, bucket="hour", tz=utc, reason="preview"
    )
    assert [count for _, count in previews] == [0, 0, 0, 1, 0]
    visitors = timelines.of_post(
        store, POST, start=start, end=start + times.HOUR, bucket="day", tz=utc, reason="visitors"
    )
    assert [count for _, count in visitors] == [1]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"bucket": "week"}, "bucket"),
        ({"end": NOW}, "to"),
        ({"end": NOW - 1}, "to"),
        ({"bucket": "minute", "end": NOW + 20_001 * times.MINUTE}, "bucket"),
        ({"start": 253_402_300_000_000, "end": 253_402_300_790_000}, "to"),
    ],
)
def test_what_cannot_be_shown_is_refused(store: Store, change: dict[str, object], field: str) -> None:
    wish = {"start": NOW, "end": NOW + times.HOUR, "bucket": "hour", "tz": ZoneInfo("Pacific/Kiritimati")} | change
    with pytest.raises(Invalid) as refused:
        timelines.of_post(store, POST, **wish)  # type: ignore[arg-type]
    assert refused.value.errors[0][0] == field
