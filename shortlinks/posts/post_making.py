"""Makes posts with their links: one, or the same thing on several platforms. All of it is written, or nothing."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shortlinks import ids, keys
from shortlinks.experiments import arms
from shortlinks.links import link_fields, links
from shortlinks.placements import placements
from shortlinks.posts import permalinks, post_fields, post_records
from shortlinks.posts.post_records import Post
from shortlinks.profiles import profiles
from shortlinks.profiles.profiles import Profile
from shortlinks.records import events, nouns
from shortlinks.snapshots import typed
from shortlinks.store import Store
from shortlinks.words.language import _

Made = tuple[Post, list[links.Link]]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A post as it was asked for, and what is wrong with that. `prefix` goes before the names of its fields."""

    draft: Post
    wishes: Sequence[link_fields.Wish]
    takes_part: bool
    new_profile: Profile
    errors: Sequence[tuple[str, str]]
    prefix: str


def create(
    store: Store,
    asked: Sequence[Any],
    *,
    now: int,
    own_hosts: frozenset[str],
    reserved: frozenset[str] = links.RESERVED_ALWAYS,
    chance: arms.Chance = secrets.randbelow,
) -> list[Made]:
    """New posts with their links, each on another platform; they become siblings of each other.

    Platform and kind may be left out where the permalink tells them. Where an experiment runs for such posts, `chance`
    draws the post's arm, unless `experiment` is false.

    Raises Invalid with every bad field ("links[0].target", of the second post "also[0].links[0].target"), and Conflict
    ("links[0].slug", "links[0].coupon") for what another link has.
    """
    wanted = [
        _read(fields, f"also[{number - 1}]." if number else "", now=now, own_hosts=own_hosts, reserved=reserved)
        for number, fields in enumerate(asked)
    ]
    first = wanted[0].draft.id
    wrong = [error for each in wanted for error in each.errors] + list(_doubles(wanted))

    def change(pipe: Any) -> list[Made]:
        if pipe.exists(keys.post(first)):  # an earlier run got through, and its answer was lost
            return [_again(store, pipe, each.draft.id) for each in wanted]
        found = nouns.Fields({}, (), "post")
        found.errors += wrong
        on = {}
        others: dict[str, Post] = {}
        for each in wanted:
            own = nouns.Fields({}, (), "post", each.prefix)
            on[each.draft.id] = post_records.profile_for(pipe, each.draft, own, each.new_profile)
            post_records.check_whole(pipe, each.draft, own)
            others |= post_records.with_siblings(pipe, each.draft, own)
            found.errors += own.errors
        found.raise_errors()
        others = post_records.together(others, [each.draft.id for each in wanted])
        posts, lots = [], []
        for each in wanted:
            post = replace(others.pop(each.draft.id), profile_id=on[each.draft.id].id)
            lot = arms.draw(pipe, post, now=now, chance=chance) if each.takes_part else None
            if lot is not None:
                post = replace(post, experiment=lot.drawn, tags=lot.drawn.beside(post.tags))
                lots.append((lot, post.id))
            posts.append(post)
        hung = _hung(pipe, wanted, now=now, reserved=reserved)
        pipe.multi()
        made = list(zip(posts, hung, strict=True))
        stage(pipe, made, [each.new_profile for each in wanted if on[each.draft.id] is each.new_profile])
        for post in others.values():
            post_records.stage(pipe, post)
            events.tell_post(pipe, "changed", post.id)
        for lot, post_id in lots:
            arms.stage_draw(pipe, lot, post_id, now=now)
        return made

    return nouns.commit(store, change, keys.post(first))


def alone(
    pipe: Any,
    asked: Mapping[str, Any],
    *,
    now: int,
    own_hosts: frozenset[str],
    reserved: frozenset[str] = links.RESERVED_ALWAYS,
) -> tuple[list[Made], list[Profile]]:
    """Posts by the ids that they get, each as `create` makes a single one, but for experiments; all on one platform.

    Reads within a transaction, for `stage` to write them: returns the posts, and the profile to make if they are the
    platform's first. Raises as `create` does.
    """
    wanted = [
        _read(fields, "", now=now, own_hosts=own_hosts, reserved=reserved, id_=id_) for id_, fields in asked.items()
    ]
    found = nouns.Fields({}, (), "post")
    found.errors += [error for each in wanted for error in (*each.errors, *_doubles([each]))]
    found.raise_errors()
    if not wanted:
        return [], []
    new = wanted[0].new_profile
    profile = post_records.profile_for(pipe, wanted[0].draft, found, new)
    found.raise_errors()
    hung = _hung(pipe, wanted, now=now, reserved=reserved)
    posts = [replace(each.draft, profile_id=profile.id) for each in wanted]
    return list(zip(posts, hung, strict=True)), [new] if profile is new else []


def stage(pipe: Any, made: Sequence[Made], new_profiles: Iterable[Profile]) -> None:
    """Add to a transaction all that writes new posts with their links, and tells of them."""
    for profile in new_profiles:
        profiles.stage(pipe, profile)
    for post, _hung_there in made:
        post_records.stage(pipe, post)
        events.tell_post(pipe, "made", post.id)
    for link in (link for _post, own in made for link in own):
        links.stage(pipe, link)
        links.tell(pipe, link, "made")


def _read(
    fields: Any, prefix: str, *, now: int, own_hosts: frozenset[str], reserved: frozenset[str], id_: str = ""
) -> _Wanted:
    """What was asked for, read as far as it can be without the store. Its id is drawn unless it is given."""
    asked = nouns.Fields(fields, post_fields.CREATE, "post", prefix)
    permalink = asked.take("permalink", post_fields.permalink, None)
    address = permalinks.recognise(permalink)
    platform = _platform(asked, address)
    told = address.kind if address is not None and address.platform == platform else None
    followers = asked.take("followers", typed.count, None)
    draft = Post(
        id=id_ or ids.new(),
        platform=platform,
        profile_id=asked.take("profile_id", nouns.an_id, ""),
        kind=asked.take("kind", post_fields.kind, told or (placements.default_kind(platform) if platform else "")),
        part_of=asked.take("part_of", nouns.an_id, None),
        siblings=asked.take("siblings", post_fields.siblings, ()),
        title=asked.need("title", post_fields.title, ""),
        permalink=permalink,
        published_at=asked.take("published_at", post_fields.published_at(now), now),
        tags=asked.take("tags", post_fields.tags, ()),
        followers=followers.value if followers else None,
        precision=typed.rounding({"followers": followers}),
        notes=asked.take("notes", post_fields.notes, ""),
        archived=False,
        created_at=now,
    )
    takes_part = asked.take("experiment", nouns.yes_or_no, True)
    wishes: list[link_fields.Wish] = []
    for number, given in enumerate(asked.take("links", post_fields.wished_links, [])):
        wish, errors = link_fields.read(
            given,
            platform=platform or None,
            now=now,
            own_hosts=own_hosts,
            reserved=reserved,
            prefix=f"{prefix}links[{number}].",
        )
        asked.errors += errors
        wishes.append(wish)
    return _Wanted(draft, wishes, takes_part, profiles.unnamed(platform, now=now), asked.errors, prefix)


def _platform(asked: nouns.Fields, address: permalinks.Address | None) -> str:
    """The platform that was asked for, or else the permalink's; "" when it is bad, which is noted."""
    if asked.has("platform"):
        return asked.take("platform", post_fields.platform, "")
    if address is None:
        if asked.has("permalink"):
            asked.fail("platform", _("is required, the permalink does not tell it"))
        else:
            asked.fail("platform", _("is required, or a permalink that tells it"))
        return ""
    return address.platform


def _doubles(wanted: Sequence[_Wanted]) -> Iterator[tuple[str, str]]:
    """What is wrong between the posts: a slug, a coupon or a platform that is asked for twice."""
    slugs: set[str] = set()
    codes: set[str] = set()
    on: set[str] = set()
    for each in wanted:
        if each.draft.platform and each.draft.platform in on:
            yield f"{each.prefix}platform", _("is asked for twice")
        on.add(each.draft.platform)
        for number, wish in enumerate(each.wishes):
            if wish.slug and wish.slug in slugs:
                yield f"{each.prefix}links[{number}].slug", _("is asked for twice")
            slugs.add(wish.slug)
            if wish.coupon and wish.coupon.lower() in codes:
                twice = _("is asked for twice: all links of a post show that of one")
                yield f"{each.prefix}links[{number}].coupon", twice
            codes.add((wish.coupon or "").lower())


def _hung(pipe: Any, wanted: Sequence[_Wanted], *, now: int, reserved: frozenset[str]) -> list[list[links.Link]]:
    """The links of each post, with slugs that are free and watched."""
    taken = {wish.slug for each in wanted for wish in each.wishes}
    made: list[list[links.Link]] = []
    for each in wanted:
        made.append([])
        for number, wish in enumerate(each.wishes):
            # A millisecond apart, so that lists keep the order in which they were asked for.
            link = links.made(
                pipe,
                wish,
                each.draft.id,
                now=now + number,
                reserved=reserved,
                besides=frozenset(taken),
                prefix=f"{each.prefix}links[{number}].",
            )
            taken.add(link.slug)
            made[-1].append(link)
    return made


def _again(store: Store, pipe: Any, post_id: str) -> Made:
    """A post that is there already, with its links."""
    return post_records.decode(pipe.get(keys.post(post_id))), links.of_post(store, post_id)
