"""The service itself: placement catalogue and tokens."""

from pydantic import Field

from shortlinks.owner import tokens
from shortlinks.web.api.schemas.base import In, NextCursor, Out, PlatformName, Scope, Time


class Placement(Out):
    id: str = Field(examples=["instagram/bio_link"])
    platform: PlatformName
    name: str = Field(examples=["bio_link"])
    label: str = Field(description="For people", examples=["Bio link"])
    clickable: bool
    formats: list[str] = Field(
        description="The formats of posts that have it, such as `short`, where spots differ from format to format; empty: "
        "every post has it",
        examples=[["short"]],
    )
    bio: bool = Field(description="Belongs to the profile, so viewers of all its posts may use it")
    typed: bool = Field(description="Cannot be tapped and is meant to be typed (spoken, shown, printed)")
    personal_from: int | None = Field(description="How many followers a personal account needs to be given the spot")
    shows_after: str | None = Field(description="How long a new link may take to show there", examples=["24–72 h"])
    shortens_over: int | None = Field(
        description="A longer address, with its https://, is shown there as one of the platform's own"
    )
    bare: bool = Field(description="Nothing but an address goes in, as into a sticker")
    chars: int | None = Field(description="How many characters a text may have there")
    address_counts: int | None = Field(description="How many of them each address takes, however long it is")
    wide_counts: int | None = Field(description="How many of them a letter beyond Latin, Greek, Cyrillic takes")
    limits: str | None
    note: str | None
    source: str
    confidence: str
    checked_on: str = Field(examples=["2026-11"])


class PlacementPage(Out):
    """The whole catalogue."""

    items: list[Placement]
    next_cursor: NextCursor


class NewToken(In):
    name: str = Field(description="For people, to know it by", examples=["spreadsheet"])
    scopes: list[Scope] = Field(min_length=1, max_length=len(tokens.SCOPES), examples=[["read"]])


class Token(Out):
    id: str
    name: str
    scopes: list[Scope]
    created_at: Time


class ShownToken(Token):
    """The only time the token itself is shown."""

    token: str = Field(description="Keep it: it is stored as a hash only", examples=["slk_…"])
    yourls_signature: str = Field(description="What tools made for YOURLS send in its place to `/yourls-api.php`")


class TokenPage(Out):
    items: list[Token]
    next_cursor: NextCursor
