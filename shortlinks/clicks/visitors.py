"""Who clicked, without remembering who.

A request's address is turned into three things and then forgotten; it is never written to disk or to Redis:
a visitor hash and a network hash, both keyed by a random salt of the day that is gone within 48 hours, and a country.
"""

from binascii import b2a_base64
from collections.abc import Mapping
from hashlib import blake2b
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Any

try:
    from iptocc import country_code as _country_code
except ImportError:  # no wheel for this platform: countries stay unknown
    _country_code = None  # type: ignore[assignment]

_MAPPED_IPV4 = b"\0" * 10 + b"\xff\xff"


def client_address(environ: Mapping[str, Any], trusted_proxies: int) -> str:
    """The address the request came from, as text.

    With N trusted proxies in front, the N-th entry from the right of `X-Forwarded-For` is believed, which the first of them
    added; what stands further left is the visitor's own claim and ignored. With 0, the header is ignored altogether.
    """
    peer = str(environ.get("REMOTE_ADDR") or "")
    if not trusted_proxies:
        return peer
    entries = [item.strip() for item in str(environ.get("HTTP_X_FORWARDED_FOR") or "").split(",") if item.strip()]
    if not entries:
        return peer
    claimed = _without_port(entries[max(0, len(entries) - trusted_proxies)])
    return claimed if packed(claimed) else peer


def _without_port(entry: str) -> str:
    """The address in `203.0.113.9:51000` or `[2001:db8::1]:443`, as Azure's gateway and IIS write it, or in an entry without."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry


def packed(address: str) -> bytes:
    """An IPv4 address as 4 bytes, an IPv6 one as 16, an IPv4-mapped one as its 4; b"" for anything else."""
    try:
        if ":" not in address:
            return inet_pton(AF_INET, address)
        octets = inet_pton(AF_INET6, address.partition("%")[0].strip("[]"))
    except (OSError, ValueError):
        return b""
    return octets[12:] if octets.startswith(_MAPPED_IPV4) else octets


def identify(address: str, agent: str, salt: bytes) -> str:
    """What is kept of the visitor behind `address` using `agent`, under the day's `salt` (16 to 64 bytes).

    Three fields joined by tabs, as a click line has them: the visitor hash (72 bits), the hash of the network (48 bits; the
    /24 of an IPv4 address, the /48 of an IPv6 one), and the country.
    """
    octets = packed(address)
    who = blake2b(octets + agent.encode("utf-8", "replace"), digest_size=9, key=salt).digest()
    where = blake2b(octets[:3] if len(octets) == 4 else octets[:6], digest_size=6, key=salt).digest()
    hashes = f"{b2a_base64(who, newline=False).decode()}\t{b2a_base64(where, newline=False).decode()}"
    return f"{hashes}\t{country(address, octets)}"


def country(address: str, octets: bytes) -> str:
    """The ISO 3166 code of the country the address was assigned to (public registry data), "" where unknown."""
    if _country_code is None or not octets:
        return ""
    if len(octets) == 4 and ":" in address:
        address = inet_ntop(AF_INET, octets)
    elif "%" in address:
        address = inet_ntop(AF_INET6, octets)
    try:
        return _country_code(address) or ""
    except ValueError:
        return ""
