"""What gunicorn is told in gunicorn_conf: how it meets clients that are slow, silent or malformed, and how its workers end."""

import http.client
import os
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.service import AGENT, Service, asked_to_stop

HALF = b"GET /slow HTTP/1.1\r\nHost: a"
THREADS = 8


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One web process, with its ship process and the worker."""
    with Service(tmp_path_factory.mktemp("gunicorn"), WEB_CONCURRENCY="1") as service:
        service.start("web", "rollup")
        yield service


@pytest.fixture
def slug(web: Service) -> str:
    """A link that the web process holds in memory."""
    (slug,) = web.new_posts(1)
    assert web.call("GET", f"/{slug}")[0] == 302
    return slug


def connect(web: Service, sent: bytes = b"") -> socket.socket:
    client = socket.create_connection(("127.0.0.1", web.port), timeout=60)
    client.sendall(sent)
    return client


def get(slug: str, *headers: str, query: str = "") -> bytes:
    lines = [f"GET /{slug}{query} HTTP/1.1", "Host: a", f"User-Agent: {AGENT}", *headers]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def answered(client: socket.socket) -> bool:
    """Whether an answer lies there, or the end of the connection."""
    return bool(select.select([client], [], [], 0)[0])


def answers(client: socket.socket, count: int) -> list[bytes]:
    """The next `count` answers without body on a connection, each from its status on."""
    received = b""
    while received.count(b"\r\n\r\n") < count:
        data = client.recv(65_536)
        assert data, f"the connection ended after {received!r}"
        received += data
    return received.split(b"\r\n\r\n")[:count]


def asked_once(client: socket.socket, slug: str) -> bytes:
    """The answer to one request for a link."""
    client.sendall(get(slug))
    (answer,) = answers(client, 1)
    assert answer.startswith(b"HTTP/1.1 302 "), answer
    return answer


def test_a_link_in_memory_redirects_while_all_threads_wait_for_slow_clients(web: Service, slug: str) -> None:
    def redirected_first() -> bool:
        with ExitStack() as stack:
            slow = [stack.enter_context(connect(web, get(slug)[:-4])) for _ in range(THREADS)]
            waits = stack.enter_context(connect(web, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"))
            client = stack.enter_context(connect(web))
            for _ in range(3):
                asked_once(client, slug)
            # What needs a thread still waits for one.
            return not answered(waits) and not any(answered(each) for each in slow)

    # A new link may be forgotten once more, when its own making arrives in the feed.
    web.until(redirected_first, "a link redirects while no thread is free")


def test_a_client_that_never_reads_holds_up_nobody(web: Service, slug: str) -> None:
    # So that its answers soon fill what lies between it and the server.
    long = f"https://shop.example/{'x' * 1_900}"
    assert web.call("PATCH", f"/api/v1/links/{slug}", {"target": long})[0] == 200
    with connect(web) as client, connect(web) as deaf:
        web.until(lambda: long.encode() in asked_once(client, slug), "the link leads there")
        deaf.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        deaf.setblocking(False)
        with suppress(BlockingIOError):
            # One request at a time, until neither side takes any more. A server that waits for this one first gives it up.
            while deaf.send(get(slug)) == len(get(slug)):
                asked_once(client, slug)
        asked_once(client, slug)


@pytest.mark.parametrize("header", ["Content-Length: 5", "CONTENT-LENGTH:5", "transfer-encoding: chunked"])
def test_a_body_that_never_comes_holds_up_no_link(web: Service, slug: str, header: str) -> None:
    with connect(web, get(slug, header)) as stuck, connect(web) as client:
        assert answers(stuck, 1)[0].startswith(b"HTTP/1.1 302 ")
        asked_once(client, slug)
        # The server gives up after seconds, and ends the connection.
        assert not answered(stuck)


def test_requests_sent_together_are_answered_in_order_and_counted_each(web: Service) -> None:
    made = web.new_posts(2)
    first, second = made
    for slug in made:
        assert web.call("GET", f"/{slug}")[0] == 302
    with connect(web) as client:
        asked_once(client, first)
        client.sendall(get(first) + get(second) + get(second, query="?x=1") + get("nothing-here", "Connection: close"))
        received = b"".join(iter(lambda: client.recv(65_536), b""))
    statuses = [line.split()[1] for line in received.splitlines() if line.startswith(b"HTTP/1.1")]
    assert statuses == [b"302", b"302", b"302", b"404"]
    assert received.index(b"Location: https://shop.example/0") < received.index(b"Location: https://shop.example/1")
    web.settle()
    assert [web.ledger(post_id)["hits"] for post_id in made.values()] == [1 + 2, 1 + 2]


def test_a_kept_connection_serves_links_and_pages_in_turn(web: Service, slug: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)
    ports = set()
    for path, status in [(f"/{slug}", 302), ("/healthz", 200)] * 3:
        connection.request("GET", path)
        ports.add(connection.sock.getsockname())
        response = connection.getresponse()
        response.read()
        assert response.status == status
    assert len(ports) == 1
    connection.close()


def test_a_request_in_pieces_is_put_together(web: Service, slug: str) -> None:
    with connect(web) as client:
        for _ in range(2):
            whole = get(slug)
            for start in range(0, len(whole), 40):
                client.sendall(whole[start : start + 40])
            assert answers(client, 1)[0].startswith(b"HTTP/1.1 302 ")


def test_a_long_request_redirects_too(web: Service, slug: str) -> None:
    with connect(web, get(slug, f"Cookie: {'c' * 5_000}")) as client:
        assert answers(client, 1)[0].startswith(b"HTTP/1.1 302 ")


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


def test_workers_whose_gunicorn_was_killed_are_told_to_stop_and_leave_the_port(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        service.start("web")
        workers = service.pids("web worker")
        assert workers
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        service.kill("web")
        # They stand still, so it is not they who have found out.
        service.until(lambda: all(asked_to_stop(pid) for pid in workers), "the kernel tells them")
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
        service.until(lambda: not service.pids("web"), "they end")
        service.start("web")
