"""`/shops/{host}/totals`: what the creator's own shop says of its weeks."""

from typing import Any

from shortlinks import times, weeks
from shortlinks.owner import settings
from shortlinks.sales import shop_weeks, shops
from shortlinks.web.api import conditional, cursors, schemas
from shortlinks.web.api.blueprint import bp, needs
from shortlinks.web.services import services


def shape(found: shop_weeks.ShopWeek) -> dict[str, Any]:
    """A shop's week as the API shows it."""
    totals = found.totals
    return {
        "shop": totals.shop,
        "week": weeks.name(totals.week),
        "visits": totals.visits,
        "orders": totals.orders,
        "precision": totals.precision,
        "source": totals.source,
        "noted_at": times.rfc3339(totals.noted_at),
        "link_clicks": found.link_clicks,
        "other_way": found.other_way,
        "sentence": found.sentence,
    }


@bp.put("/shops/<host>/totals/<week>")
@needs("write")
@bp.input(schemas.NewShopTotals)
@bp.output(schemas.ShopTotals)
def put_shop_totals(host: str, week: str, json_data: schemas.NewShopTotals) -> dict[str, Any]:
    """Say how many visits and orders the shop had in a week

    Replaces what was said of that week before. The week may be under way, but not in the future.
    """
    here, now = services(), times.now()
    tz = settings.zone(here.store, here.config.timezone)
    fields = json_data.model_dump(exclude_unset=True)
    this_week = weeks.latest(now, tz, 1)[0]
    only_if = conditional.only_if()
    totals = shops.put(here.store, host, week, fields, now=now, this_week=this_week, source="api", only_if=only_if)
    return _shown([conditional.seen(totals)])[0]


@bp.get("/shops/<host>/totals/<week>")
@needs("read")
@bp.output(schemas.ShopTotals)
@bp.doc(responses=[422])
def get_shop_totals(host: str, week: str) -> dict[str, Any]:
    """A week of the shop, beside the clicks on links that led to it

    `other_way` is what came to the shop without a link of yours.
    """
    return _shown([conditional.seen(shops.get(services().store, host, week))])[0]


@bp.get("/shops/<host>/totals")
@needs("read")
@bp.input(schemas.ListQuery, location="query")
@bp.output(schemas.ShopTotalsPage)
def list_shop_totals(host: str, query_data: schemas.ListQuery) -> dict[str, Any]:
    """The weeks of the shop that were noted, newest first

    Each beside the clicks on links that led to the shop in that week.
    """
    rows = shops.of_shop(services().store, host)
    found, following = cursors.page_of(rows, lambda row: (-row.week,), query_data)
    return {"items": _shown(found), "next_cursor": following}


def _shown(rows: list[shops.ShopTotals]) -> list[dict[str, Any]]:
    here = services()
    tz = settings.zone(here.store, here.config.timezone)
    return [shape(found) for found in shop_weeks.of_totals(here.store, rows, tz)]
