"""Profile snapshots: what a platform said of a whole profile. Only ever added; a correction is a newer entry."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from shortlinks import ids, keys, times
from shortlinks.errors import Invalid, NotFound
from shortlinks.placements import placements
from shortlinks.profiles import profiles
from shortlinks.records import nouns
from shortlinks.snapshots import overview_csv, typed
from shortlinks.store import Store
from shortlinks.words.language import _

NUMBERS = ("followers", "profile_visits", "link_taps", "views")
SPANS = ("profile_visits", "link_taps", "views")
"""The numbers that are of a span of days; `followers` is of a moment."""
MOST_DAYS = 90
USUAL_DAYS = 7
"""What apps show unless they are asked for more: "last 7 days"."""

_EPOCH = date(1970, 1, 1)
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FEW_DIGITS = re.compile("[0-9]{1,2}")
_EARLIEST_DAY = times.day_of(nouns.EARLIEST)


@dataclass(frozen=True, slots=True)
class ProfileSnapshot:
    """What a platform said of a profile, at the instant `taken_at` or of `day` (days since 1970), one of the two.

    `followers` are those of that moment. `profile_visits`, `link_taps` and `views` (of all posts) are of a span, because
    that is what apps show: of the last `days` days up to `taken_at`, or of the `days` days that end with `day`.
    `precision` says by how much a count may be off through rounding: {"followers": 50}; counts not in it are exact.
    """

    id: str
    profile_id: str
    taken_at: int | None
    day: int | None
    followers: int | None
    profile_visits: int | None
    link_taps: int | None
    precision: dict[str, int]
    source: str
    views: int | None = None
    days: int = 1


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: the rows that are kept now, and those that are not."""

    taken: tuple[overview_csv.Row, ...]
    left: tuple[overview_csv.Left, ...]


def add(store: Store, profile_id: str, fields: Any, *, now: int, source: str = "typed") -> ProfileSnapshot:
    """Keep what the platform says of a profile: some NUMBERS, and `taken_at` or `day` ("2026-11-22"; default: now).

    `days` is how many days the numbers of a span cover: 7 unless given, and 1 with `day`. The followers of the newest
    snapshot that has any are the profile's, whatever it was said to have before. Raises NotFound and Invalid.
    """
    asked = nouns.Fields(fields, (*NUMBERS, "taken_at", "day", "days"), "profile snapshot")
    in_time = nouns.instant(latest=now + nouns.SKEW, beyond=_("is in the future"))
    taken_at = asked.take("taken_at", in_time, None)
    day = asked.take("day", _day(now), None)
    days = asked.take("days", _days, 1 if asked.has("day") else USUAL_DAYS)
    if asked.has("taken_at") and asked.has("day"):
        asked.fail("day", _("must not be given beside taken_at"))
    counts = {name: asked.take(name, typed.count, None) for name in NUMBERS}
    if not any(asked.has(name) for name in NUMBERS):
        asked.fail(NUMBERS[0], _("is required, or one of {names}", names=", ".join(NUMBERS[1:])))
    if source not in nouns.SOURCES:
        asked.fail("source", _("must be one of {names}", names=", ".join(nouns.SOURCES)))
    asked.raise_errors()
    snapshot = ProfileSnapshot(
        id=ids.new(),
        profile_id=profile_id,
        taken_at=now if taken_at is None and day is None else taken_at,
        day=day,
        precision=typed.rounding(counts),
        source=source,
        days=days,
        **{name: count.value if count else None for name, count in counts.items()},
    )
    return _keep(store, snapshot)


def _keep(store: Store, snapshot: ProfileSnapshot) -> ProfileSnapshot:
    """Put a snapshot behind the others of its profile, and its followers into the profile if none are newer."""
    owner, key = keys.profile(snapshot.profile_id), keys.profile_snapshots(snapshot.profile_id)

    def change(pipe: Any) -> ProfileSnapshot:
        if nouns.missing(pipe, owner):
            raise NotFound("profile", snapshot.profile_id)
        profile = profiles.decode(pipe.get(owner))
        there = [decode(raw) for raw in pipe.lrange(key, 0, -1)]
        pipe.multi()
        # An earlier run of this transaction may have got through, and its answer was lost.
        if all(row.id != snapshot.id for row in there):
            pipe.rpush(key, nouns.dump(asdict(snapshot)))
            if _is_newest(snapshot, there, profile):
                profiles.stage(pipe, _with_followers(profile, snapshot))
        return snapshot

    return nouns.commit(store, change, key)


def _is_newest(snapshot: ProfileSnapshot, there: Iterable[ProfileSnapshot], profile: profiles.Profile) -> bool:
    """Whether nothing says later than a snapshot how many followers there are; what the profile was made with is of then."""
    if snapshot.followers is None:
        return False
    said = [_at(row) for row in there if row.followers is not None]
    if not said and profile.followers is not None:
        said = [profile.created_at]
    return all(at <= _at(snapshot) for at in said)


def _with_followers(profile: profiles.Profile, snapshot: ProfileSnapshot) -> profiles.Profile:
    precision = {name: off for name, off in snapshot.precision.items() if name == "followers"}
    return replace(profile, followers=snapshot.followers, precision=precision)


def _at(row: ProfileSnapshot) -> int:
    """The time that a snapshot speaks of; a day's is its beginning."""
    return row.day * times.DAY if row.taken_at is None else row.taken_at  # type: ignore[operator]


def of_profile(store: Store, profile_id: str) -> list[ProfileSnapshot]:
    """A profile's snapshots by the time they speak of; of two for the same time the later entry comes later."""
    rows = [decode(raw) for raw in store.redis.lrange(keys.profile_snapshots(profile_id), 0, -1)]
    return sorted(rows, key=place)


def place(row: ProfileSnapshot) -> tuple[int]:
    """By what `of_profile` is in order."""
    return (_at(row),)


def take_overview(store: Store, profile_id: str, data: bytes, *, today: int) -> Imported:
    """Keep the days of TikTok's Overview.csv (see overview_csv), all at once or none. `today` is the creator's.

    Days that are kept with equal numbers already are left, so a file that is taken twice adds nothing.
    Raises NotFound, and Invalid naming the rows that cannot be read, or `file` for a profile that is on another platform.
    """
    platform = profiles.get(store, profile_id).platform
    if platform != overview_csv.PLATFORM:
        own, other = map(placements.platform_label, (overview_csv.PLATFORM, platform))
        raise Invalid.field(
            overview_csv.FIELD, _("is of a profile on {platform}; this one is on {other}", platform=own, other=other)
        )
    read = overview_csv.read(data, today=today)
    drawn = {row.day: ids.new() for row in read.rows}

    def change(pipe: Any) -> Imported:
        if nouns.missing(pipe, keys.profile(profile_id)):
            raise NotFound("profile", profile_id)
        there = [decode(raw) for raw in pipe.lrange(keys.profile_snapshots(profile_id), 0, -1)]
        own = {row.id for row in there if row.day is not None and row.id == drawn.get(row.day)}
        known = _by_day(row for row in there if row.id not in own)
        new = [row for row in read.rows if not row.numbers.items() <= known.get(row.day, {}).items()]
        old = [overview_csv.Left(row.line, _("was there already"), row.day) for row in read.rows if row not in new]
        pipe.multi()
        # An earlier run of this transaction may have got through, and its answer was lost.
        if new and not own:
            pipe.rpush(
                keys.profile_snapshots(profile_id),
                *(nouns.dump(asdict(_imported(drawn[row.day], profile_id, row))) for row in new),
            )
        return Imported(tuple(new), tuple(sorted((*read.left, *old), key=lambda left: left.line)))

    return nouns.commit(store, change, keys.profile_snapshots(profile_id))


def decode(raw: bytes | str) -> ProfileSnapshot:
    """The snapshot in a stored record. One from before spans were noted holds what apps show."""
    record = nouns.load(raw)
    record.setdefault("days", 1 if record["day"] is not None else USUAL_DAYS)
    return ProfileSnapshot(**record)


def _by_day(rows: Iterable[ProfileSnapshot]) -> dict[int, dict[str, int]]:
    """The newest of each number of single days."""
    known: dict[int, dict[str, int]] = {}
    for row in rows:
        if row.day is not None and row.days == 1:
            noted = {name: count for name in SPANS if (count := getattr(row, name)) is not None}
            known.setdefault(row.day, {}).update(noted)
    return known


def _imported(own_id: str, profile_id: str, row: overview_csv.Row) -> ProfileSnapshot:
    return ProfileSnapshot(
        id=own_id,
        profile_id=profile_id,
        taken_at=None,
        day=row.day,
        followers=None,
        profile_visits=row.profile_visits,
        link_taps=None,
        precision={},
        source="imported",
        views=row.views,
    )


def _days(value: Any, field: str) -> int:
    number = int(value) if isinstance(value, str) and _FEW_DIGITS.fullmatch(value.strip()) else value
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_DAYS:
        raise Invalid.field(field, _("must be a number of days from 1 to {most}", most=MOST_DAYS))
    return number


def _day(now: int) -> nouns.Check[int]:
    def check(value: Any, field: str) -> int:
        try:
            # It also reads 20261122 and 2026-W47-7.
            day = (date.fromisoformat(value if _DAY.fullmatch(value) else "") - _EPOCH).days
        except (ValueError, TypeError) as error:
            raise Invalid.field(field, _("must be a day such as 2026-11-22")) from error
        # East of Greenwich tomorrow has begun while it is still today in UTC.
        if not _EARLIEST_DAY <= day <= times.day_of(now) + 1:
            late = day > 0 and day >= _EARLIEST_DAY
            raise Invalid.field(field, _("is in the future") if late else _("is before 2005"))
        return day

    return check
