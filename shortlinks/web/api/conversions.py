"""`/conversions`: what the target site reports."""

from dataclasses import asdict
from typing import Any

from shortlinks import conversions, times
from shortlinks.web.api import schemas
from shortlinks.web.api.blueprint import bp, needs
from shortlinks.web.services import services


def shape(conversion: conversions.Conversion) -> dict[str, Any]:
    """A conversion as the API shows it."""
    shown = asdict(conversion) | {"occurred_at": times.rfc3339(conversion.occurred_at)}
    del shown["created_at"]
    return shown


@bp.post("/conversions")
@needs("convert", "write")
@bp.input(schemas.NewConversion)
@bp.output(schemas.Conversion, status_code=201)
@bp.doc(responses={200: "It was reported before, just like this", 409: "It was reported before, but differently"})
def report_conversion(json_data: schemas.NewConversion) -> tuple[dict[str, Any], int]:
    """Report a sale, a sign-up or another success

    By the click id that the target got, by slug, or by the coupon code of a link. Reporting it twice changes nothing: 201
    the first time, then 200. With another kind, link, coupon, amount or currency it is refused (409).
    """
    fields = json_data.model_dump(exclude_unset=True)
    conversion, created = conversions.report(services().store, fields, now=times.now())
    return shape(conversion), 201 if created else 200
