"""Taking in what a platform's own file says of posts, as `import_plans` has read it: all at once, or nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from shortlinks import keys
from shortlinks.errors import Invalid, NotFound
from shortlinks.placements import placements
from shortlinks.posts import permalinks, post_records, posts
from shortlinks.posts.post_records import Post
from shortlinks.profiles import profiles
from shortlinks.records import events, nouns
from shortlinks.snapshots import import_plans, post_matches
from shortlinks.snapshots.import_plans import Plan
from shortlinks.snapshots.post_exports import Row
from shortlinks.snapshots.snapshots import Snapshot
from shortlinks.store import Store
from shortlinks.words import wording
from shortlinks.words.language import _

NEW = "new"
"""Chosen for a row in place of a post: to make one of it."""
_TITLE = 100
"""A caption is longer than what one would call a post."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was written: the snapshots, and the posts that were made for some of them."""

    snapshots: tuple[Snapshot, ...]
    made: tuple[Post, ...]


def take(
    store: Store,
    found: Plan,
    choices: Mapping[int, str] | None = None,
    *,
    now: int,
    but: Iterable[str] = (),
    profile_id: str = "",
) -> Taken:
    """Write what `found` says: everything or nothing.

    `choices` name a post's id, or NEW, for rows without a post; a chosen post without an address gets the row's, so that it
    is found the next time. One that was taken in before is passed over. Posts in `but` are left out. New ones are on
    `profile_id`, or else the platform's first profile, made if there is none.

    Raises Invalid naming "row 5" for what cannot be chosen for it, and NotFound when a post was erased meanwhile.
    """
    chosen, fresh = _chosen(store, found, choices or {}, now=now, profile_id=profile_id)
    without = set(but)
    pairs = [(entry.match.row, entry.post.id) for entry in found.entries if entry.post.id not in without]
    pairs += [(row, post.id) for row, post in (*chosen, *fresh)]
    rows = [import_plans.snapshot(row, post_id, found.digest, found.taken_at) for row, post_id in pairs]
    addresses = {post.id: row.permalink for row, post in chosen if row.permalink}
    drafts = [post for _row, post in fresh]
    new_profile = profiles.unnamed(found.export.platform, now=now)

    def change(pipe: Any) -> Taken:
        lists = [keys.snapshots(row.post_id) for row in rows]
        records = [keys.post(row.post_id) for row in rows]
        if rows:
            pipe.watch(*records, *lists)
        there = post_records.read(pipe, [row.post_id for row in rows])
        made = [post for post in drafts if post.id not in there]
        if lost := {row.post_id for row in rows} - there.keys() - {post.id for post in made}:
            raise NotFound("post", min(lost))
        asked = nouns.Fields({}, (), "post")
        profile = post_records.profile_for(pipe, made[0], asked, new_profile) if made else new_profile
        asked.raise_errors()
        written = {nouns.load(raw)["id"] for raws in nouns.read_lists(store, lists) for raw in raws}
        added = [row for row in rows if row.id not in written]
        pipe.multi()
        if made and profile is new_profile:
            profiles.stage(pipe, profile)
        for post in made:
            post_records.stage(pipe, replace(post, profile_id=profile.id))
            events.tell_post(pipe, "made", post.id)
        for post_id, address in addresses.items():
            if there[post_id].permalink is None:
                post_records.stage(pipe, replace(there[post_id], permalink=address))
                events.tell_post(pipe, "changed", post_id)
        for row in added:
            pipe.rpush(keys.snapshots(row.post_id), nouns.dump(asdict(row)))
            events.tell_snapshot(pipe, row.post_id, row.id)
        return Taken(tuple(added), tuple(made))

    return nouns.commit(store, change)


def _chosen(
    store: Store, found: Plan, choices: Mapping[int, str], *, now: int, profile_id: str
) -> tuple[list[tuple[Row, Post]], list[tuple[Row, Post]]]:
    """What was chosen for rows without a post: posts there are, and posts to make."""
    rows = {match.row.line: match.row for match in found.unmatched}
    known = {post.id: post for post in found.posts}
    lines = {entry.post.id: entry.match.row.line for entry in found.entries}
    label = placements.platform_label(found.export.platform)
    chosen: list[tuple[Row, Post]] = []
    fresh: list[tuple[Row, Post]] = []
    errors: list[tuple[str, str]] = []
    for line, choice in sorted(choices.items()):
        row, post = rows.get(line), known.get(choice)
        if line in found.before:
            if choice not in (NEW, found.before[line]):
                errors.append((f"row {line}", _("was taken in before")))
        elif row is None:
            errors.append((f"row {line}", _("is none of those without a post")))
        elif choice == NEW:
            fresh.append((row, _new_post(found, row, now=now, profile_id=profile_id)))
        elif post is None:
            errors.append((f"row {line}", _unknown(store, choice, label)))
        elif not post_matches.may_be(row, post):
            other = _("“{title}” has another address, {address}", title=post.title, address=post.permalink or "")
            errors.append((f"row {line}", other))
        elif lines.setdefault(post.id, line) != line:
            again = _("“{title}” is the post of row {row} already", title=post.title, row=str(lines[post.id]))
            errors.append((f"row {line}", again))
        else:
            chosen.append((row, post))
    if errors:
        raise Invalid(errors)
    return chosen, _in_order(fresh, now=now)


def _unknown(store: Store, post_id: str, platform: str) -> str:
    """What is wrong with a choice that is no post on the file's platform."""
    elsewhere = posts.find(store, post_id)
    if elsewhere is None:
        return _("The post that was chosen is gone: it was erased meanwhile.")
    return _("“{title}” is no post on {platform}", title=elsewhere.title, platform=platform)


def _new_post(found: Plan, row: Row, *, now: int, profile_id: str) -> Post:
    platform = found.export.platform
    address = permalinks.recognise(row.permalink) if row.permalink else None
    unnamed = _("{platform} post of row {row}", platform=placements.platform_label(platform), row=str(row.line))
    kind = address.kind if address is not None and address.platform == platform else None
    return Post(
        id=import_plans.new_id(found.digest, row),
        platform=platform,
        profile_id=profile_id,
        kind=kind or placements.default_kind(platform),
        part_of=None,
        siblings=(),
        title=wording.shortened(row.title, _TITLE) or unnamed,
        permalink=row.permalink or None,
        published_at=found.taken_at if row.published_at is None else row.published_at,
        tags=(),
        followers=None,
        notes="",
        archived=False,
        created_at=now,
    )


def _in_order(fresh: list[tuple[Row, Post]], *, now: int) -> list[tuple[Row, Post]]:
    """The new posts a millisecond apart, so that lists, the newest first, have them as they were published."""
    ordered = sorted(fresh, key=lambda pair: pair[1].published_at)
    return [
        (row, replace(post, created_at=now - len(ordered) + number)) for number, (row, post) in enumerate(ordered, 1)
    ]
