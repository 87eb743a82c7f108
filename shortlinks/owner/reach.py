"""Who can open an address that begins like this: what kind of address BASE_URL is. Pure."""

import hmac
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from shortlinks.fetching import addresses

Kind = Literal["loopback", "private", "http", "public"]
"""`loopback`: this computer alone; `private`: its network alone; `http`: anybody, but not by https; `public`: anybody."""

# Names that no public name server answers for: RFC 6762 (2013), appendix G; RFC 8375 (2018); ICANN's .internal (2024).
_PRIVATE = (".local", ".internal", ".home.arpa", ".lan", ".home", ".corp", ".intranet", ".private", ".localdomain")


def kind(base_url: str) -> Kind:
    """What kind of address `base_url` is, as the configuration holds it: `https://go.example`, lower-case, without a path."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").removesuffix(".")
    found = _of_host(host)
    return "http" if found == "public" and parts.scheme != "https" else found


def outside(address: str) -> bool:
    """Whether a request from `address` (an IP address as text) came through the internet."""
    try:
        return addresses.public(ip_address(address.partition("%")[0]))
    except ValueError:
        return False


def token(secret_key: str, base_url: str, last: str) -> str:
    """The end of the address to try `base_url` with. After an arrival (`last`, any text that tells it) it is another one."""
    bound = "\0".join(("from-outside", base_url, last))
    return hmac.digest(secret_key.encode(), bound.encode(), "sha256").hex()[:20]


def _of_host(host: str) -> Kind:
    try:
        address = ip_address(host)
    except ValueError:
        if host == "localhost" or host.endswith(".localhost"):
            return "loopback"
        return "private" if "." not in host or host.endswith(_PRIVATE) else "public"
    plain = getattr(address, "ipv4_mapped", None) or address
    if plain.is_loopback or plain.is_unspecified:
        return "loopback"
    return "public" if addresses.public(address) else "private"
