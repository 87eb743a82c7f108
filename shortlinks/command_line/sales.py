"""`sale …` and `conversion …`: what came of the clicks."""

from typing import Any

import click

from shortlinks import ids, times
from shortlinks.command_line import completing, output, statuses
from shortlinks.command_line.here import Here, command, given, more, page_options
from shortlinks.command_line.posts import POST
from shortlinks.store import Store


@click.group(epilog=statuses.WORDS)
def sale() -> None:
    """Sales that no shop reports."""


@click.group(epilog=statuses.WORDS)
def conversion() -> None:
    """Conversions: sales, sign-ups and refunds, as a shop reports them."""


@command(sale, "add", example='sale add k7m2pq "12.50 EUR"')
@POST
@click.argument("amount", required=False)
@click.option("--slug", help="The link that brought it.", shell_complete=completing.slugs)
@click.option("--coupon", help="The code that was used.")
@click.option("--order", help="Number of the order; the same one counts once.")
@click.option("--occurred-at", help="2026-11-21T18:30, by your clocks. Default: now.")
def add_sale(here: Here, post: str, amount: str | None, order: str | None, occurred_at: str | None, **by: Any) -> None:
    """Mark a sale that counts for POST: its AMOUNT as you write it, or none.

    Without --slug or --coupon it is that of the link that was tapped last.
    """
    from shortlinks.owner import settings
    from shortlinks.sales import conversions, money, revenue
    from shortlinks.words import language

    post_id = here.post(post)
    fields = given(**by, occurred_at=here.time(occurred_at)) | {
        "kind": "sale",
        "external_id": order or f"typed-{ids.new(16)}",
    }
    if not (by["slug"] or by["coupon"]):
        fields |= given(slug=_likely(here.store, post_id))
    if amount is not None:
        with language.speaking(settings.voice(here.store)):
            usual = revenue.currency(conversions.of_post(here.store, post_id))
        fields["amount_minor"], fields["currency"] = money.typed(amount, "amount", default=usual)
    made, _new = conversions.report(here.store, fields, now=times.now(), source="typed", post_id=post_id)
    here.wake_webhooks()
    at = {"from": times.rfc3339(made.occurred_at), "to": times.rfc3339(made.occurred_at + 1)}
    found = here.ask("GET", "conversions", query=at | {"limit": 200})["items"]
    here.show(next(each for each in found if each["id"] == made.id), lambda answer: _rows(here, [answer]))


def _likely(store: Store, post_id: str) -> str | None:
    """The slug of the link that was tapped last, or else of the post's first; None where it has no link."""
    from shortlinks.links import links
    from shortlinks.rollups import kept_clicks

    for kept in kept_clicks.newest(store, post_id, 1):
        return kept.slug
    return next((link.slug for link in links.of_posts(store, [post_id])[0]), None)


@command(conversion, "add", example="conversion add order-1001 --slug k7m2p --amount-minor 1999 --currency EUR")
@click.argument("external_id", metavar="ID")
@click.option("--kind", default="sale", show_default=True, help="What happened.")
@click.option("--click-id", help="What the target got with the click.")
@click.option("--slug", help="The link, where there is no click id.", shell_complete=completing.slugs)
@click.option("--coupon", help="The code that was used.")
@click.option("--amount-minor", type=int, help="In cents; below 0 for a refund.")
@click.option("--currency", help="EUR, say.")
@click.option("--occurred-at", help="2026-11-21T18:30, by your clocks. Default: now.")
@click.option("--refunds", help="The ID of the sale that a refund takes back.")
def add(here: Here, occurred_at: str | None, **fields: Any) -> None:
    """Report a conversion or refund, by an ID of your own. The same again changes nothing."""
    body = given(**fields, occurred_at=here.time(occurred_at))
    here.show(here.ask("POST", "conversions", body=body), lambda made: _rows(here, [made]))


@command(conversion, "list", example="conversion list --post k7m2pq")
@click.option("--post", help="Only those that are credited to this post.", shell_complete=completing.posts)
@page_options
def list_(here: Here, post: str | None, **query: Any) -> None:
    """What was reported, oldest first."""
    query["post"] = here.post(post) if post else None
    here.show(here.ask("GET", "conversions", query=query), lambda page: _list(here, page))


def _list(here: Here, page: dict[str, Any]) -> None:
    _rows(here, page["items"])
    more(page)


def _rows(here: Here, found: list[dict[str, Any]]) -> None:
    from shortlinks.sales import money

    rows = (
        (
            output.moment(each["occurred_at"], here.zone),
            each["kind"],
            "" if each["amount_minor"] is None else money.text(each["amount_minor"], each["currency"]),
            each["post_id"] or each["credit"],
            each["source"],
            each["external_id"],
        )
        for each in found
    )
    output.table(("At", "Kind", "Amount#", "Post", "Source", "Id"), rows, wide="Id")
