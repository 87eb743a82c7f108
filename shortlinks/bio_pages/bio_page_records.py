"""Bio pages as they are stored. `bio_pages` holds the verbs; what is here reads and writes within transactions."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

from shortlinks import keys
from shortlinks.errors import NotFound
from shortlinks.links import link_records
from shortlinks.links.link_records import Link
from shortlinks.posts import post_records
from shortlinks.records import nouns

MOST_ROWS = 24
LONGEST_TITLE = 80
"""Of the page and of a row: with so many rows of so many letters the page weighs less than 15 KiB."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the page: a link in the placement `bio_page`, and what is written on it."""

    slug: str
    title: str


@dataclass(frozen=True, slots=True)
class BioPage:
    """The page of a profile's links at `/@<name>`, its rows from top to bottom. Each profile has one at most.

    `ever` are the slugs of all links that were ever on it. One that is not `online` answers 404 and keeps its name.
    """

    profile_id: str
    name: str
    title: str
    about: str
    theme: str
    accent: str
    online: bool
    rows: tuple[Row, ...]
    ever: tuple[str, ...]
    created_at: int

    @property
    def slugs(self) -> list[str]:
        """Those of the rows."""
        return [row.slug for row in self.rows]


def read(pipe: Any, profile_id: str) -> BioPage | None:
    """The page of a profile, None where it has none."""
    raw = pipe.get(keys.bio_page(profile_id))
    return None if raw is None else decode(raw)


def get(pipe: Any, profile_id: str) -> BioPage:
    """The page of a profile. Raises NotFound."""
    page = read(pipe, profile_id)
    if page is None:
        raise NotFound("bio page", profile_id)
    return page


def read_all(pipe: Any, profile_ids: Collection[str]) -> dict[str, BioPage]:
    """The pages of those of these profiles that have one, by profile id."""
    raws = pipe.mget([keys.bio_page(name) for name in profile_ids]) if profile_ids else []
    return {page.profile_id: page for page in (decode(raw) for raw in raws if raw is not None)}


def stage(pipe: Any, page: BioPage) -> None:
    """Add to a transaction all that writes `page`."""
    pipe.set(keys.bio_page(page.profile_id), nouns.dump(asdict(page)))
    pipe.zadd(keys.BIO_PAGES, {page.profile_id: page.created_at})
    pipe.hset(keys.BIO_NAMES, page.name, page.profile_id)


def decode(raw: bytes | str) -> BioPage:
    """The page in a stored record."""
    record = nouns.load(raw)
    rows = tuple(Row(**row) for row in record.pop("rows"))
    return BioPage(rows=rows, ever=tuple(record.pop("ever")), **record)


def with_links(pipe: Any, slugs: Collection[str]) -> list[BioPage]:
    """The pages on which any of these links stand, now without them; their records are watched from here on."""
    names = [name.decode() for name in pipe.zrange(keys.BIO_PAGES, 0, -1)]
    pages = [decode(raw) for raw in post_records.watched(pipe, [keys.bio_page(name) for name in names])]
    return [
        replace(page, rows=tuple(row for row in page.rows if row.slug not in slugs))
        for page in pages
        if any(row.slug in slugs for row in page.rows)
    ]


def links_of(pipe: Any, slugs: Collection[str]) -> dict[str, Link]:
    """The links with these slugs, in that order, without the erased."""
    raws = pipe.mget([keys.link(slug) for slug in slugs]) if slugs else []
    found = [link_records.decode(raw) for raw in raws if raw is not None]
    return {link.slug: link for link in found if link.state != "erased"}
