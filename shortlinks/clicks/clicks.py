"""A click: one recorded request of a link, by anyone or anything. Immutable. Pure.

This module owns its two text forms, both one line of tab-separated fields:
the *recorded* form that travels through journal and stream, and the *kept* form with what the roll-up made of it, which
`kept_clicks` reads.
"""

import re
import zlib
from functools import lru_cache
from typing import Any, NamedTuple

from shortlinks.clicks import sources
from shortlinks.links import link_fields

AGENT_LIMIT = 512
ORIGIN_LIMIT = 128
_REMEMBERED = 512

PREFETCH = "prefetch"
EXPIRED = "expired"

_PREFETCH_HEADERS = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
_PREFETCH_WORDS = ("prefetch", "prerender", "preview")
# Destinations that no navigation has (Fetch standard, 2025: those have document, frame, iframe, embed or object, and in
# Chromium fencedframe). No header, or a word that is not here, means nothing: a new kind of navigation must not cost people.
_PART_OF_PAGE = frozenset(
    {
        *("audio", "audioworklet", "empty", "font", "image", "json", "manifest", "paintworklet", "report", "script"),
        *("serviceworker", "sharedworker", "speculationrules", "style", "text", "track", "video", "webidentity"),
        *("worker", "xslt"),
    }
)
_SLUG = link_fields.SLUG.fullmatch
_LATEST = 16**11  # what a click id can hold: the year 2527
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,31}")
_HOST = re.compile(r"[a-z0-9._~:\[\]-]+")


class Click(NamedTuple):
    """A click as it was recorded.

    `rev` is the turn of the link's history that was in force (so it names the target), `at` milliseconds UTC, `nonce`
    12 random hex digits, `signals` comma-separated tokens (`expired`, `prefetch`, names of click ids), `origin` the
    referrer's scheme and host.
    """

    post_id: str
    slug: str
    rev: int
    at: int
    nonce: str
    method: str
    signals: str
    visitor: str
    net: str
    country: str
    origin: str
    agent: str


class Kept(NamedTuple):
    """A click as it is kept: what was recorded and what the classifier (`version`) made of it."""

    post_id: str
    slug: str
    rev: int
    at: int
    nonce: str
    method: str
    signals: str
    visitor: str
    net: str
    country: str
    origin: str
    user_agent: str
    reason: str
    version: int
    app: str
    device: str
    os: str
    browser: str

    @property
    def id(self) -> str:
        """The click id."""
        return click_id(self.slug, self.rev, self.at, self.nonce)

    @property
    def referrer(self) -> str:
        """Where the visitor came from: scheme and host, "" when the browser did not say."""
        return self.origin


def click_id(slug: str, rev: int, at: int, nonce: str) -> str:
    """The public id of a click: it names its link, the link's turn and its millisecond, so no index is needed to find these
    again, and no clock to know what the link promoted then."""
    return f"{slug}.{at:011x}{nonce}{rev:x}"


def line(prefix: str, at: int, nonce: str, method: str, signals: str, visitor: str, origin: str, agent: str) -> bytes:
    """A click in the form that travels. `prefix` is `post_id, slug, rev`, `visitor` is `hash, net, country`, tab-joined.

    Header text arrives as latin-1 (PEP 3333), so encoding it back restores the bytes the client sent.
    """
    text = f"{prefix}\t{at}\t{nonce}\t{method}\t{signals}\t{visitor}\t{origin}\t{agent}"
    return text.encode("latin-1", "replace")


def parse(record: bytes) -> Click:
    """The click in one recorded line. Raises ValueError when the line has other fields than a click has."""
    fields = record.decode("utf-8", "replace").split("\t")
    post_id, slug, turn, instant, nonce, method, signals, visitor, net, country, origin, agent = fields
    rev, at = int(turn), int(instant)
    if not post_id or not _SLUG(slug) or len(nonce) != 12 or rev < 0 or not 0 <= at < _LATEST:
        raise ValueError("not a click")
    return Click(post_id, slug, rev, at, nonce, method, signals, visitor, net, country, origin, agent)


def clean(text: str, limit: int) -> str:
    """Header text cut to `limit` characters, control characters (which would break the line) turned into spaces."""
    text = text[:limit]
    if text.isprintable():
        return text
    return "".join(character if character >= " " and character != "\x7f" else " " for character in text)


def origin(referrer: str) -> str:
    """Scheme and host of a Referer header, lower-cased: no path, query, user name or password. "" if it has none."""
    end = referrer.find("/", referrer.find("//") + 2)
    return _origin(referrer[:end]) if 0 <= end < _REMEMBERED else _origin.__wrapped__(referrer)


# Remembers what stands before the path, and not if that is long: no page that somebody came from stays in memory.
@lru_cache(maxsize=4096)
def _origin(referrer: str) -> str:
    scheme, _, host = referrer.lower().partition("://")
    for stop in "/?#\\":
        host = host.partition(stop)[0]
    host = host.rpartition("@")[2]
    # Anything else is no browser's, and would be shown to the owner as a site that sends visitors.
    if not _SCHEME.fullmatch(scheme) or not _HOST.fullmatch(host):
        return ""
    return f"{scheme}://{host}"[:ORIGIN_LIMIT]


def signals(environ: dict[str, Any], known: str = "") -> str:
    """The tokens of one request: `known` (EXPIRED or ""), PREFETCH, and the names of the click ids in its query string.

    PREFETCH is for a browser that loads ahead of any tap, as Sec-Purpose (Fetch standard, 2023), Purpose and X-Purpose
    (Chrome, Safari) or X-Moz (Firefox before 115) say, or loads the link as a part of a page, as Sec-Fetch-Dest says.
    """
    ahead = environ.get("HTTP_SEC_FETCH_DEST") in _PART_OF_PAGE
    for header in _PREFETCH_HEADERS:
        if header in environ and any(word in environ[header].lower() for word in _PREFETCH_WORDS):
            ahead = True
    query = environ.get("QUERY_STRING")
    click_ids = sources.click_ids(query) if query else ""
    if not ahead and not click_ids:
        return known
    return ",".join(filter(None, (known, PREFETCH if ahead else "", click_ids)))


def kept_line(click: Click, reason: str, version: int, app: str, device: str, os: str, browser: str) -> str:
    """A click in the form that is kept. The post is not repeated: it is in the key."""
    return (
        f"{click.slug}\t{click.rev}\t{click.at}\t{click.nonce}\t{click.method}\t{click.signals}\t{click.visitor}\t{click.net}"
        f"\t{click.country}\t{click.origin}\t{click.agent}\t{reason}\t{version}\t{app}\t{device}\t{os}\t{browser}"
    )


def parse_kept(post_id: str, record: str) -> Kept:
    """The kept click in one line of the chunks of `post_id`. Raises ValueError for another form."""
    slug, rev, at, nonce, method, signs, visitor, net, country, source, agent, reason, version, *named = record.split(
        "\t"
    )
    app, device, os, browser = named
    seen = (method, signs, visitor, net, country, source, agent, reason, int(version), app, device, os, browser)
    return Kept(post_id, slug, int(rev), int(at), nonce, *seen)


def kept_reason(record: str) -> str:
    """The reason in a kept line, without reading the rest."""
    return record.split("\t", 12)[11]


def unkept(kept: Kept) -> Click:
    """The click as it was recorded."""
    return Click._make(kept[: len(Click._fields)])


def kept_at(record: str) -> int:
    """When the click in a kept line was: its `at`, without reading the rest."""
    return int(record.split("\t", 3)[2])


def pack(lines: list[str]) -> bytes:
    """Kept lines as one compressed chunk."""
    return zlib.compress("\n".join(lines).encode(), 6)


def unpack(chunk: bytes) -> list[str]:
    """The kept lines of one chunk."""
    return unpacked(chunk).decode().split("\n")


def unpacked(chunk: bytes) -> bytes:
    """The same as one text in UTF-8, a line break between two."""
    return zlib.decompress(chunk)
