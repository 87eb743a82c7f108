"""What Shlink's clients ask of a short URL, in our words: what we can do is taken, and everything else refused by name."""

import re
from datetime import UTC, datetime
from typing import Any

from shortlinks import ids, times
from shortlinks.errors import Invalid
from shortlinks.links import link_fields
from shortlinks.posts import post_fields
from shortlinks.web.dialects import making, shlink

_LOST_PLUS = re.compile(r" (\d\d:?\d\d)$")
_LENGTHS = range(4, 65)

CANNOT = {
    "validSince": "links work from the moment they are made",
    "maxVisits": "links do not end after a number of visits",
    "crawlable": "no link is offered to search engines",
    "pathPrefix": "a short code has no slash in it",
    "deviceLongUrls": "a link leads everybody to the same address",
    "validateUrl": "an address is visited later, not before its link is made",
}
"""Shlink's fields that we have nothing for, and why. Empty ones, 0 and false ask for nothing."""


def refuse_what_we_cannot(asked: dict[str, Any]) -> None:
    """Raise a refusal that names each field of CANNOT that asks for something, and a domain that is not ours."""
    wrong = {name: why for name, why in CANNOT.items() if asked.get(name)}
    if isinstance(devices := asked.get("deviceLongUrls"), dict) and not any(devices.values()):
        wrong.pop("deviceLongUrls", None)
    if not shlink.is_ours(asked.get("domain")):
        wrong["domain"] = f"there is only {making.authority()}"
    if wrong:
        raise shlink.invalid(*wrong, detail="; ".join(f"{name}: {why}" for name, why in wrong.items()))


def moment(value: Any, name: str) -> int:
    """An instant as clients write it: RFC 3339 or other forms of ISO 8601; without an offset it is UTC. In milliseconds."""
    try:
        # A + that was not percent-encoded arrives as a space.
        found = datetime.fromisoformat(_LOST_PLUS.sub(r"+\1", value.strip()))
    except (AttributeError, ValueError) as error:
        raise shlink.invalid(name, detail=f"{name} must be a time such as 2026-11-22T10:00:00+01:00") from error
    at = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        return int(at.timestamp() * times.SECOND)
    except (ValueError, OverflowError) as error:
        raise shlink.invalid(name, detail=f"{name} is no real date and time") from error


def written(at: int) -> str:
    """An instant as Shlink writes it: to the second, with its offset."""
    return datetime.fromtimestamp(at // times.SECOND, UTC).isoformat()


def yes_or_no(value: Any, name: str) -> bool:
    """A yes or no of a body; a form has it as text."""
    known = {"true": True, "1": True, "false": False, "0": False, "": False}
    found = known.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise shlink.invalid(name, detail=f"{name} must be true or false")
    return found


def new_link(asked: dict[str, Any]) -> dict[str, Any]:
    """The fields of a new link that `asked` names, for `making.make`; `forward_query` is on unless it is switched off."""
    forward = asked.get("forwardQuery")
    until = asked.get("validUntil")
    return {
        "target": asked.get("longUrl"),
        "title": asked.get("title"),
        "tags": tags(asked.get("tags")),
        "slug": asked.get("customSlug") or None,
        "expires_at": moment(until, "validUntil") if until else None,
        "forward_query": True if forward is None else yes_or_no(forward, "forwardQuery"),
    }


def drawn(asked: dict[str, Any]) -> str | None:
    """A short code of the length that was asked for, None where none was: then we choose, and none is too short."""
    length = asked.get("shortCodeLength")
    if not length or asked.get("customSlug"):
        return None
    number = int(length) if isinstance(length, str) and length.isascii() and length.isdigit() else length
    if isinstance(number, bool) or not isinstance(number, int) or number not in _LENGTHS:
        raise shlink.invalid("shortCodeLength", detail="shortCodeLength must be from 4 to 64")
    return ids.new(number)


def tags(value: Any) -> list[str] | None:
    """Tags as they were sent, None for none."""
    if value in (None, ""):
        return None
    try:
        return list(post_fields.tags(value, "tags"))
    except Invalid as error:
        raise shlink.invalid("tags", detail=str(error)) from error


def changes(asked: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is to be changed of the link, and what of its post, checked as far as it can be without either.

    Without a title of its own a post is called as the host that it leads to: None for the caller to fill in.
    """
    of_link: dict[str, Any] = {}
    of_post: dict[str, Any] = {}
    if "longUrl" in asked:
        of_link["target"] = asked["longUrl"]
    if "forwardQuery" in asked:
        of_link["forward_query"] = yes_or_no(asked["forwardQuery"], "forwardQuery")
    if "validUntil" in asked:
        of_link["expires_at"] = moment(asked["validUntil"], "validUntil") if asked["validUntil"] else None
    if "title" in asked:
        title = making.fitted(asked["title"])
        of_post["title"] = post_fields.title(title, "title") if title else None
    if "tags" in asked:
        of_post["tags"] = tags(asked["tags"])
    return of_link, of_post


def code(value: Any) -> str:
    """A short code as links are found by, "" for none."""
    return link_fields.normalise(value) if isinstance(value, str) else ""
