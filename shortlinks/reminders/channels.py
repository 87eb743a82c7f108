"""Where messages can be sent: ntfy and Discord. What an address looks like there, and a message's request. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from shortlinks import urls
from shortlinks.errors import Invalid
from shortlinks.words.language import _

KIND = "application/json"
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HOOK = re.compile(r"/api/(?:v[0-9]+/)?webhooks/[0-9]+/[A-Za-z0-9_.-]+/?")
# https://docs.ntfy.sh/publish/ (2025): 4,096 bytes, the rest becomes an attachment.
_NTFY_BYTES = 3_800
# https://discord.com/developers/docs/resources/webhook#execute-webhook (2025): 2,000 characters.
_DISCORD_LETTERS = 1_900
_NO_PREVIEW = 1 << 2
_MARKDOWN = re.compile(r"([\\`*_~|>\[\]()#<@])")


class Channel(NamedTuple):
    """A way to send: what it is called, and what its addresses look like."""

    name: str
    label: str
    example: str


ALL = (
    Channel("ntfy", "ntfy", "https://ntfy.sh/a-topic-that-nobody-guesses"),
    Channel("discord", "Discord", "https://discord.com/api/webhooks/123456789/abcdef"),
)
BY_NAME = {channel.name: channel for channel in ALL}


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: plain text in lines, and where to go on."""

    title: str
    lines: Sequence[str]
    link: str


def address(channel: str, value: object) -> str:
    """The address of a topic or a webhook. Raises Invalid("address")."""
    found = urls.permalink(value, "address")
    path = urlsplit(found).path
    fits = _TOPIC.fullmatch(path.strip("/")) if channel == "ntfy" else _HOOK.fullmatch(path)
    if not fits:
        raise Invalid.field("address", _("must look like {example}", example=BY_NAME[channel].example))
    return found


def request(channel: str, to: str, message: Message) -> tuple[str, bytes]:
    """The URL and the JSON body that send `message` to the address `to`."""
    if channel == "ntfy":
        # As JSON to the root, because headers take no Unicode.
        parts = urlsplit(to)
        text = _cut("\n".join(message.lines), _NTFY_BYTES, octets=True)
        body = {
            "topic": parts.path.strip("/"),
            "title": message.title,
            "message": text or message.title,
            "click": message.link,
        }
        return urlunsplit((parts.scheme, parts.netloc, "/", parts.query, "")), _json(body)
    lines = [f"**{_plain(message.title)}**", *map(_plain, message.lines)]
    text = "\n".join(lines)
    room = _DISCORD_LETTERS - len(message.link)
    said = {
        "content": f"{_cut(text, room)}\n{message.link}",
        "allowed_mentions": {"parse": []},
        "flags": _NO_PREVIEW,
    }
    return to, _json(said)


def _json(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _plain(text: str) -> str:
    """Text that Discord shows as it is."""
    return _MARKDOWN.sub(r"\\\1", text)


def _cut(text: str, limit: int, *, octets: bool = False) -> str:
    size = len(text.encode()) if octets else len(text)
    if size <= limit:
        return text
    return (text.encode()[:limit].decode("utf-8", "ignore") if octets else text[:limit]) + "…"
