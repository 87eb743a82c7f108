"""The placement catalogue: spots where a link can hang, and which of them can be tapped. Data in placements.toml."""

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from gettext import NullTranslations
from importlib import resources
from typing import Any, Literal

from shortlinks.errors import Invalid
from shortlinks.words import wording
from shortlinks.words.language import _, spoken

Audience = Literal["viewers", "profile", "outside"]

READ_BY_PEOPLE = frozenset({"label", "alternative", "limits", "note", "shows_after"}) | {
    *("profile_visits", "link_taps", "non_followers", "views"),
}
"""The fields of placements.toml that are said in the language that is spoken."""
_EVERYWHERE = "everywhere"
_OUTSIDE = frozenset({"newsletter", "website", "print"})


@dataclass(frozen=True, slots=True)
class Placement:
    """A row of the catalogue. placements.toml says what each field means; `id` is `platform/name`."""

    id: str
    platform: str
    name: str
    label: str
    clickable: bool
    source: str
    confidence: str
    checked_on: str
    formats: tuple[str, ...] = ()
    bio: bool = False
    typed: bool = False
    personal_from: int | None = None
    shows_after: str | None = None
    bare: bool = False
    shortens_over: int | None = None
    chars: int | None = None
    address_counts: int | None = None
    wide_counts: int | None = None
    limits: str | None = None
    note: str | None = None

    @property
    def dead(self) -> bool:
        """A link hung here looks like one, but nobody can tap it."""
        return not self.clickable and not self.typed

    def fits(self, format_: str | None) -> bool:
        """Whether a post of this format has such a spot; where nobody knows the format (None), it may."""
        return not self.formats or format_ is None or format_ in self.formats

    @property
    def audience(self) -> Audience:
        """Who sees a link that hangs here.

        `viewers` of the post; visitors of the `profile` (bio links, and the page of links that the bio leads to); or
        people `outside` who need not have seen the post at all. Where nobody can know (a chat, elsewhere) they count as
        viewers.
        """
        if self.bio or self.name == "bio_page":
            return "profile"
        return "outside" if self.name in _OUTSIDE else "viewers"


@dataclass(frozen=True, slots=True)
class Format:
    """A format of posts on a platform whose spots differ from format to format."""

    label: str
    alternative: str | None = None


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform with what the catalogue knows about it as a whole."""

    name: str
    label: str
    default_kind: str
    alternative: str | None = None
    formats: dict[str, Format] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    profile_gaps: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Catalogue:
    platforms: dict[str, Platform]
    placements: dict[str, Placement]


def _catalogue() -> _Catalogue:
    return _said_by(spoken().catalog)


@lru_cache
def _said_by(_translations: NullTranslations) -> _Catalogue:
    """The catalogue as it is read in the language that is spoken, whose translations these are."""
    text = resources.files("shortlinks.placements").joinpath("placements.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    platforms = {name: _platform_of(name, fields) for name, fields in tables["platform"].items()}
    own, everywhere = tables["placement"], tables["placement"].pop(_EVERYWHERE)
    if strangers := own.keys() - platforms.keys():
        raise ValueError(f"placements.toml has placements of unknown platforms: {', '.join(sorted(strangers))}")
    rows = (
        Placement(id=f"{platform}/{name}", platform=platform, name=name, **fields | _said(fields) | _formats(fields))
        for platform in platforms
        # A platform's own spots stand first, and its own row (twitch/chat) replaces the general one of that name.
        for name, fields in (own.get(platform, {}) | everywhere | own.get(platform, {})).items()
    )
    return _Catalogue(platforms, {row.id: row for row in rows})


def _platform_of(name: str, fields: dict[str, Any]) -> Platform:
    where = {table: _said(fields.get(table, {})) for table in ("gaps", "profile_gaps")}
    formats = {format_: Format(**_said(row)) for format_, row in fields.get("formats", {}).items()}
    return Platform(name=name, **fields | _said(fields) | where | {"formats": formats})


def _formats(fields: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {"formats": tuple(fields.get("formats", ()))}


def _said(fields: dict[str, Any]) -> dict[str, str]:
    """Those of a row's fields that people read."""
    return {name: _(text) for name, text in fields.items() if name in READ_BY_PEOPLE}


def all_() -> tuple[Placement, ...]:
    """The whole catalogue, platform by platform, each platform's own spots before the general ones."""
    return tuple(_catalogue().placements.values())


def place(placement_id: str) -> str:
    """A spot with its platform, within a sentence: `Instagram, bio link`. Raises Invalid("placement") for an unknown one."""
    row = by_id(placement_id)
    return f"{platform_label(row.platform)}, {wording.small(row.label)}"


def of_platform(platform: str, format_: str | None = None) -> tuple[Placement, ...]:
    """The placements of one platform, of a format those it has. Raises Invalid("platform") for an unknown platform."""
    name = _platform(platform).name
    return tuple(row for row in all_() if row.platform == name and row.fits(format_))


def get(platform: str, text: object, *, field: str = "placement") -> Placement:
    """The placement that `text` names: one of `platform` by its name ("bio_link"), or any by its whole id.

    Raises Invalid naming `field`, or "platform" when that is unknown.
    """
    known = _platform(platform)
    if not isinstance(text, str):
        raise Invalid.field(field, _("must be the name of a placement, such as bio_link"))
    wanted = text.strip().lower()
    found = _catalogue().placements.get(wanted if "/" in wanted else f"{known.name}/{wanted}")
    if found is None:
        names = ", ".join(row.name for row in of_platform(platform))
        given = repr(text[:60])
        raise Invalid.field(
            field,
            _(
                "{given} is no placement of {platform}; there are {names}",
                given=given,
                platform=known.label,
                names=names,
            ),
        )
    return found


def by_id(placement_id: str) -> Placement:
    """The placement with the whole id `instagram/bio_link`. Raises Invalid("placement") when there is none."""
    found = _catalogue().placements.get(placement_id)
    if found is None:
        given = repr(placement_id[:60])
        raise Invalid.field("placement", _("{given} is not in the placement catalogue", given=given))
    return found


def platforms() -> tuple[str, ...]:
    """The names of all platforms, "other" last."""
    return tuple(_catalogue().platforms)


def platform_label(platform: str) -> str:
    """What people call it: "YouTube". Raises Invalid("platform") for an unknown one."""
    return _platform(platform).label


def default_kind(platform: str) -> str:
    """The kind of post that one most likely makes there: video, image, story, text, live or pin."""
    return _platform(platform).default_kind


def format_label(platform: str, format_: str | None) -> str:
    """What people call posts of this format, as a phrase: "a Short"; "" where spots do not differ by it."""
    known = _platform(platform).formats.get(format_ or "")
    return known.label if known else ""


def alternative(platform: str, format_: str | None = None) -> str | None:
    """Where a link can be tapped on this platform, as a phrase: "the bio link, or a link sticker on a story".

    For a post of this format, where it has an alternative of its own.
    """
    known = _platform(platform)
    own = known.formats.get(format_ or "")
    return (own and own.alternative) or known.alternative


def tappable(platform: str, format_: str | None = None) -> str:
    """Where a link is best hung to be tapped, as a phrase: the `alternative`, or else the first spot, "the post"."""
    first = next(row for row in of_platform(platform, format_) if row.clickable)
    return alternative(platform, format_) or _("the {spot}", spot=wording.small(first.label))


def of_profile(platform: str) -> Placement:
    """The spot in the profile where a link can be tapped."""
    return next(row for row in of_platform(platform) if row.bio and row.clickable)


def of_story(platform: str) -> Placement | None:
    """The spot on a story where a link can be tapped, where the platform has one."""
    return next((row for row in of_platform(platform) if row.clickable and "story" in row.name), None)


def to_try(platform: str, format_: str | None = None) -> tuple[Placement, ...]:
    """The platform's own spots where a link leads somewhere: those to tap, then those that people type from."""
    general = {row.name for row in of_platform("other")} - {"post", "bio_link"}
    rows = of_platform(platform, format_)
    return (*(row for row in rows if row.clickable and row.name not in general), *(row for row in rows if row.typed))


def from_followers(platform: str) -> Placement | None:
    """The spot of a platform that a personal account is only given with enough followers (`personal_from`), if any."""
    return _from_followers(spoken().catalog, platform)


@lru_cache(maxsize=64)
def _from_followers(_translations: NullTranslations, platform: str) -> Placement | None:
    return next((row for row in of_platform(platform) if row.personal_from is not None), None)


def where(platform: str, number: str) -> str | None:
    """Where the platform shows `number` (profile_visits, link_taps, non_followers) of a post; None where it does not."""
    return _platform(platform).gaps.get(number)


def where_of_profile(platform: str, number: str) -> str | None:
    """Where the platform shows `number` (views, profile_visits, link_taps) of the whole profile; None where it does not."""
    return _platform(platform).profile_gaps.get(number)


def _platform(name: object) -> Platform:
    found = _catalogue().platforms.get(name) if isinstance(name, str) else None
    if found is None:
        given, names = repr(str(name)[:60]), ", ".join(platforms())
        raise Invalid.field("platform", _("{given} is not a platform; there are {names}", given=given, names=names))
    return found
