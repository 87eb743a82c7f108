"""A click: one recorded request of a link, by anyone or anything. Immutable.

This module owns its two text forms, both one line of tab-separated fields:
the *recorded* form that travels through journal and stream, and the *kept* form with what the roll-up made of it.
"""

import re
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from shortlinks import keys, link_fields, nouns, sources
from shortlinks.errors import Invalid
from shortlinks.store import Store

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
_STREAM_CHUNKS = 16
_START = ">0-0.-1"
_CURSOR = re.compile(r"([=>])(([0-9]{1,20})-([0-9]{1,20}))\.(-1|[0-9]{1,6})")
_LAST_ID = (1 << 64) - 1  # of a stream, and nothing follows it
_SLUG = link_fields.SLUG.fullmatch
_ID = re.compile(rf"(?:{link_fields.SLUG.pattern})\.([0-9a-f]{{11}})[0-9a-f]{{13,20}}")
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
    return zlib.decompress(chunk).decode().split("\n")


def stream(store: Store, post_id: str, *, start: int | None = None, end: int | None = None) -> Iterator[Kept]:
    """The kept clicks of a post in the order they were counted, with `start` <= at < `end` (milliseconds) where given.

    Holds a few chunks at a time, however many clicks there are.
    """
    for _, kept in _walk(store, post_id, _START):
        if _within(kept, start, end):
            yield kept


def page(
    store: Store,
    post_id: str,
    *,
    start: int | None = None,
    end: int | None = None,
    after: str | None = None,
    limit: int,
) -> tuple[list[Kept], str | None]:
    """At most `limit` kept clicks after the cursor `after`, and the cursor to go on from, None at the end.

    Raises Invalid naming `cursor` for one that was not given out here.
    """
    found: list[Kept] = []
    last = after
    for place, kept in _walk(store, post_id, after or _START):
        if _within(kept, start, end):
            if len(found) == limit:
                return found, last
            found.append(kept)
        last = place
    return found, None


def newest(store: Store, post_id: str, limit: int) -> list[Kept]:
    """The last `limit` kept clicks that were counted, the newest first. Costs the same however many there are."""
    pipe = store.redis.pipeline(transaction=True)
    pipe.lrange(keys.tail(post_id), -limit, -1)
    pipe.xrevrange(keys.kept(post_id), count=1)
    tail, chunks = pipe.execute()
    records = [record.decode() for record in tail]
    while chunks and len(records) < limit:
        [(name, fields)] = chunks
        records = unpack(fields[b"z"]) + records
        chunks = store.redis.xrevrange(keys.kept(post_id), max=b"(" + name, count=1)
    found = [parse_kept(post_id, record) for record in reversed(records[-limit:])]
    return sorted(found, key=lambda kept: kept.at, reverse=True)


def find(store: Store, post_id: str, id_: str) -> Kept | None:
    """The kept click of a post with this id. None when there is none, or none any more.

    Reads the chunks from the click's time on.
    """
    named = _ID.fullmatch(id_)
    if named is None:
        return None
    # A chunk is never named by a time that is still to come, and the clock that the click got its time from may be ahead.
    start = max(0, int(named[1], 16) - nouns.SKEW)
    return next((kept for _, kept in _walk(store, post_id, f">{start}-0.-1") if kept.id == id_), None)


def _within(kept: Kept, start: int | None, end: int | None) -> bool:
    return (start is None or kept.at >= start) and (end is None or kept.at < end)


def _walk(store: Store, post_id: str, cursor: str) -> Iterator[tuple[str, Kept]]:
    """Kept clicks behind `cursor`, each with its own cursor.

    A cursor is `=<chunk>.<index>` for a click inside a chunk and `><chunk>.<index>` for one that followed the last chunk:
    when the tail is sealed meanwhile, as many clicks further on it is in the chunks behind. Chunks and tail are read together.
    """
    known = _CURSOR.fullmatch(cursor)
    if not known or max(int(known[3]), int(known[4])) >= _LAST_ID:
        raise Invalid.field("cursor", "does not belong to this list")
    side, chunk, skip = known[1], known[2], int(known[5]) + 1
    low = chunk if side == "=" else f"({chunk}"
    last = chunk
    while True:
        pipe = store.redis.pipeline(transaction=True)
        pipe.xrange(keys.kept(post_id), min=low, count=_STREAM_CHUNKS)
        pipe.lrange(keys.tail(post_id), 0, -1)
        chunks, tail = pipe.execute()
        for name, fields in chunks:
            last = name.decode()
            if side == "=" and last != chunk:  # it is behind us, or was forgotten
                skip = 0
            records = unpack(fields[b"z"])
            begin = min(skip, len(records))
            for index, record in enumerate(records[begin:], begin):
                yield f"={last}.{index}", parse_kept(post_id, record)
            skip -= begin
            low = f"({last}"
        if len(chunks) < _STREAM_CHUNKS:
            begin = skip if side == ">" else 0
            for index, record in enumerate(tail[begin:], begin):
                yield f">{last}.{index}", parse_kept(post_id, record.decode())
            return
