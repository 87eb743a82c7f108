"""Fetching from real servers, kind and hostile ones; and that no way leads to where it must not."""

import itertools
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import far_side
import pytest
import trustme
from far_side import FarSide

from shortlinks import config
from shortlinks.fetching import addresses, connecting, fetching
from shortlinks.fetching.addresses import Address
from shortlinks.fetching.connecting import Refused, TooSlow, Unreachable
from shortlinks.fetching.fetching import Fetcher

STRICT = Fetcher(allowed=addresses.allowed(()), agent="ours/1")
LOOPBACK = replace(STRICT, allowed=addresses.allowed(("127.0.0.0/8", "::1")))


def resolves(*answers: str) -> Callable[[str, float], Sequence[Address]]:
    """A resolver that gives one answer after the other, the last one for good."""
    coming = itertools.chain(answers, itertools.repeat(answers[-1]))
    return lambda *_: [ip_address(part) for part in next(coming).split()]


@pytest.fixture
def shop() -> Iterator[FarSide]:
    with far_side.running() as side:
        yield side


@pytest.fixture
def dials(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where connections were made to; none is made to anywhere but loopback."""
    made: list[tuple[str, int]] = []
    create = socket.create_connection

    def noted(address: tuple[str, int], *rest: float | None, **named: object) -> socket.socket:
        made.append(address)
        if not ip_address(address[0]).is_loopback:
            raise ConnectionRefusedError
        return create(address, *rest)

    monkeypatch.setattr(socket, "create_connection", noted)
    return made


def test_an_answer_is_handed_back(shop: FarSide) -> None:
    answer = LOOPBACK.fetch(shop.url("/mugs?a=1#top"))
    assert (answer.status, answer.body, answer.whole) == (200, b"hello", True)
    assert answer.headers["content-length"] == "5"
    assert answer.seconds > 0
    assert shop.asked() == ["GET /mugs?a=1"]


def test_a_request_says_whose_it_is_and_nothing_else(
    shop: FarSide, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    own = config.Config(
        data_dir=tmp_path, secret_key="k" * 32, base_url="https://go.example", allow_fetch=("127.0.0.0/8",)
    )
    shop.replies["/"] = far_side.says("302 Found", "Location: /next", "Set-Cookie: a=b")
    fetching.of_service(own).fetch(shop.url().replace("//", "//me:secret@"))
    assert len(shop.seen) == 2
    for head in shop.seen:
        names = {line.partition(":")[0].lower() for line in head.split("\r\n")[1:] if line}
        assert names == {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert "User-Agent: from-likes-to-clicks/" in head
        assert "(+https://go.example)" in head


def test_what_is_sent_arrives_with_its_kind(shop: FarSide) -> None:
    shop.replies["/hook?a=1"] = far_side.says("204 No Content")
    answer = LOOPBACK.post(shop.url("/hook?a=1"), "12 Klicks, größer".encode(), kind="text/plain; charset=utf-8")
    assert answer.status == 204
    assert shop.asked() == ["POST /hook?a=1"]
    assert shop.bodies == ["12 Klicks, größer".encode()]
    assert "Content-Type: text/plain; charset=utf-8" in shop.seen[0]


def test_what_is_sent_follows_no_redirect_and_goes_to_no_private_address(
    shop: FarSide, dials: list[tuple[str, int]]
) -> None:
    shop.replies["/hook"] = far_side.says("307 Temporary Redirect", "Location: /elsewhere")
    assert LOOPBACK.post(shop.url("/hook"), b"{}", kind="application/json").status == 307
    assert shop.asked() == ["POST /hook"]
    dials.clear()
    with pytest.raises(Refused):
        STRICT.post(shop.url("/hook"), b"{}", kind="application/json")
    with pytest.raises(Refused):
        STRICT.post("file:///etc/passwd", b"{}", kind="application/json")
    assert dials == []


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/"),
        *("http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://0/", "http://[::]/"),
        *("http://[::ffff:127.0.0.1]/", "http://[::ffff:a9fe:a9fe]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/"),
        *("http://localhost/", "http://LOCALHOST./", "http://１２７.0.0.1/", "https://192.168.0.1/", "http://100.64.0.1/"),
    ],
)  # fmt: skip
def test_private_addresses_are_refused_however_they_are_spelled_also_behind_a_redirect(
    url: str, shop: FarSide, dials: list[tuple[str, int]]
) -> None:
    with pytest.raises(Refused):
        STRICT.fetch(url)
    assert dials == []
    # The shop itself is allowed by its name only, so that every address behind it is looked at.
    named = replace(STRICT, allowed=addresses.allowed(("shop.lan",)), resolve=_shop_or_system)
    shop.replies["/out"] = far_side.says("302 Found", f"Location: {url}")
    with pytest.raises(Refused):
        named.fetch(shop.url("/out", "shop.lan"))
    assert dials == [("127.0.0.1", shop.port)]


def _shop_or_system(host: str, seconds: float) -> Sequence[Address]:
    return [ip_address("127.0.0.1")] if host == "shop.lan" else connecting.look_up(host, seconds)


def test_a_name_with_any_private_address_is_refused(dials: list[tuple[str, int]]) -> None:
    with pytest.raises(Refused):
        replace(STRICT, resolve=resolves("8.8.8.8 10.0.0.1")).fetch("http://shop.example/")
    assert dials == []


def test_the_connection_goes_to_the_address_that_was_checked(dials: list[tuple[str, int]]) -> None:
    """A name that answers with a public address first and a private one the second time is asked once."""
    rebinding = replace(STRICT, resolve=resolves("8.8.8.8", "127.0.0.1"))
    with pytest.raises(Unreachable):
        rebinding.fetch("http://rebind.example/")
    assert dials == [("8.8.8.8", 80)]
    with pytest.raises(Refused):
        rebinding.fetch("http://rebind.example/")
    assert dials == [("8.8.8.8", 80)]


def test_each_redirect_is_resolved_and_checked_anew(shop: FarSide, dials: list[tuple[str, int]]) -> None:
    """The same name again, which means something else by now."""
    shop.replies["/"] = far_side.says("302 Found", "Location: /admin")
    once = replace(STRICT, allowed=addresses.allowed(("127.0.0.1",)), resolve=resolves("127.0.0.1", "127.0.0.2"))
    with pytest.raises(Refused):
        once.fetch(shop.url("/", "rebind.example"))
    assert shop.asked() == ["GET /"]
    assert dials == [("127.0.0.1", shop.port)]


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://shop.example/", "file:///etc/passwd", "gopher://shop.example/", "javascript:alert(1)", "itms-apps://shop.example/"),
        *("http://shop.example:25/", "http://shop.example:22/", "http://shop.example:6667/", "http://shop.example:0/"),
    ],
)  # fmt: skip
def test_other_schemes_and_odd_ports_are_refused(url: str, shop: FarSide, dials: list[tuple[str, int]]) -> None:
    with pytest.raises(Refused):
        replace(STRICT, resolve=resolves("8.8.8.8")).fetch(url)
    assert dials == []
    shop.replies["/"] = far_side.says("301 Moved", f"Location: {url}")
    with pytest.raises(Refused):
        LOOPBACK.fetch(shop.url())


def test_redirects_are_followed_but_not_for_ever(shop: FarSide) -> None:
    for number in range(9):
        shop.replies[f"/{number}"] = far_side.says("307 Temporary", f"Location: {number + 1}")
    answer = LOOPBACK.fetch(shop.url("/4"), method="HEAD")
    assert (answer.status, answer.url) == (200, shop.url("/9"))
    assert shop.asked() == [f"HEAD /{number}" for number in range(4, 10)]
    with pytest.raises(Unreachable) as caught:
        LOOPBACK.fetch(shop.url("/3"))
    assert caught.value.word == "redirects"


@pytest.mark.parametrize(("cookie", "word"), [((), "circle"), (("Set-Cookie: a=b",), "redirects")])
def test_a_circle_is_one_unless_a_cookie_may_end_it(shop: FarSide, cookie: tuple[str, ...], word: str) -> None:
    shop.replies["/"] = far_side.says("302 Found", "Location: /two", *cookie)
    shop.replies["/two"] = far_side.says("302 Found", "Location: /")
    with pytest.raises(Unreachable) as caught:
        LOOPBACK.fetch(shop.url())
    assert caught.value.word == word
    assert len(shop.seen) == 2


@pytest.mark.parametrize(
    "reply",
    [
        far_side.is_silent,
        far_side.drips(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"\r\nContent-Length: 0\r\n\r\n"),
        far_side.drips(b""),
        far_side.drips(b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["silence", "drip in the head", "drip from the start", "informational"],
)
def test_one_that_takes_its_time_is_given_up_in_time(shop: FarSide, reply: far_side.Reply) -> None:
    """Also where each byte comes long before a time-out of its own."""
    shop.replies["/"] = reply
    with pytest.raises(TooSlow):
        LOOPBACK.fetch(shop.url(), seconds=0.4)


def test_all_redirects_together_have_the_time_of_one(shop: FarSide) -> None:
    def after_a_while(_: str, path: str, connection: socket.socket) -> None:
        time.sleep(0.15)
        connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {path}x\r\nContent-Length: 0\r\n\r\n".encode())

    shop.replies |= {f"/{'x' * number}": after_a_while for number in range(9)}
    with pytest.raises(TooSlow):
        LOOPBACK.fetch(shop.url(), seconds=0.4)
    assert len(shop.seen) <= 3


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000\r\n"]
)
def test_an_endless_body_is_cut(shop: FarSide, head: bytes) -> None:
    shop.replies["/"] = far_side.pours(head)
    answer = LOOPBACK.fetch(shop.url())
    assert (answer.status, len(answer.body), answer.whole) == (200, fetching.MOST_BYTES, False)


def test_endless_headers_are_cut(shop: FarSide) -> None:
    shop.replies["/"] = far_side.pours(b"HTTP/1.1 200 OK\r\nX-Much: ")
    with pytest.raises(Unreachable) as caught:
        LOOPBACK.fetch(shop.url())
    assert caught.value.word == "protocol"


def test_a_dripping_body_is_what_came_in_time(shop: FarSide) -> None:
    shop.replies["/"] = far_side.drips(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    answer = LOOPBACK.fetch(shop.url(), seconds=1)
    assert (answer.status, answer.whole) == (200, False)
    assert len(answer.body) < 9_999


@pytest.mark.parametrize(
    "reply", [b"SSH-2.0-OpenSSH_9\r\n", b"", b"HTTP/1.1 two hundred\r\n\r\n", b"\x00\xff\x00\r\n\r\n"]
)
def test_what_is_no_web_server_is_told(shop: FarSide, reply: bytes) -> None:
    shop.replies["/"] = lambda _, __, connection: connection.sendall(reply)
    with pytest.raises(Unreachable) as caught:
        LOOPBACK.fetch(shop.url())
    assert caught.value.word == "protocol"


@pytest.mark.parametrize("location", ["http://", "http://[::1", "//", "http://a b/"])
def test_a_redirect_to_nowhere_is_told(shop: FarSide, location: str) -> None:
    shop.replies["/"] = far_side.says("302 Found", f"Location: {location}")
    with pytest.raises(Unreachable):
        LOOPBACK.fetch(shop.url())


def test_a_closed_port_is_told() -> None:
    with far_side.running() as side:
        url = side.url()
    with pytest.raises(Unreachable) as caught:
        LOOPBACK.fetch(url)
    assert caught.value.word == "connect"


def test_the_next_address_is_tried_where_one_takes_no_connection(shop: FarSide) -> None:
    answer = replace(LOOPBACK, resolve=resolves("127.0.0.9 ::1 127.0.0.1")).fetch(shop.url("/", "shop.example"))
    assert answer.status == 200


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "dns"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), "offline"),
        (UnicodeError("label too long"), "dns"),
    ],
)
def test_why_a_name_has_no_address_is_told(error: Exception, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    with pytest.raises(Unreachable) as caught:
        STRICT.fetch("http://shop.example/")
    assert caught.value.word == word


def test_a_name_server_that_is_silent_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(2) or [])
    with pytest.raises(TooSlow):
        STRICT.fetch("http://shop.example/", seconds=0.2)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def _certified(authority: trustme.CA, *names: str, trusted: bool = True) -> tuple[ssl.SSLContext, Fetcher]:
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(*names).configure_cert(server)
    if trusted:
        authority.configure_trust(client)
    return server, replace(LOOPBACK, resolve=resolves("127.0.0.1"), tls=lambda: client)


def test_tls_is_checked_against_the_name_though_the_address_is_what_was_dialled(authority: trustme.CA) -> None:
    server, fetcher = _certified(authority, "shop.example")
    with far_side.running(server) as side:
        assert fetcher.fetch(side.url("/", "shop.example", "https")).status == 200
        assert fetcher.fetch(side.url("/", "shop.example.", "https")).status == 200
        for other in ("other.example", "127.0.0.1"):
            with pytest.raises(Unreachable) as caught:
                fetcher.fetch(side.url("/", other, "https"))
            assert caught.value.word == "tls"
    assert len(side.seen) == 2


def test_a_certificate_that_nobody_vouches_for_is_refused(authority: trustme.CA) -> None:
    server, fetcher = _certified(authority, "shop.example", trusted=False)
    with far_side.running(server) as side, pytest.raises(Unreachable) as caught:
        fetcher.fetch(side.url("/", "shop.example", "https"))
    assert caught.value.word == "tls"
    assert side.seen == []


def test_the_authorities_of_this_machine_or_mozillas_are_known() -> None:
    context = fetching.trust()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) > 50


def test_ipv6_is_spoken() -> None:
    with far_side.running(family=socket.AF_INET6) as side:
        assert LOOPBACK.fetch(side.url("/", "[::1]")).status == 200
        assert f"Host: [::1]:{side.port}" in side.seen[0]
