"""`/conversions`: what the target site reports."""

from typing import Any

from shortlinks import times
from shortlinks.posts import posts
from shortlinks.sales import conversion_records, conversions, revenue
from shortlinks.web import webhooks
from shortlinks.web.api import cursors, schemas
from shortlinks.web.api.blueprint import bp, instant, needs
from shortlinks.web.services import services


@bp.post("/conversions")
@needs("convert", "write")
@bp.input(schemas.NewConversion)
@bp.output(schemas.Conversion, status_code=201)
@bp.doc(responses={200: "It was reported before, just like this", 409: "It was reported before, but differently"})
def report_conversion(json_data: schemas.NewConversion) -> tuple[dict[str, Any], int]:
    """Report a sale, a sign-up or another success, or a refund

    By the click id that the target got, by slug, or by the coupon code of a link; a refund by the `external_id` of its sale,
    in `refunds`, with a negative amount and an `external_id` of its own. Reporting it twice changes nothing: 201 the first
    time, then 200. With another kind, link, coupon, amount, currency or sale it is refused (409).

    A refund may come before its sale: it waits, and is credited together with it. One in another currency than the sale, or of
    more than is left of it, is refused (422); one that came first is kept then, credited to no post.
    """
    fields = json_data.model_dump(exclude_unset=True)
    conversion, created = conversions.report(services().store, fields, now=times.now())
    if created:
        webhooks.wake()
    return conversion_records.shown(conversion), 201 if created else 200


@bp.get("/conversions")
@needs("read")
@bp.input(schemas.ConversionsQuery, location="query")
@bp.output(schemas.ConversionPage)
@bp.doc(responses={404: "There is no such post"})
def list_conversions(query_data: schemas.ConversionsQuery) -> dict[str, Any]:
    """What was reported, oldest first, with its sums by currency

    Refunds stand among the rest, each by when it occurred. Without `post` those are listed, too, that are credited to none.
    """
    store = services().store
    post_id = None if query_data.post is None else posts.get(store, query_data.post).id
    start, end = instant(query_data.from_, "from"), instant(query_data.to, "to")
    found = conversions.between(store, post_id, start=start, end=end)
    items, following = cursors.page_of(found, lambda each: (each.occurred_at, each.id), query_data)
    sold = revenue.shown(found)
    return {
        "items": [conversion_records.shown(each) for each in items],
        "next_cursor": following,
        "count": sold.counted.count,
        **sold.beside(),
    }
