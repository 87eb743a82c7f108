"""`post …`."""

from typing import Any

import click

from shortlinks.command_line import completing, output, statuses
from shortlinks.command_line.escapes import visible
from shortlinks.command_line.here import Here, command, given, more, page_options, platform_option
from shortlinks.errors import Invalid

POST = click.argument("post", shell_complete=completing.posts)


@click.group(epilog=statuses.WORDS)
def group() -> None:
    """Posts: what was published, with its links."""


def _fields(function: Any) -> Any:
    for option in (
        click.option("--notes", help="For yourself."),
        click.option("--followers", help="Of the profile, when it was published: 12.4K."),
        click.option("--tag", "tags", multiple=True, help="Give it again for each tag."),
        click.option("--published-at", help="When it was published: 2026-11-21T18:30, by your clocks. Default: now."),
        click.option("--sibling", "siblings", multiple=True, help="The same on another platform: a post."),
        click.option(
            "--part-of", help="The post that this one promotes, as a story a reel.", shell_complete=completing.posts
        ),
        click.option("--kind", help="video, image, story, text, live, pin, or what the app calls it."),
        click.option("--permalink", help="Its address on the platform."),
    ):
        function = option(function)
    return function


def _asked(here: Here, fields: dict[str, Any]) -> dict[str, Any]:
    part_of, siblings = fields.pop("part_of"), fields.pop("siblings")
    return given(
        **fields | {"published_at": here.time(fields["published_at"])},
        part_of=here.post(part_of) if part_of else part_of,
        siblings=tuple(here.post(each) if each else each for each in siblings),
    )


@command(
    group,
    "add",
    example='post add "Glazing the blue bowls" --permalink https://www.instagram.com/reel/C1/ \\\n'
    "    --link bio_link=https://shop.example/bowls",
)
@click.argument("title")
@_fields
@click.option("--platform", help="Default: what the permalink tells.", shell_complete=completing.platforms)
@click.option("--profile", "profile_id", help="Id of the profile. Default: the platform's first.")
@click.option(
    "--link", "links", multiple=True, metavar="PLACEMENT=TARGET", help="A link to make with it; again for each."
)
@click.option("--no-experiment", is_flag=True, help="Take no part in the experiment that runs for such posts.")
def add(here: Here, title: str, links: tuple[str, ...], no_experiment: bool, **fields: Any) -> None:
    """Make a post called TITLE, with its links."""
    body = _asked(here, fields) | {"title": title} | ({"experiment": False} if no_experiment else {})
    if links:
        body["links"] = [_link(text, number) for number, text in enumerate(links)]
    here.show(here.ask("POST", "posts", body=body), lambda made: _show(here, made))


def _link(text: str, number: int) -> dict[str, str]:
    placement, between, target = text.partition("=")
    if not between:
        raise Invalid.field(f"links[{number}]", "must be PLACEMENT=TARGET, such as bio_link=https://shop.example")
    return {"placement": placement, "target": target}


@command(group, "list", example="post list --tag autumn")
@platform_option("Only posts on this platform.")
@click.option("--tag", help="Only posts with this tag.")
@click.option("--search", "q", help="Only posts with this in title, notes, tags or permalink.")
@click.option("--archived", is_flag=True, default=None, help="The archived posts instead of the others.")
@page_options
def list_(here: Here, **query: Any) -> None:
    """Posts, newest first."""
    here.show(here.ask("GET", "posts", query=query), lambda page: _list(here, page))


def _list(here: Here, page: dict[str, Any]) -> None:
    rows = (
        (
            post["id"],
            output.day(post["published_at"], here.zone),
            post["platform"],
            post["title"],
            output.number((post["latest_snapshot"] or {}).get("views")),
            output.number(post["totals"]["human"]),
            output.number(post["totals"]["conversions"]),
        )
        for post in page["items"]
    )
    output.table(("Post", "Published", "Platform", "Title", "Views#", "Clicks#", "Sales#"), rows, wide="Title")
    more(page)


@command(group, "show", example="post show k7m2p")
@POST
def show(here: Here, post: str) -> None:
    """One post with its links."""
    here.show(here.ask("GET", "posts", here.post(post)), lambda found: _show(here, found))


@command(group, "edit", example='post edit k7m2p --title "Blue bowls" --tag autumn --tag bowls')
@POST
@click.option("--title")
@_fields
@click.option("--archived/--no-archived", default=None, help="Take it out of the list, or back into it.")
def edit(here: Here, post: str, **fields: Any) -> None:
    """Change a post.

    What is not named stays as it is; an empty value ("") clears. Tags and siblings are replaced.
    """
    answer = here.ask("PATCH", "posts", here.post(post), body=_asked(here, fields))
    here.show(answer, lambda found: _show(here, found))


@command(group, "archive", example="post archive k7m2p")
@POST
def archive(here: Here, post: str) -> None:
    """Take a post out of the list; its links go on working and counting."""
    answer = here.ask("PATCH", "posts", here.post(post), body={"archived": True})
    here.show(
        answer,
        lambda found: output.say(f"{found['id']} is archived: post edit {found['id']} --no-archived brings it back."),
    )


@command(group, "erase", example="post erase k7m2pq9x4r --yes")
@POST
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(here: Here, post: str, yes: bool) -> None:
    """Erase a post for good, with its clicks and numbers; its links answer 410.

    With --json it prints nothing, as the API answers nothing.
    """
    post_id = here.post(post)
    if not yes:
        title = here.ask("GET", "posts", post_id)["title"]
        click.confirm(f"Erase {post_id}, {visible(title)}, with all its clicks for good?", abort=True, err=True)
    here.ask("DELETE", "posts", post_id, query={"purge": "true"})
    if not here.as_json:
        output.say(f"{post_id} is erased.")


def _show(here: Here, post: dict[str, Any]) -> None:
    totals, latest = post["totals"], post["latest_snapshot"] or {}
    output.facts(
        (
            ("Post", post["id"]),
            ("Title", post["title"]),
            ("Where", f"{post['platform']}, {post['kind']}"),
            ("Address", post["permalink"]),
            ("Published", output.moment(post["published_at"], here.zone)),
            ("Tags", ", ".join(post["tags"])),
            ("Part of", post["part_of"]),
            ("Siblings", ", ".join(post["siblings"])),
            ("Followers", output.number(post["followers"])),
            ("Notes", post["notes"]),
            ("Archived", "yes" if post["archived"] else None),
            ("Views", output.number(latest.get("views"))),
            ("Likes", output.number(latest.get("likes"))),
            ("Clicks", f"{totals['human']:,} by people, {totals['hits']:,} in all"),
            ("Sales", output.number(totals["conversions"])),
        )
    )
    if post["experiment"]:
        output.say(post["experiment"]["instruction"])
    for link in post["links"]:
        output.say()
        output.facts((("Link", link["short_url"]), ("Hangs", link["placement"]), ("Leads to", link["target"])))
        warn(link["warnings"])
    warn(post["warnings"])


def warn(warnings: list[dict[str, str]]) -> None:
    """Say what will not work as hoped."""
    for warning in warnings:
        output.say(warning["message"], "yellow")
