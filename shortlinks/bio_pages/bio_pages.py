"""Bio pages: a public page of a profile's links at `/@<name>`, one row a post.

Each row is a link of its own in the placement `bio_page`, made when the post is put on the page. So a tap says which
post it is of, and no range is needed for it: a link in the bio itself is shared by post after post.

Opening the page is no click of any post. It is recorded, shipped, classified, rolled up, counted again, exported and
forgotten by the very steps that a click goes through, only that what it is counted for is the page: the id is that of
its profile, which no post has, so it is in no post's numbers. Thus an open is counted exactly once, hits are the sum
of the reasons, and previews, prefetches, repeats and the creator's own looks are told from people's, with no second
way of counting. (As a link in the bio that leads to the page, it would have been a click of whichever post that link
promoted, on top of the tap that follows.)
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shortlinks import keys
from shortlinks.bio_pages import bio_page_records
from shortlinks.bio_pages.bio_page_records import LONGEST_TITLE
from shortlinks.bio_pages.bio_page_records import BioPage as BioPage
from shortlinks.bio_pages.bio_page_records import Row as Row
from shortlinks.clicks.clicks import Kept
from shortlinks.errors import Conflict, Invalid, NotFound
from shortlinks.links import link_fields, links
from shortlinks.links.links import Link
from shortlinks.profiles import profiles
from shortlinks.records import nouns, versions
from shortlinks.rollups import rollups, tap_counts
from shortlinks.store import Store
from shortlinks.words.language import _

THEMES = ("device", "light", "dark")
ACCENTS = ("ink", "sea", "leaf", "plum", "ember", "rose")
LONGEST_ABOUT = 160
FIELDS = ("name", "title", "about", "theme", "accent", "online")

_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,62}[a-z0-9_-])?")


@dataclass(frozen=True, slots=True)
class Shown:
    """What visitors see of a page: the rows whose links lead somewhere at present."""

    page: BioPage
    rows: tuple[Row, ...]

    @property
    def post_id(self) -> str:
        """What opens are counted for."""
        return self.page.profile_id

    @property
    def prefix(self) -> str:
        """What begins the journal line of an open: id, slug, turn. A name may change, so no name is in it."""
        return f"{self.page.profile_id}\t{self.page.profile_id}\t0"


def get(store: Store, profile_id: str) -> BioPage:
    """The page of a profile. Raises NotFound."""
    return bio_page_records.get(store.redis, profile_id)


def find(store: Store, profile_id: str) -> BioPage | None:
    """The page of a profile, None where it has none."""
    return bio_page_records.read(store.redis, profile_id)


def find_all(store: Store, profile_ids: Collection[str]) -> dict[str, BioPage]:
    """The pages of those of these profiles that have one, by profile id."""
    return bio_page_records.read_all(store.redis, profile_ids)


def is_open(click: Kept) -> bool:
    """Whether what was recorded is an open of a page, not a click of a link: see `Shown.prefix`."""
    return click.slug == click.post_id


def shown(store: Store, name: str, *, now: int) -> Shown | None:
    """The page called `name`, as anyone may type it, if it is online."""
    owner = store.redis.hget(keys.BIO_NAMES, normalise(name))
    page = find(store, owner.decode()) if owner is not None else None
    if page is None or not page.online:
        return None
    lead = {slug for slug, link in hung(store, page).items() if links.state_at(link, now) == "active"}
    return Shown(page, tuple(row for row in page.rows if row.slug in lead))


def hung(store: Store, page: BioPage) -> dict[str, Link]:
    """The links of the page's rows, by slug."""
    return bio_page_records.links_of(store.redis, page.slugs)


def ever_on(store: Store, page: BioPage) -> dict[str, Link]:
    """The links that are or ever were on the page, by slug."""
    return bio_page_records.links_of(store.redis, page.ever)


def put(store: Store, profile_id: str, fields: Any, *, now: int, only_if: versions.Condition | None = None) -> BioPage:
    """Make the page of a profile, or change those of FIELDS that are given.

    A new one is called as the profile is, unless that is no name for a page. Raises NotFound, Invalid, and
    Conflict("name") for a name that another page has, and Stale unless there is a page as `only_if` wants it.
    """

    def change(pipe: Any) -> BioPage:
        if nouns.missing(pipe, keys.profile(profile_id)):
            raise NotFound("profile", profile_id)
        before = bio_page_records.read(pipe, profile_id)
        versions.check(only_if, pipe, before)
        asked = nouns.Fields(fields, FIELDS, "bio page")
        start = before or blank(profiles.decode(pipe.get(keys.profile(profile_id))), now)
        page = replace(
            start,
            name=asked.change("name", _name, start.name),
            title=asked.change("title", nouns.text(LONGEST_TITLE), start.title),
            about=asked.change("about", nouns.or_empty(nouns.text(LONGEST_ABOUT)), start.about),
            theme=asked.change("theme", nouns.one_of(*THEMES), start.theme),
            accent=asked.change("accent", nouns.one_of(*ACCENTS), start.accent),
            online=asked.change("online", nouns.yes_or_no, start.online),
        )
        if not page.name and not asked.errors:
            asked.fail("name", _("is required"))
        asked.raise_errors()
        owner = pipe.hget(keys.BIO_NAMES, page.name)
        if owner is not None and owner.decode() != profile_id:
            raise Conflict("name", _("{name} is the name of another page", name=repr(page.name)))
        pipe.multi()
        versions.stage(only_if, pipe)
        if before is not None and before.name != page.name:
            pipe.hdel(keys.BIO_NAMES, before.name)
        bio_page_records.stage(pipe, page)
        return page

    return nouns.commit(store, change, keys.bio_page(profile_id), keys.BIO_NAMES)


def normalise(name: str) -> str:
    """A name as someone typed it ("@Ada.") as it is stored: lower-case, nothing trailing."""
    return link_fields.normalise(name.removeprefix("@"))


def opens(store: Store, page: BioPage) -> dict[str, int]:
    """How often the page was asked for: `hits`, of which each is in one of the reasons (people's is `human`), and `lost`."""
    return rollups.ledger(rollups.totals(store, [page.profile_id])[0])


def opens_between(store: Store, profile_id: str, spans: Sequence[tuple[int, int]]) -> list[int]:
    """How often people opened the page in each of these spans of time, cut to whole minutes."""
    return tap_counts.human(store, [tap_counts.Span(profile_id, profile_id, *span) for span in spans])


def taps_between(store: Store, tapped: Mapping[str, Link], start: int, end: int) -> dict[str, int]:
    """How often people tapped each of these links between two instants, cut to whole minutes; by slug."""
    spans = [span for link in tapped.values() for span in tap_counts.spans(link, start, end)]
    found = dict.fromkeys(tapped, 0)
    for span, number in zip(spans, tap_counts.human(store, spans), strict=True):
        found[span.slug] += number
    return found


def blank(profile: profiles.Profile, now: int) -> BioPage:
    """A page to make for a profile; its name is "" where the handle is no name for a page."""
    name = normalise(profile.handle)
    usable = _NAME.fullmatch(name) and profile.handle != profiles.UNNAMED
    return BioPage(
        profile_id=profile.id,
        name=name if usable else "",
        title=profiles.called(profile)[:LONGEST_TITLE] if not usable else f"@{profile.handle}"[:LONGEST_TITLE],
        about="",
        theme=THEMES[0],
        accent=ACCENTS[0],
        online=True,
        rows=(),
        ever=(),
        created_at=now,
    )


def _name(value: Any, field: str) -> str:
    name = normalise(value.strip()) if isinstance(value, str) else ""
    if not _NAME.fullmatch(name):
        raise Invalid.field(
            field, _("may hold the letters a-z, digits, dots, hyphens and underscores, and has up to 64 characters")
        )
    return name
