"""Posts: one thing that the creator published on one profile and wants to judge."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from shortlinks import keys
from shortlinks.bio_pages import bio_page_records
from shortlinks.clicks import noted
from shortlinks.errors import NotFound
from shortlinks.experiments import arms, experiment_records
from shortlinks.links import links
from shortlinks.posts import permalinks, post_fields, post_index, post_making, post_records, shown
from shortlinks.posts.post_fields import KINDS as KINDS
from shortlinks.posts.post_records import Post as Post
from shortlinks.posts.post_records import decode as decode
from shortlinks.profiles import profiles
from shortlinks.records import events, nouns, pages, versions
from shortlinks.rollups import rollups
from shortlinks.sales import conversion_records, refunds
from shortlinks.snapshots import typed
from shortlinks.store import Store
from shortlinks.webhooks import deliveries

_AT_ONCE = 50


def create(
    store: Store,
    fields: Any,
    *,
    now: int,
    own_hosts: frozenset[str],
    reserved: frozenset[str] = links.RESERVED_ALWAYS,
    chance: arms.Chance = secrets.randbelow,
) -> tuple[Post, list[links.Link]]:
    """A new post with its links: all of it is written, or nothing; see `post_making.create`."""
    ((post, made),) = post_making.create(
        store, [fields], now=now, own_hosts=own_hosts, reserved=reserved, chance=chance
    )
    return post, made


def get(store: Store, post_id: str) -> Post:
    """The post with this id, archived or not. Raises NotFound."""
    found = find(store, post_id)
    if found is None:
        raise NotFound("post", post_id)
    return found


def find(store: Store, post_id: str) -> Post | None:
    """The post with this id, archived or not; None when there is none (any more)."""
    raw = store.redis.get(keys.post(post_id))
    return None if raw is None else decode(raw)


def get_with_token(store: Store, post_id: str) -> tuple[Post, str | None]:
    """What `get` gives, and what `shown.token` gives for it; read at once. Raises NotFound."""
    pipe = store.redis.pipeline(transaction=False)
    pipe.get(keys.post(post_id))
    shown.ask(pipe, post_id)
    raw, token = pipe.execute()
    if raw is None:
        raise NotFound("post", post_id)
    return decode(raw), shown.answered(token)


def find_all(store: Store, post_ids: Iterable[str]) -> dict[str, Post]:
    """Those of these posts that there are, by id and in that order; read at once."""
    names = list(dict.fromkeys(post_ids))
    raws = store.redis.mget([keys.post(name) for name in names]) if names else []
    return {name: decode(raw) for name, raw in zip(names, raws, strict=True) if raw is not None}


def with_permalink(store: Store, permalink: str) -> Post | None:
    """The newest post, archived or not, that an address leads to, however it is written there; see `permalinks.key`."""
    return next(all_with_permalink(store, permalink), None)


def all_with_permalink(store: Store, permalink: str) -> Iterator[Post]:
    """The posts that `with_permalink` looks for, newest first."""
    address, wanted = permalinks.recognise(permalink), permalinks.key(permalink)
    words = (address and address.post_id) or permalink
    entries = [] if wanted is None else post_index.search(store, decode, post_index.wanted(words=words))
    for start in range(0, len(entries), _AT_ONCE):
        for post in find_all(store, [post_id for post_id, _at in entries[start : start + _AT_ONCE]]).values():
            if permalinks.key(post.permalink or "") == wanted:
                yield post


def beginning(store: Store, start: str) -> list[str]:
    """The ids of posts that begin so, those that were made last first."""
    names = (name.decode() for name in store.redis.zrange(keys.POSTS, 0, -1, desc=True))
    return [name for name in names if name.startswith(start)]


def update(store: Store, post_id: str, changes: Any, *, now: int, only_if: versions.Condition | None = None) -> Post:
    """Change the fields of `post_fields.UPDATE`; null clears permalink, tags, followers, notes, part_of and siblings.

    The tag of an arm that was drawn stays as it is.

    `siblings` is set on all of the group: posts that are left out are siblings among themselves from then on.
    Raises NotFound, Invalid, and Stale unless the post is as `only_if` wants it.
    """

    def change(pipe: Any) -> Post:
        raw = pipe.get(keys.post(post_id))
        if raw is None:
            raise NotFound("post", post_id)
        post = decode(raw)
        versions.check(only_if, pipe, post)
        asked = nouns.Fields(changes, post_fields.UPDATE, "post")
        followers = asked.change_or_clear(
            "followers", typed.count, typed.known(post.followers, post.precision, "followers")
        )
        draft = replace(
            post,
            title=asked.change("title", post_fields.title, post.title),
            kind=asked.change("kind", post_fields.kind, post.kind),
            permalink=asked.change_or_clear("permalink", post_fields.permalink, post.permalink),
            published_at=asked.change("published_at", post_fields.published_at(now), post.published_at),
            tags=asked.change_or_clear("tags", post_records.tags_of(post), post.tags, ()) or (),
            followers=followers.value if followers else None,
            precision=typed.rounding({"followers": followers}),
            notes=asked.change_or_clear("notes", post_fields.notes, post.notes, "") or "",
            archived=asked.change("archived", nouns.yes_or_no, post.archived),
            part_of=asked.change_or_clear("part_of", nouns.an_id, post.part_of),
            siblings=asked.change_or_clear("siblings", post_fields.siblings, post.siblings, ()) or (),
        )
        if draft.part_of != post.part_of:
            post_records.check_whole(pipe, draft, asked)
        others = (
            post_records.with_siblings(pipe, draft, asked, post.siblings) if draft.siblings != post.siblings else {}
        )
        asked.raise_errors()
        changed = others.pop(post_id, draft)
        if changed.experiment is not None:
            changed = replace(changed, tags=changed.experiment.beside(changed.tags))
        pipe.multi()
        versions.stage(only_if, pipe)
        if post.part_of is not None:
            pipe.zrem(keys.post_parts(post.part_of), post_id)
        for each in (changed, *others.values()):
            post_records.stage(pipe, each)
            if each != post:
                archived = each.id == post_id and each.archived > post.archived
                events.tell_post(pipe, "archived" if archived else "changed", each.id)
        return changed

    return nouns.commit(store, change, keys.post(post_id))


def list_(
    store: Store,
    *,
    limit: int,
    cursor: str | None = None,
    platform: str | None = None,
    profile_id: str | None = None,
    tag: str | None = None,
    q: str | None = None,
    archived: bool | None = False,
) -> tuple[list[Post], str | None]:
    """Posts, newest first, and the cursor of the next page.

    `tag` is compared without case, `q` is looked for in title, notes, tags and permalink; `archived` None means both.
    """

    def at_hand(post: Post) -> bool:
        return archived in (None, post.archived)

    if not (q or tag or platform or profile_id or archived):
        return pages.page(store, keys.POSTS, keys.post, decode, limit=limit, cursor=cursor, keep=at_hand)
    fits = post_index.wanted(
        words=q or "",
        tag=(tag or "").removeprefix("#"),
        platform=platform,
        profile_id=profile_id,
        archived=archived,
    )
    near = post_index.nearest(store, fits, limit=limit, cursor=cursor)
    found, following = pages.page_among(store, near, keys.post, decode, limit=limit, cursor=cursor)
    if following is not None:
        return found, following
    names = post_index.search(store, decode, fits)
    return pages.page_among(store, names, keys.post, decode, limit=limit, cursor=cursor)


def parts(store: Store, post_id: str) -> list[Post]:
    """The posts that are part of this one (the stories of a reel), oldest first."""
    names = store.redis.zrange(keys.post_parts(post_id), 0, -1)
    return list(find_all(store, (name.decode() for name in names)).values())


def purge(store: Store, post_id: str, *, only_if: versions.Condition | None = None) -> None:
    """Erase a post with its clicks, snapshots and conversions; its links stay as tombstones, and its secret
    address leads nowhere. Raises NotFound, and Stale as `update` does.

    The record goes first: from then on the roll-up drops the post's clicks, so that none is counted behind the erasing.
    A purge that is cut off in between is finished by `finish_purges`.
    """
    get(store, post_id)

    def change(pipe: Any) -> None:
        raw = pipe.get(keys.post(post_id))
        if raw is None:  # someone else purged it meanwhile, or an earlier run of ours
            return
        post = decode(raw)
        versions.check(only_if, pipe, post)
        slugs = [slug.decode() for slug in pipe.zrange(keys.post_links(post_id), 0, -1)]
        children = [name.decode() for name in pipe.zrange(keys.post_parts(post_id), 0, -1)]
        reported = [
            nouns.load(record)["external_id"]
            for key in (keys.post_conversions(post_id), keys.post_beside(post_id))
            for record in pipe.lrange(key, 0, -1)
        ]
        others = post_records.read(pipe, {*children, *post.siblings})
        ever = [links.decode(raw) for raw in post_records.watched(pipe, [keys.link(slug) for slug in slugs])]
        tried = post.experiment and arms.without(pipe, post.experiment.experiment_id, post_id)
        erased = {link.slug for link in ever if link.post_id == post_id}
        bios = profiles.with_bio_link(pipe, erased)
        on_pages = bio_page_records.with_links(pipe, erased)
        address = shown.read(pipe, post_id)
        waiting = refunds.waiting_on(pipe, erased)
        pipe.multi()
        for refund, record in waiting:
            conversion_records.unstage(pipe, refund, record)
        shown.forget(pipe, post_id, address)
        for other in others.values():
            post_records.stage(
                pipe,
                replace(
                    other,
                    part_of=None if other.part_of == post_id else other.part_of,
                    siblings=tuple(name for name in other.siblings if name != post_id),
                ),
            )
            events.tell_post(pipe, "changed", other.id)
        if tried:
            experiment_records.stage(pipe, tried)
        for link in ever:
            links.stage(pipe, links.tombstone(link, post_id), before=link)
        for profile in bios:
            profiles.stage(pipe, replace(profile, bio_slug=None))
        for page in on_pages:
            bio_page_records.stage(pipe, page)
        if post.part_of is not None:
            pipe.zrem(keys.post_parts(post.part_of), post_id)
        pipe.zrem(keys.POSTS, post_id)
        if reported:
            pipe.zrem(keys.CONVERSIONS, *reported)
        post_index.unstage(pipe, post_id)
        pipe.sadd(keys.PURGING, post_id)
        events.tell_post(pipe, events.ERASED, post_id)
        pipe.delete(
            keys.post(post_id),
            keys.post_links(post_id),
            keys.post_parts(post_id),
            keys.snapshots(post_id),
            keys.polls(post_id),
            keys.post_conversions(post_id),
            keys.post_beside(post_id),
            keys.INSIGHTS,
            *(key(external_id) for external_id in reported for key in (keys.conversion, keys.refunds)),
        )

    nouns.commit(
        store,
        change,
        keys.post(post_id),
        keys.post_links(post_id),
        keys.post_parts(post_id),
        keys.post_conversions(post_id),
        keys.post_beside(post_id),
        keys.WAITING_REFUNDS,
    )
    _erase_clicks(store, post_id)


def finish_purges(store: Store) -> int:
    """Erase the clicks of posts whose purge was cut off after their record was gone. Returns how many there were."""
    unfinished = [name.decode() for name in store.redis.smembers(keys.PURGING)]
    for post_id in unfinished:
        _erase_clicks(store, post_id)
    return len(unfinished)


def _erase_clicks(store: Store, post_id: str) -> None:
    rollups.erase(store, post_id)
    noted.erase(store, post_id)
    events.erase(store, post_id)
    deliveries.erase(store, post_id)
    store.redis.srem(keys.PURGING, post_id)
