"""The web side: short links, the admin pages, the JSON API. The only place that knows Flask."""

import io
import json
from typing import IO, Any, NoReturn, cast
from urllib.parse import unquote_to_bytes

import orjson
from apiflask import APIFlask
from flask import Request, Response, abort, request
from flask.json.provider import DefaultJSONProvider
from flask_wtf import CSRFProtect
from werkzeug.datastructures import Authorization
from werkzeug.exceptions import BadRequest
from werkzeug.routing import RequestRedirect
from werkzeug.utils import cached_property
from werkzeug.wsgi import get_content_length

from shortlinks import store as stores
from shortlinks.config import Config
from shortlinks.errors import Invalid
from shortlinks.links import follow
from shortlinks.store import Store
from shortlinks.web import (
    admin,
    api,
    beacon,
    bio,
    bodies,
    calendar,
    compression,
    counting,
    dialects,
    files,
    health,
    hooks,
    limits,
    outside,
    pixel,
    problems,
    redirect,
    reference,
    rules,
    shown,
    speaking,
)
from shortlinks.web.admin import link_imports
from shortlinks.web.api import conditional, openapi
from shortlinks.web.services import Services

BODY_LIMIT = 1 << 20
_AS_LINE = orjson.OPT_APPEND_NEWLINE
MOST_NAMES = 200
"""Names in one object of a body. None of ours has so many; each that is not known would be an error of its own."""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def create_app(config: Config, *, store: Store | None = None) -> APIFlask:
    """The whole web application. `store` is opened from `config.redis_url` unless it is given.

    Nothing is asked of Redis yet, so this works while it is away. Whoever serves the app starts its follower.
    """
    if store is None:
        if config.redis_url is None:
            raise ValueError("either a store or a Redis URL")
        store = stores.open_store(config.redis_url)
    app = APIFlask(
        __name__,
        title="From likes to clicks",
        version="1",
        spec_path=openapi.PATH,
        docs_path=None,
        json_errors=False,
    )
    app.request_class = _Request
    app.url_rule_class = rules.Rule
    app.json = _Json(app)
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=BODY_LIMIT,
        SESSION_COOKIE_NAME="shortlinks",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure,
        # A form may stay open for a day; its token still dies with the session.
        WTF_CSRF_TIME_LIMIT=None,
    )
    follower = follow.Follower(config, store)
    elsewhere = config.queue_url not in (None, config.redis_url)
    queue_store = stores.open_store(config.queue_url or "") if elsewhere else store
    app.extensions["shortlinks"] = Services(config, store, follower, queue_store)
    app.before_request(_readable)
    speaking.install(app)
    limits.install(app, config, store)
    app.before_request(link_imports.make_room)
    csrf = CSRFProtect(app)  # type: ignore[no-untyped-call]
    csrf.exempt(api.bp)  # type: ignore[no-untyped-call]
    csrf.exempt(pixel.bp)  # type: ignore[no-untyped-call]
    csrf.exempt(beacon.bp)  # type: ignore[no-untyped-call]
    csrf.exempt(hooks.bp)  # type: ignore[no-untyped-call]
    for blueprint in dialects.ALL:
        csrf.exempt(blueprint)  # type: ignore[no-untyped-call]
    app.before_request(_stay_here)
    for blueprint in (
        redirect.bp,
        bio.bp,
        counting.bp,
        reference.bp,
        calendar.bp,
        outside.bp,
        shown.bp,
        pixel.bp,
        beacon.bp,
        hooks.bp,
        admin.front,
        admin.bp,
        api.bp,
        *dialects.ALL,
        health.bp,
        files.bp,
    ):
        app.register_blueprint(blueprint)
    problems.install(app)
    dialects.install(app)
    openapi.install(app, config.base_url)
    compression.install(app)
    conditional.install(app)
    app.after_request(_secure)
    app.wsgi_app = redirect.Redirector(app.wsgi_app, follower)  # type: ignore[method-assign]
    return app


class _Request(Request):
    """Reads a body whole or not at all, and tells why it is not JSON."""

    @cached_property
    def stream(self) -> IO[bytes]:
        length = get_content_length(self.environ)
        # Only a server that knows where a chunked body ends says so; from others nothing can be read without a length.
        known = length is not None or "wsgi.input_terminated" in self.environ
        source = self.environ["wsgi.input"] if known else io.BytesIO()
        return cast(IO[bytes], bodies.Body(source, length, self.max_content_length or BODY_LIMIT))

    @cached_property
    def authorization(self) -> Authorization | None:
        try:
            return super().authorization
        except ValueError:  # `Basic` is decoded unasked, and bytes beyond ASCII are more than that expects
            return None

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        value = super().get_json(force, silent, cache)
        if force and value is None:
            raise Invalid.field("body", "must be an object with named fields")
        return value

    def on_json_loading_failed(self, e: ValueError | None) -> NoReturn:
        raise BadRequest(f"The body is not JSON: {e or 'its type is another one'}.")


class _Json(DefaultJSONProvider):
    """JSON as all readers understand it alike (RFC 8259, RFC 7493): UTF-8, no NaN, no text that is not Unicode, no name twice
    in one object, no nesting without end."""

    sort_keys = False

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """The answer that holds what is given; a list is written in a tenth of the usual time."""
        try:
            body = orjson.dumps(self._prepare_response_obj(args, kwargs), default=self.default, option=_AS_LINE)
        except TypeError:  # what is not as usual, like a number beyond 64 bits
            return cast(Response, super().response(*args, **kwargs))
        return Response(body, mimetype=self.mimetype)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        text = s if isinstance(s, str) else s.decode("utf-8-sig")
        if not text.strip():
            raise ValueError("it is empty")
        try:
            value = json.loads(
                text, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole, object_pairs_hook=_object
            )
            if "\\u" in text:
                # Half of a surrogate pair can be written in JSON, but nowhere else.
                json.dumps(value, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error
        except UnicodeEncodeError as error:
            raise ValueError("it holds half of a surrogate pair") from error
        return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return number


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:  # Python reads no more than 4,300 digits
        raise ValueError("a number is too large") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names differ: of one that stands there twice, readers disagree which value is meant."""
    if len(pairs) > MOST_NAMES:
        raise ValueError(f"an object has more than {MOST_NAMES} names")
    names = [name for name, _value in pairs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"the name {twice[:60]!r} stands twice in one object")
    return dict(pairs)


def _readable() -> Response | None:
    """Refuse a query that is not UTF-8, but not a visitor's, which is passed on as it is, nor a shop's.

    One of the API is refused, too, when a parameter stands in it twice: only the first would be looked at.
    """
    query = request.query_string
    try:
        # A target in another protocol's query may hold whatever its own site makes of it.
        (unquote_to_bytes(query) if request.blueprint == api.bp.name else query).decode()
    except UnicodeDecodeError:
        if request.blueprint not in (redirect.bp.name, bio.bp.name, pixel.bp.name, beacon.bp.name):
            detail = "The query is not UTF-8. Percent-encode what is not ASCII."
            return problems.response(problems.Trouble(400, detail, (("query", detail),)))
    if request.blueprint == api.bp.name:
        twice = next((name[:60] for name, values in request.args.lists() if len(values) > 1), None)
        if twice is not None:
            return problems.response(
                problems.Trouble(400, f"{twice} stands twice in the query.", ((twice, "stands twice"),))
            )
    return None


def _stay_here() -> None:
    """Werkzeug makes the address of a redirect (to `/admin/`) from the Host header, which says whatever the client likes.

    What programs call has no redirects, which would come as HTML, and nothing below `/api` is a short link.
    """
    moved = request.routing_exception
    if problems.for_programs() and (isinstance(moved, RequestRedirect) or request.blueprint == redirect.bp.name):
        abort(404)
    if isinstance(moved, RequestRedirect):
        moved.new_url = "/" + moved.new_url.split("/", 3)[3].lstrip("/")


def _secure(response: Response) -> Response:
    if response.status_code == 302 and request.endpoint == "redirect.follow":
        # As bare as the Redirector's answer to the same request.
        return response
    # No Referrer-Policy: the shop may see that a visitor came from the platform. The admin pages set their own.
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
