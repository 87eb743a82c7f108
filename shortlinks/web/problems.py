"""What went wrong, told to whoever asked: problem+json (RFC 9457) under `/api/`, in its own way below an address where another
service's protocol is spoken (see `dialects`), a page elsewhere.

The core raises errors that know no HTTP; here each gets its status. No answer ever holds a stack trace.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apiflask import HTTPError
from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_limiter.errors import RateLimitExceeded
from pydantic import ValidationError
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from werkzeug.exceptions import BadHost, HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from shortlinks.errors import Conflict, Invalid, Missed, NotFound, Stale, Unavailable
from shortlinks.words import plurals
from shortlinks.words.language import N_, _

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 2
MISSED = "urn:shortlinks:missed"
"""The type of the problem that what was asked for next is gone; the others are what their status says."""

# What a Redis answers that takes no writes now but will again: out of memory, disk full, fail-over, starting.
# The client knows some by class, without the server's word for it; the rest are told by their first word.
_TEMPORARY = (OutOfMemoryError, ReadOnlyError, MasterDownError, ClusterDownError, TryAgainError)
_TEMPORARY_WORDS = ("OOM ", "MISCONF ", "NOREPLICAS ", "BUSY ")
_KNOWN: tuple[type[Exception], ...] = (
    *(Invalid, Conflict, Missed, NotFound, Stale, Unavailable),
    *(RedisConnectionError, RedisTimeoutError, BusyLoadingError, ResponseError),
    *(HTTPError, HTTPException),
)
# The statuses that people may meet on pages, in Werkzeug's words: so they can be looked up.
_TITLES = (
    *(
        N_("Bad Request"),
        N_("Unauthorized"),
        N_("Forbidden"),
        N_("Not Found"),
        N_("Method Not Allowed"),
        N_("Conflict"),
    ),
    *(
        N_("Request Entity Too Large"),
        N_("Unsupported Media Type"),
        N_("Unprocessable Entity"),
        N_("Too Many Requests"),
    ),
    *(N_("Internal Server Error"), N_("Service Unavailable"), N_("Error")),
)
_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
_ARRAY_INDEX = re.compile(r"\.(?=\[)")
_DIALECTS: dict[str, Callable[["Trouble"], Response]] = {}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One refusal: HTTP status, a sentence for people, the fields at fault."""

    status: int
    detail: str
    errors: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    type: str = "about:blank"

    @property
    def title(self) -> str:
        return _(HTTP_STATUS_CODES.get(self.status, "Error"))


def install(app: Flask) -> None:
    """Answer every error of `app` here."""
    for kind in _KNOWN:
        app.register_error_handler(kind, _handle)


def speaks_below(prefix: str, tell: Callable[[Trouble], Response]) -> None:
    """Answer what goes wrong at or below the path `prefix` as `tell` has it."""
    _DIALECTS[prefix] = tell


def for_programs() -> bool:
    """Whether the request is for the API or another protocol: no answer is a page, and all are in English."""
    return in_api() or _dialect() is not None


def _dialect() -> Callable[[Trouble], Response] | None:
    return next((tell for prefix, tell in _DIALECTS.items() if f"{request.path}/".startswith(f"{prefix}/")), None)


def in_api() -> bool:
    """Whether the request is for the API, where every answer is JSON."""
    return request.path == "/api" or request.path.startswith("/api/")


def response(trouble: Trouble) -> Response:
    """`trouble` in the form that suits the path that was asked for."""
    if tell := _dialect():
        answer = tell(trouble)
        answer.headers.update(trouble.headers)
        return answer
    if in_api():
        return as_json(trouble)
    answer = make_response(
        render_template("public/error.html", status=trouble.status, title=trouble.title, detail=trouble.detail)
    )
    answer.headers["Cache-Control"] = "no-store"
    return _finished(answer, trouble)


def as_json(trouble: Trouble) -> Response:
    """`trouble` as problem+json."""
    body: dict[str, Any] = {
        "type": trouble.type,
        "title": trouble.title,
        "status": trouble.status,
        "detail": trouble.detail,
    }
    if trouble.errors:
        body["errors"] = [{"field": name, "message": message} for name, message in trouble.errors]
    answer = jsonify(body)
    answer.content_type = CONTENT_TYPE
    return _finished(answer, trouble)


def _finished(answer: Response, trouble: Trouble) -> Response:
    answer.status_code = trouble.status
    answer.headers.update(trouble.headers)
    return answer


def of(error: Exception) -> Trouble:
    """The refusal that `error` stands for. Raises `error` again when it is none of those known here."""
    match error:
        case Invalid():
            return Trouble(422, _("Nothing was changed: the input has errors."), tuple(error.errors))
        case Conflict():
            return Trouble(409, f"{error.field} {error.message}", tuple(error.errors))
        case NotFound():
            return Trouble(404, str(error))
        case Missed():
            return Trouble(410, str(error), type=MISSED)
        case Stale():
            return Trouble(412, str(error), (("If-Match", "names none of its present versions"),))
        case Unavailable():
            return _unavailable(str(error))
        case RedisConnectionError() | RedisTimeoutError() | BusyLoadingError():
            # A change can be made whose answer then gets lost.
            asks = request.method in ("GET", "HEAD", "OPTIONS")
            if asks:
                return _unavailable(_("The database does not answer. Try again."))
            return _unavailable(
                _("The database does not answer. It may or may not have been done; look before you try again.")
            )
        case ResponseError() if isinstance(error, _TEMPORARY) or str(error).startswith(_TEMPORARY_WORDS):
            return _unavailable(_("The database takes no changes at the moment. Nothing was changed; try again."))
        case HTTPError():
            return _of_input(error)
        case HTTPException():
            return _of_http(error)
    raise error


def _handle(error: Exception) -> Response:
    return response(of(error))


def _unavailable(detail: str) -> Trouble:
    return Trouble(503, detail, headers={"Retry-After": str(RETRY_SECONDS)})


def _of_http(error: HTTPException) -> Trouble:
    status = error.code or 500
    kept = {name: value for name, value in error.get_headers() if name in _KEPT_HEADERS}
    match status:
        case 400 if isinstance(error, BadHost):
            return Trouble(status, _("The Host header does not hold the name of a host."))
        case 404:
            detail = _("There is nothing at {path}.", path=request.path[:200])
        case 405:
            detail = _("{method} does not go with {path}.", method=request.method, path=request.path[:200])
        case 413:
            detail = _("The body is larger than 1 MiB.")
        case 429 if isinstance(error, RateLimitExceeded):
            limit = error.limit.limit
            span = plurals.plural(limit.multiples, limit.GRANULARITY.name)
            detail = _("Too many requests: the limit is {amount} per {span}.", amount=str(limit.amount), span=span)
        case 500:
            detail = _("Something broke on our side. It has been logged.")
        case _:
            detail = error.description or HTTP_STATUS_CODES.get(status, "Error")
    errors = (("body", detail),) if status in (400, 413) else ()
    return Trouble(status, detail, errors, kept)


def _of_input(error: HTTPError) -> Trouble:
    """A body or a query that does not have the shape its schema asks for."""
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return Trouble(error.status_code, error.message or "")
    whole = "query" if "query" in error.detail else "body"
    found = [
        (_path(item["loc"]) or whole, _message(item["type"], item.get("ctx", {}), item["msg"]))
        for item in cause.errors(include_url=False, include_input=False)
    ]
    return of(Invalid(found))


def _path(loc: tuple[int | str, ...]) -> str:
    """`("links", 0, "target")` as `links[0].target`."""
    return _ARRAY_INDEX.sub("", ".".join(f"[{part}]" if isinstance(part, int) else part for part in loc))


def _message(kind: str, context: Mapping[str, Any], text: str) -> str:
    """Pydantic's error in the words of this service, so that a field reads alike whoever refused it."""
    match kind:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return "is not known here"
        case "string_type" | "string_unicode":
            return "must be text"
        case "int_type" | "int_parsing" | "int_from_float" | "int_parsing_size":
            return "must be a whole number"
        case "bool_type" | "bool_parsing":
            return "must be true or false"
        case "list_type":
            return "must be a list"
        case "dict_type" | "model_type" | "model_attributes_type":
            return "must be an object with named fields"
        case "literal_error":
            return f"must be {context['expected']}"
        case "greater_than_equal":
            return f"must be at least {context['ge']:,.15g}"
        case "less_than_equal":
            return f"must be at most {context['le']:,.15g}"
        case "too_long":
            return f"are more than {context['max_length']}"
        case "string_too_long":
            return f"is longer than {context['max_length']}"
        case "too_short" | "string_too_short":
            return "is empty" if context["min_length"] == 1 else f"is shorter than {context['min_length']}"
    return text.removeprefix("Value error, ")
