"""Kutt's API v2 below `/api/v2` (https://docs.kutt.it, 2026): links made, listed, changed, deleted. A link's id is its slug."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, jsonify, request

from shortlinks import times
from shortlinks.errors import Invalid
from shortlinks.links import link_fields, link_search, links
from shortlinks.links.links import Link
from shortlinks.posts import post_fields, post_index, posts
from shortlinks.rollups import link_totals
from shortlinks.store import Store
from shortlinks.web import auth, problems
from shortlinks.web.api import once
from shortlinks.web.dialects import making
from shortlinks.web.problems import Trouble
from shortlinks.web.services import services

PREFIX = "/api/v2"
KEY = "X-API-KEY"
_MOST, _PAGE = 50, 10
_NAMES = {"target": "target", "slug": "customurl", "expires_at": "expire_in", "title": "description"}
_SPAN = re.compile(r"([0-9]{1,6})\s*(m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?|y|yrs?|years?)")
_UNITS = {"m": times.MINUTE, "h": times.HOUR, "d": times.DAY, "w": 7 * times.DAY, "y": 365 * times.DAY + times.DAY // 4}
"""Kutt reads spans by the package `ms` of npm, whose year this is. It takes none below a minute."""

bp = Blueprint("kutt", __name__, url_prefix=PREFIX)


def tell(trouble: Trouble) -> Response:
    """What goes wrong at these addresses: one sentence."""
    told = "; ".join(
        f"{_NAMES.get(name.removeprefix(making.LINK), name.removeprefix(making.LINK))} {message}"
        for name, message in trouble.errors
    )
    answer = jsonify({"error": told or trouble.detail})
    # Kutt has no 422, and tells of a taken address with 400.
    answer.status_code = 400 if trouble.status in (409, 422) else trouble.status
    return answer


for _path in ("/links", "/users", "/domains", "/health"):
    problems.speaks_below(PREFIX + _path, tell)
auth.told_by(bp, lambda: auth.of_secret(request.headers.get(KEY, "")) if request.headers.get(KEY) else None)


def _needs(scope: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        carried_out = once.once(view)

        @wraps(view)
        def guarded(*args: Any, **named: Any) -> Any:
            caller = auth.caller()
            if caller is None:
                return tell(Trouble(401, "Unauthorized"))
            if scope not in caller.scopes:
                return tell(Trouble(403, f"This token lacks the scope {scope}."))
            return carried_out(*args, **named)

        return guarded

    return decorate


@bp.get("/health")
def health() -> Response:
    """The service is up."""
    return Response("OK", mimetype="text/plain")


@bp.get("/users")
@_needs("read")
def user() -> Response:
    """Who calls: there is one owner, of whom no address is known here, and one domain."""
    return jsonify({"apikey": None, "email": "", "domains": []})


@bp.get("/links", strict_slashes=False)
@_needs("read")
def list_links() -> Response:
    """Links, newest first."""
    skip, limit = _number("skip", 0), min(_number("limit", _PAGE), _MOST)
    term = post_index.small(request.args.get("search", ""))
    store = services().store
    if term:
        kept = _speaking_of(store, term)
        total = len(kept)
        shown = link_search.find_all(store, kept[skip : skip + limit])
    else:
        shown, total = link_search.page(store, start=skip, size=limit)
    return jsonify({"total": total, "limit": limit, "skip": skip, "data": _shapes(shown)})


def _speaking_of(store: Store, term: bytes) -> list[str]:
    """The slugs of the links with this in their slug, target or title, newest first."""
    of = post_index.words(store, posts.decode)
    found = []
    for _at, slug, _until, post_id, _before, target in link_search.in_use(store):
        title = of[post_id][2] if post_id in of else b""
        if term in b" ".join((slug, post_index.small_letters(target), title)):
            found.append(slug.decode())
    return found


@bp.post("/links", strict_slashes=False)
@_needs("write")
def create_link() -> tuple[Response, int]:
    """Make a link, or with `reuse` find one that leads to the same address."""
    asked = _body()
    _refuse(asked)
    until, slug = _until(asked.get("expire_in")), asked.get("customurl") or None
    if _yes(asked.get("reuse")) and not slug and not until and (found := making.same_target(asked.get("target"))):
        return jsonify(_shapes([found])[0]), 200
    _post, link = making.make(asked.get("target"), title=asked.get("description"), slug=slug, expires_at=until)
    return jsonify(_shapes([link])[0]), 201


@bp.patch("/links/<slug>")
@_needs("write")
def edit_link(slug: str) -> Response:
    """Change where a link leads, when it ends, and the title of the post that it promotes. Its slug stays."""
    here, now, asked = services(), times.now(), _body()
    _refuse(asked)
    link = making.named(slug)
    if asked.get("address") and link_fields.normalise(str(asked["address"])) != link.slug:
        raise Invalid.field("address", "stays: an address that people have may not lead elsewhere")
    title = making.fitted(asked.get("description"))
    if title:
        post_fields.title(title, "description")
    changes: dict[str, Any] = {"target": asked["target"]} if asked.get("target") else {}
    if until := _until(asked.get("expire_in")):
        changes["expires_at"] = until
    link = links.update(here.store, link.slug, changes, now=now, own_hosts=here.config.own_hosts)
    if title:
        posts.update(here.store, link.post_id, {"title": title}, now=now)
    return jsonify(_shapes([link])[0])


@bp.delete("/links/<slug>")
@_needs("write")
def delete_link(slug: str) -> Response:
    """Switch a link off."""
    making.switch_off(slug)
    return jsonify({"message": "Link has been deleted successfully."})


def _shapes(found: list[Link]) -> list[dict[str, Any]]:
    store = services().store
    of = posts.find_all(store, (link.post_id for link in found))
    totals = link_totals.of_links(store, found)
    return [
        {
            "id": link.slug,
            "address": link.slug,
            "banned": False,
            "created_at": times.rfc3339(link.created_at),
            "updated_at": times.rfc3339(link.history[-1].from_),
            "description": of[link.post_id].title if link.post_id in of else None,
            "domain": None,
            "expire_in": None if link.expires_at is None else times.rfc3339(link.expires_at),
            "link": making.short_url(link),
            "password": False,
            "target": link.target,
            "visit_count": totals[link.slug].human,
        }
        for link in found
    ]


def _body() -> dict[str, Any]:
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return dict(request.form.items())
    found = request.get_json(force=True)
    if not isinstance(found, dict):
        raise Invalid.field("body", "must be an object with named fields")
    return found


def _refuse(asked: dict[str, Any]) -> None:
    if asked.get("password"):
        raise Invalid.field("password", "links have none")
    if not making.is_ours(asked.get("domain")):
        raise Invalid.field("domain", "there is only one")


def _until(value: Any) -> int | None:
    if not value:
        return None
    found = _SPAN.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise Invalid.field("expire_in", "must be a span such as 2 days")
    return times.now() + int(found[1]) * _UNITS[found[2][0]]


def _yes(value: Any) -> bool:
    return value is True or value == "true"


def _number(name: str, default: int) -> int:
    text = request.args.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid.field(name, "must be a whole number")
    return int(text)
