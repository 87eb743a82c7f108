"""`funnel`, `compare`, `insights` and `clicks`: what became of posts."""

import json
import math
from typing import Any

import click

from shortlinks import times
from shortlinks.command_line import completing, output
from shortlinks.command_line.here import Here, command
from shortlinks.command_line.posts import POST
from shortlinks.errors import Invalid
from shortlinks.words import wording

_MOST_CLICKS = 200


@command(None, "funnel", example="funnel k7m2pq --at 2026-11-21T18:30")
@POST
@click.option("--at", help="As it stood then, by your clocks. Default: now.")
def funnel(here: Here, post: str, at: str | None) -> None:
    """Where the count of POST drops off: views, clicks, conversions, and what to try next."""
    post_id = here.post(post)
    answer = here.ask("GET", "posts", post_id, "funnel", query={"at": here.time(at)})
    here.show(answer, lambda found: _funnel(here, found))


def _funnel(here: Here, found: dict[str, Any]) -> None:
    post = here.ask("GET", "posts", found["post_id"])
    output.say(f"{post['title']} ({post['id']}, {post['platform']} {post['kind']})", "bold")
    read = output.moment(found["snapshot_at"], here.zone)
    output.say(f"As read on the platform on {read}." if read else "No numbers of the platform yet.")
    output.say()
    _path(found)
    for gap in found["gaps"]:
        output.say(f"{_named(gap['name'])}: not measured. {gap['where']}", "dim")
    for sentence in (*(rate["sentence"] for rate in found["rates"]), found["expected"]["sentence"]):
        output.say(f"· {wording.capital(sentence)}")
    if found["leak"]:
        output.say(f"· {found['leak']['sentence']}", "bold")
    for finding in found["findings"]:
        output.say()
        output.say(f"{finding['title']} ({finding['severity']}, {finding['confidence']})", "bold")
        output.say(f"Next: {finding['next_step']}", indent=2)
    reasons = {name: count for name, count in found["ledger"].items() if name != "hits" and count}
    output.say()
    output.say(
        f"All hits: {found['ledger']['hits']:,}"
        + "".join(f", {count:,} {_named(name).lower()}" for name, count in reasons.items()),
        "dim",
    )


def _path(found: dict[str, Any]) -> None:
    most = max((step["count"] for step in found["steps"]), default=0)
    rows = []
    for step in found["steps"]:
        low, high = step.get("at_least"), step.get("at_most")
        bounds = f" ({low:,}–{high:,})" if None not in (low, high) and low != high else ""
        beside = " beside the path" if step["role"] == "beside" else ""
        # Nine of twelve thousand would be no bar at all: each digit is as long as the one before.
        drawn = output.bar(math.log1p(step["count"]) / math.log1p(most)) if step["count"] else ""
        rows.append((_named(step["name"]), output.number(step["count"]), f"{drawn}{bounds}{beside}"))
    output.table(("Step", "Count#", ""), rows)
    output.say("Bars grow by digits: ten times as many is one more piece, not ten.", "dim")


def _named(name: str) -> str:
    return name.replace("_", " ").capitalize()


@command(None, "compare", example="compare k7m2pq b3n8wz")
@click.argument("posts", nargs=-1, required=True, metavar="POST...", shell_complete=completing.posts)
def compare(here: Here, posts: tuple[str, ...]) -> None:
    """Posts side by side: clicks per view, and of each pair whether one is really higher."""
    names = ",".join(here.post(post) for post in posts)
    here.show(here.ask("GET", "compare", query={"posts": names}), _compare)


def _compare(found: dict[str, Any]) -> None:
    rows = (
        (
            side["rank"],
            side["post_id"],
            side["title"],
            output.number(side["views"]),
            output.number(side["clicks"]),
            "" if side["rate"] is None else wording.percent(side["rate"]),
        )
        for side in found["posts"]
    )
    output.table(("Rank#", "Post", "Title", "Views#", "Clicks#", "Rate#"), rows, wide="Title")
    output.say()
    for sentence in (*(pair["sentence"] for pair in found["pairs"]), found["sentence"]):
        output.say(f"· {sentence}")


@command(None, "insights", example="insights")
def insights(here: Here) -> None:
    """The questions to all posts together, answered. The running service brings them up to date."""
    here.show(here.ask("GET", "insights"), lambda found: _insights(here, found))


def _insights(here: Here, found: dict[str, Any]) -> None:
    late = "" if found["up_to_date"] else "; something has changed since"
    posts = wording.plural(found["posts"], "post")
    output.say(f"From {posts}, as of {output.moment(found['as_of'], here.zone)}{late}.", "dim")
    for each in found["items"]:
        output.say()
        output.say(each["question"], "bold")
        output.say(each["answer"], indent=2)
        output.say(f"{each['how_sure']} {each['settle']}", "dim", indent=2)


@command(None, "clicks", example="clicks k7m2pq --limit 50")
@POST
@click.option("--limit", type=int, default=20, show_default=True, help=f"How many, at most {_MOST_CLICKS}.")
def clicks(here: Here, post: str, limit: int) -> None:
    """The newest kept clicks of POST, the newest last.

    With --json as a page of the API's clicks that has no next one.
    """
    if not 1 <= limit <= _MOST_CLICKS:
        raise Invalid.field("limit", f"must be from 1 to {_MOST_CLICKS}")
    from shortlinks.rollups import kept_clicks

    post_id = here.post(post)
    newest = kept_clicks.newest(here.store, post_id, limit)
    since = times.rfc3339(min((kept.at for kept in newest), default=0))
    lines = here.ask("GET", "clicks", query={"post": post_id, "from": since}, accept="application/x-ndjson") or ""
    rows = [json.loads(line) for line in lines.splitlines()]
    here.show({"items": rows[-limit:], "next_cursor": None}, lambda page: _clicks(here, page))


def _clicks(here: Here, page: dict[str, Any]) -> None:
    rows = (
        (
            output.moment(row["at"], here.zone),
            row["slug"],
            row["reason"],
            row["app"],
            row["device"],
            row["country"],
            row["referrer"].partition("://")[2],
        )
        for row in page["items"]
    )
    output.table(("At", "Link", "Counted as", "App", "Device", "From", "Referrer"), rows, wide="Referrer")
