"""`snapshot …`."""

from typing import Any

import click

from shortlinks.command_line import output, statuses
from shortlinks.command_line.here import Here, command, given, more, page_options
from shortlinks.command_line.posts import POST, warn

_COUNTS = ("views", "likes", "reach", "comments", "shares", "saves", "profile_visits", "link_taps")
_SHORT = {"profile_visits": "Visits", "link_taps": "Taps"}


@click.group(epilog=statuses.WORDS)
def group() -> None:
    """Snapshots: what the platform says of a post."""


def _counts(function: Any) -> Any:
    for name in reversed(_COUNTS):
        function = click.option(f"--{name.replace('_', '-')}", metavar="COUNT")(function)
    return function


@command(group, "add", example="snapshot add k7m2pq --views 12.4K --likes 931")
@POST
@_counts
@click.option("--non-followers", metavar="PERCENT", help="Share of the viewers who do not follow: 84.2 %.")
@click.option("--taken-at", help="When the platform showed it: 2026-11-21T18:30, by your clocks. Default: now.")
def add(here: Here, post: str, taken_at: str | None, **numbers: Any) -> None:
    """Take down what the platform shows of POST, as it shows it: 12.4K, 12,400, 1.2M.

    To correct a number, add it again with the same --taken-at.
    """
    body = given(**numbers, taken_at=here.time(taken_at))
    here.show(here.ask("POST", "posts", here.post(post), "snapshots", body=body), lambda made: _show(here, made))


def _show(here: Here, made: dict[str, Any]) -> None:
    named = ((name.replace("_", " ").capitalize(), output.number(made[name])) for name in _COUNTS)
    share = made["non_followers"]
    output.facts(
        (
            ("Taken", output.moment(made["taken_at"], here.zone)),
            *named,
            ("Non-followers", None if share is None else f"{share} %"),
        )
    )
    warn(made["warnings"])


@command(group, "list", example="snapshot list k7m2pq")
@POST
@page_options
def list_(here: Here, post: str, **query: Any) -> None:
    """The snapshots of POST, oldest first; of one minute, the last entry of each number counts."""
    here.show(here.ask("GET", "posts", here.post(post), "snapshots", query=query), lambda page: _list(here, page))


def _list(here: Here, page: dict[str, Any]) -> None:
    used = [name for name in _COUNTS if name in _COUNTS[:2] or any(row[name] is not None for row in page["items"])]
    rows = (
        (output.moment(row["taken_at"], here.zone), *(output.number(row[name]) for name in used))
        for row in page["items"]
    )
    output.table(("Taken", *(f"{_SHORT.get(name, name.capitalize())}#" for name in used)), rows)
    more(page)
