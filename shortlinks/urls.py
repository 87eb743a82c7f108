"""Addresses that people paste: read as a browser reads them (WHATWG URL, by ada), or refused with a reason."""

import re
from functools import lru_cache
from ipaddress import ip_address

import ada_url

from shortlinks.errors import Invalid
from shortlinks.words.language import _

LONGEST = 2_048
_PORTS = {"http:": 80, "https:": 443}
_HERE = "http://self.invalid"

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# "shop.example/x" as people type it: a dotted host whose last part begins with a letter (so "12.4" is none), then
# perhaps a port and a path.
_WITHOUT_SCHEME = re.compile(r"[^\s/?#:@\\]+\.[^\W\d_][^\s/?#:@\\.]*\.?(:\d{1,5})?([/?#].*)?")


def target(text: object, *, own_hosts: frozenset[str], field: str = "target") -> str:
    """Where a link leads: `text` as a normalised, absolute, ASCII http or https URL.

    `own_hosts` are the hosts (without port) of this service, to which no link may lead: it would go in circles. Where one
    of them means this machine (localhost), every name of this machine is refused.
    "shop.example/x" gets the `https://` that its writer left out. Raises Invalid naming `field`.
    """
    url = _parse(text, field)
    if _is_own(url, own_hosts):
        here = _this_machine(_bare(url.hostname))
        raise Invalid.field(field, _("leads to this computer only") if here else _("leads back to this service"))
    return str(url.href)


def elsewhere(text: object, *, own_hosts: frozenset[str], own_ports: frozenset[int], field: str) -> str:
    """Where a program of somebody's listens, normalised like a target: on a host of this service at other ports than its own.

    Raises Invalid naming `field`.
    """
    url = _parse(text, field)
    if _is_own(url, own_hosts) and int(url.port or _PORTS[url.protocol]) in own_ports:
        raise Invalid.field(field, _("leads back to this service"))
    return str(url.href)


def permalink(text: object, field: str = "permalink") -> str:
    """The public address of a post on its platform, normalised like a target. Raises Invalid naming `field`."""
    return str(_parse(text, field).href)


def as_typed(address: str) -> str:
    """An address of this service as people type it: without its scheme."""
    return address.partition("://")[2]


def own_path(text: str, home: str) -> str | None:
    """Path and query of the page of this service at or below `home` that a browser takes `text` for, None if it is none."""
    if _CONTROL.search(text):
        return None
    try:
        url = ada_url.URL(text, base=_HERE)
    except ValueError:
        return None
    return f"{url.pathname}{url.search}" if url.origin == _HERE and url.pathname.startswith(home) else None


def _parse(text: object, field: str) -> ada_url.URL:
    if not isinstance(text, str):
        raise Invalid.field(field, _("must be text"))
    text = text.strip()
    if not text:
        raise Invalid.field(field, _("is empty"))
    if len(text) > LONGEST:
        raise Invalid.field(field, _("is longer than {limit} characters", limit=LONGEST))
    if _CONTROL.search(text):
        raise Invalid.field(field, _("contains a line break or another control character"))
    if _WITHOUT_SCHEME.fullmatch(text):
        text = "https://" + text
    try:
        url = ada_url.URL(text)
    except (ValueError, UnicodeEncodeError) as error:  # the latter: half a surrogate pair, possible in JSON
        raise Invalid.field(field, _("is not a URL such as https://shop.example/new")) from error
    if url.protocol not in ("http:", "https:"):
        raise Invalid.field(field, _("must begin with https:// or http://"))
    if url.username or url.password:
        raise Invalid.field(field, _("must not contain a user name or password"))
    if "" in _bare(url.hostname).split("."):
        raise Invalid.field(field, _("has no host such as shop.example"))
    if len(url.href) > LONGEST:
        raise Invalid.field(
            field, _("is longer than {limit} characters once its special characters are encoded", limit=LONGEST)
        )
    return url


def _is_own(url: ada_url.URL, own_hosts: frozenset[str]) -> bool:
    host, own = _bare(url.hostname), _normalised(own_hosts)
    return host in own or (any(map(_this_machine, own)) and _this_machine(host))


def _bare(host: str) -> str:
    """`host` without the dot of the root, which names the same machine."""
    return host.removesuffix(".")


def is_localhost(host: str) -> bool:
    """Whether a host, as ada spells it, is a name of the machine that asks for it: RFC 6761 (2013) has *.localhost, too."""
    return _bare(host) == "localhost" or _bare(host).endswith(".localhost")


def _this_machine(host: str) -> bool:
    """Whether a host, as ada spells it, is the machine that asks for it."""
    if is_localhost(host):
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified


@lru_cache(maxsize=8)
def _normalised(hosts: frozenset[str]) -> frozenset[str]:
    """The hosts as ada spells them: lower-case, IDNA, IPv4 and IPv6 in their short forms."""
    return frozenset(
        _bare(ada_url.URL(f"http://{f'[{host}]' if host.count(':') > 1 else host}").hostname) for host in hosts
    )
