"""The questions of the set-up: where somebody publishes, as whom, and which shop they promote. All is kept, or nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shortlinks import keys, urls
from shortlinks.errors import Conflict, Invalid
from shortlinks.owner import settings
from shortlinks.placements import placements
from shortlinks.posts import post_fields
from shortlinks.profiles import profiles
from shortlinks.profiles.profiles import Profile
from shortlinks.records import nouns
from shortlinks.snapshots import typed
from shortlinks.store import Store
from shortlinks.words.language import _

FIELDS = ("handle", "kind", "followers")
"""What is asked of each platform."""


def save(
    store: Store, answers: Mapping[str, Mapping[str, Any]], *, shop: str, own_hosts: frozenset[str], now: int
) -> list[Profile]:
    """Keep the answers by platform, and the address of the shop ("" for none). Returns the profiles.

    A platform's answer goes to the profile that was first made there, or makes one. What was left empty stays as it was.
    Raises Invalid, naming `shop`, `platforms` or `<platform>.<field>`, and Conflict likewise.
    """
    if not answers:
        raise Invalid.field("platforms", _("Tick at least one platform, or skip this."))
    target = _target(shop, own_hosts)

    def change(pipe: Any) -> list[Profile]:
        known = profiles.earliest(pipe)
        before = [known.get(post_fields.platform(name, "platforms")) for name in answers]
        if there := [keys.profile(profile.id) for profile in before if profile]:
            pipe.watch(*there)
        after = _answered(answers, before, target, now)
        for profile in after:
            _free(pipe, profile)
        pipe.multi()
        for old, new in zip(before, after, strict=True):
            profiles.restage(pipe, old, new)
        if isinstance(target, str) and target:
            pipe.hset(keys.SETTINGS, settings.SHOP, json.dumps(target))
        return after

    return nouns.commit(store, change, keys.PROFILES, keys.HANDLES)


def own(store: Store) -> list[Profile]:
    """The profiles that answers go to: of each platform the one that was first made there, in the catalogue's order."""
    known = profiles.earliest(store.redis)
    return [known[name] for name in placements.platforms() if name in known]


def shop(store: Store) -> str:
    """The address of the shop, as a link's target; "" when nobody said one."""
    return settings.get(store, settings.SHOP) or ""


def _target(text: str, own_hosts: frozenset[str]) -> str | Invalid:
    try:
        return urls.target(text, own_hosts=own_hosts, field="shop") if text.strip() else ""
    except Invalid as invalid:
        return invalid


def _answered(
    answers: Mapping[str, Mapping[str, Any]], before: Sequence[Profile | None], target: str | Invalid, now: int
) -> list[Profile]:
    """The profiles as they are to be. Raises Invalid with everything that is wrong."""
    errors = list(target.errors) if isinstance(target, Invalid) else []
    after = []
    for (platform, answer), old in zip(answers.items(), before, strict=True):
        fields = nouns.Fields(answer, FIELDS, "profile", prefix=f"{platform}.")
        base = old or profiles.unnamed(platform, now=now)
        count = fields.take("followers", typed.count, None)
        new = replace(
            base,
            handle=fields.take("handle", profiles.check_handle, base.handle),
            kind=fields.take("kind", nouns.one_of(*profiles.KINDS), base.kind),
            followers=count.value if count else base.followers,
            # The form shows a rounded number without its rounding: sent back as it was, it is no better known.
            precision=base.precision
            if count is None or count.value == base.followers
            else typed.rounding({"followers": count}),
        )
        after.append(replace(new, shop=profiles.check_shop(target, "shop")) if target and not errors else new)
        errors += fields.errors
    if errors:
        raise Invalid(errors)
    return after


def _free(pipe: Any, profile: Profile) -> None:
    try:
        profiles.free(pipe, profile)
    except Conflict as conflict:
        raise Conflict(f"{profile.platform}.{conflict.field}", conflict.message) from conflict
