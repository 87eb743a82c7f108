"""Whether the service sees its visitors' own addresses, as far as the owner's request tells.

Behind a proxy that is not believed, everybody comes from the proxy's network: many people look like one who taps on and on,
and who is taken for the owner is everybody.
"""

import ipaddress
from urllib.parse import urlsplit

from flask import request

from shortlinks.clicks import visitors
from shortlinks.web.services import services
from shortlinks.words.language import _


def trouble() -> str:
    """What is surely wrong; "" when nothing is."""
    trusted = services().config.trusted_proxies
    if not trusted and any(name in request.headers for name in ("X-Forwarded-For", "Forwarded")):
        return _(
            "A reverse proxy stands in front of this service, which does not know of it: everybody seems to come from the "
            "proxy’s network, and all your visitors would be taken for one. Start the service with "
            "SHORTLINKS_TRUSTED_PROXIES=1."
        )
    if not visitors.packed(address()):
        return _(
            "The service does not see the address that you come from, so it cannot know your network. Behind a reverse "
            "proxy, have it send X-Forwarded-For and start the service with SHORTLINKS_TRUSTED_PROXIES=1."
        )
    return ""


def doubt() -> str:
    """What may be wrong with the address that we see; "" when nothing seems to be."""
    trusted = services().config.trusted_proxies
    named = [part for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if trusted and len(named) > trusted:
        return _(
            "Your request names {count} addresses on its way, and this service believes {trusted}. If one more of them "
            "is a proxy of this service, all visitors seem to come from that one’s network, and would be taken for you. Is the "
            "address above yours? Else raise SHORTLINKS_TRUSTED_PROXIES.",
            count=len(named),
            trusted=trusted,
        )
    home = urlsplit(services().config.base_url).hostname or ""
    if _private(address()) and not _private(home) and home != "localhost":
        return _(
            "That is an address of a private network, though your links are public. If you are not in that network yourself, it "
            "is that of a proxy or a container’s bridge, and all visitors seem to come from there: have the proxy send "
            "X-Forwarded-For and start the service with SHORTLINKS_TRUSTED_PROXIES=1."
        )
    return ""


def address() -> str:
    """Where this request came from, as far as the service sees."""
    return visitors.client_address(request.environ, services().config.trusted_proxies)


def _private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host.partition("%")[0]).is_global
    except ValueError:
        return False
