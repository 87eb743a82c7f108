"""`profile …` and `placements`."""

from typing import Any

import click

from shortlinks.command_line import completing, output, statuses
from shortlinks.command_line.here import Here, command, given, more, page_options, platform_option


@click.group(epilog=statuses.WORDS)
def group() -> None:
    """Profiles: your accounts on the platforms."""


@command(group, "add", example="profile add instagram ada --kind business --followers 12.4K --shop shop.example")
@click.argument("platform", shell_complete=completing.platforms)
@click.argument("handle")
@click.option("--kind", help="personal, business or creator. Default: personal.")
@click.option("--followers", help="As the app shows them: 12.4K.")
@click.option("--shop", help="Host of the shop it promotes.")
def add(here: Here, handle: str, **fields: Any) -> None:
    """Make a profile: the account HANDLE on PLATFORM."""
    body = given(**fields) | {"handle": handle}
    here.show(here.ask("POST", "profiles", body=body), lambda made: _list({"items": [made], "next_cursor": None}))


@command(group, "list", example="profile list")
@page_options
def list_(here: Here, **query: Any) -> None:
    """Profiles, newest first."""
    here.show(here.ask("GET", "profiles", query=query), _list)


def _list(page: dict[str, Any]) -> None:
    rows = (
        (row["id"], row["platform"], row["handle"], row["kind"], output.number(row["followers"]), row["bio_slug"])
        for row in page["items"]
    )
    output.table(("Profile", "Platform", "Handle", "Kind", "Followers#", "Bio link"), rows, wide="Handle")
    more(page)


@command(None, "placements", example="placements --platform tiktok")
@platform_option("Only of this platform.")
def placements(here: Here, platform: str | None) -> None:
    """The spots where a link can hang, and whether anybody can tap it there.

    With --json the whole catalogue, whatever --platform says.
    """
    here.show(here.ask("GET", "placements"), lambda page: _placements(page, platform))


def _placements(page: dict[str, Any], platform: str | None) -> None:
    rows = (
        (row["id"], row["label"], "yes" if row["clickable"] else "to type" if row["typed"] else "no")
        for row in page["items"]
        if platform in (None, row["platform"])
    )
    output.table(("Placement", "Called", "Tappable"), rows, wide="Called")
