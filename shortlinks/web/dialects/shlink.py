"""Shlink's REST API below `/rest`: the blueprint, who calls, what is refused and how, and answers for other sites' pages.

By its types of errors clients tell them apart (https://shlink.io/documentation/api-docs/error-management/, 2026), so those are
Shlink's own: addresses in v3, words in v2 and v1, which differ in nothing else.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request

from shortlinks.errors import Invalid, NotFound
from shortlinks.links.links import Link
from shortlinks.web import auth, problems
from shortlinks.web.api import once
from shortlinks.web.dialects import making
from shortlinks.web.problems import Trouble

T = TypeVar("T")

VERSION = "3.4.0"
"""The highest version all of whose features we honour: 3.5 leads devices apart, 3.6 deletes visits, 4.0 has rules."""

PREFIX = "/rest"
VERSIONS = ("/v3", "/v2", "/v1")
KEY = "X-Api-Key"
TYPES = "https://shlink.io/api/error/"
_OLD_TYPES = {
    "invalid-data": "INVALID_ARGUMENT",
    "non-unique-slug": "INVALID_SLUG",
    "short-url-not-found": "INVALID_SHORTCODE",
    "tag-not-found": "TAG_NOT_FOUND",
    "tag-conflict": "TAG_CONFLICT",
    "forbidden-tag-operation": "FORBIDDEN_OPERATION",
    "domain-not-found": "DOMAIN_NOT_FOUND",
    "missing-authentication": "INVALID_AUTHORIZATION",
    "invalid-api-key": "INVALID_API_KEY",
    "mercure-not-configured": "MERCURE_NOT_CONFIGURED",
}
"""The types that v2 and v1 have words for; the others are as in v3 (Shlink 3.4, BackwardsCompatibleProblemDetailsException)."""
_OLD = (f"{PREFIX}/v2/", f"{PREFIX}/v1/")
_A_DAY = "86400"
_FIELDS = {"target": "longUrl", "slug": "customSlug", "expires_at": "validUntil", "forward_query": "forwardQuery"}
"""Shlink's names for fields of links; others are called alike."""

bp = Blueprint("shlink", __name__, url_prefix=PREFIX)


class Refused(Exception):
    """A refusal in Shlink's words. `kind` ends its type, `more` are fields of its own."""

    def __init__(self, status: int, kind: str, title: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.kind = kind
        self.body = {"title": title, "detail": detail, "status": status, **more}


@bp.errorhandler(Refused)
def refused(error: Refused) -> Response:
    """A refusal as problem+json."""
    old = _OLD_TYPES.get(error.kind) if request.path.startswith(_OLD) else None
    answer = jsonify({"type": old or TYPES + error.kind} | error.body)
    answer.content_type = problems.CONTENT_TYPE
    answer.status_code = error.body["status"]
    return answer


def invalid(*names: str, detail: str = "Provided data is not valid") -> Refused:
    """What is wrong with these fields, in Shlink's names."""
    return Refused(400, "invalid-data", "Invalid data", detail, invalidElements=list(names))


def tell(trouble: Trouble) -> Response:
    """Whatever else goes wrong below `/rest`."""
    match trouble.status:
        case 400 | 413 | 415 | 422:
            names = [_shlinks(name) for name, _message in trouble.errors]
            told = "; ".join(f"{_shlinks(name)} {message}" for name, message in trouble.errors) or trouble.detail
            answer = refused(invalid(*dict.fromkeys(names), detail=told))
        case 404:
            answer = refused(Refused(404, "not-found", "Not found", trouble.detail))
        case 405:
            answer = refused(Refused(405, "method-not-allowed", "Method not allowed", trouble.detail))
        case status:
            kind = trouble.title.lower().replace(" ", "-")
            answer = refused(Refused(status, kind, trouble.title, trouble.detail))
    return answer


problems.speaks_below(PREFIX, tell)


def _shlinks(name: str) -> str:
    own = name.removeprefix(making.LINK)
    return _FIELDS.get(own, own)


def on(
    method: str, path: str, versions: tuple[str, ...] = VERSIONS
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Answer these requests in each version of the API."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        for version in versions:
            bp.add_url_rule(f"{version}{path}", f"{view.__name__}{version}", view, methods=[method])
        return view

    return decorate


def no_head(view: Callable[..., Any]) -> Callable[..., Any]:
    """Keep HEAD from a GET that makes something."""

    @wraps(view)
    def guarded(*args: Any, **named: Any) -> Any:
        if request.method == "HEAD":
            return tell(Trouble(405, "HEAD does not go with this address."))
        return view(*args, **named)

    return guarded


def needs(scope: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Open a view to keys (our tokens) with this scope. A POST of theirs may have an `Idempotency-Key`."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        carried_out = once.once(view)

        @wraps(view)
        def guarded(*args: Any, **named: Any) -> Any:
            caller = auth.caller()
            if caller is None and not _key():
                detail = f'Expected one of the following authentication headers, ["{KEY}"], but none were provided'
                raise Refused(401, "missing-authentication", "Invalid authorization", detail, expectedHeaders=[KEY])
            if caller is None:
                detail = "Provided API key does not exist or is invalid."
                raise Refused(401, "invalid-api-key", "Invalid API key", detail)
            if scope not in caller.scopes:
                detail = f"This API key (a token of this service) lacks the scope {scope}."
                raise Refused(403, "forbidden", "Forbidden", detail)
            return carried_out(*args, **named)

        return guarded

    return decorate


def _key() -> str:
    # Only where the whole request is one address: elsewhere a key has no business in one.
    in_query = request.path.endswith("/short-urls/shorten")
    return request.args.get("apiKey", "") if in_query else request.headers.get(KEY, "")


auth.told_by(bp, lambda: auth.of_secret(_key()) if _key() else None)


def allow_other_origins(response: Response) -> Response:
    """Let pages of other sites, such as the hosted web client, call `/rest`: the key is in a header, and no cookie counts."""
    if not f"{request.path}/".startswith(f"{PREFIX}/"):
        return response
    if request.method == "OPTIONS" and response.status_code == 200:  # Flask's own answer to it, an empty page
        response.status_code = 204
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = request.headers.get("Access-Control-Request-Headers", "*")
        response.headers["Access-Control-Max-Age"] = _A_DAY
    if response.status_code == 204:
        response.headers.pop("Content-Type", None)
    if "Origin" in request.headers:
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def body() -> dict[str, Any]:
    """What was sent: JSON whatever it says it is, or a form."""
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return {
            name.removesuffix("[]"): values if name.endswith("[]") else values[-1]
            for name, values in request.form.lists()
        }
    found = request.get_json(force=True)
    if not isinstance(found, dict):
        raise Invalid.field("body", "must be an object with named fields")
    return found


def texts(name: str) -> list[str]:
    """A list in the query: `tags[]=a&tags[]=b`, or as PHP writes it `tags[0]=a&tags[1]=b`."""
    asked = re.compile(rf"{name}(\[[0-9]*\])?")
    return [text for key, text in request.args.items(multi=True) if text and asked.fullmatch(key)]


def yes(name: str) -> bool:
    """A yes or no in the query."""
    return request.args.get(name, "").lower() in ("true", "1")


def one_of(name: str, *words: str) -> str:
    """A word of the query, the first of `words` when it is absent."""
    word = request.args.get(name) or words[0]
    if word not in words:
        raise invalid(name, detail=f"{name} must be one of {', '.join(words)}")
    return word


def page(most: int, size: int | None = None) -> tuple[int, int]:
    """The page that is asked for, from 1 on, and how much is on one: `size`, or else `most`, unless the query says less."""
    number = _whole("page") or 1
    asked = _whole("itemsPerPage") or size or most
    return max(1, number), most if asked < 0 else min(asked, most)


def _whole(name: str) -> int:
    text = request.args.get(name, "").strip()
    if not text:
        return 0
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise invalid(name, detail=f"{name} must be a whole number")
    return int(text)


def pagination(number: int, size: int, total: int, here: int) -> dict[str, int]:
    """Which page of how many it is. There is always a first one."""
    return {
        "currentPage": number,
        "pagesCount": max(1, -(-total // size)),
        "itemsPerPage": size,
        "itemsInCurrentPage": here,
        "totalItems": total,
    }


def paged(items: list[T], most: int, size: int | None = None) -> tuple[list[T], dict[str, int]]:
    """The items of the page that is asked for, and which one that is."""
    number, size = page(most, size)
    shown = items[(number - 1) * size : number * size]
    return shown, pagination(number, size, len(items), len(shown))


def summary(total: int, people: int) -> dict[str, int]:
    """A count of visits: whatever we do not count as a person is a bot to Shlink."""
    return {"total": total, "nonBots": people, "bots": total - people}


def is_ours(domain: Any) -> bool:
    """Whether a domain, as it is asked for, is the one that there is."""
    return domain == "DEFAULT" or making.is_ours(domain)


def link(code: str) -> Link:
    """The link of a short code on our domain, which the query may name."""
    try:
        if not is_ours(request.args.get("domain")):
            raise NotFound("link", code)
        return making.named(code)
    except NotFound as error:
        detail = f'No URL found with short code "{code}"'
        raise Refused(404, "short-url-not-found", "Short URL not found", detail, shortCode=code) from error
