"""Hostile headers as they come over the wire, through both web servers: whose click it is, and what is kept of it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from service import Service, on_linux

from shortlinks.clicks import clicks
from shortlinks.rollups import kept_clicks
from tests.chaos.nginx import nginx
from tests.service import free_port

pytestmark = pytest.mark.skipif(not on_linux, reason="finds processes in /proc, and has many addresses of its own")

FORWARDED = b"X-Forwarded-For: "
PEER = "127.7.7.7"
AGENT = b"Mozilla/5.0 (iPhone) Safari"


@pytest.fixture(scope="module", params=["gunicorn", "granian"])
def service(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Service]:
    # One web process: what comes one after the other is counted in that order.
    settings = {"SHORTLINKS_TRUSTED_PROXIES": "1", "WEB_CONCURRENCY": "1"}
    with Service(tmp_path_factory.mktemp(request.param), SHORTLINKS_SERVER=request.param, **settings) as prepared:
        prepared.supervise()
        yield prepared


def get(port: int, slug: str, *headers: bytes, agent: bytes = AGENT, peer: str = PEER) -> int:
    """GET a link with exactly these headers, coming from `peer`. The status of the answer, 0 where there is none."""
    with socket.create_connection(("127.0.0.1", port), 30, (peer, 0)) as connection:
        lines = [f"GET /{slug} HTTP/1.1".encode(), b"Host: go.example", b"Connection: close", b"User-Agent: " + agent]
        connection.sendall(b"\r\n".join([*lines, *headers, b"", b""]))
        answer = connection.recv(65_536)
    return int(answer.split(b" ", 2)[1]) if answer else 0


def kept(service: Service, post_id: str) -> list[clicks.Kept]:
    service.settle()
    return list(kept_clicks.stream(service.store, post_id))


BELIEVED = [
    ("the right-most entry counts", [FORWARDED + b"1.1.1.1, 127.7.7.7,8.8.8.8"]),
    ("of many, too", [FORWARDED + b"1.1.1.1, " * 1_500 + b"8.8.8.8"]),
    ("of several lines the last one's", [FORWARDED + b"1.1.1.1", FORWARDED + b"1.0.0.1, 8.8.8.8"]),
    ("garbage further left is not looked at", [FORWARDED + b"<script>, , 8.8.8.8 ,"]),
    ("with a port", [FORWARDED + b"8.8.8.8:51000"]),
    ("mapped into IPv6", [FORWARDED + b"::ffff:8.8.8.8"]),
    ("mapped, as hex, with port", [FORWARDED + b"[::FFFF:0808:0808]:443"]),
    ("other headers say nothing", [FORWARDED + b"8.8.8.8", b"X-Real-IP: 1.1.1.1", b"Forwarded: for=1.1.1.1"]),
]
NOT_BELIEVED = [
    ("none", []),
    ("only others", [b"X-Real-IP: 8.8.8.8", b"Forwarded: for=8.8.8.8", b"CF-Connecting-IP: 8.8.8.8"]),
    ("empty", [FORWARDED]),
    ("commas", [FORWARDED + b", ,,"]),
    ("no address", [FORWARDED + b"unknown"]),
    ("garbage behind an address", [FORWARDED + b"8.8.8.8, unknown"]),
    ("five numbers", [FORWARDED + b"8.8.8.8.8"]),
    ("a number too large", [FORWARDED + b"8.8.8.256"]),
    ("octal, as some read it", [FORWARDED + b"010.8.8.8"]),
    ("a byte too many", [FORWARDED + b"8.8.8.8\xff"]),
    ("an emoji", [FORWARDED + "😀".encode()]),
    ("full-width digits", [FORWARDED + "８.８.８.８".encode()]),
    ("half an IPv6 address", [FORWARDED + b"2001:db8::1::2"]),
    ("a zone and no address", [FORWARDED + b"%eth0"]),
    ("a quoted pair", [FORWARDED + b'for="8.8.8.8"']),
    ("10 KB", [FORWARDED + b"8" * 10_000]),
]
SAME_IPV6 = [
    [FORWARDED + written]
    for written in (
        *(b"2001:4860:4860::8888", b"[2001:4860:4860::8888]:443", b"2001:4860:4860:0:0:0:0:8888"),
        *(b"2001:4860:4860::8888%eth0", b"2001:4860:4860::8888%<script>", b"1.1.1.1, 2001:4860:4860:0000::8888"),
    )
]


def test_the_address_is_what_the_trusted_proxy_says_and_else_the_peer(service: Service) -> None:
    ((slug, post_id),) = service.new_posts(1).items()
    sent = [[FORWARDED + b"8.8.8.8"], *(headers for _, headers in BELIEVED), *(headers for _, headers in NOT_BELIEVED)]
    for headers in [*sent, *SAME_IPV6]:
        assert get(service.port, slug, *headers) == 302, headers
    visitors = [(click.visitor, click.net, click.country) for click in kept(service, post_id)]
    google, *believed = visitors[: len(BELIEVED) + 1]
    peer, *not_believed = visitors[len(BELIEVED) + 1 : len(sent)]
    assert {case for (case, _), visitor in zip(BELIEVED, believed, strict=True) if visitor != google} == set()
    assert {case for (case, _), visitor in zip(NOT_BELIEVED[1:], not_believed, strict=True) if visitor != peer} == set()
    six = set(visitors[len(sent) :])
    assert [len(six), len({google, peer} | six)] == [1, 3]
    assert (google[2], peer[2], six.pop()[2]) == ("US", "", "US")

    # The peer is that of the connection, and another one is somebody else.
    get(service.port, slug, peer="127.7.7.8")
    assert kept(service, post_id)[-1].visitor != peer[0]


def test_without_trusted_proxies_nobody_is_believed(tmp_path: Path) -> None:
    with Service(tmp_path, SHORTLINKS_TRUSTED_PROXIES="0") as service:
        service.start("web", "rollup")
        ((slug, post_id),) = service.new_posts(1).items()
        for headers in ([], *(headers for _, headers in BELIEVED), *SAME_IPV6):
            assert get(service.port, slug, *headers) == 302
        assert len({(click.visitor, click.net, click.country) for click in kept(service, post_id)}) == 1


def test_names_with_underscores_are_not_believed(service: Service, tmp_path: Path) -> None:
    """In WSGI they look like those with dashes (PEP 3333). gunicorn drops them; before granian the proxy has to."""
    ((slug, post_id),) = service.new_posts(1).items()
    names = (b"X_Forwarded_For", b"X-Forwarded_For", b"x_forwarded-for")
    ports = {"gunicorn": service.port, "granian": free_port()}
    port = ports[service.environ["SHORTLINKS_SERVER"]]
    with nginx(tmp_path, ports["granian"], service.port):
        service.until(lambda: answers(port), "the web server answers")
        forwarded = [FORWARDED + b"8.8.8.8"]
        for spoofed in ([], *([name + b": 1.1.1.1"] for name in names)):
            for headers in (spoofed, [*forwarded, *spoofed], [*spoofed, *forwarded]):
                assert get(port, slug, *headers) == 302
    found = kept(service, post_id)
    assert {click.country for click in found} <= {"US", ""}
    # nginx says who came to it: the one peer of all.
    assert len({click.visitor for click in found}) == (2 if port == service.port else 1)


def answers(port: int) -> bool:
    try:
        return get(port, "healthz") == 200
    except OSError:
        return False


STRANGE = [
    (b"x" * 10_000, "x" * clicks.AGENT_LIMIT),
    ("😀".encode() * 3_000, "😀" * (clicks.AGENT_LIMIT // 4)),
    ("Mozilla/5.0 (Zürich; 日本) 😀".encode(), "Mozilla/5.0 (Zürich; 日本) 😀"),
    (b"not \xff\xfe UTF-8", "not �� UTF-8"),
    (b"a\tb", "a b"),
    (b"\x1b[31mred\x07", " [31mred "),
    (b"half \x00 a line", "half   a line"),
    (b"\xc2\x85\xe2\x80\xa8 next line", "\x85\u2028 next line"),
    (b"=cmd|' /C calc'!A0 <script>alert(1)</script> ${jndi:ldap://x}", None),
]
STRANGE_REFERRERS = [
    (b"https://Shop.example/" + b"y" * 10_000, "https://shop.example"),
    (b"https://" + b"z" * 10_000 + b".example/", "https://" + "z" * (clicks.ORIGIN_LIMIT - 8)),
    (b"https://ada:secret@shop.example:8443/?q=1#f", "https://shop.example:8443"),
    ("https://bücher.example/😀".encode(), ""),
    (b"https://\xff\xfe/", ""),
    (b"https://a\tb/", ""),
    (b"https://a\x00b/", ""),
    (b"https://\x1b[31m/", ""),
    (b"javascript:alert(1)", ""),
    ("😀".encode() * 2_500, ""),
]


def test_strange_agents_and_referrers_are_one_click_each_or_refused(service: Service) -> None:
    ((slug, post_id),) = service.new_posts(1).items()
    expected: list[tuple[str, str]] = []
    refused: list[bytes] = []
    # granian gives a header with bytes beyond ASCII as empty.
    read = bytes.isascii if service.environ["SHORTLINKS_SERVER"] == "granian" else bool
    for agent, seen in STRANGE:
        if get(service.port, slug, agent=agent) == 302:
            expected.append(((agent.decode() if seen is None else seen) if read(agent) else "", ""))
        else:
            refused.append(agent)
    for referrer, origin in STRANGE_REFERRERS:
        if get(service.port, slug, b"Referer: " + referrer) == 302:
            expected.append((AGENT.decode(), origin))
        else:
            refused.append(referrer)
    # A web server may refuse what no header can hold (RFC 9110, 5.5), and nothing else.
    assert all(any(octet < 0x20 and octet != 0x09 for octet in value) for value in refused), refused
    found = [(click.user_agent, click.referrer) for click in kept(service, post_id)]
    assert [(a, b) for a, b in zip(found, expected, strict=True) if a != b] == []
    ledger = service.ledger(post_id)
    assert (ledger["hits"], ledger["lost"]) == (len(expected), 0)
    assert service.call("GET", f"/api/v1/clicks?post={post_id}")[0] == 200
    status, lines = service.call("GET", f"/api/v1/clicks?post={post_id}", Accept="application/x-ndjson")
    assert (status, len(lines)) == (200, len(expected))
    for counter in ("garbled", "rejected", "dropped"):
        assert service.call("GET", "/readyz")[1]["counters"][counter] == 0
