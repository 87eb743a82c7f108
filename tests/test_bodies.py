"""A request's body is read whole or refused, whichever server reads it from the socket."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.service import TOKEN, Service


@pytest.fixture(scope="module", params=["gunicorn", "granian"])
def web(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("bodies"), SHORTLINKS_SERVER=request.param) as service:
        service.supervise()
        yield service


MIB = 1 << 20
POST = b'{"platform": "instagram", "title": "In pieces"}'


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def send(web: Service, path: str, framing: str, body: bytes, *, hang_up: bool = False) -> tuple[int, str, str]:
    """Status, media type and text of the answer to a POST of these very bytes; zeros where the server just hangs up.

    With `hang_up` the client says that nothing more will come.
    """
    kind = "application/json" if path.startswith("/api/") else "application/x-www-form-urlencoded"
    asked = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {kind}\r\n"
        f"Authorization: Bearer {TOKEN}\r\n{framing}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", web.port), timeout=30) as client:
        client.sendall(asked.encode() + body)
        if hang_up:
            client.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := client.recv(65_536):
            answer += piece
    if not answer:
        return 0, "", ""
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
        [b'{"platform":"instagram","title":"' + b"a" * 65_536, *[b"a" * 65_536] * 15, b'"}'],
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


# granian takes it for the end of the body, and the application cannot tell.
@pytest.mark.parametrize("web", ["gunicorn"], indirect=True)
@pytest.mark.parametrize("body", MALFORMED)
def test_a_malformed_chunked_body_is_a_400(web: Service, body: bytes) -> None:
    status, media, text = send(web, "/api/v1/conversions", "Transfer-Encoding: chunked", body, hang_up=True)
    assert (status, media) == (400, "application/problem+json")
    assert json.loads(text)["errors"] == [{"field": "body", "message": "The body is malformed or was cut off."}]
    status, media, text = send(web, "/admin/sign-in", "Transfer-Encoding: chunked", body, hang_up=True)
    assert (status, media) == (400, "text/html")
    assert "The body is malformed or was cut off." in text
    assert "Traceback" not in (web.folder / "all.out").read_text()


def test_a_body_shorter_than_its_length_is_refused_even_when_it_looks_whole(web: Service) -> None:
    before = web.call("GET", "/api/v1/posts")[1]["items"]
    status, media, text = send(web, "/api/v1/posts", "Content-Length: 1000", POST, hang_up=True)
    if status:  # granian does not answer who has hung up
        assert (status, media) == (400, "application/problem+json")
        assert json.loads(text)["detail"] == "The body is shorter than its Content-Length says."
        assert send(web, "/admin/sign-in", "Content-Length: 1000", b"password=x", hang_up=True)[:2] == (
            400,
            "text/html",
        )
    assert web.call("GET", "/api/v1/posts")[1]["items"] == before
