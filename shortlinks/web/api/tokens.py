"""`/tokens`: who may call the API."""

from typing import Any

from flask import Response, url_for

from shortlinks import times
from shortlinks.owner import signatures, tokens
from shortlinks.web.api import conditional, cursors, schemas
from shortlinks.web.api.blueprint import bp, needs
from shortlinks.web.services import services


def shape(token: tokens.Token) -> dict[str, Any]:
    """A token as the API shows it: never the secret."""
    return {
        "id": token.id,
        "name": token.name,
        "scopes": list(token.scopes),
        "created_at": times.rfc3339(token.created_at),
    }


@bp.post("/tokens")
@needs("admin")
@bp.input(schemas.NewToken)
@bp.output(schemas.ShownToken, status_code=201, headers=schemas.Made)
def create_token(json_data: schemas.NewToken) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Make a token

    The answer is the only place where it is shown. `Location` is that of the list.
    """
    here = services()
    token, secret = tokens.create(here.store, json_data.name, json_data.scopes, now=times.now())
    shown = {"token": secret, "yourls_signature": signatures.of_token(token.id, here.config.secret_key)}
    location = url_for("api.list_tokens")
    return shape(conditional.seen(token)) | shown, 201, {"Location": location, "Cache-Control": "no-store"}


@bp.get("/tokens")
@needs("admin")
@bp.input(schemas.ListQuery, location="query")
@bp.output(schemas.TokenPage)
def list_tokens(query_data: schemas.ListQuery) -> dict[str, Any]:
    """All tokens, newest first, without their secrets

    The token of `SHORTLINKS_API_TOKEN` is none of them.
    """
    return cursors.listed(tokens.list_(services().store), tokens.place, shape, query_data)


@bp.delete("/tokens/<token_id>")
@needs("admin")
@bp.output({}, status_code=204)
def delete_token(token_id: str) -> Response:
    """Delete a token: it opens nothing any more

    At once, in every process. It cannot be brought back.
    """
    tokens.delete(services().store, token_id, only_if=conditional.only_if())
    return Response(status=204)
