"""Timelines: a post's hits in buckets of a clock in some time zone."""

from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shortlinks import times
from shortlinks.errors import Invalid
from shortlinks.rollups import rollups
from shortlinks.store import Store
from shortlinks.words.language import _

BUCKETS = {"minute": times.MINUTE, "quarter_hour": 15 * times.MINUTE, "hour": times.HOUR, "day": times.DAY}
LIMIT = 20_000
# 9999-01-01. Days after the year 9999, which ends earlier in the east, cannot be told.
_LATEST = 253_370_764_800_000


def of_post(
    store: Store, post_id: str, *, start: int, end: int, bucket: str, tz: ZoneInfo, reason: str = "human"
) -> list[tuple[int, int]]:
    """Hits of one `reason` (or `visitors`) from `start` to `end` as (start of bucket, count), empty buckets filled.

    Buckets are those of a clock in `tz`: days are 23 to 25 hours long where the clocks change. The first bucket is the one
    that holds `start`. Raises Invalid for an unknown bucket, an empty range, or more than 20,000 buckets.
    """
    if bucket not in BUCKETS:
        raise Invalid.field("bucket", _("must be one of {words}", words=", ".join(BUCKETS)))
    if end <= start:
        raise Invalid.field("to", _("must be later than from"))
    if end > _LATEST:
        raise Invalid.field("to", _("is too far ahead"))
    if (end - start) / BUCKETS[bucket] > LIMIT:
        many = _("gives more than {most} buckets; take a longer one or a shorter time", most=LIMIT)
        raise Invalid.field("bucket", many)
    starts = _bucket_starts(start, end, bucket, tz)
    days = range(times.day_of(starts[0]), times.day_of(end - 1) + 1)
    sums: dict[int, int] = defaultdict(int)
    first, last = starts[0], end
    # No bucket but the minute ends within a quarter of an hour.
    known: dict[int, int] = {}
    for minute, number in rollups.by_minute(store, post_id, days, reason).items():
        at = minute * times.MINUTE
        if first <= at < last:
            part = minute if bucket == "minute" else minute // 15
            if part not in known:
                known[part] = _bucket_start(at, bucket, tz)
            sums[known[part]] += number
    return [(at, sums.get(at, 0)) for at in starts]


def _bucket_start(at: int, bucket: str, tz: ZoneInfo) -> int:
    """The start of the bucket that holds `at`. Only days depend on the date: zones are offset by whole quarter hours."""
    if bucket == "day":
        local = datetime.fromtimestamp(at / times.SECOND, tz)
        # Where midnight comes twice (Havana in November), the day begins with the first.
        return int(local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).timestamp()) * times.SECOND
    size = BUCKETS[bucket]
    offset = datetime.fromtimestamp(at / times.SECOND, tz).utcoffset() or timedelta()
    shift = int(offset.total_seconds()) * times.SECOND % size
    return (at + shift) // size * size - shift


def _bucket_starts(start: int, end: int, bucket: str, tz: ZoneInfo) -> list[int]:
    starts = [_bucket_start(start, bucket, tz)]
    while True:
        # A day and a half ahead is always inside the next local day, whatever the clocks do.
        step = times.DAY * 3 // 2 if bucket == "day" else BUCKETS[bucket]
        following = _bucket_start(starts[-1] + step, bucket, tz)
        if following >= end:
            return starts
        starts.append(following)
