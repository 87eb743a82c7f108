"""Shlink's short URLs: listed, made, shown, changed, deleted; and their redirect rules, of which there are none."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from flask import Response, jsonify, request

from shortlinks import times
from shortlinks.errors import Conflict
from shortlinks.links import link_search, links
from shortlinks.links.links import Link
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.rollups import link_totals
from shortlinks.rollups.link_totals import LinkTotal
from shortlinks.web.dialects import making, shlink, shlink_fields, shlink_search
from shortlinks.web.services import services

_PAGE, _MOST = 10, 1_000
_DRAWS = 8


def shapes(found: Sequence[Link]) -> list[dict[str, Any]]:
    """Links as short URLs."""
    store = services().store
    of = posts.find_all(store, (link.post_id for link in found))
    totals = link_totals.of_links(store, found)
    return [_shape(link, of.get(link.post_id), totals[link.slug]) for link in found]


def _shape(link: Link, post: Post | None, total: LinkTotal) -> dict[str, Any]:
    until = None if link.expires_at is None else shlink_fields.written(link.expires_at)
    return {
        "shortCode": link.slug,
        "shortUrl": making.short_url(link),
        "longUrl": link.target,
        "deviceLongUrls": dict.fromkeys(("android", "ios", "desktop")),
        "dateCreated": shlink_fields.written(link.created_at),
        "visitsSummary": shlink.summary(total.hits, total.human),
        "visitsCount": total.hits,
        "tags": list(post.tags) if post else [],
        "meta": {"validSince": None, "validUntil": until, "maxVisits": None},
        "domain": None,
        "title": post.title if post else None,
        "crawlable": False,
        "forwardQuery": link.forward_query,
        "hasRedirectRules": False,
    }


@shlink.on("GET", "/short-urls")
@shlink.needs("read")
def list_short_urls() -> Response:
    """All links that are not switched off."""
    store = services().store
    if request.args.get("apiKeyName"):
        raise shlink.invalid("apiKeyName", detail="which key made a short URL is not kept")
    wish = shlink_search.asked()
    number, size = shlink.page(_MOST, _PAGE)
    start = (number - 1) * size
    found: list[Link] = []
    total = 0
    if not shlink.is_ours(request.args.get("domain")):
        pass
    elif wish.nothing:
        found, total = link_search.page(store, start=start, size=size)
    else:
        kept = shlink_search.found(store, wish)
        total = len(kept)
        found = link_search.find_all(store, (slug.decode() for _at, slug, *_rest in kept[start : start + size]))
    pagination = shlink.pagination(number, size, total, len(found))
    return jsonify({"shortUrls": {"data": shapes(found), "pagination": pagination}})


@shlink.on("POST", "/short-urls")
@shlink.needs("write")
def create_short_url() -> Response:
    """Make a link with a post of its own, or find one that is as it should be."""
    return jsonify(shapes([_made(shlink.body())])[0])


def _made(asked: dict[str, Any]) -> Link:
    # Shlink Manager, the app for phones, asks of every new link that it be crawlable; the answer says that it is not.
    shlink_fields.refuse_what_we_cannot(asked | {"crawlable": False})
    wish = shlink_fields.new_link(asked)
    if shlink_fields.yes_or_no(asked.get("findIfExists") or False, "findIfExists") and (found := _as_wished(wish)):
        return found
    if shlink_fields.drawn(asked) is None:
        return _make(wish)
    for _ in range(_DRAWS):
        with suppress(shlink.Refused):
            return _make(wish | {"slug": shlink_fields.drawn(asked)})
    raise shlink.invalid("shortCodeLength", detail="no short code of that length was found that is free")


def _make(wish: dict[str, Any]) -> Link:
    try:
        _post, link = making.make(**wish)
    except Conflict as conflict:
        if not conflict.field.endswith("slug"):
            raise
        slug = wish["slug"]
        detail = f'Provided slug "{slug}" is already in use.'
        raise shlink.Refused(400, "non-unique-slug", "Invalid custom slug", detail, customSlug=slug) from conflict
    return link


def _as_wished(wish: dict[str, Any]) -> Link | None:
    """A link with the same target, end, slug and at least the tags that are wished."""
    found = making.same_target(
        wish["target"],
        shlink_fields.code(wish["slug"]),
        **{"expires_at": wish["expires_at"]} if wish["expires_at"] else {},
    )
    if found is None:
        return None
    post = posts.find(services().store, found.post_id)
    own = {tag.casefold() for tag in post.tags} if post else set()
    return found if {tag.casefold() for tag in wish["tags"] or ()} <= own else None


@shlink.on("GET", "/short-urls/shorten")
@shlink.no_head
@shlink.needs("write")
def shorten() -> Response:
    """All in one address, for what can only open one. The same address leads to the same link, so it may be opened again."""
    first = request.headers.get("Accept", "").partition(",")[0].lower()
    usual = ("txt", "json") if "text/plain" in first else ("json", "txt")
    as_text = shlink.one_of("format", *usual) == "txt"
    link = _made({"longUrl": request.args.get("longUrl"), "findIfExists": True})
    answer = Response(making.short_url(link), mimetype="text/plain") if as_text else jsonify(shapes([link])[0])
    answer.headers["Cache-Control"] = "no-store"
    return answer


@shlink.on("GET", "/short-urls/<code>")
@shlink.needs("read")
def get_short_url(code: str) -> Response:
    """One link."""
    return jsonify(shapes([shlink.link(code)])[0])


@shlink.on("PATCH", "/short-urls/<code>")
@shlink.needs("write")
def edit_short_url(code: str) -> Response:
    """Change a link, and the title and tags of the post that it promotes, which all of the post's links have."""
    here, now = services(), times.now()
    link, asked = shlink.link(code), shlink.body()
    shlink_fields.refuse_what_we_cannot(asked)
    of_link, of_post = shlink_fields.changes(asked)
    if of_link:
        link = links.update(here.store, link.slug, of_link, now=now, own_hosts=here.config.own_hosts)
    if of_post:
        if "title" in of_post:
            of_post["title"] = of_post["title"] or making.host(link.target)
        posts.update(here.store, link.post_id, of_post, now=now)
    return jsonify(shapes([link])[0])


@shlink.on("DELETE", "/short-urls/<code>")
@shlink.needs("write")
def delete_short_url(code: str) -> Response:
    """Switch a link off."""
    making.switch_off(shlink.link(code).slug)
    return Response(status=204)


@shlink.on("GET", "/short-urls/<code>/redirect-rules")
@shlink.needs("read")
def get_redirect_rules(code: str) -> Response:
    """There are none: a link leads everybody to the same address."""
    return jsonify({"defaultLongUrl": shlink.link(code).target, "redirectRules": []})


@shlink.on("POST", "/short-urls/<code>/redirect-rules")
@shlink.needs("write")
def set_redirect_rules(code: str) -> Response:
    """Taking them all away changes nothing; others are refused."""
    link = shlink.link(code)
    if shlink.body().get("redirectRules") != []:
        raise shlink.invalid("redirectRules", detail="redirectRules: a link leads everybody to the same address")
    return jsonify({"defaultLongUrl": link.target, "redirectRules": []})
