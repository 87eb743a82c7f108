"""YOURLS's API at `/yourls-api.php` (https://yourls.org/docs/guide/advanced/api, 2026): one address, an `action`, four formats.

Clients send parameters in the query, as a form or as multipart alike. A repeated `shorturl` of the same address is answered with
the link there is, as a success: for the clients that we know, an error there is only noise.
"""

import random
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from shortlinks import times, urls
from shortlinks.errors import Conflict, Invalid, NotFound
from shortlinks.links import link_fields, link_search
from shortlinks.links.links import Link
from shortlinks.owner import signatures, tokens
from shortlinks.posts import posts
from shortlinks.rollups import link_totals
from shortlinks.rollups.link_totals import LinkTotal
from shortlinks.web import auth, problems
from shortlinks.web.dialects import making, yourls_forms
from shortlinks.web.problems import Trouble
from shortlinks.web.services import services

VERSION = "1.10.4"
PATH = "/yourls-api.php"
_DIGITS = re.compile(r"[0-9]{0,9}")
_NO_STATS = "Need either XML or JSON format for stats"

bp = Blueprint("yourls", __name__)


class Failed(Exception):
    """A refusal: HTTP status and fields of the answer; `simple` is its bare text, the message unless told otherwise."""

    def __init__(self, http: int, message: str, *, simple: str | None = None, code_in: str = "errorCode", **more: Any):
        super().__init__(message)
        self.http = http
        self.simple = message if simple is None else simple
        self.body = {**more, "message": message, code_in: str(http)}


@bp.errorhandler(Failed)
def failed(error: Failed) -> Response:
    """A refusal in the format that was asked for."""
    return yourls_forms.answer(_format(), error.body, error.simple, error.http, _callback())


def tell(trouble: Trouble) -> Response:
    """Whatever else goes wrong at this address."""
    return failed(
        Failed(trouble.status, "; ".join(f"{name} {said}" for name, said in trouble.errors) or trouble.detail)
    )


problems.speaks_below(PATH, tell)


def _sent() -> dict[str, str]:
    if request.method != "POST":
        return request.args.to_dict()
    return request.args.to_dict() | request.form.to_dict()


def _format() -> str:
    return _asked("format", "xml").lower()


def _callback() -> str:
    return _asked("callback", "")


def _asked(name: str, default: str) -> str:
    try:
        return _sent().get(name, default)
    except Exception:  # a body that cannot be read was refused already, and what it asks for is not known
        return request.args.get(name, default)


def _caller() -> auth.Caller | None:
    """By a signature with the time, a signature as it is, or a token as the password, whatever the user is called."""
    sent, here = _sent(), services()
    if signature := sent.get("signature", ""):
        scopes = {token.id: token.scopes for token in tokens.list_(here.store)}
        if here.config.api_token is not None:
            scopes[auth.ENVIRONMENT] = tokens.SCOPES
        holder = signatures.holder(
            signature,
            scopes,
            here.config.secret_key,
            now=times.now(),
            timestamp=sent.get("timestamp"),
            hash_=sent.get("hash", ""),
        )
        return auth.Caller(holder, scopes[holder]) if holder else None
    if sent.get("username") and sent.get("password"):
        return auth.of_secret(sent["password"])
    return None


auth.told_by(bp, _caller)


@bp.route(PATH, methods=["GET", "POST"])
def api() -> Response:
    """Do what `action` says."""
    if request.method == "HEAD":  # a GET may make something
        raise Failed(405, "HEAD does not go with this address.")
    asked = _format()
    caller = auth.caller()
    if caller is None:
        raise Failed(403, "Please log in", callback="")
    if asked == "jsonp" and not yourls_forms.names_a_function(_callback()):
        raise Failed(400, "callback must be the name of a function")
    sent = _sent()
    scope, action = _ACTIONS.get(sent.get("action", ""), ("", None))
    if action is None:
        raise Failed(400, 'Unknown or missing "action" parameter')
    if scope not in caller.scopes:
        raise Failed(403, f"This token lacks the scope {scope}.")
    body, simple = action(sent)
    return yourls_forms.answer(asked, body, simple, 200, _callback())


def _shorturl(sent: dict[str, str]) -> tuple[dict[str, Any], str]:
    url, keyword = sent.get("url", "").strip(), sent.get("keyword", "").strip()
    if not url:
        raise _refused("error:nourl", "Missing or malformed URL")
    if found := making.same_target(url, link_fields.normalise(keyword)):
        return _made(found, _title(found), f"{found.target} already exists in database")
    try:
        post, link = making.make(url, title=sent.get("title"), slug=keyword or None)
    except Conflict as conflict:
        raise _refused("error:keyword", f"Short URL {keyword} already exists in database or is reserved") from conflict
    except Invalid as error:
        raise _why(url, error) from error
    return _made(link, post.title, f"{link.target} added to database")


def _why(url: str, error: Invalid) -> Failed:
    wrong = {name.removeprefix(making.LINK): message for name, message in error.errors}
    if "target" in wrong:
        try:
            urls.target(url, own_hosts=frozenset())
        except Invalid:
            return _refused("error:nourl", f"Missing or malformed URL: {wrong['target']}")
        return _refused("error:noloop", "URL is a short URL")
    if "slug" in wrong:
        return _refused("error:keyword", f"Short URL: {wrong['slug']}")
    return _refused("error:title", "; ".join(f"{name} {message}" for name, message in wrong.items()))


def _refused(code: str, message: str) -> Failed:
    return Failed(400, message, simple="", status="fail", code=code, statusCode="400")


def _made(link: Link, title: str, message: str) -> tuple[dict[str, Any], str]:
    short = making.short_url(link)
    url = {
        "keyword": link.slug,
        "url": link.target,
        "title": title,
        "date": _written(link.created_at),
        "ip": "",
    }
    body = {"url": url, "status": "success", "message": message, "title": title, "shorturl": short, "statusCode": "200"}
    return body, short


def _expand(sent: dict[str, str]) -> tuple[dict[str, Any], str]:
    link = _link(sent, "errorCode")
    body = {"keyword": link.slug, "shorturl": making.short_url(link), "longurl": link.target, "title": _title(link)}
    return body | {"message": "success", "statusCode": "200"}, link.target


def _url_stats(sent: dict[str, str]) -> tuple[dict[str, Any], str]:
    link = _link(sent, "statusCode")
    total = link_totals.of_links(services().store, [link])[link.slug]
    return {"statusCode": "200", "message": "success", "link": _shape(link, _title(link), total)}, _NO_STATS


def _link(sent: dict[str, str], code_in: str) -> Link:
    """The link of a keyword or a whole short address."""
    text = sent.get("shorturl", "").strip()
    try:
        return making.named(_keyword(text))
    except NotFound as error:
        raise Failed(
            404, "Error: short URL not found", simple="not found", code_in=code_in, keyword=text[:200]
        ) from error


def _keyword(text: str) -> str:
    if "/" not in text:
        return text
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        return ""
    return parts.path.strip("/") if parts.hostname in services().config.own_hosts else ""


def _stats(sent: dict[str, str]) -> tuple[dict[str, Any], str]:
    """How all links do; with a `limit` the first of them, put in order by `filter`. Clicks are those by people."""
    limit, start = (_number(sent, name) for name in ("limit", "start"))
    store = services().store
    body: dict[str, Any] = {}
    if limit:
        shown = _page(sent.get("filter", ""), start, limit)
        totals = link_totals.of_links(store, shown)
        of = posts.find_all(store, (link.post_id for link in shown))
        rows = (_shape(link, of[link.post_id].title if link.post_id in of else "", totals[link.slug]) for link in shown)
        body["links"] = {f"link_{number}": row for number, row in enumerate(rows, 1)}
    return body | {"stats": _sums(), "statusCode": "200", "message": "success"}, _NO_STATS


def _page(how: str, start: int, limit: int) -> list[Link]:
    store = services().store
    match how:
        case "last":
            return link_search.page(store, start=start, size=limit)[0]
        case "rand" | "random":
            found = link_search.in_use(store)
            found = random.sample(found, len(found))
        case "top" | "bottom" | "":
            found = link_search.in_use(store)
            _hits, human = link_totals.of_entries(store, found)
            places = sorted(range(len(found)), key=human.__getitem__, reverse=how != "bottom")
            found = [found[place] for place in places]
        case _:
            raise Failed(400, "filter must be one of top, bottom, rand, last")
    return link_search.find_all(store, (slug.decode() for _at, slug, *_rest in found[start : start + limit]))


def _db_stats(_sent: dict[str, str]) -> tuple[dict[str, Any], str]:
    return {"db-stats": _sums(), "statusCode": "200", "message": "success"}, _NO_STATS


def _version(_sent: dict[str, str]) -> tuple[dict[str, Any], str]:
    return {"version": VERSION}, VERSION


_ACTIONS: dict[str, tuple[str, Callable[[dict[str, str]], tuple[dict[str, Any], str]]]] = {
    "shorturl": ("write", _shorturl),
    "expand": ("read", _expand),
    "url-stats": ("read", _url_stats),
    "stats": ("read", _stats),
    "db-stats": ("read", _db_stats),
    "version": ("read", _version),
}
"""By its name the scope that an action needs, and what it answers: fields, and as bare text."""


def _number(sent: dict[str, str], name: str) -> int:
    text = sent.get(name, "").strip()
    if not _DIGITS.fullmatch(text):
        raise Failed(400, f"{name} must be a whole number")
    return int(text or 0)


def _sums() -> dict[str, str]:
    store = services().store
    return {"total_links": str(link_search.count(store)), "total_clicks": str(link_totals.in_use(store).human)}


def _shape(link: Link, title: str, total: LinkTotal) -> dict[str, str]:
    return {
        "shorturl": making.short_url(link),
        "url": link.target,
        "title": title,
        "timestamp": _written(link.created_at),
        "ip": "",
        "clicks": str(total.human),
    }


def _title(link: Link) -> str:
    post = posts.find(services().store, link.post_id)
    return post.title if post else ""


def _written(at: int) -> str:
    return times.rfc3339(at)[:19].replace("T", " ")
