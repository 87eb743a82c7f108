"""What holds for every call of the API, in words: for the OpenAPI document and the page that shows it."""

from typing import NamedTuple

from shortlinks.web import limits
from shortlinks.web.api.schemas.base import LIMIT_DEFAULT, LIMIT_MOST


class Way(NamedTuple):
    """A paragraph; `text` may hold `code` in backticks."""

    title: str
    text: str


_AMOUNT, _, _SPAN = limits.API.partition(" per ")

WAYS = (
    Way(
        "Tokens",
        "Make one in the settings and send it with every request, as `Authorization: Bearer …`. It is shown once. A call names "
        "the scope that opens it: `read`, `write`, `convert` (report sales, nothing else) or `admin` (tokens, webhooks, "
        "everything in one file). No scope includes another; where a call names two, either will do.",
    ),
    Way(
        "Values",
        "JSON in UTF-8, in and out. Times are RFC 3339, in answers always UTC; money is in minor units (cents) with its ISO "
        "4217 currency. Counts may be sent as an app shows them, `12.4K` as well as `12400`; `precision` in the answer tells "
        "how far they were rounded.",
    ),
    Way(
        "Bodies",
        "A field that is not known is an error, as is a parameter of the query, and so is one that stands there twice, so that a "
        "slip of the pen is not lost. "
        "In a `PATCH`, what is absent stays as it is. Answers may get more fields in time.",
    ),
    Way(
        "Errors",
        "Whatever goes wrong is `application/problem+json` (RFC 9457) with `status` and a `detail` for people; 422 lists in "
        "`errors` every field that is missing, unknown or of another type, or, where none is, every one whose value is wrong. "
        "Nothing is half done. With 503 the database is away: try again after `Retry-After` "
        "seconds, and where `detail` says that it may have been done, look first.",
    ),
    Way(
        "Lists",
        f"`items`, at most `limit` of them (default {LIMIT_DEFAULT}, at most {LIMIT_MOST}), and `next_cursor`: send it as "
        "`cursor` for the next page, until it is null. What is added or removed meanwhile shifts nothing. A cursor goes with its "
        "own list and filters only.",
    ),
    Way(
        "Sending again",
        "A `POST` with an `Idempotency-Key` of yours is carried out once, however often you send it within 24 hours: each time "
        "the first answer comes, with `Idempotent-Replay: true`. The same key with another body is refused (409), and so is one "
        "whose first request was carried out, but whose answer was lost.",
    ),
    Way(
        "Tags",
        "Every answer to a `GET` that is JSON has an `ETag`. Sent back as `If-None-Match`, it is 304 while nothing has "
        "changed. That of one record goes into `If-Match` of a change, too: 412 when the record was changed meanwhile, "
        "whatever was counted since.",
    ),
    Way(
        "Limits",
        f"{int(_AMOUNT):,} requests per {_SPAN} and token, told in `RateLimit-Limit`, "
        "`RateLimit-Remaining` and `RateLimit-Reset`; beyond that 429, with `Retry-After` in seconds. A body has 1 MiB at most.",
    ),
)
