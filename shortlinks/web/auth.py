"""Who calls the API: bearer tokens and their scopes.

No scope includes another; a view names every scope that opens it.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import redis
from apiflask import APIBlueprint, HTTPTokenAuth
from flask import Blueprint, Response, current_app, g, request

from shortlinks.owner import tokens
from shortlinks.web import limits, problems, services

bearer = HTTPTokenAuth(
    description="A token from the settings page or from `POST /tokens`, with the scopes that the call names."
)

ENVIRONMENT = "environment"
"""The id of the token of `SHORTLINKS_API_TOKEN`."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The token behind a request: its id (never the secret) and scopes."""

    id: str
    scopes: tuple[str, ...]


def caller() -> Caller | None:
    """Whose token this request carries, None without a valid one. Looked up once a request."""
    if "caller" not in g:
        g.caller = _WAYS.get(request.blueprint or "", _by_header)()
    found: Caller | None = g.caller
    return found


def told_by(blueprint: Blueprint, way: Callable[[], Caller | None]) -> None:
    """Have `way` find out whose token a request of `blueprint` carries, which need not be in its Authorization header."""
    _WAYS[blueprint.name] = way


def _by_header() -> Caller | None:
    given = request.authorization
    return of_secret(given.token) if given and given.type == "bearer" and given.token else None


_WAYS: dict[str, Callable[[], Caller | None]] = {}


def rate_key() -> str:
    """What the API's rate limit counts: the token, or the hashed address of who has none."""
    found = caller()
    return f"token:{found.id}" if found else limits.address()


def needs(bp: APIBlueprint, *scopes: str) -> Callable[[Any], Any]:
    """Open a view to tokens with any one of `scopes`: 401 without a valid token, 403 with another.

    Stands above `bp.input`, so that a stranger learns nothing about what a body should look like.
    """
    return bp.auth_required(bearer, roles=list(scopes))


def of_secret(secret: str) -> Caller | None:
    """Whose token `secret` is, None when it is nobody's."""
    here = services.services()
    own = here.config.api_token
    # Header text is latin-1 and may hold anything; compare_digest takes no text beyond ASCII.
    if own is not None and hmac.compare_digest(own.encode(), secret.encode("utf-8", "surrogatepass")):
        return Caller(ENVIRONMENT, tokens.SCOPES)
    digest = tokens.digest(secret)
    try:
        token = tokens.find(here.store, secret)
    except redis.RedisError:
        # `/metrics` is worth most while Redis is away; whatever else a token opens needs Redis anyway.
        token = here.tokens.get(digest)
        if token is None:
            raise
    if token is None:
        here.tokens.pop(digest, None)
        return None
    here.tokens[digest] = token
    return Caller(token.id, tuple(token.scopes))


@bearer.verify_token  # type: ignore[untyped-decorator]
def _verify(_: str) -> Caller | None:
    return caller()


@bearer.get_user_roles  # type: ignore[untyped-decorator]
def _roles(found: Caller) -> list[str]:
    return list(found.scopes)


@bearer.error_handler  # type: ignore[untyped-decorator]
def _refuse(status: int) -> Response:
    if status == 403:
        view: Any = current_app.view_functions[request.endpoint or ""]
        wanted = view._spec["roles"]
        detail = f"This token lacks the scope {' or '.join(wanted)}."
        challenge = f'Bearer error="insufficient_scope", scope="{" ".join(wanted)}"'
    elif "Authorization" in request.headers:
        detail = "This token is not known here. Was it deleted?"
        challenge = 'Bearer error="invalid_token"'
    else:
        detail = "Send a token: Authorization: Bearer …"
        challenge = "Bearer"
    return problems.response(problems.Trouble(status, detail, headers={"WWW-Authenticate": challenge}))
