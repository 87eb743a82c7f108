"""Connections to checked addresses only, that wait no longer than their deadline; the network under `fetching`."""

import errno
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any

import httpcore

from shortlinks.errors import ShortlinksError
from shortlinks.fetching import addresses
from shortlinks.fetching.addresses import Address, Allowed
from shortlinks.words.language import _

_OFFLINE = (errno.ENETUNREACH, errno.ENETDOWN)

Resolver = Callable[[str, float], Sequence[Address]]
"""Host and seconds -> the addresses that the host has. Raises Unreachable and TooSlow."""


class FetchError(ShortlinksError):
    """Nothing was fetched. `word` says why in a word, the text in a sentence."""

    def __init__(self, word: str, text: str) -> None:
        self.word = word
        super().__init__(text)


class Refused(FetchError):
    """We do not go there: a private address, another scheme than http and https, an odd port (`refused`)."""


class Unreachable(FetchError):
    """There is no answer to be had.

    `dns`: no such host; `offline`: our own network; `connect`, `tls`; `protocol`: no HTTP; `circle` of redirects; `redirects`:
    too many of them, or a circle that a cookie may end.
    """


class TooSlow(FetchError):
    """No answer in time (`timeout`)."""


def look_up(host: str, seconds: float) -> Sequence[Address]:
    """The addresses of a host, as the system knows them, within so many seconds."""
    answers: queue.SimpleQueue[list[Any] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:  # the latter: a name that cannot be one
            answers.put(error)

    # The system's own patience cannot be set; a thread that waits longer is left behind.
    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty as empty:
        raise TooSlow("timeout", _("The address of {host} was not found in time.", host=host)) from empty
    if isinstance(found, socket.gaierror) and found.errno == socket.EAI_AGAIN:
        raise Unreachable("offline", _("No name server answers.")) from found
    if isinstance(found, Exception):
        raise Unreachable("dns", _("There is no host {host}.", host=host)) from found
    return list(dict.fromkeys(ip_address(row[4][0]) for row in found))


def check(allowed: Allowed, host: str, address: Address) -> None:
    """Raise Refused unless we may connect to `address`, which `host` has."""
    if not addresses.may_fetch(allowed, host, address):
        private = _("{host} has the address {address}, which is not a public one.", host=host, address=str(address))
        raise Refused("refused", private)


class Network(httpcore.NetworkBackend):
    """Makes the connections: to a checked address only, and never beyond the deadline (of the monotonic clock)."""

    def __init__(self, allowed: Allowed, resolve: Resolver, deadline: float) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def left(self) -> float:
        """Seconds that are left. Raises TooSlow when none are."""
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout
        return seconds

    def connect_tcp(self, host: str, port: int, *_args: Any, **_options: Any) -> httpcore.NetworkStream:
        """A connection to the first of the host's addresses that takes one."""
        failed: list[httpcore.ConnectError | httpcore.ConnectTimeout] = []
        found = self._addresses(host)
        for tried, address in enumerate(found):
            # So that one which stays silent leaves time for the others.
            share = self.left() / (len(found) - tried)
            try:
                return _Stream(self._sockets.connect_tcp(str(address), port, timeout=share), self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed.append(error)
        if any(isinstance(error, httpcore.ConnectTimeout) for error in failed):
            silent = _("{host} took no connection at port {port} in time.", host=host, port=str(port))
            raise TooSlow("timeout", silent) from failed[-1]
        if all(_errno(error) in _OFFLINE for error in failed):
            raise Unreachable("offline", _("This machine has no way there.")) from failed[-1]
        closed = _("{host} takes no connection at port {port}.", host=host, port=str(port))
        raise Unreachable("connect", closed) from failed[-1]

    def _addresses(self, host: str) -> Sequence[Address]:
        try:
            found: Sequence[Address] = [ip_address(host)]
        except ValueError:
            found = self._resolve(host, self.left())
        for address in found:
            check(self._allowed, host, address)
        if not found:
            raise Unreachable("dns", _("{host} has no address.", host=host))
        return found


def _errno(error: BaseException) -> int | None:
    cause = error.__cause__ or error.__context__
    return cause.errno if isinstance(cause, OSError) else None


class _Stream(httpcore.NetworkStream):
    """A connection that waits no longer than its network has left."""

    def __init__(self, inner: httpcore.NetworkStream, network: Network) -> None:
        self._inner = inner
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._network.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._network.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._network.left()), self._network)
        except httpcore.ConnectError as error:
            untrusted = _("{host} offers no secure connection to be trusted.", host=str(server_hostname))
            raise Unreachable("tls", untrusted) from error

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
