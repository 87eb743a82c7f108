"""What gunicorn is told in gunicorn_conf: how it meets clients that are slow, silent or malformed, and how its workers end."""

import http.client
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from shortlinks.links.follow import POLL_SECONDS
from shortlinks.running.gunicorn_worker import Worker
from tests.service import AGENT, Service, asked_to_stop

HALF = b"GET /slow HTTP/1.1\r\nHost: a"
THREADS = 8


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One web process, with its ship process and the worker."""
    with Service(tmp_path_factory.mktemp("gunicorn"), WEB_CONCURRENCY="1") as service:
        service.start("web", "rollup")
        yield service


@pytest.fixture(scope="module")
def slug(web: Service) -> str:
    """A link that the web process holds in memory."""
    (slug,) = web.new_posts(1)
    # Its making arrives in the feed a moment later, and then it is forgotten once more.
    web.until(lambda: stays_in_memory(web, slug), "the link stays in memory")
    return slug


def stays_in_memory(web: Service, slug: str) -> bool:
    """Whether a link is redirected from memory for longer than the feed is left unread."""
    fetched = times_fetched(web)
    until = time.monotonic() + 3 * POLL_SECONDS
    while time.monotonic() < until:
        assert web.call("GET", f"/{slug}")[0] == 302
    return times_fetched(web) == fetched


def times_fetched(web: Service) -> float:
    """How many redirects had to fetch their link first."""
    _, text = web.call("GET", "/metrics")
    return sum(float(line.split()[-1]) for line in text.splitlines() if 'seconds_count{outcome="cold"' in line)


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


def is_open(web: Service, client: socket.socket) -> bool:
    """Whether the server still holds its side of a connection, also one that it has half closed."""
    ours = "{:08X}:{:04X}".format(int.from_bytes(socket.inet_aton("127.0.0.1"), "little"), client.getsockname()[1])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    inodes = {row[9] for row in rows if row[2] == ours}
    held = set()
    for pid in web.pids("web worker"):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                held.add(str(link.readlink()))
    return any(f"socket:[{inode}]" in held for inode in inodes)


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
            return not any(answered(each) for each in (waits, *slow))

    # The server gives up on slow clients after seconds: this machine may once be slower than that.
    web.until(redirected_first, "a link redirects before a thread is free")


def test_a_client_that_reads_no_answers_gets_a_thread_to_wait_in() -> None:
    worker = Worker.__new__(Worker)
    worker._holds, worker._writable = "bowls".__eq__, select.poll()
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as client:
        ours, _ = listener.accept()
        with ours:
            client.sendall(get("bowls"))
            assert select.select([ours], [], [], 60)[0]
            assert worker._quick(ours)
            ours.setblocking(False)
            unread = 0
            with suppress(BlockingIOError):
                while True:
                    unread += ours.send(b"x" * 65_536)
            assert not worker._quick(ours)
            while unread:
                unread -= len(client.recv(65_536))
            assert worker._quick(ours)


@pytest.mark.parametrize("header", ["Content-Length: 5", "CONTENT-LENGTH:5", "transfer-encoding: chunked"])
def test_a_body_that_never_comes_holds_up_no_link(web: Service, slug: str, header: str) -> None:
    def redirected_first() -> bool:
        with connect(web, get(slug, header)) as stuck, connect(web) as client:
            assert answers(stuck, 1)[0].startswith(b"HTTP/1.1 302 ")
            asked_once(client, slug)
            return not answered(stuck)

    # The server gives up after seconds, and ends the connection.
    web.until(redirected_first, "a link redirects before the server gives up")


def test_what_was_read_ahead_of_a_link_holds_up_no_link(web: Service, slug: str) -> None:
    form = ["Host: a", "Content-Type: application/x-www-form-urlencoded", "Content-Length: 100000"]
    waits_for_body = "\r\n".join(["POST /admin/sign-in HTTP/1.1", *form, "", ""]).encode()
    # As much as gunicorn reads at once: a link, and a request whose body is still to come. What lies behind looks quick.
    room = 8_192 - len(waits_for_body) - len(get(slug, "Cookie: "))
    sent = get(slug, f"Cookie: {'c' * room}") + waits_for_body

    def redirected_first() -> bool:
        with connect(web, sent + get(slug)) as stuck, connect(web) as client:
            assert answers(stuck, 1)[0].startswith(b"HTTP/1.1 302 ")
            # The first may come before the server looks at what is left.
            for _ in range(3):
                asked_once(client, slug)
            return not answered(stuck)

    # The server waits for the body. After seconds it gives up and says so.
    web.until(redirected_first, "a link redirects before the server gives up")


def test_a_client_slow_to_close_holds_up_no_link(web: Service, slug: str) -> None:
    def redirected_first() -> bool:
        with connect(web, get(slug, "Connection: close")) as lazy, connect(web) as client:
            assert answers(lazy, 1)[0].startswith(b"HTTP/1.1 302 ")
            assert lazy.recv(1) == b""
            asked_once(client, slug)
            return is_open(web, lazy)

    # It is let go after seconds.
    web.until(redirected_first, "a link redirects before the slow client is let go")


def test_a_client_slow_to_close_is_let_go(web: Service, slug: str) -> None:
    with connect(web, get(slug, "Connection: close")) as lazy:
        assert answers(lazy, 1)[0].startswith(b"HTTP/1.1 302 ")
        web.until(lambda: not is_open(web, lazy), "the server closes its side for good")


def test_as_many_connections_are_kept_as_gunicorn_keeps(tmp_path: Path) -> None:
    with Service(tmp_path, WEB_CONCURRENCY="1", GUNICORN_CMD_ARGS=f"--worker-connections {THREADS + 2}") as service:
        service.start("web")
        (slug,) = service.new_posts(1)

        def both_are_kept() -> bool:
            with connect(service) as first, connect(service) as second:
                return all(b"Connection: keep-alive" in asked_once(client, slug) for client in (first, second) * 3)

        # Those that made the post may still be on their way out.
        service.until(both_are_kept, "two connections are kept")


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
