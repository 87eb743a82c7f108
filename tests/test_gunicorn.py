"""What gunicorn is told in gunicorn_conf: how it meets clients that are slow, silent or malformed."""

import socket
from pathlib import Path

from tests.service import Service

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
