"""Asks a Shlink, YOURLS or Kutt for its links, a page at a time: patiently, and with the key in no address and no log."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from shortlinks import urls
from shortlinks.errors import Invalid, ShortlinksError
from shortlinks.fetching.connecting import FetchError, Refused, TooSlow
from shortlinks.fetching.fetching import Answer, Fetcher
from shortlinks.link_imports import far_answers
from shortlinks.link_imports.far_answers import Page
from shortlinks.link_imports.sources import SOURCES
from shortlinks.words.language import _

AT_ONCE = {"shlink": 500, "yourls": 500, "kutt": 50}
"""Links a page; Kutt gives no more (parseQuery in server/handlers/helpers.handler.js, 2025)."""
MOST_BYTES = 8 * 1024 * 1024
"""Of one page: 500 links of the longest addresses have room."""
SECONDS = 30.0
PAUSES = (1.0, 4.0)
"""Seconds between tries of a page that may go better the next time."""
_LONGEST_KEY = 500
_FORM = "application/x-www-form-urlencoded"


class FarError(ShortlinksError):
    """The links cannot be had. `passing`: it may go better later."""

    def __init__(self, text: str, *, passing: bool = False) -> None:
        self.passing = passing
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Far:
    """A service that is asked: which (a name of `sources`), its address without a slash at the end, and a key for it."""

    source: str
    address: str
    key: str

    def __repr__(self) -> str:
        return f"Far({self.source!r}, {self.address!r})"


def far(source: Any, address: Any, key: Any) -> Far:
    """The service that somebody named. Raises Invalid naming `source`, `address` or `key`."""
    errors: list[tuple[str, str]] = []
    known = [name for name, each in SOURCES.items() if each.service]
    if source not in known:
        errors.append(("source", _("must be one of {words}", words=", ".join(known))))
    home = ""
    try:
        home = urls.permalink(address, "address").partition("?")[0].partition("#")[0].rstrip("/")
    except Invalid as invalid:
        errors += invalid.errors
    text = key.strip() if isinstance(key, str) else ""
    if not text or len(text) > _LONGEST_KEY or not (text.isascii() and text.isprintable()):
        errors.append(("key", _("must be the key as that service shows it")))
    if errors:
        raise Invalid(errors)
    return Far(source, home, text)


def page(fetcher: Fetcher, asked: Far, number: int, before: int, *, now: int) -> Page:
    """The page `number` (from 1), behind the first `before` links.

    Raises FarError, after another try for each pause where that may help.
    """
    for pause in (*PAUSES, None):
        try:
            return _page(fetcher, asked, number, before, now)
        except FarError as error:
            if pause is None or not error.passing:
                raise
            time.sleep(pause)
    raise AssertionError("unreachable")


def _page(fetcher: Fetcher, asked: Far, number: int, before: int, now: int) -> Page:
    size = AT_ONCE[asked.source]
    try:
        match asked.source:
            case "shlink":
                query = urlencode({"page": number, "itemsPerPage": size, "orderBy": "dateCreated-ASC"})
                said = _answer(fetcher, asked, f"/rest/v3/short-urls?{query}", {"X-Api-Key": asked.key})
                return far_answers.shlink(said, before, number, now=now)
            case "yourls":
                # By POST: an address with the key in it stands in the log of whoever passes it on.
                wish = {"action": "stats", "filter": "last", "limit": size, "start": before, "format": "json"}
                form = urlencode({**wish, "signature": asked.key}).encode()
                return far_answers.yourls(_answer(fetcher, asked, "/yourls-api.php", {}, form), before)
            case _:
                query = urlencode({"limit": size, "skip": before})
                said = _answer(fetcher, asked, f"/api/v2/links?{query}", {"X-API-KEY": asked.key})
                return far_answers.kutt(said, before)
    except ValueError as error:
        label = SOURCES[asked.source].label
        raise FarError(
            _("{service} answered something else than its links. Is the address right?", service=label)
        ) from error


def _answer(fetcher: Fetcher, asked: Far, path: str, headers: Mapping[str, str], form: bytes | None = None) -> Any:
    """The JSON at a path. Raises FarError, and ValueError where it is none."""
    label = SOURCES[asked.source].label
    try:
        answer = fetcher.ask(
            asked.address + path,
            headers={"Accept": "application/json", **headers},
            body=form,
            kind=_FORM,
            seconds=SECONDS,
            most=MOST_BYTES,
        )
    except Refused as error:
        hint = _("A service in your own network has to be listed in SHORTLINKS_ALLOW_FETCH.")
        raise FarError(f"{error} {hint}") from error
    except FetchError as error:
        passing = isinstance(error, TooSlow) or error.word in ("connect", "offline", "protocol")
        raise FarError(
            _("{service} cannot be reached: {why}", service=label, why=str(error)), passing=passing
        ) from error
    _check(answer, label)
    if not answer.whole:
        if len(answer.body) >= MOST_BYTES:
            most = MOST_BYTES >> 20
            raise FarError(_("{service} answered more than {most} MiB for one page.", service=label, most=most))
        raise FarError(_("{service} did not send its answer to the end.", service=label), passing=True)
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise ValueError("no JSON") from error


def _check(answer: Answer, label: str) -> None:
    """Raise FarError unless the answer has the links."""
    status = answer.status
    if status == 200:
        return
    if 300 <= status < 400:
        place = answer.headers.get("location", "")[:200]
        raise FarError(
            _("{service} sends on to {place}: give that address, if it is yours.", service=label, place=place or "?")
        )
    if status in (401, 403):
        raise FarError(_("{service} answered {status}: the key is wrong.", service=label, status=str(status)))
    if status == 404:
        raise FarError(
            _("{service} answered 404: there is nothing at this address that gives its links.", service=label)
        )
    raise FarError(
        _("{service} answered with status {status}.", service=label, status=str(status)),
        passing=status == 429 or status >= 500,
    )
