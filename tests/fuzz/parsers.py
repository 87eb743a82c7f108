"""Targets that call one function: journal lines, headers of requests, and what people type."""

import csv
import io
import json
import re
import tempfile
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from shortlinks import times, urls
from shortlinks.clicks import classify, clicks, journal, neighbours, visitors
from shortlinks.errors import Invalid
from shortlinks.links import link_fields, links, locations
from shortlinks.rollups import rollups, steps, tally
from shortlinks.snapshots import overview_csv, typed
from shortlinks.web.admin import local
from shortlinks.web.api import clicks as click_calls
from tests.fuzz import Target, deliveries, link_files, words

OWN_HOSTS = frozenset({"go.example", "localhost", "127.0.0.1", "::1"})
_SALT = b"s" * 32
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[a-z0-9._~:\[\]-]+")
_FORMULA = (*"=+-@＝＋－＠", "\t", "\r", "\n")


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """A click as the web process writes it, whatever its visitor sent."""
    agent = draw(words.header(words.agents))
    address, origin = draw(words.addresses), clicks.origin(draw(words.header(words.urls)))
    return clicks.line(
        f"{draw(st.sampled_from(('p1', 'p2')))}\t{draw(st.sampled_from(('k7m2p', 'sale')))}\t{draw(st.integers(0, 3))}",
        draw(st.integers(0, 2 * 10**12)),
        f"{draw(st.integers(0, 16**12 - 1)):012x}",
        draw(st.sampled_from(("GET", "HEAD"))),
        draw(st.sampled_from(("", clicks.PREFETCH, clicks.EXPIRED))),
        visitors.identify(address, agent, _SALT),
        origin,
        clicks.clean(agent, clicks.AGENT_LIMIT),
    )


@st.composite
def _spoilt(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Bytes with a few of them changed, cut out or put in."""
    data = draw(whole)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 20)))
        data = (
            data[:start]
            + draw(st.binary(max_size=4) | st.sampled_from((b"\t", b"\n", b"-1", b"0x", b"|")))
            + data[end:]
        )
    return data


_fields = st.lists(
    words.plain.map(lambda text: text.replace("\t", " ")) | st.integers().map(str), min_size=10, max_size=14
)
_odd_records = (
    _spoilt(records()) | _fields.map(lambda row: "\t".join(row).encode("utf-8", "replace")) | st.binary(max_size=80)
)
_lines = (
    records().map(journal.framed)
    | _odd_records.map(lambda record: journal.framed(record.replace(b"\n", b"")))
    | _spoilt(records().map(journal.framed))
    | st.binary(max_size=40)
)


def check_journal(pieces: list[bytes]) -> None:
    """It is read the same in one go and in small pieces, and a line is good only as it was written."""
    data = b"".join(pieces)
    longest = max((len(line) + 1 for line in data.split(b"\n")), default=1)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        found = list(journal.read(file.fileno(), 0, len(data) + 1))
        in_pieces: list[tuple[int, bytes, bytes | None]] = []
        offset = 0
        while piece := list(journal.read(file.fileno(), offset, longest + 1)):
            in_pieces += piece
            offset = piece[-1][0]
    assert in_pieces == found
    assert b"".join(line + b"\n" for _, line, _ in found) == data[: data.rfind(b"\n") + 1]
    assert [end for end, _, _ in found] == [at + 1 for at, byte in enumerate(data) if byte == ord("\n")]
    good = [record for _, _, record in found if record is not None]
    for _, line, record in found:
        assert record is None or line + b"\n" == journal.framed(record)
    _check_counting(good)


def _check_counting(good: list[bytes]) -> None:
    """Every line is counted or rejected; what is counted can be shown; what is kept says what was recorded."""
    found, rejected = tally.parse(b"\n".join(good)) if good else ([], 0)
    assert len(found) + rejected == len(good)
    counted = tally.count(tally.judge(found), neighbours.Recent({}))
    assert counted.counted == len(found)
    json.loads(steps.of_batch(counted, {}, now=times.now(), posts=())[1])
    for post_id, post in counted.posts.items():
        its = [click for click in found if click.post_id == post_id]
        assert rollups.hits(dict(post.total)) == post.total[tally.VERSION] == len(its)
        for field in post.days:
            day, slug, reason = field.split("|")
            assert int(day) in post.minutes
            if not slug:
                assert reason.partition(":")[0] in ("version", "preview", "pasted")
                continue
            assert link_fields.SLUG.fullmatch(slug)
            assert reason in classify.REASONS
        assert clicks.unpack(clicks.pack(post.lines)) == post.lines
        for click, line in zip(its, post.lines, strict=True):
            kept = clicks.parse_kept(post_id, line)
            assert kept[:12] == click
            assert kept.rev >= 0
            assert times.parse(click_calls.shape(kept, None)["at"], "at") == click.at


@st.composite
def _headers(draw: st.DrawFn) -> bytes:
    lost = draw(st.dictionaries(st.sampled_from(("p1", journal.ANY_POST)), st.integers(0, 10**6)))
    block = journal.Header(draw(words.plain), lost, draw(words.plain)).encode()
    fields = draw(
        st.none() | words.json_values | st.dictionaries(st.sampled_from(("store", "lost", "name")), words.json_values)
    )
    other = json.dumps(fields).encode().ljust(journal.HEADER_SIZE - 10)
    return draw(st.just(block) | _spoilt(st.just(block)) | st.just(journal.framed(other)) | st.binary(max_size=40))


def check_header(block: bytes) -> None:
    """It is garbled, or what a web process writes."""
    with tempfile.TemporaryFile() as file:
        file.write(block)
        file.flush()
        header = journal.read_header(file.fileno())
    if header is not None:
        assert isinstance(header.store_id, str)
        assert isinstance(header.name, str)
        assert all(isinstance(post, str) and type(count) is int and count >= 0 for post, count in header.lost.items())


_typed = (
    words.counts
    | words.json_values
    | st.builds(
        "{}{}{}{}".format,
        st.integers(0, 10**6),
        st.sampled_from(("", ".", ",", " ")),
        words.counts,
        st.sampled_from(("", "k", "K", " mil", "M", " Mio.", "lakh", "万")),
    )
)


def check_count(value: Any) -> None:
    """Refused, or a believable number whose rounding is a step of its own size, and which reads as itself."""
    try:
        found = typed.count(value, "views")
    except Invalid:
        return
    assert 0 <= found.value <= typed.LARGEST
    assert found.precision >= 0
    assert not found.precision or found.value % (2 * found.precision) == 0
    assert typed.count(str(found.value), "views") == typed.Count(found.value, 0)


def check_agent(sent: tuple[str, str, str, str]) -> None:
    """Every click gets one of the reasons."""
    verdict = classify.classify(*sent)
    assert verdict.reason in classify.REASONS
    assert verdict.device in ("phone", "tablet", "desktop", "other")
    assert "\t" not in verdict.app + verdict.os + verdict.browser


@st.composite
def _told(draw: st.DrawFn) -> tuple[str, str]:
    """A referrer whose every part but scheme and host is a secret, and its host; or any text, and ""."""
    if draw(st.booleans()):
        return draw(words.header(words.urls)), ""
    host = draw(st.sampled_from(("shop.example", "l.instagram.com", "[2001:db8::1]:8000")))
    secret = "secret" * draw(st.integers(1, 1_300))
    before, behind = (
        draw(st.sampled_from(("", "{}@", "{}:{}@", "a@{}@"))),
        draw(st.sampled_from(("", "/{}", "?{}", "#{}", "\\{}"))),
    )
    return f"https://{before}{host}{behind}".replace("{}", secret), host


def check_referrer(sent: tuple[str, str]) -> None:
    """What is kept is a scheme and a host, or nothing."""
    referrer, host = sent
    kept = clicks.origin(referrer)
    assert len(kept) <= clicks.ORIGIN_LIMIT
    assert not kept or _ORIGIN.fullmatch(kept)
    assert not host or kept in ("", f"https://{host}")


def check_forwarded(sent: tuple[str, str, int, str]) -> None:
    """Nobody can claim an address past the proxies, and none is told to anyone."""
    chain, peer, trusted, agent = sent
    found = visitors.client_address({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": chain}, trusted)
    entries = [item.strip() for item in chain.split(",") if item.strip()]
    told = {
        part for entry in entries[-trusted:] for part in (entry, entry[1:].partition("]")[0], entry.partition(":")[0])
    }
    assert found == peer or (visitors.packed(found) and found in told)
    if len(entries) >= trusted:
        claimed = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": f"192.0.2.1, {chain}"}
        assert visitors.client_address(claimed, trusted) == found
    visitor, network, country = visitors.identify(found, agent, _SALT).split("\t")
    assert (len(visitor), len(network)) == (12, 8)
    assert re.fullmatch("[A-Z]{2}|", country)


def check_slug(text: str) -> None:
    """A slug that is taken is found as it is; one that is typed is found as it was before."""
    assert links.normalise(links.normalise(text)) == links.normalise(text)
    try:
        slug = link_fields.slug(links.RESERVED_ALWAYS)(text, "slug")
    except Invalid:
        return
    assert link_fields.SLUG.fullmatch(slug)
    assert links.normalise(slug) == slug


def check_target(text: Any) -> None:
    """Refused, or an address of http or https, of nobody's account and not our own, that is taken again as it is."""
    try:
        found = urls.target(text, own_hosts=OWN_HOSTS)
    except Invalid:
        return
    assert re.fullmatch("[!-~]+", found)
    parts = urlsplit(found)
    assert parts.scheme in ("http", "https")
    assert parts.hostname
    assert "@" not in parts.netloc
    assert parts.hostname.removesuffix(".") not in OWN_HOSTS
    assert urls.target(found, own_hosts=OWN_HOSTS) == found
    assert urls.permalink(found) == found


def check_location(sent: tuple[str, str, dict[str, str], str | None]) -> None:
    """Whatever the visitor's query holds, they are sent to the target's own place, in a header of one line."""
    text, query, utm, parameter = sent
    try:
        target = urls.target(text, own_hosts=OWN_HOSTS)
    except Invalid:
        return
    found = locations.location(target, utm=utm, forwarded=query, click_id_param=parameter, click_id="k7m2p.0")
    assert re.fullmatch("[!-~]+", found)
    assert urlsplit(found)[:3] == urlsplit(target)[:3]
    assert urlsplit(found).fragment == urlsplit(target).fragment
    assert urlsplit(found).query.startswith(urlsplit(target).query)


def check_csv(records: list[bytes]) -> None:
    """A reader gets back each cell, and a spreadsheet finds nothing to run."""
    found, _ = tally.parse(b"\n".join(records))
    counted = tally.count(tally.judge(found), neighbours.Recent({}))
    rows = [
        click_calls.shape(clicks.parse_kept(post_id, line), None)
        for post_id, post in counted.posts.items()
        for line in post.lines
    ]
    header, *read = csv.reader(io.StringIO("".join(click_calls.to_csv(rows)), newline=""))
    assert tuple(header) == click_calls.COLUMNS
    assert len(read) == len(rows)
    for row, cells in zip(rows, read, strict=True):
        for name, cell in zip(click_calls.COLUMNS, cells, strict=True):
            text = row[name] or ""
            assert cell == (f"'{text}" if text.startswith(_FORMULA) else text)
            assert not cell.startswith(_FORMULA)


def check_overview(data: bytes) -> None:
    """Refused, or days that were over, each once."""
    try:
        found = overview_csv.read(data, today=20_000)
    except Invalid:
        return
    days = [row.day for row in found.rows]
    assert len(set(days)) == len(days)
    assert all(0 <= day < 20_000 for day in days)


def check_share(value: Any) -> None:
    """Refused, or a share of a hundred."""
    try:
        share = typed.share(value, "share")
    except Invalid:
        return
    assert 0 <= share <= 100


def check_time(text: Any) -> None:
    """Refused, or an instant that reads as itself."""
    try:
        at = times.parse(text, "at")
    except Invalid:
        return
    assert at >= 0
    if at < times.parse("9999-12-31T23:59:59Z", "at"):
        assert times.parse(times.rfc3339(at), "at") == at


def check_local_time(sent: tuple[str, str]) -> None:
    """Refused, or an instant."""
    text, name = sent
    try:
        zone = times.zone(name)
        at = local.from_input(text, zone, "at")
    except Invalid:
        return
    assert isinstance(zone, ZoneInfo)
    assert isinstance(at, int)


TARGETS = (
    Target("journal lines", st.lists(_lines, max_size=8), check_journal, 150),
    Target("journal headers", _headers(), check_header, 100),
    Target("typed counts", _typed, check_count, 400),
    Target(
        "user agents",
        st.tuples(st.sampled_from(("GET", "HEAD")), words.plain, words.header(words.agents), words.urls),
        check_agent,
        100,
    ),
    Target("referrers", _told(), check_referrer, 200),
    Target(
        "forwarded-for chains",
        st.tuples(words.chains(), words.addresses, st.integers(0, 3), words.agents),
        check_forwarded,
        200,
    ),
    Target("slugs", words.slugs | words.plain, check_slug, 200),
    Target("target addresses", words.urls | words.json_values, check_target, 400),
    Target(
        "locations",
        st.tuples(
            words.urls,
            words.header(words.urls),
            st.dictionaries(st.sampled_from(link_fields.UTM), words.plain),
            st.sampled_from((None, "slc", "a")),
        ),
        check_location,
        200,
    ),
    Target("CSV", st.lists(records(), max_size=5), check_csv, 100),
    Target("overviews", words.overviews(), check_overview, 200),
    Target("shares", words.counts | words.json_values, check_share, 200),
    Target("times", words.instants | words.json_values, check_time, 200),
    Target("local times", st.tuples(words.instants | words.plain, words.zones), check_local_time, 200),
    *deliveries.PARSERS,
    *link_files.TARGETS,
)
