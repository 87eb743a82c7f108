"""gunicorn's thread worker, without the threads for the requests that need none.

gunicorn hands each request from its main thread to one of a pool's and back. For a link held in memory that costs more than
the answer: the threads wait for each other's interpreter lock, on two cores at once, and a worker that was given all
connections fell to a third of its rate. So a request that is known to be answered without waiting for anything is answered
where it arrives. All others go the usual way, and slow ones hold up no redirect. Nor does a client that is slow to close what
is over: gunicorn waits for each up to two seconds in its main thread, and twenty at once got their worker killed.

Parsing, answering and keeping connections are gunicorn's own throughout. Made for gunicorn 27.
"""

# gunicorn has no types.
# mypy: disable-error-code="no-untyped-call"

import re
import select
import selectors
import socket
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn.workers import gthread as _gthread

# Short enough for its answer to fit into the free third of the smallest send buffer that counts as writable (Linux: 16 KiB).
_HEAD_LIMIT = 2048
# As long and as much as gunicorn waits for.
_LINGER, _DRAIN = 2.0, 65_536
_PEEK = socket.MSG_PEEK | socket.MSG_DONTWAIT
_GET = re.compile(rb"GET /([^/?% ]+)[? ]")
# What announces a body, which may never come, or makes another path of the one that is asked for.
_OTHER = re.compile(rb"\n(?:content-length|transfer-encoding|script_name)", re.IGNORECASE)


class Worker(_gthread.ThreadWorker):
    """A web process. Only our own application can say which requests need no thread."""

    def load_wsgi(self) -> None:
        super().load_wsgi()
        front = getattr(self.wsgi, "wsgi_app", None)
        self._holds = None if self.cfg.is_ssl else getattr(front, "holds", None)
        self._writable = select.poll()
        self._leaving: deque[Any] = deque()

    def enqueue_req(self, conn: Any) -> None:
        """A connection of which a request can be read, or soon can be."""
        # What was read ahead goes to a thread: the socket holds what comes after it.
        ahead = conn.parser is not None and conn.parser.unreader.buf.getvalue()
        if ahead or not self._quick(conn.sock):
            super().enqueue_req(conn)
            return
        conn.data_ready = True
        self.finish_request(conn, _done(self.handle(conn)))

    def on_client_socket_readable(self, conn: Any, client: socket.socket) -> None:
        """The next request of a kept connection. As gunicorn does it, without telling the poller twice: an eighth faster."""
        self.keepalived_conns.remove(conn)
        quick = self._quick(client)
        keep = quick and self.handle(conn)
        if keep and self.alive and not conn.parser.unreader.buf.getvalue():
            client.setblocking(False)
            conn.set_timeout()
            self.keepalived_conns.append(conn)
            return
        self.poller.unregister(client)  # type: ignore[union-attr]
        if quick:
            self.finish_request(conn, _done(keep))
        else:
            super().enqueue_req(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """After a request. gunicorn waits here, in the main thread, for a client to close what we have closed; the poller can."""
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
            return
        conn.timeout, conn.left = time.monotonic() + _LINGER, _DRAIN
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))  # type: ignore[union-attr]
        except (OSError, ValueError):
            self._end(conn)
            return
        self._leaving.append(conn)
        self._drain(conn, conn.sock)

    def _drain(self, conn: Any, client: socket.socket) -> None:
        """Take what a client still sends. Closed before, its system would throw our answer away (RFC 9112, 9.6)."""
        try:
            while conn.left > 0 and (data := client.recv(4_096)):
                conn.left -= len(data)
        except BlockingIOError:
            return
        except OSError:
            pass
        self.poller.unregister(client)  # type: ignore[union-attr]
        self._leaving.remove(conn)
        self._end(conn)

    def murder_pending(self) -> None:
        super().murder_pending()
        while self._leaving and self._leaving[0].timeout <= time.monotonic():
            conn = self._leaving.popleft()
            self.poller.unregister(conn.sock)  # type: ignore[union-attr]
            self._end(conn)

    def _end(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()

    def _quick(self, client: socket.socket) -> bool:
        """Whether all of a request has arrived, for a link in memory, and the client has room for the answer."""
        if self._holds is None:
            return False
        try:
            head = client.recv(_HEAD_LIMIT, _PEEK)
        except OSError:
            return False
        asked = _GET.match(head)
        if asked is None or not head.endswith(b"\r\n\r\n") or _OTHER.search(head):
            return False
        return self._holds(asked[1].decode("latin-1")) and self._takes_more(client)

    def _takes_more(self, client: socket.socket) -> bool:
        """Whether what is sent to a client leaves at once. One that asks and asks but never reads gets a thread to wait in."""
        self._writable.register(client, select.POLLOUT)
        ready = self._writable.poll(0)
        self._writable.unregister(client)
        return [event for _, event in ready] == [select.POLLOUT]


def _done(keep: bool) -> Future[bool]:
    """What a thread of the pool would have left: whether the connection is kept."""
    done: Future[bool] = Future()
    done.set_result(keep)
    return done
