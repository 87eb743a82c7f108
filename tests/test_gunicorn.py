"""What gunicorn is told in gunicorn_conf: how it meets clients that are slow, silent or malformed."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service import TOKEN, Service

HALF = b"GET /slow HTTP/1.1\r\nHost: a"


def test_slow_and_silent_clients_hold_up_redirects_for_a_moment_only(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        service.start("web")
        (slug,) = service.new_posts(1)
        assert service.call("GET", f"/{slug}")[0] == 302
        address = ("127.0.0.1", service.port)
        silent = [socket.create_connection(address) for _ in range(64)]
        service.until(lambda: service.call("GET", f"/{slug}")[0] == 302, "a link is followed beside silent clients")
        half_sent = [socket.create_connection(address) for _ in range(24)]
        for client in half_sent:
            client.sendall(HALF)
        service.until(lambda: service.call("GET", f"/{slug}")[0] == 302, "a link is followed beside slow clients")
        for client in (*silent, *half_sent):
            client.close()


def test_malformed_requests_put_no_address_into_the_log(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        service.start("web")
        for request in (b"GET / HTTP/9.9\r\n\r\n", b"NOT HTTP\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", service.port)) as client:
                client.sendall(request)
                assert client.recv(1_000).startswith(b"HTTP/1.1 4")
        assert "127.0.0.1" not in (tmp_path / "web.out").read_text().replace("http://127.0.0.1", "")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("bodies")) as service:
        service.start("web")
        service.until(lambda: service.call("GET", "/healthz")[0] == 200, "the web server answers")
        yield service


MIB = 1 << 20
POST = b'{"platform": "instagram", "title": "In pieces"}'


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def send(web: Service, path: str, framing: str, body: bytes) -> tuple[int, str, str]:
    """Status, media type and text of the answer to a POST of these very bytes, after which nothing more comes."""
    kind = "application/json" if path.startswith("/api/") else "application/x-www-form-urlencoded"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {kind}\r\n"
        f"Authorization: Bearer {TOKEN}\r\n{framing}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", web.port), timeout=30) as client:
        try:
            client.sendall(head.encode() + body)
            client.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):  # it has refused before it had everything
            pass
        answer = b""
        while piece := client.recv(65_536):
            answer += piece
    head, _, text = answer.decode().partition("\r\n\r\n")
    media = next(line for line in head.lower().splitlines() if line.startswith("content-type:"))
    return int(head.split()[1]), media.partition(":")[2].partition(";")[0].strip(), text


def test_a_chunked_body_is_read_to_its_end(web: Service) -> None:
    pieces = chunked(POST[:10], POST[10:], b" " * (MIB - len(POST)))
    status, _, text = send(web, "/api/v1/posts", "Transfer-Encoding: chunked", pieces)
    assert (status, json.loads(text)["title"]) == (201, "In pieces")


@pytest.mark.parametrize(
    "pieces",
    [
        [POST.ljust(MIB), b"GARBAGE"],
        [POST, *[b" " * 65_536] * 16],
        [b'{"platform":"instagram","title":"' + b"a" * 65_536, *[b"a" * 65_536] * 20, b'"}'],
    ],
    ids=["garbage behind a whole MiB", "spaces behind whole JSON", "one long text"],
)
def test_a_chunked_body_over_one_mebibyte_is_a_413_and_never_cut(web: Service, pieces: list[bytes]) -> None:
    status, media, text = send(web, "/api/v1/posts", "Transfer-Encoding: chunked", chunked(*pieces))
    assert (status, media) == (413, "application/problem+json")
    assert json.loads(text)["detail"] == "The body is larger than 1 MiB."


MALFORMED = [
    b"zz\r\n",
    b"5\r\nabcdeX\r\n",
    b"FFFFFFFFFFFFFFFFFF\r\n",
    b"5\r\n{}\r\n",
    b"2\r\n{}\r\n0\r\nbad trailer\r\n\r\n",
    b"2\r\n{}\r\n0\r\n",
]


@pytest.mark.parametrize("body", MALFORMED)
def test_a_malformed_chunked_body_is_a_400(web: Service, body: bytes) -> None:
    status, media, text = send(web, "/api/v1/conversions", "Transfer-Encoding: chunked", body)
    assert (status, media) == (400, "application/problem+json")
    assert json.loads(text)["errors"] == [{"field": "body", "message": "The body is malformed or was cut off."}]
    status, media, text = send(web, "/admin/sign-in", "Transfer-Encoding: chunked", body)
    assert (status, media) == (400, "text/html")
    assert "The body is malformed or was cut off." in text
    assert "Traceback" not in (web.folder / "web.out").read_text()


def test_a_body_shorter_than_its_length_is_a_400_even_when_it_looks_whole(web: Service) -> None:
    status, media, text = send(web, "/api/v1/posts", "Content-Length: 1000", POST)
    assert (status, media) == (400, "application/problem+json")
    assert json.loads(text)["detail"] == "The body is shorter than its Content-Length says."
    assert send(web, "/admin/sign-in", "Content-Length: 1000", b"password=x")[:2] == (400, "text/html")
