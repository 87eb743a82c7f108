"""Links."""

from typing import Literal

from pydantic import Field

from shortlinks.web.api.schemas.base import In, ListQuery, NextCursor, Out, PostId, Slug, Time, TimeIn, Utm

_target = Field(
    description="Where it leads: http or https, no user name or password, not this service",
    examples=["https://shop.example/new"],
)
_expires_at = Field(None, description="When it stops working", examples=["2035-12-31T23:59:59+01:00"])
_click_id_param = Field(None, description="Query parameter in which the target gets the click id", examples=["slc"])


_CODE = "Coupon code that is shown with the link: sales reported with it count for the link. No two links have one"


class NewLink(In):
    placement: str = Field(
        description="Where it hangs: a placement of the post's platform by name, or any by its whole id",
        examples=["bio_link"],
    )
    target: str = _target
    slug: str | None = Field(None, description="A slug of your own; drawn when absent", examples=["autumn-sale"])
    expires_at: TimeIn | None = _expires_at
    forward_query: bool | None = Field(None, description="Append the visitor's query string to the target")
    utm: Utm | None = None
    click_id_param: str | None = _click_id_param
    coupon: str | None = Field(None, description=_CODE, examples=["MUG10"])


class LinkChanges(In):
    """What is absent stays as it is; null clears."""

    target: str = Field("", description="From now on it leads here", examples=["https://shop.example/newer"])
    post_id: str = Field("", description="From now on it promotes this post; earlier clicks stay where they are")
    expires_at: TimeIn | None = _expires_at
    state: Literal["active", "disabled"] = "active"
    forward_query: bool = False
    utm: Utm | None = None
    click_id_param: str | None = _click_id_param
    coupon: str | None = Field(None, description=_CODE, examples=["BOWL-5"])


class Turn(Out):
    """From this moment on, the link promoted this post and led to this target."""

    from_: Time = Field(alias="from")
    post_id: PostId
    target: str


class LinkWarning(Out):
    """Something that is allowed but will not work as hoped."""

    code: str = Field(examples=["dead_placement"])
    message: str


class Health(Out):
    """What our server last saw where the link leads."""

    checked_at: Time
    status: int | None = Field(description="HTTP status of the last visit; null when there was no answer")
    seconds: float | None = Field(description="Until its first byte, redirects included")
    state: Literal["ok", "broken", "slow", "unknown"] = Field(
        description="broken and slow after two such visits; unknown where the site refuses robots or we may not visit it"
    )
    since: Time | None = Field(description="From when on it has been broken or slow, if it is")


class Before(Out):
    """What another service had counted of a link when it was brought here. It is in no count, rate or funnel of this one."""

    source: str = Field(description="bitly, dub, shlink, yourls, kutt or csv", examples=["bitly"])
    clicks: int | None = Field(
        description="As that service counts them (Bitly and YOURLS count bots as well); null where it does not say",
        examples=[1234],
    )
    at: Time


class Link(Out):
    slug: Slug
    short_url: str = Field(examples=["https://go.example/k7m2p"])
    target: str = _target
    placement: str = Field(description="Whole id of the placement", examples=["instagram/bio_link"])
    post_id: PostId
    state: Literal["active", "expired", "disabled"]
    expires_at: Time | None
    forward_query: bool
    utm: Utm | None
    click_id_param: str | None
    coupon: str | None = Field(description=_CODE)
    before: Before | None = Field(description="null unless the link was brought from another service")
    created_at: Time
    history: list[Turn] = Field(description="Oldest first; the last one is in force")
    warnings: list[LinkWarning]
    health: Health | None = Field(description="null before the first visit")


class LinkPage(Out):
    items: list[Link]
    next_cursor: NextCursor


class LinksQuery(ListQuery):
    post: str | None = Field(None, max_length=40, description="Only links that promote this post now")
