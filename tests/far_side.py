"""Web servers that are elsewhere: real ones on this machine, each answer spelled byte by byte."""

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Reply = Callable[[str, str, socket.socket], None]
"""Method, path, and the connection to answer on."""


@dataclass
class FarSide:
    """A server. `replies` says what it does at a path; `seen` are the requests it got, head and all, `bodies` what
    came with those that say how long it is."""

    port: int
    replies: dict[str, Reply] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def asked(self) -> list[str]:
        """What was asked for: "HEAD /", …"""
        return [request.rpartition(" HTTP/")[0] for request in (head.split("\r\n")[0] for head in self.seen)]


def says(status: str, *headers: str, body: bytes = b"") -> Reply:
    """Answer at once, without the body to a HEAD."""

    def reply(method: str, _: str, connection: socket.socket) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        connection.sendall("\r\n".join(lines).encode() + (body if method != "HEAD" else b""))

    return reply


def only_get(then: Reply, otherwise: Reply) -> Reply:
    """`then` for GET, `otherwise` for HEAD."""
    return lambda method, path, connection: (then if method == "GET" else otherwise)(method, path, connection)


def drips(first: bytes, last: bytes = b"") -> Reply:
    """`first`, then a byte at a time for five seconds as long as somebody listens, then `last`."""

    def reply(_: str, __: str, connection: socket.socket) -> None:
        connection.sendall(first)
        with suppress(OSError):
            for _number in range(250):
                time.sleep(0.02)
                connection.sendall(b"x")
            connection.sendall(last)

    return reply


def pours(head: bytes) -> Reply:
    """`head`, and then more bytes than anybody wants."""

    def reply(_: str, __: str, connection: socket.socket) -> None:
        connection.sendall(head)
        with suppress(OSError):
            while True:
                connection.sendall(b"x" * 65_536)

    return reply


def is_silent(_: str, __: str, connection: socket.socket) -> None:
    """Take the request, and wait until the other side has had enough."""
    with suppress(OSError):
        connection.recv(1)


@contextmanager
def running(tls: ssl.SSLContext | None = None, family: int = socket.AF_INET) -> Iterator[FarSide]:
    """A server on a free port of loopback; where nothing is said of a path it answers 200."""
    listener = socket.create_server(("127.0.0.1" if family == socket.AF_INET else "::1", 0), family=family)
    side = FarSide(listener.getsockname()[1])

    def serve(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if tls:
                connection = tls.wrap_socket(connection, server_side=True)
            head = b""
            while b"\r\n\r\n" not in head:
                if not (piece := connection.recv(65_536)):
                    return
                head += piece
            head, _, body = head.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)^content-length: *(\d+)", head, re.MULTILINE)
            while length and len(body) < int(length[1]):
                if not (piece := connection.recv(65_536)):
                    return
                body += piece
            if length:
                side.bodies.append(body)
            method, path, _ = head.decode().split(" ", 2)
            side.seen.append(f"{head.decode()}\r\n\r\n")
            side.replies.get(path, says("200 OK", body=b"hello"))(method, path, connection)
            connection.close()

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield side
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
