"""Profiles: a creator's accounts on platforms."""

import re
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from shortlinks import ids, keys, urls
from shortlinks.errors import Conflict, Invalid, NotFound
from shortlinks.links import link_fields
from shortlinks.placements import placements
from shortlinks.posts import post_fields
from shortlinks.records import nouns, pages, versions
from shortlinks.snapshots import typed
from shortlinks.store import Store
from shortlinks.words.language import _

KINDS = ("personal", "business", "creator")
UNNAMED = "me"
"""The handle of a profile that is made on the way, with a platform's first post."""

_UPDATE = ("handle", "kind", "followers", "bio_slug", "shop")


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
        handle=fields.need("handle", check_handle, ""),
        kind=fields.take("kind", nouns.one_of(*KINDS), KINDS[0]),
        followers=count.value if count else None,
        precision=typed.rounding({"followers": count}),
        bio_slug=None,
        shop=fields.take("shop", check_shop, None),
        created_at=now,
    )
    fields.raise_errors()

    def change(pipe: Any) -> Profile:
        free(pipe, profile)
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


def update(store: Store, profile_id: str, changes: Any, *, only_if: versions.Condition | None = None) -> Profile:
    """Change handle, kind, followers, bio_slug or shop; null clears the last three.

    Raises NotFound, Invalid, Conflict("handle") when another profile of the platform has it, and Stale unless the profile is
    as `only_if` wants it.
    """

    def change(pipe: Any) -> Profile:
        raw = pipe.get(keys.profile(profile_id))
        if raw is None:
            raise NotFound("profile", profile_id)
        profile = decode(raw)
        versions.check(only_if, pipe, profile)
        fields = nouns.Fields(changes, _UPDATE, "profile")
        count = fields.change_or_clear(
            "followers", typed.count, typed.known(profile.followers, profile.precision, "followers")
        )
        changed = replace(
            profile,
            handle=fields.change("handle", check_handle, profile.handle),
            kind=fields.change("kind", nouns.one_of(*KINDS), profile.kind),
            followers=count.value if count else None,
            precision=typed.rounding({"followers": count}),
            bio_slug=fields.change_or_clear("bio_slug", _bio_slug(pipe), profile.bio_slug),
            shop=fields.change_or_clear("shop", check_shop, profile.shop),
        )
        fields.raise_errors()
        free(pipe, changed)
        pipe.multi()
        versions.stage(only_if, pipe)
        restage(pipe, profile, changed)
        return changed

    return nouns.commit(store, change, keys.profile(profile_id), keys.HANDLES)


def list_(store: Store, *, limit: int, cursor: str | None = None) -> tuple[list[Profile], str | None]:
    """Profiles, newest first, and the cursor of the next page."""
    return pages.page(store, keys.PROFILES, keys.profile, decode, limit=limit, cursor=cursor)


def find_all(store: Store, profile_ids: Iterable[str]) -> dict[str, Profile]:
    """Those of these profiles that there are, by id; read at once."""
    names = list(dict.fromkeys(profile_ids))
    raws = store.redis.mget([keys.profile(name) for name in names]) if names else []
    return {name: decode(raw) for name, raw in zip(names, raws, strict=True) if raw is not None}


def earliest(pipe: Any) -> dict[str, Profile]:
    """The profile that was first made on each platform that has one. A transaction that rests on it watches keys.PROFILES."""
    return {profile.platform: profile for profile in reversed(_all(pipe))}


def of_platform(store: Store, platform: str) -> list[Profile]:
    """All profiles on a platform, the one that was first made first: a post is on that unless it names another one."""
    return [profile for profile in _all(store.redis) if profile.platform == platform]


def by_platform(store: Store) -> dict[str, list[Profile]]:
    """What `of_platform` gives, for each platform that has a profile; read at once."""
    found: dict[str, list[Profile]] = {}
    for profile in _all(store.redis):
        found.setdefault(profile.platform, []).append(profile)
    return found


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


def called(profile: Profile) -> str:
    """What people call it: `Instagram @me`, or only `Instagram` where it has no handle."""
    label = placements.platform_label(profile.platform)
    return label if profile.handle == UNNAMED else f"{label} @{profile.handle}"


def stage(pipe: Any, profile: Profile) -> None:
    """Add to a transaction all that writes `profile`."""
    pipe.set(keys.profile(profile.id), nouns.dump(asdict(profile)))
    pipe.zadd(keys.PROFILES, {profile.id: profile.created_at})
    pipe.hset(keys.HANDLES, _name(profile), profile.id)


def restage(pipe: Any, before: Profile | None, after: Profile) -> None:
    """Add to a transaction all that turns `before`, if there is one, into `after`."""
    if before:
        pipe.hdel(keys.HANDLES, _name(before))
    stage(pipe, after)


def decode(raw: bytes | str) -> Profile:
    """The profile in a stored record."""
    return Profile(**nouns.load(raw))


def _name(profile: Profile) -> str:
    return f"{profile.platform}/{profile.handle.casefold()}"


def free(pipe: Any, profile: Profile) -> None:
    """Raise Conflict when the handle belongs to another profile. The transaction watches keys.HANDLES."""
    owner = pipe.hget(keys.HANDLES, _name(profile))
    if owner is not None and owner.decode() != profile.id:
        there = _("{handle} is there already on {platform}", handle=repr(profile.handle), platform=profile.platform)
        raise Conflict("handle", there)


_handle_text = nouns.text(100)
_ADDRESS = re.compile(r"(?i:https?://)?[^/\s?#]+\.[^/\s?#]+/(?P<path>[^?#]*)")


def check_handle(value: Any, field: str) -> str:
    """A check (see `nouns`) for what an account is called, with or without its @, or in the profile's address."""
    return _handle_text(_called(value.strip()) if isinstance(value, str) else value, field)


def _called(text: str) -> str:
    """The handle in `https://www.tiktok.com/@me?lang=en` or `instagram.com/me/`, or all of `me`; without its @."""
    address = _ADDRESS.match(text)
    parts = [part for part in address["path"].split("/") if part] if address else []
    return next((part for part in parts if part.startswith("@")), parts[-1] if parts else text).removeprefix("@")


def check_shop(value: Any, field: str) -> str:
    """The host in what was given as the shop: "shop.example" or any address in it."""
    host = urlsplit(urls.permalink(value, field)).hostname
    return host or ""


def _bio_slug(pipe: Any) -> nouns.Check[str]:
    def check(value: Any, field: str) -> str:
        slug = link_fields.normalise(value) if isinstance(value, str) else ""
        key = keys.link(slug if link_fields.SLUG.fullmatch(slug) else "")
        if nouns.missing(pipe, key) or nouns.load(pipe.get(key))["state"] == "erased":
            raise Invalid.field(field, _("is no link's slug"))
        return slug

    return check
