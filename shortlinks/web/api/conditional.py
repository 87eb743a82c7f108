"""Conditional requests (RFC 9110, 13): who has an answer already gets 304, and who changes something says what he has seen.

Each answer to a GET has a tag. That of one noun is strong and has two parts: the version of its record, which `If-Match`
goes by, and what the answer looks like, with all that is counted beside it. Other tags are weak. Of what takes long to
compute, the first part is a mark of all that it rests on: where that is still the same, nothing is computed.
"""

import re
from hashlib import sha256
from typing import TypeVar

from flask import Flask, Response, g, request
from werkzeug.datastructures import ETags

from shortlinks import times
from shortlinks.records import program, versions
from shortlinks.web import problems

T = TypeVar("T")

# Fields that only say when it was asked. No text in JSON holds such a thing: its quotation marks are escaped.
_PRESENT = re.compile(rb'"(?:as_of|stale_seconds)":(?:"[^"]*"|[0-9]+|null),?')
# Looked for first: the pattern takes a long look at a long list, which has none.
_OF_PRESENT = (b'"as_of":', b'"stale_seconds":')


def install(app: Flask) -> None:
    """Tag the answers of the API, before they are compressed: to be called behind `compression.install`."""
    app.after_request(_tagged)


def seen(record: T) -> T:
    """The noun that this request's answer shows, whose version is in the answer's tag."""
    g.version = versions.of(record)
    return record


def only_if() -> versions.Condition | None:
    """What `If-Match` says of what is to be changed; None without that header."""
    if "If-Match" not in request.headers:
        return None
    # Weak ones, too: proxies that compress make strong ones weak, and the version in them is as good as before.
    tags = _said(request.if_match)
    return versions.Condition(None if request.if_match.star_tag else {tag.partition("-")[0] for tag in tags})


def this_minute() -> int:
    """The last moment of the minute under way, which is the present for what is marked: ages stand until then."""
    return (times.minute_of(times.now()) + 1) * times.MINUTE - 1


def unchanged(mark: str) -> Response | None:
    """304, where the client has this request's answer of the same `mark`, which is read before the answer."""
    g.mark = _digest(f"{mark}\n{request.full_path}\n{program.fingerprint()}".encode())
    tag = next((tag for tag in _sent() if tag.startswith(f"{g.mark}-")), None)
    return None if tag is None else _not_modified(Response(), tag, weak=True)


def _tagged(response: Response) -> Response:
    reads = request.method in ("GET", "HEAD")
    version = g.get("version")
    if not problems.in_api() or not (reads or version) or response.status_code not in (200, 201):
        return response
    if reads:
        response.headers["Cache-Control"] = "private, no-cache"
    if response.is_streamed or response.mimetype != "application/json":
        return response
    body = response.get_data()
    looks = _digest(_PRESENT.sub(b"", body) if any(name in body for name in _OF_PRESENT) else body)
    tag = "-".join(part for part in (version or g.get("mark"), looks) if part)
    response.set_etag(tag, weak=version is None)
    known = (each for each in _sent() if (each if version else each.rpartition("-")[2]) == (tag if version else looks))
    if reads and (request.if_none_match.star_tag or any(known)):
        return _not_modified(response, tag, weak=version is None)
    return response


def _sent() -> set[str]:
    """The tags of `If-None-Match`, without what compression adds to strong ones."""
    return {tag.partition(":")[0] for tag in _said(request.if_none_match)}


def _said(tags: ETags) -> set[str]:
    """All of them, weak ones too. The empty tag, which Werkzeug reads as None, is none of ours."""
    return {tag for tag in tags.as_set(include_weak=True) if tag}


def _not_modified(response: Response, tag: str, *, weak: bool) -> Response:
    response.status_code = 304
    response.set_data(b"")
    for name in ("Content-Type", "Content-Length"):
        response.headers.pop(name, None)
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Accept-Encoding")
    response.set_etag(tag, weak=weak)
    return response


def _digest(text: bytes) -> str:
    return sha256(text).hexdigest()[:16]
