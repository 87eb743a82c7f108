"""Where a visitor came from, by name: the origins of referrers grouped, and the click ids that networks add. Pure.

Data in sources.toml. What is stored are origins and the names of click ids, so that a better grouping needs no re-count.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

ANDROID = "android-app"
_COUNTRY = re.compile(r"([^.]+)\.(?:com|[a-z]{2}|com?\.[a-z]{2})")


@dataclass(frozen=True, slots=True)
class Network:
    """A row of sources.toml, which says what each field means."""

    name: str
    source: str
    hosts: Sequence[str] = ()
    android: Sequence[str] = ()
    click_ids: Sequence[str] = ()


def _read() -> tuple[Network, ...]:
    text = resources.files("shortlinks.clicks").joinpath("sources.toml").read_text("utf-8")
    return tuple(Network(**row) for row in tomllib.loads(text)["network"])


NETWORKS = _read()
_BY_HOST = {host: network.name for network in NETWORKS for host in network.hosts}
_BY_PACKAGE = {package: network.name for network in NETWORKS for package in network.android}
_BY_CLICK_ID = {one.lower(): network.name for network in NETWORKS for one in network.click_ids}
CLICK_IDS = tuple(one for network in NETWORKS for one in network.click_ids)
# As the networks spell them or in lower case: a search that takes every case costs five times as much.
_CLICK_ID = re.compile(rf"&({'|'.join(_BY_CLICK_ID.keys() | set(CLICK_IDS))})=")


def name(origin: str) -> str:
    """What people call the place that an origin names.

    "https://l.instagram.com" is "Instagram", "android-app://com.twitter.android" is "X", "https://www.blog.example" is
    "blog.example". What is no origin, such as "" or "(other)", is given back as it is.
    """
    known = network(origin)
    if known:
        return known
    scheme, _, host = origin.partition("://")
    return (host.removeprefix("www.") if scheme in ("https", "http", ANDROID) else "") or origin


@lru_cache(maxsize=4_096)
def network(origin: str) -> str:
    """The name of the network that an origin belongs to, "" for any other. Anybody can forge a referrer, so it is a hint."""
    scheme, _, host = origin.partition("://")
    if scheme == ANDROID:
        return _BY_PACKAGE.get(host, "")
    if scheme not in ("https", "http"):
        return ""
    part = host.partition(":")[0].removesuffix(".")
    while part:
        country = _COUNTRY.fullmatch(part)
        found = _BY_HOST.get(part) or (_BY_HOST.get(f"{country[1]}.*") if country else None)
        if found:
            return found
        part = part.partition(".")[2]
    return ""


def click_ids(query: str) -> str:
    """The names of the click ids in a query string, lower-cased, by commas, in the order they were added; never a value."""
    return ",".join(dict.fromkeys(map(str.lower, _CLICK_ID.findall("&" + query))))


def of_click_id(token: str) -> str:
    """The network that adds the click id called `token` (lower-cased), "" for another token."""
    return _BY_CLICK_ID.get(token, "")
