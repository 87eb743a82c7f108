"""Which addresses this service may fetch from: public ones, and those that its owner lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Not for the public by the registries https://www.iana.org/assignments/iana-ipv4-special-registry and
# iana-ipv6-special-registry (2025), spelled out because Python's own lists differ from version to version. Also multicast,
# and Azure's metadata, which has a public address: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
_NOT_PUBLIC = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
            *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
            *("2001::/23", "2001:db8::/32", "3fff::/20"),
        ),
    )
)
_UNICAST = IPv6Network("2000::/3")
"""All of IPv6 that is given out to the public: RFC 4291 (2006), section 2.4."""
_NAT64 = IPv6Network("64:ff9b::/96")
_IPV4_BITS = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the owner lists in SHORTLINKS_ALLOW_FETCH: hosts by name, lower-case, and networks."""

    hosts: frozenset[str]
    networks: tuple[Network, ...]


def allowed(items: Iterable[str]) -> Allowed:
    """The list as the configuration holds it: an address or network each, or else a host's name."""
    hosts: set[str] = set()
    networks: list[Network] = []
    for item in items:
        try:
            networks.append(ip_network(item))
        except ValueError:
            hosts.add(item.removesuffix("."))
    return Allowed(frozenset(hosts), tuple(networks))


def may_fetch(listed: Allowed, host: str, address: Address) -> bool:
    """Whether to connect to `address`, which the host of a URL was found to have."""
    if host.removesuffix(".") in listed.hosts:
        return True
    plain = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    return any(plain in network for network in listed.networks) or public(address)


def public(address: Address) -> bool:
    """Whether anybody on the internet could mean it: not private, loopback, link-local, shared, reserved or multicast.

    An IPv6 address that stands for an IPv4 one (mapped, 6to4, NAT64) is as public as that.
    """
    if isinstance(address, IPv6Address):
        inner = _ipv4_in(address)
        if inner is not None:
            return public(inner)
        if address not in _UNICAST:
            return False
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)


def _ipv4_in(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:  # RFC 6052 (2010)
        return IPv4Address(int(address) & _IPV4_BITS)
    return address.ipv4_mapped or address.sixtofour
