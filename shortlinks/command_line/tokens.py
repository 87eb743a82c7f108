"""`token …`."""

from typing import Any

import click

from shortlinks.command_line import output, statuses
from shortlinks.command_line.here import Here, command, more, page_options


@click.group(epilog=statuses.WORDS)
def group() -> None:
    """Tokens: who may call the API."""


@command(group, "add", example="token add spreadsheet --scope read")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="read, write, convert or admin; again for each.")
def add(here: Here, name: str, scopes: tuple[str, ...]) -> None:
    """Make a token called NAME. It is shown this once."""
    here.show(here.ask("POST", "tokens", body={"name": name, "scopes": list(scopes)}), _show)


def _show(made: dict[str, Any]) -> None:
    signature = ("Signature (YOURLS)", made["yourls_signature"])
    output.facts((("Token", made["token"]), signature, ("Id", made["id"]), ("Scopes", ", ".join(made["scopes"]))))
    output.say("Keep it: it is not shown again.", "yellow")


@command(group, "list", example="token list")
@page_options
def list_(here: Here, **query: Any) -> None:
    """Tokens, newest first, without their secrets."""
    here.show(here.ask("GET", "tokens", query=query), lambda page: _list(here, page))


def _list(here: Here, page: dict[str, Any]) -> None:
    rows = (
        (row["id"], row["name"], ", ".join(row["scopes"]), output.moment(row["created_at"], here.zone))
        for row in page["items"]
    )
    output.table(("Id", "Name", "Scopes", "Made"), rows, wide="Name")
    more(page)


@command(group, "revoke", example="token revoke k7m2pq9x4r")
@click.argument("token_id", metavar="ID")
def revoke(here: Here, token_id: str) -> None:
    """Delete a token: it opens nothing any more.

    With --json it prints nothing, as the API answers nothing.
    """
    here.ask("DELETE", "tokens", token_id)
    if not here.as_json:
        output.say(f"{token_id} opens nothing any more.")
