"""Shlink's visits: our clicks that are still kept, newest first, without an address or a place more precise than the country."""

from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple

from flask import Response, jsonify, request

from shortlinks import times
from shortlinks.clicks.clicks import Kept, kept_reason, parse_kept
from shortlinks.links import link_index, link_search, misses
from shortlinks.links.link_index import Entry
from shortlinks.links.links import Link
from shortlinks.rollups import kept_clicks, link_totals
from shortlinks.web.dialects import making, shlink, shlink_fields, shlink_tags
from shortlinks.web.services import services

_MOST = 5_000
"""Visits on a page; as many as Shlink's web client asks for at once."""

_ORPHAN_DAYS = misses.KEPT_SECONDS * times.SECOND // times.DAY
_TYPES = ("", "base_url", "invalid_short_url", "regular_404")


class _Visit(NamedTuple):
    """A click of a post, as it is kept: most are only counted."""

    at: int
    post_id: str
    record: str


def _of_links(found: Sequence[Entry]) -> Response:
    """The visits of these links that the query asks for."""
    number, size = shlink.page(_MOST)
    visits = _kept(found)
    shown = [parse_kept(visit.post_id, visit.record) for visit in visits[(number - 1) * size : number * size]]
    by_slug = {link.slug: link for link in link_search.find_all(services().store, {visit.slug for visit in shown})}
    data = [_shape(visit, by_slug[visit.slug]) for visit in shown if visit.slug in by_slug]
    return _answer(data, shlink.pagination(number, size, len(visits), len(data)))


def _answer(data: list[dict[str, Any]], pagination: dict[str, int]) -> Response:
    return jsonify({"visits": {"data": data, "pagination": pagination}})


def _kept(found: Sequence[Entry]) -> list[_Visit]:
    first, last = (request.args.get(name) for name in ("startDate", "endDate"))
    start = shlink_fields.moment(first, "startDate") if first else None
    # Shlink's is the last second that counts.
    end = shlink_fields.moment(last, "endDate") + times.SECOND if last else None
    without_bots = shlink.yes("excludeBots")
    slugs = {slug.decode() for _at, slug, *_rest in found}
    visits = []
    for post_id in dict.fromkeys(post_id.decode() for entry in found for post_id in link_index.posts_of(entry)):
        for record in kept_clicks.records(services().store, post_id):
            slug, _rev, digits, _rest = record.split("\t", 3)
            at = int(digits)
            in_time = (start is None or at >= start) and (end is None or at < end)
            if slug in slugs and in_time and not (without_bots and kept_reason(record) != "human"):
                visits.append(_Visit(at, post_id, record))
    visits.sort(key=lambda visit: visit.at, reverse=True)
    return visits


def _shape(visit: Kept, link: Link) -> dict[str, Any]:
    turn = next(islice(link.history, visit.rev, None), None)
    return {
        "referer": visit.origin,
        "date": shlink_fields.written(visit.at),
        "userAgent": visit.user_agent,
        "visitLocation": _location(visit.country) if visit.country else None,
        "potentialBot": visit.reason != "human",
        "visitedUrl": making.short_url(link),
        "redirectUrl": (turn.target or None) if turn else None,
    }


def _location(country: str) -> dict[str, Any]:
    """The country alone. Shlink has no null in a place, and clients take none: what is not known is empty, or 0."""
    words = dict.fromkeys(("regionName", "cityName", "timezone"), "")
    return {
        "countryCode": country,
        "countryName": country,
        **words,
        "latitude": 0.0,
        "longitude": 0.0,
        "isEmpty": False,
    }


@shlink.on("GET", "/short-urls/<code>/visits")
@shlink.needs("read")
def short_url_visits(code: str) -> Response:
    """The visits of a link."""
    return _of_links([link_index.entry(shlink.link(code))])


@shlink.on("GET", "/tags/<tag>/visits")
@shlink.needs("read")
def tag_visits(tag: str) -> Response:
    """The visits of all links that promote a post with this tag."""
    having = shlink_tags.having(tag)
    if not having:
        raise shlink.Refused(
            404, "tag-not-found", "Tag not found", f'Tag with name "{tag}" could not be found', tag=tag
        )
    ours = shlink.is_ours(request.args.get("domain"))
    found = link_search.in_use(services().store) if ours else []
    return _of_links([entry for entry in found if entry[3] in having])


@shlink.on("GET", "/domains/<domain>/visits")
@shlink.needs("read")
def domain_visits(domain: str) -> Response:
    """The visits of all links: there is one domain."""
    if not shlink.is_ours(domain):
        detail = f'Domain with authority "{domain}" could not be found'
        raise shlink.Refused(404, "domain-not-found", "Domain not found", detail, authority=domain)
    return _of_links(link_search.in_use(services().store))


@shlink.on("GET", "/visits/non-orphan")
@shlink.needs("read")
def non_orphan_visits() -> Response:
    """The visits of all links."""
    ours = shlink.is_ours(request.args.get("domain"))
    return _of_links(link_search.in_use(services().store) if ours else [])


@shlink.on("GET", "/visits/orphan")
@shlink.needs("read")
def orphan_visits() -> Response:
    """Of requests for addresses that do not exist a count is kept, and no rows: the list is empty."""
    shlink.one_of("type", *_TYPES)
    number, size = shlink.page(_MOST)
    return _answer([], shlink.pagination(number, size, 0, 0))


@shlink.on("GET", "/visits")
@shlink.needs("read")
def visits_overview() -> Response:
    """How many there were: of links since they were made, of addresses that do not exist in the days of which counts are kept."""
    store = services().store
    total = link_totals.in_use(store)
    missed = sum(count for _slug, count in misses.latest(store, days=_ORPHAN_DAYS, now=times.now()))
    regular = shlink.summary(total.hits, total.human)
    return jsonify(
        {
            "visits": {
                "nonOrphanVisits": regular,
                "orphanVisits": shlink.summary(missed, missed),
                "visitsCount": regular["total"],
                "orphanVisitsCount": missed,
            }
        }
    )
