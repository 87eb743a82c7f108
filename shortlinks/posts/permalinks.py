"""What the address of a post tells about it, without fetching anything: platform, kind, id, handle. Pure.

Data in permalinks.toml.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from shortlinks import urls
from shortlinks.clicks import sources
from shortlinks.errors import Invalid
from shortlinks.posts import post_fields

LONGEST_TEXT = 10_000
"""How much of a pasted text is looked through, in characters."""

_MASTODON = "mastodon"
_COUNTRY = r"(?:com|[a-z]{2}|com?\.[a-z]{2})"
_TOKENS = {
    "<id>": r"(?P<id>[A-Za-z0-9_-]{1,200})",
    "<number>": r"(?P<id>[0-9]{1,40})",
    "<handle>": r"(?P<handle>[\w.-]{1,80}?)",
    "<owner>": r"(?P<owner>[A-Za-z0-9_.:-]{1,200})",
    "...": "(?:/.*)?",
    "*": "[^/]*",
}
_TOKEN = re.compile("|".join(map(re.escape, _TOKENS)))
# Any host may be Mastodon's: https://docs.joinmastodon.org/spec/activitypub/ (2024), and how its own web client names a post
# of another host. Both numbers are the id on the host in front.
_OF_MASTODON = re.compile(
    r"(?P<host>[^/]+)(?:/(?:web|deck))?/(?:@(?P<handle>\w{1,80}(?:@[\w.-]{1,80})?)|users/(?P<user>\w{1,80})/statuses)/(?P<id>[0-9]{1,40})"
)
_WEB = re.compile(r"https?://[^\s<>\"“”»«，。！？、）】]+", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w@/.:-])(?:[\w-]+\.)+[a-z]{2,}/[^\s<>\"“”»«，。！？、）】]+", re.IGNORECASE)
_TRAILING = ".,;:!?)]}>'’…*"


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a post, understood; what it does not tell is None.

    `format` is the platform's word ("reel", "short"), `post_id` the platform's own id, `handle` is without @, and
    `permalink` the address as one would write it, without tracking parameters. `lasting` is false where the same address
    leads to another post tomorrow (a channel that is live).
    """

    platform: str
    format: str | None
    post_id: str | None
    handle: str | None
    permalink: str
    lasting: bool = True

    @property
    def kind(self) -> str | None:
        """Which of `post_fields.KINDS` it is."""
        return post_fields.kind(self.format, "kind") if self.format else None

    @property
    def is_profile(self) -> bool:
        """Whether it is the address of a profile or channel instead of a post."""
        parts = urlsplit(self.permalink)
        place, query = _place(parts), dict(parse_qsl(parts.query))
        return self.format is None and any(
            pattern.shape.platform == self.platform and _fit(pattern, place, query) is not None
            for pattern in _profiles()
        )

    @property
    def key(self) -> str | None:
        """The same for every address of one post that this module knows to be one, and for no other post."""
        if not self.lasting:
            return None
        # Ids of Mastodon are of one host each.
        named = self.post_id if self.post_id and self.platform != _MASTODON else self.permalink
        return f"{self.platform}/{named}"


@dataclass(frozen=True, slots=True)
class _Shape:
    """A row of permalinks.toml, which says what each field means."""

    platform: str
    addresses: Sequence[str]
    permalink: str
    format: str
    but: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One of a shape's addresses: the host with its path, and the parameters that are needed."""

    shape: _Shape
    place: re.Pattern[str]
    parameters: Mapping[str, re.Pattern[str]]


def recognise(text: object) -> Address | None:
    """The first address of a post in `text`, which may be the address alone or what an app shares with words around it.

    One that names a post is preferred to one that tells the platform only. None when there is no address of a known
    platform.
    """
    known = [address for url in found(text) if (address := _read(url)) is not None]
    return next((address for address in known if address.post_id), known[0] if known else None)


def format_on(platform: str, permalink: str | None) -> str | None:
    """The format of a post on `platform` by its address, as `Address.format`; None where that does not tell it."""
    address = recognise(permalink)
    return address.format if address is not None and address.platform == platform else None


def key(url: str) -> str | None:
    """By what a normalised address is compared with others: `Address.key`, or the address itself on an unknown host."""
    address = _read(url)
    return url if address is None else address.key


def found(text: object) -> list[str]:
    """The web addresses in a text, normalised, in their order; those that begin with https:// before those without."""
    if not isinstance(text, str):
        return []
    text = text.strip()[:LONGEST_TEXT]
    words = [*_WEB.findall(text), *_BARE.findall(_WEB.sub(" ", text))]
    return [url for word in words or [text] for url in _normalised(word.rstrip(_TRAILING))]


def _normalised(text: str) -> Iterator[str]:
    try:
        yield urls.permalink(text)
    except Invalid:
        return


def _read(url: str) -> Address | None:
    """What a normalised address tells."""
    parts = urlsplit(url)
    if parts.port is not None:
        return None
    host, place = _host_of(parts), _place(parts)
    query = dict(reversed(parse_qsl(parts.query)))  # of one that is there twice, the first
    platform = _platform(host)
    if platform is None:
        return _of_mastodon(place)
    for pattern in _patterns():
        if pattern.shape.platform == platform and (told := _fit(pattern, place, query)) is not None:
            shape = pattern.shape
            permalink = urls.permalink(re.sub("<(.+?)>", lambda name: told[name[1]], shape.permalink))
            return Address(platform, shape.format, told.get("id"), told.get("handle"), permalink, "id" in told)
    kept = urlencode([(name, value) for name, value in parse_qsl(parts.query) if not _tracks(name)])
    return Address(platform, None, None, None, parts._replace(scheme="https", query=kept, fragment="").geturl())


def _host_of(parts: SplitResult) -> str:
    return (parts.hostname or "").removesuffix(".")


def _place(parts: SplitResult) -> str:
    return _host_of(parts) + re.sub("/{2,}", "/", unquote(parts.path)).rstrip("/")


def _fit(pattern: _Pattern, place: str, query: Mapping[str, str]) -> dict[str, str] | None:
    """What the address tells by name, None when it has not this pattern."""
    matches = [pattern.place.fullmatch(place)]
    matches += [wanted.fullmatch(query.get(name, "")) for name, wanted in pattern.parameters.items()]
    told: dict[str, str] = {}
    for match in matches:
        if match is None:
            return None
        told |= match.groupdict()
    return None if told.get("handle") in pattern.shape.but else told


def _of_mastodon(place: str) -> Address | None:
    match = _OF_MASTODON.fullmatch(place)
    if match is None:
        return None
    host, name, number = match["host"], match["handle"] or match["user"], match["id"]
    handle = name if "@" in name else f"{name}@{host}"
    return Address(_MASTODON, "post", number, handle, urls.permalink(f"https://{host}/@{name}/{number}"))


@lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    return tomllib.loads(resources.files("shortlinks.posts").joinpath("permalinks.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def _patterns() -> tuple[_Pattern, ...]:
    return _patterns_of(_Shape(**row) for row in _tables()["shape"])


@lru_cache(maxsize=1)
def _profiles() -> tuple[_Pattern, ...]:
    return _patterns_of(_Shape(**row, permalink="", format="") for row in _tables()["profile"])


def _patterns_of(shapes: Iterable[_Shape]) -> tuple[_Pattern, ...]:
    return tuple(_pattern(shape, address) for shape in shapes for address in shape.addresses)


def _pattern(shape: _Shape, address: str) -> _Pattern:
    place, _, query = address.partition("?")
    host, slash, path = place.removeprefix("=").partition("/")
    before = "" if address.startswith("=") else r"(?:[\w-]+\.)*"
    whole = before + _host(host) + slash + _regex(path)
    parameters = {name: re.compile(_regex(value)) for name, value in parse_qsl(query)}
    return _Pattern(shape, re.compile(whole), parameters)


def _host(text: str) -> str:
    return f"{_regex(text[:-1])}{_COUNTRY}" if text.endswith("*") else _regex(text)


def _regex(text: str) -> str:
    """The regular expression of a part of an address, its tokens filled in."""
    literal = map(re.escape, _TOKEN.split(text))
    tokens = [_TOKENS[token] for token in _TOKEN.findall(text)]
    return "".join(piece for pair in zip(literal, [*tokens, ""], strict=True) for piece in pair)


@lru_cache(maxsize=1)
def _hosts() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(rf"(?:[\w-]+\.)*{_host(host)}"), platform)
        for platform, hosts in _tables()["hosts"].items()
        for host in hosts
    )


def _platform(host: str) -> str | None:
    return next((platform for pattern, platform in _hosts() if pattern.fullmatch(host)), None)


def _tracks(parameter: str) -> bool:
    name = parameter.lower()
    return name.startswith("utm_") or name in _tables()["tracking"] or name in map(str.lower, sources.CLICK_IDS)
