"""Profiles: a creator's accounts on platforms, and the numbers that a platform shows of an account."""

import re
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from shortlinks import ids, keys, link_fields, nouns, pages, post_fields, times, typed, urls
from shortlinks.errors import Conflict, Invalid, NotFound
from shortlinks.store import Store

KINDS = ("personal", "business", "creator")
NUMBERS = ("followers", "profile_visits", "link_taps")
UNNAMED = "me"
"""The handle of a profile that is made on the way, with a platform's first post."""

_UPDATE = ("handle", "kind", "followers", "bio_slug", "shop")
_EPOCH = date(1970, 1, 1)
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EARLIEST_DAY = times.day_of(nouns.EARLIEST)


@dataclass(frozen=True, slots=True)
class Profile:
    """`kind` is personal, business or creator; `bio_slug` the link in the bio, `shop` the creator's host.

    `precision` says by how much `followers` may be off through rounding.
    """

    id: str
    platform: str
    handle: str
    kind: str
    followers: int | None
    bio_slug: str | None
    shop: str | None
    created_at: int
    precision: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProfileSnapshot:
    """What a platform said of a profile, at the instant `taken_at` or on `day` (days since 1970), one of the two.

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


def create(
    store: Store,
    *,
    platform: Any,
    handle: Any,
    kind: Any = "personal",
    followers: Any = None,
    shop: Any = None,
    now: int,
) -> Profile:
    """A new profile. Raises Invalid, and Conflict("handle") when the platform's handle is taken, in whatever case."""
    asked = {"platform": platform, "handle": handle, "kind": kind, "followers": followers, "shop": shop}
    fields = nouns.Fields(asked, asked, "profile")
    count = fields.take("followers", typed.count, None)
    profile = Profile(
        id=ids.new(),
        platform=fields.need("platform", post_fields.platform, ""),
        handle=fields.need("handle", _handle, ""),
        kind=fields.take("kind", nouns.one_of(*KINDS), KINDS[0]),
        followers=count.value if count else None,
        precision=typed.rounding({"followers": count}),
        bio_slug=None,
        shop=fields.take("shop", _shop, None),
        created_at=now,
    )
    fields.raise_errors()

    def change(pipe: Any) -> Profile:
        _free(pipe, profile)
        pipe.multi()
        stage(pipe, profile)
        return profile

    return nouns.commit(store, change, keys.HANDLES)


def get(store: Store, profile_id: str) -> Profile:
    """The profile with this id. Raises NotFound."""
    raw = store.redis.get(keys.profile(profile_id))
    if raw is None:
        raise NotFound("profile", profile_id)
    return decode(raw)


def update(store: Store, profile_id: str, changes: Any) -> Profile:
    """Change handle, kind, followers, bio_slug or shop; null clears the last three.

    Raises NotFound, Invalid, and Conflict("handle") when another profile of the platform has it.
    """

    def change(pipe: Any) -> Profile:
        raw = pipe.get(keys.profile(profile_id))
        if raw is None:
            raise NotFound("profile", profile_id)
        profile = decode(raw)
        fields = nouns.Fields(changes, _UPDATE, "profile")
        count = fields.change_or_clear(
            "followers", typed.count, typed.known(profile.followers, profile.precision, "followers")
        )
        changed = replace(
            profile,
            handle=fields.change("handle", _handle, profile.handle),
            kind=fields.change("kind", nouns.one_of(*KINDS), profile.kind),
            followers=count.value if count else None,
            precision=typed.rounding({"followers": count}),
            bio_slug=fields.change_or_clear("bio_slug", _bio_slug(pipe), profile.bio_slug),
            shop=fields.change_or_clear("shop", _shop, profile.shop),
        )
        fields.raise_errors()
        _free(pipe, changed)
        pipe.multi()
        pipe.hdel(keys.HANDLES, _name(profile))
        stage(pipe, changed)
        return changed

    return nouns.commit(store, change, keys.profile(profile_id), keys.HANDLES)


def list_(store: Store, *, limit: int, cursor: str | None = None) -> tuple[list[Profile], str | None]:
    """Profiles, newest first, and the cursor of the next page."""
    return pages.page(store, keys.PROFILES, keys.profile, decode, limit=limit, cursor=cursor)


def earliest(pipe: Any, platform: str) -> Profile | None:
    """The profile that was first made on a platform. A transaction that rests on it watches keys.PROFILES."""
    return next((profile for profile in _all(pipe) if profile.platform == platform), None)


def with_bio_link(pipe: Any, slugs: Collection[str]) -> list[Profile]:
    """The profiles that say of one of these links that it is in their bio, from now on watched."""
    found = [profile for profile in _all(pipe) if profile.bio_slug in slugs]
    if found:
        pipe.watch(*(keys.profile(profile.id) for profile in found))
    return found


def _all(pipe: Any) -> list[Profile]:
    names = [name.decode() for name in pipe.zrange(keys.PROFILES, 0, -1)]
    raws = pipe.mget([keys.profile(name) for name in names]) if names else []
    return [decode(raw) for raw in raws if raw is not None]


def unnamed(platform: str, *, now: int) -> Profile:
    """A profile to stage for a platform that has none."""
    return Profile(ids.new(), platform, UNNAMED, KINDS[0], None, None, None, now)


def stage(pipe: Any, profile: Profile) -> None:
    """Add to a transaction all that writes `profile`."""
    pipe.set(keys.profile(profile.id), nouns.dump(asdict(profile)))
    pipe.zadd(keys.PROFILES, {profile.id: profile.created_at})
    pipe.hset(keys.HANDLES, _name(profile), profile.id)


def add_snapshot(store: Store, profile_id: str, fields: Any, *, now: int, source: str = "typed") -> ProfileSnapshot:
    """Keep what the platform says of a profile: `taken_at` or `day` ("2026-11-22"; default: now), and some NUMBERS.

    Raises NotFound and Invalid.
    """
    asked = nouns.Fields(fields, (*NUMBERS, "taken_at", "day"), "profile snapshot")
    in_time = nouns.instant(latest=now + nouns.SKEW, beyond="is in the future")
    taken_at = asked.take("taken_at", in_time, None)
    day = asked.take("day", _day(now), None)
    if asked.has("taken_at") and asked.has("day"):
        asked.fail("day", "must not be given beside taken_at")
    counts = {name: asked.take(name, typed.count, None) for name in NUMBERS}
    if not any(asked.has(name) for name in NUMBERS):
        asked.fail(NUMBERS[0], f"is required, or one of {', '.join(NUMBERS[1:])}")
    if source not in nouns.SOURCES:
        asked.fail("source", f"must be one of {', '.join(nouns.SOURCES)}")
    asked.raise_errors()
    snapshot = ProfileSnapshot(
        id=ids.new(),
        profile_id=profile_id,
        taken_at=now if taken_at is None and day is None else taken_at,
        day=day,
        precision=typed.rounding(counts),
        source=source,
        **{name: count.value if count else None for name, count in counts.items()},
    )
    nouns.append(
        store,
        keys.profile_snapshots(profile_id),
        asdict(snapshot),
        owner=keys.profile(profile_id),
        lost=NotFound("profile", profile_id),
    )
    return snapshot


def snapshots(store: Store, profile_id: str) -> list[ProfileSnapshot]:
    """A profile's snapshots by the time they speak of; of two for the same time the later entry comes later."""
    raws = store.redis.lrange(keys.profile_snapshots(profile_id), 0, -1)
    rows = [ProfileSnapshot(**nouns.load(raw)) for raw in raws]
    return sorted(rows, key=lambda row: row.taken_at if row.day is None else row.day * times.DAY)  # type: ignore[arg-type, return-value]


def decode(raw: bytes | str) -> Profile:
    """The profile in a stored record."""
    return Profile(**nouns.load(raw))


def _name(profile: Profile) -> str:
    return f"{profile.platform}/{profile.handle.casefold()}"


def _free(pipe: Any, profile: Profile) -> None:
    """Raise Conflict when the handle belongs to another profile. The transaction watches keys.HANDLES."""
    owner = pipe.hget(keys.HANDLES, _name(profile))
    if owner is not None and owner.decode() != profile.id:
        raise Conflict("handle", f"{profile.handle!r} is there already on {profile.platform}")


_handle_text = nouns.text(100)


def _handle(value: Any, field: str) -> str:
    return _handle_text(value.strip().removeprefix("@") if isinstance(value, str) else value, field)


def _shop(value: Any, field: str) -> str:
    """The host in what was given as the shop: "shop.example" or any address in it."""
    host = urlsplit(urls.permalink(value, field)).hostname
    return host or ""


def _bio_slug(pipe: Any) -> nouns.Check[str]:
    def check(value: Any, field: str) -> str:
        slug = link_fields.normalise(value) if isinstance(value, str) else ""
        key = keys.link(slug if link_fields.SLUG.fullmatch(slug) else "")
        if nouns.missing(pipe, key) or nouns.load(pipe.get(key))["state"] == "erased":
            raise Invalid.field(field, "is no link's slug")
        return slug

    return check


def _day(now: int) -> nouns.Check[int]:
    def check(value: Any, field: str) -> int:
        try:
            # It also reads 20261122 and 2026-W47-7.
            day = (date.fromisoformat(value if _DAY.fullmatch(value) else "") - _EPOCH).days
        except (ValueError, TypeError) as error:
            raise Invalid.field(field, "must be a day such as 2026-11-22") from error
        # East of Greenwich tomorrow has begun while it is still today in UTC.
        if not _EARLIEST_DAY <= day <= times.day_of(now) + 1:
            raise Invalid.field(field, "is in the future" if day > 0 and day >= _EARLIEST_DAY else "is before 2005")
        return day

    return check
