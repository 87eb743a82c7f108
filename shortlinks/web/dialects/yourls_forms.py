"""The formats of YOURLS's answers: JSON, XML (where none is asked for) and bare text."""

import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from flask import Response

FORMATS = ("xml", "json", "simple")


def answer(format_: str, body: Mapping[str, Any], simple: str, status: int) -> Response:
    """An answer in one of FORMATS; in JSON where JSON was wanted within a script, and else in XML where it is none of these."""
    match format_:
        case "json" | "jsonp":
            return _never_kept(Response(json.dumps(body), status, mimetype="application/json"))
        case "simple":
            return _never_kept(Response(simple, status, mimetype="text/plain"))
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<result>{_elements(body)}</result>\n'
    return _never_kept(Response(text, status, mimetype="application/xml"))


def _never_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _elements(body: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{_element(value)}</{name}>" for name, value in body.items())


def _element(value: Any) -> str:
    return _elements(value) if isinstance(value, Mapping) else escape("".join(filter(_allowed, str(value))))


def _allowed(letter: str) -> bool:
    """Whether XML 1.0 can hold it (section 2.2)."""
    return letter in "\t\n\r" or " " <= letter <= "\ud7ff" or "\ue000" <= letter <= "\ufffd" or letter > "\uffff"
