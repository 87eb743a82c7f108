"""`link …`."""

from typing import Any

import click

from shortlinks.command_line import completing, naming, output, statuses
from shortlinks.command_line.here import Here, command, given, more, page_options
from shortlinks.command_line.posts import POST, warn
from shortlinks.errors import Invalid

SLUG = click.argument("slug", shell_complete=completing.slugs)


@click.group(epilog=statuses.WORDS)
def group() -> None:
    """Short links: where each hangs and leads."""


def _fields(function: Any) -> Any:
    for option in (
        click.option("--coupon", help="Code that is shown with it: sales reported with it count for the link."),
        click.option("--click-id-param", help="Query parameter in which the target gets the click id."),
        click.option(
            "--utm", multiple=True, metavar="NAME=VALUE", help="UTM parameter for the target; again for each."
        ),
        click.option(
            "--forward-query/--no-forward-query", default=None, help="Append the visitor's query to the target."
        ),
        click.option("--expires-at", help="When it stops working: 2026-12-31T23:59, by your clocks."),
    ):
        function = option(function)
    return function


def _asked(here: Here, fields: dict[str, Any]) -> dict[str, Any]:
    utm = fields.pop("utm")
    asked = given(**fields | {"expires_at": here.time(fields["expires_at"])})
    if utm:
        asked["utm"] = None if utm == ("",) else dict(_pair(each) for each in utm)
    return asked


def _pair(text: str) -> tuple[str, str]:
    name, between, value = text.partition("=")
    if not between:
        raise Invalid.field("utm", "must be NAME=VALUE, such as campaign=autumn")
    return name, value


@command(group, "add", example="link add k7m2pq story_link_sticker https://shop.example/bowls")
@POST
@click.argument("placement", shell_complete=completing.placements)
@click.argument("target")
@click.option("--slug", help="A slug of your own; drawn when absent.")
@_fields
def add(here: Here, post: str, placement: str, target: str, slug: str | None, **fields: Any) -> None:
    """Make a link for POST that hangs in PLACEMENT and leads to TARGET."""
    body = _asked(here, fields) | given(slug=slug) | {"placement": placement, "target": target}
    here.show(here.ask("POST", "posts", here.post(post), "links", body=body), lambda made: _show(here, made))


@command(group, "list", example="link list --post k7m2pq")
@click.option("--post", help="Only links that promote this post now.", shell_complete=completing.posts)
@page_options
def list_(here: Here, post: str | None, **query: Any) -> None:
    """Links, newest first."""
    query["post"] = here.post(post) if post else None
    here.show(here.ask("GET", "links", query=query), _list)


def _list(page: dict[str, Any]) -> None:
    rows = ((link["slug"], link["post_id"], link["placement"], link["state"], link["target"]) for link in page["items"])
    output.table(("Link", "Post", "Hangs", "State", "Leads to"), rows, wide="Leads to")
    more(page)


@command(group, "show", example="link show k7m2p")
@SLUG
def show(here: Here, slug: str) -> None:
    """One link with its history."""
    here.show(here.ask("GET", *_link(here, slug)), lambda found: _show(here, found))


@command(group, "edit", example="link edit k7m2p --post b3n8wz --target https://shop.example/mugs")
@SLUG
@click.option("--target", help="From now on it leads here.")
@click.option("--post", help="From now on it promotes this post.", shell_complete=completing.posts)
@_fields
def edit(here: Here, slug: str, target: str | None, post: str | None, **fields: Any) -> None:
    """Change a link, in effect within a second.

    What is not named stays as it is; an empty value ("") clears.
    """
    body = _asked(here, fields) | given(target=target, post_id=here.post(post) if post else post)
    here.show(here.ask("PATCH", *_link(here, slug), body=body), lambda found: _show(here, found))


@command(group, "disable", example="link disable k7m2p")
@SLUG
def disable(here: Here, slug: str) -> None:
    """Have a link lead nowhere."""
    _switch(here, slug, "disabled")


@command(group, "enable", example="link enable k7m2p")
@SLUG
def enable(here: Here, slug: str) -> None:
    """Have a disabled link work again."""
    _switch(here, slug, "active")


def _switch(here: Here, slug: str, state: str) -> None:
    answer = here.ask("PATCH", *_link(here, slug), body={"state": state})
    here.show(answer, lambda link: output.say(f"{link['short_url']} is {link['state']}."))


def _link(here: Here, name: str) -> tuple[str, str]:
    return "links", naming.slug(name, base_url=here.config.base_url)


def _show(here: Here, link: dict[str, Any]) -> None:
    health = link["health"]
    output.facts(
        (
            ("Link", link["short_url"]),
            ("Leads to", link["target"]),
            ("Hangs", link["placement"]),
            ("Post", link["post_id"]),
            ("State", link["state"]),
            ("Expires", output.moment(link["expires_at"], here.zone)),
            ("UTM", ", ".join(f"{name}={value}" for name, value in (link["utm"] or {}).items())),
            ("Click id", link["click_id_param"]),
            ("Coupon", link["coupon"]),
            ("Target", health and f"{health['state']} on {output.moment(health['checked_at'], here.zone)}"),
        )
    )
    if len(link["history"]) > 1:
        output.say()
        rows = ((output.moment(turn["from"], here.zone), turn["post_id"], turn["target"]) for turn in link["history"])
        output.table(("From", "Post", "Leads to"), rows, wide="Leads to")
    warn(link["warnings"])
