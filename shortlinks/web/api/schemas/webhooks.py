"""Webhooks, and what was delivered to them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from shortlinks.web.api.schemas.base import In, NextCursor, Out, PostId, Time
from shortlinks.webhooks import retrying, webhooks

EventTypes = Annotated[
    list[Literal["post.clicks", "conversion.created", "link.broken"]],
    Field(min_length=1, max_length=len(webhooks.EVENTS)),
]

_url = Field(
    description="Where to deliver, by http or https: no address of this service, and none that is private unless "
    "SHORTLINKS_ALLOW_FETCH lists it, which is looked at again at each delivery",
    examples=["https://shop.example/hooks/clicks"],
)
_events = Field(
    description="What to tell. `post.clicks`: the clicks of a post since the last delivery that arrived, and the totals. "
    "`conversion.created`: a Conversion, also a refund. `link.broken`: that the target of a link broke, or works again",
    examples=[["post.clicks", "conversion.created"]],
)
_description = Field(
    None,
    description=f"For people, at most {webhooks.LONGEST_DESCRIPTION} characters",
    examples=["Spreadsheet of the shop"],
)


class NewWebhook(In):
    url: str = _url
    events: EventTypes = _events
    description: str | None = _description


class WebhookChanges(In):
    url: str = Field("", description=_url.description, examples=_url.examples)
    events: EventTypes = Field([], description=_events.description, examples=_events.examples)
    description: str | None = _description
    state: Literal["active", "disabled"] = Field(
        "active", description="`disabled`: nothing is sent. `active`: what waits is tried at once", examples=["active"]
    )


class Webhook(Out):
    id: str
    url: str = _url
    events: EventTypes = _events
    description: str | None
    state: Literal["active", "disabled"]
    disabled_reason: Literal["owner", "gone", "failing"] | None = Field(
        description=f"`owner`: by you. `gone`: it answered {retrying.GONE}. `failing`: nothing got through for five days"
    )
    disabled_at: Time | None
    failures: int = Field(description="Attempts that failed in a row", examples=[0])
    last_success_at: Time | None
    last_status: int | None = Field(description="Of the last answer; null where there was none", examples=[200])
    missed: int = Field(
        description="How often something happened that was never told: events are kept for 24 hours, and 1,000 deliveries wait "
        "at most. Of clicks nothing is missing: the next delivery tells them",
        examples=[0],
    )
    waiting: int = Field(description="Deliveries that wait", examples=[0])
    created_at: Time


class ShownWebhook(Webhook):
    """The only time the secret is shown."""

    secret: str = Field(
        description="Signs the deliveries, in the way of Standard Webhooks. Keep it", examples=["whsec_…"]
    )


class WebhookPage(Out):
    """Newest first."""

    items: list[Webhook]
    next_cursor: NextCursor


class Delivery(Out):
    id: str = Field(description="The header `webhook-id`, the same at each attempt and replay")
    event: Literal["post.clicks", "conversion.created", "link.broken", "ping"]
    post_id: PostId | None
    state: Literal["waiting", "delivered", "failed"] = Field(description="`failed`: given up after its last attempt")
    attempts: int = Field(examples=[1])
    status: int | None = Field(description="Of the last answer; null where there was none", examples=[200])
    error: (
        Literal["status", "redirect", "timeout", "refused", "dns", "offline", "connect", "tls", "protocol"] | None
    ) = Field(
        description="Why the last attempt failed. `status`: no 2xx. `redirect`: none is followed. `timeout`: no answer within "
        "10 seconds. `refused`: a private address, or one of this service. `dns`: no such host. `offline`: our own network. "
        "`connect`, `tls`: no connection. `protocol`: no HTTP"
    )
    duration_ms: int | None = Field(description="How long the last attempt took", examples=[84])
    tried_at: Time | None = Field(description="When the last attempt ended")
    next_at: Time | None = Field(description="When it is tried next")
    created_at: Time
    data: dict[str, Any] | None = Field(description="What it tells; of clicks null until it is sent the first time")


class DeliveryPage(Out):
    """Newest first: what waits, and the newest 200 that arrived or were given up, for 30 days."""

    items: list[Delivery]
    next_cursor: NextCursor
