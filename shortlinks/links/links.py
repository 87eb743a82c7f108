"""Links: a slug that leads to a target, hangs in one placement and promotes one post at a time.

Every turn to another target or post is kept with its time (`history`), so that a click stays with the post that the
link promoted when it happened. A slug is never given to a second link: an erased one stays as a tombstone.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shortlinks import ids, keys
from shortlinks.errors import Conflict, Invalid, NotFound
from shortlinks.links import feed, link_fields, locations
from shortlinks.links.link_fields import Wish
from shortlinks.links.link_fields import normalise as normalise
from shortlinks.links.link_records import Before as Before
from shortlinks.links.link_records import Link as Link
from shortlinks.links.link_records import Turn as Turn
from shortlinks.links.link_records import became, check_coupon
from shortlinks.links.link_records import decode as decode
from shortlinks.links.link_records import stage as stage
from shortlinks.links.link_records import state_at as state_at
from shortlinks.links.link_records import tell as tell
from shortlinks.links.link_records import tombstone as tombstone
from shortlinks.links.locations import Followable
from shortlinks.placements import placements
from shortlinks.records import nouns, pages, versions
from shortlinks.store import Question, Store
from shortlinks.words.language import _

RESERVED_ALWAYS = frozenset(
    {
        *("admin", "api", "static", "healthz", "readyz", "metrics", "c", "how-we-count", "how-we-count.json"),
        *("a", "robots.txt", "favicon.ico", "calendar", "from-outside", "shown", "api-reference", "hooks"),
        *("rest", "yourls-api.php"),
    }
)
_EVERY = 1 << 30
SHORTEST = 5
"""Letters of a drawn slug: 14 million of them. One more is used after three draws in a row that were taken."""

_SYLLABLES = 3
"""Of a drawn slug that people hear, or read off a screen, and type: 22 thousand of them. One more is used as above."""


def create(
    store: Store,
    post_id: str,
    fields: Any,
    *,
    now: int,
    own_hosts: frozenset[str],
    reserved: frozenset[str] = RESERVED_ALWAYS,
) -> Link:
    """A new link for a post, with the slug in `fields` or one that is drawn.

    Raises NotFound for the post, Invalid, Conflict("slug") when the slug is or ever was taken, and Conflict("coupon").
    """
    claim = ids.new()
    tried: list[str] = []

    def change(pipe: Any) -> Link:
        pipe.watch(keys.post(post_id))
        if tried and (earlier := _claimed(pipe, tried[-1], claim)):
            return earlier
        raw = pipe.get(keys.post(post_id))
        if raw is None:
            raise NotFound("post", post_id)
        wish, errors = link_fields.read(
            fields, platform=nouns.load(raw)["platform"], now=now, own_hosts=own_hosts, reserved=reserved
        )
        if errors:
            raise Invalid(errors)
        link = made(pipe, wish, post_id, now=now, reserved=reserved)
        tried.append(link.slug)
        pipe.multi()
        stage(pipe, link, claim=claim)
        tell(pipe, link, "made")
        return link

    return nouns.commit(store, change)


def _claimed(pipe: Any, slug: str, claim: str) -> Link | None:
    """The link that an earlier run of the same transaction made, when its answer was lost on the way."""
    raw = pipe.get(keys.link(slug))
    return decode(raw) if raw is not None and nouns.load(raw).get("claim") == claim else None


def made(
    pipe: Any,
    wish: Wish,
    post_id: str,
    *,
    now: int,
    reserved: frozenset[str],
    besides: frozenset[str] = frozenset(),
    prefix: str = "",
) -> Link:
    """The link of a wish, with a slug that is free and watched. `besides` are slugs of the same transaction.

    Raises Conflict naming `prefix` + "slug" or "coupon" when the wanted one is taken.
    """
    check_coupon(pipe, wish.coupon, wish.slug, prefix=prefix)
    slug = wish.slug
    if slug and not nouns.missing(pipe, keys.link(slug)):
        raise Conflict(f"{prefix}slug", _("{slug} is taken", slug=repr(slug)))
    collisions = 0
    typed = placements.by_id(wish.placement).typed
    while not slug:
        drawn = ids.sayable(_SYLLABLES + collisions // 3) if typed else ids.new(SHORTEST + collisions // 3)
        if drawn in besides or drawn in reserved or not nouns.missing(pipe, keys.link(drawn)):
            collisions += 1
        else:
            slug = drawn
    return Link(
        slug=slug,
        target=wish.target,
        placement=wish.placement,
        post_id=post_id,
        state="active",
        expires_at=wish.expires_at,
        forward_query=wish.forward_query,
        utm=wish.utm,
        click_id_param=wish.click_id_param,
        created_at=now,
        history=(Turn(now, post_id, wish.target),),
        coupon=wish.coupon,
        ids_since=now if wish.click_id_param else None,
    )


def get(store: Store, slug: str) -> Link:
    """The link of a slug as anyone may type it. Raises NotFound, also for an erased one."""
    name = normalise(slug)
    raw = store.redis.get(keys.link(name)) if link_fields.SLUG.fullmatch(name) else None
    link = decode(raw) if raw is not None else None
    if link is None or link.state == "erased":
        raise NotFound("link", slug)
    return link


def free(store: Store, slugs: Sequence[str], *, reserved: frozenset[str] = RESERVED_ALWAYS) -> list[str]:
    """Those of `slugs` that could be given out now: no link has or ever had them."""
    pipe = store.redis.pipeline(transaction=False)
    for slug in slugs:
        pipe.exists(keys.link(slug))
    return [slug for slug, taken in zip(slugs, pipe.execute(), strict=True) if not taken and slug not in reserved]


def find(store: Store, slug: str) -> tuple[Link | None, str]:
    """The link, also an erased one, and the newest entry of the feed of changes, read in the same moment.

    A process that keeps the link in memory compares the position with its own: a change in between cannot be missed.
    """
    name = normalise(slug)
    with store.redis.pipeline(transaction=True) as pipe:
        pipe.get(keys.link(name if link_fields.SLUG.fullmatch(name) else ""))
        feed.ask_newest(pipe)
        raw, newest = pipe.execute()
    return (decode(raw) if raw is not None else None), feed.newest(newest)


def update(
    store: Store,
    slug: str,
    changes: Any,
    *,
    now: int,
    own_hosts: frozenset[str],
    only_if: versions.Condition | None = None,
) -> Link:
    """Change target, post_id (retarget), expires_at, state, forward_query, utm, click_id_param or coupon.

    Null clears expires_at, utm, click_id_param and coupon. A turn to another target or post adds to the history.
    Raises NotFound, Invalid, Conflict("coupon") when another link has the code, and Stale unless the link is as `only_if`
    wants it.
    """
    name = normalise(slug)

    def change(pipe: Any) -> Link:
        raw = pipe.get(keys.link(name))
        link = decode(raw) if raw is not None else None
        if link is None or link.state == "erased":
            raise NotFound("link", slug)
        versions.check(only_if, pipe, link)
        fields = nouns.Fields(changes, link_fields.UPDATE, "link")
        post_id = fields.change("post_id", nouns.an_id, link.post_id)
        if post_id != link.post_id and nouns.missing(pipe, keys.post(post_id)):
            fields.fail("post_id", _("is no post"))
        target = fields.change("target", link_fields.target(own_hosts), link.target)
        history = link.history
        if (target, post_id) != (link.target, link.post_id):
            history += (Turn(max(now, history[-1].from_), post_id, target),)
        changed = replace(
            link,
            target=target,
            post_id=post_id,
            history=history,
            state=fields.change("state", nouns.one_of("active", "disabled"), link.state),
            expires_at=fields.change_or_clear("expires_at", link_fields.expiry(now), link.expires_at),
            forward_query=fields.change("forward_query", nouns.yes_or_no, link.forward_query),
            utm=fields.change_or_clear("utm", link_fields.utm, link.utm),
            click_id_param=fields.change_or_clear("click_id_param", link_fields.parameter, link.click_id_param),
            coupon=fields.change_or_clear("coupon", link_fields.coupon, link.coupon),
        )
        fields.raise_errors()
        if changed.click_id_param != link.click_id_param:
            changed = replace(changed, ids_since=now if changed.click_id_param else None)
        check_coupon(pipe, changed.coupon, name)
        pipe.multi()
        if changed != link:
            versions.stage(only_if, pipe)
            stage(pipe, changed, before=link)
            tell(pipe, changed, became(link, changed, now))
        return changed

    return nouns.commit(store, change, keys.link(name))


def of_post(store: Store, post_id: str) -> list[Link]:
    """The links that promote the post now, oldest first."""
    return of_posts(store, [post_id])[0]


def of_posts(store: Store, post_ids: Sequence[str], slugs: Sequence[Sequence[bytes]] | None = None) -> list[list[Link]]:
    """What `of_post` gives, for each of these posts; read at once. `slugs` answer `asking_slugs`, if that was asked before."""
    known = ever_of_posts(store, post_ids) if slugs is None else _read(store, slugs)
    return [
        [link for link in ever if link.post_id == post_id and link.state != "erased"]
        for post_id, ever in zip(post_ids, known, strict=True)
    ]


def ever_of_post(store: Store, post_id: str) -> list[Link]:
    """Every link that promotes or ever promoted the post, by the time it first did."""
    return ever_of_posts(store, [post_id])[0]


def in_bios(store: Store, platform: str, *, limit: int) -> list[Link]:
    """The bio links of a platform, the one that was last turned or made first, whatever they promote."""
    return _read(store, [store.redis.zrange(keys.bio_links(platform), 0, limit - 1, desc=True)])[0]


def ever_of_posts(store: Store, post_ids: Sequence[str]) -> list[list[Link]]:
    """What `ever_of_post` gives, for each of these posts; read at once."""
    return _read(store, store.each("ZRANGE", map(keys.post_links, post_ids), 0, -1))


def asking_slugs(post_ids: Sequence[str]) -> Question[list[list[bytes]]]:
    """For `of_posts`, to be asked with other questions."""
    return Question(("ZRANGE", [keys.post_links(post_id) for post_id in post_ids], 0, -1), list)


def _read(store: Store, lists: Sequence[Sequence[bytes]]) -> list[list[Link]]:
    """The links in each of these lists of slugs, read at once."""
    hung = [[slug.decode() for slug in slugs] for slugs in lists]
    wanted = list({slug for slugs in hung for slug in slugs})
    raws = store.redis.mget([keys.link(slug) for slug in wanted]) if wanted else []
    found = {slug: decode(raw) for slug, raw in zip(wanted, raws, strict=True) if raw is not None}
    return [[found[slug] for slug in slugs if slug in found] for slugs in hung]


def list_(
    store: Store, *, limit: int, cursor: str | None = None, post: str | None = None
) -> tuple[list[Link], str | None]:
    """Links, newest first, and the cursor of the next page; only those that promote `post` now, if given."""

    def keep(link: Link) -> bool:
        return link.state != "erased" and post in (None, link.post_id)

    index = keys.LINKS if post is None else keys.post_links(post)
    return pages.page(store, index, keys.link, decode, limit=limit, cursor=cursor, keep=keep)


def all_(store: Store) -> list[Link]:
    """Every link there ever was, newest first, also those whose post was erased: they may have promoted others before."""
    return pages.page(store, keys.LINKS, keys.link, decode, limit=_EVERY, cursor=None)[0]


def leads_on(link: Link, post_id: str, at: int) -> bool:
    """Whether the link promotes that post and can be used at the instant `at`."""
    return link.post_id == post_id and state_at(link, at) == "active"


def turn_at(link: Link, at: int) -> Turn:
    """What the link promoted at the instant `at`; its first turn for an earlier one."""
    return next((turn for turn in reversed(link.history) if turn.from_ <= at), link.history[0])


def location(link: Followable, *, query: str, click_id: str) -> str:
    """Where a visitor is sent who came with the query string `query`; `click_id` is added when the link says so."""
    return locations.location(
        link.target,
        utm=link.utm,
        forwarded=query if link.forward_query else "",
        click_id_param=link.click_id_param,
        click_id=click_id,
    )
