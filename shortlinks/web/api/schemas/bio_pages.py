"""Bio pages: a profile's public page of links."""

from typing import Literal

from pydantic import Field

from shortlinks.bio_pages import bio_page_records, bio_pages
from shortlinks.web.api.schemas.base import In, Out, PostId, Slug, Time

_TEXT = f"Up to {bio_page_records.LONGEST_TITLE} characters"


class BioPageChanges(In):
    """What is absent stays as it is; of a new page it is made from the profile's handle."""

    name: str = Field(
        "",
        description="What stands behind `/@`: letters a-z, digits, dots, hyphens, underscores",
        examples=["ada.mugs"],
    )
    title: str = Field("", description=f"The heading. {_TEXT}", examples=["Ada makes mugs"])
    about: str = Field("", description=f"A line below it. Up to {bio_pages.LONGEST_ABOUT} characters; may be empty")
    theme: str = Field("", examples=["device"], json_schema_extra={"enum": [*bio_pages.THEMES]})
    accent: str = Field("", examples=["sea"], json_schema_extra={"enum": [*bio_pages.ACCENTS]})
    online: bool = Field(True, description="A page that is not answers 404, and keeps its name", examples=[True])


class NewBioRow(In):
    post_id: PostId
    title: str | None = Field(None, description=f"Default: the post's. {_TEXT}")
    target: str | None = Field(
        None, description="Default: that of the post's newest link", examples=["https://shop.example/mug"]
    )
    slug: str | None = Field(None, description="Default: made up; or the link that the post had on the page before")


class BioRowChanges(In):
    """What is absent stays as it is."""

    title: str = Field("", description=_TEXT, examples=["The blue mug"])
    position: int = Field(
        1, ge=1, le=bio_page_records.MOST_ROWS, description="1 is the top; beyond the last row means last", examples=[1]
    )


class BioRow(Out):
    slug: Slug
    title: str
    post_id: PostId
    target: str
    state: Literal["active", "expired", "disabled"] = Field(description="Visitors see the active ones only")
    taps: int = Field(description="By people, since the link was made")


class Opens(Out):
    hits: int = Field(description="The sum over all reasons")
    human: int
    reasons: dict[str, int]
    lost: int


class BioPage(Out):
    profile_id: str
    address: str = Field(examples=["https://go.example/@ada.mugs"])
    name: str
    title: str
    about: str
    theme: Literal["device", "light", "dark"]
    accent: str
    online: bool
    created_at: Time
    opens: Opens = Field(description="How often the page was asked for. An open is no click of any post")
    rows: list[BioRow] = Field(description="From top to bottom, one a post")
