"""What gunicorn is told in gunicorn_conf: how it meets clients that are slow, silent or malformed, and how its workers end."""

import os
import signal
import socket
from pathlib import Path

from tests.service import Service, asked_to_stop

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
