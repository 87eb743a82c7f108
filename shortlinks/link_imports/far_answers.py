"""What Shlink, YOURLS and Kutt answer when they are asked for their links, a page at a time. Pure.

- **Shlink**, REST v3, `GET /short-urls` (https://api-spec.shlink.io, 2025): `shortUrls.data[]` with `shortCode`, `shortUrl`,
  `longUrl`, `title`, `tags`, `dateCreated`, `meta` (`validSince`, `validUntil`, `maxVisits`), `visitsSummary` (`total`,
  `nonBots`, `bots`), and `shortUrls.pagination` with `pagesCount` and `totalItems`.
- **YOURLS**, `action=stats` (YOURLS/YOURLS, includes/functions.php, `yourls_get_stats`, 2025): `links.link_1` and so on with
  `shorturl`, `url`, `title`, `timestamp`, `clicks`, all of them text, and `stats.total_links`; without `links` behind the last.
- **Kutt**, API v2, `GET /links` (thedevs-network/kutt, server/handlers/links.handler.js and server/utils, `sanitize.link`, 2025):
  `data[]` with `id`, `address`, `link`, `target`, `description`, `visit_count`, `created_at`, `expire_in`, `password` and
  `banned` (both true or false), and `total`; at most 50 at once. A file with that, or only the list, is taken, too.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from shortlinks import times
from shortlinks.errors import Invalid
from shortlinks.link_imports import rows
from shortlinks.link_imports.rows import Row
from shortlinks.link_imports.text_files import FIELD
from shortlinks.words.language import _

_PIECE = 1 << 16
_LONGEST = 1 << 18
"""Characters of one link in a file."""
_MOST_A_PAGE = 10_000
"""Many times what is asked for, because not everybody keeps to that; a page has room for millions that say nothing."""
_SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Page:
    """Links, how many there are altogether as far as that is told, and whether these are the last."""

    rows: tuple[Row, ...]
    total: int | None
    last: bool


def shlink(answer: Any, before: int, page: int, *, now: int) -> Page:
    """A page of Shlink's, behind `before` links. Raises ValueError for what is none."""
    found = _object(_object(answer).get("shortUrls"))
    paging = _object(found.get("pagination"))
    items = _items(found.get("data"))
    read = tuple(_of_shlink(before + number, item, now) for number, item in enumerate(items, 1))
    pages = paging.get("pagesCount")
    return Page(read, _total(paging.get("totalItems")), not items or (isinstance(pages, int) and page >= pages))


def yourls(answer: Any, before: int) -> Page:
    """A page of YOURLS's, behind `before` links. Raises ValueError for what is none."""
    said = _object(answer)
    stats = _object(said.get("stats"))
    links = said.get("links") or {}
    items = _items(list(links.values()) if isinstance(links, dict) else links)
    read = tuple(_of_yourls(before + number, item) for number, item in enumerate(items, 1))
    return Page(read, _total(stats.get("total_links")), not items)


def kutt(answer: Any, before: int) -> Page:
    """A page of Kutt's, behind `before` links. Raises ValueError for what is none."""
    said = _object(answer)
    items = _items(said.get("data"))
    total = _total(said.get("total"))
    read = tuple(_of_kutt(before + number, item) for number, item in enumerate(items, 1))
    return Page(read, total, not items or (total is not None and before + len(items) >= total))


def kutt_file(text: IO[str], skip: int = 0) -> Iterator[Row]:
    """The links in a file with an answer of Kutt's, or with the list in it, one after the other, without the first `skip`.

    Raises Invalid naming `file`, at once or later, where it is none.
    """
    kept, ended, begun, number = "", False, False, 0
    decoder = json.JSONDecoder()
    while not ended:
        piece = text.read(_PIECE)
        kept, ended = kept + piece, not piece
        if not begun:
            place = _list_in(kept)
            if place is None:
                if ended or len(kept) > _LONGEST:
                    break
                continue
            kept, begun = kept[place:], True
        while (kept := kept.lstrip(_SPACE + ",")).startswith("{"):
            try:
                item, end = decoder.raw_decode(kept)
            except (ValueError, RecursionError):
                break
            kept, number = kept[end:], number + 1
            if number > skip:
                yield _of_kutt(number, item)
        if kept.startswith("]"):
            return
        if len(kept) > _LONGEST:
            break
    raise Invalid.field(FIELD, _("is no list of links of Kutt, or was cut off"))


def _list_in(text: str) -> int | None:
    """Where the list of links begins, None where that is not to be seen yet."""
    start = text.lstrip(_SPACE + "\ufeff")
    if start.startswith("["):
        return text.index("[") + 1
    found = text.find('"data"')
    place = text.find("[", found) if start.startswith("{") and found >= 0 else -1
    return place + 1 if place >= 0 else None


def _of_shlink(number: int, item: Mapping[str, Any], now: int) -> Row:
    meta, visits = _object(item.get("meta")), _object(item.get("visitsSummary"))
    since = rows.instant(meta.get("validSince"))
    barred = "visits" if meta.get("maxVisits") is not None else "rules" if item.get("hasRedirectRules") is True else ""
    return rows.made(
        number,
        slug=item.get("shortCode"),
        host=rows.split(item.get("shortUrl"))[0],
        target=item.get("longUrl"),
        title=item.get("title"),
        created_at=item.get("dateCreated"),
        tags=_list(item.get("tags")),
        expires_at=meta.get("validUntil"),
        clicks=visits.get("nonBots"),
        id_=item.get("shortUrl"),
        barred="later" if since is not None and since > now + times.MINUTE else barred,
    )


def _of_yourls(number: int, item: Mapping[str, Any]) -> Row:
    host, slug = rows.split(item.get("shorturl"))
    return rows.made(
        number,
        # YOURLS may live in a folder of its host; no keyword has a slash.
        slug=slug.rpartition("/")[2],
        host=host,
        target=item.get("url"),
        title=item.get("title"),
        created_at=item.get("timestamp"),
        clicks=item.get("clicks"),
        id_=slug.rpartition("/")[2],
    )


def _of_kutt(number: int, item: Mapping[str, Any]) -> Row:
    barred = "password" if item.get("password") else "banned" if item.get("banned") else ""
    return rows.made(
        number,
        slug=item.get("address"),
        host=rows.split(item.get("link"))[0],
        target=item.get("target"),
        title=item.get("description"),
        created_at=item.get("created_at"),
        expires_at=item.get("expire_in"),
        clicks=item.get("visit_count"),
        id_=item.get("id"),
        barred=barred,
    )


def _object(value: Any) -> Mapping[str, Any]:
    """Raises ValueError for what is no object; nothing at all is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("another answer was expected")
    return value


def _items(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or len(value) > _MOST_A_PAGE:
        raise ValueError("it holds no list of links")
    return [_object(item) for item in value]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _total(value: Any) -> int | None:
    return rows.count(value) if isinstance(value, int | str) else None
