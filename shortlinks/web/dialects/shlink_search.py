"""What a list of Shlink's short URLs is asked to hold, and in which order: decided by indexes alone, without reading a record."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import request

from shortlinks import times
from shortlinks.links import link_search
from shortlinks.links.link_index import Entry
from shortlinks.posts import post_index, posts
from shortlinks.posts.post_index import Words
from shortlinks.rollups import link_totals
from shortlinks.store import Store
from shortlinks.web.dialects import shlink, shlink_fields
from shortlinks.web.services import services

_ORDERS = ("dateCreated", "shortCode", "longUrl", "title", "visits", "nonBotVisits")
_DIRECTIONS = ("ASC", "DESC")


class Wish(NamedTuple):
    """Words in small letters; instants in milliseconds, `end` being the last second; `open_at` is when it must not have ended."""

    term: bytes
    tags: frozenset[bytes]
    every: bool
    without: frozenset[bytes]
    without_every: bool
    start: int | None
    end: int | None
    open_at: int | None
    field: str
    descending: bool

    @property
    def nothing(self) -> bool:
        """Whether it is the list of all links, newest first."""
        filters = self.term, self.tags, self.without
        bounds = self.start, self.end, self.open_at
        newest_first = self.field == "dateCreated" and self.descending
        return newest_first and not any(filters) and all(bound is None for bound in bounds)


def asked() -> Wish:
    """What the query says. Raises a refusal of what cannot be understood."""
    field, _dash, direction = (request.args.get("orderBy") or "dateCreated-DESC").partition("-")
    if field not in _ORDERS or direction not in (*_DIRECTIONS, ""):
        raise shlink.invalid("orderBy", detail=f"orderBy must be one of {', '.join(_ORDERS)}, with -ASC or -DESC")
    first, last = (request.args.get(name) for name in ("startDate", "endDate"))
    tags, without = (frozenset(map(post_index.small, shlink.texts(name))) for name in ("tags", "excludeTags"))
    return Wish(
        term=post_index.small(request.args.get("searchTerm", "").strip()),
        tags=tags,
        every=shlink.one_of("tagsMode", "any", "all") == "all",
        without=without,
        without_every=shlink.one_of("excludeTagsMode", "any", "all") == "all",
        start=shlink_fields.moment(first, "startDate") if first else None,
        end=shlink_fields.moment(last, "endDate") if last else None,
        open_at=times.now() if shlink.yes("excludePastValidUntil") else None,
        field=field,
        descending=direction == "DESC",
    )


def found(store: Store, wish: Wish) -> list[Entry]:
    """The links that the wish wants, in its order; equal ones newest first."""
    kept = _in_time(link_search.in_use(store), wish)
    by_words = bool(wish.tags or wish.without or wish.term or wish.field == "title")
    of = post_index.words(store, posts.decode) if by_words else {}
    if wish.tags:
        having = _having(of, wish.tags, every=wish.every)
        kept = [entry for entry in kept if entry[3] in having]
    if wish.without:
        having = _having(of, wish.without, every=wish.without_every)
        kept = [entry for entry in kept if entry[3] not in having]
    if wish.term:
        kept = _speaking_of(kept, of, wish.term)
    return _ordered(store, kept, of, wish)


def _in_time(kept: list[Entry], wish: Wish) -> list[Entry]:
    start, end, open_at = wish.start, wish.end, wish.open_at
    if start is not None:
        kept = [entry for entry in kept if int(entry[0]) >= start]
    if end is not None:
        kept = [entry for entry in kept if int(entry[0]) // times.SECOND * times.SECOND <= end]
    if open_at is not None:
        kept = [entry for entry in kept if not (until := entry[2]) or int(until) > open_at]
    return kept


def _having(of: Mapping[bytes, Words], tags: frozenset[bytes], *, every: bool) -> set[bytes]:
    """The posts that have every or any one of these tags."""
    return {
        post_id
        for post_id, (_at, own, _title) in of.items()
        if (tags.issubset(own.split(b"\t")) if every else not tags.isdisjoint(own.split(b"\t")))
    }


def _speaking_of(kept: Sequence[Entry], of: Mapping[bytes, Words], term: bytes) -> list[Entry]:
    own = {
        post_id
        for post_id, (_at, tags, title) in of.items()
        if term in title or (term in tags and any(term in tag for tag in tags.split(b"\t")))
    }
    base = post_index.small(services().config.base_url) + b"/"
    found = []
    for entry in kept:
        _at, slug, _until, post_id, _before, target = entry
        if post_id in own or term in post_index.small_letters(target) or term in base + slug:
            found.append(entry)
    return found


def _ordered(store: Store, kept: list[Entry], of: Mapping[bytes, Words], wish: Wish) -> list[Entry]:
    places: Sequence[Any]
    match wish.field:
        case "dateCreated":
            places = [entry[0] for entry in kept]
        case "shortCode":
            places = [entry[1] for entry in kept]
        case "longUrl":
            places = [entry[5] for entry in kept]
        case "title":
            places = [of[post_id][2] if (post_id := entry[3]) in of else b"" for entry in kept]
        case "visits":
            places = link_totals.of_entries(store, kept)[0]
        case _:
            places = link_totals.of_entries(store, kept)[1]
    return [kept[place] for place in sorted(range(len(kept)), key=places.__getitem__, reverse=wish.descending)]
