"""In which language pages speak: the creator's on the admin pages, the browser's on those for everybody, English in the API."""

from functools import lru_cache

from flask import Flask, Response, request
from jinja2 import pass_context
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from shortlinks.web import problems
from shortlinks.words import language, voices
from shortlinks.words.language import Voice

_LONGEST = 200
"""So many characters of the header are read."""


def install(app: Flask) -> None:
    """Speak to each request in its language, and let templates say messages as the code does."""
    app.before_request(_as_asked)
    app.after_request(_told)
    app.jinja_env.globals.update(_=_say, ngettext=_say_many, pgettext=_say_within, language=_language)
    app.template_filter("number")(language.number)
    app.template_filter("decimals")(_decimals)


@pass_context
def _decimals(_context: object, text: str) -> str:
    """`language.decimals`. Without the context, Jinja would compile that of a constant into what the first reader speaks."""
    return language.decimals(text)


def wished() -> Voice:
    """How to speak to the browser of this request."""
    return _voice(request.headers.get("Accept-Language", "")[:_LONGEST])


def as_chosen(tag: str | None) -> None:
    """Speak as the creator has chosen; before anybody signed in (None), as the browser asks."""
    if tag:
        language.speak(voices.of(tag))


def _as_asked() -> None:
    language.speak(language.ENGLISH if problems.for_programs() else wished())


@lru_cache(maxsize=256)
def _voice(header: str) -> Voice:
    # A short link that is not in memory passes by here, and reading the header takes a third of its time.
    return voices.of(*parse_accept_header(header, LanguageAccept).values())


def _told(response: Response) -> Response:
    if response.mimetype == "text/html" and response.status_code != 302:
        response.headers["Content-Language"] = _language()
        response.vary.add("Accept-Language")
    return response


def _language() -> str:
    return language.spoken().language


# In a template a message may hold HTML, and what is filled in is escaped.


def _say(message: str, /, **values: str | int) -> Markup:
    said = Markup(language._(message))
    return said.format_map(language.filled(values)) if values else said


def _say_many(one: str, many: str, count: int, /, **values: str | int) -> Markup:
    said = Markup(language.spoken().catalog.ngettext(one, many, count))
    return said.format_map(language.filled({"count": count, **values}))


def _say_within(context: str, message: str, /, **values: str | int) -> Markup:
    said = Markup(language.pgettext(context, message))
    return said.format_map(language.filled(values)) if values else said
