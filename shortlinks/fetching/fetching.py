"""Fetching what is elsewhere, by addresses that strangers wrote: with a guard, small limits, and nothing of ours.

Each name is resolved once, here; every address that it has must be one that we may fetch from (see `addresses`), and the
connection goes to just that address, so that a name which changes its mind a moment later gains nothing. So at each
redirect. TLS is checked against the name. No proxy is asked, no cookie kept, no credential sent but by `ask`.
"""

import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

import ada_url
import certifi
import httpcore

import shortlinks
from shortlinks import urls
from shortlinks.config import Config
from shortlinks.fetching import addresses, connecting
from shortlinks.fetching.addresses import Allowed
from shortlinks.fetching.connecting import Refused, TooSlow, Unreachable
from shortlinks.words.language import _

SECONDS = 10.0
MOST_BYTES = 64 * 1024
MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_WEB_PORTS = (80, 443)
_LOWEST_PORT = 1_024
# Of the ports that browsers refuse, those above: https://fetch.spec.whatwg.org/#port-blocking (2025).
_REFUSED_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679, 6697, 10080}
)


Headers = dict[bytes | str, bytes | str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the last address answered.

    `seconds` is the time until its status and headers were here, with all redirects before. `headers` have lower-case
    names. `whole` is False where the body was cut, by its size or by time.
    """

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool
    seconds: float


@lru_cache(maxsize=1)
def trust() -> ssl.SSLContext:
    """The authorities that this machine trusts, and Mozilla's, for where it has no list."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """Who fetches: what its owner allows besides public addresses, and how it calls itself."""

    allowed: Allowed
    agent: str
    resolve: connecting.Resolver = connecting.look_up
    tls: Callable[[], ssl.SSLContext] = trust

    def fetch(self, url: str, *, method: str = "GET", seconds: float = SECONDS) -> Answer:
        """What is at `url`, at most MOST_REDIRECTS further on and MOST_BYTES of it, in so many seconds altogether.

        `method` is GET or HEAD. Raises Refused, Unreachable, TooSlow.
        """
        began = time.monotonic()
        network = connecting.Network(self.allowed, self.resolve, began + seconds)
        place, seen, cookies = _parsed(url), set[str](), False
        while place.href not in seen and len(seen) <= MOST_REDIRECTS:
            seen.add(place.href)
            answer = _asked(self, network, place, method, began)
            cookies |= "set-cookie" in answer.headers
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            place = _parsed(answer.headers["location"], place.href)
        if place.href in seen and not cookies:
            raise Unreachable("circle", _("Its redirects go round in a circle."))
        many = _("It redirects more than {most} times, or until a cookie is kept.", most=MOST_REDIRECTS)
        raise Unreachable("redirects", many)

    def check(self, url: str) -> None:
        """Raise Refused where we would not go, as far as the address itself tells: its kind, its port, the IP it spells."""
        host = _parsed(url).hostname
        spelled = "127.0.0.1" if urls.is_localhost(host) else host.strip("[]")
        with suppress(ValueError):  # another name, whose addresses are looked at when we go there
            connecting.check(self.allowed, host, ip_address(spelled))

    def post(
        self, url: str, body: bytes, *, kind: str, headers: Mapping[str, str] | None = None, most: int = MOST_BYTES
    ) -> Answer:
        """What `url` answers when it is sent `body`, whose Content-Type is `kind`. No redirect is followed.

        `most` is how many bytes of the answer are read. Raises Refused and Unreachable (but for `protocol`) where nothing was
        sent, and TooSlow and Unreachable (`protocol`) where nobody knows.
        """
        began = time.monotonic()
        network = connecting.Network(self.allowed, self.resolve, began + SECONDS)
        sent: Headers = {"Content-Type": kind, "Content-Length": str(len(body))}
        sent.update(headers or {})
        return _asked(self, network, _parsed(url), "POST", began, body, sent, most)

    def ask(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        kind: str = "",
        seconds: float = SECONDS,
        most: int = MOST_BYTES,
    ) -> Answer:
        """What `url` answers to whom its owner gave a credential, which is in `headers`, or in a `body` to be posted.

        It goes to no other place: no redirect is followed. Raises as `fetch` does.
        """
        began = time.monotonic()
        network = connecting.Network(self.allowed, self.resolve, began + seconds)
        sent: Headers = {} if body is None else {"Content-Type": kind, "Content-Length": str(len(body))}
        sent.update(headers)
        return _asked(self, network, _parsed(url), "GET" if body is None else "POST", began, body, sent, most)


def of_service(config: Config) -> Fetcher:
    """The fetcher of a service that was told to run like this; it says whose it is."""
    agent = f"from-likes-to-clicks/{shortlinks.__version__} (+{config.base_url})"
    return Fetcher(allowed=addresses.allowed(config.allow_fetch), agent=agent)


def _parsed(text: str, base: str | None = None) -> ada_url.URL:
    try:
        url = ada_url.URL(text, base=base)
    except ValueError as error:
        raise Unreachable("protocol", _("It redirects to what is no URL.")) from error
    if url.protocol not in ("http:", "https:"):
        raise Refused("refused", _("It leads to another kind of address ({kind}).", kind=url.protocol[:20]))
    port = _port(url)
    if port not in _WEB_PORTS and (port < _LOWEST_PORT or port in _REFUSED_PORTS):
        raise Refused("refused", _("It leads to port {port}, which is not for the web.", port=str(port)))
    url.hash = ""
    return url


def _port(url: ada_url.URL) -> int:
    return int(url.port) if url.port else {"http:": 80, "https:": 443}[url.protocol]


def _asked(
    fetcher: Fetcher,
    network: connecting.Network,
    url: ada_url.URL,
    method: str,
    began: float,
    body: bytes | None = None,
    sent: Headers | None = None,
    most: int = MOST_BYTES,
) -> Answer:
    """One request and its answer. Of the URL only host, port, path and query are used: no credential leaves here."""
    place = httpcore.URL(
        scheme=url.protocol.removesuffix(":").encode(),
        host=url.hostname.strip("[]").removesuffix(".").encode(),
        port=_port(url),
        target=(url.pathname + url.search).encode(),
    )
    headers: Headers = {
        "Host": url.host,
        "User-Agent": fetcher.agent,
        "Accept": "text/html,*/*;q=0.8",
        "Accept-Encoding": "identity",
        "Connection": "close",
        **(sent or {}),
    }
    try:
        with (
            httpcore.ConnectionPool(ssl_context=fetcher.tls(), network_backend=network) as pool,
            pool.stream(method, place, headers=headers, content=body) as response,
        ):
            seconds = time.monotonic() - began
            answer, whole = (b"", False) if response.status in _REDIRECTS else _read(response.iter_stream(), most)
            names = {name.lower().decode("latin-1"): value for name, value in response.headers}
            texts = {name: value.decode("utf-8", "replace") for name, value in names.items()}
            return Answer(url.href, response.status, texts, answer, whole, seconds)
    except httpcore.TimeoutException as error:
        raise TooSlow("timeout", _("It did not answer in time.")) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        said = _("It does not answer as a web server does: {error}.", error=str(error))
        raise Unreachable("protocol", said) from error


def _read(chunks: Iterable[bytes], most: int) -> tuple[bytes, bool]:
    body = bytearray()
    try:
        for chunk in chunks:
            body += chunk
            if len(body) > most:
                return bytes(body[:most]), False
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        return bytes(body), False
    return bytes(body), True
